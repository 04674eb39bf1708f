//! The webhooks that several accounts are to have: what would be changed, and the change itself.

use std::{
    collections::HashMap,
    sync::{Arc, mpsc::channel},
    time::Duration,
};

use leadsquared_webhooks::{ApplyManifest, Plan};

use crate::{
    config_error::ConfigError,
    ensure::Ensured,
    error::WebhookError,
    existing::{Webhook, WebhookStatus},
    logs::ListenerFailed,
    verify::Difference,
    wait::Wait,
};

/// The webhooks that accounts are to have, as one TOML file tells them. Shows no key.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Manifest(leadsquared_webhooks::Manifest);

#[uniffi::export]
impl Manifest {
    /// Reads a manifest. The keys and the secret headers are named in it by the variables that hold them, which are looked
    /// up in `variables`: the environment of the process, or a map of the caller's own. Fails as invalid, with every broken
    /// rule and its path.
    #[uniffi::constructor]
    pub fn parse(toml: &str, variables: &HashMap<String, String>) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::Manifest::parse(toml, |name| variables.get(name).cloned())?))
    }

    /// The accounts' names, in the order of the file.
    pub fn accounts(&self) -> Vec<String> {
        self.0.accounts.iter().map(|account| account.name.clone()).collect()
    }
}

/// How a manifest is applied. What is not given has its default.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct ApplyOptions {
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub settling: Option<Duration>,
    /// Whether what the manifest owns and does not want is deleted. Default: no.
    #[uniffi(default = None)]
    pub delete: Option<bool>,
    /// Whether a webhook that this run created is deleted when another of its kind turns out to exist. Default: no.
    #[uniffi(default = None)]
    pub remove_surplus: Option<bool>,
    /// The file in which the run keeps what it has begun, so that the next one goes on there. Default: none is kept.
    #[uniffi(default = None)]
    pub journal: Option<String>,
}

impl From<ApplyOptions> for ApplyManifest {
    fn from(options: ApplyOptions) -> Self {
        let ApplyOptions { settling, delete, remove_surplus, journal } = options;
        Self::builder()
            .maybe_settling(settling)
            .maybe_delete(delete)
            .maybe_remove_surplus(remove_surplus)
            .maybe_journal(journal)
            .build()
    }
}

/// How far an apply is.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ApplyProgress {
    /// A wanted webhook of this account has ended, well or not.
    Webhook {
        /// The account's name.
        account: String,
    },
    /// All of this account has ended.
    Account {
        /// The account's name.
        account: String,
    },
}

impl From<leadsquared_webhooks::Progress> for ApplyProgress {
    fn from(progress: leadsquared_webhooks::Progress) -> Self {
        match progress {
            leadsquared_webhooks::Progress::Webhook { account } => Self::Webhook { account },
            leadsquared_webhooks::Progress::Account { account } => Self::Account { account },
        }
    }
}

/// Who is told how far an apply is.
#[uniffi::export(with_foreign)]
pub trait ProgressListener: Send + Sync {
    /// One step more. Runs in a thread of the library's own and holds no run up. What it throws is let be.
    fn progressed(&self, progress: ApplyProgress) -> Result<(), ListenerFailed>;
}

/// What would be changed on an account.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum AccountPlan {
    /// The account was read.
    Read {
        /// Its name.
        account: String,
        /// For each wanted webhook, in the order of the manifest.
        wanted: Vec<Planned>,
        /// What is owned and not wanted, twins of what is wanted included. Deleted only when asked.
        unwanted: Vec<Webhook>,
    },
    /// The account could not be read.
    Failed {
        /// Its name.
        account: String,
        /// Why not.
        error: WebhookError,
    },
}

impl From<leadsquared_webhooks::AccountPlan> for AccountPlan {
    fn from(plan: leadsquared_webhooks::AccountPlan) -> Self {
        let leadsquared_webhooks::AccountPlan { name, plan } = plan;
        match plan {
            Ok(Plan { wanted, unwanted }) => Self::Read {
                account: name,
                wanted: wanted.into_iter().map(Into::into).collect(),
                unwanted: unwanted.into_iter().map(Into::into).collect(),
            },
            Err(error) => Self::Failed { account: name, error: error.into() },
        }
    }
}

/// What would be done about one wanted webhook.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Planned {
    /// It is there.
    Keep {
        /// The vendor's name for it.
        id: String,
    },
    /// It would be created.
    Create,
    /// What differs would be replaced.
    Update {
        /// The vendor's name for it.
        id: String,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// It is there and does not deliver; only a person can enable it.
    Disabled {
        /// The vendor's name for it.
        id: String,
        /// By whom.
        status: WebhookStatus,
    },
}

