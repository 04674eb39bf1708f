//! Plans and applies a manifest: accounts run concurrently, each within its quota, resumable.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use leadsquared_webhooks_core::{
    Attempt, DEFAULT_CONSISTENCY_WINDOW, EventName, Identity, NewWebhook, Reconciled, Ticket, Webhook,
    WebhookFilter,
    quota::QuotaLimit,
    reconcile::{AccountKey, Failed, Prune, ReconcileOptions, Reconciler, Seal, StoredState},
    retry::RetryPolicy,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Cancellation, Driven, Driver, EnsureOptions, OnProgress, Progress, error_of};
use crate::{
    call_error::Error,
    client::{Client, ClientSettings},
    config_error::ConfigError,
    engine::{CallEvent, Observer, quota::Quota},
    manifest_file::{Manifest, ManifestAccount},
    state_file::{LockWait, StateError, StateFile, StateSettings, Store},
};

/// A run of a [`Manifest`]: [`plan`](Self::plan) reports what [`apply`](Self::apply) does.
///
/// # Example
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use leadsquared_webhooks::manifest::{Manifest, StateSettings};
///
/// let manifest = Manifest::parse(&std::fs::read_to_string("webhooks.toml")?, |name| {
///     std::env::var(name).ok()
/// })?;
/// let run = manifest.run().state(StateSettings::new("webhooks.toml.state"));
/// for account in run.apply().await?.accounts {
///     println!("{}: {}", account.name, if account.is_ok() { "as desired" } else { "failed" });
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a run does nothing until it is planned or applied"]
pub struct ManifestRun {
    manifest: Manifest,
    ensure: EnsureOptions,
    prune: Pruning,
    state: Option<StateSettings>,
    earlier_attempts: HashMap<String, Vec<Attempt>>,
    settings: ClientSettings,
    on_progress: OnProgress,
    cancellation: Cancellation,
}

impl Manifest {
    /// A run of this manifest, with the defaults.
    pub fn run(&self) -> ManifestRun {
        ManifestRun {
            manifest: self.clone(),
            ensure: EnsureOptions::default(),
            prune: Pruning::default(),
            state: None,
            earlier_attempts: HashMap::new(),
            settings: ClientSettings::default(),
            on_progress: OnProgress::default(),
            cancellation: Cancellation::default(),
        }
    }
}

impl ManifestRun {
    /// How long after its send a create may still show up. Default: 60 s, a bound chosen by this
    /// library.
    pub fn consistency_window(mut self, window: impl Into<Option<Duration>>) -> Self {
        self.ensure.consistency_window = window.into().unwrap_or(DEFAULT_CONSISTENCY_WINDOW);
        self
    }

