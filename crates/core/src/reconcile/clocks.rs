//! The time of a run, by two clocks of which neither is right alone.

use std::time::{Duration, SystemTime};

/// The time of a run by the wall's clock, which may be set, and by a steady one, which may stand while the machine sleeps.
///
/// A window has passed only when both say so: [`Reading::now`] advances from one reading to the next by the smaller of both
/// differences, and never goes back. What is sent was sent at [`Reading::latest`] at the latest, by whichever clock is ahead;
/// this is the time that another process may read.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use leadsquared_webhooks_core::reconcile::Clocks;
///
/// let (wall, hour) = (SystemTime::UNIX_EPOCH + Duration::from_secs(10_000), Duration::from_secs(3_600));
/// let mut clocks = Clocks::new(wall, Duration::ZERO);
/// // The machine slept for an hour: the steady clock stood.
/// let reading = clocks.read(wall + hour, Duration::from_secs(1));
/// assert_eq!(reading.now, wall + Duration::from_secs(1));
/// assert_eq!(reading.latest, wall + hour);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    started: SystemTime,
    steady_at_start: Duration,
    wall: SystemTime,
    steady: Duration,
    now: SystemTime,
}

/// What time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// By which windows are measured: it runs as slow as the slower clock.
    pub now: SystemTime,
    /// By which what happens now happened at the latest.
    pub latest: SystemTime,
}

impl Clocks {
    /// The clocks of a process that reads them for the first time. The steady one counts from anywhere.
    #[must_use]
    pub const fn new(wall: SystemTime, steady: Duration) -> Self {
        Self { started: wall, steady_at_start: steady, wall, steady, now: wall }
    }

    /// What time it is when the clocks show this.
    pub fn read(&mut self, wall: SystemTime, steady: Duration) -> Reading {
        let by_wall = wall.duration_since(self.wall).unwrap_or_default();
        let by_steady = steady.saturating_sub(self.steady);
        self.now += by_wall.min(by_steady);
        (self.wall, self.steady) = (wall, steady.max(self.steady));
        let steady = self.started + self.steady.saturating_sub(self.steady_at_start);
        Reading { now: self.now, latest: wall.max(steady).max(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn time_passes_as_slowly_as_the_slower_clock_says_and_what_is_sent_is_as_late_as_the_later() {
        let mut clocks = Clocks::new(at(10_000), Duration::from_secs(7));
        for (what, wall, steady, now, latest) in [
            ("both agree", 10_005, 12, 10_005, 10_005),
            ("the wall was set back", 9_000, 13, 10_005, 10_006),
            ("and goes on", 9_004, 17, 10_009, 10_010),
            ("it was set right", 10_011, 18, 10_010, 10_011),
            ("the machine slept", 13_611, 18, 10_010, 13_611),
            ("it is awake", 13_615, 22, 10_014, 13_615),
            ("the wall was set forward", 99_000, 23, 10_015, 99_000),
            ("the steady clock goes back, which none does", 99_001, 20, 10_015, 99_001),
        ] {
            let reading = clocks.read(at(wall), Duration::from_secs(steady));
            assert_eq!(reading, Reading { now: at(now), latest: at(latest) }, "{what}");
        }
    }
}
