//! The desired webhooks of several accounts: what an apply would change, and the apply itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use leadsquared_webhooks::{OnProgress, StateLock, Warning};

use crate::{
    attempt::Attempt,
    config_error::ConfigError,
    error::WebhookError,
    existing::Webhook,
    progress::{self, ProgressListener},
    reconciled::Reconciled,
    settings::ClientSettings,
    ticket::Ticket,
    wait::{Cancellation, Wait},
};

/// The desired webhooks of several accounts, as one TOML file holds them. Shows no key.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Manifest(leadsquared_webhooks::Manifest);

#[uniffi::export]
impl Manifest {
    /// Reads a manifest. It names the keys and the secret headers by the variables that hold them,
    /// which are looked up in `variables`: the environment of the process, or a map of the
    /// caller's. Fails as invalid, with every broken rule and its path.
    #[uniffi::constructor]
    pub fn parse(toml: &str, variables: &HashMap<String, String>) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::Manifest::parse(toml, |name| variables.get(name).cloned())?))
    }

    /// The accounts' names, in the order of the file.
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts.iter().map(|account| account.name.clone()).collect()
    }

    /// What is legal and a known pitfall: an account whose keys go to a host that is not the
    /// vendor's.
    pub fn warnings(&self) -> Vec<Warning> {
        self.0.warnings()
    }
}

/// How a manifest is planned and applied. What is not given has its default.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct ApplyOptions {
    /// How long after it was sent a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// Whether a webhook that the state file does not hold is replaced when it differs or may
    /// differ: that replaces its custom headers, its content type and all else that cannot be read
    /// back. Default: no, it is adopted as it is.
    #[uniffi(default = None)]
    pub overwrite: Option<bool>,
    /// Whether a webhook that was created with another event or URL stays. Default: no, it is
    /// deleted again.
    #[uniffi(default = None)]
    pub keep_mismatch: Option<bool>,
    /// Whether a duplicate that a run of this manifest created stays. Default: no, it is deleted
    /// again.
    #[uniffi(default = None)]
    pub keep_duplicates: Option<bool>,
    /// What under the accounts' managed prefixes is deleted. Default: nothing.
    #[uniffi(default = None)]
    pub prune: Option<Pruning>,
    /// The file in which runs keep what the next one needs. Default: none is kept.
    #[uniffi(default = None)]
    pub state: Option<StateSettings>,
    /// Calls that were made right before, such as those of a plan, by the account's name: they
    /// count in its quota. Default: none.
    #[uniffi(default = None)]
    pub earlier_attempts: Option<HashMap<String, Vec<Attempt>>>,
    /// Time limits, certificates and proxies of the accounts' clients. Default: those of `Client`.
    #[uniffi(default = None)]
    pub settings: Option<ClientSettings>,
    /// What ends an apply before its end. Default: nothing.
    #[uniffi(default = None)]
    pub cancellation: Option<Arc<Cancellation>>,
}

impl ApplyOptions {
    fn reporting(self, on_progress: OnProgress) -> Result<leadsquared_webhooks::ApplyOptions, ConfigError> {
        let Self {
            consistency_window,
            overwrite,
            keep_mismatch,
            keep_duplicates,
            prune,
            state,
            earlier_attempts,
            settings,
            cancellation,
        } = self;
        let earlier = earlier_attempts.into_iter().flatten().map(|(account, calls)| (account, all(calls)));
        Ok(leadsquared_webhooks::ApplyOptions::builder()
            .maybe_consistency_window(consistency_window)
            .maybe_overwrite(overwrite)
            .maybe_keep_mismatch(keep_mismatch)
            .maybe_keep_duplicates(keep_duplicates)
            .maybe_prune(
                prune.map(TryInto::try_into).transpose().map_err(|error| ConfigError::of_shown(&error))?,
            )
            .maybe_state(state.map(Into::into))
            .earlier_attempts(earlier.collect())
            .maybe_settings(settings.map(Into::into))
            .maybe_cancellation(cancellation.map(|cancellation| cancellation.0.clone()))
            .on_progress(on_progress)
            .build())
    }
}

