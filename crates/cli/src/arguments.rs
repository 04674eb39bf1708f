//! What the command line takes.
#![allow(
    clippy::doc_markdown,
    reason = "these comments are help texts, and a terminal shows backticks as they are"
)]

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use leadsquared_webhooks::{ApiHost, Auth, EventCodes, quota::QuotaLimit};
use leadsquared_webhooks_sandbox::CodeTable;

use crate::draft_arguments::DraftArguments;

const AFTER_HELP: &str = "\
Environment:
  LEADSQUARED_HOST        the account's host, such as api-in21.leadsquared.com
  LEADSQUARED_ACCESS_KEY  the account's access key
  LEADSQUARED_SECRET_KEY  the account's secret key
  LEADSQUARED_AUTH        where the keys travel: query (default) or headers
  RUST_LOG                what is logged to stderr, over -v
  NO_COLOR                no colour

Exit status:
  0 done   2 wrong usage or invalid draft   3 refused by the API
  4 surely not sent   5 outcome unknown: look before you try again";

/// Create and check LeadSquared webhooks; try it all without an account in the built-in sandbox.
#[derive(Debug, Parser)]
#[command(name = "lsq-webhooks", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Print one JSON object on stdout, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log to stderr: -v info, -vv debug, -vvv trace.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a webhook on the account, or in an embedded sandbox.
    #[command(after_help = "\
Examples:
  lsq-webhooks create examples/lead-activity-create.json --sandbox
  lsq-webhooks create --event lead-activity-create --activity 22 --url https://example.com/hooks
  jq '.url = \"https://example.com\"' draft.json | lsq-webhooks create - --json

A create is sent again only when it surely was not applied. Exit status 5 means that the
webhook may exist: look before you try again.")]
    Create(Box<CreateArguments>),
    /// Validate a draft and print the request without sending it.
    #[command(after_help = "\
With --json the body is printed exactly as it would be sent, the custom headers' values included;
the table masks them. No environment is needed.")]
    Check(Box<CheckArguments>),
    /// List the documented events: their codes, what each needs, and how well each is known.
    Events,
    /// Serve a local LeadSquared until Ctrl-C; prints export lines for the shell.
    #[command(after_help = "\
Example:
  lsq-webhooks sandbox --port 8080 > sandbox.env &
  . ./sandbox.env && lsq-webhooks create examples/lead-activity-create.json
  curl \"$LEADSQUARED_HOST/_sandbox/webhooks\"   also: requests, manners, POST faults, POST reset")]
    Sandbox(SandboxArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    /// Which number stands for which event.
    #[arg(long, value_name = "TABLE", default_value_t)]
    pub(crate) codes: EventCodes,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    /// Which number stands for which event: documented or observed.
    #[arg(long, value_name = "TABLE", default_value_t)]
    pub(crate) codes: EventCodes,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    /// Start an embedded sandbox for this call, and show what was sent and what came back.
    #[arg(long, conflicts_with_all = ["host", "keys_file"])]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The account's host, over LEADSQUARED_HOST.
    #[arg(long)]
    pub(crate) host: Option<ApiHost>,
    /// A file of LEADSQUARED_…=value lines, over the environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,
    /// Where the keys travel, query or headers, over LEADSQUARED_AUTH.
    #[arg(long)]
    pub(crate) auth: Option<Auth>,
    /// The deadline of the call in seconds, retries and waits included [default: 30].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// How long a connection may take to open, in seconds [default: 5].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// The most attempts, the first one included [default: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: Option<u32>,
    /// The account's quota as calls/seconds; may be given several times [default: 25/5].
    #[arg(long, value_name = "CALLS/SECONDS")]
    pub(crate) quota: Vec<QuotaLimit>,
    /// The longest wait for the quota in seconds [default: as long as it takes].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) quota_wait: Option<Duration>,
    /// Not taken: keys come from the environment or a file.
    #[arg(long, hide = true, value_name = "KEY")]
    pub(crate) access_key: Option<std::ffi::OsString>,
    /// Not taken: keys come from the environment or a file.
    #[arg(long, hide = true, value_name = "KEY")]
    pub(crate) secret_key: Option<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Which table of event codes the account follows: documented or observed.
    #[arg(long, value_name = "TABLE", default_value = "documented", value_parser = code_table)]
    pub(crate) codes: CodeTable,
    /// The account's quota as calls/seconds; may be given several times [default: 25/5].
    #[arg(long, value_name = "CALLS/SECONDS")]
    pub(crate) quota: Vec<QuotaLimit>,
    /// How long a call travels, in milliseconds, as a range.
    #[arg(long, value_name = "MIN..MAX", value_parser = milliseconds)]
    pub(crate) delay: Option<(Duration, Duration)>,
    /// The seed of the delays.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let rule = || format!("{text:?} is not a number of seconds above zero, such as 2.5");
    let seconds: f64 = text.parse().map_err(|_| rule())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero()).ok_or_else(rule)
}

fn milliseconds(text: &str) -> Result<(Duration, Duration), String> {
    text.split_once("..")
        .and_then(|(shortest, longest)| Some((shortest.parse().ok()?, longest.parse().ok()?)))
        .filter(|(shortest, longest): &(u64, u64)| shortest <= longest)
        .map(|(shortest, longest)| (Duration::from_millis(shortest), Duration::from_millis(longest)))
        .ok_or_else(|| format!("{text:?} is not a range of milliseconds, such as 0..400"))
}

fn code_table(text: &str) -> Result<CodeTable, String> {
    match text {
        "documented" => Ok(CodeTable::Documented),
        "observed" => Ok(CodeTable::Observed),
        other => Err(format!("{other:?} is not documented or observed")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_have_units_and_rules() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for wrong in ["0", "-1", "x", "inf", "nan", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        assert!(milliseconds("0..400").is_ok());
        for wrong in ["400", "5..4", "a..b", "1..", ""] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }
}
