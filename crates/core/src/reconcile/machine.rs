//! Makes each desired webhook of an account exist once: a pure state machine. Time is an argument;
//! a driver makes the calls.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    assign::{assign, taken},
    entry::{Confirm, Desired, Entry, FIRST_WAIT, Phase, Search, Sent},
    identity::{Found, Identity},
    memory::{CodeTable, Memory, Note, Written},
    outcome::{Action, Reconciled, State},
    prune::{Pruned, Pruning, is_there, to_prune},
    step::{CreateEnd, Failed, FailedWhy, Finished, Job, Plan, ReconcileOptions, Step, Waiting},
    ticket::Ticket,
};
use crate::{
    call::outcome::Outcome,
    webhook::{event_code::EventCodes, existing::Webhook, new_webhook::NewWebhook, webhook_id::WebhookId},
};

/// Makes each desired webhook of an account exist once.
///
/// It lists first, creates only what is known not to exist, and reads back what it wrote. A lost
/// response counts as neither success nor failure: it lists again until the webhook appears or the
/// consistency window is over. [`next`](Self::next) returns the next step. Several creates, updates
/// and deletes may be in flight at once; a list runs alone. The result of every call is reported as
/// an event, and every run ends.
///
/// Times are those of [`Clocks`](super::Clocks): `now` and `asked_at` are
/// [`Reading::now`](super::Reading::now); when a write ended or was sent is
/// [`Reading::latest`](super::Reading::latest).
///
/// `E` is the driver's error.
#[derive(Clone, Debug)]
pub struct Reconciler<E> {
    pub(super) entries: Vec<Entry<E>>,
    pub(super) options: ReconcileOptions,
    pub(super) codes: EventCodes,
    pub(super) memory: Memory,
    notes: Vec<Note>,
    /// Entries that need a call now.
    ready: VecDeque<usize>,
    /// Creates of disputed codes that wait until the first one is read back.
    held: VecDeque<usize>,
    /// The create of a disputed code that is sent first.
    alone: Option<usize>,
    in_flight: usize,
    pub(super) started: Option<SystemTime>,
    /// The latest time reported by the driver.
    latest: SystemTime,
    /// When the last list was requested; `None` after the next step.
    listed_at: Option<SystemTime>,
    /// How long the last list took.
    list_took: Duration,
    /// Until when a newly created webhook is not read back.
    fresh_until: SystemTime,
    /// What to prune according to the first list; `None` before it.
    planned_prune: Option<Vec<Webhook>>,
    /// All webhooks on the latest list.
    pub(super) listed: Arc<HashSet<WebhookId>>,
    pruning: Pruning,
    prune: Vec<Pruned<E>>,
    open: Vec<Ticket>,
    list_error: Option<E>,
}

impl<E: Clone> Reconciler<E> {
    /// Starts with a list. The memory is what earlier runs remembered.
    #[must_use]
    pub fn new(desired: Vec<NewWebhook>, options: ReconcileOptions, memory: Memory) -> Self {
        let desired = desired
            .into_iter()
            .map(|webhook| Desired { identity: Identity::of(&webhook), webhook: Some(webhook) });
        Self::start(desired.collect(), options, memory)
    }

    /// Finds the result of a create, without permission to create.
    #[must_use]
    pub fn resolve(ticket: Ticket, mut options: ReconcileOptions) -> Self {
        let desired = Desired { identity: ticket.identity().clone(), webhook: None };
        options.tickets.push(ticket);
        Self::start(vec![desired], options, Memory::default())
    }

    /// Reads back a webhook that was created at this time at the latest.
    #[must_use]
    pub fn verify(webhook: NewWebhook, id: WebhookId, at: SystemTime, options: ReconcileOptions) -> Self {
        let mut this = Self::new(vec![webhook], options, Memory::default());
        if let Some(entry) = this.entries.first_mut() {
            entry.has_written = true;
            entry.own = Some(id.clone());
            entry.phase = Phase::Confirming(Confirm::new(id, Action::Created, at));
        }
        this
    }