/// What is pruned: webhooks whose URL is under the managed prefix of their account and that are not
/// desired. Right before the deletes the list is read again, and what has changed meanwhile stays.
/// Nothing is pruned on an account on which a desired webhook or the list failed.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Pruning {
    /// Nothing.
    Nothing,
    /// All of them.
    All,
    /// Of them those that a plan showed.
    Shown {
        /// For each account, by its name, the webhooks under `AccountPlan.prune`.
        webhooks: HashMap<String, Vec<Webhook>>,
    },
}

impl TryFrom<Pruning> for leadsquared_webhooks::Pruning {
    type Error = WebhookError;

    fn try_from(pruning: Pruning) -> Result<Self, WebhookError> {
        let shown = |(account, webhooks): (String, Vec<Webhook>)| {
            let webhooks: Result<Vec<_>, _> = webhooks.into_iter().map(TryInto::try_into).collect();
            Ok((account, webhooks?))
        };
        Ok(match pruning {
            Pruning::Nothing => Self::Nothing,
            Pruning::All => Self::All,
            Pruning::Shown { webhooks } => {
                Self::Shown(webhooks.into_iter().map(shown).collect::<Result<_, WebhookError>>()?)
            }
        })
    }
}

/// The file in which runs keep what the next one needs.
#[derive(Clone, Debug, uniffi::Record)]
pub struct StateSettings {
    /// The file. It is created when it is not there; its directory is not. By custom the manifest's
    /// name and `.state`.
    pub path: String,
    /// The manifest, which is never taken for the state file.
    #[uniffi(default = None)]
    pub manifest: Option<String>,
    /// How runs that use it at once are kept apart. Default: one at a time, without waiting for
    /// another.
    #[uniffi(default = None)]
    pub lock: Option<StateLock>,
}

impl From<StateSettings> for leadsquared_webhooks::StateSettings {
    fn from(settings: StateSettings) -> Self {
        let StateSettings { path, manifest, lock } = settings;
        Self::builder(path).maybe_manifest(manifest).maybe_lock(lock).build()
    }
}

/// How runs that use one state file at once are kept apart.
///
/// The lock is a file beside the state file, of the same name and `.lock`. It stays when the run
/// ends; the system releases the lock, however the process ends.
#[uniffi::remote(Enum)]
pub enum StateLock {
    /// Not at all: two runs at once then leave duplicates, or an unusable file.
    Off,
    /// One at a time.
    Exclusive {
        /// How long is waited for another run to end. Zero: not at all.
        timeout: Duration,
    },
}

/// What became of one webhook of an account, or in a plan would.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DesiredWebhook {
    /// The event's name as Retrieve answers it, or `code N`.
    pub event: String,
    /// The receiver's URL.
    pub url: String,
    /// Whether it is as desired.
    pub is_ok: bool,
    /// What became of it; nothing when it failed.
    pub reconciled: Option<Reconciled>,
    /// Why it failed; nothing when it did not.
    pub error: Option<WebhookError>,
}

impl From<leadsquared_webhooks::DesiredWebhook> for DesiredWebhook {
    fn from(webhook: leadsquared_webhooks::DesiredWebhook) -> Self {
        let is_ok = webhook.is_ok();
        let leadsquared_webhooks::DesiredWebhook { event, url, result } = webhook;
        let error = result.as_ref().err().cloned().map(Into::into);
        Self { event, url, is_ok, reconciled: result.ok().map(Into::into), error }
    }
}

/// What would be done on an account.
#[derive(Clone, Debug, uniffi::Record)]
pub struct AccountPlan {
    /// Its name.
    pub name: String,
    /// Whether an apply would change something.
    pub changes: bool,
    /// Each desired webhook, in the order of the manifest: what would be done, and its state.
    pub webhooks: Vec<DesiredWebhook>,
    /// What would be pruned.
    pub prune: Vec<Webhook>,
    /// Creates of earlier runs whose outcome is unknown and that the manifest does not desire any
    /// more.
    pub open: Vec<Arc<Ticket>>,
    /// The attempts of its list.
    pub attempts: Vec<Attempt>,
    /// Why the list could not be read.
    pub error: Option<WebhookError>,
}

