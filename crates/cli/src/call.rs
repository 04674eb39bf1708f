//! A call to the account: under Ctrl-C, with a spinner, and how it is told when it fails; the same for every command.

use std::io;

use leadsquared_webhooks::{
    Attempt, Client, Encoding, Error, Outcome, PendingState, Ticket, WaitedFor, Warning,
};
use leadsquared_webhooks_sandbox::{ReceivedRequest, Sandbox};
use serde::{Serialize, Serializer};

use crate::{
    arguments::ConnectionArguments,
    connection,
    interrupt::Interrupts,
    output::{FailedError, Output},
    progress,
    status::Status,
};

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Read,
    Create,
    Update,
    Delete,
    Ensure,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Ensure => "ensure",
        }
    }

    /// What may be so when nobody knows how it ended.
    const fn when_unknown(self) -> Option<&'static str> {
        match self {
            Self::Read => None,
            Self::Create | Self::Ensure => {
                Some("the webhook may exist: look before you try again, a second create makes a twin")
            }
            Self::Update => Some("the old or the new webhook exists; an update may be sent again"),
            Self::Delete => Some("it may be gone or not; a delete may be sent again"),
        }
    }
}

/// The kind of an end that the user wanted.
const GIVEN_UP: &str = "given_up";

/// The calls of one command, and how often the user wanted to stop.
pub(crate) struct Calls<'c> {
    pub(crate) client: &'c Client,
    interrupts: Interrupts,
    interrupted: bool,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum Stopped {
    Call(Error),
    /// It ended before its end: the user gave up, or a later call of it failed. This much is known.
    CutOff {
        kind: &'static str,
        outcome: Outcome,
        detail: String,
        ticket: Option<Ticket>,
    },
}

/// What the embedded sandbox received, as JSON.
#[derive(Serialize)]
pub(crate) struct SandboxView {
    requests: Vec<ReceivedRequest>,
}

impl From<&Sandbox> for SandboxView {
    fn from(sandbox: &Sandbox) -> Self {
        Self { requests: sandbox.requests() }
    }
}

/// A call that failed, as JSON.
#[derive(Serialize)]
struct CallFailed<'a> {
    ok: bool,
    error: &'a Stopped,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

