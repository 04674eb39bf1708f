//! A cancellable wait: a cancelled coroutine or task leaves a call without losing the outcome of a
//! create.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::error::WebhookError;

/// A cancellable wait for one call. Cancelling it withdraws a create that was not sent; a request
/// that was sent continues.
#[derive(Debug, Default, uniffi::Object)]
pub struct Wait(Notify);

#[uniffi::export]
impl Wait {
    /// A wait that lasts until its call has ended.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Ends the wait immediately, even if it has not begun yet.
    pub fn cancel(&self) {
        self.0.notify_one();
    }
}

/// Cancels runs. A cancelled run starts nothing new, waits for the responses to requests that were
/// sent, and reports what it did.
///
/// Unlike a cancelled coroutine or task, such a run has a result: a webhook that was created but
/// not read back is an unconfirmed create with its ID; what was not started was not sent.
#[derive(Clone, Debug, Default, uniffi::Object)]
pub struct Cancellation(pub(crate) leadsquared_webhooks::call::Cancellation);

#[uniffi::export]
impl Cancellation {
    /// A cancellation that is not yet triggered.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Cancels the runs that it was passed to.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether `cancel` was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl Wait {
    /// The result of the call, or nothing when the wait is cancelled first.
    pub(crate) async fn until<T>(&self, call: impl IntoFuture<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.notified() => None,
            ended = call.into_future() => Some(ended),
        }
    }

    /// The same for a fallible call, with its result converted to this crate's types.
    pub(crate) async fn result_of<T, U: From<T>, E>(
        &self,
        call: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<Option<U>, WebhookError>
    where
        WebhookError: From<E>,
    {
        Ok(self.until(call).await.transpose()?.map(Into::into))
    }
}
