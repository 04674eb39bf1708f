//! The time of a process, from two clocks of which neither is reliable alone.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

/// Smaller gaps between the clocks are ignored.
const SMALLEST_GAP: Duration = Duration::from_millis(10);

/// The maximum number of gaps kept. For a stamp before the oldest one, every gap counts.
const MOST_GAPS: usize = 256;

/// The time of a process by the wall clock, which may be set, and by a monotonic clock, which may
/// stop while the machine sleeps.
///
/// A window has passed only when both clocks say so: from one reading to the next, [`Reading::now`]
/// advances by the smaller of the two differences, and never goes back. A request was sent no later
/// than [`Reading::latest`], according to whichever clock is ahead. Other processes may read this
/// time; [`Clocks::done_at`] converts it for this one.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use leadsquared_webhooks_core::reconcile::Clocks;
///
/// let (wall, hour) =
///     (SystemTime::UNIX_EPOCH + Duration::from_secs(10_000), Duration::from_secs(3_600));
/// let mut clocks = Clocks::new(wall, Duration::ZERO);
/// // The machine slept for an hour: the monotonic clock stopped.
/// let reading = clocks.read(wall + hour, Duration::from_secs(1));
/// assert_eq!(reading.now, wall + Duration::from_secs(1));
/// assert_eq!(reading.latest, wall + hour);
/// ```
#[derive(Clone, Debug)]
pub struct Clocks {
    wall: SystemTime,
    steady: Duration,
    latest: SystemTime,
    /// How much of `latest` only one of the clocks has counted.
    skipped: Duration,
    /// The values of `skipped`, and when each was reached.
    gaps: VecDeque<(SystemTime, Duration)>,
}

/// The time at one reading of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Measures windows: it runs as slow as the slower clock.
    pub now: SystemTime,
    /// The latest possible time of what happens now. It never goes back.
    pub latest: SystemTime,
}

impl Clocks {
    /// The clocks of a process at their first reading. The monotonic one may start at any value.
    #[must_use]
    pub const fn new(wall: SystemTime, steady: Duration) -> Self {
        Self { wall, steady, latest: wall, skipped: Duration::ZERO, gaps: VecDeque::new() }
    }

    /// The time when the clocks have these values.
    pub fn read(&mut self, wall: SystemTime, steady: Duration) -> Reading {
        let by_wall = wall.duration_since(self.wall).unwrap_or_default();
        let by_steady = steady.saturating_sub(self.steady);
        let latest = (self.latest + by_steady).max(wall);
        let passed = latest.duration_since(self.latest).unwrap_or_default();
        self.skipped += passed.saturating_sub(by_wall.min(by_steady));
        (self.wall, self.steady, self.latest) = (wall, self.steady.max(steady), latest);
        let known = self.gaps.back().map_or(Duration::ZERO, |(_, skipped)| *skipped);
        if self.skipped.saturating_sub(known) >= SMALLEST_GAP {
            self.gaps.push_back((latest, self.skipped));
            if self.gaps.len() > MOST_GAPS {
                self.gaps.pop_front();
            }
        }
        Reading { now: latest - self.skipped, latest }
    }

