//! The result for one desired webhook.

use serde::{Deserialize, Serialize};

use crate::{
    call::attempt::Attempt,
    webhook::{existing::WebhookStatus, webhook_id::WebhookId},
};

/// The result for one desired webhook: what was done, and its current state. In a plan: what would
/// be done, and the current state.
///
/// [`is_ok`](Self::is_ok) says whether the webhook is as desired.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct Reconciled {
    /// The webhook; `None` when there is none.
    pub id: Option<WebhookId>,
    /// What was done.
    pub action: Action,
    /// The state of the webhook.
    pub state: State,
    /// Where it differs, or may differ, from what is desired.
    pub differences: Vec<Difference>,
    /// Other webhooks of the same identity, which deliver everything again.
    pub duplicates: Vec<WebhookId>,
    /// What this run deleted: a duplicate that this or an earlier run created, or a mismatch.
    pub removed: Vec<WebhookId>,
    /// The attempts for this webhook, in order.
    pub attempts: Vec<Attempt>,
}

impl Reconciled {
    pub(crate) const fn new(id: Option<WebhookId>, action: Action, state: State) -> Self {
        Self {
            id,
            action,
            state,
            differences: Vec::new(),
            duplicates: Vec::new(),
            removed: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// Whether the webhook is as desired: it delivers, or it was pruned.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        match self.action {
            Action::Pruned => self.state == State::Absent,
            _ => self.state == State::Delivering,
        }
    }

    /// Whether something was changed, or in a plan would be.
    #[must_use]
    pub fn changes(&self) -> bool {
        !matches!(self.action, Action::Existed | Action::Withheld) || !self.removed.is_empty()
    }

    /// Whether the draft gives values that cannot be read back and are not remembered.
    #[must_use]
    pub fn has_unobservable(&self) -> bool {
        self.differences.iter().any(|difference| difference.kind == DifferenceKind::NotObservable)
    }
}

/// What was done about a desired webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it existed.
    Existed,
    /// It was created.
    Created,
    /// It existed, and was replaced.
    Updated,
    /// It existed, was not desired, and was deleted.
    Pruned,
    /// It was created with a different event or URL, and deleted again.
    RolledBack,
    /// Nothing was sent, because an earlier create resulted in a mismatch, or may have.
    Withheld,
}

impl Action {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Existed => "existed",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Pruned => "pruned",
            Self::RolledBack => "rolled_back",
            Self::Withheld => "withheld",
        }
    }
}

/// The state of a desired webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "why")]
pub enum State {
    /// It exists, as desired as far as can be read, and delivers.
    Delivering,
    /// It was found disabled; only a user can enable it, in LeadSquared's UI.
    Disabled(#[serde(serialize_with = "by_text")] WebhookStatus),
    /// It was created with a different event or URL than desired.
    Mismatch,
    /// The state is not known.
    Unverified(Unverified),
    /// It does not exist.
    Absent,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn by_text<S: serde::Serializer>(status: &WebhookStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(status)
}

impl State {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivering => "delivering",
            Self::Disabled(_) => "disabled",
            Self::Mismatch => "mismatch",
            Self::Unverified(_) => "unverified",
            Self::Absent => "absent",
        }
    }
}

impl State {
    /// The stable name of a disabled webhook's status, or of the reason why a webhook is
    /// unverified.
    #[must_use]
    pub fn why(self) -> Option<String> {
        match self {
            Self::Disabled(status) => Some(status.to_string()),
            Self::Unverified(why) => Some(why.as_str().to_owned()),
            Self::Delivering | Self::Mismatch | Self::Absent => None,
        }
    }
}

/// Why the state of a webhook is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverified {
    /// Retrieve does not show it (yet).
    NotSeen,
    /// Retrieve shows it without its event, URL or status.
    NotReported,
    /// Retrieve failed.
    NotRead,
    /// Retrieve shows it with properties that differ from those sent.
    Properties,
    /// The response to its create was lost, and this webhook, which did not exist before, may be
    /// its result: only its event differs, or its URL is truncated.
    Candidate,
}

impl Unverified {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSeen => "not_seen",
            Self::NotReported => "not_reported",
            Self::NotRead => "not_read",
            Self::Properties => "properties",
            Self::Candidate => "candidate",
        }
    }
}

/// One part of a webhook that is not as desired, or may not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The part: `event`, `url`, `properties`, `properties.NAME`, `description`, `content_type`,
    /// `notify_on_failure`, `landing_pages` or `custom_headers`.
    pub field: String,
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// The desired value; for custom headers, their names.
    pub desired: Option<String>,
    /// The value found, or last written; `None` when it cannot be read.
    pub found: Option<String>,
}

impl Difference {
    pub(crate) fn differs(field: &str, desired: &str, found: &str) -> Self {
        Self {
            field: field.to_owned(),
            kind: DifferenceKind::Differs,
            desired: Some(desired.to_owned()),
            found: Some(found.to_owned()),
        }
    }
}

/// How a part differs from the desired one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The value differs, as read or as remembered in the state.
    Differs,
    /// The API does not return it, and the state does not contain it: whether it differs is
    /// unknown.
    NotObservable,
    /// An update replaces it, and the previous value cannot be read.
    ReplacedUnseen,
    /// The server added it; it has no known effect.
    Ignored,
}

impl DifferenceKind {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::NotObservable => "not_observable",
            Self::ReplacedUnseen => "replaced_unseen",
            Self::Ignored => "ignored",
        }
    }
}
