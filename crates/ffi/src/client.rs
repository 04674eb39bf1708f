//! The client.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::{Auth, CallId, CallOptions, EventCodes, Proxies, Roots, WebhookDraft};

use crate::{
    attempt::Created,
    config_error::ConfigError,
    error::WebhookError,
    host::{ApiHost, Credentials},
    pending::PendingCall,
    quota::Quota,
    settings::RetryPolicy,
    wait::Wait,
};

/// A client of one account: a host, the keys, a quota and settings. Any number of calls may run at once.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Client(leadsquared_webhooks::Client);

#[uniffi::export(async_runtime = "tokio")]
impl Client {
    /// A client of the account with these keys at this host. The rest has defaults:
    ///
    /// - `auth`, where the keys travel: the query, the one form observed on this service.
    /// - `codes`, which number stands for which event: as documented.
    /// - `quota`, which several clients may share: 25 calls in 5 s, as documented.
    /// - `quota_wait`, the longest wait for the quota before a call's first attempt: none, it waits for its turn.
    /// - `timeout`, the deadline of a call, from the moment that the quota lets it out, retries and waits included: 30 s.
    /// - `connect_timeout`, how long a connection may take to open, TLS included: 5 s.
    /// - `retry`, how often and how soon attempts follow each other: 4 attempts, backoff from 0.5 s.
    /// - `proxies`, through which calls go: none.
    /// - `roots`, where root certificates come from: the platform; on Android those that are bundled.
    /// - `root_certificates`, further ones, DER: none.
    ///
    /// Fails with every setting that is wrong.
    #[uniffi::constructor(default(
        auth = None,
        codes = None,
        quota = None,
        quota_wait = None,
        timeout = None,
        connect_timeout = None,
        retry = None,
        proxies = None,
        roots = None,
        root_certificates = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is named where it is given, and has a default")]
    pub fn new(
        host: &ApiHost,
        credentials: &Credentials,
        auth: Option<Auth>,
        codes: Option<EventCodes>,
        quota: Option<Arc<Quota>>,
        quota_wait: Option<Duration>,
        timeout: Option<Duration>,
        connect_timeout: Option<Duration>,
        retry: Option<RetryPolicy>,
        proxies: Option<Proxies>,
        roots: Option<Roots>,
        root_certificates: Option<Vec<Vec<u8>>>,
    ) -> Result<Self, ConfigError> {
        let client = leadsquared_webhooks::Client::builder(host.0.clone(), credentials.0.clone())
            .maybe_auth(auth)
            .maybe_codes(codes)
            .maybe_quota(quota.map(|quota| quota.0.clone()))
            .maybe_quota_wait(quota_wait)
            .maybe_timeout(timeout)
            .maybe_connect_timeout(connect_timeout)
            .maybe_retry(retry.map(Into::into))
            .maybe_proxies(proxies)
            .maybe_roots(roots)
            .maybe_root_certificates(root_certificates)
            .build()?;
        Ok(Self(client))
    }

    /// A client with all defaults from the environment: `LEADSQUARED_HOST`, `LEADSQUARED_ACCESS_KEY`,
    /// `LEADSQUARED_SECRET_KEY` and, if it is there, `LEADSQUARED_AUTH`; proxies as `HTTPS_PROXY` and its kin say. For
    /// servers and command lines. Fails with every variable that is missing or wrong.
    #[uniffi::constructor]
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self(leadsquared_webhooks::Client::from_env()?))
    }

    /// Creates a webhook: `POST /v2/Webhook.svc/Create`, documented.
    ///
    /// Sent again only when it surely was not applied: the connection never opened, or the quota was exceeded. Cancelling
    /// the wait, by a timeout around it too, ends it at once and **not the create**, which runs to its end: `pending` shows
    /// it, and `claim` takes its outcome.
    ///
    /// Fails as invalid (the draft breaks rules), not sent, refused or unknown; see `WebhookError`.
    #[uniffi::method(default(options = None))]
    pub async fn create(
        &self,
        draft: WebhookDraft,
        options: Option<CallOptions>,
    ) -> Result<Created, WebhookError> {
        let created = self.0.create_with(&draft.parse()?, &options.unwrap_or_default()).await?;
        Ok(created.into())
    }

    /// Creates a webhook and waits until it has ended, or the wait is given up: then nothing comes back.
    pub async fn create_until(
        &self,
        draft: WebhookDraft,
        options: Option<CallOptions>,
        wait: Arc<Wait>,
    ) -> Result<Option<Created>, WebhookError> {
        wait.until(self.create(draft, options)).await.transpose()
    }

    /// The creates that are under way, and those whose outcome nobody has taken yet, oldest first.
    pub fn pending(&self) -> Vec<PendingCall> {
        self.0.pending().into_iter().map(Into::into).collect()
    }

    /// Waits for a pending create to end and takes its outcome, which is that of the create itself; nothing when no such
    /// create is pending. At most 1,024 outcomes are kept; beyond that the oldest are dropped.
    pub async fn claim(&self, id: u64) -> Result<Option<Created>, WebhookError> {
        Ok(self.0.claim(CallId::new(id)).await.transpose()?.map(Into::into))
    }

    /// Claims an outcome and waits until it is there, or the wait is given up: then nothing comes back, and the outcome
    /// stays to be claimed.
    pub async fn claim_until(&self, id: u64, wait: Arc<Wait>) -> Result<Option<Created>, WebhookError> {
        Ok(wait.until(self.claim(id)).await.transpose()?.flatten())
    }

    /// The account's quota.
    pub fn quota(&self) -> Arc<Quota> {
        Arc::new(Quota(self.0.quota().clone()))
    }
}
