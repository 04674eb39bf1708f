//! The creates in flight, and those whose outcome has not been taken yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use leadsquared_webhooks_core::{EventName, Identity, NewWebhook, Operation, Outcome, Ticket, WebhookId};
use tokio::sync::Notify;

use crate::{
    call_error::{Error, ErrorKind},
    engine::{
        clock::Clock,
        created::Created,
        gate::{Gate, Stage},
        quota::Quota,
        target,
    },
};

/// The maximum number of known outcomes that are kept until taken. Beyond it, the oldest are
/// dropped.
const MOST_KEPT: usize = 1024;

/// The maximum number of creates with an unknown outcome that are kept until taken.
const MOST_UNKNOWN: usize = 16 * MOST_KEPT;

/// Identifies a create of a client. IDs ascend and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

impl CallId {
    /// The ID with this number, as kept in a store or passed from another language.
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

/// A create that is in flight, or whose outcome has not been taken yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingCall {
    /// The create's ID, for [`Client::take_outcome`](crate::Client::take_outcome) and
    /// [`Client::cancel`](crate::Client::cancel).
    pub id: CallId,
    /// The requested webhook.
    pub webhook: NewWebhook,
    /// When the create was requested.
    pub asked_at: SystemTime,
    /// The state of the create.
    pub state: PendingState,
    /// The ticket with which to resolve the create, while an attempt is in flight or its outcome is
    /// unknown.
    pub ticket: Option<Ticket>,
}

/// The state of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// Waiting for the quota; nothing was sent yet.
    Queued,
    /// Admitted by the quota: an attempt is in flight, or the create waits between two attempts.
    InFlight,
    /// Succeeded, with the ID of the webhook.
    Created(WebhookId),
    /// Failed, with the known outcome.
    Failed(Outcome),
}

impl PendingState {
    /// The stable name: `queued`, `in_flight`, `created` or `failed`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in_flight",
            Self::Created(_) => "created",
            Self::Failed(_) => "failed",
        }
    }
}

/// The result of [`Client::cancel`](crate::Client::cancel).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Cancelled {
    /// The create was removed from the queue: nothing of it was applied, and nothing more of it is
    /// sent. A caller that awaits it gets [`ErrorKind::Cancelled`].
    Withdrawn,
    /// A request was sent, and is in flight or was answered.
    /// [`Client::take_outcome`](crate::Client::take_outcome) returns the outcome. The request is
    /// not sent again.
    AlreadySent,
    /// No such create is pending.
    NoSuchCall,
}

impl Cancelled {
    /// The stable name: `withdrawn`, `already_sent` or `no_such_call`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::AlreadySent => "already_sent",
            Self::NoSuchCall => "no_such_call",
        }
    }
}

/// The pending calls of a client.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    known: Mutex<Known>,
    /// Notified when no call is running any more.
    idle: Notify,
    /// Whether the quota has admitted any call that changes the account.
    has_changed: AtomicBool,
}

#[derive(Debug, Default)]
struct Known {
    next: u64,
    creates: BTreeMap<CallId, Entry>,
    /// The number of creates, updates and deletes that have not ended.
    running: usize,
    /// The creates that have ended and that nobody awaits, grouped by whether their outcome is
    /// known.
    kept: BTreeSet<CallId>,
    unknown: BTreeSet<CallId>,
}

#[derive(Debug)]
struct Entry {
    create: Arc<Create>,
    /// Whether the caller that requested the create still waits.
    awaited: bool,
}

impl Known {
    fn remove(&mut self, id: CallId) {
        self.creates.remove(&id);
        self.kept.remove(&id);
        self.unknown.remove(&id);
    }

    /// Keeps an outcome that nobody awaits, and drops the oldest ones beyond the maximum.
    fn keep(&mut self, id: CallId) {
        let Some(entry) = self.creates.get(&id) else { return };
        match entry.create.outcome.get() {
            Some(Err(error)) if error.may_have_been_applied() => self.unknown.insert(id),
            Some(_) => self.kept.insert(id),
            None => return,
        };
        if self.kept.len() > MOST_KEPT
            && let Some(oldest) = self.kept.pop_first()
        {
            self.creates.remove(&oldest);
            tracing::warn!(target: target::PENDING, call = oldest.0, "the outcome of a create was never asked for and is dropped");
        }
        if self.unknown.len() > MOST_UNKNOWN
            && let Some(oldest) = self.unknown.pop_first()
            && let Some(entry) = self.creates.remove(&oldest)
        {
            entry.create.report();
        }
    }
}

