//! The command line `lsq-webhooks` as a library: the binary is a thin wrapper, and other packages
//! can embed the same command.
//!
//! Exit status: 0 done, 1 a plan would change something, 2 nothing was sent, 3 refused, absent or
//! disabled, 4 not sent, 5 outcome unknown or created and not verified, 6 created with a different
//! event or URL than requested, 7 done but the result could not be written.
#![forbid(unsafe_code)]

mod arguments;
mod call;
mod check;
mod completion;
mod connection;
mod create;
mod delete;
mod doctor;
mod draft_arguments;
mod ensure;
mod events;
mod interrupt;
mod list;
mod logging;
mod man;
mod manifest;
mod masked;
mod output;
mod progress;
mod reconciled;
mod resolve;
mod sandbox;
mod show;
mod status;
mod ticket_argument;
mod update;
mod violations;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
    output::Output,
    status::Status,
};

/// Runs the command line with these arguments, the program's name first, and returns its exit
/// status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    exit_status(arguments).into()
}

/// [`run`], but returns the exit status as a number.
pub fn exit_status(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    carry_out(arguments).number()
}

fn carry_out(arguments: impl IntoIterator<Item = OsString>) -> Status {
    let arguments: Vec<_> = arguments.into_iter().collect();
    if let Some(status) = completion::answer(&arguments) {
        return status;
    }
    let asks_for_json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(refused) if connection::is_about_keys(&refused) => {
            return Output::new(asks_for_json, true).usage("configuration", connection::KEYS_IN_ARGUMENTS);
        }
        Err(help) => {
            // Help and version go to stdout, wrong usage to stderr; a closed pipe is not an error.
            let _ = help.print();
            return if help.use_stderr() { Status::Usage } else { Status::Done };
        }
    };
    let log = logging::start(arguments.verbose);
    let mut output = Output::new(arguments.json, arguments.command.only_reads());
    if let Err(problem) = log {
        output.note(&format!("RUST_LOG is ignored: {problem}"));
    }
    let ended = match arguments.command {
        Command::Create(create) => create::run(*create, &mut output),
        Command::Ensure(ensure) => ensure::run(*ensure, &mut output),
        Command::List(list) => list::run(list, &mut output),
        Command::Show(show) => show::run(show, &mut output),
        Command::Update(update) => update::run(*update, &mut output),
        Command::Delete(delete) => delete::run(delete, &mut output),
        Command::Resolve(resolve) => resolve::run(resolve, &mut output),
        Command::Check(check) => check::run(*check, &mut output),
        Command::Plan(plan) => manifest::plan(&plan, &mut output),
        Command::Apply(apply) => manifest::apply(&apply, &mut output),
        Command::Doctor(doctor) => doctor::run(&doctor, &mut output),
        Command::Events => Ok(events::run(&mut output)),
        Command::Sandbox(sandbox) => sandbox::run(sandbox, &mut output),
        Command::Completions { shell } => completion::script(shell, &mut output),
        Command::Man { directory } => man::run(directory.as_deref(), &mut output),
    };
    // System errors occur before anything is sent.
    let status = ended.unwrap_or_else(|problem| output.usage("system", &problem.to_string()));
    output.end(status)
}
