//! The progress of one desired webhook.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    identity::Identity,
    outcome::{Action, Difference, Reconciled, State, Unverified},
    step::{Failed, FailedWhy, Waiting, WaitingFor},
    ticket::Ticket,
};
use crate::{
    call::outcome::Outcome,
    webhook::{event_code::EventCodes, new_webhook::NewWebhook, webhook_id::WebhookId},
};

/// The wait after the first list that did not show the webhook; it doubles up to [`LONGEST_WAIT`].
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The maximum wait between two lists.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// A webhook that should exist, or one whose create is to be resolved.
#[derive(Clone, Debug)]
pub(super) struct Desired {
    pub(super) identity: Identity,
    /// `None` when it must not be created.
    pub(super) webhook: Option<NewWebhook>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<E> {
    pub(super) desired: Desired,
    pub(super) phase: Phase<E>,
    /// The number of creates sent.
    pub(super) creates: u32,
    /// How often a duplicate was about to be removed.
    pub(super) rereads: u32,
    /// The response to its create was lost, and the result is not known yet.
    pub(super) is_lost: bool,
    /// Something was applied, or may have been: a later failure leaves the run's outcome unknown.
    pub(super) has_written: bool,
    /// A duplicate could not be removed, and stays.
    pub(super) keeps_duplicates: bool,
    pub(super) last_error: Option<E>,
    /// The similar webhooks that existed before the create, if known.
    pub(super) known: Option<Vec<WebhookId>>,
    /// All webhooks that existed before this run's create: somebody may have made one of them
    /// similar since.
    pub(super) before: Arc<HashSet<WebhookId>>,
    /// The identities sent in earlier creates: their URLs may have been spelled differently.
    pub(super) sent_as: Vec<Identity>,
    /// The ID that this run's own create returned.
    pub(super) own: Option<WebhookId>,
    pub(super) removed: Vec<WebhookId>,
}

#[derive(Clone, Debug)]
pub(super) enum Phase<E> {
    /// Needs a list, to check whether the webhook exists.
    Searching(Search),
    /// Needs a create, once it is its turn.
    ToCreate,
    /// Its create is in flight, and was sent at this time at the latest.
    Creating(SystemTime),
    /// Needs an update, or the update is in flight.
    Updating {
        result: Reconciled,
        webhook: Box<NewWebhook>,
        is_sent: bool,
    },
    /// Needs a list, to check that what was written is there and as desired.
    Confirming(Confirm),
    /// Needs a list, to check that the winner still exists and delivers.
    Rereading {
        winner: WebhookId,
        loser: WebhookId,
        /// The phase that would follow without the duplicate; `None` after a create of this run.
        then: Option<Box<Phase<E>>>,
    },
    /// Needs a delete, or the delete is in flight.
    Deleting {
        delete: Delete,
        is_sent: bool,
    },
    /// Needs a list: a webhook that is gone is deleted, even if the delete failed.
    CheckingDelete(Delete),
    Ended(Result<Reconciled, Failed<E>>),
}

/// A create that was sent, or may have been.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) ticket: Ticket,
    /// The start of its window, by the clock that measures windows, and never in the future: when
    /// it was sent, or when the send time was found to be in the future.
    pub(super) counts_from: SystemTime,
}

impl Sent {
    pub(super) const fn new(ticket: Ticket) -> Self {
        Self { counts_from: ticket.sent_at(), ticket }
    }

