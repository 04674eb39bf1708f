//! How the command ends.

use std::process::ExitCode;

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

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Usage => 2,
            Status::Refused => 3,
            Status::NotSent => 4,
            Status::Unknown => 5,
        })
    }
}
