//! The command-line arguments.
#![allow(
    clippy::doc_markdown,
    reason = "these comments are help texts, and a terminal shows backticks as they are"
)]

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{ArgAction, Args, Parser, Subcommand, ValueHint};
use clap_complete::{ArgValueCandidates, Shell};
use leadsquared_webhooks::{
    account::{ApiHost, Auth},
    event::{EventCodes, EventName},
    manifest::ManagedPrefix,
    quota::QuotaLimit,
    webhook::{CustomHeadersForm, Encoding, WebhookId, WebhookStatus},
};
use leadsquared_webhooks_sandbox::{CodeTable, PropertiesForm, UrlForm};

use crate::{completion, draft_arguments::DraftArguments, violations::unknown_event};

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

const COMPLETIONS_HELP: &str = "\
The script asks the installed lsq-webhooks at each Tab, so it must be on the PATH. Load it in the
shell's start file, so that it is always that of the installed version:
  bash: source <(lsq-webhooks completions bash)     in ~/.bashrc
  zsh:  source <(lsq-webhooks completions zsh)      in ~/.zshrc, after compinit
  fish: lsq-webhooks completions fish | source      in ~/.config/fish/config.fish";

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
    /// Ensure that a webhook with this event, URL and properties exists, without creating
    /// duplicates.
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
    /// List the account's webhooks.
    #[command(after_help = "\
Examples:
  lsq-webhooks list --status disabled-by-failures
  lsq-webhooks list --event lead-create --json | jq -r '.webhooks[].id'

A webhook that was created a moment ago may not show yet: how late the list is, is unknown.")]
    List(ListArguments),
    /// Show everything that the API returns about one webhook; exit status 3 if it is absent.
    Show(ShowArguments),
    /// Replace a webhook completely: what the draft omits is set to its default, custom headers
    /// included.
    #[command(after_help = "\
Examples:
  lsq-webhooks update b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4 examples/lead-activity-create.json

Nothing of the old webhook stays, and no call enables one that is disabled.
An update may be sent again, and is when its answer was lost.")]
    Update(Box<UpdateArguments>),
    /// Delete webhooks and confirm that they are gone.
    #[command(after_help = "\
Examples:
  lsq-webhooks delete b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4
  lsq-webhooks list --url-prefix https://old.example.com/ --json | jq -r '.webhooks[].id' |
    xargs -r lsq-webhooks delete --yes

After a failure it goes on with the others; the exit status is the worst of all.
A first Ctrl-C waits for the delete that is in flight, and begins no other.")]
    Delete(DeleteArguments),
    /// Find out whether a create with an unknown outcome was applied.
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
    /// Find out why calls fail: settings, network, proxy, TLS, keys, quota and clock, each with its
    /// cause and its cure.
    #[command(after_help = "\
It makes at most one call of the API, a Retrieve, and shows no key. A check is ok, warn or fail; skip is
one that could not be made, because an earlier one failed.

Exit status: 0 if no check fails, 2 if a setting does, else that of the call: see lsq-webhooks
--help.")]
    Doctor(DoctorArguments),
    /// List the documented events with their codes, required data and evidence.
    Events,
    /// Show what a manifest would change on its accounts; read-only.
    #[command(after_help = MANIFEST_HELP)]
    Plan(PlanArguments),
    /// Apply a manifest, so that every desired webhook exists once on its account.
    #[command(after_help = MANIFEST_HELP)]
    Apply(ApplyArguments),
    /// Run a local LeadSquared until Ctrl-C; prints export lines for the shell.
    #[command(after_help = "\
Example:
  lsq-webhooks sandbox --port 8080 > sandbox.env &
  . ./sandbox.env && lsq-webhooks create examples/lead-activity-create.json
  curl \"$LEADSQUARED_HOST/_sandbox/webhooks\"   also: requests, client-report, POST faults, POST reset")]
    Sandbox(SandboxArguments),
    /// Print a completion script for a shell: commands, options, and their values.
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the man pages, one for each command; without a directory, print the first one.
    #[command(after_help = "\
Examples:
  lsq-webhooks man | man -l -
  lsq-webhooks man ~/.local/share/man/man1 && man lsq-webhooks-create")]
    Man {
        /// The directory, created if it is absent.
        #[arg(value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
}

