//! Cancels a run without losing its result.

use std::sync::Arc;

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
#[derive(Clone, Debug)]
pub struct Cancellation(Arc<watch::Sender<bool>>);

impl Default for Cancellation {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Cancellation {
    /// Cancels the runs that use this cancellation.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for [`cancel`](Self::cancel).
    pub(crate) async fn cancelled(&self) {
        // Fails only when the sender is dropped, and `self` holds the sender.
        let _ = self.0.subscribe().wait_for(|is_cancelled| *is_cancelled).await;
    }
}
