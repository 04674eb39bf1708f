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

/// A running sandbox: it listens on loopback alone, and stops when it is dropped. `Debug` shows no
/// key.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::{Fault, Sandbox};
///
/// # fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::builder().start_in_thread()?;
/// assert!(sandbox.host().starts_with("http://127.0.0.1:"));
/// sandbox.fault(Fault::ApplyThenClose); // the next call is applied, and its answer lost
/// assert!(sandbox.webhooks().is_empty());
/// assert!(sandbox.client_report().is_clean());
/// # Ok(()) }
/// ```
pub struct Sandbox {
    state: Shared,
    port: u16,
    /// Dropped, it ends every task of the sandbox.
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
    /// Starts with the settings of a sandbox; every one has a default.
    #[builder(builder_type(name = SandboxBuilder, vis = "pub"), start_fn(name = builder, vis = "pub"), finish_fn(name = settings, vis = ""))]
    fn settings_of(
        /// The port on 127.0.0.1; 0, the default, takes a free one.
        #[builder(default)]
        port: u16,
        /// The account's access key; a random one by default.
        #[builder(into, default = random_key("u$r"))]
        access_key: String,
        /// The account's secret key; a random one by default, with a `$` as real ones have.
        #[builder(into, default = random_key("s$c"))]
        secret_key: String,
        /// Further accounts, by their access and secret keys; none by default. All start with the
        /// same settings.
        #[builder(default)]
        accounts: Vec<(String, String)>,
        /// Which table of event codes the account follows; the documented one by default.
        #[builder(default)]
        code_table: CodeTable,
        /// The account's quota; 25 calls in 5 s by default.
        #[builder(default = vec![Limit::default()])]
        limits: Vec<Limit>,
        /// The form of a rate limit; 429 by default.
        #[builder(default)]
        rate_limit_form: RateLimitForm,
        /// The shortest and the longest time that a call travels, there and back; none by default.
        #[builder(default)]
        delay: (Duration, Duration),
        /// The seed of the delays, there and back and until a webhook is visible.
        #[builder(default)]
        seed: u64,
        /// How much later than its create a webhook shows up in Retrieve, at least and at most; at
        /// once by default. For everything else it exists at once.
        #[builder(default)]
        visible_after: (Duration, Duration),
        /// The form of a Retrieve that finds nothing; the odd one, without `Response`, by default.
        #[builder(default)]
        nothing_found: NothingFound,
        /// Whether Retrieve writes its numbers as strings; no by default.
        #[builder(default)]
        numbers_as_strings: bool,
        /// In which form Retrieve answers the URLs; as they were sent by default.
        #[builder(default)]
        stores_urls: UrlForm,
        /// In which form Retrieve answers the properties; a string by default.
        #[builder(default)]
        answers_properties: PropertiesForm,
        /// The most webhooks that one page of a Retrieve holds, whatever `PageSize` asks for; 200
        /// by default. The vendor's is *unknown*.
        #[builder(default = Pages::DEFAULT_CAP)]
        page_cap: NonZeroUsize,
        /// The largest `PageSize` that a Retrieve may ask for; above it, 500
        /// `MXInvalidInputException`. None by default; whether the vendor has one is *unknown*.
        largest_page_size: Option<NonZeroUsize>,
        /// What the first account has from the start, as if a person had made it: bodies as
        /// [`seed_webhook`](Sandbox::seed_webhook) takes them.
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
    /// Starts on the Tokio runtime around it, whose clock it follows, paused or not.
    ///
    /// # Errors
    ///
    /// When the port is taken, or one of the webhooks is refused.
    pub async fn start(self) -> io::Result<Sandbox> {
        Sandbox::start(self.settings()).await
    }

    /// Starts in a thread of its own, for code without async.
    ///
    /// # Errors
    ///
    /// When the port is taken, one of the webhooks is refused, or no thread is to be had.
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

    /// Scheme, address and port, such as `http://127.0.0.1:40123`: what `LEADSQUARED_HOST` takes.
    #[must_use]
    pub fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The first account's access key.
    #[must_use]
    pub fn access_key(&self) -> String {
        self.first().access_key()
    }

    /// The first account's secret key.
    #[must_use]
    pub fn secret_key(&self) -> String {
        self.first().secret_key()
    }

    /// Hosts one more account, with the settings of the builder. An access key that is there
    /// already gets this secret key.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_sandbox::{Fault, Sandbox};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().start_in_thread()?;
    /// let account = sandbox.add_account("u$r2", "s$c2");
    /// account.fault(Fault::ApplyThenClose); // the account's next call, and nobody else's
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

    /// The account with this access key.
    #[must_use]
    pub fn account(&self, access_key: &str) -> Option<SandboxAccount> {
        let index = lock(&self.state).account(access_key)?;
        Some(SandboxAccount { state: Arc::clone(&self.state), index })
    }

    fn first(&self) -> SandboxAccount {
        SandboxAccount { state: Arc::clone(&self.state), index: AccountIndex::FIRST }
    }

    /// Lets one more call of the first account go wrong, after those that are queued already: any
    /// call, or [one](crate::Fault::on) alone.
    pub fn fault(&self, fault: impl Into<QueuedFault>) {
        self.first().fault(fault);
    }

    /// Gives the first account a webhook, visible at once: a create's body, of which `WebhookEvent`
    /// and what the event needs suffice, and optionally a `StatusCode` as
    /// [`set_status`](Self::set_status) takes it. It is no request, takes no fault and counts
    /// against no quota.
    ///
    /// # Errors
    ///
    /// When a create with this body were refused.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_sandbox::Sandbox;
    /// use serde_json::json;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().start_in_thread()?;
    /// let webhook = sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://example.com/hooks"}))?;
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
    /// any other. Whether there is such a webhook.
    #[must_use]
    pub fn set_status(&self, id: &str, status: u8) -> bool {
        lock(&self.state).set_status(None, id, status)
    }

    /// What the vendor's API received, in order, for all accounts and for none.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).requests(None)
    }

    /// How many requests the vendor's API received.
    #[must_use]
    pub fn request_count(&self) -> usize {
        lock(&self.state).request_count(None)
    }

    /// What all accounts have, in the order of creation.
    #[must_use]
    pub fn webhooks(&self) -> Vec<StoredWebhook> {
        lock(&self.state).webhooks(None)
    }

    /// What a well-behaved client would not have done, with any account or none.
    #[must_use]
    pub fn client_report(&self) -> ClientReport {
        lock(&self.state).client_report(None)
    }

    /// Forgets every account's webhooks, requests, faults, misuses and the quota's past; keys and
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

/// A webhook that a create were refused for.
pub(crate) fn refused(refusal: Answer) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, refusal.body)
}

fn random_key(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::new_v4().simple())
}
