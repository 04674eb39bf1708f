//! What the command line takes.
#![allow(
    clippy::doc_markdown,
    reason = "these comments are help texts, and a terminal shows backticks as they are"
)]

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use leadsquared_webhooks::{
    ApiHost, Auth, Blank, Event, EventCodes, EventName, WebhookId, WebhookStatus, quota::QuotaLimit,
};
use leadsquared_webhooks_sandbox::{CodeTable, PropertiesForm, UrlForm};

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
  0 done   2 wrong usage or invalid draft   3 refused by the API, not there, or disabled
  4 surely not sent   5 outcome unknown: look before you try again
  6 created, and not what was asked for   1 plan --exit-code: something would change";

const MANIFEST_HELP: &str = "\
A manifest, its keys by the names of environment variables:
  [[accounts]]
  name = \"acme\"
  host = \"api-in21.leadsquared.com\"
  access_key_env = \"ACME_ACCESS_KEY\"
  secret_key_env = \"ACME_SECRET_KEY\"
  owns = \"https://hooks.example.com/\"     # what --delete may delete, by the beginning of its URL
  [[accounts.webhooks]]                     # a draft, as everywhere
  url = \"https://hooks.example.com/leads\"
  trigger = { event = \"lead_create\" }

Each account is called within its quota, all accounts side by side. A run that was cut off, by whatever, is gone on with by
the next one: its journal knows which creates may have been applied.";

/// Create, find, change and check LeadSquared webhooks; try it all without an account in the built-in sandbox.
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
  lsq-webhooks create examples/opportunity-create.json --verify --undo
  jq '.url = \"https://example.com\"' draft.json | lsq-webhooks create - --json

A create is sent again only when it surely was not applied. Exit status 5 means that the
webhook may exist: the ticket that is printed tells `lsq-webhooks resolve` what to look for.
Exit status 6, with --verify: it was created as something else.")]
    Create(Box<CreateArguments>),
    /// Make sure that one webhook of an event, a URL and properties exists, once.
    #[command(after_help = "\
Examples:
  lsq-webhooks ensure examples/lead-activity-create.json
  lsq-webhooks create draft.json --json > failed.json ||
    lsq-webhooks ensure draft.json --ticket failed.json

It looks first, creates only what is surely not there, and finds out what became of a create
whose answer was lost; run it as often as you like. The API does not tell custom headers,
content type and landing pages, so they are not compared: `update` sets them.

Exit status:
  0 one exists and delivers: existed, created or updated
  3 it is disabled, which only a person can mend, in the vendor's UI; or refused
  6 it was created as something else")]
    Ensure(Box<EnsureArguments>),
    /// List the webhooks that the account has.
    #[command(after_help = "\
Examples:
  lsq-webhooks list --status disabled-by-failures
  lsq-webhooks list --event lead-create --json | jq -r '.webhooks[].id'

A webhook that was created a moment ago may not show yet: how late the list is, is unknown.")]
    List(ListArguments),
    /// Show all that the account tells of one webhook; exit status 3 when it is not there.
    Show(ShowArguments),
    /// Replace a webhook, whole: what the draft does not say becomes its default, custom headers too.
    #[command(after_help = "\
Examples:
  lsq-webhooks update b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4 examples/lead-activity-create.json

Nothing of the old webhook stays, and no call enables one that is disabled.
An update may be sent again, and is when its answer was lost.")]
    Update(Box<UpdateArguments>),
    /// Delete webhooks, and see that they are gone.
    #[command(after_help = "\
Examples:
  lsq-webhooks delete b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4
  lsq-webhooks list --text old.example.com --json | jq -r '.webhooks[].id' |
    xargs -r lsq-webhooks delete --yes

After a failure it goes on with the others; the exit status is the worst of all.
A first Ctrl-C lets the delete that is under way end, and begins no other.")]
    Delete(DeleteArguments),
    /// Find out what became of a create whose outcome is unknown.
    #[command(after_help = "\
Examples:
  lsq-webhooks create draft.json --json > failed.json || lsq-webhooks resolve failed.json
  lsq-webhooks resolve - --patience 0 < ticket.json

It looks until the webhook shows up, or the settling time is over: an empty list at once
proves nothing.

Exit status:
  0 found
  3 absent: it was not applied, and may be created again; or refused
  5 not_seen: the settling time is not over, ask again; several: look which one is to stay")]
    Resolve(ResolveArguments),
    /// Validate a draft and print the request without sending it.
    #[command(after_help = "\
With --json the body is printed exactly as it would be sent, the custom headers' values included;
the table masks them. No environment is needed.")]
    Check(Box<CheckArguments>),
    /// List the documented events: their codes, what each needs, and how well each is known.
    Events,
    /// Show what a manifest would change on its accounts; reads alone.
    #[command(after_help = MANIFEST_HELP)]
    Plan(PlanArguments),
    /// Make a manifest true: every wanted webhook exists once on its account.
    #[command(after_help = MANIFEST_HELP)]
    Apply(ApplyArguments),
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
pub(crate) struct PlanArguments {
    /// The manifest, such as webhooks.toml.
    #[arg(value_name = "MANIFEST.toml")]
    pub(crate) manifest: PathBuf,
    /// End with 1 when something would be created or updated, for CI.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The manifest, such as webhooks.toml.
    #[arg(value_name = "MANIFEST.toml")]
    pub(crate) manifest: PathBuf,
    /// Delete what the manifest owns and does not want.
    #[arg(long)]
    pub(crate) delete: bool,
    /// Delete a webhook that this run created when another of its kind turns out to exist.
    #[arg(long)]
    pub(crate) remove_surplus: bool,
    /// Where the run keeps what it has begun [default: the manifest's name and .journal].
    #[arg(long, value_name = "FILE", conflicts_with = "no_journal")]
    pub(crate) journal: Option<PathBuf>,
    /// Keep no journal: a run that is cut off may then leave twins.
    #[arg(long)]
    pub(crate) no_journal: bool,
    /// How long after its send a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) settling: Option<Duration>,
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
    /// Read the webhook back, and see whether it is what was asked for.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Delete it again when it is something else.
    #[arg(long, requires = "verify")]
    pub(crate) undo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnsureArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    /// Which number stands for which event: documented or observed.
    #[arg(long, value_name = "TABLE", default_value_t)]
    pub(crate) codes: EventCodes,
    /// How long after its send a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) settling: Option<Duration>,
    /// Delete what this very run created, when another of the same turns out to exist.
    #[arg(long)]
    pub(crate) remove_surplus: bool,
    /// A create that was cut off earlier, which is settled first; may be given several times.
    #[arg(long, value_name = "FILE|JSON")]
    pub(crate) ticket: Vec<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those of this event: its name in drafts, such as lead-create, or in the account's answers, such as Lead_Post_Create.
    #[arg(long, value_parser = event_name)]
    pub(crate) event: Option<EventName>,
    /// Those of this status: enabled, disabled, disabled-by-failures, or a number.
    #[arg(long, value_parser = webhook_status)]
    pub(crate) status: Option<WebhookStatus>,
    /// Those in which this text is found; where the API looks for it is unknown.
    #[arg(long)]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Which one.
    pub(crate) id: WebhookId,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// Which one.
    pub(crate) id: WebhookId,
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    /// Which number stands for which event: documented or observed.
    #[arg(long, value_name = "TABLE", default_value_t)]
    pub(crate) codes: EventCodes,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Which ones.
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<WebhookId>,
    /// Do not ask; needed where there is no terminal.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArguments {
    /// The ticket: a file, - for standard input, or the JSON itself. What a failed command printed with --json will do.
    #[arg(value_name = "TICKET.json")]
    pub(crate) ticket: String,
    /// How long after its send a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) settling: Option<Duration>,
    /// How long to look again, in seconds; 0 looks once [default: until the settling time is over].
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    pub(crate) patience: Option<Duration>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
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
    /// How much later than its create a webhook shows up in lists, in milliseconds, as a range.
    #[arg(long, value_name = "MIN..MAX", value_parser = milliseconds)]
    pub(crate) visible_after: Option<(Duration, Duration)>,
    /// The seed of the delays.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// In which form lists show URLs: as-sent, normalized, cut:N (characters) or html-escaped.
    #[arg(long, value_name = "FORM", default_value = "as-sent")]
    pub(crate) stores_urls: UrlForm,
    /// In which form lists show properties: string, object, extended (with members that were not
    /// sent) or extended-object.
    #[arg(long, value_name = "FORM", default_value = "string")]
    pub(crate) answers_properties: PropertiesForm,
    /// The most webhooks on one page of a list, whatever page size is asked for [default: 200].
    #[arg(long, value_name = "N")]
    pub(crate) page_cap: Option<NonZeroUsize>,
    /// The largest page size that may be asked for; above it, the call is refused [default: none].
    #[arg(long, value_name = "N")]
    pub(crate) largest_page_size: Option<NonZeroUsize>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = seconds_or_none(text).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| format!("{text:?} is not a number of seconds above zero, such as 2.5"))
}

