//! When a call may leave: a pure state machine over sliding windows.
//!
//! A slot comes back one window after the **answer** of the call that held it, not after its send. A server counts a call
//! when it arrives, which is some time between send and answer; so of two calls that share a slot the second arrives a
//! whole window after the first, whatever the network's delays and whatever the server's clock says. No window on the
//! server can then hold more than its limit. A log of send times and a leaky bucket do not have this property: the test
//! `quota` shows both of them break it.
//!
//! Time is an argument everywhere: a [`Duration`] since any fixed moment, by a clock that never goes back.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use leadsquared_webhooks_core::quota::{Quota, QuotaLimit, Turn};
//!
//! let at = Duration::from_secs;
//! let mut quota = Quota::new([QuotaLimit::new(1, at(5))?]);
//! let (first, second) = (quota.join(), quota.join());
//! let Turn::Go(slot) = quota.poll(&first, at(0)) else { panic!("there is a slot") };
//! assert!(matches!(quota.poll(&second, at(1)), Turn::AfterAnAnswer));
//! quota.answered(slot, at(2));
//! assert!(matches!(quota.poll(&second, at(3)), Turn::At(time) if time == at(7)));
//! assert!(matches!(quota.poll(&second, at(7)), Turn::Go(_)));
//! # Ok::<(), leadsquared_webhooks_core::quota::InvalidQuotaLimit>(())
//! ```

use std::{collections::VecDeque, fmt, num::NonZeroU32, str::FromStr, time::Duration};

use crate::rate_limit::RateLimit;

/// How long after a timeout a call may still arrive at the server: its slot is held until the timeout, this bound and a
/// window have passed. Our own bound: nobody can promise one.
pub const LATE_ARRIVAL: Duration = Duration::from_secs(30);

/// So many calls in such a window.
///
/// The default is 25 in 5 s, which every page of this API says (*documented*); plans allow 2 to 25, and 10,000 to
/// 1,000,000 a day. A window of N calls costs 16 bytes a call: 16 MB for a million a day.
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

/// A place in the queue.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a place that is given up must be left"]
pub struct Place(u64);

impl Place {
    /// Its number: ascending in the order of joining, never used twice.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.0
    }
}

/// The right to make one call, to be given back by one of `answered`, `lost` or `unsent`.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a slot that is not given back is lost"]
pub struct Slot(());

/// Whose turn it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Yours: the call may leave now. The place is left.
    Go(Slot),
    /// Yours, at this time.
    At(Duration),
    /// Yours once a call that is under way is answered.
    AfterAnAnswer,
    /// Another's, who came before you.
    Behind,
}

/// The state: who waits, who is under way, and when answers came.
#[derive(Debug)]
pub struct Quota {
    limits: Vec<QuotaLimit>,
    waiting: VecDeque<u64>,
    next_place: u64,
    under_way: usize,
    /// When each slot's window began, in ascending order, as far back as the longest window reaches.
    ended: VecDeque<Duration>,
}

impl Quota {
    /// A quota that keeps all of these limits at once; without any, every call may leave.
    #[must_use]
    pub fn new(limits: impl IntoIterator<Item = QuotaLimit>) -> Self {
        Self {
            limits: limits.into_iter().collect(),
            waiting: VecDeque::new(),
            next_place: 0,
            under_way: 0,
            ended: VecDeque::new(),
        }
    }

    /// The limits as they are now, lowered ones included.
    #[must_use]
    pub fn limits(&self) -> &[QuotaLimit] {
        &self.limits
    }

    /// How many wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many are under way.
    #[must_use]
    pub const fn under_way(&self) -> usize {
        self.under_way
    }

    /// The [number](Place::number) of the place whose turn is next.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.waiting.front().copied()
    }

    /// Takes the last place in the queue: first come, first served.
    pub fn join(&mut self) -> Place {
        let place = self.next_place;
        self.next_place += 1;
        self.waiting.push_back(place);
        Place(place)
    }

    /// Gives a place up.
    #[expect(clippy::needless_pass_by_value, reason = "the place is gone afterwards")]
    pub fn leave(&mut self, place: Place) {
        self.waiting.retain(|waiting| *waiting != place.0);
    }

    /// Whether this place may go now, or else when to ask again.
    pub fn poll(&mut self, place: &Place, now: Duration) -> Turn {
        if self.waiting.front() != Some(&place.0) {
            return Turn::Behind;
        }
        self.forget(now);
        let mut free_at = now;
        for limit in &self.limits {
            match self.free_at(*limit, now) {
                Some(time) => free_at = free_at.max(time),
                None => return Turn::AfterAnAnswer,
            }
        }
        if free_at > now {
            return Turn::At(free_at);
        }
        self.waiting.pop_front();
        self.under_way += 1;
        Turn::Go(Slot(()))
    }

    /// The answer came: the slot is back after the window.
    pub fn answered(&mut self, slot: Slot, now: Duration) {
        self.end(slot, now);
    }

    /// No answer will be read, and the call may yet arrive until [`LATE_ARRIVAL`] has passed: the slot is back a window
    /// after that.
    pub fn lost(&mut self, slot: Slot, now: Duration) {
        self.end(slot, now + LATE_ARRIVAL);
    }

    /// Nothing left: the slot is back at once.
    pub fn unsent(&mut self, Slot(()): Slot) {
        self.under_way -= 1;
    }

    /// A call that was made elsewhere, as by an earlier run of this program, whose window began then: it holds a slot.
    pub fn remember(&mut self, began: Duration) {
        let index = self.ended.partition_point(|earlier| *earlier <= began);
        self.ended.insert(index, began);
    }

    /// Believes what a rate-limit answer tells: a known window holds no more than it says, a new window is kept from now
    /// on. Nothing is ever raised.
    pub fn lower(&mut self, told: RateLimit) {
        let (Some(calls), Some(window)) = (told.calls, told.window) else { return };
        let Ok(told) = QuotaLimit::new(calls, window) else { return };
        match self.limits.iter_mut().find(|limit| limit.window == told.window) {
            Some(limit) => limit.calls = limit.calls.min(told.calls),
            None => self.limits.push(told),
        }
    }

    fn end(&mut self, Slot(()): Slot, began: Duration) {
        self.under_way -= 1;
        self.remember(began);
    }

    /// Drops what no window reaches any more.
    fn forget(&mut self, now: Duration) {
        let longest = self.limits.iter().map(|limit| limit.window).max().unwrap_or_default();
        let gone = self.ended.partition_point(|began| *began + longest <= now);
        self.ended.drain(..gone);
    }

    /// When this limit has a free slot, if no further answer comes; `None` when one must come first.
    fn free_at(&self, limit: QuotaLimit, now: Duration) -> Option<Duration> {
        let capacity = usize::try_from(limit.calls.get()).unwrap_or(usize::MAX);
        let expired = self.ended.partition_point(|began| *began + limit.window <= now);
        let held = self.ended.len() - expired;
        let Some(excess) = (self.under_way + held + 1).checked_sub(capacity).filter(|excess| *excess > 0)
        else {
            return Some(now);
        };
        self.ended.get(expired + excess - 1).map(|began| *began + limit.window)
    }
}