    /// Whether a webhook that is not in the state file is replaced when it differs or may differ.
    /// This replaces its custom headers, its content type and everything else that cannot be read
    /// back. Default: no, it is adopted as it is.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.ensure.overwrite = overwrite;
        self
    }

    /// Whether to keep a webhook that was created with a different event or URL than requested.
    /// Default: no, it is deleted again.
    pub fn keep_mismatch(mut self, keep: bool) -> Self {
        self.ensure.keep_mismatch = keep;
        self
    }

    /// Whether to keep a duplicate that a run of this manifest created. Default: no, it is deleted
    /// again.
    pub fn keep_duplicates(mut self, keep: bool) -> Self {
        self.ensure.keep_duplicates = keep;
        self
    }

    /// Which webhooks under the accounts' managed prefixes are deleted. Default: none.
    pub fn prune(mut self, prune: Pruning) -> Self {
        self.prune = prune;
        self
    }

    /// The state file, in which runs keep what the next one needs. Default: none.
    pub fn state(mut self, state: impl Into<Option<StateSettings>>) -> Self {
        self.state = state.into();
        self
    }

    /// Calls that were made right before, such as those of a [`plan`](Self::plan), by account
    /// name. They count against the account's quota.
    pub fn earlier_attempts(mut self, attempts: HashMap<String, Vec<Attempt>>) -> Self {
        self.earlier_attempts = attempts;
        self
    }

    /// Timeouts, certificates and proxies of the accounts' clients.
    pub fn settings(mut self, settings: ClientSettings) -> Self {
        self.settings = settings;
        self
    }

    /// A callback for progress.
    pub fn on_progress(mut self, on_progress: OnProgress) -> Self {
        self.on_progress = on_progress;
        self
    }

    /// Cancels an [`apply`](Self::apply). Default: nothing does.
    pub fn cancellation(mut self, cancellation: Cancellation) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// The state file, if one is used.
    #[must_use]
    pub const fn state_settings(&self) -> Option<&StateSettings> {
        self.state.as_ref()
    }

    /// What is pruned.
    #[must_use]
    pub const fn pruning(&self) -> &Pruning {
        &self.prune
    }

    /// Reports what [`apply`](Self::apply) would do. Read-only; takes no lock on the state file.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] when a client cannot be built or the state file is damaged. An account that
    /// cannot be read reports this in its own plan.
    ///
    /// # Panics
    ///
    /// If called outside of a Tokio runtime.
    pub async fn plan(&self) -> Result<Vec<AccountPlan>, ApplyError> {
        let state = match &self.state {
            Some(settings) => StateFile::read(settings).await?,
            None => StoredState::default(),
        };
        let mut runs = Vec::new();
        for account in &self.manifest.accounts {
            let memory = state.accounts.get(&key_of(account)).cloned().unwrap_or_default();
            let machine = Reconciler::new(account.webhooks.clone(), reconcile(account, self), memory.memory);
            let client = client(account, &self.settings, &machine, None, &[])?;
            let account = account.clone();
            runs.push(async move {
                let asked_at = client.engine().clock.latest();
                let mut machine: Reconciler<Error> = machine;
                let _ = machine.next(asked_at);
                let mut attempts = Vec::new();
                let mut failed = None;
                match client.read_all(&WebhookFilter::default(), &mut attempts).await {
                    Ok(seen) => machine.listed(&seen, asked_at),
                    Err(error) => {
                        machine.list_failed(&error, error.outcome());
                        failed = Some(error);
                    }
                }
                let plan = machine.plan();
                let result = |result: Result<Reconciled, Failed<Error>>| {
                    result.map_err(|failed| error_of(failed, Vec::new()))
                };
                let webhooks = account.webhooks.iter().zip(plan.webhooks);
                AccountPlan {
                    webhooks: webhooks
                        .map(|(webhook, planned)| DesiredWebhook::new(webhook, result(planned)))
                        .collect(),
                    name: account.name,
                    prune: plan.prune,
                    open: plan.open,
                    attempts,
                    error: failed,
                }
            });
        }
        Ok(join_all(runs).await)
    }

    /// Applies a manifest: on each account every desired webhook exists once. Accounts run
    /// concurrently, each within its quota.
    ///
    /// Declarative: safe to run again. A failure of one account or webhook does not stop the
    /// others. With a state file, the next run resumes a run that was interrupted for any reason:
    /// it searches for creates that may have been applied before it creates anything, and the calls
    /// that were made count against the quota.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] when nothing was started.
    ///
    /// # Panics
    ///
    /// If called outside of a Tokio runtime.
    pub async fn apply(&self) -> Result<Applied, ApplyError> {
        let state = match &self.state {
            Some(settings) => {
                let on_wait = |wait: &LockWait| self.on_progress.call(&Progress::Locked(wait.clone()));
                Some(StateFile::open(settings, on_wait).await?)
            }
            None => None,
        };
        let mut runs = Vec::new();
        let mut keys = Vec::new();
        for account in &self.manifest.accounts {
            let key = key_of(account);
            let memory = state.as_ref().map(|state| state.account(&key)).unwrap_or_default();
            keys.push(key.clone());
            let store = state.as_ref().map(|state| Store::new(state.clone(), key));
            let unended = memory.memory.open.iter().filter(|open| !open.is_ended).count();
            if unended > 0 {
                self.on_progress.call(&Progress::Resumed { account: account.name.clone(), creates: unended });
            }
            let machine = Reconciler::new(account.webhooks.clone(), reconcile(account, self), memory.memory);
            let now = SystemTime::now();
            let mut answered = memory.calls.answered_ago(longest_window(account), now);
            let earlier = self.earlier_attempts.get(&account.name).into_iter().flatten();
            let ended = earlier.map(|attempt| attempt.started_at + attempt.duration);
            answered.extend(ended.map(|time| now.duration_since(time).unwrap_or_default()));
            let client = client(account, &self.settings, &machine, store.clone(), &answered)?;
            let (account, on_progress) = (account.clone(), self.on_progress.clone());
            let cancellation = self.cancellation.clone();
            runs.push(async move {
                let run = Driver::new(&client, store, &account.name, &on_progress, &cancellation);
                let driven = run.run(machine).await;
                on_progress.call(&Progress::Account { account: account.name.clone() });
                applied(account, driven)
            });
        }
        let mut accounts = join_all(runs).await;
        let (open, state_error) = match state {
            Some(state) => {
                let longest = self.manifest.accounts.iter().map(longest_window).max().unwrap_or_default();
                (state.open_elsewhere(&keys), state.finish(longest, SystemTime::now()).await.err())
            }
            None => (Vec::new(), None),
        };
        if state_error.is_none() {
            // What could not be written during the run is written now.
            for account in &mut accounts {
                account.state_error = None;
            }
        }
        Ok(Applied { accounts, open, state_error })
    }
}

