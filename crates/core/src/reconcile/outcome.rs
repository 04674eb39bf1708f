//! What became of one desired webhook.

use serde::{Deserialize, Serialize};

use crate::{attempt::Attempt, webhook::WebhookStatus, webhook_id::WebhookId};

/// What became of one desired webhook: what was done, and how it stands now. In a plan: what would
/// be done, and how it stands.
///
/// [`is_ok`](Self::is_ok) is the one answer to "is it as desired".
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct Reconciled {
    /// The webhook; nothing when there is none.
    pub id: Option<WebhookId>,
    /// What was done.
    pub action: Action,
    /// How it stands.
    pub state: State,
    /// Where it differs from what is desired, or may.
    pub differences: Vec<Difference>,
    /// Others of the same identity, which deliver everything once more.
    pub duplicates: Vec<WebhookId>,
    /// What this run deleted again: a duplicate that it had made, or a mismatch.
    pub removed: Vec<WebhookId>,
    /// What was tried for this webhook, in order.
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

    /// Whether it is as desired: it delivers, or it was pruned.
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

    /// Whether a draft gives what cannot be read back and is not remembered.
    #[must_use]
    pub fn has_unobservable(&self) -> bool {
        self.differences.iter().any(|difference| difference.kind == DifferenceKind::NotObservable)
    }
}

/// What was done about a desired webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// How a desired webhook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "why")]
pub enum State {
    /// It exists, as desired as far as can be read, and delivers.
    Delivering,
    /// It was found disabled; only a person can enable it, in LeadSquared's UI.
    Disabled(#[serde(serialize_with = "by_text")] WebhookStatus),
    /// It was created with another event or URL than desired.
    Mismatch,
    /// It cannot be told.
    Unverified(Unverified),
    /// There is none.
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
    /// Of a disabled webhook its status, of an unverified one why: the stable name.
    #[must_use]
    pub fn why(self) -> Option<String> {
        match self {
            Self::Disabled(status) => Some(status.to_string()),
            Self::Unverified(why) => Some(why.as_str().to_owned()),
            Self::Delivering | Self::Mismatch | Self::Absent => None,
        }
    }
}

/// Why it cannot be told how a webhook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverified {
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

/// In what way a part is not as desired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It is another, as read or as remembered in the state.
    Differs,
    /// The API does not return it, and the state does not hold it: whether it differs is not known.
    NotObservable,
    /// An update replaces it, and what was there cannot be read.
    ReplacedUnseen,
    /// The server added it, and nothing that is known depends on it.
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