impl Command {
    /// Whether the command changes nothing, so that losing its output loses no result.
    pub(crate) const fn only_reads(&self) -> bool {
        match self {
            Self::Create(_) | Self::Ensure(_) | Self::Update(_) | Self::Delete(_) | Self::Apply(_) => false,
            Self::List(_)
            | Self::Show(_)
            | Self::Resolve(_)
            | Self::Check(_)
            | Self::Doctor(_)
            | Self::Events
            | Self::Plan(_)
            | Self::Sandbox(_)
            | Self::Completions { .. }
            | Self::Man { .. } => true,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The manifest, such as webhooks.toml.
    #[arg(value_name = "MANIFEST.toml")]
    pub(crate) manifest: PathBuf,
    /// For CI: exit with 1 if something would be created, updated or pruned, and with the status of
    /// a webhook that is not as desired (disabled 3, mismatch 6).
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
    /// Delete webhooks under an account's managed_prefix that are not desired. They are shown
    /// first, with a confirmation prompt.
    #[arg(long)]
    pub(crate) prune: bool,
    /// With --prune: show what is deleted without asking for confirmation; required without a
    /// terminal.
    #[arg(short, long, requires = "prune")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
    /// Take no lock on the state file, for file systems without locks: concurrent runs may then
    /// create duplicates.
    #[arg(long, conflicts_with = "no_state")]
    pub(crate) no_lock: bool,
    /// How long to wait for another apply with the same state file, in seconds [default: not at
    /// all].
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with_all = ["no_lock", "no_state"])]
    pub(crate) lock_timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Where runs store their state.
#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    /// The file that stores state between runs [default: the manifest's name and .state].
    #[arg(long, value_name = "FILE", conflicts_with = "no_state")]
    pub(crate) state: Option<PathBuf>,
    /// Store no state: what the API does not return cannot be compared, and an interrupted run may
    /// leave duplicates.
    #[arg(long)]
    pub(crate) no_state: bool,
}

/// How desired webhooks are reconciled with existing ones.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArguments {
    /// How long after it was sent a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) consistency_window: Option<Duration>,
    /// Replace an existing webhook that differs or may differ, including what cannot be read back.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Keep a webhook that was created with a different event or URL than requested; by default it
    /// is rolled back.
    #[arg(long)]
    pub(crate) keep_mismatch: bool,
    /// Keep a duplicate that this run created; by default it is deleted again.
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
}

/// How creates and updates are encoded.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct EncodingArguments {
    /// The table of event codes: documented or observed [default: documented].
    #[arg(long, value_name = "TABLE", add = ArgValueCandidates::new(completion::code_tables))]
    pub(crate) codes: Option<EventCodes>,
    /// How the custom headers are sent: array, or json-string (a string that contains the array).
    #[arg(long, value_name = "FORM", default_value = "array", add = ArgValueCandidates::new(completion::header_forms))]
    pub(crate) custom_headers_form: CustomHeadersForm,
}

