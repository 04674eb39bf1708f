//! Cancels a run without losing its result.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Cancels a run: it starts nothing more, waits for the responses to the calls that were sent, and
/// reports what it did.
///
/// Clones cancel the same run. Unlike a dropped future, a cancelled run has a result: a webhook
/// that was created but not read back is an
/// [unconfirmed](crate::error::ErrorKind::Unconfirmed) create with its ID, and work that was not
/// started fails with [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled), not sent.
///
/// # Example
///
/// ```no_run
/// # async fn run(
/// #     manifest: leadsquared_webhooks::Manifest,
/// # ) -> Result<(), leadsquared_webhooks::error::ApplyError> {
/// use leadsquared_webhooks::call::Cancellation;
///
/// let cancellation = Cancellation::default();
/// let run = manifest.run().cancellation(cancellation.clone());
/// tokio::spawn(async move {
///     let _ = tokio::signal::ctrl_c().await;
///     cancellation.cancel();
/// });
/// let applied = run.apply().await?;
/// # drop(applied);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_cancelled: watch::Sender<bool>,
    changed: Mutex<Changes>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { is_cancelled: watch::Sender::new(false), changed: Mutex::default() }
    }
}

/// What the runs that use a [`Cancellation`] have changed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The number of creates that succeeded.
    pub created: usize,
    /// The number of updates that succeeded.
    pub updated: usize,
    /// The number of deletes that succeeded: pruned, rolled back, and duplicates.
    pub deleted: usize,
}

impl Cancellation {
    /// Cancels the runs that use this cancellation.
    pub fn cancel(&self) {
        self.0.is_cancelled.send_replace(true);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.is_cancelled.borrow()
    }

    /// What the runs have changed so far, for a caller that ends without waiting for their result.
    #[must_use]
    pub fn changes(&self) -> Changes {
        *self.0.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a change.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Changes)) {
        change(&mut self.0.changed.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits for [`cancel`](Self::cancel).
    pub(crate) async fn cancelled(&self) {
        // Fails only when the sender is dropped, and `self` holds the sender.
        let _ = self.0.is_cancelled.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
    }
}
