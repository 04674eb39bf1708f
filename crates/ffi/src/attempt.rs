//! What a call made, and the log of what was tried.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks::{Operation, Outcome, WaitedFor};

pub(crate) type WebhookOperation = Operation;

/// A webhook that now exists, and what it took.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Created {
    /// The ID that `LeadSquared` assigned. Wire name `Id`, documented.
    pub id: String,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl From<leadsquared_webhooks::Created> for Created {
    fn from(created: leadsquared_webhooks::Created) -> Self {
        let leadsquared_webhooks::Created { id, attempts } = created;
        Self { id: id.to_string(), attempts: attempts.into_iter().map(Into::into).collect() }
    }
}

/// One attempt of a call. Free of keys and of header values.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Attempt {
    /// Which call it was an attempt of.
    pub operation: Operation,
    /// Which attempt of that call: the first is 1.
    pub number: u32,
    /// When the quota admitted it, or when it was cancelled before.
    pub started_at: SystemTime,
    /// How long it waited for the quota.
    pub quota_wait: Duration,
    /// From then to its end.
    pub duration: Duration,
    /// Whether any byte of the request may have been sent.
    pub sent: bool,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// `ok`, or the kind of the failure in snake case.
    pub result: String,
    /// Why it failed, on one line.
    pub detail: Option<String>,
    /// What is known of the call after this attempt; nothing when it succeeded.
    pub outcome: Option<Outcome>,
    /// What was waited for before the next attempt; nothing when this was the last.
    pub waited_for: Option<WaitedFor>,
    /// How long that was.
    pub waited: Option<Duration>,
}

impl From<leadsquared_webhooks::Attempt> for Attempt {
    fn from(attempt: leadsquared_webhooks::Attempt) -> Self {
        let leadsquared_webhooks::Attempt {
            operation,
            number,
            started_at,
            quota_wait,
            duration,
            sent,
            status,
            result,
            detail,
            outcome,
            waited_for,
            waited,
        } = attempt;
        Self {
            operation,
            number,
            started_at,
            quota_wait,
            duration,
            sent,
            status,
            result: result.to_owned(),
            detail,
            outcome,
            waited_for,
            waited,
        }
    }
}

impl From<Attempt> for leadsquared_webhooks::Attempt {
    /// The same attempt, given back to be counted in a quota: what else is known of it is left out.
    fn from(attempt: Attempt) -> Self {
        let Attempt { operation, number, started_at, quota_wait, duration, sent, status, outcome, .. } =
            attempt;
        let (result, detail, waited_for, waited) = ("", None, None, None);
        Self {
            operation,
            number,
            started_at,
            quota_wait,
            duration,
            sent,
            status,
            result,
            detail,
            outcome,
            waited_for,
            waited,
        }
    }
}

/// One of the four calls of the webhook service. In Rust `Operation`, which in Swift would hide
/// that of Foundation.
#[uniffi::remote(Enum)]
pub enum WebhookOperation {
    /// `POST /v2/Webhook.svc/Create`, documented.
    Create,
    /// `POST /v2/Webhook.svc/Update`, documented.
    Update,
    /// `GET /v2/Webhook.svc/Delete`, documented.
    Delete,
    /// `POST /v2/Webhook.svc/Retrieve`, documented: a list, or one webhook.
    Retrieve,
}

/// What a call waits for between two attempts.
#[uniffi::remote(Enum)]
pub enum WaitedFor {
    /// The window of a rate-limit answer.
    RateLimit,
    /// The time that a server fault asked for in `Retry-After`.
    RetryAfter,
    /// A backoff with full jitter.
    Backoff,
}

/// What is known of a call that failed: the three things to branch on.
#[uniffi::remote(Enum)]
pub enum Outcome {
    /// No byte of the request was sent: nothing happened on the account.
    NotSent,
    /// The API answered that it did not do it.
    Refused,
    /// The request was sent and no readable answer came: it may have been applied.
    Unknown,
}
