//! What the command line takes.
#![allow(
    clippy::doc_markdown,
    reason = "these comments are help texts, and a terminal shows backticks as they are"
)]

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use leadsquared_webhooks::{
    ApiHost, Auth, CustomHeadersForm, Encoding, Event, EventCodes, EventName, InvalidName, ManagedPrefix,
    WebhookId, WebhookStatus, quota::QuotaLimit,
};
use leadsquared_webhooks_sandbox::{CodeTable, PropertiesForm, UrlForm};

use crate::draft_arguments::DraftArguments;

const AFTER_HELP: &str = "\
Environment:
  LEADSQUARED_HOST        the account's host, such as api-in21.leadsquared.com
  LEADSQUARED_ACCESS_KEY  the account's access key
  LEADSQUARED_SECRET_KEY  the account's secret key
  LEADSQUARED_AUTH        where the keys travel: query (default) or headers
  SSL_CERT_FILE           certificates to trust in place of the system's, such as a company proxy's
  HTTPS_PROXY, ALL_PROXY, NO_PROXY   the proxy, and the hosts to reach without it
  RUST_LOG                what is logged to stderr, over -v
  NO_COLOR                no colour

Exit status; of several the first of 5, 6, 3, 4, 7, 1:
  0 done
  1 plan --exit-code: something would change
  2 nothing was sent: wrong usage, an invalid draft, a setting that is missing
  3 refused by the API, absent, or disabled
  4 not sent
  5 outcome unknown, or created and not verified: check whether it exists before retrying
  6 created with another event or URL than requested, rolled back or not
  7 done, and the result could not be written: it is on standard error";

