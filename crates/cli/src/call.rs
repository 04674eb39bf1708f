//! A call to the account: under Ctrl-C, with a spinner, and how it is told when it fails; the same
//! for every command.

use std::io;

use leadsquared_webhooks::{
    Attempt, Cancellation, Client, Error, Outcome, PendingState, Ticket, WaitedFor, Warning,
};
use leadsquared_webhooks_sandbox::{ReceivedRequest, Sandbox};
use serde::{Serialize, Serializer};

use crate::{
    arguments::{ConnectionArguments, EncodingArguments},
    connection,
    interrupt::Interrupts,
    output::{FailedError, Output, quoted},
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
            Self::Create | Self::Ensure => Some(
                "the webhook may exist; check whether it does before retrying, a second create is a duplicate",
            ),
            Self::Update => Some("the old or the new webhook exists; an update may be sent again"),
            Self::Delete => Some("it may be gone or not; a delete may be sent again"),
        }
    }
}

/// The kind of an end that the user asked for.
const CANCELLED: &str = "cancelled";

/// The calls of one command, and how often the user asked to stop.
pub(crate) struct Calls<'c> {
    pub(crate) client: &'c Client,
    /// Ends a run that makes several calls, once the first Ctrl-C has come.
    pub(crate) cancellation: Cancellation,
    interrupts: Interrupts,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum Stopped {
    Call(Error),
    /// The user ended it before its end. This much is known.
    Cancelled {
        outcome: Outcome,
        detail: String,
        ticket: Option<Box<Ticket>>,
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
    encoding: EncodingArguments,
    output: &mut Output,
    work: impl AsyncFnOnce(&mut Calls<'_>, &mut Output) -> Status,
) -> io::Result<Status> {
    let client = match connection::client(connection, encoding, None, output) {
        Ok(client) => client,
        Err(problem) => return Ok(output.usage("configuration", &problem)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { Ok(work(&mut Calls::of(&client)?, output).await) })
}

impl<'c> Calls<'c> {
    pub(crate) fn of(client: &'c Client) -> io::Result<Self> {
        Ok(Self { client, cancellation: Cancellation::default(), interrupts: Interrupts::new()? })
    }

    /// Whether the user has asked to stop, and was told what is waited for.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Makes a call. Ctrl-C ends it while nothing was sent that changes the account, so a read at
    /// once; afterwards the first one waits for the answer of what was sent, and the second one
    /// does not.
    pub(crate) async fn make<T>(
        &mut self,
        action: Action,
        call: impl Future<Output = Result<T, Error>>,
        output: &mut Output,
    ) -> Result<T, Stopped> {
        let client = self.client;
        let messages = output.messages().clone();
        let progress = progress::spin(client, &messages);
        tokio::pin!(call, progress);
        loop {
            tokio::select! {
                result = &mut call => return result.map_err(Stopped::Call),
                () = &mut progress => {}
                () = self.interrupts.next() => {
                    if !client.may_have_changed() {
                        return Err(Stopped::unsent());
                    }
                    if self.is_interrupted() {
                        return Err(Stopped::in_flight(action, client));
                    }
                    self.cancellation.cancel();
                    let name = action.name();
                    output.note(&format!(
                        "the {name} is in flight; waiting for its answer, a second Ctrl-C ends without it"
                    ));
                }
            }
        }
    }
}

impl Stopped {
    /// Ended before anything was sent.
    pub(crate) fn unsent() -> Self {
        let detail = "cancelled before anything was sent that changes the account".to_owned();
        Self::Cancelled { outcome: Outcome::NotSent, detail, ticket: None }
    }

    /// Ended without the answer. What the client knows of its creates is told.
    fn in_flight(action: Action, client: &Client) -> Self {
        let name = action.name();
        let mut detail = format!("cancelled while the {name} was in flight, and its outcome is unknown");
        let mut ticket = None;
        for call in client.pending() {
            if let PendingState::Created(id) = &call.state {
                detail.extend(["; webhook ", id.as_str(), " was created before"]);
            }
            ticket = ticket.or(call.ticket.map(Box::new));
        }
        Self::Cancelled { outcome: Outcome::Unknown, detail, ticket }
    }

    pub(crate) fn status(&self) -> Status {
        self.outcome().into()
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Call(error) => error.to_string(),
            Self::Cancelled { detail, .. } => detail.clone(),
        }
    }

    /// Prints what is known of the call.
    pub(crate) fn tell(
        &self,
        action: Action,
        warnings: &[Warning],
        sandbox: Option<SandboxView>,
        output: &mut Output,
    ) -> Status {
        let attempts = match self {
            Self::Call(error) => error.attempts(),
            Self::Cancelled { .. } => &[],
        };
        if output.json {
            output.object(&CallFailed { ok: false, error: self, attempts, warnings, sandbox });
        } else {
            show_attempts(attempts, output);
            output.problem(&self.detail());
        }
        let may_have_been_applied = match self {
            Self::Call(error) => error.may_have_been_applied(),
            Self::Cancelled { outcome, .. } => outcome.may_have_been_applied(),
        };
        if may_have_been_applied && let Some(note) = action.when_unknown() {
            output.note(note);
        }
        if !output.json
            && let Some(ticket) = self.ticket()
        {
            output.note(&finds_out(ticket));
        }
        self.status()
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Call(error) => error.outcome(),
            Self::Cancelled { outcome, .. } => *outcome,
        }
    }

    fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Call(error) => error.ticket(),
            Self::Cancelled { ticket, .. } => ticket.as_deref(),
        }
    }
}

impl Serialize for Stopped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Call(error) => error.serialize(serializer),
            Self::Cancelled { outcome, detail, ticket } => {
                let error = FailedError::new(CANCELLED, detail.as_str(), *outcome);
                error.with_ticket(ticket.as_deref()).serialize(serializer)
            }
        }
    }
}

/// The command that finds out what became of a create, as a shell takes it.
pub(crate) fn finds_out(ticket: &Ticket) -> String {
    format!("this finds out: lsq-webhooks resolve {}", quoted(&ticket.to_json()))
}

/// What was tried, in a table.
pub(crate) fn show_attempts(attempts: &[Attempt], output: &mut Output) {
    if attempts.is_empty() {
        return;
    }
    let rows: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            let waited = match (attempt.waited_for, attempt.waited) {
                (Some(reason), Some(time)) => {
                    let reason = match reason {
                        WaitedFor::RateLimit => "rate limit",
                        WaitedFor::RetryAfter => "Retry-After",
                        WaitedFor::Backoff => "backoff",
                    };
                    format!("{:.1} s ({reason})", time.as_secs_f64())
                }
                _ => String::new(),
            };
            vec![
                attempt.number.to_string(),
                attempt.operation.as_str().to_owned(),
                attempt.result.to_owned(),
                attempt.status.map(|status| status.to_string()).unwrap_or_default(),
                if attempt.sent { "yes" } else { "no" }.to_owned(),
                format!("{} ms", attempt.duration.as_millis()),
                waited,
            ]
        })
        .collect();
    output.table(&["attempt", "call", "result", "status", "sent", "time", "then waited"], &rows);
}
