//! When a call may leave: a pure state machine over sliding windows.
//!
//! A permit comes back one window after the **answer** of the call that held it, not after its
//! send. A server counts a call when it arrives, which is some time between send and answer; so of
//! two calls that share a permit the second arrives a whole window after the first, whatever the
//! network's delays and whatever the server's clock says. No window on the server can then hold
//! more than its limit. A log of send times and a leaky bucket do not have this property: the test
//! `quota` shows both of them break it.
//!
//! Time is an argument everywhere: a [`Duration`] since any fixed moment, by a clock that never
//! goes back.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use leadsquared_webhooks_core::quota::{Poll, Quota, QuotaLimit};
//!
//! let at = Duration::from_secs;
//! let mut quota = Quota::new([QuotaLimit::new(1, at(5))?]);
//! let (first, second) = (quota.join(), quota.join());
//! let Poll::Ready(permit) = quota.poll(&first, at(0)) else { panic!("there is a permit") };
//! assert!(matches!(quota.poll(&second, at(1)), Poll::AfterAnAnswer));
//! quota.answered(permit, at(2));
//! assert!(matches!(quota.poll(&second, at(3)), Poll::At(time) if time == at(7)));
//! assert!(matches!(quota.poll(&second, at(7)), Poll::Ready(_)));
//! # Ok::<(), leadsquared_webhooks_core::quota::InvalidQuotaLimit>(())
//! ```

use std::{collections::BTreeSet, fmt, num::NonZeroU32, str::FromStr, time::Duration};

use crate::rate_limit::RateLimit;

/// How long after a timeout a call may still arrive at the server: its permit is held until the
/// timeout, this bound and a window have passed. Our own bound: nobody can promise one.
pub const LATE_ARRIVAL: Duration = Duration::from_secs(30);

/// So many calls in such a window.
///
/// The default is 25 in 5 s, which every page of this API says (*documented*); plans allow 2 to 25,
/// and 10,000 to 1,000,000 a day. A window of N calls costs some 50 bytes a call: 50 MB for a
/// million a day.
///
/// # Errors
///
/// [`InvalidQuotaLimit`] from `parse` for anything but `CALLS/SECONDS`, both above zero.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::quota::QuotaLimit;
///
/// assert_eq!("25/5".parse(), Ok(QuotaLimit::default()));
/// assert_eq!("10000/86400".parse::<QuotaLimit>()?.to_string(), "10000 calls in 86400 s");
/// assert!("0/5".parse::<QuotaLimit>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::quota::InvalidQuotaLimit>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuotaLimit {
    calls: NonZeroU32,
    window: Duration,
}

impl QuotaLimit {
    /// So many calls in such a window.
    ///
    /// # Errors
    ///
    /// [`InvalidQuotaLimit`] when either is zero.
    pub fn new(calls: u32, window: Duration) -> Result<Self, InvalidQuotaLimit> {
        match NonZeroU32::new(calls) {
            Some(calls) if window > Duration::ZERO => Ok(Self { calls, window }),
            _ => Err(InvalidQuotaLimit { text: format!("{calls}/{}", window.as_secs_f64()) }),
        }
    }

    /// How many calls.
    #[must_use]
    pub const fn calls(self) -> u32 {
        self.calls.get()
    }

    /// How long the window is.
    #[must_use]
    pub const fn window(self) -> Duration {
        self.window
    }
}

impl Default for QuotaLimit {
    fn default() -> Self {
        Self { calls: NonZeroU32::new(25).unwrap_or(NonZeroU32::MIN), window: Duration::from_secs(5) }
    }
}

impl fmt::Display for QuotaLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls in {} s", self.calls, self.window.as_secs_f64())
    }
}

impl FromStr for QuotaLimit {
    type Err = InvalidQuotaLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .and_then(|(calls, seconds)| Some((calls.parse().ok()?, seconds.parse::<u32>().ok()?)))
            .and_then(|(calls, seconds)| Self::new(calls, Duration::from_secs(seconds.into())).ok())
            .ok_or_else(|| InvalidQuotaLimit { text: text.to_owned() })
    }
}

/// A limit of no calls, or of no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a quota; calls/seconds is needed, both above zero, such as 25/5")]
pub struct InvalidQuotaLimit {
    text: String,
}

