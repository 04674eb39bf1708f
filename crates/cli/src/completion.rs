//! `completions`: the script for a shell, and the answers to its questions.
//!
//! The script asks the command itself at each Tab. The scripts that `clap_complete` generates
//! beforehand are not used: the one for bash takes the hyphen of `lsq-webhooks` for the border
//! between two commands and completes nothing behind a command. The script for bash is the crate's
//! own, because that of `clap_complete` does not complete `--flag=value`.

use std::{ffi::OsString, io};

use clap::CommandFactory;
use clap_complete::{CompleteEnv, Shell, engine::CompletionCandidate, env::Shells};
use leadsquared_webhooks::{Event, account::Auth, event::EventCodes, webhook::ContentType};

use crate::{arguments::Arguments, output::Output, status::Status};

const NAME: &str = "lsq-webhooks";

/// The variable by which a script asks. Its value is the shell.
const ASKED_BY: &str = "LSQ_WEBHOOKS_COMPLETE";

/// Prints the script for a shell.
pub(crate) fn script(shell: Shell, output: &mut Output) -> io::Result<Status> {
    let mut script = Vec::new();
    if shell == Shell::Bash {
        script.extend_from_slice(include_bytes!("completion.bash"));
    } else if let Some(shell) = Shells::builtins().completer(&shell.to_string()) {
        shell.write_registration(ASKED_BY, NAME, NAME, NAME, &mut script)?;
    }
    output.text(&String::from_utf8_lossy(&script));
    Ok(Status::Done)
}

/// Answers a script's question, if the command was started by one.
pub(crate) fn answer(arguments: &[OsString]) -> Option<Status> {
    std::env::var_os(ASKED_BY)?;
    let directory = std::env::current_dir().ok();
    let questions = CompleteEnv::with_factory(Arguments::command).var(ASKED_BY).bin(NAME).completer(NAME);
    match questions.try_complete(arguments, directory.as_deref()) {
        Ok(true) => Some(Status::Done),
        // The variable is empty or 0.
        Ok(false) => None,
        Err(problem) => {
            // Nothing can be done if stderr is closed.
            let _ = problem.print();
            Some(Status::Usage)
        }
    }
}

/// Events by their names in drafts, with the names in API responses beside them.
pub(crate) fn events() -> Vec<CompletionCandidate> {
    let candidate = |event: Event| {
        CompletionCandidate::new(event.name().replace('_', "-")).help(Some(event.retrieve_name().into()))
    };
    Event::ALL.into_iter().map(candidate).collect()
}

/// Events, and `raw` for any other.
pub(crate) fn draft_events() -> Vec<CompletionCandidate> {
    let raw = CompletionCandidate::new("raw").help(Some("any other event, by --code".into()));
    events().into_iter().chain([raw]).collect()
}

pub(crate) fn statuses() -> Vec<CompletionCandidate> {
    values(["enabled", "disabled", "disabled-by-failures"])
}

pub(crate) fn content_types() -> Vec<CompletionCandidate> {
    values(ContentType::ALL.map(ContentType::as_str))
}

pub(crate) fn code_tables() -> Vec<CompletionCandidate> {
    values(EventCodes::ALL.map(EventCodes::as_str))
}

pub(crate) fn header_forms() -> Vec<CompletionCandidate> {
    values(["array", "json-string"])
}

pub(crate) fn auths() -> Vec<CompletionCandidate> {
    values(Auth::ALL.map(Auth::as_str))
}

pub(crate) fn url_forms() -> Vec<CompletionCandidate> {
    values(["as-sent", "normalized", "cut:", "html-escaped"])
}

pub(crate) fn property_forms() -> Vec<CompletionCandidate> {
    values(["string", "object", "extended", "extended-object"])
}

fn values<T: Into<OsString>, const N: usize>(values: [T; N]) -> Vec<CompletionCandidate> {
    values.into_iter().map(CompletionCandidate::new).collect()
}
