//! A running sandbox.

use std::{
    fmt, io,
    num::NonZeroUsize,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::watch, time::Instant};

use crate::{
    account::Settings,
    client_report::ClientReport,
    codes::CodeTable,
    envelope::Answer,
    fault::QueuedFault,
    keys::Keys,
    limits::{Limit, RateLimitForm},
    properties_form::PropertiesForm,
    requests::ReceivedRequest,
    retrieve::{NothingFound, Pages, Writing},
    sandbox_account::SandboxAccount,
    server::{self, Shared, lock},
    state::{AccountIndex, State},
    url_form::UrlForm,
    webhooks::StoredWebhook,
};

/// A running sandbox. It listens on loopback only, and stops when dropped. `Debug` shows no key.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::{Fault, Sandbox};
///
/// # fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::builder().start_in_thread()?;
/// assert!(sandbox.host().starts_with("http://127.0.0.1:"));
/// sandbox.fault(Fault::ApplyThenClose); // the next call is applied, but its answer is lost
/// assert!(sandbox.webhooks().is_empty());
/// assert!(sandbox.client_report().is_clean());
/// # Ok(()) }
/// ```
pub struct Sandbox {
    state: Shared,
    port: u16,
    /// Ends every task of the sandbox when dropped.
    stop: watch::Sender<bool>,
}

/// The settings before the start.
struct Start {
    port: u16,
    state: State,
    webhooks: Vec<Value>,
}

#[bon::bon]
impl Sandbox {
    /// Creates a sandbox; every setting has a default.
    #[builder(builder_type(name = SandboxBuilder, vis = "pub"), start_fn(name = builder, vis = "pub"), finish_fn(name = settings, vis = ""))]
    fn settings_of(
        /// The port on 127.0.0.1; 0, the default, selects a free one.
        #[builder(default)]
        port: u16,
        /// The account's access key; random by default.
        #[builder(into, default = random_key("u$r"))]
        access_key: String,
        /// The account's secret key; random by default, with a `$` as real ones have.
        #[builder(into, default = random_key("s$c"))]
        secret_key: String,
        /// Additional accounts, as access key and secret key; none by default. All start with the
        /// same settings.
        #[builder(default)]
        accounts: Vec<(String, String)>,
        /// The table of event codes that the account follows; the documented one by default.
        #[builder(default)]
        code_table: CodeTable,
        /// The account's quota; 25 calls in 5 s by default.
        #[builder(default = vec![Limit::default()])]
        limits: Vec<Limit>,
        /// The form of a rate-limit answer; 429 by default.
        #[builder(default)]
        rate_limit_form: RateLimitForm,
        /// The shortest and longest latency of a call, both ways together; none by default.
        #[builder(default)]
        delay: (Duration, Duration),
        /// The random seed of the latencies and of the delays until a webhook is visible.
        #[builder(default)]
        seed: u64,
        /// The shortest and longest delay until a created webhook shows up in Retrieve; none by
        /// default. For everything else the webhook exists at once.
        #[builder(default)]
        visible_after: (Duration, Duration),
        /// The form of a Retrieve answer that finds nothing; without `Response` by default.
        #[builder(default)]
        nothing_found: NothingFound,
        /// Whether Retrieve writes its numbers as strings; false by default.
        #[builder(default)]
        numbers_as_strings: bool,
        /// The form in which Retrieve returns URLs; as sent by default.
        #[builder(default)]
        stores_urls: UrlForm,
        /// The form in which Retrieve returns properties; a string by default.
        #[builder(default)]
        answers_properties: PropertiesForm,
        /// The most webhooks on one page of a Retrieve, regardless of `PageSize`; 200 by default.
        /// LeadSquared's limit is *unknown*.
        #[builder(default = Pages::DEFAULT_CAP)]
        page_cap: NonZeroUsize,
        /// The largest `PageSize` that a Retrieve may ask for; a larger one gets a 500
        /// `MXInvalidInputException`. None by default; whether LeadSquared has one is *unknown*.
        largest_page_size: Option<NonZeroUsize>,
        /// The webhooks that the first account has from the start, as if a person had created them:
        /// bodies as [`seed_webhook`](Sandbox::seed_webhook) takes them.
        #[builder(default)]
        webhooks: Vec<Value>,
    ) -> Start {
        let settings = Settings {
            table: code_table,
            limits,
            rate_limit_form,
            visible_after,
            writing: Writing {
                nothing_found,
                numbers_as_strings,
                urls: stores_urls,
                properties: answers_properties,
            },
            pages: Pages { cap: page_cap, largest_size: largest_page_size },
        };
        let mut state = State::new(Keys { access_key, secret_key }, settings, delay, seed);
        for (access_key, secret_key) in accounts {
            state.add_account(Keys { access_key, secret_key });
        }
        Start { port, state, webhooks }
    }
}

impl<S: sandbox_builder::IsComplete> SandboxBuilder<S> {
    /// Starts on the current Tokio runtime and follows its clock, paused or not.
    ///
    /// # Errors
    ///
    /// Returns an error if the port is taken, or if one of the webhooks is refused.
    pub async fn start(self) -> io::Result<Sandbox> {
        Sandbox::start(self.settings()).await
    }

