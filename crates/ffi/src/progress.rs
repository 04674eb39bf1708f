//! How far a run is, reported to a listener.

use std::{
    sync::{Arc, mpsc::channel},
    time::{Duration, SystemTime},
};

use leadsquared_webhooks::{
    LockHolder, LockWait, OnProgress, Progress,
    reconcile::{Waiting, WaitingFor},
};
use tokio::task::spawn_blocking;

use crate::logs::ListenerFailed;

/// How far a run is. In Rust `Progress`, which in Swift would hide that of Foundation.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RunProgress {
    /// So many desired webhooks of an account have ended, well or not.
    Webhooks {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// How many.
        ended: u64,
    },
    /// All of an account has ended.
    Account {
        /// The account's name.
        account: String,
    },
    /// An earlier run was interrupted: its creates are looked for before anything is created.
    Resumed {
        /// The account's name.
        account: String,
        /// How many of its creates may have been applied.
        creates: u64,
    },
    /// The run waits.
    Waiting {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// The event's name of the webhook that it waits for, as Retrieve answers it, or `code N`.
        event: String,
        /// Its URL.
        url: String,
        /// For what it waits.
        why: WaitingFor,
        /// How long until the next list.
        time: Duration,
        /// How long until the end of the wait at the latest.
        at_most: Duration,
    },
    /// Another run uses the state file, and its end is waited for. Reported again when the holder
    /// changes.
    Locked {
        /// The state file.
        path: String,
        /// Who holds its lock, when the lock says so.
        holder: Option<LockHolder>,
        /// How long is waited in all.
        timeout: Duration,
    },
}

impl From<&Progress> for RunProgress {
    fn from(progress: &Progress) -> Self {
        match progress.clone() {
            Progress::Webhooks { account, ended } => Self::Webhooks { account, ended: ended as u64 },
            Progress::Account { account } => Self::Account { account },
            Progress::Resumed { account, creates } => Self::Resumed { account, creates: creates as u64 },
            Progress::Waiting { account, waiting: Waiting { time, at_most, why, desired } } => {
                let (event, url) = (desired.event_text(), desired.url().to_owned());
                Self::Waiting { account, event, url, why, time, at_most }
            }
            Progress::Locked(LockWait { path, holder, timeout }) => {
                Self::Locked { path: path.display().to_string(), holder, timeout }
            }
        }
    }
}

/// The run that holds the lock of a state file.
#[uniffi::remote(Record)]
pub struct LockHolder {
    /// Its process.
    pub pid: u32,
    /// The host on which it runs.
    pub host: String,
    /// When it began.
    pub since: SystemTime,
}

/// For what a run waits.
#[uniffi::remote(Enum)]
pub enum WaitingFor {
    /// The answer of a create was lost; its webhook may show up until the consistency window is
    /// over.
    LostCreate,
    /// A webhook was created, and the list does not show it yet.
    CreatedWebhook,
}

/// Who is told how far a run is.
#[uniffi::export(with_foreign)]
pub trait ProgressListener: Send + Sync {
    /// One step more. It is called in a thread of the library's and holds no run up. What it throws
    /// is ignored.
    fn progressed(&self, progress: RunProgress) -> Result<(), ListenerFailed>;
}

/// Reports to this listener, which may take its time: the run goes on.
pub(crate) fn to(listener: Arc<dyn ProgressListener>) -> OnProgress {
    let (reports, steps) = channel();
    drop(spawn_blocking(move || {
        for step in steps {
            // What a listener throws, nobody listens to.
            let _ = listener.progressed(step);
        }
    }));
    OnProgress::new(move |progress| {
        // The listener's thread ends only after this.
        let _ = reports.send(RunProgress::from(progress));
    })
}

/// Reports to this listener, if there is one.
pub(crate) fn to_any(listener: Option<Arc<dyn ProgressListener>>) -> OnProgress {
    listener.map(to).unwrap_or_default()
}
