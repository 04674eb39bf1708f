//! One desired webhook on its way.

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
use crate::{event_code::EventCodes, new_webhook::NewWebhook, outcome::Outcome, webhook_id::WebhookId};

/// The wait after the first list that did not show what was looked for; it doubles up to
/// [`LONGEST_WAIT`].
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait between two lists is longer.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// A webhook that is to exist, or whose create is to be looked for.
#[derive(Clone, Debug)]
pub(super) struct Desired {
    pub(super) identity: Identity,
    /// Nothing when it must not be created.
    pub(super) webhook: Option<NewWebhook>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<E> {
    pub(super) desired: Desired,
    pub(super) phase: Phase<E>,
    /// How many creates were sent.
    pub(super) creates: u32,
    /// How often a duplicate was to be removed.
    pub(super) rereads: u32,
    /// The answer of its create was lost, and nothing is known of it yet.
    pub(super) is_lost: bool,
    /// Something was applied, or may have been: what fails later leaves the run's outcome unknown.
    pub(super) has_written: bool,
    /// A duplicate could not be removed, and stays.
    pub(super) keeps_duplicates: bool,
    pub(super) last_error: Option<E>,
    /// Those like it that were there before the create, when that is known.
    pub(super) known: Option<Vec<WebhookId>>,
    /// All that were there before this run's create: somebody may have made one of them like it
    /// since.
    pub(super) before: Arc<HashSet<WebhookId>>,
    /// As what earlier creates were sent: their URLs may have been spelled in another way.
    pub(super) sent_as: Vec<Identity>,
    /// What this run's own create returned.
    pub(super) own: Option<WebhookId>,
    pub(super) removed: Vec<WebhookId>,
}

#[derive(Clone, Debug)]
pub(super) enum Phase<E> {
    /// Wants a list: is it there?
    Searching(Search),
    /// Wants a create, once it is its turn.
    ToCreate,
    /// Its create is in flight, since this time at the latest.
    Creating(SystemTime),
    /// Wants an update, or is being updated.
    Updating {
        result: Reconciled,
        webhook: Box<NewWebhook>,
        is_sent: bool,
    },
    /// Wants a list: is what was written there, and as desired?
    Confirming(Confirm),
    /// Wants a list: does the winner still exist and deliver?
    Rereading {
        winner: WebhookId,
        loser: WebhookId,
        /// What would come without the duplicate; nothing after a create of this run.
        then: Option<Box<Phase<E>>>,
    },
    /// Wants a delete, or it is in flight.
    Deleting {
        delete: Delete,
        is_sent: bool,
    },
    /// Wants a list: what is deleted is gone, even if the delete failed.
    CheckingDelete(Delete),
    Ended(Result<Reconciled, Failed<E>>),
}

/// A create that was sent, or may have been.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) ticket: Ticket,
    /// From when its window counts by the clock by which windows are measured, which is never
    /// ahead: when it was sent, or when that was found to be in the future.
    pub(super) counts_from: SystemTime,
}

impl Sent {
    pub(super) const fn new(ticket: Ticket) -> Self {
        Self { counts_from: ticket.sent_at(), ticket }
    }

    /// The same, read at this time.
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
    /// The API refused a duplicate.
    pub(super) is_duplicate: bool,
    /// What was seen instead of a duplicate that was removed.
    pub(super) winner: Option<WebhookId>,
}

#[derive(Clone, Debug)]
pub(super) struct Confirm {
    pub(super) id: WebhookId,
    pub(super) action: Action,
    /// When it was written, at the latest.
    pub(super) at: SystemTime,
    /// From when its window counts.
    pub(super) counts_from: SystemTime,
    /// A list showed it already.
    pub(super) was_seen: bool,
    pub(super) polls: u32,
    pub(super) not_before: Option<SystemTime>,
    /// What an update was for.
    pub(super) differences: Vec<Difference>,
}

/// Why a webhook is deleted that this run, or an earlier one, made.
#[derive(Clone, Debug)]
pub(super) enum Delete {
    /// It is a duplicate.
    Duplicate { winner: WebhookId, loser: WebhookId },
    /// It is a mismatch, and was created at this time at the latest.
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

    /// Whether its code is one that the tables dispute.
    pub(super) fn is_disputed(&self) -> bool {
        let event = self.desired.webhook.as_ref().and_then(|webhook| webhook.trigger().event());
        event.is_some_and(EventCodes::disputes)
    }

    /// Goes on to a phase. However it ends, what was removed is told.
    pub(super) fn enter(&mut self, mut phase: Phase<E>) {
        if let Phase::Ended(Ok(result)) = &mut phase {
            result.removed.clone_from(&self.removed);
        }
        self.phase = phase;
    }

    pub(super) const fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// Whether what it created is to be read back, or deleted because it is another than desired.
    /// What stays so is remembered.
    pub(super) const fn may_be_mismatched(&self) -> bool {
        matches!(
            self.phase,
            Phase::Confirming(_)
                | Phase::Deleting { delete: Delete::Mismatch { .. }, .. }
                | Phase::CheckingDelete(Delete::Mismatch { .. })
        )
    }

    /// After which time it wants a list, if it wants one. One that was just created wants it no
    /// earlier than this.
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

    /// For what it waits; nothing for what was just created, of which no list was expected to tell
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

    /// The webhooks that nobody else goes by.
    pub(super) fn owned(&self) -> impl Iterator<Item = &WebhookId> {
        let (one, other, more): (Option<&WebhookId>, Option<&WebhookId>, &[WebhookId]) = match &self.phase {
            // It may be anybody's.
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

    /// Whether it was just created, and no list read since.
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

    /// Whether a webhook came up after the create whose answer was lost.
    pub(super) fn may_have_made(&self, id: &WebhookId) -> bool {
        self.is_lost && self.is_new(id)
    }

    /// Whether a webhook is known not to have been there before the create.
    pub(super) fn is_new(&self, id: &WebhookId) -> bool {
        self.known.as_ref().is_some_and(|known| !known.contains(id)) && !self.before.contains(id)
    }

    /// The outcome of the run, which is a fold over its calls: once something was applied, or may
    /// have been, a later failure does not undo it.
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

    /// What is known when it goes no further: the list failed, with this error and outcome, or the
    /// run was stopped.
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

    /// A mismatch that stays, or that was rolled back and has no id any more.
    pub(super) fn mismatched(&self, id: Option<WebhookId>, differences: Vec<Difference>) -> Reconciled {
        let action = if id.is_some() { Action::Created } else { Action::RolledBack };
        let removed = self.removed.clone();
        Reconciled { differences, removed, ..Reconciled::new(id, action, State::Mismatch) }
    }

    /// What would be done, and how it stands.
    #[expect(clippy::result_large_err, reason = "it is kept, and not passed on")]
    pub(super) fn planned(&self) -> Result<Reconciled, Failed<E>> {
        self.phase.planned()
    }
}

/// How long after a list the next one comes.
pub(super) fn wait(polls: u32) -> Duration {
    let doubled = 1_u32.checked_shl(polls).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}
