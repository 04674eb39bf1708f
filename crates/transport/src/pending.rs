//! The creates that are under way, and those whose outcome nobody has taken yet.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use leadsquared_webhooks_core::{Identity, NewWebhook, Operation, Outcome, Ticket, WebhookId};
use tokio::sync::Notify;

use crate::{
    client::Created,
    clock::Clock,
    error::{Error, ErrorKind},
};

/// How many outcomes are kept for a caller that never asks: beyond it the oldest go.
const MOST_KEPT: usize = 1024;

/// Which create of a client: ascending, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

impl CallId {
    /// The id with this number, as a store or another language kept it.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A create that is under way, or whose outcome nobody has taken yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCall {
    /// Which one, for [`Client::claim`](crate::Client::claim).
    pub id: CallId,
    /// What was asked for.
    pub webhook: NewWebhook,
    /// When it was asked for.
    pub asked_at: SystemTime,
    /// How far it is.
    pub state: PendingState,
    /// What is needed to find out what became of it, once something may have left and nothing is known.
    pub ticket: Option<Ticket>,
}

/// How far a create is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// It waits for the quota; nothing was sent yet.
    Queued,
    /// It has been let out: an attempt, or a wait between two.
    UnderWay,
    /// It succeeded.
    Created(WebhookId),
    /// It failed, and this much is known.
    Failed(Outcome),
}

impl PendingState {
    /// The stable name: `queued`, `under_way`, `created` or `failed`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::UnderWay => "under_way",
            Self::Created(_) => "created",
            Self::Failed(_) => "failed",
        }
    }
}

/// All of a client's, and whether the quota has let out any call that changes the account.
#[derive(Debug, Default)]
pub(crate) struct Pending(Mutex<Known>, AtomicBool, Notify);

#[derive(Debug, Default)]
struct Known {
    next: u64,
    calls: BTreeMap<CallId, Arc<Call>>,
    /// How many updates and deletes are under way.
    changes: usize,
}

/// An update or a delete that is under way, until this is dropped.
pub(crate) struct Change(Arc<Pending>);

impl Drop for Change {
    fn drop(&mut self) {
        lock(&self.0.0).changes -= 1;
        self.0.2.notify_waiters();
    }
}

#[derive(Debug)]
struct Call {
    webhook: Arc<NewWebhook>,
    clock: Clock,
    asked_at: SystemTime,
    stage: Mutex<Stage>,
    ended: Notify,
}

#[derive(Clone, Debug)]
enum Stage {
    Queued,
    UnderWay,
    Ended(Result<Created, Error>),
}

impl Call {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.stage)
    }

    fn state(&self) -> PendingState {
        match &*self.stage() {
            Stage::Queued => PendingState::Queued,
            Stage::UnderWay => PendingState::UnderWay,
            Stage::Ended(Ok(created)) => PendingState::Created(created.id.clone()),
            Stage::Ended(Err(error)) => PendingState::Failed(error.outcome()),
        }
    }

    /// A ticket for whatever has left by now.
    fn ticket_now(&self) -> Ticket {
        Ticket::new(&self.webhook, self.clock.now())
    }

    fn ticket(&self) -> Option<Ticket> {
        match &*self.stage() {
            Stage::Queued | Stage::Ended(Ok(_)) => None,
            Stage::UnderWay => Some(self.ticket_now()),
            Stage::Ended(Err(error)) => error.ticket().cloned(),
        }
    }

    async fn outcome(&self) -> Result<Created, Error> {
        loop {
            // Made before the look: a notice that comes in between is not missed.
            let notice = self.ended.notified();
            if let Stage::Ended(outcome) = &*self.stage() {
                return outcome.clone();
            }
            notice.await;
        }
    }

    fn has_ended(&self) -> bool {
        matches!(*self.stage(), Stage::Ended(_))
    }
}

impl Pending {
    /// Notes a new create, whose end the returned guard owes.
    pub(crate) fn begin(self: &Arc<Self>, webhook: Arc<NewWebhook>, clock: Clock) -> Running {
        let stage = Mutex::new(Stage::Queued);
        let call =
            Arc::new(Call { webhook, clock, asked_at: SystemTime::now(), stage, ended: Notify::new() });
        let mut calls = lock(&self.0);
        let id = CallId(calls.next);
        calls.next += 1;
        calls.calls.insert(id, Arc::clone(&call));
        Running { pending: Arc::clone(self), id, call, let_out: false }
    }

    pub(crate) fn list(&self) -> Vec<PendingCall> {
        lock(&self.0)
            .calls
            .iter()
            .map(|(id, call)| PendingCall {
                id: *id,
                webhook: NewWebhook::clone(&call.webhook),
                asked_at: call.asked_at,
                state: call.state(),
                ticket: call.ticket(),
            })
            .collect()
    }