    /// The same create, read at this time.
    pub(super) fn read_at(self, now: SystemTime) -> Self {
        Self { counts_from: self.counts_from.min(now), ..self }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// A create that may have been applied.
    pub(super) since: Option<Sent>,
    pub(super) polls: u32,
    pub(super) not_before: Option<SystemTime>,
    /// The API refused the create as a duplicate.
    pub(super) is_duplicate: bool,
    /// The webhook found in place of a duplicate that was removed.
    pub(super) winner: Option<WebhookId>,
}

#[derive(Clone, Debug)]
pub(super) struct Confirm {
    pub(super) id: WebhookId,
    pub(super) action: Action,
    /// When it was written, at the latest.
    pub(super) at: SystemTime,
    /// The start of its window.
    pub(super) counts_from: SystemTime,
    /// A list has already shown it.
    pub(super) was_seen: bool,
    pub(super) polls: u32,
    pub(super) not_before: Option<SystemTime>,
    /// The reason for an update.
    pub(super) differences: Vec<Difference>,
}

/// Why a webhook that this or an earlier run created is deleted.
#[derive(Clone, Debug)]
pub(super) enum Delete {
    /// It is a duplicate.
    Duplicate { winner: WebhookId, loser: WebhookId },
    /// It is a mismatch, created at this time at the latest.
    Mismatch { id: WebhookId, at: SystemTime, differences: Vec<Difference> },
}

impl Delete {
    pub(super) const fn id(&self) -> &WebhookId {
        match self {
            Self::Duplicate { loser: id, .. } | Self::Mismatch { id, .. } => id,
        }
    }
}

impl Confirm {
    pub(super) const fn new(id: WebhookId, action: Action, at: SystemTime) -> Self {
        Self {
            id,
            action,
            at,
            counts_from: at,
            was_seen: false,
            polls: 0,
            not_before: None,
            differences: Vec::new(),
        }
    }
}

impl<E> Phase<E> {
    pub(super) const fn wants_call(&self) -> bool {
        matches!(
            self,
            Self::ToCreate | Self::Updating { is_sent: false, .. } | Self::Deleting { is_sent: false, .. }
        )
    }

    pub(super) const fn is_in_flight(&self) -> bool {
        matches!(
            self,
            Self::Creating(_) | Self::Updating { is_sent: true, .. } | Self::Deleting { is_sent: true, .. }
        )
    }

    pub(super) const fn ended(id: Option<WebhookId>, action: Action, state: State) -> Self {
        Self::Ended(Ok(Reconciled::new(id, action, state)))
    }
}

impl<E: Clone> Phase<E> {
    #[expect(clippy::result_large_err, reason = "it is kept, and not passed on")]
    fn planned(&self) -> Result<Reconciled, Failed<E>> {
        Ok(match self {
            Self::Ended(result) => return result.clone(),
            Self::Updating { result, .. } => result.clone(),
            Self::Rereading { loser, then: Some(then), .. } => {
                let mut result = then.planned()?;
                result.duplicates.retain(|duplicate| duplicate != loser);
                result.removed.push(loser.clone());
                result
            }
            Self::Searching(Search { since: Some(_), .. }) => {
                Reconciled::new(None, Action::Created, State::Unverified(Unverified::NotSeen))
            }
            _ => Reconciled::new(None, Action::Created, State::Absent),
        })
    }
}

impl<E: Clone> Entry<E> {
    pub(super) fn new(desired: Desired) -> Self {
        Self {
            desired,
            phase: Phase::Searching(Search::default()),
            creates: 0,
            rereads: 0,
            is_lost: false,
            has_written: false,
            keeps_duplicates: false,
            last_error: None,
            known: None,
            before: Arc::default(),
            sent_as: Vec::new(),
            own: None,
            removed: Vec::new(),
        }
    }

    /// Whether the tables disagree on its code.
    pub(super) fn is_disputed(&self) -> bool {
        let event = self.desired.webhook.as_ref().and_then(|webhook| webhook.trigger().event());
        event.is_some_and(EventCodes::disputes)
    }

    /// Enters a phase. However the entry ends, the removed webhooks are reported.
    pub(super) fn enter(&mut self, mut phase: Phase<E>) {
        if let Phase::Ended(Ok(result)) = &mut phase {
            result.removed.clone_from(&self.removed);
        }
        self.phase = phase;
    }

    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// Whether the webhook that it created is to be read back, or deleted as a mismatch. A mismatch
    /// that stays is remembered.
    pub(super) const fn may_be_mismatched(&self) -> bool {
        matches!(
            self.phase,
            Phase::Confirming(_)
                | Phase::Deleting { delete: Delete::Mismatch { .. }, .. }
                | Phase::CheckingDelete(Delete::Mismatch { .. })
        )
    }