/// What to prune: webhooks that are not desired and whose URL is under the managed prefix of their
/// account. The list is read again right before the deletes, and webhooks that have changed
/// meanwhile are kept. Nothing is pruned on an account on which a desired webhook or the list
/// failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pruning {
    /// Nothing.
    #[default]
    Nothing,
    /// All of them.
    All,
    /// Only those that a plan showed, by account name.
    Shown(HashMap<String, Vec<Webhook>>),
}

/// Why a plan or an apply did not start.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A client could not be built.
    #[error("account {account:?}: {problem}")]
    Config {
        /// The account's name.
        account: String,
        /// The problem.
        problem: ConfigError,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The result for one webhook of an account; in a plan, the planned result.
///
/// As JSON: `ok`, `event`, `url`, and the members of [`Reconciled`], or `error`.
#[derive(Clone, Debug)]
pub struct DesiredWebhook {
    /// The event's name as Retrieve returns it, or `code N`.
    pub event: String,
    /// The receiver's URL.
    pub url: String,
    /// The result.
    pub result: Result<Reconciled, Error>,
}

impl DesiredWebhook {
    fn new(webhook: &NewWebhook, result: Result<Reconciled, Error>) -> Self {
        let identity = Identity::of(webhook);
        Self { event: identity.event_text(), url: identity.url().to_owned(), result }
    }

    fn found(webhook: &Webhook, result: Result<Reconciled, Error>) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            event: text(webhook.event.as_ref().map(EventName::as_str)),
            url: text(webhook.url.as_deref()),
            result,
        }
    }

    /// Whether the webhook is as desired.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.result.as_ref().is_ok_and(Reconciled::is_ok)
    }
}

impl Serialize for DesiredWebhook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row<'a> {
            ok: bool,
            event: &'a str,
            url: &'a str,
            #[serde(flatten)]
            reconciled: Option<&'a Reconciled>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a Error>,
        }
        let Self { event, url, result } = self;
        let (ok, reconciled, error) = (self.is_ok(), result.as_ref().ok(), result.as_ref().err());
        Row { ok, event, url, reconciled, error }.serialize(serializer)
    }
}

/// The results for an account.
#[derive(Clone, Debug)]
pub struct AccountApplied {
    /// The account's name.
    pub name: String,
    /// Every desired webhook, in the order of the manifest.
    pub webhooks: Vec<DesiredWebhook>,
    /// The webhooks under the managed prefix that were not desired.
    pub pruned: Vec<DesiredWebhook>,
    /// Creates of earlier runs whose outcome is unknown and that the manifest no longer desires.
    pub open: Vec<Ticket>,
    /// The attempts of the account's lists.
    pub attempts: Vec<Attempt>,
    /// Why the account's list could not be read.
    pub list_error: Option<Error>,
    /// Why the results are not in the state file.
    pub state_error: Option<StateError>,
}

impl AccountApplied {
    /// Whether every desired webhook exists and delivers, and every webhook to prune is gone.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.list_error.is_none() && self.webhooks.iter().chain(&self.pruned).all(DesiredWebhook::is_ok)
    }
}

/// As JSON: `account`, `ok`, `webhooks`, `pruned`, `open`, `attempts`, `error`, `state_error`.
impl Serialize for AccountApplied {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, webhooks, pruned, open, attempts, list_error, state_error } = self;
        let mut map = serializer.serialize_map(Some(8))?;
        map.serialize_entry("account", name)?;
        map.serialize_entry("ok", &self.is_ok())?;
        map.serialize_entry("webhooks", webhooks)?;
        map.serialize_entry("pruned", pruned)?;
        map.serialize_entry("open", open)?;
        map.serialize_entry("attempts", attempts)?;
        map.serialize_entry("error", list_error)?;
        map.serialize_entry("state_error", &state_error.as_ref().map(ToString::to_string))?;
        map.end()
    }
}

/// The plan for an account.
#[derive(Clone, Debug)]
pub struct AccountPlan {
    /// The account's name.
    pub name: String,
    /// Every desired webhook, in the order of the manifest: the planned action, and the current
    /// state.
    pub webhooks: Vec<DesiredWebhook>,
    /// The webhooks to prune.
    pub prune: Vec<Webhook>,
    /// Creates of earlier runs whose outcome is unknown and that the manifest no longer desires.
    pub open: Vec<Ticket>,
    /// The attempts of the account's list.
    pub attempts: Vec<Attempt>,
    /// Why the list could not be read.
    pub error: Option<Error>,
}

