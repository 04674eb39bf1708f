//! The options, steps and results of a run.

use std::time::{Duration, SystemTime};

use super::{
    identity::Identity,
    memory::Seal,
    outcome::Reconciled,
    prefix::ManagedPrefix,
    ticket::{DEFAULT_CONSISTENCY_WINDOW, Ticket},
};
use crate::{
    call::outcome::Outcome,
    webhook::{event_code::EventCodes, existing::Webhook, new_webhook::NewWebhook, webhook_id::WebhookId},
};

/// Options of a [`Reconciler`](super::Reconciler).
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks_core::reconcile::ReconcileOptions;
///
/// let options = ReconcileOptions::builder()
///     .consistency_window(Duration::from_secs(120))
///     .overwrite(true)
///     .build();
/// assert!(options.overwrite && !options.keep_duplicates);
/// ```
#[derive(Clone, Debug, bon::Builder)]
pub struct ReconcileOptions {
    /// The table of event codes, if one was given. Otherwise the one in the memory, or else the
    /// documented one.
    pub codes: Option<EventCodes>,
    /// How long after it was sent a create may still appear. Default 60 s, a bound chosen by this
    /// library.
    #[builder(default = DEFAULT_CONSISTENCY_WINDOW)]
    pub consistency_window: Duration,
    /// Whether a webhook that is not in the memory is replaced when it differs or may differ.
    /// Default: no, it is adopted as it is.
    #[builder(default)]
    pub overwrite: bool,
    /// Whether a webhook that was created with a different event or URL stays. Default: no, it is
    /// deleted again.
    #[builder(default)]
    pub keep_mismatch: bool,
    /// Whether a duplicate that this run created stays. Default: no, it is deleted again.
    #[builder(default)]
    pub keep_duplicates: bool,
    /// What to prune. Default: nothing.
    pub prune: Option<Prune>,
    /// How long to wait for a webhook that may still appear, when nothing may be created. Default:
    /// the consistency window.
    pub max_wait: Option<Duration>,
    /// Seals the values of headers. Without it, no written webhook is remembered.
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

/// What to prune: webhooks under a prefix that are not desired.
#[derive(Clone, Debug, PartialEq)]
pub struct Prune {
    /// The prefix of their URLs.
    pub prefix: ManagedPrefix,
    /// What was shown for confirmation: nothing else is pruned, and nothing that is not superfluous
    /// according to this run's first list.
    pub shown: Option<Vec<Webhook>>,
}

/// One item that a [`Reconciler`](super::Reconciler) works on. Events refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Job(pub(super) usize);

/// The next step of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// List all webhooks of the account, then call
    /// [`Reconciler::listed`](super::Reconciler::listed) or
    /// [`Reconciler::list_failed`](super::Reconciler::list_failed).
    List,
    /// Create this webhook, then call [`Reconciler::created`](super::Reconciler::created). Its
    /// notes must be stored before it is sent.
    Create(Job, Box<NewWebhook>),
    /// Replace this webhook, then call [`Reconciler::updated`](super::Reconciler::updated).
    Update(Job, WebhookId, Box<NewWebhook>),
    /// Delete this webhook, then call [`Reconciler::deleted`](super::Reconciler::deleted).
    Delete(Job, WebhookId),
    /// Call [`next`](super::Reconciler::next) again after this long, or when a call has ended: a
    /// webhook is searched for, and may not appear before the end of the wait.
    Wait(Waiting),
    /// Call [`next`](super::Reconciler::next) again after this long, at most one second: nothing is
    /// late.
    Pause(Duration),
    /// Call [`next`](super::Reconciler::next) again when a call has ended.
    Idle,
    /// The run has ended.
    Done,
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The time until the next list.
    pub time: Duration,
    /// The maximum time until the end of the wait.
    pub at_most: Duration,
    /// The reason.
    pub why: WaitingFor,
    /// The event and the URL of the webhook.
    pub desired: Identity,
}

/// Why a run waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// The response to a create was lost; its webhook may appear until the consistency window is
    /// over.
    LostCreate,
    /// A webhook was created, but the list does not show it yet.
    CreatedWebhook,
}

/// How a create ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateEnd<E> {
    /// It succeeded.
    Created(WebhookId),
    /// The request was sent, but the result is unknown.
    Unknown {
        /// The error of the call.
        error: E,
        /// When it was sent, at the latest.
        sent_at: SystemTime,
    },
    /// The API says that the webhook already exists.
    Duplicate(E),
    /// It was refused for another reason, or not sent.
    Failed {
        /// The error of the call.
        error: E,
        /// Whether it was refused or not sent.
        outcome: Outcome,
    },
}

/// Why a desired webhook is not as desired, and the run's outcome, folded over its calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed<E> {
    /// What went wrong.
    pub why: FailedWhy,
    /// What is known about the effects of the run.
    pub outcome: Outcome,
    /// The error of the call that ended it.
    pub error: Option<E>,
    /// The webhook, if known.
    pub id: Option<WebhookId>,
    /// The record of a create whose outcome is unknown.
    pub ticket: Option<Ticket>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailedWhy {
    /// A call failed.
    Call,
    /// A call succeeded, but the list that would confirm it failed.
    NotConfirmed,
    /// Creates were lost repeatedly.
    LostTooOften,
    /// The API refuses a duplicate that its list does not show.
    DuplicateNotShown,
    /// An update would send a code whose meaning on this account is unknown: the table must be
    /// given.
    CodesUnknown,
}

/// Everything that a run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished<E> {
    /// The result of each desired webhook, in the order given.
    pub webhooks: Vec<(Job, Result<Reconciled, Failed<E>>)>,
    /// The webhooks under the prefix that were not desired.
    pub pruned: Vec<(Job, Webhook, Result<Reconciled, Failed<E>>)>,
    /// Open creates of earlier runs that are no longer desired.
    pub open: Vec<Ticket>,
    /// Why the list failed, if it did.
    pub list_error: Option<E>,
}

/// What a run would do, after one list.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<E> {
    /// For each desired webhook, in the order given: what would be done, and its current state.
    pub webhooks: Vec<Result<Reconciled, Failed<E>>>,
    /// What would be pruned.
    pub prune: Vec<Webhook>,
    /// Open creates of earlier runs that are no longer desired.
    pub open: Vec<Ticket>,
}
