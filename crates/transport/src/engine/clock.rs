//! The clocks of this process, for core's [`Clocks`]. Both follow virtual time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use leadsquared_webhooks_core::reconcile::{Clocks, Reading};

/// The clock of a client, shared by its clones.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    real: Instant,
    runtime: tokio::time::Instant,
    clocks: Mutex<Clocks>,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Shared {
            real: Instant::now(),
            runtime: tokio::time::Instant::now(),
            clocks: Mutex::new(Clocks::new(SystemTime::now(), Duration::ZERO)),
        }))
    }
}

impl Clock {
    /// The later of both clocks. It never goes backwards.
    pub(crate) fn latest(&self) -> SystemTime {
        self.read().latest
    }

    pub(crate) fn read(&self) -> Reading {
        self.look().0
    }

    /// When something with this timestamp counts as done.
    pub(crate) fn done_at(&self, stamp: SystemTime) -> SystemTime {
        self.look().1.done_at(stamp)
    }

    fn look(&self) -> (Reading, MutexGuard<'_, Clocks>) {
        let Shared { real, runtime, clocks } = &*self.0;
        let mut clocks = clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = runtime.elapsed();
        // How far virtual time is ahead of real time.
        let virtually = passed.saturating_sub(real.elapsed());
        (clocks.read(SystemTime::now() + virtually, passed), clocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn virtual_time_is_time_for_both_clocks() {
        let hour = Duration::from_hours(1);
        let clock = Clock::default();
        let stamp = clock.latest();
        tokio::time::sleep(hour).await;
        let age = clock.latest().duration_since(clock.done_at(stamp)).unwrap();
        assert!(age + Duration::from_secs(1) >= hour && age < hour + Duration::from_mins(1), "{age:?}");
    }
}