/// Does the work of a command with the client that the environment and the flags describe.
pub(crate) fn connected(
    connection: &ConnectionArguments,
    encoding: impl Into<Encoding>,
    output: &mut Output,
    work: impl AsyncFnOnce(&mut Calls<'_>, &mut Output) -> io::Result<Status>,
) -> io::Result<Status> {
    let client = match connection::client(connection, encoding, None) {
        Ok(client) => client,
        Err(problem) => return output.usage("configuration", &problem),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { work(&mut Calls::of(&client)?, output).await })
}

impl<'c> Calls<'c> {
    pub(crate) fn of(client: &'c Client) -> io::Result<Self> {
        Ok(Self { client, interrupts: Interrupts::new()?, interrupted: false })
    }

    /// Whether the user has asked to stop, and was told what is waited for.
    pub(crate) const fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Makes a call. Ctrl-C gives it up while nothing that changes the account has left, so a read at once; afterwards the
    /// first one is told that an answer is awaited, and the second one ends the wait.
    pub(crate) async fn make<T>(
        &mut self,
        action: Action,
        call: impl Future<Output = Result<T, Error>>,
        output: &mut Output,
    ) -> Result<T, Stopped> {
        let client = self.client;
        let progress = progress::show(client);
        tokio::pin!(call, progress);
        loop {
            tokio::select! {
                result = &mut call => return result.map_err(|error| Stopped::by(error, client)),
                () = &mut progress => {}
                () = self.interrupts.next() => {
                    if !client.may_have_changed() {
                        return Err(Stopped::unsent());
                    }
                    if self.interrupted {
                        return Err(Stopped::under_way(action, client));
                    }
                    self.interrupted = true;
                    let name = action.name();
                    output.note(&format!(
                        "the {name} is under way; waiting for its answer, a second Ctrl-C gives up without it"
                    ));
                }
            }
        }
    }
}

impl Stopped {
    /// Given up before anything left.
    pub(crate) fn unsent() -> Self {
        let detail = "given up before anything was sent that changes the account".to_owned();
        Self::CutOff { kind: GIVEN_UP, outcome: Outcome::NotSent, detail, ticket: None }
    }

    fn under_way(action: Action, client: &Client) -> Self {
        let name = action.name();
        let detail = format!("given up while the {name} was under way, and its outcome is unknown");
        let (left, ticket) = left_behind(client).unwrap_or_default();
        Self::CutOff { kind: GIVEN_UP, outcome: Outcome::Unknown, detail: detail + &left, ticket }
    }

    /// What a failure means, the creates before it included: a read that fails after them says nothing of them.
    fn by(error: Error, client: &Client) -> Self {
        match left_behind(client) {
            Some((left, ticket)) if !error.may_have_been_applied() => Self::CutOff {
                kind: error.kind().as_str(),
                outcome: Outcome::Unknown,
                detail: format!("{error}{left}"),
                ticket,
            },
            _ => Self::Call(error),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.outcome().into()
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Call(error) => error.to_string(),
            Self::CutOff { detail, .. } => detail.clone(),
        }
    }

    /// Prints what is known of the call.
    pub(crate) fn tell(
        &self,
        action: Action,
        warnings: &[Warning],
        sandbox: Option<SandboxView>,
        output: &mut Output,
    ) -> io::Result<Status> {
        let attempts = match self {
            Self::Call(error) => error.attempts(),
            Self::CutOff { .. } => &[],
        };
        if output.json {
            output.object(&CallFailed { ok: false, error: self, attempts, warnings, sandbox })?;
        } else {
            show_attempts(attempts, output)?;
            output.problem(&self.detail());
        }
        if self.outcome().may_have_been_applied()
            && let Some(note) = action.when_unknown()
        {
            output.note(note);
        }
        if !output.json
            && let Some(ticket) = self.ticket()
        {
            // As a shell takes it; in JSON it stands in the error.
            let ticket = ticket.to_json().replace('\'', r"'\''");
            output.note(&format!("this finds out: lsq-webhooks resolve '{ticket}'"));
        }
        Ok(self.status())
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Call(error) => error.outcome(),
            Self::CutOff { outcome, .. } => *outcome,
        }
    }

    fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Call(error) => error.ticket(),
            Self::CutOff { ticket, .. } => ticket.as_ref(),
        }
    }
}

impl Serialize for Stopped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Call(error) => error.serialize(serializer),
            Self::CutOff { kind, outcome, detail, ticket } => {
                let error = FailedError::new(kind, detail.as_str(), *outcome);
                error.with_ticket(ticket.as_ref()).serialize(serializer)
            }
        }
    }
}

/// The creates that are cut off or nobody has told of, in a clause, and the ticket of one of them.
fn left_behind(client: &Client) -> Option<(String, Option<Ticket>)> {
    let mut pending = client.pending();
    pending.retain(|call| call.ticket.is_some() || matches!(call.state, PendingState::Created(_)));
    let left = pending.iter().map(|call| match &call.state {
        PendingState::Created(id) => format!("; webhook {id} was created before"),
        PendingState::Queued | PendingState::UnderWay | PendingState::Failed(_) => {
            "; what became of a create is unknown".to_owned()
        }
    });
    let left: String = left.collect();
    (!pending.is_empty()).then(|| (left, pending.into_iter().find_map(|call| call.ticket)))
}

/// What was tried, in a table.
pub(crate) fn show_attempts(attempts: &[Attempt], output: &mut Output) -> io::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            let waited = match (attempt.waited_for, attempt.waited) {
                (Some(reason), Some(time)) => {
                    let reason = match reason {
                        WaitedFor::RateLimit => "rate limit",
                        WaitedFor::Backoff => "backoff",
                    };
                    format!("{:.1} s ({reason})", time.as_secs_f64())
                }
                _ => String::new(),
            };
            vec![
                attempt.number.to_string(),
                attempt.result.to_owned(),
                attempt.status.map(|status| status.to_string()).unwrap_or_default(),
                if attempt.sent { "yes" } else { "no" }.to_owned(),
                format!("{} ms", attempt.duration.as_millis()),
                waited,
            ]
        })
        .collect();
    output.table(&["attempt", "result", "status", "sent", "time", "then waited"], &rows)
}
