//! A manifest made true: accounts side by side, each within its quota, resumable.

use std::{collections::HashMap, io, path::PathBuf, sync::Arc, time::SystemTime};

use leadsquared_webhooks_core::{
    Apply, ApplyOptions, ApplyStep, CreateEnd, DEFAULT_SETTLING, EnsureOptions, Ensured, Identity,
    NewWebhook, Plan, Planned, Ticket, WebhookFilter, WebhookId, quota::QuotaLimit,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    client::Client,
    config_error::ConfigError,
    ensure::{create_end, given_up},
    error::Error,
    journal::{Journal, Left},
    manifest::{Manifest, ManifestAccount},
    pending::CallId,
    quota_handle::Quota,
};

/// How a manifest is applied.
#[derive(Clone, Debug, bon::Builder)]
pub struct ApplyManifest {
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[builder(default = DEFAULT_SETTLING)]
    pub settling: std::time::Duration,
    /// Whether what the manifest owns and does not want is deleted. Default: no.
    #[builder(default)]
    pub delete: bool,
    /// Whether a webhook that this run created is deleted when another of its identity turns out to exist. Default: no.
    #[builder(default)]
    pub remove_surplus: bool,
    /// The file in which the run keeps what it has begun, so that the next one goes on there. Default: none is kept.
    #[builder(into)]
    pub journal: Option<PathBuf>,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A client could not be set up.
    #[error("account {account}: {problem}")]
    Config {
        /// The account's name.
        account: String,
        /// What is wrong.
        problem: ConfigError,
    },
    /// The journal could not be read or written.
    #[error("journal {}: {problem}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: io::Error,
    },
}

/// What was done on an account.
#[derive(Clone, Debug)]
pub struct AccountApplied {
    /// Its name.
    pub name: String,
    /// For each wanted webhook, in the order of the manifest: what was done, or why not.
    pub webhooks: Vec<Result<Ensured, Error>>,
    /// What was owned and not wanted, and deleted.
    pub removed: Vec<WebhookId>,
    /// What was owned and not wanted, and could not be deleted.
    pub not_removed: Vec<(WebhookId, Error)>,
}

/// As JSON: `account`, `done`, `webhooks` (each with `ok`, and `id`, `change`, `surplus`, `removed`, or `error`), `removed`,
/// `not_removed`.
impl Serialize for AccountApplied {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, webhooks, removed, not_removed } = self;
        let webhooks: Vec<_> = webhooks
            .iter()
            .map(|webhook| match webhook {
                Ok(Ensured { id, change, surplus, removed }) => serde_json::json!({
                    "ok": true, "id": id, "change": change.as_str(), "surplus": surplus, "removed": removed,
                }),
                Err(error) => serde_json::json!({"ok": false, "error": error}),
            })
            .collect();
        let not_removed: Vec<_> =
            not_removed.iter().map(|(id, error)| serde_json::json!({"id": id, "error": error})).collect();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("account", name)?;
        map.serialize_entry("done", &self.is_done())?;
        map.serialize_entry("webhooks", &webhooks)?;
        map.serialize_entry("removed", removed)?;
        map.serialize_entry("not_removed", &not_removed)?;
        map.end()
    }
}

/// As JSON: `account`, and `wanted` (each with `step`, and `id`, `differences`, `status`) and `unwanted`, or `error`.
impl Serialize for AccountPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, plan } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("account", name)?;
        match plan {
            Ok(Plan { wanted, unwanted }) => {
                let wanted: Vec<_> = wanted
                    .iter()
                    .map(|planned| {
                        let step = planned.as_str();
                        match planned {
                            Planned::Create => serde_json::json!({"step": step}),
                            Planned::Keep(id) => serde_json::json!({"step": step, "id": id}),
                            Planned::Update(id, differences) => {
                                serde_json::json!({"step": step, "id": id, "differences": differences})
                            }
                            Planned::Disabled(id, status) => {
                                serde_json::json!({"step": step, "id": id, "status": status.to_string()})
                            }
                        }
                    })
                    .collect();
                map.serialize_entry("wanted", &wanted)?;
                map.serialize_entry("unwanted", unwanted)?;
            }
            Err(error) => map.serialize_entry("error", error)?,
        }
        map.end()
    }
}

impl AccountApplied {
    /// Whether all that is wanted exists, and what was to go is gone.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.webhooks.iter().all(Result::is_ok) && self.not_removed.is_empty()
    }
}

/// What would be changed on an account.
#[derive(Clone, Debug)]
pub struct AccountPlan {
    /// Its name.
    pub name: String,
    /// What would be changed; an error when the account could not be read.
    pub plan: Result<Plan, Error>,
}

/// How far an apply is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
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