    /// Starts in a separate thread, for code without async.
    ///
    /// # Errors
    ///
    /// Returns an error if the port is taken, if one of the webhooks is refused, or if no thread
    /// can be started.
    pub fn start_in_thread(self) -> io::Result<Sandbox> {
        let settings = self.settings();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (started, start) = mpsc::channel();
        thread::Builder::new().name("leadsquared-sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                let sandbox = Sandbox::start(settings).await;
                let mut stopped = sandbox.as_ref().map(|sandbox| sandbox.stop.subscribe()).ok();
                let _ = started.send(sandbox);
                if let Some(stopped) = &mut stopped {
                    let _ = stopped.changed().await;
                }
            });
        })?;
        start.recv().map_err(io::Error::other)?
    }
}

impl Sandbox {
    async fn start(start: Start) -> io::Result<Self> {
        let Start { port, mut state, webhooks } = start;
        for body in webhooks {
            state.seed_webhook(AccountIndex::FIRST, &body, Instant::now()).map_err(refused)?;
        }
        let listener = server::bind(port).await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(state));
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(server::serve(listener, Arc::clone(&state), stopped));
        Ok(Self { state, port, stop })
    }

    /// Returns scheme, address and port, such as `http://127.0.0.1:40123`: the value for
    /// `LEADSQUARED_HOST`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the first account's access key.
    #[must_use]
    pub fn access_key(&self) -> String {
        self.first().access_key()
    }

    /// Returns the first account's secret key.
    #[must_use]
    pub fn secret_key(&self) -> String {
        self.first().secret_key()
    }

    /// Adds an account with the builder's settings. If the access key already exists, its secret
    /// key is replaced.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_sandbox::{Fault, Sandbox};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().start_in_thread()?;
    /// let account = sandbox.add_account("u$r2", "s$c2");
    /// account.fault(Fault::ApplyThenClose); // only this account's next call
    /// assert!(sandbox.account("u$r2").is_some_and(|account| account.webhooks().is_empty()));
    /// assert!(sandbox.account("nobody").is_none());
    /// # Ok(()) }
    /// ```
    pub fn add_account(
        &self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> SandboxAccount {
        let keys = Keys { access_key: access_key.into(), secret_key: secret_key.into() };
        let index = lock(&self.state).add_account(keys);
        SandboxAccount { state: Arc::clone(&self.state), index }
    }

    /// Returns the account with this access key.
    #[must_use]
    pub fn account(&self, access_key: &str) -> Option<SandboxAccount> {
        let index = lock(&self.state).account(access_key)?;
        Some(SandboxAccount { state: Arc::clone(&self.state), index })
    }

    fn first(&self) -> SandboxAccount {
        SandboxAccount { state: Arc::clone(&self.state), index: AccountIndex::FIRST }
    }

    /// Queues a fault for the first account, for any call or for [one kind](crate::Fault::on) of
    /// call.
    pub fn fault(&self, fault: impl Into<QueuedFault>) {
        self.first().fault(fault);
    }

    /// Adds a webhook to the first account, visible at once. The body is a create's, of which only
    /// `WebhookEvent` and what the event needs are required; it may have a `StatusCode` as
    /// [`set_status`](Self::set_status) takes it. This is not a request: it takes no fault and
    /// counts against no quota.
    ///
    /// # Errors
    ///
    /// Returns an error if a create with this body would be refused.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_sandbox::Sandbox;
    /// use serde_json::json;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().start_in_thread()?;
    /// let body = json!({"WebhookEvent": "3", "URL": "https://example.com/hooks"});
    /// let webhook = sandbox.seed_webhook(&body)?;
    /// assert_eq!(webhook.event, "Lead_Post_Create");
    /// assert!(sandbox.set_status(&webhook.id, 2));
    /// let disabled = sandbox.seed_webhook(&json!({"WebhookEvent": "6", "StatusCode": 1}))?;
    /// assert_eq!(disabled.status, 1);
    /// assert!(sandbox.seed_webhook(&json!({"WebhookEvent": "99"})).is_err());
    /// # Ok(()) }
    /// ```
    pub fn seed_webhook(&self, body: &Value) -> io::Result<StoredWebhook> {
        self.first().seed_webhook(body)
    }

    /// Sets a webhook's `StatusCode`: 0 enabled, 1 disabled by hand, 2 disabled after failures, or
    /// any other. Returns whether the webhook exists.
    #[must_use]
    pub fn set_status(&self, id: &str, status: u8) -> bool {
        lock(&self.state).set_status(None, id, status)
    }

    /// Returns the requests to the LeadSquared API, in order, with or without an account.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).requests(None)
    }

    /// Returns the number of requests to the LeadSquared API.
    #[must_use]
    pub fn request_count(&self) -> usize {
        lock(&self.state).request_count(None)
    }

    /// Returns the webhooks of all accounts, in order of creation.
    #[must_use]
    pub fn webhooks(&self) -> Vec<StoredWebhook> {
        lock(&self.state).webhooks(None)
    }

    /// Returns the report of client misuse, with or without an account.
    #[must_use]
    pub fn client_report(&self) -> ClientReport {
        lock(&self.state).client_report(None)
    }

    /// Clears every account's webhooks, requests, faults, misuse and quota history; keys and
    /// settings stay.
    pub fn reset(&self) {
        lock(&self.state).reset(None);
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("host", &self.host()).finish_non_exhaustive()
    }
}

/// An error for a webhook whose create would be refused.
pub(crate) fn refused(refusal: Answer) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, refusal.body)
}

fn random_key(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::new_v4().simple())
}