/// A call that waits in the queue.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a waiter that gives up must leave the queue"]
pub struct Waiter(u64);

impl Waiter {
    /// Its number: ascending in the order of joining, never used twice.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.0
    }
}

/// The right to make one call, to be given back by one of `answered`, `lost` or `unsent`.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is not given back is lost"]
pub struct Permit(());

/// What a waiter is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Poll {
    /// Yours: the call may leave now. The waiter has left the queue.
    Ready(Permit),
    /// Yours, at this time.
    At(Duration),
    /// Yours once a call that is in flight is answered.
    AfterAnAnswer,
    /// Another's, who came before you.
    Behind,
}

/// The state: who waits, who is in flight, and when answers came.
///
/// Each operation takes logarithmic time, amortised, whatever the order in which callers come,
/// leave and are answered.
#[derive(Debug)]
pub struct Quota {
    windows: Vec<Window>,
    waiting: BTreeSet<u64>,
    next_waiter: u64,
    in_flight: usize,
    /// How many permits have been given back or remembered: tells two apart that were in the same
    /// moment.
    ended: u64,
}

/// When the window of a permit began that was given back, and its number.
type Began = (Duration, u64);

/// A limit and the permits that it holds.
#[derive(Debug)]
struct Window {
    length: Duration,
    /// What was configured, or told by a message: the account's plan, which is never exceeded.
    most: NonZeroU32,
    /// As many as `most`, or fewer for the moment.
    calls: NonZeroU32,
    /// When an answer without numbers lowered `calls` last.
    lowered_at: Option<Duration>,
    /// How many answers have come since `calls` changed.
    passed: u32,
    /// The latest permits given back, as many of them as calls in flight leave room for: when the
    /// first of these is over, the next call may leave.
    late: BTreeSet<Began>,
    /// All earlier ones.
    early: BTreeSet<Began>,
}

impl Quota {
    /// A quota that keeps all of these limits at once; without any, every call may leave.
    #[must_use]
    pub fn new(limits: impl IntoIterator<Item = QuotaLimit>) -> Self {
        Self {
            windows: limits.into_iter().map(Window::new).collect(),
            waiting: BTreeSet::new(),
            next_waiter: 0,
            in_flight: 0,
            ended: 0,
        }
    }

    /// The limits as they are now, lowered ones included.
    #[must_use]
    pub fn limits(&self) -> Vec<QuotaLimit> {
        self.windows.iter().map(|window| QuotaLimit { calls: window.calls, window: window.length }).collect()
    }