impl From<leadsquared_webhooks::Planned> for Planned {
    fn from(planned: leadsquared_webhooks::Planned) -> Self {
        match planned {
            leadsquared_webhooks::Planned::Keep(id) => Self::Keep { id: id.to_string() },
            leadsquared_webhooks::Planned::Create => Self::Create,
            leadsquared_webhooks::Planned::Update(id, differences) => Self::Update {
                id: id.to_string(),
                differences: differences.into_iter().map(Into::into).collect(),
            },
            leadsquared_webhooks::Planned::Disabled(id, status) => {
                Self::Disabled { id: id.to_string(), status: status.into() }
            }
        }
    }
}

/// What was done on an account.
#[derive(Clone, Debug, uniffi::Record)]
pub struct AccountApplied {
    /// Its name.
    pub account: String,
    /// Whether all that is wanted exists, and what was to go is gone.
    pub done: bool,
    /// For each wanted webhook, in the order of the manifest.
    pub webhooks: Vec<Applied>,
    /// What was owned and not wanted, and deleted.
    pub removed: Vec<String>,
    /// What was owned and not wanted, and could not be deleted.
    pub not_removed: Vec<NotRemoved>,
}

impl From<leadsquared_webhooks::AccountApplied> for AccountApplied {
    fn from(applied: leadsquared_webhooks::AccountApplied) -> Self {
        let done = applied.is_done();
        let leadsquared_webhooks::AccountApplied { name, webhooks, removed, not_removed } = applied;
        Self {
            account: name,
            done,
            webhooks: webhooks.into_iter().map(Into::into).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
            not_removed: not_removed
                .into_iter()
                .map(|(id, error)| NotRemoved { id: id.to_string(), error: error.into() })
                .collect(),
        }
    }
}

/// What was done about one wanted webhook.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Applied {
    /// It exists.
    Done {
        /// What was done.
        ensured: Ensured,
    },
    /// It could not be made so.
    Failed {
        /// Why not.
        error: WebhookError,
    },
}

impl From<Result<leadsquared_webhooks::Ensured, leadsquared_webhooks::Error>> for Applied {
    fn from(webhook: Result<leadsquared_webhooks::Ensured, leadsquared_webhooks::Error>) -> Self {
        match webhook {
            Ok(ensured) => Self::Done { ensured: ensured.into() },
            Err(error) => Self::Failed { error: error.into() },
        }
    }
}

/// A webhook that was to go and is still there.
#[derive(Clone, Debug, uniffi::Record)]
pub struct NotRemoved {
    /// The vendor's name for it.
    pub id: String,
    /// Why it is.
    pub error: WebhookError,
}

/// Tells what an apply would do, and waits until that is known, or the wait is given up: then nothing comes back.
#[uniffi::export(async_runtime = "tokio")]
pub async fn plan_until(
    manifest: Arc<Manifest>,
    wait: Arc<Wait>,
) -> Result<Option<Vec<AccountPlan>>, ConfigError> {
    let planned = wait.until(leadsquared_webhooks::plan(&manifest.0)).await.transpose();
    let planned = planned.map_err(|error| ConfigError::of_apply(&error))?;
    Ok(planned.map(|plans| plans.into_iter().map(Into::into).collect()))
}

/// Makes a manifest true, and waits until that is done, or the wait is given up: then the run ends, and nothing comes back.
#[uniffi::export(async_runtime = "tokio")]
pub async fn apply_until(
    manifest: Arc<Manifest>,
    options: Option<ApplyOptions>,
    progress: Option<Arc<dyn ProgressListener>>,
    wait: Arc<Wait>,
) -> Result<Option<Vec<AccountApplied>>, ConfigError> {
    let options = options.unwrap_or_default().into();
    let (told, steps) = channel();
    // A listener may take its time, and the run goes on.
    drop(tokio::task::spawn_blocking(move || {
        for step in steps {
            // There is nobody to tell that the one who is told has failed.
            let step = ApplyProgress::from(step);
            let _ = progress.as_ref().map(|listener| listener.progressed(step));
        }
    }));
    let tell = move |step| {
        // Who listens no more need not be told.
        let _ = told.send(step);
    };
    let applied = wait.until(leadsquared_webhooks::apply(&manifest.0, &options, tell)).await.transpose();
    let applied = applied.map_err(|error| ConfigError::of_apply(&error))?;
    Ok(applied.map(|accounts| accounts.into_iter().map(Into::into).collect()))
}
