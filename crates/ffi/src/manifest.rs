//! The desired webhooks of several accounts: plan and apply.

use std::{collections::HashMap, sync::Arc, time::Duration};

use leadsquared_webhooks::{
    manifest::{ManifestRun, StateLock},
    webhook::Warning,
};

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

/// The desired webhooks of several accounts, from one TOML file. Its debug output shows no key.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Manifest(leadsquared_webhooks::Manifest);

#[uniffi::export]
impl Manifest {
    /// Parses a manifest. The manifest names the variables that hold the keys and the secret
    /// headers; they are looked up in `variables`, which is the process environment or any other
    /// map. Fails as invalid, with all violations and their paths.
    #[uniffi::constructor]
    pub fn parse(toml: &str, variables: &HashMap<String, String>) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::Manifest::parse(toml, |name| variables.get(name).cloned())?))
    }

    /// The names of the accounts, in the order of the file.
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts.iter().map(|account| account.name.clone()).collect()
    }

    /// Warnings, one for each account whose keys are sent to a host outside leadsquared.com.
    pub fn warnings(&self) -> Vec<Warning> {
        self.0.warnings()
    }
}

/// Options of a plan and an apply. Omitted values have their defaults.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct ApplyOptions {
    /// How long after it was sent a create may still appear in a list. Default: 60 s, a bound
    /// chosen by this library.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// Whether a webhook that is not in the state file is replaced when it differs or may differ,
    /// including its custom headers, its content type and everything else that cannot be read back.
    /// Default: false; it is adopted unchanged.
    #[uniffi(default = None)]
    pub overwrite: Option<bool>,
    /// Whether a webhook that was created with a different event or URL is kept. Default: false; it
    /// is deleted again.
    #[uniffi(default = None)]
    pub keep_mismatch: Option<bool>,
    /// Whether a duplicate that a run of this manifest created is kept. Default: false; it is
    /// deleted again.
    #[uniffi(default = None)]
    pub keep_duplicates: Option<bool>,
    /// Which webhooks under the accounts' managed prefixes are deleted. Default: none.
    #[uniffi(default = None)]
    pub prune: Option<Pruning>,
    /// The state file, in which a run stores what the next one needs. Default: none.
    #[uniffi(default = None)]
    pub state: Option<StateSettings>,
    /// Calls made just before, such as those of a plan, by account name. They count towards the
    /// account's quota. Default: none.
    #[uniffi(default = None)]
    pub earlier_attempts: Option<HashMap<String, Vec<Attempt>>>,
    /// Time limits, certificates and proxies of the accounts' clients. Default: the defaults of
    /// `Client`.
    #[uniffi(default = None)]
    pub settings: Option<ClientSettings>,
    /// Cancels the apply. Default: none.
    #[uniffi(default = None)]
    pub cancellation: Option<Arc<Cancellation>>,
}

impl ApplyOptions {
    fn run(self, manifest: &Manifest) -> Result<ManifestRun, ConfigError> {
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
        let prune =
            prune.map(TryInto::try_into).transpose().map_err(|error| ConfigError::of_shown(&error))?;
        Ok(manifest
            .0
            .run()
            .consistency_window(consistency_window)
            .overwrite(overwrite.unwrap_or_default())
            .keep_mismatch(keep_mismatch.unwrap_or_default())
            .keep_duplicates(keep_duplicates.unwrap_or_default())
            .prune(prune.unwrap_or_default())
            .state(state.map(Into::into))
            .earlier_attempts(earlier.collect())
            .settings(settings.map(Into::into).unwrap_or_default())
            .cancellation(cancellation.map(|cancellation| cancellation.0.clone()).unwrap_or_default()))
    }
}

/// Which webhooks are pruned: those whose URL is under the managed prefix of their account and that
/// are not desired. The list is read again just before the deletes; a webhook that has changed
/// since is kept. Nothing is pruned on an account where a desired webhook or the list failed.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Pruning {
    /// Prune nothing.
    Nothing,
    /// Prune all of them.
    All,
    /// Prune only those that a plan showed.
    Shown {
        /// The webhooks of `AccountPlan.prune`, by account name.
        webhooks: HashMap<String, Vec<Webhook>>,
    },
}

impl TryFrom<Pruning> for leadsquared_webhooks::manifest::Pruning {
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

/// The state file, in which a run stores what the next one needs.
#[derive(Clone, Debug, uniffi::Record)]
pub struct StateSettings {
    /// The path. The file is created if it does not exist; its directory is not. By convention, the
    /// manifest's name plus `.state`.
    pub path: String,
    /// The path of the manifest, which is refused as a state file.
    #[uniffi(default = None)]
    pub manifest: Option<String>,
    /// The lock between concurrent runs. Default: exclusive, without waiting for another run.
    #[uniffi(default = None)]
    pub lock: Option<StateLock>,
}

impl From<StateSettings> for leadsquared_webhooks::manifest::StateSettings {
    fn from(settings: StateSettings) -> Self {
        let StateSettings { path, manifest, lock } = settings;
        Self::builder(path).maybe_manifest(manifest).maybe_lock(lock).build()
    }
}

/// The lock between concurrent runs that use the same state file.
///
/// The lock is a file next to the state file, with `.lock` appended to its name. The file remains
/// when the run ends; the operating system releases the lock when the process ends for any reason.
#[uniffi::remote(Enum)]
pub enum StateLock {
    /// No lock. Concurrent runs can then create duplicates or damage the state file.
    Off,
    /// One run at a time.
    Exclusive {
        /// How long to wait for another run to end. Zero: do not wait.
        timeout: Duration,
    },
}

/// The result for one desired webhook of an account; in a plan, the expected result.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DesiredWebhook {
    /// The event's name as Retrieve returns it, or `code N`.
    pub event: String,
    /// The receiver's URL.
    pub url: String,
    /// Whether the webhook is as desired.
    pub is_ok: bool,
    /// The result. Absent when it failed.
    pub reconciled: Option<Reconciled>,
    /// Why it failed. Absent when it succeeded.
    pub error: Option<WebhookError>,
}