    fn start(desired: Vec<Desired>, options: ReconcileOptions, memory: Memory) -> Self {
        let known = memory.codes.and_then(|table| match table {
            CodeTable::Holds(codes) => Some(codes),
            CodeTable::Fails(_) => None,
        });
        Self {
            entries: desired.into_iter().map(Entry::new).collect(),
            codes: options.codes.or(known).unwrap_or_default(),
            memory,
            notes: Vec::new(),
            ready: VecDeque::new(),
            held: VecDeque::new(),
            alone: None,
            in_flight: 0,
            started: None,
            latest: SystemTime::UNIX_EPOCH,
            listed_at: None,
            list_took: Duration::ZERO,
            fresh_until: SystemTime::UNIX_EPOCH,
            planned_prune: None,
            listed: Arc::default(),
            pruning: if options.prune.is_some() { Pruning::Later } else { Pruning::No },
            prune: Vec::new(),
            open: Vec::new(),
            list_error: None,
            options,
        }
    }

    /// The table of event codes that is used.
    #[must_use]
    pub const fn codes(&self) -> EventCodes {
        self.codes
    }

    /// The desired webhooks, in the order given.
    pub fn jobs(&self) -> impl Iterator<Item = Job> + use<E> {
        (0..self.entries.len()).map(Job)
    }

