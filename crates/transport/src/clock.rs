//! The time that tickets carry: the wall's when the client was made, and from then on what has passed by the runtime's clock.
//!
//! A wall clock that somebody sets meanwhile thus neither shortens a settling time nor lengthens one, and virtual time is
//! time.

use std::time::SystemTime;

use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    wall: SystemTime,
    start: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { wall: SystemTime::now(), start: Instant::now() }
    }
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        self.wall + self.start.elapsed()
    }
}