impl From<leadsquared_webhooks::AccountPlan> for AccountPlan {
    fn from(plan: leadsquared_webhooks::AccountPlan) -> Self {
        let changes = plan.changes();
        let leadsquared_webhooks::AccountPlan { name, webhooks, prune, open, attempts, error } = plan;
        Self {
            name,
            changes,
            webhooks: all(webhooks),
            prune: all(prune),
            open: open.into_iter().map(Ticket::shared).collect(),
            attempts: all(attempts),
            error: error.map(Into::into),
        }
    }
}

/// What was done on an account.
#[derive(Clone, Debug, uniffi::Record)]
pub struct AccountApplied {
    /// Its name.
    pub name: String,
    /// Whether all that is desired exists and delivers, and what was to be pruned is gone.
    pub is_ok: bool,
    /// Each desired webhook, in the order of the manifest.
    pub webhooks: Vec<DesiredWebhook>,
    /// What was under the managed prefix and not desired.
    pub pruned: Vec<DesiredWebhook>,
    /// Creates of earlier runs whose outcome is unknown and that the manifest does not desire any
    /// more.
    pub open: Vec<Arc<Ticket>>,
    /// The attempts of its lists.
    pub attempts: Vec<Attempt>,
    /// Why its list could not be read.
    pub list_error: Option<WebhookError>,
    /// Why what happened is not in the state file.
    pub state_error: Option<String>,
}

impl From<leadsquared_webhooks::AccountApplied> for AccountApplied {
    fn from(applied: leadsquared_webhooks::AccountApplied) -> Self {
        let is_ok = applied.is_ok();
        let leadsquared_webhooks::AccountApplied {
            name,
            webhooks,
            pruned,
            open,
            attempts,
            list_error,
            state_error,
        } = applied;
        Self {
            name,
            is_ok,
            webhooks: all(webhooks),
            pruned: all(pruned),
            open: open.into_iter().map(Ticket::shared).collect(),
            attempts: all(attempts),
            list_error: list_error.map(Into::into),
            state_error: state_error.map(|error| error.to_string()),
        }
    }
}

/// What an apply did.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Applied {
    /// Each account, in the order of the manifest.
    pub accounts: Vec<AccountApplied>,
    /// Creates of accounts that the manifest does not hold any more, whose outcome is unknown.
    pub open: Vec<Arc<Ticket>>,
    /// Why the state file could not be finished.
    pub state_error: Option<String>,
}

impl From<leadsquared_webhooks::Applied> for Applied {
    fn from(applied: leadsquared_webhooks::Applied) -> Self {
        let leadsquared_webhooks::Applied { accounts, open, state_error } = applied;
        Self {
            accounts: all(accounts),
            open: open.into_iter().map(Ticket::shared).collect(),
            state_error: state_error.map(|error| error.to_string()),
        }
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(Into::into).collect()
}

/// Says what an apply would do, and waits until that is known or the wait is cancelled: then
/// nothing comes back.
#[uniffi::export(async_runtime = "tokio")]
pub async fn plan_until(
    manifest: Arc<Manifest>,
    options: Option<ApplyOptions>,
    wait: Arc<Wait>,
) -> Result<Option<Vec<AccountPlan>>, ConfigError> {
    let options = options.unwrap_or_default().reporting(OnProgress::default())?;
    let plan = wait.until(leadsquared_webhooks::plan(&manifest.0, &options)).await.transpose();
    Ok(plan.map_err(|error| ConfigError::of_apply(&error))?.map(all))
}

/// Applies a manifest, and waits until that is done or the wait is cancelled: then the run ends,
/// and nothing comes back.
#[uniffi::export(async_runtime = "tokio")]
pub async fn apply_until(
    manifest: Arc<Manifest>,
    options: Option<ApplyOptions>,
    progress: Option<Arc<dyn ProgressListener>>,
    wait: Arc<Wait>,
) -> Result<Option<Applied>, ConfigError> {
    let options = options.unwrap_or_default().reporting(progress::to_any(progress))?;
    let applied = wait.until(leadsquared_webhooks::apply(&manifest.0, &options)).await.transpose();
    Ok(applied.map_err(|error| ConfigError::of_apply(&error))?.map(Into::into))
}
