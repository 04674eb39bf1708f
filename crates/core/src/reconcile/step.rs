//! What a run is asked for, what it asks for, and what it ends with.

use std::time::{Duration, SystemTime};

use super::{
    identity::Identity,
    memory::Seal,
    outcome::Reconciled,
    prefix::ManagedPrefix,
    ticket::{DEFAULT_CONSISTENCY_WINDOW, Ticket},
};
use crate::{
    event_code::EventCodes, new_webhook::NewWebhook, outcome::Outcome, webhook::Webhook,
    webhook_id::WebhookId,
};

/// How a [`Reconciler`](super::Reconciler) goes about it.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks_core::reconcile::ReconcileOptions;
///
/// let options = ReconcileOptions::builder().consistency_window(Duration::from_secs(120)).overwrite(true).build();
/// assert!(options.overwrite && !options.keep_duplicates);
/// ```
#[derive(Clone, Debug, bon::Builder)]
pub struct ReconcileOptions {
    /// Which number stands for which event, when that was given. Otherwise what the memory knows,
    /// or else the documented table.
    pub codes: Option<EventCodes>,
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[builder(default = DEFAULT_CONSISTENCY_WINDOW)]
    pub consistency_window: Duration,
    /// Whether a webhook that no memory holds is replaced when it differs or may. Default: no, it
    /// is adopted as it is.
    #[builder(default)]
    pub overwrite: bool,
    /// Whether a webhook that was created with another event or URL stays. Default: no, it is
    /// deleted again.
    #[builder(default)]
    pub keep_mismatch: bool,
    /// Whether a duplicate that this run created stays. Default: no, it is deleted again.
    #[builder(default)]
    pub keep_duplicates: bool,
    /// What is pruned. Default: nothing.
    pub prune: Option<Prune>,
    /// How long is waited for a webhook that may still show up, when nothing may be created.
    /// Default: the window.
    pub max_wait: Option<Duration>,
    /// What makes seals of headers' values. Without one nothing that was written is remembered.
    pub seal: Option<Seal>,
    /// Creates of the same client whose outcome is unknown.
    #[builder(default)]
    pub tickets: Vec<Ticket>,
}

impl Default for ReconcileOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

/// What is pruned: webhooks under a prefix that are not desired.
#[derive(Clone, Debug, PartialEq)]
pub struct Prune {
    /// Whose URLs.
    pub prefix: ManagedPrefix,
    /// What was shown to whoever agreed: nothing else is pruned, and nothing that is not
    /// superfluous by this run's first list.
    pub shown: Option<Vec<Webhook>>,
}

/// One thing that a [`Reconciler`](super::Reconciler) works on. Events about it name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Job(pub(super) usize);

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// List all webhooks of the account; answer by
    /// [`Reconciler::listed`](super::Reconciler::listed) or
    /// [`Reconciler::list_failed`](super::Reconciler::list_failed).
    List,
    /// Create this one; answer by [`Reconciler::created`](super::Reconciler::created). Its notes
    /// must be stored before it is sent.
    Create(Job, Box<NewWebhook>),
    /// Replace this one; answer by [`Reconciler::updated`](super::Reconciler::updated).
    Update(Job, WebhookId, Box<NewWebhook>),
    /// Delete this one; answer by [`Reconciler::deleted`](super::Reconciler::deleted).
    Delete(Job, WebhookId),
    /// Ask again after this long, or when an answer came: something is looked for, and may not come
    /// before the end of the wait.
    Wait(Waiting),
    /// Ask again after this long, a second at the most: nothing is late.
    Pause(Duration),
    /// Ask again when an answer came.
    Idle,
    /// It has ended.
    Done,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How long until the next list.
    pub time: Duration,
    /// How long until the end of the wait at the latest.
    pub at_most: Duration,
    /// For what.
    pub why: WaitingFor,
    /// The event and the URL of the webhook that is waited for.
    pub desired: Identity,
}

/// For what a run waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// The answer of a create was lost; its webhook may show up until the consistency window is
    /// over.
    LostCreate,
    /// A webhook was created, and the list does not show it yet.
    CreatedWebhook,
}

/// How a create ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateEnd<E> {
    /// It succeeded.
    Created(WebhookId),
    /// The request was sent, and nobody knows.
    Unknown {
        /// What is known of it.
        error: E,
        /// When it was sent, at the latest.
        sent_at: SystemTime,
    },
    /// The API says that there is one already.
    Duplicate(E),
    /// It was refused for another reason, or not sent.
    Failed {
        /// Why.
        error: E,
        /// Whether it was refused or not sent.
        outcome: Outcome,
    },
}

/// Why a desired webhook is not as desired: the run's outcome, which is a fold over its calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed<E> {
    /// What went wrong.
    pub why: FailedWhy,
    /// What is known of what the run did.
    pub outcome: Outcome,
    /// The error of the call that ended it.
    pub error: Option<E>,
    /// The webhook that it is about, when it is known.
    pub id: Option<WebhookId>,
    /// The record of a create whose outcome is unknown.
    pub ticket: Option<Ticket>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedWhy {
    /// A call failed.
    Call,
    /// A call succeeded, and the list that would confirm it failed.
    NotConfirmed,
    /// Creates were lost time and again.
    LostTooOften,
    /// The API refuses a duplicate that its list does not show.
    DuplicateNotShown,
    /// An update would send a code whose meaning on this account is unknown: give the table.
    CodesUnknown,
}

/// All that a run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished<E> {
    /// For each desired webhook, in the order given.
    pub webhooks: Vec<(Job, Result<Reconciled, Failed<E>>)>,
    /// What was under the prefix and not desired.
    pub pruned: Vec<(Job, Webhook, Result<Reconciled, Failed<E>>)>,
    /// Creates of earlier runs that are open and not desired any more.
    pub open: Vec<Ticket>,
    /// Why the list failed, when it did.
    pub list_error: Option<E>,
}

/// What a run would do, after one list.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<E> {
    /// For each desired webhook, in the order given: what would be done, and how it stands.
    pub webhooks: Vec<Result<Reconciled, Failed<E>>>,
    /// What would be pruned.
    pub prune: Vec<Webhook>,
    /// Creates of earlier runs that are open and not desired any more.
    pub open: Vec<Ticket>,
}
