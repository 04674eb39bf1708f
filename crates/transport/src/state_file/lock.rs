//! The lock of a state file: who holds it, and how to wait for it.

use std::{
    fmt,
    fs::{File, TryLockError},
    io::{self, Read, Write},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::{
    error::{StateError, StateErrorKind},
    place::{self, Place},
};

/// The interval between attempts to take a lock.
const POLL: Duration = Duration::from_millis(250);
/// The maximum size of a lock file's text that is read, in bytes.
const LONGEST_TEXT: u64 = 1024;
/// The beginning of a lock file's text.
const BEGINNING: &str = "leadsquared-webhooks lock, held by pid ";

/// How concurrent runs that use one state file are kept apart.
///
/// The lock is a file next to the state file, with the same name plus `.lock`. The file remains
/// when the run ends; the operating system releases the lock itself, however the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateLock {
    /// No lock, as with `--no-lock`. Concurrent runs then leave duplicates, or an unusable file.
    Off,
    /// One run at a time.
    Exclusive {
        /// How long to wait for another run to end. Zero: not at all.
        timeout: Duration,
    },
}

impl Default for StateLock {
    fn default() -> Self {
        Self::Exclusive { timeout: Duration::ZERO }
    }
}

/// The holder of a lock: `pid 4711 on host ci-7 since 2026-01-02T03:04:05Z`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LockHolder {
    /// The process ID.
    pub pid: u32,
    /// The name of the process's host.
    pub host: String,
    /// When the lock was taken; shown and stored in whole seconds.
    pub since: SystemTime,
}

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

impl LockHolder {
    fn this() -> Self {
        let host = gethostname::gethostname();
        let host = host.to_string_lossy().replace(|letter: char| !letter.is_ascii_graphic(), "?");
        Self { pid: std::process::id(), host, since: SystemTime::now() }
    }
}

impl FromStr for LockHolder {
    type Err = ();

    /// Parses the text of a lock file.
    fn from_str(text: &str) -> Result<Self, ()> {
        let parts = || {
            let rest = text.strip_prefix(BEGINNING)?.strip_suffix('\n')?;
            let (pid, rest) = rest.split_once(" on host ")?;
            let (host, since) = rest.split_once(" since ")?;
            let since = since.parse::<Timestamp>().ok()?;
            let since = Duration::from_secs(since.as_second().try_into().ok()?);
            let is_host = host.bytes().all(|byte| byte.is_ascii_graphic());
            let since = SystemTime::UNIX_EPOCH + since;
            is_host.then_some(Self { pid: pid.parse().ok()?, host: host.to_owned(), since })
        };
        parts().ok_or(())
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, host, since } = self;
        write!(f, "pid {pid} on host {host}")?;
        match Timestamp::try_from(*since) {
            Ok(since) => write!(f, " since {since:.0}"),
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_lock_reports_its_holder() {
        let text = "leadsquared-webhooks lock, held by pid 4711 on host ci-7 since 2026-01-02T03:04:05Z\n";
        let holder: LockHolder = text.parse().unwrap();
        assert_eq!(holder.pid, 4711);
        assert_eq!(format!("leadsquared-webhooks lock, held by {holder}\n"), text);
        let this = LockHolder::this().to_string();
        assert!(this.ends_with('Z') && !this.contains('.'), "whole seconds: {this}");
        for other in [
            "",
            text.trim_end(),
            text.trim_start_matches('l'),
            &text.replace("4711", "me"),
            &text.replace("ci-7", "c\u{1b}i"),
        ] {
            assert_eq!(other.parse::<LockHolder>(), Err(()), "{other:?}");
        }
    }

    #[test]
    fn a_file_system_without_locks_is_not_taken_for_a_holder() {
        assert!(refused(TryLockError::WouldBlock).is_none());
        for problem in [io::ErrorKind::Unsupported, io::ErrorKind::Other, io::ErrorKind::InvalidInput] {
            let kind = refused(TryLockError::Error(problem.into())).unwrap();
            assert!(kind.cure().contains("--no-lock"), "{kind}");
        }
    }
}
