//! The desired webhooks of one account, each once: a pure state machine. Time is an argument; a driver makes the calls.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, SystemTime},
};

use super::{
    identity::{Comparison, Found, Identity, Match},
    memory::{CodeTable, Memory, MismatchNote, Note, Seal, Written, not_observable, replaced_unseen},
    outcome::{Action, Difference, DifferenceKind, Reconciled, State, Unverified},
    prefix::ManagedPrefix,
    ticket::{DEFAULT_CONSISTENCY_WINDOW, Ticket},
};
use crate::{
    event_code::EventCodes,
    new_webhook::NewWebhook,
    outcome::Outcome,
    webhook::{Webhook, WebhookStatus},
    webhook_id::WebhookId,
};

/// The wait after the first list that did not show what was looked for; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// How often a create is sent whose predecessors are known not to have been applied.
const MOST_CREATES: u32 = 3;

/// How a [`Reconciler`] goes about it.
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
    /// Which number stands for which event, when that was given. Otherwise what the memory knows, or else the documented
    /// table.
    pub codes: Option<EventCodes>,
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[builder(default = DEFAULT_CONSISTENCY_WINDOW)]
    pub consistency_window: Duration,
    /// Whether a webhook that no memory holds is replaced when it differs or may. Default: no, it is adopted as it is.
    #[builder(default)]
    pub overwrite: bool,
    /// Whether a webhook that was created with another event or URL stays. Default: no, it is deleted again.
    #[builder(default)]
    pub keep_mismatch: bool,
    /// Whether a duplicate that this run created stays. Default: no, it is deleted again.
    #[builder(default)]
    pub keep_duplicates: bool,
    /// What is pruned. Default: nothing.
    pub prune: Option<Prune>,
    /// How long is waited for a webhook that may still show up, when nothing may be created. Default: the window.
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
    /// What was shown to whoever agreed: nothing else is pruned. Without it, what this run's first list showed.
    pub shown: Option<Vec<Webhook>>,
}

/// One thing that a [`Reconciler`] works on. Events about it name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Job(usize);

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// List all webhooks of the account; answer by [`Reconciler::listed`] or [`Reconciler::list_failed`].
    List,
    /// Create this one; answer by [`Reconciler::created`]. Its notes must be stored before it is sent.
    Create(Job, Box<NewWebhook>),
    /// Replace this one; answer by [`Reconciler::updated`].
    Update(Job, WebhookId, Box<NewWebhook>),
    /// Delete this one; answer by [`Reconciler::deleted`].
    Delete(Job, WebhookId),
    /// Ask again after this long, or when an answer came.
    Wait(Waiting),
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
    /// The answer of a create was lost; its webhook may show up until the consistency window is over.
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

/// A webhook that is to exist, or whose create is to be looked for.
#[derive(Clone, Debug)]
struct Desired {
    identity: Identity,
    /// Nothing when it must not be created.
    webhook: Option<NewWebhook>,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    desired: Desired,
    phase: Phase<E>,
    /// Whether its code is one that the tables dispute.
    is_disputed: bool,
    creates: u32,
    /// The answer of a create of this run was lost.
    is_lost: bool,
    last_error: Option<E>,
    /// Those like it that were there before the first create.
    known: Option<Vec<WebhookId>>,
    /// What this run's own create returned.
    own: Option<WebhookId>,
    removed: Vec<WebhookId>,
}

#[derive(Clone, Debug)]
enum Phase<E> {
    /// Wants a list: is it there?
    Looking(Look),
    /// Wants a create, once it is its turn.
    ToCreate,
    Creating,
    /// Wants an update, or is being updated.
    Updating {
        result: Reconciled,
        webhook: Box<NewWebhook>,
    },
    /// Wants a list: is what was written there, and as desired?
    Confirming(Confirm),
    /// Wants a list: does the winner still exist and deliver?
    Rereading {
        winner: WebhookId,
        loser: WebhookId,
    },
    /// Wants a delete of a duplicate, or it is being deleted.
    Removing {
        loser: WebhookId,
    },
    /// Wants a delete of a mismatch, or it is being deleted.
    RollingBack {
        id: WebhookId,
        differences: Vec<Difference>,
    },
    Ended(Result<Reconciled, Failed<E>>),
}

#[derive(Clone, Debug, Default)]
struct Look {
    /// A create that may have been applied.
    since: Option<Ticket>,
    polls: u32,
    not_before: Option<SystemTime>,
    /// The API refused a duplicate.
    is_duplicate: bool,
}

#[derive(Clone, Debug)]
struct Confirm {
    id: WebhookId,
    action: Action,
    at: SystemTime,
    polls: u32,
    not_before: Option<SystemTime>,
    /// What an update was for.
    differences: Vec<Difference>,
}

#[derive(Clone, Debug)]
enum Pruning {
    No,
    /// When all else has ended.
    Later,
    /// Wants the list by which it goes.
    Listing,
    /// The deletes are named.
    Deleting,
}

#[derive(Clone, Debug)]
struct Pruned<E> {
    webhook: Webhook,
    result: Option<Result<Reconciled, Failed<E>>>,
}

/// The desired webhooks of one account, each once.
///
/// It lists first, creates only what is known not to be there, reads back what it wrote, and takes a lost answer for neither a
/// yes nor a no: it lists again until the webhook shows up or the consistency window is over. [`next`](Self::next) says what
/// to do; several creates, updates and deletes may be in flight at once, lists go alone. Whatever a call ends with is an
/// event, and every run ends.
///
/// `E` is the driver's error.
#[derive(Clone, Debug)]
pub struct Reconciler<E> {
    entries: Vec<Entry<E>>,
    options: ReconcileOptions,
    codes: EventCodes,
    memory: Memory,
    notes: Vec<Note>,
    /// Those that want a call now.
    ready: VecDeque<usize>,
    /// Creates of disputed codes that wait for the first one to be read back.
    held: VecDeque<usize>,
    alone: Option<usize>,
    in_flight: usize,
    started: Option<SystemTime>,
    first_list: Option<Vec<Webhook>>,
    pruning: Pruning,
    prune: Vec<Pruned<E>>,
    open: Vec<Ticket>,
    list_error: Option<E>,
}

