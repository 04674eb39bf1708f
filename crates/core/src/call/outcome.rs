//! The outcome of a failed call.

use std::fmt;

/// What is known about a failed call: the three cases that a caller must distinguish.
///
/// The outcomes of several attempts are combined by [`then`](Self::then): an unknown outcome stays
/// unknown, however later attempts fail.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::Outcome;
///
/// assert!(Outcome::Unknown.may_have_been_applied());
/// assert!(!Outcome::Refused.may_have_been_applied());
/// assert!(!Outcome::NotSent.may_have_been_applied());
///
/// // A response was lost, then the port was closed: the first request may have been applied.
/// assert_eq!(Outcome::Unknown.then(Outcome::NotSent), Outcome::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of the request was sent: nothing changed on the account.
    NotSent,
    /// The API answered that it did not apply the call.
    Refused,
    /// The request was sent, but no readable response came: it may have been applied.
    Unknown,
}

impl Outcome {
    /// Combines the outcomes of two attempts, in any order: unknown if either is unknown, otherwise
    /// refused if either is refused.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Refused, _) | (_, Self::Refused) => Self::Refused,
            (Self::NotSent, Self::NotSent) => Self::NotSent,
        }
    }

    /// Whether a second create could make a duplicate.
    #[must_use]
    pub const fn may_have_been_applied(self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The stable name in JSON: `not_sent`, `refused`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Refused => "refused by the API",
            Self::Unknown => "outcome unknown",
        })
    }
}

impl serde::Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::Outcome::{self, NotSent, Refused, Unknown};
    use crate::{Attempt, Operation};

    fn attempt(operation: Operation, outcome: Option<Outcome>) -> Attempt {
        Attempt {
            operation,
            number: 1,
            started_at: SystemTime::UNIX_EPOCH,
            quota_wait: Duration::ZERO,
            duration: Duration::ZERO,
            sent: true,
            status: None,
            result: "interrupted",
            detail: None,
            outcome,
            waited_for: None,
            waited: None,
        }
    }

    #[test]
    fn once_unknown_an_outcome_stays_unknown_and_a_refusal_outweighs_what_was_not_sent() {
        for (first, next, both) in [
            (NotSent, NotSent, NotSent),
            (NotSent, Refused, Refused),
            (NotSent, Unknown, Unknown),
            (Refused, NotSent, Refused),
            (Refused, Refused, Refused),
            (Refused, Unknown, Unknown),
            (Unknown, NotSent, Unknown),
            (Unknown, Refused, Unknown),
            (Unknown, Unknown, Unknown),
        ] {
            assert_eq!(first.then(next), both, "{first:?}, {next:?}");
        }
    }

    #[test]
    fn the_attempts_of_another_call_say_nothing_of_this_one() {
        let attempts = [
            attempt(Operation::Delete, Some(Refused)),
            attempt(Operation::Delete, None),
            attempt(Operation::Retrieve, Some(Unknown)),
        ];
        assert_eq!(Outcome::of_attempts(Operation::Delete, &attempts), Refused);
        assert_eq!(Outcome::of_attempts(Operation::Retrieve, &attempts), Unknown);
        assert_eq!(Outcome::of_attempts(Operation::Create, &attempts), NotSent);
    }
}
