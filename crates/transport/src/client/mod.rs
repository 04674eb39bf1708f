//! The client: a host, the keys, a quota and settings.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod request;

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks_core::{
    ApiHost, Credentials, CustomHeadersForm, EventCodes, Secrets, retry::RetryPolicy,
};

use crate::{
    call_error::Error,
    config::environment::Environment,
    config_error::ConfigError,
    engine::{
        Engine, Observer,
        call::Settings,
        clock::Clock,
        created::Created,
        pending::{CallId, Cancelled, PendingCall},
        quota::Quota,
        turns::Turns,
    },
    net::{
        auth::Auth,
        http_client::{HttpClient, Proxies, ServerDate},
        roots::Roots,
    },
};

/// A client of one account. Clones share connections, quota and pending creates.
///
/// Its calls require a Tokio runtime; [`blocking::Client`](crate::blocking::Client) includes one.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::{Client, account::{ApiHost, Auth, Credentials}};
///
/// let credentials = Credentials::parse("access", "secret")?;
/// let client = Client::builder(ApiHost::mumbai(), credentials)
///     .auth(Auth::Headers)
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// assert!(client.pending().is_empty());
/// assert!(!format!("{client:?}").contains("secret"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    engine: Arc<Engine>,
    pub(crate) defaults: Settings,
}

/// Timeouts, certificates and proxies, shared by several clients. Unset values have the defaults of
/// [`Client::builder`].
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::account::ClientSettings;
///
/// let settings = ClientSettings::builder().timeout(Duration::from_secs(10)).attempts(2).build();
/// assert_eq!(settings.connect_timeout, None);
/// ```
#[derive(Clone, Debug, Default, bon::Builder)]
pub struct ClientSettings {
    /// The deadline of a call.
    pub timeout: Option<Duration>,
    /// The timeout for opening a connection.
    pub connect_timeout: Option<Duration>,
    /// The maximum number of attempts of a call, including the first.
    pub attempts: Option<u32>,
    /// The maximum wait for the quota before a call's first attempt.
    pub quota_wait: Option<Duration>,
    /// The source of the root certificates.
    #[builder(default)]
    pub roots: Roots,
    /// Additional root certificates, in DER form.
    #[builder(default)]
    pub root_certificates: Vec<Vec<u8>>,
    /// Whether the proxies configured by `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are used.
    #[builder(default)]
    pub proxies: Proxies,
}

#[bon::bon]
impl Client {
    /// Starts a client builder with the two required values. All other settings have defaults.
    ///
    /// # Errors
    ///
    /// `build` fails with a [`ConfigError`] when TLS cannot be set up, or a key cannot be sent in a
    /// header.
    #[expect(clippy::needless_pass_by_value, reason = "a builder owns its parts")]
    #[builder(builder_type(name = ClientBuilder, vis = "pub"), state_mod(vis = "pub(crate)"), start_fn(name = builder, vis = "pub"), finish_fn = build)]
    fn new(
        #[builder(start_fn)] host: ApiHost,
        #[builder(start_fn)] credentials: Credentials,
        /// Where the keys are sent. Default: the query, the only form *observed* on this service.
        #[builder(default)]
        auth: Auth,
        /// The table of event codes. Default: the documented one.
        codes: Option<EventCodes>,
        /// The form in which creates and updates send the custom headers. Default: an array, as
        /// *documented* by a sample; no response to either form has been seen.
        #[builder(default)]
        custom_headers_form: CustomHeadersForm,
        /// The account's quota, which several clients may share. Default: 25 calls in 5 s, as
        /// documented.
        #[builder(default)]
        quota: Quota,
        /// The maximum wait for the quota before a call's first attempt. Default: no limit.
        quota_wait: Option<Duration>,
        /// The deadline of a call, counted from its admission by the quota and including retries
        /// and waits. Default: 30 s.
        #[builder(default = Duration::from_secs(30))]
        timeout: Duration,
        /// The timeout for opening a connection, including TLS. Default: 5 s.
        #[builder(default = Duration::from_secs(5))]
        connect_timeout: Duration,
        /// The number of attempts and the backoff between them. Default: 4 attempts, backoff from
        /// 0.5 s.
        #[builder(default)]
        retry: RetryPolicy,
        /// The source of the root certificates. Default: the platform; on Android the bundled ones.
        #[builder(default)]
        roots: Roots,
        /// Additional root certificates, in DER form.
        #[builder(default)]
        root_certificates: Vec<Vec<u8>>,
        /// Whether the proxies configured by `HTTPS_PROXY` etc. are used. Default: no, except with
        /// [`from_env`](Self::from_env).
        #[builder(default)]
        proxies: Proxies,
        /// Called for every attempt of any call.
        #[builder(setters(vis = "pub(crate)"))]
        observer: Option<Observer>,
    ) -> Result<Self, ConfigError> {
        let http =
            HttpClient::new(host, &credentials, auth, connect_timeout, roots, &root_certificates, proxies)?;
        let engine = Arc::new(Engine {
            http,
            secrets: Secrets::of_credentials(&credentials),
            codes,
            turns: Turns::default(),
            custom_headers_form,
            quota,
            pending: Arc::default(),
            observer,
            clock: Clock::default(),
        });
        Ok(Self { engine, defaults: Settings { timeout, quota_wait, retry } })
    }
}

