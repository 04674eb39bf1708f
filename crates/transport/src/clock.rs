//! The time that tickets carry, by two clocks of which neither can be believed alone.
//!
//! The wall clock is set by people and by the network, and the runtime's clock stands still while
//! the machine sleeps. So a time that is stamped on a ticket is never behind either, and time has
//! passed since then only as far as both clocks say so. Virtual time is time for both.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// Less than this is no gap between the clocks.
const SMALLEST_GAP: Duration = Duration::from_millis(10);

/// How many gaps are kept. What was stamped before the oldest of them counts every gap.
const MOST_GAPS: usize = 256;

/// The clock of a client, which its clones share.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    real: Instant,
    runtime: tokio::time::Instant,
    timeline: Mutex<Timeline>,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Shared {
            real: Instant::now(),
            runtime: tokio::time::Instant::now(),
            timeline: Mutex::new(Timeline::at(SystemTime::now())),
        }))
    }
}

impl Clock {
    /// The later of both clocks. It never goes back.
    pub(crate) fn now(&self) -> SystemTime {
        self.look().now
    }

    /// When something that was stamped with this time counts as done, so that `now` is later by no
    /// more than has passed since by both clocks: later than the stamp by what one clock alone has
    /// seen since.
    pub(crate) fn latest(&self, stamp: SystemTime) -> SystemTime {
        self.look().latest(stamp)
    }

    /// The later of both clocks, and how much of it one clock alone has seen so far. When that
    /// grows, whatever was stamped before counts as done later by as much.
    pub(crate) fn read(&self) -> (SystemTime, Duration) {
        let timeline = self.look();
        (timeline.now, timeline.skipped)
    }

    fn look(&self) -> MutexGuard<'_, Timeline> {
        let Shared { real, runtime, timeline } = &*self.0;
        let mut timeline = timeline.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = runtime.elapsed();
        // What virtual time is ahead of the real one.
        let virtually = passed.saturating_sub(real.elapsed());
        timeline.observe(SystemTime::now() + virtually, passed);
        timeline
    }
}

/// What both clocks have said, and the one time that follows from it.
#[derive(Debug)]
struct Timeline {
    wall: SystemTime,
    monotonic: Duration,
    now: SystemTime,
    /// How much of `now` one clock alone has seen.
    skipped: Duration,
    /// When `skipped` had become so much.
    gaps: VecDeque<(SystemTime, Duration)>,
}

impl Timeline {
    fn at(wall: SystemTime) -> Self {
        let (monotonic, skipped, gaps) = (Duration::ZERO, Duration::ZERO, VecDeque::new());
        Self { wall, monotonic, now: wall, skipped, gaps }
    }

    fn observe(&mut self, wall: SystemTime, monotonic: Duration) {
        let by_wall = wall.duration_since(self.wall).unwrap_or_default();
        let by_monotonic = monotonic.saturating_sub(self.monotonic);
        let now = (self.now + by_monotonic).max(wall);
        let passed = now.duration_since(self.now).unwrap_or_default();
        self.skipped += passed.saturating_sub(by_wall.min(by_monotonic));
        (self.wall, self.monotonic, self.now) = (wall, self.monotonic.max(monotonic), now);
        let known = self.gaps.back().map_or(Duration::ZERO, |(_, skipped)| *skipped);
        if self.skipped.saturating_sub(known) >= SMALLEST_GAP {
            self.gaps.push_back((now, self.skipped));
            if self.gaps.len() > MOST_GAPS {
                self.gaps.pop_front();
            }
        }
    }

