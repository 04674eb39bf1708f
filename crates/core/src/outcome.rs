//! What a failed call left behind.

use std::fmt;

/// What is known of a call that failed: the three things that a caller branches on.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::Outcome;
///
/// assert!(Outcome::Unknown.may_have_been_applied());
/// assert!(!Outcome::Refused.may_have_been_applied());
/// assert!(!Outcome::NotSent.may_have_been_applied());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of the request left: nothing happened on the account.
    NotSent,
    /// The API answered that it did not do it.
    Refused,
    /// The request left and no readable answer came: the webhook may exist.
    Unknown,
}

impl Outcome {
    /// Whether a second create could make a twin.
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
            Self::NotSent => "surely not sent",
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