    /// How long until it needs a list, if it needs one. A newly created webhook needs none before
    /// `fresh_until`.
    pub(super) fn wants_list(&self, now: SystemTime, fresh_until: SystemTime) -> Option<Duration> {
        let not_before = match &self.phase {
            Phase::Searching(search) => search.not_before,
            Phase::Confirming(_) if self.is_fresh() => Some(fresh_until),
            Phase::Confirming(confirm) => confirm.not_before,
            Phase::Rereading { .. } | Phase::CheckingDelete(_) => None,
            _ => return None,
        };
        let time = not_before.and_then(|time| time.duration_since(now).ok()).unwrap_or_default();
        let longest = if self.is_fresh() { FIRST_WAIT } else { LONGEST_WAIT };
        Some(time.min(longest))
    }

    /// What it waits for; `None` for a newly created webhook, which no list was expected to show
    /// yet.
    pub(super) fn waiting(&self, time: Duration, now: SystemTime, window: Duration) -> Option<Waiting> {
        let (since, why) = match &self.phase {
            Phase::Searching(search) => (search.since.as_ref()?.counts_from, WaitingFor::LostCreate),
            Phase::Confirming(confirm) if !self.is_fresh() => {
                (confirm.counts_from, WaitingFor::CreatedWebhook)
            }
            _ => return None,
        };
        let at_most = (since + window).duration_since(now).unwrap_or_default().max(time);
        Some(Waiting { time, at_most, why, desired: self.desired.identity.clone() })
    }

    /// The webhooks that belong to this entry only.
    pub(super) fn owned(&self) -> impl Iterator<Item = &WebhookId> {
        let (one, other, more): (Option<&WebhookId>, Option<&WebhookId>, &[WebhookId]) = match &self.phase {
            // It may belong to any entry.
            Phase::Ended(Ok(Reconciled { state: State::Unverified(Unverified::Candidate), .. })) => {
                (None, None, &[])
            }
            Phase::Ended(Ok(result)) | Phase::Updating { result, .. } => {
                (result.id.as_ref(), None, &result.duplicates)
            }
            Phase::Ended(Err(failed)) => (failed.id.as_ref(), None, &[]),
            Phase::Confirming(confirm) => (Some(&confirm.id), None, &[]),
            Phase::Rereading { winner, loser, .. }
            | Phase::Deleting { delete: Delete::Duplicate { winner, loser }, .. }
            | Phase::CheckingDelete(Delete::Duplicate { winner, loser }) => (Some(winner), Some(loser), &[]),
            Phase::Deleting { delete: Delete::Mismatch { id, .. }, .. }
            | Phase::CheckingDelete(Delete::Mismatch { id, .. }) => (Some(id), None, &[]),
            Phase::Searching(search) => (search.winner.as_ref(), None, &[]),
            Phase::ToCreate | Phase::Creating(_) => (None, None, &[]),
        };
        one.into_iter().chain(other).chain(more)
    }

    /// Whether the webhook was just created, and no list was read since.
    fn is_fresh(&self) -> bool {
        matches!(
            &self.phase,
            Phase::Confirming(Confirm { action: Action::Created, polls: 0, was_seen: false, .. })
        )
    }

    /// The record of its create.
    pub(super) fn ticket(&self, sent_at: SystemTime) -> Ticket {
        let ticket = Ticket::for_identity(self.desired.identity.clone(), sent_at);
        match &self.known {
            Some(known) => ticket.knowing(known.iter().cloned()),
            None => ticket,
        }
    }

    /// Whether a webhook appeared after the create whose response was lost.
    pub(super) fn may_have_made(&self, id: &WebhookId) -> bool {
        self.is_lost && self.is_new(id)
    }

    /// Whether a webhook is known not to have existed before the create.
    pub(super) fn is_new(&self, id: &WebhookId) -> bool {
        self.known.as_ref().is_some_and(|known| !known.contains(id)) && !self.before.contains(id)
    }

