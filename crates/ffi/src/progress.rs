//! The progress of a run, reported to a listener.

use std::{
    sync::{Arc, mpsc::channel},
    time::{Duration, SystemTime},
};

use leadsquared_webhooks::{
    call::{OnProgress, Progress},
    manifest::{LockHolder, LockWait},
    reconcile::{Waiting, WaitingFor},
};
use tokio::task::spawn_blocking;

use crate::logs::ListenerFailed;

/// The progress of a run. Named `Progress` in Rust; in Swift that name would shadow Foundation's.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RunProgress {
    /// A number of desired webhooks of an account are done, successfully or not.
    Webhooks {
        /// The account's name; empty outside a manifest.
        account: String,
        /// The number of webhooks done so far.
        ended: u64,
    },
    /// An account is done.
    Account {
        /// The account's name.
        account: String,
    },
    /// An earlier run was interrupted. Its creates are searched for before anything is created.
    Resumed {
        /// The account's name.
        account: String,
        /// The number of its creates that may have been applied.
        creates: u64,
    },
    /// The run waits.
    Waiting {
        /// The account's name; empty outside a manifest.
        account: String,
        /// The event of the webhook that the run waits for: its name as Retrieve returns it, or
        /// `code N`.
        event: String,
        /// The URL of that webhook.
        url: String,
        /// The reason for the wait.
        why: WaitingFor,
        /// The time until the next list.
        time: Duration,
        /// The maximum time until the wait ends.
        at_most: Duration,
    },
    /// Another run holds the state file's lock, and this run waits for it. Reported again when the
    /// holder changes.
    Locked {
        /// The state file.
        path: String,
        /// The run that holds the lock, if known.
        holder: Option<LockHolder>,
        /// The maximum wait in total.
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
    /// The process ID.
    pub pid: u32,
    /// The host on which it runs.
    pub host: String,
    /// When it started.
    pub since: SystemTime,
}

/// The reason why a run waits.
#[uniffi::remote(Enum)]
pub enum WaitingFor {
    /// The response to a create was lost. Its webhook may appear until the consistency window has
    /// passed.
    LostCreate,
    /// A webhook was created, and the list does not show it yet.
    CreatedWebhook,
}

/// Receives the progress of a run.
#[uniffi::export(with_foreign)]
pub trait ProgressListener: Send + Sync {
    /// Receives one progress report. It is called on a thread of the library and does not block the
    /// run. Exceptions that it throws are ignored.
    fn progressed(&self, progress: RunProgress) -> Result<(), ListenerFailed>;
}

/// Reports to this listener, without blocking the run.
pub(crate) fn to(listener: Arc<dyn ProgressListener>) -> OnProgress {
    let (reports, steps) = channel();
    drop(spawn_blocking(move || {
        for step in steps {
            // A failed listener cannot be reported anywhere.
            let _ = listener.progressed(step);
        }
    }));
    OnProgress::new(move |progress| {
        // The listener's thread outlives this sender.
        let _ = reports.send(RunProgress::from(progress));
    })
}

/// Reports to this listener, if there is one.
pub(crate) fn to_any(listener: Option<Arc<dyn ProgressListener>>) -> OnProgress {
    listener.map(to).unwrap_or_default()
}
