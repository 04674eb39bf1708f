//! A blocking client, for code without async.

use std::{fmt, future::Future, sync::Arc, thread};

use leadsquared_webhooks_core::{NewWebhook, Reconciled, Ticket, Webhook, WebhookFilter, WebhookId};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    client::change::Changed,
    config_error::ConfigError,
    engine::{
        created::Created,
        options::CallOptions,
        pending::{CallId, Cancelled, PendingCall},
        quota::Quota,
    },
    error::Error,
    runs::{EnsureOptions, OnMismatch, ResolveOptions},
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

    /// [`Client::create`](crate::Client::create), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn create(&self, webhook: &NewWebhook) -> Result<Created, Error> {
        self.block_on(self.client.create(webhook))
    }

    /// [`Client::create_with`](crate::Client::create_with), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn create_with(&self, webhook: &NewWebhook, options: &CallOptions) -> Result<Created, Error> {
        self.block_on(self.client.create_with(webhook, options))
    }

    /// [`Client::list`](crate::Client::list), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn list(&self, filter: &WebhookFilter) -> Result<Vec<Webhook>, Error> {
        self.block_on(self.client.list(filter))
    }

    /// [`Client::get`](crate::Client::get), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn get(&self, id: &WebhookId) -> Result<Option<Webhook>, Error> {
        self.block_on(self.client.get(id))
    }

    /// [`Client::update`](crate::Client::update), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn update(&self, id: &WebhookId, webhook: &NewWebhook) -> Result<Changed, Error> {
        self.block_on(self.client.update(id, webhook))
    }

    /// [`Client::delete`](crate::Client::delete), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn delete(&self, id: &WebhookId) -> Result<Changed, Error> {
        self.block_on(self.client.delete(id))
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
    pub fn create_verified(
        &self,
        webhook: &NewWebhook,
        on_mismatch: OnMismatch,
    ) -> Result<Reconciled, Error> {
        self.block_on(self.client.create_verified(webhook, on_mismatch))
    }

    /// [`Client::resolve`](crate::Client::resolve), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn resolve(&self, ticket: &Ticket, options: &ResolveOptions) -> Result<Reconciled, Error> {
        self.block_on(self.client.resolve(ticket, options))
    }

    /// [`Client::ensure`](crate::Client::ensure), blocking.
    ///
    /// # Errors
    ///
    /// As the async one.
    pub fn ensure(&self, webhook: &NewWebhook, options: &EnsureOptions) -> Result<Reconciled, Error> {
        self.block_on(self.client.ensure(webhook, options))
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
