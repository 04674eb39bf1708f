//! Wall-clock time that follows Tokio's clock, paused or not.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

/// The time of an event.
#[derive(Clone, Debug)]
pub(crate) struct Timestamp {
    pub(crate) at: Instant,
    /// UTC without a zone, `YYYY-MM-DD HH:MM:SS` (*documented* for LeadSquared's times).
    pub(crate) on: String,
    /// A sequence number, because whole seconds are too coarse to sort by.
    pub(crate) order: u64,
}

/// Issues ordered timestamps.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The start on both clocks; `None` until the first timestamp, because a sandbox is built
    /// outside a runtime.
    start: Option<(Instant, jiff::Timestamp)>,
    given: u64,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self { start: None, given: 0 }
    }

    pub(crate) fn timestamp(&mut self, at: Instant) -> Timestamp {
        let (start, timestamp) = *self.start.get_or_insert_with(|| (at, jiff::Timestamp::now()));
        let passed = SignedDuration::try_from(at.saturating_duration_since(start)).unwrap_or_default();
        let now = timestamp.checked_add(passed).unwrap_or(timestamp);
        self.given += 1;
        Timestamp { at, on: now.strftime("%Y-%m-%d %H:%M:%S").to_string(), order: self.given }
    }
}

/// Returns `at` plus `delay`, limited to 30 years because no clock holds every delay.
pub(crate) fn later(at: Instant, delay: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 30);
    at + delay.min(FOR_EVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_has_no_zone_and_moves_on_with_the_clock_of_the_runtime() {
        let start = Instant::now();
        let mut clock = Clock { start: Some((start, "2026-08-08T23:59:59Z".parse().unwrap())), given: 0 };
        let timestamps = [0, 0, 1].map(|seconds| clock.timestamp(start + Duration::from_secs(seconds)));
        assert_eq!(
            timestamps.map(|one| (one.on, one.order)),
            [
                ("2026-08-08 23:59:59".to_owned(), 1),
                ("2026-08-08 23:59:59".to_owned(), 2),
                ("2026-08-09 00:00:00".to_owned(), 3),
            ]
        );
    }
}
