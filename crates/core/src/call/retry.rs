//! Decides whether and when a failed call is retried. The decision has no side effects.

use std::time::Duration;

pub use crate::call::operation::Idempotency;
use crate::call::{
    api_error::{ApiError, ApiErrorKind},
    attempt::WaitedFor,
    connect_cause::ConnectCause,
    outcome::Outcome,
};

/// How long a rate-limited call waits when the response does not say: the documented window.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(5);

/// How an attempt failed, as far as it matters to the decision.
#[derive(Clone, Copy, Debug)]
pub enum Failure<'a> {
    /// Nothing was sent: the quota gave no permit, or the deadline came first.
    NotSent,
    /// Nothing was sent: the connection could not be opened.
    Connect(ConnectCause),
    /// The API returned an error.
    Api(&'a ApiError),
    /// The request was sent, but no readable response came.
    Unknown,
}

impl Failure<'_> {
    /// What is known about the call.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent | Self::Connect(_) => Outcome::NotSent,
            Self::Api(error) => error.outcome(),
            Self::Unknown => Outcome::Unknown,
        }
    }

    /// Whether a retry could help and would be safe.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{ConnectCause, retry::{Failure, Idempotency, RetryAdvice}};
    ///
    /// assert_eq!(Failure::Unknown.advice(Idempotency::NonIdempotent), RetryAdvice::Never);
    /// assert_eq!(Failure::Unknown.advice(Idempotency::Idempotent), RetryAdvice::Backoff);
    /// assert_eq!(Failure::NotSent.advice(Idempotency::NonIdempotent), RetryAdvice::Backoff);
    /// assert_eq!(
    ///     Failure::Connect(ConnectCause::Refused).advice(Idempotency::NonIdempotent),
    ///     RetryAdvice::Backoff
    /// );
    /// assert_eq!(
    ///     Failure::Connect(ConnectCause::NameNotFound).advice(Idempotency::Idempotent),
    ///     RetryAdvice::Never
    /// );
    /// ```
    #[must_use]
    pub fn advice(&self, idempotency: Idempotency) -> RetryAdvice {
        let unknown = || match idempotency {
            Idempotency::NonIdempotent => RetryAdvice::Never,
            Idempotency::Idempotent => RetryAdvice::Backoff,
        };
        match self {
            Self::Connect(cause) if cause.is_permanent() => RetryAdvice::Never,
            Self::NotSent | Self::Connect(_) => RetryAdvice::Backoff,
            Self::Unknown => unknown(),
            Self::Api(error) => match error.kind() {
                ApiErrorKind::RateLimited(limit) => {
                    RetryAdvice::After(error.retry_after().or(limit.window).unwrap_or(DEFAULT_WINDOW))
                }
                ApiErrorKind::Server => match (unknown(), error.retry_after()) {
                    (RetryAdvice::Backoff, Some(wait)) => RetryAdvice::After(wait),
                    (advice, _) => advice,
                },
                ApiErrorKind::Unauthorized
                | ApiErrorKind::Duplicate
                | ApiErrorKind::InvalidInput
                | ApiErrorKind::NotFound
                | ApiErrorKind::Unrecognized => RetryAdvice::Never,
            },
        }
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryAdvice {
    /// Do not retry: it would fail the same way, or could make a duplicate.
    Never,
    /// Retry after this long.
    After(Duration),
    /// Retry after a backoff that the caller chooses.
    Backoff,
}

/// How often and how soon a call is retried.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks_core::{
///     WaitedFor,
///     retry::{Decision, Failure, Idempotency, RetryPolicy},
/// };
///
/// let policy = RetryPolicy::default();
/// let left = Duration::from_secs(30);
/// let wait = policy.decide(Idempotency::NonIdempotent, &Failure::NotSent, 2, left, 0.5);
/// assert_eq!(
///     wait,
///     Decision::Retry { after: Duration::from_millis(500), waited_for: WaitedFor::Backoff }
/// );
/// let stop = policy.decide(Idempotency::NonIdempotent, &Failure::Unknown, 1, left, 0.5);
/// assert_eq!(stop, Decision::Stop(leadsquared_webhooks_core::retry::Stop::Unsafe));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, bon::Builder)]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first. Default 4; 0 counts as 1.
    #[builder(default = 4)]
    pub attempts: u32,
    /// The maximum of the first backoff; it doubles with each further one. Default 0.5 s.
    #[builder(default = Duration::from_millis(500))]
    pub backoff: Duration,
    /// The maximum of every backoff. Default 8 s.
    #[builder(default = Duration::from_secs(8))]
    pub longest_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// The decision after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Retry after this long.
    Retry {
        /// The wait.
        after: Duration,
        /// The reason for the wait.
        waited_for: WaitedFor,
    },
    /// Stop, for this reason.
    Stop(Stop),
}

