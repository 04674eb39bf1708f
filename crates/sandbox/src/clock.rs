//! The time of day, which follows Tokio's clock, paused or not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// When something happened.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    /// UTC without a zone, `YYYY-MM-DD HH:MM:SS` (*documented* for the vendor's times).
    pub(crate) on: String,
    /// Which one: it grows with each moment, for the seconds are too coarse to sort by.
    pub(crate) order: u64,
}

/// Tells moments apart.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The start on both clocks; nothing until the first moment, for a sandbox is built outside of a runtime.
    start: Option<(Instant, Timestamp)>,
    told: u64,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self { start: None, told: 0 }
    }

    pub(crate) fn moment(&mut self, at: Instant) -> Moment {
        let (start, timestamp) = *self.start.get_or_insert_with(|| (at, Timestamp::now()));
        let passed = SignedDuration::try_from(at.saturating_duration_since(start)).unwrap_or_default();
        let now = timestamp.checked_add(passed).unwrap_or(timestamp);
        self.told += 1;
        Moment { at, on: now.strftime("%Y-%m-%d %H:%M:%S").to_string(), order: self.told }
    }
}

/// So much later; a delay that no clock holds is as good as for ever.
pub(crate) fn later(at: Instant, delay: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 30);
    at + delay.min(FOR_EVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_no_zone_and_moves_on_with_the_clock_of_the_runtime() {
        let start = Instant::now();
        let mut clock = Clock { start: Some((start, "2026-08-08T23:59:59Z".parse().unwrap())), told: 0 };
        let moments = [0, 0, 1].map(|seconds| clock.moment(start + Duration::from_secs(seconds)));
        assert_eq!(
            moments.map(|moment| (moment.on, moment.order)),
            [
                ("2026-08-08 23:59:59".to_owned(), 1),
                ("2026-08-08 23:59:59".to_owned(), 2),
                ("2026-08-09 00:00:00".to_owned(), 3),
            ]
        );
    }
}