    fn latest(&self, stamp: SystemTime) -> SystemTime {
        let earlier = self.gaps.partition_point(|(at, _)| *at <= stamp);
        let before = earlier.checked_sub(1).and_then(|index| self.gaps.get(index));
        stamp + self.skipped.saturating_sub(before.map_or(Duration::ZERO, |(_, skipped)| *skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_hours(1);

    /// A machine with two clocks.
    struct Machine {
        wall: SystemTime,
        monotonic: Duration,
        timeline: Timeline,
    }

    impl Machine {
        fn new() -> Self {
            let wall = SystemTime::UNIX_EPOCH + 1000 * HOUR;
            Self { wall, monotonic: Duration::ZERO, timeline: Timeline::at(wall) }
        }

        fn runs(&mut self, time: Duration) -> &mut Self {
            self.wall += time;
            self.monotonic += time;
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
            self.timeline.observe(self.wall, self.monotonic);
            self
        }

        /// How long ago this was stamped, by both clocks.
        fn age(&self, stamp: SystemTime) -> Duration {
            self.timeline.now.duration_since(self.timeline.latest(stamp)).unwrap_or_default()
        }
    }

    #[test]
    fn time_passes_as_on_the_wall_where_both_clocks_agree() {
        let mut machine = Machine::new();
        let stamp = machine.runs(HOUR).timeline.now;
        assert_eq!(stamp, machine.wall);
        assert_eq!(machine.runs(60 * SECOND).age(stamp), 60 * SECOND);
        assert_eq!(machine.timeline.skipped, Duration::ZERO);
    }

    #[test]
    fn a_machine_that_slept_stamps_with_the_wall_and_ages_by_the_time_that_it_was_awake() {
        let mut machine = Machine::new();
        let before = machine.runs(SECOND).timeline.now;
        let after = machine.sleeps(10 * HOUR).timeline.now;
        assert_eq!(after, machine.wall);
        machine.runs(5 * SECOND);
        assert_eq!((machine.age(before), machine.age(after)), (5 * SECOND, 5 * SECOND));
        assert_eq!(machine.timeline.skipped, 10 * HOUR);
    }

    #[test]
    fn a_wall_that_is_set_back_neither_ages_what_was_stamped_nor_keeps_it_young() {
        let mut machine = Machine::new();
        let before = machine.runs(SECOND).timeline.now;
        let after = machine.is_set_back(HOUR).timeline.now;
        assert_eq!(before, after);
        machine.runs(60 * SECOND);
        assert_eq!((machine.age(before), machine.age(after)), (60 * SECOND, 60 * SECOND));
        assert!(machine.timeline.now > machine.wall);
    }

    #[test]
    fn what_another_process_stamped_ages_by_the_wall_until_this_one_began() {
        let mut machine = Machine::new();
        let earlier = machine.wall - HOUR;
        assert_eq!(machine.runs(SECOND).age(earlier), HOUR + SECOND);
        assert_eq!(machine.age(machine.timeline.now + HOUR), Duration::ZERO);
    }

    #[test]
    fn whatever_the_clocks_do_no_stamp_is_behind_the_wall_and_none_ages_faster_than_both() {
        for seed in 0..100 {
            fastrand::seed(seed);
            let mut machine = Machine::new();
            // Each stamp, and how long ago it was by both clocks.
            let mut stamps: Vec<(SystemTime, Duration)> = Vec::new();
            for _ in 0..300 {
                let (wall, monotonic, now) = (machine.wall, machine.monotonic, machine.timeline.now);
                let time = Duration::from_millis(fastrand::u64(0..20_000));
                match fastrand::u8(0..10) {
                    0 => machine.sleeps(60 * time),
                    1 => machine.is_set_back(60 * time),
                    2 => machine.sleeps(Duration::from_micros(fastrand::u64(0..9000))),
                    _ => machine.runs(time),
                };
                let by_wall = machine.wall.duration_since(wall).unwrap_or_default();
                let both = by_wall.min(machine.monotonic.saturating_sub(monotonic));
                assert!(machine.timeline.now >= machine.wall && machine.timeline.now >= now);
                for (stamp, age) in &mut stamps {
                    *age += both;
                    let said = machine.age(*stamp);
                    // Young by no more than gaps that are none.
                    assert!(said <= *age && said + SMALLEST_GAP >= *age, "{said:?} {age:?}, seed {seed}");
                }
                stamps.push((machine.timeline.now, Duration::ZERO));
                stamps.drain(..stamps.len().saturating_sub(40));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn virtual_time_is_time_for_both_clocks() {
        let clock = Clock::default();
        let stamp = clock.now();
        tokio::time::sleep(HOUR).await;
        let age = clock.now().duration_since(clock.latest(stamp)).unwrap();
        assert!(age + SECOND >= HOUR && age < HOUR + 60 * SECOND, "{age:?}");
    }
}
