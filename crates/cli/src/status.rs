//! The exit status of the command.

use leadsquared_webhooks::{
    Error, Outcome,
    reconcile::{Reconciled, State},
};

/// The exit status, stable. If several apply, the command ends with the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// 0: done.
    Done,
    /// 2: nothing was sent: wrong usage, an invalid draft or a missing setting.
    Usage,
    /// 1: a plan would change something, and `--exit-code` was given.
    Changes,
    /// 7: done, but the result could not be written.
    Unwritten,
    /// 4: not sent.
    NotSent,
    /// 3: refused by the API, absent or disabled.
    Refused,
    /// 6: created with a different event or URL than requested, rolled back or not.
    Mismatch,
    /// 5: the outcome is unknown, or something was created and is not verified.
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

impl From<&Reconciled> for Status {
    fn from(result: &Reconciled) -> Self {
        match result.state {
            _ if result.is_ok() => Self::Done,
            State::Disabled(_) | State::Absent => Self::Refused,
            State::Mismatch => Self::Mismatch,
            State::Delivering | State::Unverified(_) => Self::Unknown,
        }
    }
}

impl From<&Result<Reconciled, Error>> for Status {
    fn from(result: &Result<Reconciled, Error>) -> Self {
        match result {
            Ok(result) => result.into(),
            Err(error) => error.outcome().into(),
        }
    }
}

impl Status {
    /// The status of one planned webhook, for `plan --exit-code`.
    pub(crate) fn planned(result: &Result<Reconciled, Error>) -> Self {
        match result {
            Ok(planned) if planned.changes() => Self::Changes,
            other => other.into(),
        }
    }

    /// The exit code of the process.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Changes => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotSent => 4,
            Self::Unknown => 5,
            Self::Mismatch => 6,
            Self::Unwritten => 7,
        }
    }

    /// Whether everything is as desired: `ok` in JSON.
    pub(crate) const fn is_ok(self) -> bool {
        matches!(self, Self::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_worst_decides() {
        use Status::{Changes, Done, Mismatch, NotSent, Refused, Unknown, Unwritten};
        let mut all = [Done, Changes, Unwritten, NotSent, Refused, Mismatch, Unknown];
        assert!(all.is_sorted());
        all.reverse();
        assert_eq!(all.map(Status::number), [5, 6, 3, 4, 7, 1, 0]);
    }
}
