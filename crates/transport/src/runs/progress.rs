//! The progress of a run.

use std::{fmt, sync::Arc};

use leadsquared_webhooks_core::reconcile::Waiting;

use crate::state_file::LockWait;

/// The progress of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This many desired webhooks of an account have ended, successfully or not.
    Webhooks {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// The number of webhooks.
        ended: usize,
    },
    /// The run has ended on an account.
    Account {
        /// The account's name.
        account: String,
    },
    /// An earlier run was interrupted: this run searches for its creates before it creates
    /// anything.
    Resumed {
        /// The account's name.
        account: String,
        /// The number of its creates that may have been applied.
        creates: usize,
    },
    /// The run is waiting.
    Waiting {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// The reason for the wait, and its length.
        waiting: Waiting,
    },
    /// Another run holds the lock of the state file, and this run waits for it to end. Reported
    /// again when the holder changes.
    Locked(LockWait),
}

/// A callback for the progress of a run. It is called within the run and must not block.
#[derive(Clone, Default)]
pub struct OnProgress(Option<Arc<Callback>>);

type Callback = dyn Fn(&Progress) + Send + Sync;

impl OnProgress {
    /// Creates a callback from a function.
    #[must_use]
    pub fn new(callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    pub(crate) fn call(&self, progress: &Progress) {
        if let Some(callback) = &self.0 {
            callback(progress);
        }
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnProgress(..)" } else { "OnProgress(none)" })
    }
}
