//! Calls to the account: Ctrl-C, the spinner and the report of a failure, the same for every
//! command.

use std::io;

use leadsquared_webhooks::{
    Client, Error, Outcome,
    call::{Attempt, Cancellation, PendingState, WaitedFor},
    core::reconcile::Ticket,
    error::ApiErrorKind,
    webhook::Warning,
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

/// The kind of a call.
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

    /// The note about what may be the case if the outcome is unknown.
    const fn when_unknown(self) -> Option<&'static str> {
        match self {
            Self::Read => None,
            Self::Create => Some(
                "the webhook may exist; check whether it does before retrying, a second create is a duplicate",
            ),
            Self::Ensure => Some("the webhook may exist; the same command finds out, and goes on"),
            Self::Update => Some("the old or the new webhook exists; an update may be sent again"),
            Self::Delete => Some("it may still exist; a delete may be sent again"),
        }
    }
}

/// The error kind of a call that the user cancelled.
const CANCELLED: &str = "cancelled";

/// The calls of one command, and its interrupts.
pub(crate) struct Calls<'c> {
    pub(crate) client: &'c Client,
    /// Cancels a run of several calls at the first Ctrl-C.
    pub(crate) cancellation: Cancellation,
    interrupts: Interrupts,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum Stopped {
    Call(Error),
    /// The user cancelled the call before it completed. The fields hold what is known.
    Cancelled {
        outcome: Outcome,
        detail: String,
        ticket: Option<Box<Ticket>>,
    },
}

/// The requests that the embedded sandbox received, as JSON.
#[derive(Serialize)]
pub(crate) struct SandboxView {
    requests: Vec<ReceivedRequest>,
}

impl From<&Sandbox> for SandboxView {
    fn from(sandbox: &Sandbox) -> Self {
        Self { requests: sandbox.requests() }
    }
}

/// A failed call, as JSON.
#[derive(Serialize)]
struct CallFailed<'a> {
    ok: bool,
    error: &'a Stopped,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox: Option<SandboxView>,
}

/// Runs a command with the client that the environment and the flags configure.
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

    /// Whether the user has interrupted the command and was informed of what it waits for.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Makes a call. Ctrl-C ends it at once as long as nothing that changes the account was sent,
    /// so it always ends a read. Afterwards, the first Ctrl-C waits for the response to what was
    /// sent, and the second one ends without it.
    pub(crate) async fn make<T>(
        &mut self,
        action: Action,
        call: impl IntoFuture<Output = Result<T, Error>>,
        output: &mut Output,
    ) -> Result<T, Stopped> {
        let client = self.client;
        let messages = output.messages().clone();
        let progress = progress::spin(client, &messages);
        let call = call.into_future();
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
    /// Cancelled before anything that changes the account was sent.
    pub(crate) fn unsent() -> Self {
        let detail = "cancelled before anything was sent that changes the account".to_owned();
        Self::Cancelled { outcome: Outcome::NotSent, detail, ticket: None }
    }

    /// Whether the user cancelled the call before anything of it was sent.
    pub(crate) const fn is_unsent(&self) -> bool {
        matches!(self, Self::Cancelled { outcome: Outcome::NotSent, .. })
    }

    /// Cancelled without the response. Includes what the client knows about its creates.
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

    /// Prints what is known about the call, and returns the exit status.
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
        if self.is_unauthorized() {
            output.note(
                "the keys are those of LEADSQUARED_ACCESS_KEY and LEADSQUARED_SECRET_KEY, or of --keys-file; each \
                 account has its own, for its own host",
            );
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
            match action {
                Action::Ensure => {
                    output.note(&format!(
                        "give it the create's ticket: --ticket {}",
                        quoted(&ticket.to_json())
                    ));
                }
                _ => output.note(&finds_out(ticket)),
            }
        }
        self.status()
    }

    fn is_unauthorized(&self) -> bool {
        let Self::Call(error) = self else { return false };
        error.api().is_some_and(|error| error.kind() == ApiErrorKind::Unauthorized)
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

/// The command that resolves a ticket, quoted for a shell.
pub(crate) fn finds_out(ticket: &Ticket) -> String {
    format!("to find out: lsq-webhooks resolve {}", quoted(&ticket.to_json()))
}

/// Prints the attempts as a table.
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
