//! The quota of an account, shared by every call of every client that holds it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use leadsquared_webhooks_core::{
    RateLimit,
    quota::{Permit, Poll, Quota as State, QuotaLimit, Waiter},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// How long before the handle's creation the clock of the state begins, so that calls of an earlier
/// run have a time on it. Longer than the window of any plan.
const PAST: Duration = Duration::from_hours(48);

/// The quota of an account: a handle that clones share.
///
/// A client creates its own, 25 calls in 5 s by default (*documented*). Pass one handle to several
/// clients of the same account. It counts only the calls of this process: the calls of another
/// process show as rate-limit responses. A response that reports calls and seconds lowers the quota
/// to them permanently. A response without numbers halves the quota temporarily; it recovers as
/// calls are answered, never above its earlier value.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::quota::{Quota, QuotaLimit};
///
/// let quota = Quota::new(["10/5".parse()?, "10000/86400".parse()?]);
/// assert_eq!(quota.limits(), ["10/5".parse::<QuotaLimit>()?, "10000/86400".parse()?]);
/// assert!("10".parse::<QuotaLimit>().is_err());
/// # Ok::<(), leadsquared_webhooks::error::InvalidQuotaLimit>(())
/// ```
#[derive(Clone)]
pub struct Quota(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    epoch: Instant,
}

struct Queue {
    state: State,
    /// The waker of each waiter.
    wakers: HashMap<u64, Arc<Notify>>,
}

impl Queue {
    /// Wakes the next waiter: it may be able to proceed, or to determine how long to wait.
    fn wake(&self) {
        if let Some(waker) = self.state.next().and_then(|number| self.wakers.get(&number)) {
            waker.notify_one();
        }
    }
}

impl Quota {
    /// A quota that enforces all of these limits at once.
    pub fn new(limits: impl IntoIterator<Item = QuotaLimit>) -> Self {
        let queue = Queue { state: State::new(limits), wakers: HashMap::new() };
        Self(Arc::new(Shared { queue: Mutex::new(queue), epoch: Instant::now() }))
    }

    /// No local limit: only the API's responses slow calls down.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new([])
    }

    /// The current limits, including lowered ones.
    #[must_use]
    pub fn limits(&self) -> Vec<QuotaLimit> {
        self.queue().state.limits()
    }

    /// The number of calls that wait for a permit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue().state.waiting()
    }

    /// Waits for a permit, first come, first served. Dropping the future leaves the queue. So does
    /// [`leave`](Self::leave), after which the future never completes.
    pub(crate) async fn acquire(&self, seat: &Seat) -> HeldPermit {
        let waker = {
            let mut queue = self.queue();
            let waiter = queue.state.join();
            if let Poll::Ready(permit) = queue.state.poll(&waiter, self.now()) {
                return self.permit(permit);
            }
            let waker = Arc::new(Notify::new());
            queue.wakers.insert(waiter.number(), Arc::clone(&waker));
            *seat.waiter() = Some(waiter);
            waker
        };
        let waiting = Waiting { quota: self, seat };
        loop {
            match waiting.poll() {
                Poll::Ready(permit) => return self.permit(permit),
                Poll::At(time) => {
                    tokio::select! {
                        () = sleep_until(self.0.epoch + time.saturating_sub(PAST)) => {}
                        () = waker.notified() => {}
                    }
                }
                Poll::AfterAnAnswer | Poll::Behind => waker.notified().await,
            }
        }
    }

    /// Records calls that were made elsewhere, for example by an earlier run of this program, by
    /// the time since they were answered. Each holds a permit until its window is over. For a call
    /// without a known response that may still arrive, pass [`Duration::ZERO`].
    pub fn remember(&self, answered_ago: impl IntoIterator<Item = Duration>) {
        self.change(|state, now| {
            for ago in answered_ago {
                state.remember(now.saturating_sub(ago));
            }
        });
    }

    /// Applies the limit that a rate-limit response reports.
    pub(crate) fn lower(&self, reported: RateLimit) {
        self.change(|state, now| state.lower(reported, now));
    }

    /// Leaves the queue, if this seat holds a waiter.
    pub(crate) fn leave(&self, seat: &Seat) {
        let mut queue = self.queue();
        if let Some(waiter) = seat.waiter().take() {
            queue.wakers.remove(&waiter.number());
            queue.state.leave(waiter);
            queue.wake();
        }
    }

    fn permit(&self, permit: Permit) -> HeldPermit {
        HeldPermit { quota: self.clone(), permit: Some(permit) }
    }

    fn change(&self, change: impl FnOnce(&mut State, Duration)) {
        let mut queue = self.queue();
        change(&mut queue.state, self.now());
        queue.wake();
    }

    fn now(&self) -> Duration {
        PAST + Instant::now().saturating_duration_since(self.0.epoch)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Quota {
    /// 25 calls in 5 s, as stated on every page of this API (*documented*).
    fn default() -> Self {
        Self::new([QuotaLimit::default()])
    }
}

impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quota").field("limits", &self.limits()).field("waiting", &self.waiting()).finish()
    }
}

/// Holds a waiter, so that it can leave the queue from outside. Locked after the queue.
#[derive(Debug, Default)]
pub(crate) struct Seat(Mutex<Option<Waiter>>);

impl Seat {
    fn waiter(&self) -> MutexGuard<'_, Option<Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A waiting call. It leaves the queue on drop.
struct Waiting<'a> {
    quota: &'a Quota,
    seat: &'a Seat,
}

impl Waiting<'_> {
    fn poll(&self) -> Poll {
        let mut queue = self.quota.queue();
        let mut seat = self.seat.waiter();
        let Some(waiter) = &*seat else { return Poll::Behind };
        let number = waiter.number();
        let polled = queue.state.poll(waiter, self.quota.now());
        if matches!(polled, Poll::Ready(_)) {
            *seat = None;
            queue.wakers.remove(&number);
            queue.wake();
        }
        polled
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.quota.leave(self.seat);
    }
}

/// A permit for one call. When it is dropped without a result, the call counts as lost.
pub(crate) struct HeldPermit {
    quota: Quota,
    permit: Option<Permit>,
}

impl HeldPermit {
    pub(crate) fn answered(self) {
        self.give_back(State::answered);
    }

    pub(crate) fn lost(self) {
        self.give_back(State::lost);
    }

    pub(crate) fn unsent(self) {
        self.give_back(|state, permit, _| state.unsent(permit));
    }

    fn give_back(mut self, how: impl FnOnce(&mut State, Permit, Duration)) {
        if let Some(permit) = self.permit.take() {
            self.quota.change(|state, now| how(state, permit, now));
        }
    }
}

impl Drop for HeldPermit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.quota.change(|state, now| state.lost(permit, now));
        }
    }
}
