//! A blocking client, for code without async.

use std::{
    fmt,
    future::{Future, IntoFuture},
    sync::Arc,
    thread,
};

use leadsquared_webhooks_core::{ApiHost, Credentials, NewWebhook, Reconciled, Ticket, Webhook, WebhookId};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    call_error::Error,
    client::{
        ClientBuilder,
        change::Changed,
        client_builder,
        request::{Request, Verb},
    },
    config_error::ConfigError,
    engine::{
        created::Created,
        pending::{CallId, Cancelled, PendingCall},
        quota::Quota,
    },
};

/// A client whose calls block the calling thread. Clones share everything; threads may call
/// concurrently.
///
/// A call runs on the calling thread, without a second one. It is complete when it returns, so
/// creates are pending only while another thread waits for them, or after an
/// [`ensure`](Self::ensure) that failed before the outcome was known.
///
/// # Example
///
/// ```no_run
/// use leadsquared_webhooks::{NewWebhook, Trigger, blocking::Client};
///
/// let client = Client::from_env()?;
/// let webhook =
///     NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
/// println!("{}", client.create(&webhook)?.id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<OwnRuntime>,
}

impl Client {
    /// Creates a blocking client that shares settings, quota and pending creates with this one, on
    /// separate connections.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the operating system refuses what a runtime needs.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a client is a handle; most callers have no other use for it"
    )]
    pub fn new(client: crate::Client) -> Result<Self, ConfigError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|problem| ConfigError::one("runtime", problem))?;
        Ok(Self { client: client.reconnected()?, runtime: Arc::new(OwnRuntime(Some(runtime))) })
    }

    /// [`Client::from_env`](crate::Client::from_env), blocking.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or invalid.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(crate::Client::from_env()?)
    }

    /// A builder, finished by [`build_blocking`](ClientBuilder::build_blocking); see
    /// [`Client::builder`](crate::Client::builder).
    pub fn builder(host: ApiHost, credentials: Credentials) -> ClientBuilder {
        crate::Client::builder(host, credentials)
    }

    /// Sends a request of the async client, with its options, and waits for the result.
    ///
    /// # Errors
    ///
    /// As the request.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use leadsquared_webhooks::{NewWebhook, Trigger, blocking::Client};
    ///
    /// let client = Client::from_env()?;
    /// let webhook =
    ///     NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
    /// let result = client.send(|client| {
    ///     client.ensure(&webhook).overwrite(true).timeout(Duration::from_secs(5))
    /// })?;
    /// assert!(result.is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send<V: Verb>(
        &self,
        request: impl FnOnce(&crate::Client) -> Request<V>,
    ) -> Result<V::Output, Error> {
        self.block_on(request(&self.client).into_future())
    }

    /// [`Client::create`](crate::Client::create), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn create(&self, webhook: &NewWebhook) -> Result<Created, Error> {
        self.send(|client| client.create(webhook))
    }

    /// [`Client::list`](crate::Client::list) of all webhooks, blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn list(&self) -> Result<Vec<Webhook>, Error> {
        self.send(crate::Client::list)
    }

    /// [`Client::get`](crate::Client::get), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn get(&self, id: &WebhookId) -> Result<Option<Webhook>, Error> {
        self.send(|client| client.get(id))
    }

    /// [`Client::update`](crate::Client::update), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn update(&self, id: &WebhookId, webhook: &NewWebhook) -> Result<Changed, Error> {
        self.send(|client| client.update(id, webhook))
    }

    /// [`Client::delete`](crate::Client::delete), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn delete(&self, id: &WebhookId) -> Result<Changed, Error> {
        self.send(|client| client.delete(id))
    }

    /// [`Client::probe`](crate::Client::probe), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn probe(&self) -> Result<u32, Error> {
        self.block_on(self.client.probe())
    }

    /// [`Client::create_verified`](crate::Client::create_verified), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn create_verified(&self, webhook: &NewWebhook) -> Result<Reconciled, Error> {
        self.send(|client| client.create_verified(webhook))
    }

    /// [`Client::resolve`](crate::Client::resolve), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn resolve(&self, ticket: &Ticket) -> Result<Reconciled, Error> {
        self.send(|client| client.resolve(ticket))
    }

    /// [`Client::ensure`](crate::Client::ensure), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn ensure(&self, webhook: &NewWebhook) -> Result<Reconciled, Error> {
        self.send(|client| client.ensure(webhook))
    }

    /// [`Client::pending`](crate::Client::pending).
    #[must_use]
    pub fn pending(&self) -> Vec<PendingCall> {
        self.client.pending()
    }

    /// [`Client::take_outcome`](crate::Client::take_outcome), blocking.
    #[must_use]
    pub fn take_outcome(&self, id: CallId) -> Option<Result<Created, Error>> {
        self.block_on(self.client.take_outcome(id))
    }

    /// [`Client::cancel`](crate::Client::cancel).
    pub fn cancel(&self, id: CallId) -> Cancelled {
        self.client.cancel(id)
    }

    /// [`Client::drain`](crate::Client::drain), blocking.
    pub fn drain(&self) {
        self.block_on(self.client.drain());
    }

    /// [`Client::quota`](crate::Client::quota).
    #[must_use]
    pub fn quota(&self) -> &Quota {
        self.client.quota()
    }

    /// Runs on this thread, or on a separate one when this thread already runs async code, which
    /// must not block.
    fn block_on<T: Send>(&self, call: impl Future<Output = T> + Send) -> T {
        let runtime = self.runtime.get();
        let call = async {
            // Nothing polls the connections between two calls. This notices one that the server has
            // closed meanwhile, before a request is lost on it.
            tokio::task::yield_now().await;
            call.await
        };
        if Handle::try_current().is_err() {
            return runtime.block_on(call);
        }
        thread::scope(|scope| match scope.spawn(|| runtime.block_on(call)).join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }
}

impl<S: client_builder::IsComplete> ClientBuilder<S> {
    /// Builds a blocking client.
    ///
    /// # Errors
    ///
    /// As for `build`, and when the operating system refuses what a runtime needs.
    pub fn build_blocking(self) -> Result<Client, ConfigError> {
        Client::new(self.build()?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, runtime: _ } = self;
        f.debug_struct("Client").field("client", client).finish_non_exhaustive()
    }
}

/// A runtime that may be dropped anywhere, including in async code.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    #[expect(clippy::expect_used, reason = "it is taken out only by drop")]
    fn get(&self) -> &Runtime {
        self.0.as_ref().expect("the runtime is there until it is dropped")
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