    /// Takes what is to be remembered since the last call. The notes of a create must be stored
    /// before it is sent.
    #[must_use]
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The number of desired webhooks that have ended.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.entries.iter().filter(|entry| entry.has_ended()).count()
    }

    /// The result of a desired webhook; `None` until it has ended.
    #[must_use]
    pub fn result(&self, job: Job) -> Option<&Result<Reconciled, Failed<E>>> {
        match self.entries.get(job.0).map(|entry| &entry.phase) {
            Some(Phase::Ended(result)) => Some(result),
            _ => None,
        }
    }

    /// Returns the next step.
    pub fn next(&mut self, now: SystemTime) -> Step {
        self.begin(now);
        while let Some(index) = self.ready.pop_front() {
            if let Some(step) = self.call(index) {
                self.in_flight += 1;
                return step;
            }
        }
        if self.in_flight > 0 {
            return Step::Idle;
        }
        let mut least: Option<(Duration, Option<Waiting>)> = None;
        for entry in &self.entries {
            let Some(time) = entry.wants_list(now, self.fresh_until) else { continue };
            if time.is_zero() {
                return Step::List;
            }
            if least.as_ref().is_none_or(|(shortest, _)| time < *shortest) {
                least = Some((time, entry.waiting(time, now, self.options.consistency_window)));
            }
        }
        if let Some((time, waiting)) = least {
            // Only once, whatever the clock does.
            self.fresh_until = SystemTime::UNIX_EPOCH;
            return waiting.map_or(Step::Pause(time), Step::Wait);
        }
        self.next_prune()
    }

    /// Takes over the creates of earlier runs, once.
    fn begin(&mut self, now: SystemTime) {
        self.latest = self.latest.max(now);
        if let Some(listed_at) = self.listed_at.take() {
            self.list_took = now.duration_since(listed_at).unwrap_or_default();
        }
        if self.started.is_some() {
            return;
        }
        self.started = Some(now);
        // A create whose end was not recorded may have been sent until now: its sender no longer
        // runs.
        let unended: Vec<_> = self.memory.open.iter().filter(|open| !open.is_ended).cloned().collect();
        for open in unended {
            self.note(Note::Lost(open.ticket.as_of(now).sent_until(now)));
        }
        let earlier = self.memory.open.iter().map(|open| &open.ticket);
        // A send time in the future counts as now.
        let tickets: Vec<_> =
            earlier.chain(&self.options.tickets).map(|ticket| ticket.clone().as_of(now)).collect();
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
            if let Some(known) = ticket.known() {
                match &mut entry.known {
                    Some(all) => all.retain(|id| known.contains(id)),
                    all => *all = Some(known.to_vec()),
                }
            }
            entry.sent_as.push(ticket.identity().clone());
            if let Phase::Searching(search) = &mut entry.phase {
                let later = search.since.take_if(|since| since.ticket.sent_at() >= ticket.sent_at());
                search.since = Some(later.unwrap_or_else(|| Sent::new(ticket)));
            }
        }
    }

    /// The call that an entry needs; `None` when it is not its turn, or when it has ended.
    fn call(&mut self, index: usize) -> Option<Step> {
        let (job, latest) = (Job(index), self.latest);
        if let Some(pruned) = index.checked_sub(self.entries.len()) {
            return self.prune.get(pruned).map(|pruned| Step::Delete(job, pruned.webhook.id.clone()));
        }
        let (holds, fails) = (self.codes_hold(), self.codes_fail());
        let entry = self.entries.get_mut(index)?;
        let is_disputed = entry.is_disputed();
        match &mut entry.phase {
            Phase::ToCreate => {
                let webhook = entry.desired.webhook.clone()?;
                if is_disputed && fails {
                    // The webhook that was created with the wrong code may be this one.
                    entry.phase = Phase::Searching(Search::default());
                    return None;
                }
                if is_disputed && !holds {
                    if self.alone.is_some_and(|first| first != index) {
                        self.held.push_back(index);
                        return None;
                    }
                    self.alone = Some(index);
                }
                entry.creates += 1;
                entry.phase = Phase::Creating(latest);
                let ticket = entry.ticket(latest);
                self.note(Note::Open(ticket));
                Some(Step::Create(job, Box::new(webhook)))
            }
            Phase::Updating { result, webhook, is_sent } => {
                let id = result.id.clone()?;
                if is_disputed && fails {
                    let failed = entry.failed(FailedWhy::CodesUnknown, None, Outcome::NotSent, Some(id));
                    entry.phase = Phase::Ended(Err(failed));
                    return None;
                }
                *is_sent = true;
                let step = Step::Update(job, id.clone(), webhook.clone());
                if self.memory.written(&id).is_some() {
                    self.note(Note::Updating(id));
                }
                Some(step)
            }
            Phase::Deleting { delete, is_sent } => {
                *is_sent = true;
                Some(Step::Delete(job, delete.id().clone()))
            }
            _ => None,
        }
    }

    fn next_prune(&mut self) -> Step {
        match self.pruning {
            Pruning::No => Step::Done,
            Pruning::Later => {
                if self.list_error.is_some() || !self.entries.iter().all(is_there) {
                    self.pruning = Pruning::No;
                    return Step::Done;
                }
                if self.planned_prune.is_some() {
                    self.pruning = Pruning::Listing;
                }
                Step::List
            }
            Pruning::Deleting => {
                let has_failed = |pruned: &Pruned<E>| matches!(pruned.result, Some(Err(_)));
                if self.prune.iter().any(has_failed) {
                    self.pruning = Pruning::CheckingDeletes;
                    return Step::List;
                }
                self.pruning = Pruning::No;
                Step::Done
            }
            Pruning::Listing | Pruning::CheckingDeletes => Step::List,
        }
    }

    /// Handles a list of all webhooks of the account, requested at this time.
    pub fn listed(&mut self, seen: &[Webhook], asked_at: SystemTime) {
        self.listed_at = Some(asked_at);
        let founds: Vec<Found<'_>> = seen.iter().map(Found::new).collect();
        let by_id: HashMap<&WebhookId, &Found<'_>> =
            founds.iter().map(|found| (&found.webhook.id, found)).collect();
        self.listed = Arc::new(seen.iter().map(|webhook| webhook.id.clone()).collect());
        let assigned = assign(&self.entries, &founds, &self.memory.mismatches);
        let taken = taken(&self.entries, &assigned);
        for (index, mine) in assigned.iter().enumerate() {
            let Some(entry) = self.entries.get_mut(index) else { continue };
            let phase = std::mem::replace(&mut entry.phase, Phase::ToCreate);
            let waits_already = phase.wants_call();
            let phase = match phase {
                Phase::Searching(search) => self.found(index, search, mine, &founds, &taken, asked_at),
                // It waited for its turn, and somebody else may have acted first.
                Phase::ToCreate | Phase::Updating { is_sent: false, .. } => {
                    self.found(index, Search::default(), mine, &founds, &taken, asked_at)
                }
                Phase::Confirming(confirm) => self.confirm(index, confirm, mine, &by_id, asked_at),
                Phase::Rereading { winner, loser, .. } => self.reread(index, &winner, loser, mine, asked_at),
                Phase::CheckingDelete(delete) => {
                    match self.after_delete(index, delete, |id| by_id.get(id).copied()) {
                        Phase::Searching(search) => {
                            self.found(index, search, mine, &founds, &taken, asked_at)
                        }
                        Phase::Confirming(confirm) => self.confirm(index, confirm, mine, &by_id, asked_at),
                        other => other,
                    }
                }
                other => other,
            };
            if phase.wants_call() && !waits_already {
                self.ready.push_back(index);
            }
            if let Some(entry) = self.entries.get_mut(index) {
                entry.enter(phase);
            }
        }
        match self.pruning {
            Pruning::Listing => {
                let mut prune = to_prune(&self.entries, &self.options, seen);
                let is_planned =
                    |webhook: &Webhook| self.planned_prune.iter().flatten().any(|one| one == webhook);
                prune.retain(is_planned);
                let first = self.entries.len();
                self.ready.extend(first..first + prune.len());
                self.prune = prune.into_iter().map(|webhook| Pruned { webhook, result: None }).collect();
                self.pruning = Pruning::Deleting;
            }
            Pruning::CheckingDeletes => {
                for number in 0..self.prune.len() {
                    let Some(pruned) = self.prune.get(number) else { continue };
                    if matches!(pruned.result, Some(Err(_))) && !by_id.contains_key(&pruned.webhook.id) {
                        self.pruned(number, Ok(()));
                    }
                }
                self.pruning = Pruning::No;
            }
            Pruning::No | Pruning::Later | Pruning::Deleting => {}
        }
        if self.options.prune.is_some() && self.planned_prune.is_none() {
            let mut would = self.entries.clone();
            for entry in &mut would {
                entry.phase = Phase::Ended(entry.planned());
            }
            self.planned_prune = Some(to_prune(&would, &self.options, seen));
        }
        self.release();
    }

    /// The list failed, or the run is cancelled: nothing more can be learned about this account.
    /// The run ends when the calls in flight have ended.
    pub fn list_failed(&mut self, error: &E, outcome: Outcome) {
        self.list_error = Some(error.clone());
        self.ready.clear();
        self.held.clear();
        // A read changes nothing, even if it is unknown whether it was answered.
        let last = if outcome == Outcome::Refused { Outcome::Refused } else { Outcome::NotSent };
        for entry in &mut self.entries {
            if !entry.phase.is_in_flight() {
                entry.enter(Phase::Ended(entry.stopped(Some(error), last)));
            }
        }
        self.pruning = Pruning::No;
    }

    /// A create has ended, at this time at the latest.
    pub fn created(&mut self, job: Job, end: CreateEnd<E>, at: SystemTime) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.latest = self.latest.max(at);
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        match end {
            CreateEnd::Created(id) => {
                entry.is_lost = false;
                entry.has_written = true;
                entry.own = Some(id.clone());
                self.fresh_until = self.fresh_until.max(at + reads_back_after(self.list_took));
                entry.phase = Phase::Confirming(Confirm::new(id.clone(), Action::Created, at));
                let written = self.options.seal.as_ref().zip(entry.desired.webhook.as_ref());
                if let Some(written) = written.map(|(seal, webhook)| Written::new(id, webhook, seal)) {
                    self.note(Note::Wrote(written));
                }
            }
            CreateEnd::Unknown { error, sent_at } => {
                entry.is_lost = true;
                entry.last_error = Some(error);
                let ticket = entry.ticket(sent_at);
                entry.phase =
                    Phase::Searching(Search { since: Some(Sent::new(ticket.clone())), ..Search::default() });
                self.note(Note::Lost(ticket));
            }
            CreateEnd::Duplicate(error) => {
                entry.last_error = Some(error);
                let since = Some(Sent::new(entry.ticket(at)));
                entry.phase = Phase::Searching(Search { since, is_duplicate: true, ..Search::default() });
                self.close(job.0);
            }
            CreateEnd::Failed { error, outcome } => {
                entry.phase = Phase::Ended(Err(entry.failed(FailedWhy::Call, Some(error), outcome, None)));
                self.close(job.0);
            }
        }
        self.release();
    }

    /// An update has ended, at this time at the latest.
    pub fn updated(&mut self, job: Job, end: Result<(), (E, Outcome)>, at: SystemTime) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.latest = self.latest.max(at);
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        let Phase::Updating { result, webhook, .. } = &entry.phase else { return };
        let Some(id) = result.id.clone() else { return };
        match end {
            Ok(()) => {
                let before = self.memory.written(&id);
                let written = self.options.seal.as_ref().map(|seal| Written {
                    is_created: before.is_some_and(|before| before.is_created),
                    ..Written::new(id.clone(), webhook, seal)
                });
                let differences = result.differences.clone();
                entry.has_written = true;
                entry.phase =
                    Phase::Confirming(Confirm { differences, ..Confirm::new(id, Action::Updated, at) });
                if let Some(written) = written {
                    self.note(Note::Wrote(written));
                }
            }
            Err((error, outcome)) => {
                let failed = entry.failed(FailedWhy::Call, Some(error), outcome, Some(id.clone()));
                entry.phase = Phase::Ended(Err(failed));
                // Nothing was changed: what was written before is still there.
                let before = self.memory.written(&id).filter(|_| outcome != Outcome::Unknown);
                if let Some(before) = before.cloned() {
                    self.note(Note::Wrote(Written { is_updating: false, ..before }));
                }
            }
        }
        self.release();
    }

    /// A delete has ended. If it failed, the next list decides.
    pub fn deleted(&mut self, job: Job, end: Result<(), (E, Outcome)>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(number) = job.0.checked_sub(self.entries.len()) {
            self.pruned(number, end);
            return;
        }
        let Some(entry) = self.entries.get_mut(job.0) else { return };
        let Phase::Deleting { delete, .. } = &entry.phase else { return };
        let delete = delete.clone();
        let phase = match end {
            Ok(()) => self.after_delete(job.0, delete, |_| None),
            Err((error, outcome)) => {
                entry.has_written |= outcome == Outcome::Unknown;
                entry.last_error = Some(error);
                Phase::CheckingDelete(delete)
            }
        };
        if let Some(entry) = self.entries.get_mut(job.0) {
            entry.enter(phase);
        }
        self.release();
    }

    fn pruned(&mut self, number: usize, end: Result<(), (E, Outcome)>) {
        let Some(pruned) = self.prune.get_mut(number) else { return };
        let id = pruned.webhook.id.clone();
        let is_gone = end.is_ok();
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
        if is_gone && self.memory.knows(&id) {
            self.note(Note::Forgot(id));
        }
    }

    /// Releases the creates of disputed codes once it is known how the first one ended.
    fn release(&mut self) {
        let is_over = |index: usize| self.entries.get(index).is_none_or(Entry::has_ended);
        if self.alone.is_some_and(|index| is_over(index) || self.codes_hold() || self.codes_fail()) {
            self.alone = None;
            self.ready.append(&mut self.held);
        }
    }

    pub(super) fn codes_hold(&self) -> bool {
        self.memory.codes == Some(CodeTable::Holds(self.codes))
    }

    pub(super) fn codes_fail(&self) -> bool {
        self.memory.codes == Some(CodeTable::Fails(self.codes))
    }

    /// Marks a create as no longer open.
    pub(super) fn close(&mut self, index: usize) {
        let Some(entry) = self.entries.get(index) else { return };
        let identity = &entry.desired.identity;
        if self.memory.open.iter().any(|open| open.ticket.identity() == identity) {
            let closed = Note::Closed(identity.clone());
            self.note(closed);
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.memory.note(note.clone());
        self.notes.push(note);
    }

    /// Everything that was done. What has not ended, because the run was stopped, is reported with
    /// what is known about it.
    #[must_use]
    pub fn finish(self) -> Finished<E> {
        let webhooks = self.entries.iter().enumerate();
        let webhooks = webhooks.map(|(index, entry)| (Job(index), entry.stopped(None, Outcome::NotSent)));
        let webhooks: Vec<_> = webhooks.collect();
        let first = webhooks.len();
        let is_waiting = |number: usize| self.ready.contains(&(first + number));
        let is_deleting = matches!(self.pruning, Pruning::Deleting);
        let pruned = self.prune.into_iter().enumerate().map(|(number, Pruned { webhook, result })| {
            let result = match result {
                Some(result) => result,
                // Its delete is in flight, or was not sent.
                None => Err(Failed {
                    why: FailedWhy::Call,
                    outcome: if is_deleting && !is_waiting(number) {
                        Outcome::Unknown
                    } else {
                        Outcome::NotSent
                    },
                    error: None,
                    id: Some(webhook.id.clone()),
                    ticket: None,
                }),
            };
            (Job(first + number), webhook, result)
        });
        Finished { webhooks, pruned: pruned.collect(), open: self.open, list_error: self.list_error }
    }

    /// What would be done, according to the list that was read.
    #[must_use]
    pub fn plan(self) -> Plan<E> {
        Plan {
            webhooks: self.entries.iter().map(Entry::planned).collect(),
            prune: self.planned_prune.unwrap_or_default(),
            open: self.open,
        }
    }

    /// How long after it was sent a create may still appear.
    pub(super) const fn window(&self) -> Duration {
        self.options.consistency_window
    }
}

/// How long after a create the list that confirms it is read. Another run that listed shortly
/// before may still have a create in flight, for about as long as a list takes. Four times that, at
/// most one second, leaves room for a slower one: the list then shows both, and one of the runs
/// deletes its own.
fn reads_back_after(list_took: Duration) -> Duration {
    (4 * list_took).min(FIRST_WAIT)
}