impl<S: client_builder::State> ClientBuilder<S> {
    /// Uses the proxies configured by `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, never for
    /// loopback.
    pub fn proxies_from_env(self) -> ClientBuilder<client_builder::SetProxies<S>>
    where
        S::Proxies: client_builder::IsUnset,
    {
        self.proxies(Proxies::FromEnvironment)
    }
}

impl Client {
    /// Builds a client with all defaults from `LEADSQUARED_HOST`, `LEADSQUARED_ACCESS_KEY`,
    /// `LEADSQUARED_SECRET_KEY` and, if set, `LEADSQUARED_AUTH`. It uses the proxies of the
    /// environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or invalid.
    pub fn from_env() -> Result<Self, ConfigError> {
        let Environment { host, credentials, auth } = Environment::read()?;
        Self::builder(host, credentials).auth(auth).proxies_from_env().build()
    }

    /// The creates in flight, and those whose outcome has not been taken yet, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingCall> {
        self.engine.pending.list()
    }

    /// Waits for a pending create to end and takes its outcome; `None` when no such create is
    /// pending.
    ///
    /// Of the creates that nobody awaits, at most 1,024 known outcomes are kept; beyond that, the
    /// oldest are dropped with a warning in the log. Creates whose outcome is unknown are counted
    /// separately: 16,384 of them are kept, and one beyond that is dropped with an error in the log
    /// that names its event and URL.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) {
    /// for call in client.pending() {
    ///     if let Some(outcome) = client.take_outcome(call.id).await {
    ///         println!("{}: {outcome:?}", call.webhook.url());
    ///     }
    /// }
    /// # }
    /// ```
    pub async fn take_outcome(&self, id: CallId) -> Option<Result<Created, Error>> {
        self.engine.pending.take_outcome(id).await
    }

    /// Cancels a pending create: withdraws it while no attempt is in flight, so that nothing of it
    /// is ever applied. Admission and withdrawal are mutually exclusive: exactly one of them
    /// happens.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks::{
    ///     Client, account::{ApiHost, Credentials}, call::{CallId, Cancelled},
    /// };
    ///
    /// let client =
    ///     Client::builder(ApiHost::mumbai(), Credentials::parse("access", "secret")?).build()?;
    /// assert_eq!(client.cancel(CallId::new(7)), Cancelled::NoSuchCall);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self, id: CallId) -> Cancelled {
        self.engine.pending.cancel(id)
    }

    /// Waits until no create, update or delete is queued or in flight. A program calls this before
    /// it exits, so that none is interrupted. The outcomes of creates stay available to
    /// [`take_outcome`](Self::take_outcome).
    ///
    /// # Example
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn run(client: leadsquared_webhooks::Client) {
    /// if tokio::time::timeout(Duration::from_secs(10), client.drain()).await.is_err() {
    ///     println!("{} creates are interrupted", client.pending().len());
    /// }
    /// # }
    /// ```
    pub async fn drain(&self) {
        self.engine.pending.drain().await;
    }

    /// Whether the quota has admitted any create, update or delete of this client. A program that
    /// exits before that has changed nothing on the account.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks::{Client, account::{ApiHost, Credentials}};
    ///
    /// let client =
    ///     Client::builder(ApiHost::mumbai(), Credentials::parse("access", "secret")?).build()?;
    /// assert!(!client.may_have_changed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        self.engine.pending.may_have_changed()
    }

    /// The account's quota.
    #[must_use]
    pub fn quota(&self) -> &Quota {
        &self.engine.quota
    }

    /// The account's host.
    #[must_use]
    pub fn host(&self) -> &ApiHost {
        self.engine.http.host()
    }

    /// Host and port of the proxy that calls go through, if there is one.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks::{Client, account::{ApiHost, Credentials}};
    ///
    /// let credentials = Credentials::parse("access", "secret")?;
    /// let client = Client::builder(ApiHost::mumbai(), credentials).build()?;
    /// assert_eq!(client.proxy(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.engine.http.proxy()
    }

    /// The API's clock by the latest response; `None` before the first one, and when it has no
    /// `Date`. A clock that is wrong makes valid certificates look expired, and the times in logs
    /// and tickets misleading.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) {
    /// if let (Ok(_), Some(server)) = (client.probe().await, client.server_date()) {
    ///     println!("{:?} there, {:?} here", server.date, server.received_at);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn server_date(&self) -> Option<ServerDate> {
        self.engine.http.server_date()
    }

    /// The same client with a separate connection pool. It shares settings, quota and pending
    /// creates.
    ///
    /// A connection is bound to the runtime on which it was opened. On another client's runtime,
    /// which is not being driven, a call would wait for its deadline.
    pub(crate) fn reconnected(&self) -> Result<Self, ConfigError> {
        Ok(Self { engine: Arc::new(self.engine.reconnected()?), defaults: self.defaults })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}
