//! How the command ends.

use leadsquared_webhooks::Outcome;

/// The exit status, stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: done.
    Done,
    /// 2: wrong usage, an invalid draft, a setting that is missing.
    Usage,
    /// 3: refused by the API.
    Refused,
    /// 4: surely not sent.
    NotSent,
    /// 5: the outcome is unknown.
    Unknown,
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NotSent => Self::NotSent,
            Outcome::Refused => Self::Refused,
            Outcome::Unknown => Self::Unknown,
        }
    }
}

impl Status {
    /// The number that a shell sees.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotSent => 4,
            Self::Unknown => 5,
        }
    }
}