/// Why a call is not retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// The result would be the same.
    Final,
    /// The call may have been applied, and a second one could make a duplicate.
    Unsafe,
    /// All attempts are used up.
    Attempts,
    /// The wait would exceed the deadline.
    Deadline,
}

impl Stop {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Unsafe => "unsafe",
            Self::Attempts => "attempts",
            Self::Deadline => "deadline",
        }
    }
}

impl RetryPolicy {
    /// Decides after attempt number `attempt` (from 1), with the time `left` until the deadline.
    /// `jitter`, from 0 to 1, is a random number from the caller: the backoff has *full jitter*,
    /// anything between zero and its maximum.
    #[must_use]
    pub fn decide(
        &self,
        idempotency: Idempotency,
        failure: &Failure<'_>,
        attempt: u32,
        left: Duration,
        jitter: f64,
    ) -> Decision {
        let (after, waited_for) = match failure.advice(idempotency) {
            RetryAdvice::Never if failure.outcome().may_have_been_applied() => {
                return Decision::Stop(Stop::Unsafe);
            }
            RetryAdvice::Never => return Decision::Stop(Stop::Final),
            RetryAdvice::After(wait) => {
                let is_limited = matches!(failure, Failure::Api(error) if error.rate_limit().is_some());
                (wait, if is_limited { WaitedFor::RateLimit } else { WaitedFor::RetryAfter })
            }
            RetryAdvice::Backoff => (jittered(self.longest_wait(attempt), jitter), WaitedFor::Backoff),
        };
        if attempt >= self.attempts {
            Decision::Stop(Stop::Attempts)
        } else if after >= left {
            Decision::Stop(Stop::Deadline)
        } else {
            Decision::Retry { after, waited_for }
        }
    }

    fn longest_wait(&self, attempt: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.backoff.saturating_mul(doubled).min(self.longest_backoff)
    }
}

/// A fraction of a wait; the whole wait if `jitter` is not a number.
fn jittered(longest: Duration, jitter: f64) -> Duration {
    let seconds = longest.as_secs_f64() * jitter.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    fn wait(attempt: u32, jitter: f64) -> Duration {
        let policy = RetryPolicy { attempts: 99, ..RetryPolicy::default() };
        match policy.decide(Idempotency::NonIdempotent, &Failure::NotSent, attempt, LONG, jitter) {
            Decision::Retry { after, .. } => after,
            Decision::Stop(stop) => panic!("{stop:?}"),
        }
    }

    #[test]
    fn the_backoff_doubles_up_to_its_longest_with_full_jitter() {
        let longest: Vec<_> = (1..=7).map(|attempt| wait(attempt, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(wait(90, 1.0), Duration::from_secs(8));
        assert_eq!(wait(3, 0.0), Duration::ZERO);
        assert_eq!(wait(3, 0.25), Duration::from_millis(500));
        assert_eq!(wait(1, 7.0), Duration::from_millis(500));
        assert_eq!(wait(1, -1.0), Duration::ZERO);
        assert_eq!(wait(2, f64::NAN), Duration::from_secs(1));
    }

    #[test]
    fn what_cannot_get_better_by_repeating_is_not_repeated() {
        let once = ["name_not_found", "tls_", "proxy_authentication_needed"];
        for cause in ConnectCause::ALL {
            let decide = |idempotency| {
                RetryPolicy::default().decide(idempotency, &Failure::Connect(cause), 1, LONG, 1.0)
            };
            let expected = if once.iter().any(|name| cause.as_str().starts_with(name)) {
                Decision::Stop(Stop::Final)
            } else {
                Decision::Retry { after: Duration::from_millis(500), waited_for: WaitedFor::Backoff }
            };
            for idempotency in [Idempotency::NonIdempotent, Idempotency::Idempotent] {
                assert_eq!(decide(idempotency), expected, "{cause:?}");
            }
        }
    }

    #[test]
    fn no_policy_is_too_patient() {
        let policy = RetryPolicy { attempts: 4, backoff: Duration::MAX, longest_backoff: Duration::MAX };
        let decision = policy.decide(Idempotency::NonIdempotent, &Failure::NotSent, 3, Duration::MAX, 1.0);
        assert_eq!(decision, Decision::Stop(Stop::Deadline));
    }

    #[test]
    fn gives_up_when_the_attempts_or_the_time_are_used_up() {
        let policy = RetryPolicy::default();
        let decide =
            |attempt, left| policy.decide(Idempotency::NonIdempotent, &Failure::NotSent, attempt, left, 1.0);
        assert_eq!(
            decide(3, LONG),
            Decision::Retry { after: Duration::from_secs(2), waited_for: WaitedFor::Backoff }
        );
        assert_eq!(decide(4, LONG), Decision::Stop(Stop::Attempts));
        assert_eq!(decide(1, Duration::from_millis(500)), Decision::Stop(Stop::Deadline));
        assert_eq!(
            decide(1, Duration::from_millis(501)),
            Decision::Retry { after: Duration::from_millis(500), waited_for: WaitedFor::Backoff }
        );
    }
}