impl<E: Clone> Reconciler<E> {
    /// Starts with a list. The memory is what earlier runs left.
    #[must_use]
    pub fn new(desired: Vec<NewWebhook>, options: ReconcileOptions, memory: Memory) -> Self {
        let desired = desired
            .into_iter()
            .map(|webhook| Desired { identity: Identity::of(&webhook), webhook: Some(webhook) });
        Self::start(desired.collect(), options, memory)
    }

    /// Looks for what became of a create, without the right to create.
    #[must_use]
    pub fn resolve(ticket: Ticket, mut options: ReconcileOptions) -> Self {
        let desired = Desired { identity: ticket.identity().clone(), webhook: None };
        options.tickets.push(ticket);
        Self::start(vec![desired], options, Memory::default())
    }

    /// Reads back a webhook that was created at this time.
    #[must_use]
    pub fn verify(webhook: NewWebhook, id: WebhookId, at: SystemTime, options: ReconcileOptions) -> Self {
        let mut this = Self::new(vec![webhook], options, Memory::default());
        if let Some(entry) = this.entries.first_mut() {
            entry.own = Some(id.clone());
            entry.phase = Phase::Confirming(Confirm::created(id, at));
        }
        this
    }

    fn start(desired: Vec<Desired>, options: ReconcileOptions, memory: Memory) -> Self {
        let known = memory.codes.and_then(|table| match table {
            CodeTable::Holds(codes) => Some(codes),
            CodeTable::Fails(_) => None,
        });
        let codes = options.codes.or(known).unwrap_or_default();
        let entries = desired.into_iter().map(|desired| Entry {
            is_disputed: desired
                .webhook
                .as_ref()
                .and_then(|webhook| webhook.trigger().event())
                .is_some_and(EventCodes::disputes),
            desired,
            phase: Phase::Looking(Look::default()),
            creates: 0,
            is_lost: false,
            last_error: None,
            known: None,
            own: None,
            removed: Vec::new(),
        });
        Self {
            entries: entries.collect(),
            codes,
            memory,
            notes: Vec::new(),
            ready: VecDeque::new(),
            held: VecDeque::new(),
            alone: None,
            in_flight: 0,
            started: None,
            first_list: None,
            pruning: if options.prune.is_some() { Pruning::Later } else { Pruning::No },
            prune: Vec::new(),
            open: Vec::new(),
            list_error: None,
            options,
        }
    }

    /// By which table codes are sent.
    #[must_use]
    pub const fn codes(&self) -> EventCodes {
        self.codes
    }