    /// Waits for a create to end and takes its outcome. Dropping the future leaves all as it is.
    pub(crate) async fn claim(&self, id: CallId) -> Option<Result<Created, Error>> {
        let call = lock(&self.0).calls.get(&id).map(Arc::clone)?;
        let outcome = call.outcome().await;
        lock(&self.0).calls.remove(&id);
        Some(outcome)
    }

    /// Waits for the end of every create of this identity, whose outcomes stay; their tickets.
    pub(crate) async fn tickets(&self, identity: &Identity) -> Vec<Ticket> {
        let calls: Vec<_> = lock(&self.0)
            .calls
            .values()
            .filter(|call| Identity::of(&call.webhook).overlaps(identity))
            .map(Arc::clone)
            .collect();
        let mut tickets = Vec::new();
        for call in calls {
            match call.outcome().await {
                Ok(_) => tickets.push(call.ticket_now()),
                Err(error) => tickets.extend(error.ticket().cloned()),
            }
        }
        tickets
    }

    /// Forgets these, whose outcome somebody has taken.
    pub(crate) fn release(&self, ids: &[CallId]) {
        let calls = &mut lock(&self.0).calls;
        for id in ids {
            calls.remove(id);
        }
    }

    /// The quota has let out a call that changes the account.
    pub(crate) fn note_change(&self) {
        self.1.store(true, Ordering::Relaxed);
    }

    pub(crate) fn may_have_changed(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }

    /// Notes a new update or delete.
    pub(crate) fn begin_change(self: &Arc<Self>) -> Change {
        lock(&self.0).changes += 1;
        Change(Arc::clone(self))
    }

    /// Waits until no create, update or delete is queued or under way. The outcomes of creates stay.
    pub(crate) async fn settle(&self) {
        loop {
            let changed = self.2.notified();
            let Some(call) = lock(&self.0).calls.values().find(|call| !call.has_ended()).map(Arc::clone)
            else {
                if lock(&self.0).changes == 0 {
                    return;
                }
                changed.await;
                continue;
            };
            let notice = call.ended.notified();
            if !call.has_ended() {
                notice.await;
            }
        }
    }

    /// Drops the oldest kept outcomes beyond the most.
    fn forget(&self) {
        let calls = &mut lock(&self.0).calls;
        if calls.len() <= MOST_KEPT {
            return;
        }
        let ended: Vec<CallId> =
            calls.iter().filter(|(_, call)| call.has_ended()).map(|(id, _)| *id).collect();
        for id in ended.iter().take(ended.len().saturating_sub(MOST_KEPT)) {
            calls.remove(id);
            tracing::warn!(call = id.0, "the outcome of a create was never asked for and is dropped");
        }
    }
}

/// A create that runs; it owes its outcome.
pub(crate) struct Running {
    pending: Arc<Pending>,
    id: CallId,
    call: Arc<Call>,
    let_out: bool,
}

impl Running {
    /// Waits for the outcome and takes it. Dropping the future leaves all as it is.
    pub(crate) fn outcome(&self) -> impl Future<Output = Result<Created, Error>> + Send + use<> {
        let (pending, id, call) = (Arc::clone(&self.pending), self.id, Arc::clone(&self.call));
        async move {
            let outcome = call.outcome().await;
            lock(&pending.0).calls.remove(&id);
            outcome
        }
    }

    /// Waits for the outcome, which stays until it is [released](Pending::release).
    pub(crate) fn kept_outcome(
        &self,
    ) -> (CallId, impl Future<Output = Result<Created, Error>> + Send + use<>) {
        let call = Arc::clone(&self.call);
        (self.id, async move { call.outcome().await })
    }

    /// The quota has let it out.
    pub(crate) fn let_out(&mut self) {
        if !std::mem::replace(&mut self.let_out, true) {
            *self.call.stage() = Stage::UnderWay;
            self.pending.note_change();
        }
    }

    pub(crate) fn end(self, outcome: Result<Created, Error>) {
        self.set_ended(outcome);
    }

    fn set_ended(&self, outcome: Result<Created, Error>) {
        *self.call.stage() = Stage::Ended(outcome);
        self.call.ended.notify_waiters();
        self.pending.forget();
    }
}

impl Drop for Running {
    /// When the task was ended from outside, as by the end of its runtime, what is not known is said to be so.
    fn drop(&mut self) {
        if !self.call.has_ended() {
            let error = Error::new(Operation::Create, ErrorKind::RuntimeEnded { sent: self.let_out });
            self.set_ended(Err(if self.let_out { error.with_ticket(self.call.ticket_now()) } else { error }));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
