//! A request of a client: its options are set before it is awaited.

use std::{fmt, future::IntoFuture, pin::Pin, time::Duration};

use crate::{call_error::Error, client::Client};

/// A request that has not been sent: set its options, then `.await` it.
///
/// Every request has the options of this section; some have more. The future is boxed once per
/// request. Nothing happens before it is awaited.
///
/// # Example
///
/// ```no_run
/// # async fn run(
/// #     client: leadsquared_webhooks::Client,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// let id = "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?;
/// let webhook = client.get(&id).timeout(Duration::from_secs(120)).attempts(8).await?;
/// assert!(webhook.is_some());
/// # Ok(()) }
/// ```
#[must_use = "a request is sent when it is awaited"]
pub struct Request<V> {
    pub(crate) client: Client,
    pub(crate) verb: V,
}

/// What a [`Request`] does when it is awaited.
pub(crate) mod sealed {
    use super::{Client, Error};

    #[expect(unnameable_types, reason = "it is sealed")]
    pub trait Verb: Send + 'static {
        type Output: Send;

        fn run(self, client: Client) -> impl Future<Output = Result<Self::Output, Error>> + Send;
    }
}

pub(crate) use sealed::Verb;

impl<V> Request<V> {
    pub(crate) fn new(client: &Client, verb: V) -> Self {
        Self { client: client.clone(), verb }
    }

    /// The deadline of a call, counted from its admission by the quota and including retries and
    /// waits. Default, and with `None`: the client's.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        if let Some(timeout) = timeout.into() {
            self.client.defaults.timeout = timeout;
        }
        self
    }

    /// The maximum number of attempts of a call, including the first. Default, and with `None`: the
    /// client's.
    pub fn attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        if let Some(attempts) = attempts.into() {
            self.client.defaults.retry.attempts = attempts;
        }
        self
    }

    /// The maximum wait for the quota before a call's first attempt. Default, and with `None`: the
    /// client's.
    pub fn quota_wait(mut self, quota_wait: impl Into<Option<Duration>>) -> Self {
        if let Some(quota_wait) = quota_wait.into() {
            self.client.defaults.quota_wait = Some(quota_wait);
        }
        self
    }
}

impl<V: Verb> IntoFuture for Request<V> {
    type Output = Result<V::Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { client, verb } = self;
        Box::pin(verb.run(client))
    }
}

impl<V: fmt::Debug> fmt::Debug for Request<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, verb } = self;
        f.debug_struct("Request").field("client", client).field("verb", verb).finish()
    }
}