    /// How many wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many are in flight.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The [number](Waiter::number) of the waiter that is next.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.waiting.first().copied()
    }

    /// Takes the last place in the queue: first come, first served.
    pub fn join(&mut self) -> Waiter {
        let waiter = self.next_waiter;
        self.next_waiter += 1;
        self.waiting.insert(waiter);
        Waiter(waiter)
    }

    /// A waiter leaves the queue.
    #[expect(clippy::needless_pass_by_value, reason = "the waiter is gone afterwards")]
    pub fn leave(&mut self, waiter: Waiter) {
        self.waiting.remove(&waiter.0);
    }

    /// Whether this waiter may go now, or else when to ask again.
    pub fn poll(&mut self, waiter: &Waiter, now: Duration) -> Poll {
        if self.next() != Some(waiter.0) {
            return Poll::Behind;
        }
        let mut free_at = now;
        for window in &mut self.windows {
            match window.free_at(self.in_flight, now) {
                Some(time) => free_at = free_at.max(time),
                None => return Poll::AfterAnAnswer,
            }
        }
        if free_at > now {
            return Poll::At(free_at);
        }
        self.waiting.pop_first();
        self.in_flight += 1;
        Poll::Ready(Permit(()))
    }

    /// The answer came: the permit is back after the window. As calls pass, a limit that was
    /// lowered for the moment recovers.
    pub fn answered(&mut self, permit: Permit, now: Duration) {
        self.end(permit, now);
        for window in &mut self.windows {
            window.pass();
        }
    }

    /// No answer will be read, and the call may yet arrive until [`LATE_ARRIVAL`] has passed: the
    /// permit is back a window after that.
    pub fn lost(&mut self, permit: Permit, now: Duration) {
        self.end(permit, now + LATE_ARRIVAL);
    }

    /// Nothing left: the permit is back at once.
    pub fn unsent(&mut self, Permit(()): Permit) {
        self.in_flight -= 1;
    }

    /// A call that was made elsewhere, as by an earlier run of this program, whose window began
    /// then: it holds a permit.
    pub fn remember(&mut self, began: Duration) {
        let began = (began, self.ended);
        self.ended += 1;
        for window in &mut self.windows {
            window.hold(began);
        }
    }

    /// Believes a rate-limit answer. Nothing is ever raised above what was configured.
    ///
    /// - One that tells calls and seconds tells the account's plan: a known window holds no more
    ///   than that for good, a new window is kept from now on.
    /// - One without these numbers says that the calls were too many for the moment, as when
    ///   another program uses the same account: the shortest window holds half as many, at least
    ///   one, and as many calls as it holds then, answered one after the other without a further
    ///   refusal, give it one back. Of the refusals within one window the first counts, for the
    ///   others are of the same burst.
    pub fn lower(&mut self, told: RateLimit, now: Duration) {
        for window in &mut self.windows {
            window.passed = 0;
        }
        let plan =
            told.calls.zip(told.window).and_then(|(calls, window)| QuotaLimit::new(calls, window).ok());
        match plan {
            Some(plan) => self.keep(plan),
            None => {
                if let Some(shortest) = self.windows.iter_mut().min_by_key(|window| window.length) {
                    shortest.halve(now);
                }
            }
        }
    }

    fn keep(&mut self, plan: QuotaLimit) {
        if let Some(known) = self.windows.iter_mut().find(|window| window.length == plan.window) {
            known.most = known.most.min(plan.calls);
            known.calls = known.calls.min(plan.calls);
            return;
        }
        let mut new = Window::new(plan);
        // What the longest window does not reach any more, nobody knows.
        if let Some(longest) = self.windows.iter().max_by_key(|window| window.length) {
            new.early = longest.early.union(&longest.late).copied().collect();
        }
        self.windows.push(new);
    }

    fn end(&mut self, Permit(()): Permit, began: Duration) {
        self.in_flight -= 1;
        self.remember(began);
    }
}

impl Window {
    fn new(limit: QuotaLimit) -> Self {
        Self {
            length: limit.window,
            most: limit.calls,
            calls: limit.calls,
            lowered_at: None,
            passed: 0,
            late: BTreeSet::new(),
            early: BTreeSet::new(),
        }
    }

    /// When there is a free permit, if no further answer comes; `None` when one must come first.
    fn free_at(&mut self, in_flight: usize, now: Duration) -> Option<Duration> {
        for permits in [&mut self.early, &mut self.late] {
            while permits.first().is_some_and(|(began, _)| began.saturating_add(self.length) <= now) {
                permits.pop_first();
            }
        }
        let room = usize::try_from(self.calls.get()).unwrap_or(usize::MAX).saturating_sub(in_flight);
        while self.late.len() > room {
            self.early.extend(self.late.pop_first());
        }
        while self.late.len() < room
            && let Some(permit) = self.early.pop_last()
        {
            self.late.insert(permit);
        }
        match self.late.first() {
            _ if room == 0 => None,
            Some((began, _)) if self.late.len() == room => Some(began.saturating_add(self.length)),
            _ => Some(now),
        }
    }

    fn hold(&mut self, permit: Began) {
        // No early permit is later than a late one.
        let late = self.late.range(..permit).next().is_some();
        if late {
            self.late.insert(permit)
        } else {
            self.early.insert(permit)
        };
    }

    fn halve(&mut self, now: Duration) {
        if self.lowered_at.is_none_or(|before| now >= before.saturating_add(self.length)) {
            self.lowered_at = Some(now);
            self.calls = NonZeroU32::new(self.calls.get() / 2).unwrap_or(NonZeroU32::MIN);
        }
    }

    fn pass(&mut self) {
        if self.calls == self.most {
            return;
        }
        self.passed += 1;
        if self.passed >= self.calls.get() {
            self.passed = 0;
            self.calls = self.calls.saturating_add(1);
        }
    }
}
