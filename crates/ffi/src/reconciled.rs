//! What became of one desired webhook.

use leadsquared_webhooks::{Action, Difference, DifferenceKind, Unverified};

use crate::{attempt::Attempt, existing::WebhookStatus};

type UnverifiedReason = Unverified;

/// What became of one desired webhook: what was done, and its state now. In a plan: what would be
/// done, and its state.
///
/// A webhook that was found disabled, was created with a different event or URL, or could not be
/// read back is a result and not an error: `is_ok` is false, and `state` says why.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Reconciled {
    /// The ID that `LeadSquared` assigned; nothing when there is no webhook.
    pub id: Option<String>,
    /// What was done.
    pub action: Action,
    /// Its state.
    pub state: WebhookState,
    /// Where it differs from what is desired, or may.
    pub differences: Vec<Difference>,
    /// Others of the same event, URL and properties, which deliver everything once more.
    pub duplicates: Vec<String>,
    /// What this run deleted again: a duplicate that it had created, or a mismatch.
    pub removed: Vec<String>,
    /// What was tried for this webhook, in order.
    pub attempts: Vec<Attempt>,
    /// Whether it is as desired: it delivers, or it was pruned.
    pub is_ok: bool,
    /// Whether something was changed, or in a plan would be.
    pub changes: bool,
    /// Whether a draft gives what cannot be read back and is not remembered.
    pub has_unobservable: bool,
}

impl From<leadsquared_webhooks::Reconciled> for Reconciled {
    fn from(reconciled: leadsquared_webhooks::Reconciled) -> Self {
        let (is_ok, changes) = (reconciled.is_ok(), reconciled.changes());
        let has_unobservable = reconciled.has_unobservable();
        let leadsquared_webhooks::Reconciled {
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

/// What was done about a desired webhook.
#[uniffi::remote(Enum)]
pub enum Action {
    /// Nothing: it was there.
    Existed,
    /// It was created.
    Created,
    /// It was there, and was replaced.
    Updated,
    /// It was there, was not desired, and was deleted.
    Pruned,
    /// It was created with a different event or URL, and deleted again.
    RolledBack,
    /// Nothing was sent, because an earlier create was made into something else or may have been.
    Withheld,
}

/// The state of a desired webhook. In Rust `State`, which in Swift would hide that of `SwiftUI`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WebhookState {
    /// It exists, as desired as far as can be read, and delivers.
    Delivering,
    /// It was found disabled; only a person can enable it, in `LeadSquared`'s UI.
    Disabled {
        /// By whom.
        status: WebhookStatus,
    },
    /// It was created with another event or URL than desired.
    Mismatch,
    /// It is not known.
    Unverified {
        /// Why not.
        why: Unverified,
    },
    /// There is no such webhook.
    Absent,
}

impl From<leadsquared_webhooks::State> for WebhookState {
    fn from(state: leadsquared_webhooks::State) -> Self {
        match state {
            leadsquared_webhooks::State::Delivering => Self::Delivering,
            leadsquared_webhooks::State::Disabled(status) => Self::Disabled { status: status.into() },
            leadsquared_webhooks::State::Mismatch => Self::Mismatch,
            leadsquared_webhooks::State::Unverified(why) => Self::Unverified { why },
            leadsquared_webhooks::State::Absent => Self::Absent,
        }
    }
}

/// Why the state of a webhook is not known.
#[uniffi::remote(Enum)]
pub enum UnverifiedReason {
    /// Retrieve does not show it (yet).
    NotSeen,
    /// Retrieve shows it without its event, URL or status.
    NotReported,
    /// Retrieve failed.
    NotRead,
    /// Retrieve shows it with other properties than were sent.
    Properties,
    /// The answer of its create was lost, and this webhook, which was not there before, may be what
    /// became of it: it differs in its event only, or its URL is cut.
    Candidate,
}

/// One part of a webhook that is not as desired, or may not be.
#[uniffi::remote(Record)]
pub struct Difference {
    /// Which part: `event`, `url`, `properties`, `properties.NAME`, `description`, `content_type`,
    /// `notify_on_failure`, `landing_pages` or `custom_headers`.
    pub field: String,
    /// In what way.
    pub kind: DifferenceKind,
    /// What is desired; of custom headers their names.
    pub desired: Option<String>,
    /// What was found, or was written last; nothing when it cannot be read.
    pub found: Option<String>,
}

/// In what way a part is not as desired.
#[uniffi::remote(Enum)]
pub enum DifferenceKind {
    /// It is another, as read or as remembered in the state file.
    Differs,
    /// The API does not return it, and the state file does not hold it: whether it differs is not
    /// known.
    NotObservable,
    /// An update replaces it, and what was there cannot be read.
    ReplacedUnseen,
    /// The server added it, and nothing that is known depends on it.
    Ignored,
}
