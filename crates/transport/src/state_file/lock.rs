//! The lock of a state file: who holds it, and how to wait for it.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    error::{StateError, StateErrorKind},
    holder::{BEGINNING, LockHolder},
    place::{self, Place},
};

/// The interval between attempts to take a lock.
const POLL: Duration = Duration::from_millis(250);
/// The maximum size of a lock file's text that is read, in bytes.
const LONGEST_TEXT: u64 = 1024;
/// A wait for a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockWait {
    /// The path of the state file, as given.
    pub path: PathBuf,
    /// The holder, if its lock file names one.
    pub holder: Option<LockHolder>,
    /// The maximum wait in total.
    pub timeout: Duration,
}

/// A held lock.
pub(super) struct Lock(File);

/// Locks a state file, waiting for another run for at most `timeout`.
pub(super) async fn acquire(
    place: &Place,
    timeout: Duration,
    mut on_wait: impl FnMut(&LockWait),
) -> Result<Lock, StateError> {
    let started = Instant::now();
    let mut reported = None;
    loop {
        let holder = match Lock::try_new(place).map_err(|kind| place.error(kind))? {
            Ok(lock) => return Ok(lock),
            Err(holder) => holder,
        };
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(place.error(StateErrorKind::Locked { holder, waited: timeout }));
        }
        let wait = LockWait { path: place.path.clone(), holder, timeout };
        if reported.as_ref() != Some(&wait) {
            on_wait(&wait);
            reported = Some(wait);
        }
        sleep(POLL.min(left)).await;
    }
}

impl Lock {
    /// The lock, or its holder.
    fn try_new(place: &Place) -> Result<Result<Self, Option<LockHolder>>, StateErrorKind> {
        let path = place.lock();
        let cannot_open =
            |problem| StateErrorKind::LockFile { path: path.clone(), problem: Arc::new(problem) };
        loop {
            let file = place::private().create(true).open(&path).map_err(cannot_open)?;
            if let Err(problem) = file.try_lock() {
                return match refused(problem) {
                    Some(kind) => Err(kind),
                    None => Ok(Err(text(&file).ok().and_then(|text| text.parse().ok()))),
                };
            }
            let text = text(&file).map_err(cannot_open)?;
            if !text.starts_with(BEGINNING) && !BEGINNING.starts_with(&text) {
                return Err(StateErrorKind::ForeignLock(path));
            }
            let this = Self(file);
            // The file may have been removed between opening and locking it.
            if place::is_at(&this.0, &path).unwrap_or_default() {
                this.hold().map_err(cannot_open)?;
                return Ok(Ok(this));
            }
        }
    }

    /// Writes the holder to the lock file.
    fn hold(&self) -> io::Result<()> {
        self.0.set_len(0)?;
        (&self.0).write_all(format!("leadsquared-webhooks lock, held by {}\n", LockHolder::this()).as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock file must not name a run that has ended. The system releases the lock anyway,
        // except one that a child process has inherited.
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}

/// Why there is no lock; `None` when another run holds it.
fn refused(problem: TryLockError) -> Option<StateErrorKind> {
    match problem {
        TryLockError::WouldBlock => None,
        TryLockError::Error(problem) => Some(StateErrorKind::CannotLock(Arc::new(problem))),
    }
}

/// The text of a lock file.
fn text(file: &File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(LONGEST_TEXT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_not_taken_for_a_holder() {
        assert!(refused(TryLockError::WouldBlock).is_none());
        for problem in [io::ErrorKind::Unsupported, io::ErrorKind::Other, io::ErrorKind::InvalidInput] {
            let kind = refused(TryLockError::Error(problem.into())).unwrap();
            assert!(kind.cure().contains("--no-lock"), "{kind}");
        }
    }
}
