//! The client.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::{
    account::{Auth, Proxies, Roots},
    call::{CallId, Cancelled, OnMismatch},
    event::EventCodes,
    webhook::{CustomHeadersForm, WebhookDraft},
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
    settings::CallOptions,
    settings::RetryPolicy,
    ticket::{ResolveOptions, Ticket},
    wait::Wait,
};

/// A client for one account: a host, the keys, a quota and settings. Any number of calls may run
/// concurrently.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Client(leadsquared_webhooks::Client);

// The Kotlin and Swift packages wrap the `*_until` methods by hand: see `Wait`.
#[uniffi::export(async_runtime = "tokio")]
impl Client {
    /// Builds a client for the account with these keys at this host. All other settings have
    /// defaults:
    ///
    /// - `auth`, where the keys are sent: the query, the only form *observed* on this service.
    /// - `codes`, the table of event codes: as *documented*.
    /// - `custom_headers_form`, how custom headers are sent: an array, *documented* by a sample.
    /// - `quota`, which several clients may share: 25 calls per 5 s, *documented*.
    /// - `quota_wait`, the maximum wait for the quota before a call's first attempt: unlimited.
    /// - `timeout`, the deadline of a call, counted from its admission by the quota, including
    ///   retries and waits: 30 s.
    /// - `connect_timeout`, the time limit for opening a connection, including TLS: 5 s.
    /// - `retry`, the number of attempts and the backoff: 4 attempts, backoff from 0.5 s.
    /// - `proxies`, the proxies to use: none.
    /// - `roots`, the source of root certificates: the platform; on Android, the bundled ones.
    /// - `root_certificates`, additional ones, DER: none.
    ///
    /// Fails with every invalid setting.
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

    /// Builds a client with default settings from the environment: `LEADSQUARED_HOST`,
    /// `LEADSQUARED_ACCESS_KEY`, `LEADSQUARED_SECRET_KEY` and, optionally, `LEADSQUARED_AUTH`;
    /// proxies from `HTTPS_PROXY` etc. For servers and command lines. Fails with every variable
    /// that is missing or invalid.
    #[uniffi::constructor]
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self(leadsquared_webhooks::Client::from_env()?))
    }

    /// Creates a webhook. Returns nothing when the wait is cancelled first.
    pub async fn create_until(
        &self,
        draft: WebhookDraft,
        options: Option<CallOptions>,
        wait: Arc<Wait>,
    ) -> Result<Option<Created>, WebhookError> {
        let webhook = draft.parse()?;
        let CallOptions { timeout, attempts, quota_wait } = options.unwrap_or_default();
        let create = self.0.create(&webhook).timeout(timeout).attempts(attempts).quota_wait(quota_wait);
        wait.result_of(create).await
    }

    /// Creates a webhook and reads it back. Returns nothing when the wait is cancelled first.
    pub async fn create_verified_until(
        &self,
        draft: WebhookDraft,
        on_mismatch: OnMismatch,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let webhook = draft.parse()?;
        wait.result_of(self.0.create_verified(&webhook).on_mismatch(on_mismatch)).await
    }

    /// Lists webhooks. Returns nothing when the wait is cancelled first.
    pub async fn list_until(
        &self,
        filter: WebhookFilter,
        wait: Arc<Wait>,
    ) -> Result<Option<Vec<Webhook>>, WebhookError> {
        let listed: Option<Listed> = wait.result_of(self.0.list().filter(filter.parse()?)).await?;
        Ok(listed.map(|Listed(webhooks)| webhooks))
    }

    /// Reads one webhook. Returns nothing when there is none, or when the wait is cancelled first.
    pub async fn get_until(&self, id: String, wait: Arc<Wait>) -> Result<Option<Webhook>, WebhookError> {
        let id = id.parse()?;
        Ok(wait.until(self.0.get(&id)).await.transpose()?.flatten().map(Into::into))
    }

    /// Replaces a webhook. Returns nothing when the wait is cancelled first.
    pub async fn update_until(
        &self,
        id: String,
        draft: WebhookDraft,
        wait: Arc<Wait>,
    ) -> Result<Option<Changed>, WebhookError> {
        let (id, webhook) = (id.parse()?, draft.parse()?);
        wait.result_of(self.0.update(&id, &webhook)).await
    }

    /// Deletes a webhook and confirms it. Returns nothing when the wait is cancelled first.
    pub async fn delete_until(&self, id: String, wait: Arc<Wait>) -> Result<Option<Changed>, WebhookError> {
        let id = id.parse()?;
        wait.result_of(self.0.delete(&id)).await
    }

    /// Resolves a create whose outcome is unknown. Returns nothing when the wait is cancelled
    /// first.
    pub async fn resolve_until(
        &self,
        ticket: Arc<Ticket>,
        options: Option<ResolveOptions>,
        progress: Option<Arc<dyn ProgressListener>>,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let resolve = options.unwrap_or_default().of(self.0.resolve(&ticket.0));
        wait.result_of(resolve.on_progress(progress::to_any(progress))).await
    }

    /// Ensures a webhook. Returns nothing when the wait is cancelled first.
    pub async fn ensure_until(
        &self,
        draft: WebhookDraft,
        options: Option<EnsureOptions>,
        progress: Option<Arc<dyn ProgressListener>>,
        wait: Arc<Wait>,
    ) -> Result<Option<Reconciled>, WebhookError> {
        let webhook = draft.parse()?;
        let ensure = options.unwrap_or_default().of(self.0.ensure(&webhook));
        wait.result_of(ensure.on_progress(progress::to_any(progress))).await
    }

    /// Lists the creates that are queued or in flight, and those whose outcome has not been taken
    /// yet, oldest first.
    pub fn pending(&self) -> Vec<PendingCall> {
        self.0.pending().into_iter().map(Into::into).collect()
    }

    /// Waits for a pending create and takes its outcome. Returns nothing when no such create is
    /// pending, or when the wait is cancelled first; the outcome can then still be taken.
    pub async fn take_outcome_until(
        &self,
        id: u64,
        wait: Arc<Wait>,
    ) -> Result<Option<Created>, WebhookError> {
        let outcome = wait.until(self.0.take_outcome(CallId::new(id))).await.flatten();
        Ok(outcome.transpose()?.map(Into::into))
    }

    /// Cancels a pending create. It is withdrawn, and never applied, if no attempt of it is in
    /// flight.
    pub fn cancel(&self, id: u64) -> Cancelled {
        self.0.cancel(CallId::new(id))
    }

    /// Waits until no create, update or delete is queued or in flight. Returns false when the wait
    /// is cancelled first.
    pub async fn drain_until(&self, wait: Arc<Wait>) -> Result<bool, WebhookError> {
        Ok(wait.until(self.0.drain()).await.is_some())
    }

    /// Whether the quota has admitted any create, update or delete of this client. Until then, a
    /// program that exits has changed nothing on the account.
    pub fn may_have_changed(&self) -> bool {
        self.0.may_have_changed()
    }

    /// The quota that this client uses.
    pub fn quota(&self) -> Arc<Quota> {
        Arc::new(Quota(self.0.quota().clone()))
    }
}
