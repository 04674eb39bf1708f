//! How the command ends.

use leadsquared_webhooks::Outcome;

/// The exit status, stable. Of several the greatest is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: done.
    Done,
    /// 1: a plan would change something, and this was asked to be told.
    Changes,
    /// 2: wrong usage, an invalid draft, a setting that is missing.
    Usage,
    /// 3: refused by the API, or what was asked for is not there or does not deliver.
    Refused,
    /// 4: surely not sent.
    NotSent,
    /// 5: the outcome is unknown.
    Unknown,
    /// 6: created, and not what was asked for.
    Different,
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
            Self::Changes => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotSent => 4,
            Self::Unknown => 5,
            Self::Different => 6,
        }
    }

    /// Whether it is what was wanted: `ok` in JSON.
    pub(crate) const fn is_ok(self) -> bool {
        matches!(self, Self::Done)
    }
}