const MANIFEST_HELP: &str = "\
A manifest, its keys by the names of environment variables:
  [[accounts]]
  name = \"acme\"
  host = \"api-in21.leadsquared.com\"
  access_key_env = \"ACME_ACCESS_KEY\"
  secret_key_env = \"ACME_SECRET_KEY\"
  managed_prefix = \"https://hooks.example.com/\"  # what --prune may delete, by the beginning of its URL
  [[accounts.webhooks]]                           # a draft, as everywhere
  url = \"https://hooks.example.com/leads\"
  trigger = { event = \"lead_create\" }

Each account is called within its quota, all accounts side by side. A run that was interrupted for
any reason is resumed by the next one: the state file holds which creates may have been applied. It
also holds what was written and cannot be read back (content type, notify, landing pages, and header
values as HMACs), so that a later plan shows a changed one. Keep it, but not in public.

A webhook that the state file does not hold is adopted as it is, and its differences are listed.
--overwrite replaces it, with all that cannot be read back.

Exit status; of several the first of 5, 6, 3, 4, 7, 1: see lsq-webhooks --help. Plain plan ends with 0
when every account could be read.";

/// Create, find, change and check LeadSquared webhooks; try it without an account in the built-in
/// sandbox.
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
  lsq-webhooks create examples/opportunity-create.json --verify --rollback
  jq '.url = \"https://example.com\"' draft.json | lsq-webhooks create - --json

A create is sent again only when it was not applied. Exit status 5 means that the webhook may
exist: the ticket that is printed tells `lsq-webhooks resolve` what to look for; or, with
--verify, that it exists and could not be read back. Exit status 6, with --verify: it was
created with another event or URL than requested.")]
    Create(Box<CreateArguments>),
    /// Ensure that one webhook of an event, a URL and properties exists, once.
    #[command(after_help = "\
Examples:
  lsq-webhooks ensure examples/lead-activity-create.json
  lsq-webhooks create draft.json --json > failed.json ||
    lsq-webhooks ensure draft.json --ticket failed.json

It lists first, creates only what is not there, and finds out what became of a create whose
answer was lost: declarative, and safe to run again. One that exists is adopted as it is, and
its differences are listed; --overwrite replaces it. The API does not return custom headers,
content type, notify and landing pages: they are not compared, and --overwrite replaces them.

Exit status:
  0 one exists and delivers: existed, created or updated
  3 it was found disabled, and only a person can enable it, in LeadSquared's UI; or refused
  5 unknown, or created and not verified
  6 it was created with another event or URL than requested, and rolled back")]
    Ensure(Box<EnsureArguments>),
    /// List the webhooks that the account has.
    #[command(after_help = "\
Examples:
  lsq-webhooks list --status disabled-by-failures
  lsq-webhooks list --event lead-create --json | jq -r '.webhooks[].id'

A webhook that was created a moment ago may not show yet: how late the list is, is unknown.")]
    List(ListArguments),
    /// Show all that the API returns of one webhook; exit status 3 when it is absent.
    Show(ShowArguments),
    /// Replace a webhook, whole: what the draft does not give becomes its default, custom headers
    /// too.
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
  lsq-webhooks list --url-prefix https://old.example.com/ --json | jq -r '.webhooks[].id' |
    xargs -r lsq-webhooks delete --yes

After a failure it goes on with the others; the exit status is the worst of all.
A first Ctrl-C waits for the delete that is in flight, and begins no other.")]
    Delete(DeleteArguments),
    /// Find out what became of a create whose outcome is unknown.
    #[command(after_help = "\
Examples:
  lsq-webhooks create draft.json --json > failed.json || lsq-webhooks resolve failed.json
  lsq-webhooks resolve - --max-wait 0 < ticket.json

It lists until the webhook shows up, or the consistency window is over: an empty list at once
proves nothing.

Exit status:
  0 it exists
  3 absent: it was not applied, and may be created again; or disabled, or refused
  5 unverified: the consistency window is not over, ask again")]
    Resolve(ResolveArguments),
    /// Validate a draft and print the request without sending it.
    #[command(after_help = "\
With --json the body is printed exactly as it would be sent, the custom headers' values included;
the table masks them. No environment is needed.")]
    Check(Box<CheckArguments>),
    /// List the documented events: their codes, what each needs, and how well each is known.
    Events,
    /// Show what a manifest would change on its accounts; read-only.
    #[command(after_help = MANIFEST_HELP)]
    Plan(PlanArguments),
    /// Apply a manifest: every desired webhook exists once on its account.
    #[command(after_help = MANIFEST_HELP)]
    Apply(ApplyArguments),
    /// Serve a local LeadSquared until Ctrl-C; prints export lines for the shell.
    #[command(after_help = "\
Example:
  lsq-webhooks sandbox --port 8080 > sandbox.env &
  . ./sandbox.env && lsq-webhooks create examples/lead-activity-create.json
  curl \"$LEADSQUARED_HOST/_sandbox/webhooks\"   also: requests, client-report, POST faults, POST reset")]
    Sandbox(SandboxArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// Whether it changes nothing: then nothing is lost with its output.
    pub(crate) const fn only_reads(&self) -> bool {
        match self {
            Self::Create(_) | Self::Ensure(_) | Self::Update(_) | Self::Delete(_) | Self::Apply(_) => false,
            Self::List(_)
            | Self::Show(_)
            | Self::Resolve(_)
            | Self::Check(_)
            | Self::Events
            | Self::Plan(_)
            | Self::Sandbox(_)
            | Self::Completions { .. } => true,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The manifest, such as webhooks.toml.
    #[arg(value_name = "MANIFEST.toml")]
    pub(crate) manifest: PathBuf,
    /// End with 1 when something would be created, updated or pruned, and with the status of what
    /// is not as desired (disabled 3, a mismatch 6), for CI.
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Show and count what apply --prune would delete.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Show and count what apply --overwrite would replace.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The manifest, such as webhooks.toml.
    #[arg(value_name = "MANIFEST.toml")]
    pub(crate) manifest: PathBuf,
    #[command(flatten)]
    pub(crate) reconcile: ReconcileArguments,
    /// Delete what is under an account's managed_prefix and not desired. It is shown and asked
    /// about first.
    #[arg(long)]
    pub(crate) prune: bool,
    /// With --prune: show what is deleted and do not ask; needed where there is no terminal.
    #[arg(short, long, requires = "prune")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
    /// Take no lock beside the state file, for file systems without locks: two runs at once may
    /// then make duplicates.
    #[arg(long, conflicts_with = "no_state")]
    pub(crate) no_lock: bool,
    /// How long to wait for another apply with the same state file, in seconds [default: not at
    /// all].
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with_all = ["no_lock", "no_state"])]
    pub(crate) lock_timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Where runs keep what the next one needs.
#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    /// The file in which runs keep what the next one needs [default: the manifest's name and
    /// .state].
    #[arg(long, value_name = "FILE", conflicts_with = "no_state")]
    pub(crate) state: Option<PathBuf>,
    /// Keep no state: what is not returned by the API cannot be compared, and a run that is
    /// interrupted may leave duplicates.
    #[arg(long)]
    pub(crate) no_state: bool,
}