/// Tells what [`apply`] would do. Reads alone.
///
/// # Errors
///
/// [`ApplyError`] when a client cannot be set up; an account that cannot be read says so in its own plan.
///
/// # Panics
///
/// When there is no Tokio runtime around it.
pub async fn plan(manifest: &Manifest) -> Result<Vec<AccountPlan>, ApplyError> {
    let mut tasks = JoinSet::new();
    for (index, account) in manifest.accounts.iter().enumerate() {
        let client = client(account, None, &Left::default())?;
        let account = account.clone();
        tasks.spawn(async move {
            let seen = client.list(&WebhookFilter::default()).await;
            let plan =
                seen.map(|seen| Plan::of(&account.webhooks, account.codes, account.owns.as_deref(), &seen));
            (index, AccountPlan { name: account.name, plan })
        });
    }
    Ok(in_order(tasks.join_all().await))
}

/// Makes a manifest true: on each account every wanted webhook exists once. Accounts go side by side, each within its quota.
///
/// What one account or webhook fails at stops no other. With a journal a run that was cut off, by whatever, is gone on with by
/// the next: creates that may have been applied are looked for before anything is created, and the calls that were made
/// count in the quota. The journal goes when all is done.
///
/// # Errors
///
/// [`ApplyError`] when nothing was begun.
///
/// # Panics
///
/// When there is no Tokio runtime around it.
///
/// # Example
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use leadsquared_webhooks::{ApplyManifest, Manifest, apply};
///
/// let manifest = Manifest::parse(&std::fs::read_to_string("webhooks.toml")?, |name| std::env::var(name).ok())?;
/// let options = ApplyManifest::builder().journal("webhooks.journal").build();
/// for account in apply(&manifest, &options, |_| {}).await? {
///     println!("{}: {}", account.name, if account.is_done() { "done" } else { "look at it" });
/// }
/// # Ok(()) }
/// ```
pub async fn apply(
    manifest: &Manifest,
    options: &ApplyManifest,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<Vec<AccountApplied>, ApplyError> {
    let (journal, left) = match &options.journal {
        Some(path) => {
            let (journal, left) =
                Journal::open(path).map_err(|problem| ApplyError::Journal { path: path.clone(), problem })?;
            (Some(Arc::new(journal)), left)
        }
        None => (None, HashMap::new()),
    };
    let progress: Arc<dyn Fn(Progress) + Send + Sync> = Arc::new(progress);
    let mut runs = Vec::new();
    for account in &manifest.accounts {
        let left = left.get(&account.name).cloned().unwrap_or_default();
        let client = client(account, journal.as_ref(), &left)?;
        runs.push(
            Run {
                client,
                account: account.clone(),
                journal: journal.clone(),
                progress: Arc::clone(&progress),
                own: Vec::new(),
            }
            .start(options.clone(), left),
        );
    }
    let mut tasks = JoinSet::new();
    for (index, run) in runs.into_iter().enumerate() {
        tasks.spawn(async move { (index, run.await) });
    }
    let applied = in_order(tasks.join_all().await);
    if let Some(journal) = journal.and_then(Arc::into_inner)
        && applied.iter().all(AccountApplied::is_done)
    {
        let path = options.journal.clone().unwrap_or_default();
        journal.finish().map_err(|problem| ApplyError::Journal { path, problem })?;
    }
    Ok(applied)
}

/// Notes why a wanted webhook could not be made so, as far as that is known.
fn note(errors: &mut [Option<Error>], index: usize, error: Error) {
    if let Some(slot) = errors.get_mut(index) {
        *slot = Some(error);
    }
}

fn in_order<T>(mut results: Vec<(usize, T)>) -> Vec<T> {
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The client of an account, whose quota knows the calls of the last run and whose calls go into the journal.
fn client(
    account: &ManifestAccount,
    journal: Option<&Arc<Journal>>,
    left: &Left,
) -> Result<Client, ApplyError> {
    let limits = if account.quota.is_empty() { vec![QuotaLimit::default()] } else { account.quota.clone() };
    let longest = limits.iter().map(|limit| limit.window()).max().unwrap_or_default();
    let quota = Quota::new(limits);
    quota.remember(left.answered_ago(longest, SystemTime::now()));
    let observer = journal.map(|journal| {
        let (journal, name) = (Arc::downgrade(journal), account.name.clone());
        let observer: crate::client::Observer = Arc::new(move |moment| {
            // A journal that cannot be written any more stops nothing that has begun; the creates themselves ask first.
            if let Some(Err(problem)) = journal.upgrade().map(|journal| journal.call(&name, moment)) {
                tracing::warn!(%problem, "a call is missing in the journal");
            }
        });
        observer
    });
    Client::builder(account.host.clone(), account.credentials.clone())
        .auth(account.auth)
        .codes(account.codes)
        .custom_headers_form(account.custom_headers_form)
        .quota(quota)
        .maybe_observer(observer)
        .proxies_from_env()
        .build()
        .map_err(|problem| ApplyError::Config { account: account.name.clone(), problem })
}

/// One account's run.
struct Run {
    client: Client,
    account: ManifestAccount,
    journal: Option<Arc<Journal>>,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
    own: Vec<CallId>,
}

impl Run {
    async fn start(mut self, options: ApplyManifest, left: Left) -> AccountApplied {
        let now = self.client.inner().clock.now();
        let tickets = left.tickets.into_iter().map(|ticket| ticket.sent_until(now)).collect();
        let options = ApplyOptions {
            ensure: EnsureOptions {
                settling: options.settling,
                remove_surplus: options.remove_surplus,
                tickets,
            },
            owns: self.account.owns.clone(),
            delete: options.delete,
        };
        self.run(options).await
    }

    async fn run(&mut self, options: ApplyOptions) -> AccountApplied {
        let wanted = self.account.webhooks.clone();
        let mut apply = Apply::new(wanted.clone(), self.account.codes, options);
        let mut errors: Vec<Option<Error>> = vec![None; wanted.len()];
        let mut not_removed = Vec::new();
        let mut told = vec![false; wanted.len()];
        loop {
            match apply.next(self.client.inner().clock.now()) {
                ApplyStep::Look => {
                    let asked_at = self.client.inner().clock.now();
                    match self.client.list(&WebhookFilter::default()).await {
                        Ok(seen) => apply.looked(seen, asked_at),
                        Err(error) => {
                            // Nothing more can be known of this account.
                            for (index, slot) in errors.iter_mut().enumerate() {
                                if !told.get(index).copied().unwrap_or_default() {
                                    apply.failed(index);
                                    slot.get_or_insert_with(|| error.clone());
                                }
                            }
                        }
                    }
                }
                ApplyStep::Wait(time) => sleep(time).await,
                ApplyStep::Create(index) => {
                    let Some(webhook) = wanted.get(index) else { break };
                    match self.create(webhook).await {
                        Ok(end) => apply.created(index, end, self.client.inner().clock.now()),
                        Err((error, end)) => {
                            match end {
                                Some(end) => apply.created(index, end, self.client.inner().clock.now()),
                                None => apply.failed(index),
                            }
                            note(&mut errors, index, error);
                        }
                    }
                }
                ApplyStep::Update(index, id) => {
                    let Some(webhook) = wanted.get(index) else { break };
                    match self.client.update(&id, webhook).await {
                        Ok(_) => apply.updated(index),
                        Err(error) => {
                            apply.failed(index);
                            note(&mut errors, index, error);
                        }
                    }
                }
                ApplyStep::Delete(id) => match self.client.delete(&id).await {
                    Ok(_) => apply.deleted(&id),
                    Err(error) => {
                        apply.undeletable(&id);
                        not_removed.push((id, error));
                    }
                },
                ApplyStep::Done => break,
            }
            self.tell(&apply, &mut told);
        }
        self.client.inner().pending.release(&self.own);
        (self.progress)(Progress::Account { account: self.account.name.clone() });
        let ended: Vec<_> = apply.ended().collect();
        let webhooks = ended
            .into_iter()
            .zip(errors)
            .map(|(ended, error)| match ended {
                Some(Ok(ensured)) => Ok(ensured),
                Some(Err(ticket)) => Err(given_up(error, ticket)),
                None => Err(given_up(error, None)),
            })
            .collect();
        AccountApplied {
            name: self.account.name.clone(),
            webhooks,
            removed: apply.removed().to_vec(),
            not_removed,
        }
    }

    /// Sends a create that stands in the journal first. An error comes with what it means for the run, if that goes on.
    async fn create(&mut self, webhook: &NewWebhook) -> Result<CreateEnd, (Error, Option<CreateEnd>)> {
        if let Some(journal) = &self.journal {
            let ticket = Ticket::new(webhook, self.account.codes, self.client.inner().clock.now());
            if let Err(problem) = journal.begun(&self.account.name, &ticket) {
                return Err((Error::unwritten(problem), None));
            }
        }
        let (id, outcome) = self.client.create_kept(webhook);
        self.own.push(id);
        match outcome.await {
            Ok(created) => Ok(CreateEnd::Created(created.id)),
            Err(error) => {
                let end = create_end(&error);
                Err((error, end))
            }
        }
    }

    /// Tells what has ended since the last time, to the journal too.
    fn tell(&self, apply: &Apply, told: &mut [bool]) {
        for ((ended, told), webhook) in apply.ended().zip(told).zip(&self.account.webhooks) {
            let Some(ended) = ended else { continue };
            if std::mem::replace(told, true) {
                continue;
            }
            if let (Ok(_), Some(journal)) = (&ended, &self.journal) {
                let identity = Identity::of(webhook, self.account.codes);
                if let Err(problem) = journal.seen(&self.account.name, &identity) {
                    tracing::warn!(%problem, "a webhook is missing in the journal");
                }
            }
            (self.progress)(Progress::Webhook { account: self.account.name.clone() });
        }
    }
}