    /// What is to be remembered since the last time. Those of a create must be stored before it is sent.
    #[must_use]
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// How many desired webhooks have ended.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.phase, Phase::Ended(_))).count()
    }

    /// How a desired webhook ended; nothing before.
    #[must_use]
    pub fn result(&self, job: Job) -> Option<&Result<Reconciled, Failed<E>>> {
        match self.entries.get(job.0).map(|entry| &entry.phase) {
            Some(Phase::Ended(result)) => Some(result),
            _ => None,
        }
    }

    /// The clocks disagree about this much time, as after a machine slept: what was sent before
    /// counts as sent later by it, so that a window passes only when all clocks say so.
    pub fn skip(&mut self, time: Duration) {
        for entry in &mut self.entries {
            match &mut entry.phase {
                Phase::Looking(Look { since: Some(since), .. }) => {
                    *since = since.clone().sent_until(since.sent_at() + time);
                }
                Phase::Confirming(confirm) => confirm.at += time,
                _ => {}
            }
        }
    }

    /// What is to be done next.
    pub fn next(&mut self, now: SystemTime) -> Step {
        self.begin(now);
        while let Some(index) = self.ready.pop_front() {
            if let Some(step) = self.call(index, now) {
                self.in_flight += 1;
                return step;
            }
        }
        if self.in_flight > 0 {
            return Step::Idle;
        }
        let mut wait: Option<Waiting> = None;
        for entry in &self.entries {
            let Some(time) = entry.wants_list(now) else { continue };
            if time.is_zero() {
                return Step::List;
            }
            if wait.as_ref().is_none_or(|least| time < least.time) {
                wait = entry.waiting(time, now, self.options.consistency_window);
            }
        }
        if let Some(wait) = wait {
            return Step::Wait(wait);
        }
        self.next_prune()
    }

    /// Takes the creates of earlier runs in, once.
    fn begin(&mut self, now: SystemTime) {
        if self.started.is_some() {
            return;
        }
        self.started = Some(now);
        // One whose end nobody saw may have been sent until now, and one from the future counts from now.
        let earlier = self.memory.open.iter().map(|open| {
            let ticket = open.ticket.clone().as_of(now);
            if open.is_ended { ticket } else { ticket.sent_until(now) }
        });
        let own = self.options.tickets.iter().cloned().map(|ticket| ticket.as_of(now));
        let tickets: Vec<_> = earlier.chain(own).collect();
        let mut by_identity: HashMap<Identity, usize> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            by_identity.entry(entry.desired.identity.clone()).or_insert(index);
        }
        for ticket in tickets {
            let entry = by_identity.get(ticket.identity()).and_then(|index| self.entries.get_mut(*index));
            let Some(entry) = entry else {
                self.open.push(ticket);
                continue;
            };
            let known = ticket.known();
            match &mut entry.known {
                Some(all) => all.retain(|id| known.contains(id)),
                all => *all = Some(known.to_vec()),
            }
            if let Phase::Looking(look) = &mut entry.phase {
                let later = look.since.take_if(|since| since.sent_at() >= ticket.sent_at());
                look.since = Some(later.unwrap_or(ticket));
            }
        }
    }

    /// The call that an entry wants; nothing when it is not its turn, or it has ended.
    fn call(&mut self, index: usize, now: SystemTime) -> Option<Step> {
        let job = Job(index);
        if let Some(pruned) = index.checked_sub(self.entries.len()) {
            return self.prune.get(pruned).map(|pruned| Step::Delete(job, pruned.webhook.id.clone()));
        }
        let entry = self.entries.get_mut(index)?;
        match &entry.phase {
            Phase::ToCreate => {
                let webhook = entry.desired.webhook.clone()?;
                if entry.is_disputed {
                    match self.memory.codes {
                        Some(CodeTable::Holds(codes)) if codes == self.codes => {}
                        Some(CodeTable::Fails(codes)) if codes == self.codes => {
                            entry.withheld_as_mismatch();
                            return None;
                        }
                        _ if self.alone.is_some() => {
                            self.held.push_back(index);
                            return None;
                        }
                        _ => self.alone = Some(index),
                    }
                }
                entry.creates += 1;
                entry.phase = Phase::Creating;
                let ticket = entry.ticket(now);
                self.note(Note::Open(ticket));
                Some(Step::Create(job, Box::new(webhook)))
            }
            Phase::Updating { result, webhook } => {
                result.id.clone().map(|id| Step::Update(job, id, webhook.clone()))
            }
            Phase::Removing { loser } => Some(Step::Delete(job, loser.clone())),
            Phase::RollingBack { id, .. } => Some(Step::Delete(job, id.clone())),
            _ => None,
        }
    }

    fn next_prune(&mut self) -> Step {
        match self.pruning {
            Pruning::No | Pruning::Deleting => Step::Done,
            Pruning::Later => {
                let is_safe = |entry: &Entry<E>| match &entry.phase {
                    Phase::Ended(Ok(result)) => {
                        matches!(result.state, State::Delivering | State::Disabled(_))
                    }
                    _ => false,
                };
                if self.list_error.is_some() || !self.entries.iter().all(is_safe) {
                    self.pruning = Pruning::No;
                    return Step::Done;
                }
                if self.first_list.is_some() {
                    self.pruning = Pruning::Listing;
                }
                Step::List
            }
            Pruning::Listing => Step::List,
        }
    }

    /// A list was asked for at this time, and holds all webhooks of the account.
    pub fn listed(&mut self, seen: &[Webhook], asked_at: SystemTime) {
        let founds: Vec<Found<'_>> = seen.iter().map(Found::new).collect();
        let by_id: HashMap<&WebhookId, &Found<'_>> =
            founds.iter().map(|found| (&found.webhook.id, found)).collect();
        let assigned = self.assign(&founds);
        let taken: HashSet<&WebhookId> =
            assigned.iter().flatten().map(|(found, _)| &found.webhook.id).collect();
        for (index, mine) in assigned.iter().enumerate() {
            let Some(entry) = self.entries.get_mut(index) else { continue };
            let phase = std::mem::replace(&mut entry.phase, Phase::Creating);
            let waits_already = phase.wants_call();
            let phase = match phase {
                Phase::Looking(look) => self.found(index, look, mine, &founds, &taken, asked_at),
                Phase::Confirming(confirm) => self.confirm(index, confirm, mine, &by_id, asked_at),
                Phase::Rereading { winner, loser } => self.reread(index, &winner, loser, mine, asked_at),
                other => other,
            };
            if phase.wants_call() && !waits_already {
                self.ready.push_back(index);
            }
            if let Some(entry) = self.entries.get_mut(index) {
                entry.phase = phase;
            }
        }
        if matches!(self.pruning, Pruning::Listing) {
            let prune = self.to_prune(seen);
            let first = self.entries.len();
            self.ready.extend(first..first + prune.len());
            self.prune = prune.into_iter().map(|webhook| Pruned { webhook, result: None }).collect();
            self.pruning = Pruning::Deleting;
        }
        self.first_list.get_or_insert_with(|| seen.to_vec());
        self.release();
    }

    /// Which webhooks each entry goes by. One webhook satisfies one desired webhook, an exact match before a generous one.
    fn assign<'f, 'w>(&self, founds: &'f [Found<'w>]) -> Vec<Vec<(&'f Found<'w>, Comparison)>> {
        let mut by_url: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut untold = Vec::new();
        for (number, found) in founds.iter().enumerate() {
            if found.urls.is_empty() {
                untold.push(number);
            }
            for url in &found.urls {
                by_url.entry(url).or_default().push(number);
            }
        }
        let mut owners: HashMap<&WebhookId, usize> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            owners.extend(entry.owned().map(|id| (id, index)));
        }
        // For each webhook, who could go by it.
        let mut takers: Vec<Vec<(Match, usize, Comparison)>> = founds.iter().map(|_| Vec::new()).collect();
        for (index, entry) in self.entries.iter().enumerate() {
            if matches!(entry.phase, Phase::Ended(_)) {
                continue;
            }
            let same_url = by_url.get(entry.desired.identity.normal_url()).into_iter().flatten();
            for number in same_url.chain(&untold) {
                let Some((found, takers)) = founds.get(*number).zip(takers.get_mut(*number)) else {
                    continue;
                };
                let id = &found.webhook.id;
                let is_free = owners.get(id).is_none_or(|owner| *owner == index);
                let compared = entry.desired.identity.compare(found);
                if let Some(grade) = compared.grade()
                    && is_free
                    && !entry.removed.contains(id)
                {
                    takers.push((grade, index, compared));
                }
            }
        }
        let mut order: Vec<usize> = (0..founds.len()).collect();
        let best =
            |number: &usize| takers.get(*number).and_then(|all| all.iter().map(|(grade, ..)| *grade).max());
        order.sort_by_key(|number| std::cmp::Reverse(best(number)));
        let mut assigned: Vec<Vec<(&Found<'_>, Comparison)>> =
            self.entries.iter().map(|_| Vec::new()).collect();
        for number in order {
            let (Some(grade), Some(found)) = (best(&number), founds.get(number)) else { continue };
            let equals = takers.get(number).into_iter().flatten().filter(|(other, ..)| *other == grade);
            let taker = equals.min_by_key(|(_, index, _)| (assigned.get(*index).map_or(0, Vec::len), *index));
            if let Some((_, index, compared)) = taker
                && let Some(mine) = assigned.get_mut(*index)
            {
                mine.push((found, *compared));
            }
        }
        assigned
    }

    /// What a list tells of a webhook that was looked for.
    fn found(
        &mut self,
        index: usize,
        look: Look,
        mine: &[(&Found<'_>, Comparison)],
        founds: &[Found<'_>],
        taken: &HashSet<&WebhookId>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let Some(entry) = self.entries.get(index) else { return Phase::Looking(look) };
        let Some(&(winner, compared)) = winner(mine) else {
            return self.not_found(index, look, founds, taken, asked_at);
        };
        let got = winner.webhook;
        let made_here = entry.is_lost && !entry.known.iter().flatten().any(|id| *id == got.id);
        let action = if made_here && !look.is_duplicate { Action::Created } else { Action::Existed };
        let mut result = Reconciled::new(Some(got.id.clone()), action, state(got, compared));
        result.duplicates = others(mine, &got.id);
        result.removed.clone_from(&entry.removed);
        if look.since.is_some() {
            let closed = Note::Closed(entry.desired.identity.clone());
            self.note(closed);
        }
        let Some(entry) = self.entries.get(index) else { return Phase::Looking(look) };
        // A duplicate that an earlier run wrote, by its own record, is removed by this one.
        let loser = result.duplicates.iter().find(|id| self.memory.written(id).is_some());
        if let Some(loser) = loser
            && !self.options.keep_duplicates
            && got.status == Some(WebhookStatus::Enabled)
            && got.id < *loser
        {
            return Phase::Rereading { winner: got.id.clone(), loser: loser.clone() };
        }
        let Some(webhook) = &entry.desired.webhook else { return Phase::Ended(Ok(result)) };
        let written = self.memory.written(&got.id);
        result.differences = seen_differences(&entry.desired.identity, webhook, winner, compared);
        result.differences.extend(match (written, &self.options.seal) {
            (Some(written), Some(seal)) => written.differences(webhook, seal),
            _ => not_observable(webhook),
        });
        let has = |kind| result.differences.iter().any(|difference| difference.kind == kind);
        let differs = has(DifferenceKind::Differs);
        let updates = match written {
            Some(_) => differs || self.options.overwrite && has(DifferenceKind::NotObservable),
            None => self.options.overwrite && (differs || has(DifferenceKind::NotObservable)),
        };
        if !updates || matches!(result.state, State::Disabled(_)) {
            return Phase::Ended(Ok(result));
        }
        let is_known = self.codes_hold() || self.options.codes.is_some() && !self.codes_fail();
        if entry.is_disputed && !is_known {
            return Phase::Ended(Err(Failed {
                why: FailedWhy::CodesUnknown,
                outcome: Outcome::NotSent,
                error: None,
                id: Some(got.id.clone()),
                ticket: None,
            }));
        }
        let webhook = webhook.clone().filled(
            got.description.clone(),
            written.map(|written| written.content_type),
            written.map(|written| written.notify_on_failure),
        );
        if has(DifferenceKind::NotObservable) || written.is_none() {
            result.differences.retain(|difference| difference.kind != DifferenceKind::NotObservable);
            result.differences.extend(replaced_unseen(&webhook));
        }
        result.action = Action::Updated;
        Phase::Updating { result, webhook: Box::new(webhook) }
    }

    /// Nothing of an identity is on the list.
    fn not_found(
        &mut self,
        index: usize,
        look: Look,
        founds: &[Found<'_>],
        taken: &HashSet<&WebhookId>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let (window, started) = (self.options.consistency_window, self.started);
        let (codes, is_refuted) = (self.codes, self.codes_fail());
        let Some(entry) = self.entries.get(index) else { return Phase::Looking(look) };
        let identity = &entry.desired.identity;
        if let Some(since) = &look.since {
            let settled_at = since.sent_at() + window;
            if asked_at < settled_at {
                let again_at = (asked_at + wait(look.polls)).min(settled_at);
                let waited = started.and_then(|started| again_at.duration_since(started).ok());
                if entry.desired.webhook.is_none()
                    && self.options.max_wait.zip(waited).is_some_and(|(most, waited)| waited > most)
                {
                    return Phase::ended(None, Action::Withheld, State::Unverified(Unverified::NotSeen));
                }
                let (polls, not_before) = (look.polls + 1, Some(again_at));
                return Phase::Looking(Look { polls, not_before, ..look });
            }
        }
        if look.since.is_some() {
            let known = entry.known.as_deref().unwrap_or_default();
            let candidate = founds.iter().find(|found| {
                let id = &found.webhook.id;
                !known.contains(id)
                    && !taken.contains(id)
                    && !entry.removed.contains(id)
                    && identity.is_near(found)
            });
            if let Some(found) = candidate {
                let mut result = Reconciled::new(
                    Some(found.webhook.id.clone()),
                    Action::Withheld,
                    State::Unverified(Unverified::Candidate),
                );
                result.differences = identity_differences(identity, found);
                return Phase::Ended(Ok(result));
            }
        }
        let Some(webhook) = &entry.desired.webhook else {
            return Phase::ended(None, Action::Withheld, State::Absent);
        };
        let code = webhook.trigger().code(codes);
        let remembered =
            self.memory.mismatches.iter().find(|note| note.desired == *identity && note.code == code);
        if let Some(note) = remembered {
            let kept = note.id.as_ref().and_then(|id| founds.iter().find(|found| found.webhook.id == *id));
            let id = kept.map(|found| found.webhook.id.clone());
            let mut result = Reconciled::new(id, Action::Withheld, State::Mismatch);
            result.differences.clone_from(&note.differences);
            return Phase::Ended(Ok(result));
        }
        if is_refuted && entry.is_disputed {
            return Phase::ended(None, Action::Withheld, State::Mismatch);
        }
        let failed = |why, outcome| {
            Phase::Ended(Err(Failed {
                why,
                outcome,
                error: entry.last_error.clone(),
                id: None,
                ticket: look.since.clone().filter(|_| outcome == Outcome::Unknown),
            }))
        };
        if look.is_duplicate {
            return failed(FailedWhy::DuplicateNotShown, Outcome::Refused);
        }
        if entry.creates >= MOST_CREATES {
            return failed(FailedWhy::LostTooOften, Outcome::Unknown);
        }
        if entry.known.is_none() {
            let like =
                |found: &&Found<'_>| identity.is_near(found) || identity.compare(found).grade().is_some();
            let known = founds.iter().filter(like).map(|found| found.webhook.id.clone()).collect();
            if let Some(entry) = self.entries.get_mut(index) {
                entry.known = Some(known);
            }
        }
        if look.since.is_some() {
            self.close(index);
        }
        Phase::ToCreate
    }

    /// What a list tells of a webhook that was written.
    fn confirm(
        &mut self,
        index: usize,
        confirm: Confirm,
        mine: &[(&Found<'_>, Comparison)],
        by_id: &HashMap<&WebhookId, &Found<'_>>,
        asked_at: SystemTime,
    ) -> Phase<E> {
        let Some(found) = by_id.get(&confirm.id) else {
            let settled_at = confirm.at + self.options.consistency_window;
            if confirm.action == Action::Created && asked_at < settled_at {
                let not_before = Some((asked_at + wait(confirm.polls)).min(settled_at));
                return Phase::Confirming(Confirm { polls: confirm.polls + 1, not_before, ..confirm });
            }
            // The create stays open: the next run must not take "not there" for "not applied".
            return Phase::ended(Some(confirm.id), confirm.action, State::Unverified(Unverified::NotSeen));
        };
        let Some(entry) = self.entries.get(index) else { return Phase::Confirming(confirm) };
        let Some(webhook) = entry.desired.webhook.clone() else { return Phase::Confirming(confirm) };
        let (identity, is_disputed) = (entry.desired.identity.clone(), entry.is_disputed);
        let compared = identity.compare(found);
        let mut result =
            Reconciled::new(Some(confirm.id.clone()), confirm.action, state(found.webhook, compared));
        result.duplicates = others(mine, &confirm.id);
        result.removed.clone_from(&entry.removed);
        result.differences = seen_differences(&identity, &webhook, found, compared);
        result.differences.extend(confirm.differences);
        if confirm.action == Action::Created {
            self.note(Note::Closed(identity.clone()));
        }
        if let Some(seal) = &self.options.seal {
            self.note(Note::Wrote(Written::new(confirm.id.clone(), &webhook, seal)));
        }
        if is_disputed && compared.event != Match::NotTold {
            let holds = compared.event > Match::NotTold;
            let table = if holds { CodeTable::Holds } else { CodeTable::Fails }(self.codes);
            self.note(Note::Codes(table));
        }
        if compared.is_mismatch() {
            result.state = State::Mismatch;
            result.duplicates.clear();
            let code = webhook.trigger().code(self.codes);
            self.note(Note::Mismatch(MismatchNote {
                desired: identity,
                code,
                differences: result.differences.clone(),
                id: Some(confirm.id.clone()),
            }));
            if self.options.keep_mismatch || confirm.action == Action::Updated {
                return Phase::Ended(Ok(result));
            }
            return Phase::RollingBack { id: confirm.id, differences: result.differences };
        }
        if self.memory.mismatches.iter().any(|note| note.desired == identity) {
            self.note(Note::Matched(identity));
        }
        // Everybody who sees both chooses alike: the least id wins, and whoever made the other deletes it.
        let is_winner = |(found, compared): &&(&Found<'_>, Comparison)| {
            found.webhook.status == Some(WebhookStatus::Enabled)
                && compared.is_told()
                && found.webhook.id < confirm.id
        };
        let winner = mine.iter().filter(is_winner).map(|(found, _)| &found.webhook.id).min();
        match winner {
            Some(winner) if confirm.action == Action::Created && !self.options.keep_duplicates => {
                Phase::Rereading { winner: winner.clone(), loser: confirm.id }
            }
            _ => Phase::Ended(Ok(result)),
        }
    }

    /// Whether the winner still exists and delivers, right before the other is deleted.
    fn reread(
        &mut self,
        index: usize,
        winner: &WebhookId,
        loser: WebhookId,
        mine: &[(&Found<'_>, Comparison)],
        asked_at: SystemTime,
    ) -> Phase<E> {
        let is = |id: &WebhookId| mine.iter().find(|(found, _)| found.webhook.id == *id);
        let delivers =
            is(winner).is_some_and(|(found, _)| found.webhook.status == Some(WebhookStatus::Enabled));
        if delivers && is(&loser).is_some() {
            return Phase::Removing { loser };
        }
        let own = self.entries.get(index).and_then(|entry| entry.own.clone());
        match own {
            Some(own) if own == loser => Phase::Confirming(Confirm::created(own, asked_at)),
            _ => Phase::Looking(Look::default()),
        }
    }

    /// What is under the prefix, not desired, and as it was shown.
    fn to_prune(&self, seen: &[Webhook]) -> Vec<Webhook> {
        let Some(Prune { prefix, shown }) = &self.options.prune else { return Vec::new() };
        let shown = shown.as_ref().or(self.first_list.as_ref());
        let mut kept: HashSet<&WebhookId> = HashSet::new();
        for entry in &self.entries {
            if let Phase::Ended(Ok(result)) = &entry.phase {
                kept.extend(&result.id);
                if self.options.keep_duplicates {
                    kept.extend(&result.duplicates);
                }
            }
        }
        let may_be_desired = |webhook: &Webhook| {
            let found = Found::new(webhook);
            let grade = |entry: &Entry<E>| entry.desired.identity.compare(&found).grade();
            (webhook.event.is_none() || webhook.properties.is_none())
                && self.entries.iter().any(|entry| grade(entry) == Some(Match::NotTold))
        };
        seen.iter()
            .filter(|webhook| webhook.url.as_deref().is_some_and(|url| prefix.covers(url)))
            .filter(|webhook| !kept.contains(&webhook.id) && !may_be_desired(webhook))
            .filter(|webhook| shown.is_none_or(|shown| shown.contains(webhook)))
            .cloned()
            .collect()
    }

    /// The list failed, or the run is cancelled: nothing more can be known of this account, and the run ends when the calls
    /// that are in flight have.
    pub fn list_failed(&mut self, error: &E, outcome: Outcome) {
        self.list_error = Some(error.clone());
        // Calls that are in flight end as they end.
        let unsent: HashSet<usize> = self.ready.drain(..).chain(self.held.drain(..)).collect();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let failed = |why, outcome, id: Option<&WebhookId>, ticket| {
                let id = id.cloned();
                Phase::Ended(Err(Failed { why, outcome, error: Some(error.clone()), id, ticket }))
            };
            let phase = match &entry.phase {
                Phase::Ended(_) | Phase::Creating => continue,
                Phase::Looking(look) => match &look.since {
                    Some(since) => failed(FailedWhy::Call, Outcome::Unknown, None, Some(since.clone())),
                    None if entry.own.is_some() => {
                        failed(FailedWhy::NotConfirmed, Outcome::Unknown, entry.own.as_ref(), None)
                    }
                    None => failed(FailedWhy::Call, outcome, None, None),
                },
                Phase::Confirming(confirm) => {
                    let ticket = (confirm.action == Action::Created).then(|| entry.ticket(confirm.at));
                    failed(FailedWhy::NotConfirmed, Outcome::Unknown, Some(&confirm.id), ticket)
                }
                Phase::Rereading { loser, .. } => {
                    failed(FailedWhy::NotConfirmed, Outcome::Unknown, Some(loser), None)
                }
                phase if phase.wants_call() && !unsent.contains(&index) => continue,
                Phase::ToCreate
                | Phase::Updating { .. }
                | Phase::Removing { .. }
                | Phase::RollingBack { .. } => failed(FailedWhy::Call, Outcome::NotSent, None, None),
            };
            entry.phase = phase;
        }
        self.pruning = Pruning::No;
    }

    /// A create has ended.
    pub fn created(&mut self, job: Job, end: CreateEnd<E>, now: SystemTime) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        match end {
            CreateEnd::Created(id) => {
                entry.is_lost = false;
                entry.own = Some(id.clone());
                entry.phase = Phase::Confirming(Confirm::created(id, now));
            }
            CreateEnd::Unknown { error, sent_at } => {
                entry.is_lost = true;
                entry.last_error = Some(error);
                let ticket = entry.ticket(sent_at);
                entry.phase = Phase::Looking(Look { since: Some(ticket.clone()), ..Look::default() });
                self.note(Note::Lost(ticket));
            }
            CreateEnd::Duplicate(error) => {
                entry.last_error = Some(error);
                let since = Some(entry.ticket(now));
                entry.phase = Phase::Looking(Look { since, is_duplicate: true, ..Look::default() });
                self.close(job.0);
            }
            CreateEnd::Failed { error, outcome } => {
                entry.phase = Phase::failed(error, outcome, None);
                self.close(job.0);
            }
        }
        self.release();
    }

    /// An update has ended.
    pub fn updated(&mut self, job: Job, end: Result<(), (E, Outcome)>, now: SystemTime) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        let Phase::Updating { result, webhook } = &entry.phase else { return };
        let Some(id) = result.id.clone() else { return };
        if let Err((error, outcome)) = end {
            entry.phase = Phase::failed(error, outcome, Some(id));
            return;
        }
        let written = self.options.seal.as_ref().map(|seal| Written::new(id.clone(), webhook, seal));
        entry.phase = if entry.is_disputed {
            let differences = result.differences.clone();
            let action = Action::Updated;
            Phase::Confirming(Confirm { action, differences, ..Confirm::created(id, now) })
        } else {
            Phase::Ended(Ok(result.clone()))
        };
        if let Some(written) = written {
            self.note(Note::Wrote(written));
        }
    }

    /// A delete has ended.
    pub fn deleted(&mut self, job: Job, end: Result<(), (E, Outcome)>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(number) = job.0.checked_sub(self.entries.len()) {
            self.pruned(number, end);
            return;
        }
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        let (id, phase) = match (&entry.phase, end) {
            (Phase::Removing { loser }, Ok(())) => (loser.clone(), Phase::Looking(Look::default())),
            (Phase::Removing { loser }, Err((error, outcome))) => {
                entry.phase = Phase::failed(error, outcome, Some(loser.clone()));
                return;
            }
            (Phase::RollingBack { id, differences }, end) => {
                let is_gone = end.is_ok();
                let action = if is_gone { Action::RolledBack } else { Action::Created };
                let kept = (!is_gone).then(|| id.clone());
                let mut result = Reconciled::new(kept, action, State::Mismatch);
                result.differences.clone_from(differences);
                result.removed.clone_from(&entry.removed);
                if is_gone {
                    result.removed.push(id.clone());
                }
                let id = id.clone();
                entry.phase = Phase::Ended(Ok(result));
                if is_gone {
                    self.note(Note::Forgot(id));
                }
                self.release();
                return;
            }
            _ => return,
        };
        entry.own.take_if(|own| *own == id);
        entry.removed.push(id.clone());
        entry.phase = phase;
        self.note(Note::Forgot(id));
    }

    fn pruned(&mut self, number: usize, end: Result<(), (E, Outcome)>) {
        let Some(pruned) = self.prune.get_mut(number) else { return };
        let id = pruned.webhook.id.clone();
        pruned.result = Some(match end {
            Ok(()) => Ok(Reconciled::new(Some(id.clone()), Action::Pruned, State::Absent)),
            Err((error, outcome)) => Err(Failed {
                why: FailedWhy::Call,
                outcome,
                error: Some(error),
                id: Some(id.clone()),
                ticket: None,
            }),
        });
        if matches!(pruned.result, Some(Ok(_))) {
            self.note(Note::Forgot(id));
        }
    }

    /// Lets the creates of disputed codes go on, once the first one is known to have ended well or not.
    fn release(&mut self) {
        let is_over =
            |index: usize| self.entries.get(index).is_none_or(|entry| matches!(entry.phase, Phase::Ended(_)));
        if self.alone.is_some_and(|index| is_over(index) || self.codes_hold() || self.codes_fail()) {
            self.alone = None;
            self.ready.append(&mut self.held);
        }
    }

    fn codes_hold(&self) -> bool {
        self.memory.codes == Some(CodeTable::Holds(self.codes))
    }

    fn codes_fail(&self) -> bool {
        self.memory.codes == Some(CodeTable::Fails(self.codes))
    }

    fn close(&mut self, index: usize) {
        if let Some(entry) = self.entries.get(index) {
            let closed = Note::Closed(entry.desired.identity.clone());
            self.note(closed);
        }
    }

    fn note(&mut self, note: Note) {
        self.memory.note(note.clone());
        self.notes.push(note);
    }

    /// All that was done. What has not ended is reported as not sent or unknown.
    #[must_use]
    pub fn finish(self) -> Finished<E> {
        let webhooks = self.entries.into_iter().enumerate().map(|(index, entry)| {
            let result = match entry.phase {
                Phase::Ended(result) => result,
                _ => Err(Failed {
                    why: FailedWhy::Call,
                    outcome: if entry.creates > 0 { Outcome::Unknown } else { Outcome::NotSent },
                    error: None,
                    id: entry.own,
                    ticket: None,
                }),
            };
            (Job(index), result)
        });
        let webhooks: Vec<_> = webhooks.collect();
        let first = webhooks.len();
        let pruned = self.prune.into_iter().enumerate();
        let pruned =
            pruned.filter_map(|(number, pruned)| Some((Job(first + number), pruned.webhook, pruned.result?)));
        Finished { webhooks, pruned: pruned.collect(), open: self.open, list_error: self.list_error }
    }

    /// What would be done, by the list that was read.
    #[must_use]
    pub fn plan(self) -> Plan<E> {
        let prune = match &self.first_list {
            Some(seen) => {
                let mut would = self.clone();
                for entry in &mut would.entries {
                    entry.phase = Phase::Ended(entry.planned());
                }
                would.to_prune(seen)
            }
            None => Vec::new(),
        };
        Plan { webhooks: self.entries.iter().map(Entry::planned).collect(), prune, open: self.open }
    }
}

impl<E: Clone> Entry<E> {
    /// After which time it wants a list, if it wants one.
    fn wants_list(&self, now: SystemTime) -> Option<Duration> {
        let not_before = match &self.phase {
            Phase::Looking(look) => look.not_before,
            Phase::Confirming(confirm) => confirm.not_before,
            Phase::Rereading { .. } => None,
            _ => return None,
        };
        Some(not_before.and_then(|time| time.duration_since(now).ok()).unwrap_or_default())
    }

    fn waiting(&self, time: Duration, now: SystemTime, window: Duration) -> Option<Waiting> {
        let (since, why) = match &self.phase {
            Phase::Looking(look) => (look.since.as_ref()?.sent_at(), WaitingFor::LostCreate),
            Phase::Confirming(confirm) => (confirm.at, WaitingFor::CreatedWebhook),
            _ => return None,
        };
        let at_most = (since + window).duration_since(now).unwrap_or_default();
        Some(Waiting { time, at_most, why, desired: self.desired.identity.clone() })
    }

    /// The webhooks that nobody else goes by.
    fn owned(&self) -> impl Iterator<Item = &WebhookId> {
        let (one, more): (Option<&WebhookId>, &[WebhookId]) = match &self.phase {
            Phase::Ended(Ok(result)) | Phase::Updating { result, .. } => {
                (result.id.as_ref(), &result.duplicates)
            }
            Phase::Ended(Err(failed)) => (failed.id.as_ref(), &[]),
            Phase::Confirming(confirm) => (Some(&confirm.id), &[]),
            Phase::Rereading { winner, loser } => (Some(winner), std::slice::from_ref(loser)),
            Phase::Removing { loser } => (Some(loser), &[]),
            Phase::RollingBack { id, .. } => (Some(id), &[]),
            Phase::Looking(_) | Phase::ToCreate | Phase::Creating => (None, &[]),
        };
        one.into_iter().chain(more)
    }

    fn ticket(&self, sent_at: SystemTime) -> Ticket {
        let known = self.known.iter().flatten().cloned();
        Ticket::for_identity(self.desired.identity.clone(), sent_at).knowing(known)
    }

    fn withheld_as_mismatch(&mut self) {
        self.phase = Phase::ended(None, Action::Withheld, State::Mismatch);
    }

    /// What would be done, and how it stands.
    #[expect(clippy::result_large_err, reason = "it is kept, and not passed on")]
    fn planned(&self) -> Result<Reconciled, Failed<E>> {
        Ok(match &self.phase {
            Phase::Ended(result) => return result.clone(),
            Phase::Updating { result, .. } => result.clone(),
            Phase::Rereading { winner, loser } => {
                let mut result = Reconciled::new(Some(winner.clone()), Action::Existed, State::Delivering);
                result.removed.push(loser.clone());
                result
            }
            Phase::Looking(Look { since: Some(_), .. }) => {
                Reconciled::new(None, Action::Created, State::Unverified(Unverified::NotSeen))
            }
            _ => Reconciled::new(None, Action::Created, State::Absent),
        })
    }
}

impl<E> Phase<E> {
    const fn wants_call(&self) -> bool {
        matches!(
            self,
            Self::ToCreate | Self::Updating { .. } | Self::Removing { .. } | Self::RollingBack { .. }
        )
    }

    const fn ended(id: Option<WebhookId>, action: Action, state: State) -> Self {
        Self::Ended(Ok(Reconciled::new(id, action, state)))
    }

    const fn failed(error: E, outcome: Outcome, id: Option<WebhookId>) -> Self {
        Self::Ended(Err(Failed { why: FailedWhy::Call, outcome, error: Some(error), id, ticket: None }))
    }
}

impl Confirm {
    const fn created(id: WebhookId, at: SystemTime) -> Self {
        Self { id, action: Action::Created, at, polls: 0, not_before: None, differences: Vec::new() }
    }
}

/// Of several, one that delivers, and of these the least id. What is told in full comes before what is not.
fn winner<'m, 'f, 'w>(mine: &'m [(&'f Found<'w>, Comparison)]) -> Option<&'m (&'f Found<'w>, Comparison)> {
    mine.iter().min_by_key(|(found, compared)| {
        let is_disabled = found.webhook.status.is_some_and(|status| status != WebhookStatus::Enabled);
        (compared.grade() == Some(Match::NotTold), is_disabled, &found.webhook.id)
    })
}

/// The others of the same identity; of those that are not told in full nobody knows.
fn others(mine: &[(&Found<'_>, Comparison)], kept: &WebhookId) -> Vec<WebhookId> {
    let told = mine.iter().filter(|(_, compared)| compared.grade() > Some(Match::NotTold));
    let mut ids: Vec<_> = told.map(|(found, _)| found.webhook.id.clone()).filter(|id| id != kept).collect();
    ids.sort();
    ids
}

/// How a webhook of the identity stands.
fn state(webhook: &Webhook, compared: Comparison) -> State {
    match webhook.status {
        Some(WebhookStatus::Enabled) if compared.properties == Match::Different => {
            State::Unverified(Unverified::Properties)
        }
        Some(WebhookStatus::Enabled) if compared.is_told() => State::Delivering,
        Some(WebhookStatus::Enabled) | None => State::Unverified(Unverified::NotTold),
        Some(status) => State::Disabled(status),
    }
}

/// What can be read back and is not as desired.
fn seen_differences(
    identity: &Identity,
    webhook: &NewWebhook,
    found: &Found<'_>,
    compared: Comparison,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if compared.is_mismatch() || compared.properties == Match::Different {
        differences = identity_differences(identity, found);
    }
    if let Some((desired, got)) = webhook.given_description().zip(found.webhook.description.as_deref())
        && desired != got
    {
        differences.push(Difference::differs("description", desired, got));
    }
    differences.extend(found.ignored(identity).map(|(name, value)| Difference {
        field: format!("properties.{name}"),
        kind: DifferenceKind::Ignored,
        desired: None,
        found: Some(value.to_string()),
    }));
    differences
}

/// Event, URL and properties, where they are others.
fn identity_differences(identity: &Identity, found: &Found<'_>) -> Vec<Difference> {
    let compared = identity.compare(found);
    let mut differences = Vec::new();
    if compared.event == Match::Different
        && let Some(event) = &found.webhook.event
    {
        differences.push(Difference::differs("event", &identity.event_text(), event.as_str()));
    }
    if compared.url == Match::Different
        && let Some(url) = &found.webhook.url
    {
        differences.push(Difference::differs("url", identity.url(), url));
    }
    if compared.properties == Match::Different
        && let Some(properties) = &found.webhook.properties
    {
        differences.push(Difference::differs("properties", &identity.properties().to_string(), properties));
    }
    differences
}

fn wait(polls: u32) -> Duration {
    let doubled = 1_u32.checked_shl(polls).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trigger;

    #[test]
    fn a_window_passes_only_when_all_clocks_say_so() {
        const SLEPT: Duration = Duration::from_hours(10);
        let sent_at = SystemTime::UNIX_EPOCH;
        let webhook =
            NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
        for (skipped, ends) in [(Duration::ZERO, true), (SLEPT, false)] {
            let ticket = Ticket::new(&webhook, sent_at);
            let mut machine = Reconciler::<()>::resolve(ticket, ReconcileOptions::default());
            assert!(matches!(machine.next(sent_at), Step::List));
            machine.listed(&[], sent_at);
            assert!(matches!(machine.next(sent_at), Step::Wait(_)));
            machine.skip(skipped);
            let awake = sent_at + SLEPT;
            assert!(matches!(machine.next(awake), Step::List));
            machine.listed(&[], awake);
            assert_eq!(matches!(machine.next(awake), Step::Done), ends, "{skipped:?}");
            let settled = sent_at + skipped + ReconcileOptions::default().consistency_window;
            machine.listed(&[], settled.max(awake));
            assert_eq!(machine.ended(), 1);
        }
    }
}