fn seconds_or_none(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| format!("{text:?} is not a number of seconds, such as 2.5"))
}

/// A documented event, in either spelling, or any name that begins with a capital as all of the account's do: an open set.
fn event_name(text: &str) -> Result<EventName, String> {
    match text.replace('-', "_").parse::<Event>() {
        Ok(event) => Ok(event.into()),
        Err(_) if text.starts_with(|first: char| first.is_ascii_uppercase()) => {
            text.parse().map_err(|problem: Blank| problem.to_string())
        }
        Err(_) => {
            let names = Event::ALL.map(|event| event.name().replace('_', "-")).join(", ");
            Err(format!("{text:?} is not one of {names}, nor a name such as Lead_Post_Create"))
        }
    }
}

fn webhook_status(text: &str) -> Result<WebhookStatus, String> {
    let known = [WebhookStatus::Enabled, WebhookStatus::Disabled, WebhookStatus::DisabledByFailures];
    let named = known.into_iter().find(|status| status.to_string() == text.replace('-', "_"));
    named
        .or_else(|| text.parse().ok().map(WebhookStatus::from_code))
        .ok_or_else(|| format!("{text:?} is not enabled, disabled, disabled-by-failures or a number"))
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
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
        assert!(milliseconds("0..400").is_ok());
        for wrong in ["400", "5..4", "a..b", "1..", ""] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn events_and_statuses_are_taken_by_each_of_their_names() {
        let lead_create = Ok(EventName::from(Event::LeadCreate));
        for name in ["lead-create", "lead_create", "Lead_Post_Create"] {
            assert_eq!(event_name(name), lead_create, "{name}");
        }
        assert_eq!(event_name("Lead_Delete").map(|name| name.to_string()), Ok("Lead_Delete".to_owned()));
        for wrong in ["lead-creat", "3", "", " "] {
            assert!(event_name(wrong).is_err(), "{wrong}");
        }
        for name in ["disabled-by-failures", "disabled_by_failures", "2"] {
            assert_eq!(webhook_status(name), Ok(WebhookStatus::DisabledByFailures), "{name}");
        }
        assert_eq!(webhook_status("7"), Ok(WebhookStatus::Other(7)));
        for wrong in ["on", "-1", "", "Enabled"] {
            assert!(webhook_status(wrong).is_err(), "{wrong}");
        }
    }
}
