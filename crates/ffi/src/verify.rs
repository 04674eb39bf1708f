//! A create that is read back, and whether what exists is what was asked for.

use leadsquared_webhooks::{OnMismatch, Unverified, VerifyError};

use crate::{attempt::Attempt, error::WebhookError, existing::Webhook};

type UnverifiedReason = Unverified;

/// What is done about a webhook that was created as something else.
#[uniffi::remote(Enum)]
pub enum OnMismatch {
    /// It stays; the error names it. The default: nothing is deleted that nobody asked to delete.
    Keep,
    /// It is deleted again.
    Undo,
}

/// Whether what exists is what was asked for, by reading it back.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Verification {
    /// Event, URL, state and properties are those that were asked for.
    Same,
    /// Something else exists under this id.
    Different {
        /// What differs, one or more.
        differences: Vec<Difference>,
        /// What exists.
        got: Webhook,
    },
    /// Nobody can tell.
    Unverified {
        /// Why not.
        why: Unverified,
    },
}

impl From<leadsquared_webhooks::Verification> for Verification {
    fn from(verification: leadsquared_webhooks::Verification) -> Self {
        match verification {
            leadsquared_webhooks::Verification::Same => Self::Same,
            leadsquared_webhooks::Verification::Different { differences, got } => Self::Different {
                differences: differences.into_iter().map(Into::into).collect(),
                got: (*got).into(),
            },
            leadsquared_webhooks::Verification::Unverified { why } => Self::Unverified { why },
        }
    }
}

/// Why a webhook could not be verified.
#[uniffi::remote(Enum)]
pub enum UnverifiedReason {
    /// Retrieve does not show it yet.
    NotSeen,
    /// Retrieve shows it without its event, URL or state.
    NotTold,
    /// It was asked for by a raw number that stands for no known event.
    UnknownEvent,
    /// Retrieve failed.
    NotRead,
}

/// One part that is not as it was asked for.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Difference {
    /// Which part: `event`, `url`, `status`, `properties` or `description`.
    pub field: String,
    /// What was asked for.
    pub asked: String,
    /// What exists.
    pub got: String,
}

impl From<leadsquared_webhooks::Difference> for Difference {
    fn from(difference: leadsquared_webhooks::Difference) -> Self {
        let leadsquared_webhooks::Difference { field, asked, got } = difference;
        Self { field: field.to_owned(), asked, got }
    }
}

/// A webhook that now exists, and whether it is what was asked for.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Verified {
    /// The vendor's name for it.
    pub id: String,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
    /// The same, or why nobody can tell; what is different is thrown.
    pub verification: Verification,
}

impl From<leadsquared_webhooks::Verified> for Verified {
    fn from(verified: leadsquared_webhooks::Verified) -> Self {
        let leadsquared_webhooks::Verified { id, attempts, verification } = verified;
        Self {
            id: id.to_string(),
            attempts: attempts.into_iter().map(Into::into).collect(),
            verification: verification.into(),
        }
    }
}

/// A webhook that was created as something else than was asked for: the disputed codes of the opportunity events do that.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Mismatch {
    /// All of it, on one line.
    pub detail: String,
    /// The vendor's name for what was created.
    pub id: String,
    /// What differs, both sides of it.
    pub differences: Vec<Difference>,
    /// What exists, or existed.
    pub got: Webhook,
    /// Whether it was deleted again.
    pub undone: bool,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl From<leadsquared_webhooks::Mismatch> for Mismatch {
    fn from(mismatch: leadsquared_webhooks::Mismatch) -> Self {
        let detail = mismatch.to_string();
        let leadsquared_webhooks::Mismatch { id, differences, got, undone, attempts } = mismatch;
        Self {
            detail,
            id: id.to_string(),
            differences: differences.into_iter().map(Into::into).collect(),
            got: (*got).into(),
            undone,
            attempts: attempts.into_iter().map(Into::into).collect(),
        }
    }
}

/// How a verified create ended that did create.
///
/// A mismatch is no case of [`WebhookError`], whose four cases say whether a create was applied: here it surely was. The packages throw it
/// as an error of its own, so that whoever creates without reading back has no branch to write that cannot be taken.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum CreatedAs {
    /// As it was asked for, as far as can be told.
    Asked {
        /// What was made.
        verified: Verified,
    },
    /// As something else.
    SomethingElse {
        /// What differs.
        mismatch: Mismatch,
    },
}

impl CreatedAs {
    pub(crate) fn of(
        ended: Result<leadsquared_webhooks::Verified, VerifyError>,
    ) -> Result<Self, WebhookError> {
        match ended {
            Ok(verified) => Ok(Self::Asked { verified: verified.into() }),
            Err(VerifyError::Mismatch(mismatch)) => Ok(Self::SomethingElse { mismatch: mismatch.into() }),
            Err(VerifyError::Create(error)) => Err(error.into()),
        }
    }
}