impl AccountPlan {
    /// Whether an apply would change anything.
    #[must_use]
    pub fn changes(&self) -> bool {
        let changes = |webhook: &DesiredWebhook| webhook.result.as_ref().is_ok_and(Reconciled::changes);
        !self.prune.is_empty() || self.webhooks.iter().any(changes)
    }
}

/// As JSON: `account`, `webhooks`, `prune`, `open`, `attempts`, `error`.
impl Serialize for AccountPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, webhooks, prune, open, attempts, error } = self;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("account", name)?;
        map.serialize_entry("webhooks", webhooks)?;
        map.serialize_entry("prune", prune)?;
        map.serialize_entry("open", open)?;
        map.serialize_entry("attempts", attempts)?;
        map.serialize_entry("error", error)?;
        map.end()
    }
}

/// The results of an [`apply`](ManifestRun::apply).
#[derive(Clone, Debug, Serialize)]
pub struct Applied {
    /// Every account, in the order of the manifest.
    pub accounts: Vec<AccountApplied>,
    /// Creates whose outcome is unknown, of accounts that the manifest no longer contains.
    pub open: Vec<Ticket>,
    /// Why the state file could not be finished.
    #[serde(serialize_with = "by_text")]
    pub state_error: Option<StateError>,
}

impl Applied {
    /// Whether all accounts are as desired, and the state file, if any, holds the results.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.state_error.is_none()
            && self.accounts.iter().all(|account| account.is_ok() && account.state_error.is_none())
    }
}

#[expect(clippy::ref_option, reason = "serde passes a field by reference")]
fn by_text<S: Serializer>(error: &Option<StateError>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().map(ToString::to_string).serialize(serializer)
}

fn applied(account: ManifestAccount, driven: Driven) -> AccountApplied {
    let Driven { webhooks, pruned, open, attempts, list_error, unstored } = driven;
    let webhooks = account.webhooks.iter().zip(webhooks);
    AccountApplied {
        webhooks: webhooks.map(|(webhook, result)| DesiredWebhook::new(webhook, result)).collect(),
        pruned: pruned.into_iter().map(|(webhook, result)| DesiredWebhook::found(&webhook, result)).collect(),
        name: account.name,
        open,
        attempts,
        list_error,
        state_error: unstored,
    }
}

fn key_of(account: &ManifestAccount) -> AccountKey {
    AccountKey::of(&account.host, &account.credentials.access_key)
}

fn longest_window(account: &ManifestAccount) -> Duration {
    limits(account).iter().map(|limit| limit.window()).max().unwrap_or_default()
}

fn limits(account: &ManifestAccount) -> Vec<QuotaLimit> {
    if account.quota.is_empty() { vec![QuotaLimit::default()] } else { account.quota.clone() }
}

fn reconcile(account: &ManifestAccount, run: &ManifestRun) -> ReconcileOptions {
    let shown = match &run.prune {
        Pruning::Nothing => None,
        Pruning::All => Some(None),
        Pruning::Shown(shown) => Some(Some(shown.get(&account.name).cloned().unwrap_or_default())),
    };
    let prune = account.managed_prefix.clone().zip(shown).map(|(prefix, shown)| Prune { prefix, shown });
    ReconcileOptions {
        prune,
        seal: Some(Seal::new(&account.credentials.secret_key)),
        ..run.ensure.reconcile(account.codes, Vec::new())
    }
}

/// The client of an account. Its quota includes the calls of the last run, and its calls are
/// stored.
fn client(
    account: &ManifestAccount,
    settings: &ClientSettings,
    machine: &Reconciler<Error>,
    store: Option<Store>,
    answered_ago: &[Duration],
) -> Result<Client, ApplyError> {
    let quota = Quota::new(limits(account));
    quota.remember(answered_ago.iter().copied());
    let observer = store.map(|store| {
        let store = store.downgrade();
        let observer: Observer = Arc::new(move |event: CallEvent| {
            if let Some(store) = store.upgrade() {
                store.call(event);
            }
        });
        observer
    });
    let ClientSettings { timeout, connect_timeout, attempts, quota_wait, roots, root_certificates, proxies } =
        settings.clone();
    let retry = RetryPolicy::default();
    Client::builder(account.host.clone(), account.credentials.clone())
        .auth(account.auth)
        .codes(machine.codes())
        .custom_headers_form(account.custom_headers_form)
        .quota(quota)
        .maybe_observer(observer)
        .maybe_timeout(timeout)
        .maybe_connect_timeout(connect_timeout)
        .maybe_quota_wait(quota_wait)
        .retry(RetryPolicy { attempts: attempts.unwrap_or(retry.attempts), ..retry })
        .roots(roots)
        .root_certificates(root_certificates)
        .proxies(proxies)
        .build()
        .map_err(|problem| ApplyError::Config { account: account.name.clone(), problem })
}