    /// The outcome of the run, folded over its calls: once something was applied, or may have been,
    /// a later failure does not change that.
    const fn outcome(&self, last: Outcome) -> Outcome {
        if self.has_written || self.is_lost { Outcome::Unknown } else { last }
    }

    pub(super) fn failed(
        &self,
        why: FailedWhy,
        error: Option<E>,
        last: Outcome,
        id: Option<WebhookId>,
    ) -> Failed<E> {
        Failed { why, outcome: self.outcome(last), error, id, ticket: None }
    }

    /// What is known when the entry goes no further: the list failed with this error and outcome,
    /// or the run was stopped.
    #[expect(clippy::result_large_err, reason = "it is kept, and not passed on")]
    pub(super) fn stopped(&self, error: Option<&E>, last: Outcome) -> Result<Reconciled, Failed<E>> {
        let error = error.cloned();
        let unconfirmed = |id: &WebhookId, error| {
            let why = if self.has_written { FailedWhy::NotConfirmed } else { FailedWhy::Call };
            self.failed(why, error, last, Some(id.clone()))
        };
        Err(match &self.phase {
            Phase::Ended(result) => return result.clone(),
            Phase::Searching(Search { is_duplicate: true, .. }) => self.failed(
                FailedWhy::Call,
                error.or_else(|| self.last_error.clone()),
                Outcome::Refused,
                None,
            ),
            Phase::Searching(Search { since: Some(since), .. }) => Failed {
                outcome: Outcome::Unknown,
                ticket: Some(since.ticket.clone()),
                ..self.failed(FailedWhy::Call, error, last, None)
            },
            Phase::Searching(Search { winner: Some(winner), .. })
            | Phase::CheckingDelete(Delete::Duplicate { winner, .. }) => unconfirmed(winner, error),
            Phase::Searching(_) | Phase::ToCreate => self.failed(FailedWhy::Call, error, last, None),
            Phase::Creating(sent_at) => Failed {
                outcome: Outcome::Unknown,
                ticket: Some(self.ticket(*sent_at)),
                ..self.failed(FailedWhy::Call, error, last, None)
            },
            Phase::Updating { result, is_sent, .. } => {
                let last = if *is_sent { Outcome::Unknown } else { last };
                self.failed(FailedWhy::Call, error, last, result.id.clone())
            }
            Phase::Confirming(confirm) => Failed {
                ticket: (confirm.action == Action::Created && !confirm.was_seen)
                    .then(|| self.ticket(confirm.at)),
                ..unconfirmed(&confirm.id, error)
            },
            Phase::Rereading { winner, .. } => unconfirmed(self.own.as_ref().unwrap_or(winner), error),
            Phase::Deleting { delete: Delete::Duplicate { winner, .. }, is_sent: false } => {
                unconfirmed(self.own.as_ref().unwrap_or(winner), error)
            }
            Phase::Deleting { delete: Delete::Duplicate { winner, .. }, .. } => Failed {
                outcome: Outcome::Unknown,
                why: FailedWhy::NotConfirmed,
                ..unconfirmed(winner, error)
            },
            Phase::Deleting { delete: Delete::Mismatch { id, differences, .. }, .. }
            | Phase::CheckingDelete(Delete::Mismatch { id, differences, .. }) => {
                return Ok(self.mismatched(Some(id.clone()), differences.clone()));
            }
        })
    }

    /// A mismatch that stays, or that was rolled back and no longer has an ID.
    pub(super) fn mismatched(&self, id: Option<WebhookId>, differences: Vec<Difference>) -> Reconciled {
        let action = if id.is_some() { Action::Created } else { Action::RolledBack };
        let removed = self.removed.clone();
        Reconciled { differences, removed, ..Reconciled::new(id, action, State::Mismatch) }
    }

    /// What would be done, and the current state.
    #[expect(clippy::result_large_err, reason = "it is kept, and not passed on")]
    pub(super) fn planned(&self) -> Result<Reconciled, Failed<E>> {
        self.phase.planned()
    }
}

/// How long to wait between one list and the next.
pub(super) fn wait(polls: u32) -> Duration {
    let doubled = 1_u32.checked_shl(polls).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}
