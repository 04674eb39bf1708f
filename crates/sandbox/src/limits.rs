//! The quota of an account: strict sliding windows over the arrivals.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::envelope::Answer;

/// A maximum number of calls per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The number of calls.
    pub calls: u32,
    /// The length of the window.
    pub window: Duration,
}

impl Limit {
    /// Creates a limit of `calls` per `seconds`.
    #[must_use]
    pub const fn per_seconds(calls: u32, seconds: u64) -> Self {
        Self { calls, window: Duration::from_secs(seconds) }
    }
}

impl Default for Limit {
    /// 25 calls in 5 s (*documented*).
    fn default() -> Self {
        Self::per_seconds(25, 5)
    }
}

/// The form of a rate-limit answer; all three were *observed*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitForm {
    /// 429, as *documented*.
    #[default]
    TooManyRequests,
    /// 403.
    Forbidden,
    /// 200 with an error in the body.
    Ok,
}

impl RateLimitForm {
    /// Returns the answer; its message is *documented*.
    pub(crate) fn answer(self, calls: u32, window: Duration) -> Answer {
        let status = match self {
            Self::TooManyRequests => 429,
            Self::Forbidden => 403,
            Self::Ok => 200,
        };
        let message = format!("API calls exceeded the limit of {calls} in {} second(s)", window.as_secs());
        Answer::error(status, "MXAPIRateLimitExceededException", &message)
    }
}

/// The arrival times of calls. Refused calls do not count: the sandbox's choice.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    at: VecDeque<Instant>,
}

impl Arrivals {
    /// Counts a call, or returns the limit that is already reached in a window that ends now.
    pub(crate) fn count(&mut self, limits: &[Limit], now: Instant) -> Result<(), Limit> {
        let longest = limits.iter().map(|limit| limit.window).max().unwrap_or_default();
        while self.at.front().is_some_and(|at| now - *at >= longest) {
            self.at.pop_front();
        }
        for limit in limits {
            let held = self.at.iter().rev().take_while(|at| now - **at < limit.window).count();
            if u32::try_from(held).unwrap_or(u32::MAX) >= limit.calls {
                return Err(*limit);
            }
        }
        self.at.push_back(now);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.at.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_half_open_and_every_window_counts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let limits = [Limit::per_seconds(2, 5), Limit::per_seconds(3, 60)];
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.count(&limits, at(0)), Ok(()));
        assert_eq!(arrivals.count(&limits, at(1)), Ok(()));
        assert_eq!(arrivals.count(&limits, at(4)), Err(Limit::per_seconds(2, 5)));
        assert_eq!(arrivals.count(&limits, at(5)), Ok(()));
        assert_eq!(arrivals.count(&limits, at(30)), Err(Limit::per_seconds(3, 60)));
        assert_eq!(arrivals.count(&limits, at(60)), Ok(()));
    }
}
