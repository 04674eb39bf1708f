//! How far a run is.

use std::{fmt, sync::Arc};

use leadsquared_webhooks_core::reconcile::Waiting;

use crate::state_file::LockWait;

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many desired webhooks of an account have ended, well or not.
    Webhooks {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// How many.
        ended: usize,
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
        creates: usize,
    },
    /// The run waits.
    Waiting {
        /// The account's name; empty outside of a manifest.
        account: String,
        /// For what, and how long.
        waiting: Waiting,
    },
    /// Another run uses the state file, and its end is waited for. Said again when the holder
    /// changes.
    Locked(LockWait),
}

/// Who is told how far a run is. It is called within the run and must not block.
#[derive(Clone, Default)]
pub struct OnProgress(Option<Arc<Callback>>);

type Callback = dyn Fn(&Progress) + Send + Sync;

impl OnProgress {
    /// Calls this.
    #[must_use]
    pub fn new(told: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    pub(crate) fn call(&self, progress: &Progress) {
        if let Some(told) = &self.0 {
            told(progress);
        }
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnProgress(..)" } else { "OnProgress(none)" })
    }
}