/// An update or a delete, which counts as running until this is dropped.
pub(crate) struct Change(Arc<Pending>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.ended(&mut self.0.known());
    }
}

#[derive(Debug)]
struct Create {
    webhook: Arc<NewWebhook>,
    clock: Clock,
    asked_at: SystemTime,
    gate: Arc<Gate>,
    outcome: OnceLock<Result<Created, Error>>,
    ended: Notify,
}

impl Create {
    fn state(&self) -> PendingState {
        match self.outcome.get() {
            Some(Ok(created)) => PendingState::Created(created.id.clone()),
            Some(Err(error)) => PendingState::Failed(error.outcome()),
            None => match self.gate.look() {
                (Stage::Waiting, attempts) if attempts.is_empty() => PendingState::Queued,
                _ => PendingState::InFlight,
            },
        }
    }

    /// A ticket for every attempt sent so far.
    fn ticket_now(&self) -> Ticket {
        Ticket::new(&self.webhook, self.clock.latest())
    }

    fn ticket(&self) -> Option<Ticket> {
        match self.outcome.get() {
            Some(Ok(_)) => None,
            Some(Err(error)) => error.ticket().cloned(),
            None => (self.gate.look().0 != Stage::Waiting).then(|| self.ticket_now()),
        }
    }

    async fn outcome(&self) -> Result<Created, Error> {
        loop {
            // Registered before the check, so that a notification in between is not missed.
            let notice = self.ended.notified();
            if let Some(outcome) = self.outcome.get() {
                return outcome.clone();
            }
            notice.await;
        }
    }

    fn cancelled(&self) -> Error {
        Error::new(Operation::Create, ErrorKind::Cancelled).after(self.gate.look().1)
    }

    /// Logs what is needed to find the webhook by hand. A URL's query may contain a secret.
    fn report(&self) {
        let Some(ticket) = self.ticket() else { return };
        let event = ticket.identity().event().map(EventName::as_str);
        let url = ticket.identity().url().split(['?', '#']).next();
        let sent_at_ms =
            ticket.sent_at().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        tracing::error!(
            target: target::PENDING,
            event,
            url,
            %sent_at_ms,
            "a create whose outcome is unknown was never asked for and is dropped; check whether the webhook exists"
        );
    }
}

impl Pending {
    /// Registers a new create. The returned guard must report its end.
    pub(crate) fn begin(self: &Arc<Self>, webhook: Arc<NewWebhook>, clock: Clock, quota: Quota) -> Running {
        let create = Arc::new(Create {
            webhook,
            clock,
            asked_at: SystemTime::now(),
            gate: Arc::new(Gate::new(Operation::Create, quota)),
            outcome: OnceLock::new(),
            ended: Notify::new(),
        });
        let mut known = self.known();
        let id = CallId(known.next);
        known.next += 1;
        known.running += 1;
        known.creates.insert(id, Entry { create: Arc::clone(&create), awaited: true });
        drop(known);
        Running { pending: Arc::clone(self), id, create }
    }

    pub(crate) fn list(&self) -> Vec<PendingCall> {
        self.known()
            .creates
            .iter()
            .map(|(id, Entry { create, awaited: _ })| PendingCall {
                id: *id,
                webhook: NewWebhook::clone(&create.webhook),
                asked_at: create.asked_at,
                state: create.state(),
                ticket: create.ticket(),
            })
            .collect()
    }

    /// Waits for a create to end and takes its outcome. Dropping the future changes nothing.
    pub(crate) async fn take_outcome(&self, id: CallId) -> Option<Result<Created, Error>> {
        let create = self.get(id)?;
        let outcome = create.outcome().await;
        self.known().remove(id);
        Some(outcome)
    }

    pub(crate) fn cancel(&self, id: CallId) -> Cancelled {
        let mut known = self.known();
        let Some(create) = known.creates.get(&id).map(|entry| Arc::clone(&entry.create)) else {
            return Cancelled::NoSuchCall;
        };
        if self.withdraw(&mut known, id, &create) {
            return Cancelled::Withdrawn;
        }
        match create.outcome.get() {
            // It was never sent, and never will be.
            Some(Err(error)) if error.outcome() == Outcome::NotSent => {
                known.remove(id);
                Cancelled::Withdrawn
            }
            _ => Cancelled::AlreadySent,
        }
    }

    /// Waits until every create of this identity has ended, and returns their tickets. The outcomes
    /// stay.
    pub(crate) async fn tickets(&self, identity: &Identity) -> Vec<Ticket> {
        let creates: Vec<_> = self
            .known()
            .creates
            .values()
            .filter(|entry| Identity::of(&entry.create.webhook).overlaps(identity))
            .map(|entry| Arc::clone(&entry.create))
            .collect();
        let mut tickets = Vec::new();
        for create in creates {
            match create.outcome().await {
                Ok(_) => tickets.push(create.ticket_now()),
                Err(error) => tickets.extend(error.ticket().cloned()),
            }
        }
        tickets
    }

