//! The log of a call: each attempt, when it was made, and why it was retried.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use crate::call::{operation::Operation, outcome::Outcome};

impl Outcome {
    /// The outcome of a call that failed after these attempts; attempts of other operations are
    /// ignored. Without any attempt, nothing was sent.
    #[must_use]
    pub fn of_attempts(operation: Operation, attempts: &[Attempt]) -> Self {
        attempts
            .iter()
            .filter(|attempt| attempt.operation == operation)
            .filter_map(|attempt| attempt.outcome)
            .fold(Self::NotSent, Self::then)
    }
}

/// One attempt of a call. It contains no key and no header value.
///
/// As JSON, durations are whole milliseconds (`…_ms`) and the time is RFC 3339 in UTC.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use leadsquared_webhooks_core::{Attempt, Operation};
///
/// let attempt = Attempt {
///     operation: Operation::Retrieve,
///     number: 1,
///     started_at: SystemTime::UNIX_EPOCH,
///     quota_wait: Duration::ZERO,
///     duration: Duration::from_millis(1500),
///     sent: true,
///     status: Some(200),
///     result: "ok",
///     detail: None,
///     outcome: None,
///     waited_for: None,
///     waited: None,
/// };
/// let json = serde_json::to_value(&attempt)?;
/// assert_eq!(json["operation"], "retrieve");
/// assert_eq!(json["started_at"], "1970-01-01T00:00:00.000Z");
/// assert_eq!(json["duration_ms"], 1500);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The call that was attempted.
    pub operation: Operation,
    /// The number of the attempt; the first is 1.
    pub number: u32,
    /// When the quota admitted it, or when it ended before that.
    #[serde(serialize_with = "rfc3339")]
    pub started_at: SystemTime,
    /// How long it waited for the quota.
    #[serde(rename = "quota_wait_ms", serialize_with = "milliseconds")]
    pub quota_wait: Duration,
    /// From `started_at` to its end.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// Whether any byte of the request may have been sent.
    pub sent: bool,
    /// The HTTP status of the response, if one came.
    pub status: Option<u16>,
    /// `ok`, or the stable name of the failure's kind.
    pub result: &'static str,
    /// Why it failed, on one line.
    pub detail: Option<String>,
    /// What is known about the call after this attempt; `None` when it succeeded.
    pub outcome: Option<Outcome>,
    /// The reason for the wait before the next attempt; `None` when this was the last.
    pub waited_for: Option<WaitedFor>,
    /// How long the wait was.
    #[serde(rename = "waited_ms", serialize_with = "optional_milliseconds")]
    pub waited: Option<Duration>,
}

/// Why a call waits between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitedFor {
    /// The window that a rate-limit response reported.
    RateLimit,
    /// The time that a server error requested in `Retry-After`.
    RetryAfter,
    /// A backoff with full jitter.
    Backoff,
}

impl WaitedFor {
    /// The stable name, also in JSON: `rate_limit`, `retry_after` or `backoff`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::RetryAfter => "retry_after",
            Self::Backoff => "backoff",
        }
    }
}

impl Serialize for WaitedFor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::try_from(*time).map_err(serde::ser::Error::custom)?;
    serializer.collect_str(&format_args!("{time:.3}"))
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(duration.as_millis())
}

#[expect(clippy::ref_option, reason = "serde passes a field by reference")]
fn optional_milliseconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_millis()).serialize(serializer)
}
