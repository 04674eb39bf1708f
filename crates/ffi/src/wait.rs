//! A wait that can be cancelled: how a cancelled coroutine or task leaves a call without losing the
//! outcome of a create.

use std::{future::Future, sync::Arc};

use tokio::sync::Notify;

use crate::error::WebhookError;

/// A wait for one call that can be cancelled. A create that was not sent is withdrawn with it; what
/// was sent goes on.
#[derive(Debug, Default, uniffi::Object)]
pub struct Wait(Notify);

#[uniffi::export]
impl Wait {
    /// A wait that goes on until its call has ended.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Ends the wait at once, also when it has not begun yet.
    pub fn cancel(&self) {
        self.0.notify_one();
    }
}

/// Cancels runs: they begin nothing more, wait for the answers of the calls that were sent, and
/// report what they did.
///
/// Unlike a cancelled coroutine or task, a run that is cancelled so has a result: a webhook that
/// was created and not read back any more is an unconfirmed create with its id, and what was not
/// begun was not sent.
#[derive(Clone, Debug, Default, uniffi::Object)]
pub struct Cancellation(pub(crate) leadsquared_webhooks::Cancellation);

#[uniffi::export]
impl Cancellation {
    /// Nothing is cancelled yet.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Cancels the runs that it was given to.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl Wait {
    /// The call's own end, or nothing when the wait was cancelled before.
    pub(crate) async fn until<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.notified() => None,
            ended = call => Some(ended),
        }
    }

    /// The same for a call that may fail, and what it gives as this side gives it.
    pub(crate) async fn result_of<T, U: From<T>, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<Option<U>, WebhookError>
    where
        WebhookError: From<E>,
    {
        Ok(self.until(call).await.transpose()?.map(Into::into))
    }
}
