//! Why a state file cannot be used.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use leadsquared_webhooks_core::reconcile::InvalidState;

use super::holder::LockHolder;

/// Why a state file cannot be used, and what to do about it.
///
/// # Example
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use leadsquared_webhooks::{error::StateErrorKind, manifest::{StateFile, StateSettings}};
///
/// let error = StateFile::read(&StateSettings::new("/dev/null")).await.unwrap_err();
/// assert!(matches!(error.kind, StateErrorKind::NotRegular { .. }));
/// assert!(error.to_string().starts_with("state file /dev/null: /dev/null is a device"));
/// # }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("state file {}: {kind}; {}", path.display(), kind.cure())]
pub struct StateError {
    /// The path of the state file, as given.
    pub path: PathBuf,
    /// What is wrong.
    pub kind: StateErrorKind,
}

/// What is wrong with a state file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateErrorKind {
    /// It is damaged, empty, or not a state file. Nothing was sent.
    #[error("{0}")]
    Invalid(InvalidState),
    /// Its path, or that of its lock, is not a regular file but, for example, a directory. Nothing
    /// was sent.
    #[error("{} is {found}, not a regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
        /// What is found there, such as `a directory` or `a named pipe`.
        found: &'static str,
    },
    /// It is the manifest. Nothing was sent.
    #[error("this is the manifest")]
    Manifest,
    /// Another run uses it. Nothing was sent.
    #[error("in use by {}{}", named(holder.as_ref()), after(*waited))]
    Locked {
        /// The holder, if its lock file names one.
        holder: Option<LockHolder>,
        /// How long this run waited for the lock.
        waited: Duration,
    },
    /// Its file system does not support locks. Nothing was sent.
    #[error("it cannot be locked here: {0}")]
    CannotLock(Arc<io::Error>),
    /// Its lock file cannot be opened. Nothing was sent.
    #[error("its lock {} cannot be opened: {problem}", path.display())]
    LockFile {
        /// The path of the lock file.
        path: PathBuf,
        /// The reason.
        problem: Arc<io::Error>,
    },
    /// The file at the path of its lock is not a lock. Nothing was sent.
    #[error("{} is not its lock but another file", _0.display())]
    ForeignLock(PathBuf),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(Arc<io::Error>),
    /// It cannot be written.
    #[error("it cannot be written: {0}")]
    Write(Arc<io::Error>),
    /// It was removed or moved during the run.
    #[error("it was removed or moved during the run")]
    Gone,
    /// Something else wrote to it or replaced it during the run.
    #[error("something else wrote to it, or took its place, during the run")]
    Replaced,
    /// It holds everything, but could not be compacted at the end of the run.
    #[error("it holds all that happened, and could not be compacted: {0}")]
    NotCompacted(Arc<io::Error>),
}

impl StateErrorKind {
    pub(super) fn read(problem: io::Error) -> Self {
        Self::Read(Arc::new(problem))
    }

    pub(super) fn write(problem: io::Error) -> Self {
        Self::Write(Arc::new(problem))
    }

    pub(super) fn not_compacted(problem: io::Error) -> Self {
        Self::NotCompacted(Arc::new(problem))
    }

    /// What to do about it.
    #[must_use]
    pub const fn cure(&self) -> &'static str {
        match self {
            Self::Invalid(_) => {
                "nothing was sent; if the path is right, go on without making a duplicate so: move the file \
                 away, let the consistency window (60 s by default) pass since the last run ended, and run \
                 again; webhooks that exist by then are adopted, and what earlier runs wrote to them is no \
                 longer known"
            }
            Self::NotRegular { .. } => {
                "nothing was sent; name a regular file, or one that does not exist yet"
            }
            Self::Manifest => "nothing was sent; name another file",
            Self::Locked { .. } => {
                "nothing was sent; run again when it has ended, or wait for it with --lock-timeout SECONDS"
            }
            Self::CannotLock(_) => {
                "nothing was sent; put it on a file system with locks, or pass --no-lock if no other run can \
                 use it at the same time"
            }
            Self::LockFile { .. } => "nothing was sent; make the lock and its directory writable",
            Self::ForeignLock(_) => "nothing was sent; name another state file, or move that file away",
            Self::Read(_) => "no create is sent without it; make it readable",
            Self::Write(_) => "no create is sent without it; make room, or its directory writable",
            Self::Gone | Self::Replaced => {
                "no create is sent any more; keep the output of this run, which the file does not hold, and \
                 let no two runs use one state file at once"
            }
            Self::NotCompacted(_) => "nothing is lost; make room, or its directory writable",
        }
    }
}

fn named(holder: Option<&LockHolder>) -> String {
    holder.map_or_else(|| "another run".to_owned(), LockHolder::to_string)
}

fn after(waited: Duration) -> String {
    if waited.is_zero() { String::new() } else { format!(" after a wait of {} s", waited.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use leadsquared_webhooks_core::reconcile::StateProblem;

    use super::*;

    #[test]
    fn every_text_names_the_file_what_is_wrong_and_what_to_do() {
        let problem = || io::Error::from(io::ErrorKind::StorageFull);
        let path = || PathBuf::from("state.lock");
        let kinds = [
            StateErrorKind::Invalid(InvalidState { line: 3, problem: StateProblem::Checksum }),
            StateErrorKind::NotRegular { path: path(), found: "a directory" },
            StateErrorKind::Manifest,
            StateErrorKind::Locked { holder: None, waited: Duration::ZERO },
            StateErrorKind::Locked { holder: None, waited: Duration::from_millis(1500) },
            StateErrorKind::CannotLock(Arc::new(problem())),
            StateErrorKind::LockFile { path: path(), problem: Arc::new(problem()) },
            StateErrorKind::ForeignLock(path()),
            StateErrorKind::read(problem()),
            StateErrorKind::write(problem()),
            StateErrorKind::Gone,
            StateErrorKind::Replaced,
            StateErrorKind::not_compacted(problem()),
        ];
        let texts = kinds.map(|kind| StateError { path: "state".into(), kind }.to_string());
        let short = texts.each_ref().map(|text| text.split("; ").take(2).collect::<Vec<_>>().join("; "));
        assert_eq!(
            short,
            [
                "state file state: line 3: damaged: the checksum does not match; nothing was sent",
                "state file state: state.lock is a directory, not a regular file; nothing was sent",
                "state file state: this is the manifest; nothing was sent",
                "state file state: in use by another run; nothing was sent",
                "state file state: in use by another run after a wait of 1.5 s; nothing was sent",
                "state file state: it cannot be locked here: no storage space; nothing was sent",
                "state file state: its lock state.lock cannot be opened: no storage space; nothing was sent",
                "state file state: state.lock is not its lock but another file; nothing was sent",
                "state file state: it cannot be read: no storage space; no create is sent without it",
                "state file state: it cannot be written: no storage space; no create is sent without it",
                "state file state: it was removed or moved during the run; no create is sent any more",
                "state file state: something else wrote to it, or took its place, during the run; no create is \
                 sent any more",
                "state file state: it holds all that happened, and could not be compacted: no storage space; \
                 nothing is lost",
            ]
        );
        for text in texts {
            assert!(
                text.matches("; ").count() >= 2 && !text.ends_with('.') && !text.contains('\n'),
                "{text}"
            );
        }
    }
}
