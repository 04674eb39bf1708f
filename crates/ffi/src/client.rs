//! The client.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::{
    Auth, CallId, CallOptions, Cancelled, CustomHeadersForm, EventCodes, OnMismatch, Proxies, Roots,
    WebhookDraft,
};

use crate::{
    attempt::Created,
    config_error::ConfigError,
    ensure::EnsureOptions,
    error::WebhookError,
    existing::{Changed, Listed, Webhook, WebhookFilter},
    host::{ApiHost, Credentials},
    pending::PendingCall,
    progress::{self, ProgressListener},
    quota::Quota,
    reconciled::Reconciled,
    settings::RetryPolicy,
    ticket::{ResolveOptions, Ticket},
    wait::Wait,
};

/// A client of one account: a host, the keys, a quota and settings. Any number of calls may run at
/// once.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Client(leadsquared_webhooks::Client);

// Each package waits in its own way, by hand: see `Wait`.
#[uniffi::export(async_runtime = "tokio")]
impl Client {
    /// A client of the account with these keys at this host. The rest has defaults:
    ///
    /// - `auth`, where the keys travel: the query, the one form observed on this service.
    /// - `codes`, which number stands for which event: as documented.
    /// - `custom_headers_form`, how custom headers are sent: an array, as documented by a sample.
    /// - `quota`, which several clients may share: 25 calls in 5 s, as documented.
    /// - `quota_wait`, the longest wait for the quota before a call's first attempt: none, it waits
    ///   for its turn.
    /// - `timeout`, the deadline of a call, from the moment that the quota admits it, retries and
    ///   waits included: 30 s.
    /// - `connect_timeout`, how long a connection may take to open, TLS included: 5 s.
    /// - `retry`, how often and how soon attempts follow each other: 4 attempts, backoff from 0.5
    ///   s.
    /// - `proxies`, through which calls go: none.
    /// - `roots`, where root certificates come from: the platform; on Android those that are
    ///   bundled.
    /// - `root_certificates`, further ones, DER: none.
    ///
    /// Fails with every setting that is wrong.
    #[uniffi::constructor(default(
        auth = None,
        codes = None,
        custom_headers_form = None,
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
        custom_headers_form: Option<CustomHeadersForm>,
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
            .maybe_custom_headers_form(custom_headers_form)
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

    /// A client with all defaults from the environment: `LEADSQUARED_HOST`,
    /// `LEADSQUARED_ACCESS_KEY`, `LEADSQUARED_SECRET_KEY` and, if it is there, `LEADSQUARED_AUTH`;
    /// proxies as `HTTPS_PROXY` etc. say. For servers and command lines. Fails with every variable
    /// that is missing or wrong.
    #[uniffi::constructor]
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self(leadsquared_webhooks::Client::from_env()?))
    }

    /// Creates a webhook and waits until it has ended or the wait is cancelled: then nothing comes
    /// back.
    pub async fn create_until(
        &self,
        draft: WebhookDraft,
        options: Option<CallOptions>,
        wait: Arc<Wait>,
    ) -> Result<Option<Created>, WebhookError> {
        let webhook = draft.parse()?;
        wait.result_of(self.0.create_with(&webhook, &options.unwrap_or_default())).await
    }

    /// Creates a webhook and reads it back, and waits until that has ended or the wait is
    /// cancelled: then nothing comes back.
    pub async fn create_verified_until(
        &self,
        draft: WebhookDraft,
        on_mismatch: OnMismatch,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let webhook = draft.parse()?;
        wait.result_of(self.0.create_verified(&webhook, on_mismatch)).await
    }

    /// Lists webhooks and waits until all are there or the wait is cancelled: then nothing comes
    /// back.
    pub async fn list_until(
        &self,
        filter: WebhookFilter,
        wait: Arc<Wait>,
    ) -> Result<Option<Vec<Webhook>>, WebhookError> {
        let listed: Option<Listed> = wait.result_of(self.0.list(&filter.parse()?)).await?;
        Ok(listed.map(|Listed(webhooks)| webhooks))
    }

    /// Reads one webhook and waits until it is there or the wait is cancelled: then nothing comes
    /// back either.
    pub async fn get_until(&self, id: String, wait: Arc<Wait>) -> Result<Option<Webhook>, WebhookError> {
        let id = id.parse()?;
        Ok(wait.until(self.0.get(&id)).await.transpose()?.flatten().map(Into::into))
    }

    /// Replaces a webhook and waits until that has ended or the wait is cancelled: then nothing
    /// comes back.
    pub async fn update_until(
        &self,
        id: String,
        draft: WebhookDraft,
        wait: Arc<Wait>,
    ) -> Result<Option<Changed>, WebhookError> {
        let (id, webhook) = (id.parse()?, draft.parse()?);
        wait.result_of(self.0.update(&id, &webhook)).await
    }

    /// Deletes a webhook and waits until that is confirmed or the wait is cancelled: then nothing
    /// comes back.
    pub async fn delete_until(&self, id: String, wait: Arc<Wait>) -> Result<Option<Changed>, WebhookError> {
        let id = id.parse()?;
        wait.result_of(self.0.delete(&id)).await
    }

    /// Finds out what became of a create, and waits until that is known or the wait is cancelled:
    /// then nothing comes back.
    pub async fn resolve_until(
        &self,
        ticket: Arc<Ticket>,
        options: Option<ResolveOptions>,
        progress: Option<Arc<dyn ProgressListener>>,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let options = options.unwrap_or_default().reporting(progress::to_any(progress));
        wait.result_of(self.0.resolve(&ticket.0, &options)).await
    }

    /// Ensures a webhook, and waits until that is done or the wait is cancelled: then nothing comes
    /// back.
    pub async fn ensure_until(
        &self,
        draft: WebhookDraft,
        options: Option<EnsureOptions>,
        progress: Option<Arc<dyn ProgressListener>>,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let webhook = draft.parse()?;
        let options = options.unwrap_or_default().reporting(progress::to_any(progress));
        wait.result_of(self.0.ensure(&webhook, &options)).await
    }

    /// The creates that are in flight, and those whose outcome nobody has taken yet, oldest first.
    pub fn pending(&self) -> Vec<PendingCall> {
        self.0.pending().into_iter().map(Into::into).collect()
    }

    /// Takes an outcome and waits until it is there or the wait is cancelled: then nothing comes
    /// back, and the outcome stays to be taken.
    pub async fn take_outcome_until(
        &self,
        id: u64,
        wait: Arc<Wait>,
    ) -> Result<Option<Created>, WebhookError> {
        let outcome = wait.until(self.0.take_outcome(CallId::new(id))).await.flatten();
        Ok(outcome.transpose()?.map(Into::into))
    }

    /// Cancels a pending create: it is withdrawn while no attempt of it is in flight, so that
    /// nothing of it is ever applied.
    pub fn cancel(&self, id: u64) -> Cancelled {
        self.0.cancel(CallId::new(id))
    }

    /// Waits until no create, update or delete is queued or in flight, or the wait is cancelled:
    /// then it gives false.
    pub async fn drain_until(&self, wait: Arc<Wait>) -> Result<bool, WebhookError> {
        Ok(wait.until(self.0.drain()).await.is_some())
    }

    /// Whether the quota has admitted any create, update or delete of this client: a program that
    /// ends before has left no trace on the account.
    pub fn may_have_changed(&self) -> bool {
        self.0.may_have_changed()
    }

    /// The account's quota.
    pub fn quota(&self) -> Arc<Quota> {
        Arc::new(Quota(self.0.quota().clone()))
    }
}