impl EncodingArguments {
    /// The table of event codes for requests and responses.
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
    /// Start an embedded sandbox for this call, and show the request and the response.
    #[arg(long, conflicts_with_all = ["host", "keys_file"])]
    pub(crate) sandbox: bool,
    /// Read the webhook back and compare it with the request.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Delete the webhook again if it has a different event or URL than requested.
    #[arg(long, requires = "verify")]
    pub(crate) rollback: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct EnsureArguments {
    #[command(flatten)]
    pub(crate) draft: DraftArguments,
    #[command(flatten)]
    pub(crate) encoding: EncodingArguments,
    #[command(flatten)]
    pub(crate) reconcile: ReconcileArguments,
    /// The ticket of a create whose outcome is unknown, resolved first; may be given several times.
    #[arg(long, value_name = "FILE|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) ticket: Vec<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only webhooks with this event: its name, such as lead-create, or LeadSquared's name or
    /// number, such as Lead_Post_Create or 3.
    #[arg(long, value_parser = event_name, add = ArgValueCandidates::new(completion::events))]
    pub(crate) event: Option<EventName>,
    /// Only webhooks with this status: enabled, disabled, disabled-by-failures, or a number.
    #[arg(long, value_parser = webhook_status, add = ArgValueCandidates::new(completion::statuses))]
    pub(crate) status: Option<WebhookStatus>,
    /// Only webhooks in whose name or description the API finds this text; it does not search URLs.
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Only webhooks whose URL is under this one: scheme, host and port must be equal, and the path
    /// must match up to a slash.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) url_prefix: Option<ManagedPrefix>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The ID of the webhook.
    pub(crate) id: WebhookId,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The ID of the webhook.
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
    /// The IDs of the webhooks.
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<WebhookId>,
    /// Do not ask for confirmation; required without a terminal.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArguments {
    /// The ticket: a file, - for standard input, or the JSON itself. The --json output of a failed
    /// command is accepted too.
    #[arg(value_name = "TICKET.json", value_hint = ValueHint::FilePath)]
    pub(crate) ticket: String,
    /// How long after it was sent a create may still show up, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) consistency_window: Option<Duration>,
    /// How long to keep listing, in seconds; 0 lists once [default: until the consistency window
    /// ends].
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    pub(crate) max_wait: Option<Duration>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The account's host; overrides LEADSQUARED_HOST.
    #[arg(long)]
    pub(crate) host: Option<ApiHost>,
    /// A file of LEADSQUARED_…=value lines; overrides the environment. It must contain both keys.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,
    /// Where the keys are sent, query or headers; overrides LEADSQUARED_AUTH.
    #[arg(long, add = ArgValueCandidates::new(completion::auths))]
    pub(crate) auth: Option<Auth>,
    /// The account's quota as calls/seconds; may be given several times [default: 25/5].
    #[arg(long, value_name = "CALLS/SECONDS")]
    pub(crate) quota: Vec<QuotaLimit>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// The limits of each call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct LimitArguments {
    /// The deadline of a call in seconds, retries and waits included [default: 30].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// The timeout for opening a connection, in seconds [default: 5].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// The maximum number of attempts for a call, the first one included [default: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: Option<u32>,
    /// The longest wait for the quota, in seconds [default: unlimited].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) quota_wait: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The port on 127.0.0.1; 0 selects a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The table of event codes that the account uses: documented or observed.
    #[arg(long, value_name = "TABLE", default_value = "documented", value_parser = code_table, add = ArgValueCandidates::new(completion::code_tables))]
    pub(crate) codes: CodeTable,
    /// The account's quota as calls/seconds; may be given several times [default: 25/5].
    #[arg(long, value_name = "CALLS/SECONDS")]
    pub(crate) quota: Vec<QuotaLimit>,
    /// The latency of a call, in milliseconds, as a range.
    #[arg(long, value_name = "MIN..MAX", value_parser = milliseconds)]
    pub(crate) delay: Option<(Duration, Duration)>,
    /// How long after its create a webhook shows up in lists, in milliseconds, as a range.
    #[arg(long, value_name = "MIN..MAX", value_parser = milliseconds)]
    pub(crate) visible_after: Option<(Duration, Duration)>,
    /// The random seed of the delays.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The form of URLs in lists: as-sent, normalized, cut:N (characters) or html-escaped.
    #[arg(long, value_name = "FORM", default_value = "as-sent", add = ArgValueCandidates::new(completion::url_forms))]
    pub(crate) stores_urls: UrlForm,
    /// The form of properties in lists: string, object, extended (with members that were not sent)
    /// or extended-object.
    #[arg(long, value_name = "FORM", default_value = "string", add = ArgValueCandidates::new(completion::property_forms))]
    pub(crate) answers_properties: PropertiesForm,
    /// The maximum number of webhooks on one page of a list, regardless of the requested page size
    /// [default: 200].
    #[arg(long, value_name = "N")]
    pub(crate) page_cap: Option<NonZeroUsize>,
    /// The largest page size that a call may request; a call above it is refused [default: none].
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

fn event_name(text: &str) -> Result<EventName, String> {
    EventName::for_filter(text).map_err(|problem| unknown_event(text, &problem))
}

fn webhook_status(text: &str) -> Result<WebhookStatus, String> {
    let known = [WebhookStatus::Enabled, WebhookStatus::Disabled, WebhookStatus::DisabledByFailures];
    let named = known.into_iter().find(|status| status.to_string() == text.replace('-', "_"));
    named
        .or_else(|| text.parse().ok().map(WebhookStatus::from_code))
        .ok_or_else(|| format!("{text:?} is not enabled, disabled, disabled-by-failures or a number"))
}

fn milliseconds(text: &str) -> Result<(Duration, Duration), String> {
    let range = text
        .split_once("..")
        .and_then(|(shortest, longest)| Some((shortest.parse::<u64>().ok()?, longest.parse::<u64>().ok()?)));
    match range {
        None => Err(format!("{text:?} is not a range of milliseconds, such as 0..400")),
        Some((from, to)) if from > to => Err(format!("{text:?} is reversed; write {to}..{from}")),
        Some((from, to)) => Ok((Duration::from_millis(from), Duration::from_millis(to))),
    }
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

    use leadsquared_webhooks::Event;

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
        for name in ["lead-create", "lead_create", "Lead_Post_Create", "3"] {
            assert_eq!(event_name(name), lead_create, "{name}");
        }
        assert_eq!(event_name("Lead_Delete").map(|name| name.to_string()), Ok("Lead_Delete".to_owned()));
        for wrong in ["lead-creat", "31", "", " "] {
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