    /// When something that was stamped with this [`latest`](Reading::latest) counts as done: the
    /// stamp plus the time that only one clock has counted since. The current `latest` is then
    /// later by no more than the time that has passed by both clocks.
    #[must_use]
    pub fn done_at(&self, stamp: SystemTime) -> SystemTime {
        let earlier = self.gaps.partition_point(|(at, _)| *at <= stamp);
        let before = earlier.checked_sub(1).and_then(|index| self.gaps.get(index));
        stamp + self.skipped.saturating_sub(before.map_or(Duration::ZERO, |(_, skipped)| *skipped))
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

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_hours(1);

    /// A machine with two clocks.
    struct Machine {
        wall: SystemTime,
        steady: Duration,
        clocks: Clocks,
        latest: SystemTime,
    }

    impl Machine {
        fn new() -> Self {
            let wall = SystemTime::UNIX_EPOCH + 1000 * HOUR;
            Self { wall, steady: Duration::ZERO, clocks: Clocks::new(wall, Duration::ZERO), latest: wall }
        }

        fn runs(&mut self, time: Duration) -> &mut Self {
            self.wall += time;
            self.steady += time;
            self.look()
        }

        fn sleeps(&mut self, time: Duration) -> &mut Self {
            self.wall += time;
            self.look()
        }

        fn is_set_back(&mut self, time: Duration) -> &mut Self {
            self.wall -= time;
            self.look()
        }

        fn look(&mut self) -> &mut Self {
            self.latest = self.clocks.read(self.wall, self.steady).latest;
            self
        }

        /// The age of this stamp by both clocks.
        fn age(&self, stamp: SystemTime) -> Duration {
            self.latest.duration_since(self.clocks.done_at(stamp)).unwrap_or_default()
        }
    }

    #[test]
    fn time_passes_as_on_the_wall_where_both_clocks_agree() {
        let mut machine = Machine::new();
        let stamp = machine.runs(HOUR).latest;
        assert_eq!(stamp, machine.wall);
        assert_eq!(machine.runs(60 * SECOND).age(stamp), 60 * SECOND);
        assert_eq!(machine.clocks.skipped, Duration::ZERO);
    }

    #[test]
    fn a_machine_that_slept_stamps_with_the_wall_and_ages_by_the_time_that_it_was_awake() {
        let mut machine = Machine::new();
        let before = machine.runs(SECOND).latest;
        let after = machine.sleeps(10 * HOUR).latest;
        assert_eq!(after, machine.wall);
        machine.runs(5 * SECOND);
        assert_eq!((machine.age(before), machine.age(after)), (5 * SECOND, 5 * SECOND));
        assert_eq!(machine.clocks.skipped, 10 * HOUR);
    }

    #[test]
    fn a_wall_that_is_set_back_neither_ages_what_was_stamped_nor_keeps_it_young() {
        let mut machine = Machine::new();
        let before = machine.runs(SECOND).latest;
        let after = machine.is_set_back(HOUR).latest;
        assert_eq!(before, after);
        machine.runs(60 * SECOND);
        assert_eq!((machine.age(before), machine.age(after)), (60 * SECOND, 60 * SECOND));
        assert!(machine.latest > machine.wall);
    }

    #[test]
    fn what_another_process_stamped_ages_by_the_wall_until_this_one_began() {
        let mut machine = Machine::new();
        let earlier = machine.wall - HOUR;
        assert_eq!(machine.runs(SECOND).age(earlier), HOUR + SECOND);
        assert_eq!(machine.age(machine.latest + HOUR), Duration::ZERO);
    }

    #[test]
    fn whatever_the_clocks_do_no_stamp_is_behind_the_wall_and_none_ages_faster_than_both() {
        for seed in 0..100 {
            fastrand::seed(seed);
            let mut machine = Machine::new();
            // Each stamp, and its age by both clocks.
            let mut stamps: Vec<(SystemTime, Duration)> = Vec::new();
            for _ in 0..300 {
                let (wall, steady, now) = (machine.wall, machine.steady, machine.latest);
                let time = Duration::from_millis(fastrand::u64(0..20_000));
                match fastrand::u8(0..10) {
                    0 => machine.sleeps(60 * time),
                    1 => machine.is_set_back(60 * time),
                    2 => machine.sleeps(Duration::from_micros(fastrand::u64(0..9000))),
                    _ => machine.runs(time),
                };
                let by_wall = machine.wall.duration_since(wall).unwrap_or_default();
                let both = by_wall.min(machine.steady.saturating_sub(steady));
                assert!(machine.latest >= machine.wall && machine.latest >= now);
                for (stamp, age) in &mut stamps {
                    *age += both;
                    let said = machine.age(*stamp);
                    // Younger only by gaps that are ignored.
                    assert!(said <= *age && said + SMALLEST_GAP >= *age, "{said:?} {age:?}, seed {seed}");
                }
                stamps.push((machine.latest, Duration::ZERO));
                stamps.drain(..stamps.len().saturating_sub(40));
            }
        }
    }
}