/// How desired webhooks are reconciled with those that exist.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArguments {
    /// How long after its send a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) consistency_window: Option<Duration>,
    /// Replace a webhook that exists and differs or may differ, with all that cannot be read back.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Keep a webhook that was created with another event or URL than requested; without, it is
    /// rolled back.
    #[arg(long)]
    pub(crate) keep_mismatch: bool,
    /// Keep a duplicate that this run created; without, it is deleted again.
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
}

/// How a create and an update are written.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct EncodingArguments {
    /// Which number stands for which event: documented or observed [default: documented].
    #[arg(long, value_name = "TABLE")]
    pub(crate) codes: Option<EventCodes>,
    /// How the custom headers are sent: array, or json-string, a string that holds the array.
    #[arg(long, value_name = "FORM", default_value = "array")]
    pub(crate) custom_headers_form: CustomHeadersForm,
}

impl EncodingArguments {
    /// The table by which codes are sent and read.
    pub(crate) fn codes(self) -> EventCodes {
        self.codes.unwrap_or_default()
    }
}

impl From<EncodingArguments> for Encoding {
    fn from(arguments: EncodingArguments) -> Self {
        Self { codes: arguments.codes(), custom_headers_form: arguments.custom_headers_form }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    /// Start an embedded sandbox for this call, and show what was sent and what came back.
    #[arg(long, conflicts_with_all = ["host", "keys_file"])]
    pub(crate) sandbox: bool,
    /// Read the webhook back, and compare it with what was requested.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Delete it again when it has another event or URL.
    #[arg(long, requires = "verify")]
    pub(crate) rollback: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnsureArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
    #[command(flatten)]
    pub(crate) reconcile: ReconcileArguments,
    /// A create whose outcome is unknown, which is resolved first; may be given several times.
    #[arg(long, value_name = "FILE|JSON")]
    pub(crate) ticket: Vec<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those of this event: its name in drafts, such as lead-create, or in the account's answers,
    /// such as Lead_Post_Create.
    #[arg(long, value_parser = event_name)]
    pub(crate) event: Option<EventName>,
    /// Those of this status: enabled, disabled, disabled-by-failures, or a number.
    #[arg(long, value_parser = webhook_status)]
    pub(crate) status: Option<WebhookStatus>,
    /// Those in whose name or description the API finds this text; it does not search URLs.
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Those whose URL is under this one: scheme, host and port match whole, the path at a slash.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) url_prefix: Option<ManagedPrefix>,
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
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
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
    /// The ticket: a file, - for standard input, or the JSON itself. What a failed command printed
    /// with --json will do.
    #[arg(value_name = "TICKET.json")]
    pub(crate) ticket: String,
    /// How long after its send a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) consistency_window: Option<Duration>,
    /// How long to list again, in seconds; 0 lists once [default: until the consistency window is
    /// over].
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    pub(crate) max_wait: Option<Duration>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The account's host, over LEADSQUARED_HOST.
    #[arg(long)]
    pub(crate) host: Option<ApiHost>,
    /// A file of LEADSQUARED_…=value lines, over the environment. Both keys must be in it.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,
    /// Where the keys travel, query or headers, over LEADSQUARED_AUTH.
    #[arg(long)]
    pub(crate) auth: Option<Auth>,
    /// The account's quota as calls/seconds; may be given several times [default: 25/5].
    #[arg(long, value_name = "CALLS/SECONDS")]
    pub(crate) quota: Vec<QuotaLimit>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// Not taken: keys come from the environment or a file.
    #[arg(long, hide = true, value_name = "KEY")]
    pub(crate) access_key: Option<std::ffi::OsString>,
    /// Not taken: keys come from the environment or a file.
    #[arg(long, hide = true, value_name = "KEY")]
    pub(crate) secret_key: Option<std::ffi::OsString>,
}

/// The limits of each call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct LimitArguments {
    /// The deadline of a call in seconds, retries and waits included [default: 30].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// How long a connection may take to open, in seconds [default: 5].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// The most attempts of a call, the first one included [default: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: Option<u32>,
    /// The longest wait for the quota in seconds [default: as long as it takes].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) quota_wait: Option<Duration>,
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

/// A documented event, in either spelling, or any name that begins with a capital as all of the
/// account's do: an open set.
fn event_name(text: &str) -> Result<EventName, String> {
    match text.replace('-', "_").parse::<Event>() {
        Ok(event) => Ok(event.into()),
        Err(_) if text.starts_with(|first: char| first.is_ascii_uppercase()) => {
            text.parse().map_err(|problem: InvalidName| problem.to_string())
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