impl From<leadsquared_webhooks::manifest::DesiredWebhook> for DesiredWebhook {
    fn from(webhook: leadsquared_webhooks::manifest::DesiredWebhook) -> Self {
        let is_ok = webhook.is_ok();
        let leadsquared_webhooks::manifest::DesiredWebhook { event, url, result } = webhook;
        let error = result.as_ref().err().cloned().map(Into::into);
        Self { event, url, is_ok, reconciled: result.ok().map(Into::into), error }
    }
}

/// What an apply would do on an account.
#[derive(Clone, Debug, uniffi::Record)]
pub struct AccountPlan {
    /// Its name.
    pub name: String,
    /// Whether an apply would change anything.
    pub changes: bool,
    /// The desired webhooks, in the order of the manifest: what would be done, and the current
    /// state.
    pub webhooks: Vec<DesiredWebhook>,
    /// The webhooks that would be pruned.
    pub prune: Vec<Webhook>,
    /// Creates of earlier runs whose outcome is unknown and that are no longer in the manifest.
    pub open: Vec<Arc<Ticket>>,
    /// The attempts made to list the account's webhooks.
    pub attempts: Vec<Attempt>,
    /// Why the account's webhooks could not be listed.
    pub error: Option<WebhookError>,
}

impl From<leadsquared_webhooks::manifest::AccountPlan> for AccountPlan {
    fn from(plan: leadsquared_webhooks::manifest::AccountPlan) -> Self {
        let changes = plan.changes();
        let leadsquared_webhooks::manifest::AccountPlan { name, webhooks, prune, open, attempts, error } =
            plan;
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

/// What an apply did on an account.
#[derive(Clone, Debug, uniffi::Record)]
pub struct AccountApplied {
    /// Its name.
    pub name: String,
    /// Whether every desired webhook exists and delivers, and every webhook to prune is deleted.
    pub is_ok: bool,
    /// The desired webhooks, in the order of the manifest.
    pub webhooks: Vec<DesiredWebhook>,
    /// The webhooks under the managed prefix that are not desired.
    pub pruned: Vec<DesiredWebhook>,
    /// Creates of earlier runs whose outcome is unknown and that are no longer in the manifest.
    pub open: Vec<Arc<Ticket>>,
    /// The attempts made to list the account's webhooks.
    pub attempts: Vec<Attempt>,
    /// Why the account's webhooks could not be listed.
    pub list_error: Option<WebhookError>,
    /// Why the results are not in the state file.
    pub state_error: Option<String>,
}

impl From<leadsquared_webhooks::manifest::AccountApplied> for AccountApplied {
    fn from(applied: leadsquared_webhooks::manifest::AccountApplied) -> Self {
        let is_ok = applied.is_ok();
        let leadsquared_webhooks::manifest::AccountApplied {
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

/// The result of an apply.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Applied {
    /// The accounts, in the order of the manifest.
    pub accounts: Vec<AccountApplied>,
    /// Creates whose outcome is unknown, of accounts that are no longer in the manifest.
    pub open: Vec<Arc<Ticket>>,
    /// Why the final state could not be written to the state file.
    pub state_error: Option<String>,
}

impl From<leadsquared_webhooks::manifest::Applied> for Applied {
    fn from(applied: leadsquared_webhooks::manifest::Applied) -> Self {
        let leadsquared_webhooks::manifest::Applied { accounts, open, state_error } = applied;
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

/// Plans an apply. Returns nothing when the wait is cancelled first.
#[uniffi::export(async_runtime = "tokio")]
pub async fn plan_until(
    manifest: Arc<Manifest>,
    options: Option<ApplyOptions>,
    wait: Arc<Wait>,
) -> Result<Option<Vec<AccountPlan>>, ConfigError> {
    let run = options.unwrap_or_default().run(&manifest)?;
    let plan = wait.until(run.plan()).await.transpose();
    Ok(plan.map_err(|error| ConfigError::of_apply(&error))?.map(all))
}

/// Applies a manifest. When the wait is cancelled first, the run ends and nothing is returned.
#[uniffi::export(async_runtime = "tokio")]
pub async fn apply_until(
    manifest: Arc<Manifest>,
    options: Option<ApplyOptions>,
    progress: Option<Arc<dyn ProgressListener>>,
    wait: Arc<Wait>,
) -> Result<Option<Applied>, ConfigError> {
    let run = options.unwrap_or_default().run(&manifest)?.on_progress(progress::to_any(progress));
    let applied = wait.until(run.apply()).await.transpose();
    Ok(applied.map_err(|error| ConfigError::of_apply(&error))?.map(Into::into))
}
