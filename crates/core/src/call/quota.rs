//! Decides when a call may be sent: a pure state machine over sliding windows.
//!
//! A permit comes back one window after the **response** to the call that held it, not after its
//! send. A server counts a call when it arrives, which is between send and response. Of two calls
//! that share a permit, the second therefore arrives a whole window after the first, whatever the
//! network's delays and the server's clock. No window on the server can then contain more calls
//! than its limit. A log of send times and a leaky bucket do not have this property: the test
//! `quota` shows both of them break it.
//!
//! Time is an argument everywhere: a [`Duration`] since any fixed moment, by a monotonic clock.
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

use crate::call::rate_limit::RateLimit;

/// How long after a timeout a call may still arrive at the server. Its permit is held until the
/// timeout, this bound and a window have passed. The bound is chosen by this library, because none
/// is guaranteed.
pub const LATE_ARRIVAL: Duration = Duration::from_secs(30);

/// A limit on the number of calls in a time window.
///
/// The default is 25 in 5 s, which every page of this API says (*documented*); plans allow 2 to 25,
/// and 10,000 to 1,000,000 a day. A window of N calls uses about 50 bytes per call: 50 MB for a
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
    /// A limit of `calls` per `window`.
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

    /// The number of calls.
    #[must_use]
    pub const fn calls(self) -> u32 {
        self.calls.get()
    }

    /// The length of the window.
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

/// The error for a limit of zero calls or of a zero window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a quota; calls/seconds is needed, both above zero, such as 25/5")]
pub struct InvalidQuotaLimit {
    text: String,
}

/// A call that is waiting in the queue.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a waiter that gives up must leave the queue"]
pub struct Waiter(u64);

impl Waiter {
    /// The waiter's number: ascending in the order of joining, never reused.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.0
    }
}

/// The right to make one call, to be returned by one of `answered`, `lost` or `unsent`.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit that is not given back is lost"]
pub struct Permit(());

/// The result of polling a waiter.
#[derive(Debug, PartialEq, Eq)]
pub enum Poll {
    /// The call may be sent now. The waiter has left the queue.
    Ready(Permit),
    /// The call may be sent at this time.
    At(Duration),
    /// The call may be sent once a call in flight is answered.
    AfterAnAnswer,
    /// Another waiter is ahead in the queue.
    Behind,
}

/// The state of a quota: waiting calls, calls in flight, and the times of responses.
///
/// Each operation takes amortised logarithmic time, in whatever order calls join, leave and are
/// answered.
#[derive(Debug)]
pub struct Quota {
    windows: Vec<Window>,
    waiting: BTreeSet<u64>,
    next_waiter: u64,
    in_flight: usize,
    /// The number of permits returned or remembered so far, to distinguish those with equal times.
    ended: u64,
}

/// When the window of a returned permit began, and the permit's number.
type Began = (Duration, u64);

/// A limit and the permits that it holds.
#[derive(Debug)]
struct Window {
    length: Duration,
    /// The configured limit, or the one that a message reported: the account's plan, which is never
    /// exceeded.
    most: NonZeroU32,
    /// Equal to `most`, or temporarily lower.
    calls: NonZeroU32,
    /// When a response without numbers last lowered `calls`.
    lowered_at: Option<Duration>,
    /// The number of responses since `calls` changed.
    passed: u32,
    /// The latest returned permits, as many as calls in flight leave room for: when the first of
    /// them expires, the next call may be sent.
    late: BTreeSet<Began>,
    /// All earlier permits.
    early: BTreeSet<Began>,
}

impl Quota {
    /// A quota that enforces all of these limits at once; without any, every call may be sent.
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

    /// The current limits, lowered ones included.
    #[must_use]
    pub fn limits(&self) -> Vec<QuotaLimit> {
        self.windows.iter().map(|window| QuotaLimit { calls: window.calls, window: window.length }).collect()
    }

    /// The number of calls waiting.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The number of calls in flight.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The [number](Waiter::number) of the next waiter.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.waiting.first().copied()
    }

    /// Joins the end of the queue: first come, first served.
    pub fn join(&mut self) -> Waiter {
        let waiter = self.next_waiter;
        self.next_waiter += 1;
        self.waiting.insert(waiter);
        Waiter(waiter)
    }

    /// Removes a waiter from the queue.
    #[expect(clippy::needless_pass_by_value, reason = "the waiter is gone afterwards")]
    pub fn leave(&mut self, waiter: Waiter) {
        self.waiting.remove(&waiter.0);
    }

    /// Whether the call of this waiter may be sent now, or else when to poll again.
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

    /// The response came: the permit comes back after the window. As calls are answered, a
    /// temporarily lowered limit recovers.
    pub fn answered(&mut self, permit: Permit, now: Duration) {
        self.end(permit, now);
        for window in &mut self.windows {
            window.pass();
        }
    }

    /// No response will be read, and the call may still arrive until [`LATE_ARRIVAL`] has passed:
    /// the permit comes back a window after that.
    pub fn lost(&mut self, permit: Permit, now: Duration) {
        self.end(permit, now + LATE_ARRIVAL);
    }

    /// Nothing was sent: the permit comes back at once.
    pub fn unsent(&mut self, Permit(()): Permit) {
        self.in_flight -= 1;
    }

    /// Holds a permit for a call that was made elsewhere, such as by an earlier run of this
    /// program, and whose window began at `began`.
    pub fn remember(&mut self, began: Duration) {
        let began = (began, self.ended);
        self.ended += 1;
        for window in &mut self.windows {
            window.hold(began);
        }
    }

    /// Applies a rate-limit response. No limit is ever raised above the configured one.
    ///
    /// - A response with calls and seconds reports the account's plan: a known window is
    ///   permanently limited to that, a new window is enforced from now on.
    /// - A response without these numbers means that there were too many calls at the moment, for
    ///   example because another program uses the same account. The shortest window is halved, to
    ///   at least one call. It regains one call whenever as many calls as it then allows are
    ///   answered in a row without a further refusal. Of the refusals within one window only the
    ///   first counts, because the others belong to the same burst.
    pub fn lower(&mut self, reported: RateLimit, now: Duration) {
        for window in &mut self.windows {
            window.passed = 0;
        }
        let plan = reported
            .calls
            .zip(reported.window)
            .and_then(|(calls, window)| QuotaLimit::new(calls, window).ok());
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
        // Calls before the longest window are unknown.
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

    /// When a permit is free, if no further response comes; `None` when one must come first.
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