    /// Removes these creates, whose outcomes were taken.
    pub(crate) fn release(&self, ids: &[CallId]) {
        let mut known = self.known();
        for id in ids {
            known.remove(*id);
        }
    }

    /// Records that the quota has admitted a call that changes the account.
    pub(crate) fn note_change(&self) {
        self.has_changed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn may_have_changed(&self) -> bool {
        self.has_changed.load(Ordering::Relaxed)
    }

    /// Registers a new update or delete.
    pub(crate) fn begin_change(self: &Arc<Self>) -> Change {
        self.known().running += 1;
        Change(Arc::clone(self))
    }

    /// Waits until no create, update or delete is queued or in flight. The outcomes of creates
    /// stay.
    pub(crate) async fn drain(&self) {
        loop {
            let idle = self.idle.notified();
            if self.known().running == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Withdraws a create at its gate, if possible: the create is removed, and other waiters get an
    /// error. This runs under the lock of `known`, because a caller that sees the create leave the
    /// quota's queue may list the pending creates next.
    fn withdraw(&self, known: &mut Known, id: CallId, create: &Create) -> bool {
        if !create.gate.withdraw() {
            return false;
        }
        let _ = create.outcome.set(Err(create.cancelled()));
        create.ended.notify_waiters();
        known.remove(id);
        self.ended(known);
        true
    }

    /// Called when the caller that requested a create no longer waits.
    fn leave(&self, id: CallId, create: &Create) {
        let mut known = self.known();
        if self.withdraw(&mut known, id, create) {
            return;
        }
        if let Some(entry) = known.creates.get_mut(&id) {
            entry.awaited = false;
        }
        known.keep(id);
    }

    /// Called when a running call has ended.
    fn ended(&self, known: &mut Known) {
        known.running -= 1;
        if known.running == 0 {
            self.idle.notify_waiters();
        }
    }

    fn get(&self, id: CallId) -> Option<Arc<Create>> {
        self.known().creates.get(&id).map(|entry| Arc::clone(&entry.create))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running create, which must report its outcome.
pub(crate) struct Running {
    pending: Arc<Pending>,
    id: CallId,
    create: Arc<Create>,
}

impl Running {
    pub(crate) fn gate(&self) -> &Gate {
        &self.create.gate
    }

    /// Waits for the outcome and takes it. Dropping the future withdraws the create, or leaves its
    /// outcome to be taken later.
    pub(crate) fn outcome(&self) -> impl Future<Output = Result<Created, Error>> + Send + use<> {
        let waiter = self.waiter();
        async move {
            let outcome = waiter.create.outcome().await;
            waiter.pending.known().remove(waiter.id);
            outcome
        }
    }

    /// Waits for the outcome, which stays until it is [released](Pending::release). Dropping the
    /// future withdraws the create, or leaves its outcome to be taken later.
    pub(crate) fn kept_outcome(
        &self,
    ) -> (CallId, impl Future<Output = Result<Created, Error>> + Send + use<>) {
        let waiter = self.waiter();
        (self.id, async move { waiter.create.outcome().await })
    }

    fn waiter(&self) -> Waiter {
        Waiter { pending: Arc::clone(&self.pending), id: self.id, create: Arc::clone(&self.create) }
    }

    pub(crate) fn end(self, outcome: Result<Created, Error>) {
        self.set_ended(outcome);
    }

    fn set_ended(&self, outcome: Result<Created, Error>) {
        if !self.create.gate.close() {
            return;
        }
        let _ = self.create.outcome.set(outcome);
        self.create.ended.notify_waiters();
        let mut known = self.pending.known();
        if known.creates.get(&self.id).is_some_and(|entry| !entry.awaited) {
            known.keep(self.id);
        }
        self.pending.ended(&mut known);
    }
}

impl Drop for Running {
    /// When the task was aborted, for example because its runtime shut down, an outcome that is not
    /// known is reported as unknown.
    fn drop(&mut self) {
        let Some((sent, attempts)) = self.create.gate.interrupted() else { return };
        let error = Error::new(Operation::Create, ErrorKind::RuntimeEnded { sent }).after(attempts);
        self.set_ended(Err(if sent { error.with_ticket(self.create.ticket_now()) } else { error }));
    }
}

/// The caller that requested a create and awaits it.
struct Waiter {
    pending: Arc<Pending>,
    id: CallId,
    create: Arc<Create>,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.pending.leave(self.id, &self.create);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        hint, io,
        pin::pin,
        task::{Context, Waker},
        thread,
    };

    use bytes::Bytes;
    use http_body::Body;
    use leadsquared_webhooks_core::Trigger;

    use super::*;
    use crate::{engine::quota::Seat, net::send_state::SendState};

    const URL: &str = "https://example.com/hooks?token=canary";

    fn begin(pending: &Arc<Pending>) -> Running {
        begin_with(pending, Quota::unlimited())
    }

    fn begin_with(pending: &Arc<Pending>, quota: Quota) -> Running {
        let webhook = NewWebhook::builder(URL.parse().unwrap(), Trigger::LeadCreate).build();
        pending.begin(Arc::new(webhook), Clock::default(), quota)
    }

    /// A create that was sent and that nobody awaits.
    fn sent_and_left(pending: &Arc<Pending>) -> Running {
        let (running, send_state) = (begin(pending), SendState::default());
        let waiting = running.outcome();
        assert!(running.gate().admit(&send_state));
        let mut body = send_state.body(Bytes::from_static(b"{}"));
        assert!(pin!(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())).is_ready());
        drop(waiting);
        running
    }

    fn refused() -> Result<Created, Error> {
        Err(Error::new(Operation::Create, ErrorKind::Unrecorded))
    }

    fn unknown(running: &Running) -> Result<Created, Error> {
        let error = Error::new(Operation::Create, ErrorKind::Interrupted);
        Err(error.with_ticket(running.create.ticket_now()))
    }

    fn count(pending: &Pending, outcome: Outcome) -> usize {
        pending.list().iter().filter(|call| call.state == PendingState::Failed(outcome)).count()
    }

    #[tokio::test]
    async fn what_left_the_queue_of_the_quota_is_not_pending_any_more() {
        let quota = Quota::new(["1/5".parse().unwrap()]);
        let _permit = quota.acquire(&Seat::default()).await;
        for _ in 0..2000 {
            let pending = Arc::default();
            let running = begin_with(&pending, quota.clone());
            let waiting = running.outcome();
            let mut queued = pin!(quota.acquire(running.gate().seat()));
            assert!(queued.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            thread::scope(|scope| {
                let left = scope.spawn(|| {
                    while quota.waiting() > 0 {
                        hint::spin_loop();
                    }
                    pending.list()
                });
                drop(waiting);
                assert_eq!(left.join().unwrap(), []);
            });
        }
    }

    #[test]
    fn beyond_the_most_the_oldest_known_outcomes_go_and_the_unknown_ones_stay() {
        let pending = Arc::default();
        for _ in 0..MOST_KEPT + 100 {
            let running = sent_and_left(&pending);
            let outcome = unknown(&running);
            running.end(outcome);
            sent_and_left(&pending).end(refused());
        }
        assert_eq!(count(&pending, Outcome::NotSent), MOST_KEPT);
        assert_eq!(count(&pending, Outcome::Unknown), MOST_KEPT + 100);
        // The creates with even numbers are unknown; 100 of the odd ones were dropped.
        let gone: Vec<_> = (0..300).filter(|id| pending.get(CallId(*id)).is_none()).collect();
        assert_eq!(gone, (0..100).map(|call| 2 * call + 1).collect::<Vec<_>>());
    }

    #[test]
    fn an_outcome_that_is_waited_for_is_no_kept_one() {
        let pending = Arc::default();
        let creates: Vec<_> = (0..2 * MOST_KEPT)
            .map(|_| {
                let running = begin(&pending);
                let (_, waiting) = running.kept_outcome();
                running.end(refused());
                waiting
            })
            .collect();
        assert_eq!(pending.list().len(), 2 * MOST_KEPT);
        drop(creates);
        assert_eq!(pending.list().len(), MOST_KEPT);
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_unknown_outcome_beyond_the_most_is_reported_with_what_is_needed_to_look_for_it() {
        let (pending, log) = (Arc::default(), Log::default());
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..=MOST_UNKNOWN {
                let running = sent_and_left(&pending);
                let outcome = unknown(&running);
                running.end(outcome);
            }
        });
        assert_eq!(count(&pending, Outcome::Unknown), MOST_UNKNOWN);
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 1, "{log}");
        for part in
            ["ERROR", "check whether the webhook exists", "Lead_Post_Create", "https://example.com/hooks\""]
        {
            assert!(log.contains(part), "{part} is not in {log}");
        }
        assert!(!log.contains("canary"), "{log}");
    }
}
