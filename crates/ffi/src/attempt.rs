//! The result of a create, and the log of its attempts.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks::{
    Outcome,
    call::{Operation, WaitedFor},
};

pub(crate) type WebhookOperation = Operation;

/// A webhook that was created, and the attempts made.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Created {
    /// The ID that `LeadSquared` assigned. Wire name `Id`, *documented*.
    pub id: String,
    /// The attempts, in order. The last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl From<leadsquared_webhooks::call::Created> for Created {
    fn from(created: leadsquared_webhooks::call::Created) -> Self {
        let leadsquared_webhooks::call::Created { id, attempts } = created;
        Self { id: id.to_string(), attempts: attempts.into_iter().map(Into::into).collect() }
    }
}

/// One attempt of a call. It holds no key and no header value.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Attempt {
    /// The operation that was attempted.
    pub operation: Operation,
    /// The number of the attempt within the call, starting at 1.
    pub number: u32,
    /// When the quota admitted it, or when it was cancelled before admission.
    pub started_at: SystemTime,
    /// How long it waited for the quota.
    pub quota_wait: Duration,
    /// The time from `started_at` to its end.
    pub duration: Duration,
    /// Whether any byte of the request may have been sent.
    pub sent: bool,
    /// The HTTP status of the response, if one was received.
    pub status: Option<u16>,
    /// `ok`, or the kind of the failure in snake case.
    pub result: String,
    /// Why it failed, on one line.
    pub detail: Option<String>,
    /// The outcome of the call after this attempt. Absent when the attempt succeeded.
    pub outcome: Option<Outcome>,
    /// The reason for the wait before the next attempt. Absent when this was the last one.
    pub waited_for: Option<WaitedFor>,
    /// How long that wait lasted.
    pub waited: Option<Duration>,
}

impl From<leadsquared_webhooks::call::Attempt> for Attempt {
    fn from(attempt: leadsquared_webhooks::call::Attempt) -> Self {
        let leadsquared_webhooks::call::Attempt {
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

impl From<Attempt> for leadsquared_webhooks::call::Attempt {
    /// The same attempt, passed back to be counted in a quota. Fields that the quota does not need
    /// are dropped.
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

/// One of the four operations of the webhook service. Named `Operation` in Rust; in Swift that name
/// would shadow Foundation's.
#[uniffi::remote(Enum)]
pub enum WebhookOperation {
    /// `POST /v2/Webhook.svc/Create`, *documented*.
    Create,
    /// `POST /v2/Webhook.svc/Update`, *documented*.
    Update,
    /// `GET /v2/Webhook.svc/Delete`, *documented*.
    Delete,
    /// `POST /v2/Webhook.svc/Retrieve`, *documented*: a list, or one webhook.
    Retrieve,
}

/// The reason for a wait between two attempts.
#[uniffi::remote(Enum)]
pub enum WaitedFor {
    /// The window of a rate-limit response.
    RateLimit,
    /// The `Retry-After` time of a server error.
    RetryAfter,
    /// Exponential backoff with full jitter.
    Backoff,
}

/// The outcome of a failed call. Branch on this first.
#[uniffi::remote(Enum)]
pub enum Outcome {
    /// No byte of the request was sent. Nothing changed on the account.
    NotSent,
    /// The API responded that it did not apply the call.
    Refused,
    /// The request was sent and no readable response was received. It may have been applied.
    Unknown,
}
