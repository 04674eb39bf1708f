//! The result for one desired webhook.

use leadsquared_webhooks::{
    core::reconcile::{DifferenceKind, Unverified},
    reconcile::{Action, Difference},
};

use crate::{attempt::Attempt, existing::WebhookStatus};

type UnverifiedReason = Unverified;

/// The result for one desired webhook: the action taken, and its state afterwards. In a plan: the
/// action that would be taken, and the current state.
///
/// A webhook that is disabled, was created with a different event or URL, or could not be read back
/// is a result, not an error: `is_ok` is false, and `state` says why.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Reconciled {
    /// The ID that `LeadSquared` assigned. Absent when there is no webhook.
    pub id: Option<String>,
    /// The action taken.
    pub action: Action,
    /// Its state.
    pub state: WebhookState,
    /// The differences, or possible differences, from what is desired.
    pub differences: Vec<Difference>,
    /// The IDs of other webhooks with the same event, URL and properties. Each delivers everything
    /// again.
    pub duplicates: Vec<String>,
    /// The IDs of webhooks that this run deleted again: duplicates that it had created, or a
    /// mismatch.
    pub removed: Vec<String>,
    /// The attempts made for this webhook, in order.
    pub attempts: Vec<Attempt>,
    /// Whether the webhook is as desired: it delivers, or it was pruned.
    pub is_ok: bool,
    /// Whether anything was changed, or in a plan would be.
    pub changes: bool,
    /// Whether the draft sets values that cannot be read back and are not recorded in the state
    /// file.
    pub has_unobservable: bool,
}

impl From<leadsquared_webhooks::reconcile::Reconciled> for Reconciled {
    fn from(reconciled: leadsquared_webhooks::reconcile::Reconciled) -> Self {
        let (is_ok, changes) = (reconciled.is_ok(), reconciled.changes());
        let has_unobservable = reconciled.has_unobservable();
        let leadsquared_webhooks::reconcile::Reconciled {
            id,
            action,
            state,
            differences,
            duplicates,
            removed,
            attempts,
        } = reconciled;
        Self {
            id: id.map(|id| id.to_string()),
            action,
            state: state.into(),
            differences,
            duplicates: duplicates.iter().map(ToString::to_string).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
            attempts: attempts.into_iter().map(Into::into).collect(),
            is_ok,
            changes,
            has_unobservable,
        }
    }
}

/// The action taken for a desired webhook.
#[uniffi::remote(Enum)]
pub enum Action {
    /// None: it already existed.
    Existed,
    /// It was created.
    Created,
    /// It existed, and was replaced.
    Updated,
    /// It existed, was not desired, and was deleted.
    Pruned,
    /// It was created with a different event or URL, and deleted again.
    RolledBack,
    /// Nothing was sent, because an earlier create produced a different webhook or may have done
    /// so.
    Withheld,
}

/// The state of a desired webhook. Named `State` in Rust; in Swift that name would shadow
/// `SwiftUI`'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WebhookState {
    /// It exists and delivers. Everything that can be read back is as desired.
    Delivering,
    /// It is disabled. Only a person can enable it, in `LeadSquared`'s UI.
    Disabled {
        /// Who disabled it.
        status: WebhookStatus,
    },
    /// It was created with a different event or URL than desired.
    Mismatch,
    /// The state is not known.
    Unverified {
        /// Why not.
        why: Unverified,
    },
    /// It does not exist.
    Absent,
}

impl From<leadsquared_webhooks::reconcile::State> for WebhookState {
    fn from(state: leadsquared_webhooks::reconcile::State) -> Self {
        match state {
            leadsquared_webhooks::reconcile::State::Delivering => Self::Delivering,
            leadsquared_webhooks::reconcile::State::Disabled(status) => {
                Self::Disabled { status: status.into() }
            }
            leadsquared_webhooks::reconcile::State::Mismatch => Self::Mismatch,
            leadsquared_webhooks::reconcile::State::Unverified(why) => Self::Unverified { why },
            leadsquared_webhooks::reconcile::State::Absent => Self::Absent,
        }
    }
}

/// Why the state of a webhook is not known.
#[uniffi::remote(Enum)]
pub enum UnverifiedReason {
    /// Retrieve does not return it (yet).
    NotSeen,
    /// Retrieve returns it without its event, URL or status.
    NotReported,
    /// Retrieve failed.
    NotRead,
    /// Retrieve returns it with different properties than were sent.
    Properties,
    /// The response to its create was lost, and this webhook, which did not exist before, may be
    /// the result: it differs only in its event, or its URL is truncated.
    Candidate,
}

/// A field of a webhook that differs or may differ from what is desired.
#[uniffi::remote(Record)]
pub struct Difference {
    /// The field: `event`, `url`, `properties`, `properties.NAME`, `description`, `content_type`,
    /// `notify_on_failure`, `landing_pages` or `custom_headers`.
    pub field: String,
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// The desired value. For custom headers: their names only.
    pub desired: Option<String>,
    /// The value found, or the value written last. Absent when it cannot be read.
    pub found: Option<String>,
}

/// The kind of a difference.
#[uniffi::remote(Enum)]
pub enum DifferenceKind {
    /// The value differs, as read or as recorded in the state file.
    Differs,
    /// The API does not return the value, and the state file does not hold it. Whether it differs
    /// is not known.
    NotObservable,
    /// An update replaces the value, and the previous value cannot be read.
    ReplacedUnseen,
    /// The server added the value. It has no known effect.
    Ignored,
}
