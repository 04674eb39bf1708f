//! A manifest: the webhooks that several accounts are to have, planned and applied.

use std::{cell::RefCell, collections::HashMap, path::PathBuf};

use leadsquared_webhooks::{
    AccountApplied, AccountPlan, ApplyError, ApplyOptions, ClientSettings, OnProgress, Proxies, Pruning,
    StateLock, StateSettings,
};
use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyBool, PyDict, PyTuple, PyType},
};

use crate::{
    answer::Answer,
    async_client::Call,
    attempt::Attempt,
    beside, exceptions,
    existing::{Webhook, masked},
    logging,
    many::Many,
    outcome::Reconciled,
    progress::News,
    request::Prepared,
    settings::{Keywords, KnownRoots},
    ticket::Ticket,
    webhook::NewWebhook,
};

/// The webhooks that several accounts are to have, read from TOML.
///
/// A list ``accounts``, each with a ``name``, a ``host``, the **names of environment variables**
/// that hold its keys (``access_key_env``, ``secret_key_env``), and its ``webhooks``, which are
/// drafts as in any other file. A header may give ``value_env`` in place of ``value``. Optional:
/// ``auth``, ``codes``, ``custom_headers_form``, ``quota`` (a list of ``calls/seconds``), and
/// ``managed_prefix``: the beginning of the URLs that belong to this manifest, which alone are ever
/// pruned.
///
/// >>> toml = '''
/// ... [[accounts]]
/// ... name = "acme"
/// ... host = "api-in21.leadsquared.com"
/// ... access_key_env = "ACME_ACCESS_KEY"
/// ... secret_key_env = "ACME_SECRET_KEY"
/// ... managed_prefix = "https://hooks.example.com/"
/// ...
/// ... [[accounts.webhooks]]
/// ... url = "https://hooks.example.com/leads"
/// ... trigger = { event = "lead_create" }
/// ... '''
/// >>> Manifest.from_toml(toml, variables={"ACME_ACCESS_KEY": "access", "ACME_SECRET_KEY": "secret"})
/// Manifest(accounts=["acme"])
/// >>> Manifest.from_toml(toml, variables={"ACME_ACCESS_KEY": "access"})
/// Traceback (most recent call last): leadsquared_webhooks.exceptions.ManifestError:
/// accounts[0].secret_key_env: ACME_SECRET_KEY is not set
#[pyclass(frozen, module = "leadsquared_webhooks")]
pub(crate) struct Manifest {
    manifest: leadsquared_webhooks::Manifest,
    /// The file that it was read from.
    path: Option<PathBuf>,
}

#[pymethods]
impl Manifest {
    /// Reads the text of a manifest. ``variables`` hold the keys and secret headers by the names
    /// that the text gives; by default the environment's.
    ///
    /// Raises ``ManifestError`` with every broken rule and its path, and gives its ``warnings``.
    #[classmethod]
    #[pyo3(signature = (text, /, *, variables=None))]
    fn from_toml(
        class: &Bound<'_, PyType>,
        text: &str,
        variables: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::read(class.py(), text, variables, None)
    }

    /// Reads a file; as ``from_toml``. Raises ``OSError`` when there is no such file.
    #[classmethod]
    #[pyo3(signature = (path, /, *, variables=None))]
    fn from_file(
        class: &Bound<'_, PyType>,
        path: PathBuf,
        variables: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::read(class.py(), &std::fs::read_to_string(&path)?, variables, Some(path))
    }

    /// The accounts, in the order of the file.
    #[getter]
    fn accounts(&self) -> Many<ManifestAccount> {
        let accounts = self.manifest.accounts.iter().map(|account| ManifestAccount {
            name: account.name.clone(),
            host: account.host.base_url().to_string(),
            managed_prefix: account.managed_prefix.as_ref().map(ToString::to_string),
            webhooks: account.webhooks.iter().cloned().map(NewWebhook).collect(),
        });
        accounts.collect()
    }

    /// What is legal and a known pitfall, instances of ``LeadSquaredWarning``: an account whose
    /// keys go to a host that is not the vendor's. What there is about a webhook is in its own
    /// ``warnings``.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        exceptions::warnings(py, &self.manifest.warnings())
    }

    fn __repr__(&self) -> String {
        let names: Vec<_> = self.manifest.accounts.iter().map(|account| account.name.as_str()).collect();
        format!("Manifest(accounts={names:?})")
    }
}

impl Manifest {
    fn read(
        py: Python<'_>,
        text: &str,
        variables: Option<&Bound<'_, PyAny>>,
        path: Option<PathBuf>,
    ) -> PyResult<Self> {
        let wrong = RefCell::new(None);
        let variable = |name: &str| match variables {
            None => std::env::var(name).ok(),
            Some(variables) => {
                let value = variables.call_method1("get", (name,)).and_then(|value| value.extract());
                value.unwrap_or_else(|problem| {
                    wrong.borrow_mut().get_or_insert(problem);
                    None
                })
            }
        };
        let read = leadsquared_webhooks::Manifest::parse(text, variable);
        if let Some(problem) = wrong.into_inner() {
            return Err(problem);
        }
        let manifest = read.map_err(|error| exceptions::no_manifest(py, &error))?;
        exceptions::warn(py, &manifest.warnings(), 0)?;
        Ok(Self { manifest, path })
    }
}

/// What one account is to have. It shows no key.
#[pyclass(frozen, eq, get_all, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManifestAccount {
    /// Its name, unique in the manifest.
    name: String,
    /// Its host.
    host: String,
    /// The beginning of the URLs that belong to the manifest.
    managed_prefix: Option<String>,
    /// What it is to have, in the order of the file.
    webhooks: Many<NewWebhook>,
}

#[pymethods]
impl ManifestAccount {
    fn __repr__(&self) -> String {
        format!("ManifestAccount(name={:?}, webhooks={})", self.name, self.webhooks.0.len())
    }
}

/// One webhook of an account, and what became of it, or in a plan would.
#[pyclass(frozen, get_all, new = "from_fields", module = "leadsquared_webhooks")]
pub(crate) struct DesiredWebhook {
    /// The event's name as the API answers it, or ``code N``.
    event: String,
    /// The receiver's URL, whole; ``repr`` shows no value of its query.
    url: String,
    /// Whether it is as desired.
    ok: bool,
    /// What became of it, or would; ``None`` when there is an error.
    result: Option<Reconciled>,
    /// The ``CallError`` that says why not; otherwise ``None``.
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl DesiredWebhook {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str, &str) = ("event", "url", "result", "error");

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { event, url, ok: _, result, error } = self;
        let ended = match (result, error) {
            (Some(result), _) => result.clone().into_bound_py_any(py)?.repr()?.to_string(),
            (None, Some(error)) => error.bind(py).repr()?.to_string(),
            (None, None) => "None".to_owned(),
        };
        Ok(format!("DesiredWebhook(event={event:?}, url={:?}, {ended})", masked(url)))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { event, url, ok, result, error } = slf.get();
        let parts = (event, url, *ok, result.clone(), error.as_ref());
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

/// What would be changed on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountPlan", module = "leadsquared_webhooks")]
pub(crate) struct PlanOfAccount {
    /// Its name.
    name: String,
    /// Each desired webhook, in the order of the manifest: what would be done, and how it stands.
    webhooks: Py<PyTuple>,
    /// What would be pruned, when pruning was asked for.
    prune: Many<Webhook>,
    /// The tickets of earlier creates whose outcome is unknown and that the manifest does not
    /// desire any more.
    open: Py<PyTuple>,
    /// The attempts of its list.
    attempts: Many<Attempt>,
    /// Whether an apply would change something.
    changes: bool,
    /// Why the account could not be read, a ``CallError``.
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl PlanOfAccount {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { name, webhooks, prune, changes, error, .. } = self;
        if let Some(error) = error {
            return Ok(format!("AccountPlan(name={name:?}, error={})", error.bind(py).repr()?));
        }
        let (webhooks, prune) = (webhooks.bind(py).len(), prune.0.len());
        let changes = if *changes { "True" } else { "False" };
        Ok(format!("AccountPlan(name={name:?}, webhooks={webhooks}, prune={prune}, changes={changes})"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { name, webhooks, prune, open, attempts, changes, error } = slf.get();
        let parts = (name, webhooks, prune.clone(), open, attempts.clone(), *changes, error.as_ref());
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

/// What was done on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountApplied", module = "leadsquared_webhooks")]
pub(crate) struct AppliedToAccount {
    /// Its name.
    name: String,
    /// Each desired webhook, in the order of the manifest.
    webhooks: Py<PyTuple>,
    /// What was under the managed prefix and not desired.
    pruned: Py<PyTuple>,
    /// The tickets of earlier creates whose outcome is unknown and that the manifest does not
    /// desire any more.
    open: Py<PyTuple>,
    /// The attempts of its lists.
    attempts: Many<Attempt>,
    /// Whether all that is desired exists and delivers, and what was to be pruned is gone.
    ok: bool,
    /// Why its list could not be read, a ``CallError``.
    list_error: Option<Py<PyAny>>,
    /// Why what happened is not in the state file.
    state_error: Option<String>,
}

#[pymethods]
impl AppliedToAccount {
    fn __repr__(&self, py: Python<'_>) -> String {
        let Self { name, webhooks, pruned, ok, .. } = self;
        let (webhooks, pruned) = (webhooks.bind(py).len(), pruned.bind(py).len());
        let ok = if *ok { "True" } else { "False" };
        format!("AccountApplied(name={name:?}, webhooks={webhooks}, pruned={pruned}, ok={ok})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { name, webhooks, pruned, open, attempts, ok, list_error, state_error } = slf.get();
        let parts = (name, webhooks, pruned, open, attempts.clone(), *ok, list_error.as_ref(), state_error);
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

/// What an apply did.
#[pyclass(frozen, get_all, new = "from_fields", module = "leadsquared_webhooks")]
pub(crate) struct Applied {
    /// An ``AccountApplied`` for each account, in the order of the manifest.
    accounts: Py<PyTuple>,
    /// The tickets of creates of accounts that the manifest does not hold any more, whose outcome
    /// is unknown.
    open: Py<PyTuple>,
    /// Why the state file could not be finished.
    state_error: Option<String>,
    /// Whether all accounts are as desired, and the state file, if there is one, holds what
    /// happened.
    ok: bool,
}

#[pymethods]
impl Applied {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Applied(accounts={})", self.accounts.bind(py).repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { accounts, open, state_error, ok } = slf.get();
        Ok((slf.get_type().into_any(), (accounts, open, state_error, *ok).into_pyobject(slf.py())?))
    }
}

pub(crate) type PlanResult = Result<Vec<AccountPlan>, ApplyError>;
pub(crate) type ApplyResult = Result<leadsquared_webhooks::Applied, ApplyError>;

fn error(py: Python<'_>, error: &leadsquared_webhooks::Error) -> Py<PyAny> {
    exceptions::failed(py, error).into_value(py).into_any()
}

fn rows(py: Python<'_>, webhooks: Vec<leadsquared_webhooks::DesiredWebhook>) -> PyResult<Py<PyTuple>> {
    let rows = webhooks.into_iter().map(|webhook| {
        let ok = webhook.is_ok();
        let leadsquared_webhooks::DesiredWebhook { event, url, result } = webhook;
        let (result, error) = match result {
            Ok(result) => (Some(Reconciled::from(result)), None),
            Err(problem) => (None, Some(error(py, &problem))),
        };
        DesiredWebhook { event, url, ok, result, error }.into_py_any(py)
    });
    Ok(PyTuple::new(py, rows.collect::<PyResult<Vec<_>>>()?)?.unbind())
}

fn tickets(py: Python<'_>, open: &[leadsquared_webhooks::Ticket]) -> PyResult<Py<PyTuple>> {
    let tickets = open.iter().map(|ticket| Ticket::from(ticket).into_py_any(py));
    Ok(PyTuple::new(py, tickets.collect::<PyResult<Vec<_>>>()?)?.unbind())
}

/// The plans as a tuple.
pub(crate) fn planned(py: Python<'_>, outcome: PlanResult) -> PyResult<Py<PyAny>> {
    let plans = outcome.map_err(|error| exceptions::not_begun(py, &error))?.into_iter().map(|account| {
        let changes = account.changes();
        let AccountPlan { name, webhooks, prune, open, attempts, error: problem } = account;
        Ok(PlanOfAccount {
            name,
            webhooks: rows(py, webhooks)?,
            prune: prune.into_iter().map(Webhook).collect(),
            open: tickets(py, &open)?,
            attempts: attempts.iter().map(Attempt::from).collect(),
            changes,
            error: problem.map(|problem| error(py, &problem)),
        })
    });
    plans.collect::<PyResult<Many<_>>>()?.into_py_any(py)
}

/// What was done.
pub(crate) fn applied(py: Python<'_>, outcome: ApplyResult) -> PyResult<Py<PyAny>> {
    let applied = outcome.map_err(|error| exceptions::not_begun(py, &error))?;
    let ok = applied.is_ok();
    let leadsquared_webhooks::Applied { accounts, open, state_error } = applied;
    let accounts = accounts.into_iter().map(|account| {
        let ok = account.is_ok();
        let AccountApplied { name, webhooks, pruned, open, attempts, list_error, state_error } = account;
        AppliedToAccount {
            name,
            webhooks: rows(py, webhooks)?,
            pruned: rows(py, pruned)?,
            open: tickets(py, &open)?,
            attempts: attempts.iter().map(Attempt::from).collect(),
            ok,
            list_error: list_error.map(|problem| error(py, &problem)),
            state_error: state_error.map(|problem| problem.to_string()),
        }
        .into_py_any(py)
    });
    let accounts = PyTuple::new(py, accounts.collect::<PyResult<Vec<_>>>()?)?.unbind();
    let state_error = state_error.map(|problem| problem.to_string());
    Applied { accounts, open: tickets(py, &open)?, state_error, ok }.into_py_any(py)
}

/// The keywords of ``plan`` and ``apply``.
fn options(
    py: Python<'_>,
    manifest: &Manifest,
    given: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<ApplyOptions> {
    let mut keywords = Keywords::new(py, given)?;
    let timeout = keywords.time("lock_timeout")?.unwrap_or_default();
    let is_locked = keywords.value("lock")?.unwrap_or(true);
    let lock = if is_locked { StateLock::Exclusive { timeout } } else { StateLock::Off };
    let state = keywords.value::<PathBuf>("state")?;
    let state = state
        .map(|path| StateSettings::builder(path).maybe_manifest(manifest.path.clone()).lock(lock).build());
    let settings = ClientSettings {
        timeout: keywords.time("timeout")?,
        connect_timeout: keywords.time("connect_timeout")?,
        attempts: keywords.value("attempts")?,
        quota_wait: keywords.time("quota_wait")?,
        roots: keywords.text("roots")?.map(|KnownRoots(roots)| roots).unwrap_or_default(),
        root_certificates: keywords.value("root_certificates")?.unwrap_or_default(),
        proxies: match keywords.value("proxies_from_env")? {
            Some(false) => Proxies::None,
            Some(true) | None => Proxies::FromEnvironment,
        },
    };
    let mut options = ApplyOptions::builder()
        .maybe_consistency_window(keywords.time("consistency_window")?)
        .maybe_overwrite(keywords.value("overwrite")?)
        .maybe_keep_mismatch(keywords.value("keep_mismatch")?)
        .maybe_keep_duplicates(keywords.value("keep_duplicates")?)
        .maybe_state(state)
        .settings(settings)
        .on_progress(on_progress)
        .build();
    if let Some(prune) = keywords.take("prune")? {
        prunes(&prune, &mut options)?;
    }
    keywords.finished(options)
}

/// What is pruned: all, nothing, or what plans showed, whose calls count in the quota then.
fn prunes(given: &Bound<'_, PyAny>, options: &mut ApplyOptions) -> PyResult<()> {
    if let Ok(all) = given.cast::<PyBool>() {
        options.prune = if all.is_true() { Pruning::All } else { Pruning::Nothing };
        return Ok(());
    }
    let mut shown = HashMap::new();
    for plan in given.try_iter()? {
        let plan = plan?;
        let PlanOfAccount { name, prune, attempts, .. } = plan.cast::<PlanOfAccount>()?.get();
        shown.insert(name.clone(), prune.0.iter().map(|webhook| webhook.0.clone()).collect());
        options.earlier_attempts.insert(name.clone(), attempts.0.iter().map(Attempt::counted).collect());
    }
    options.prune = Pruning::Shown(shown);
    Ok(())
}

fn planning(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<impl Prepared + use<>> {
    let options = options(py, manifest.get(), keywords, OnProgress::default())?;
    let manifest = manifest.get().manifest.clone();
    Ok(async move { Answer::Planned(leadsquared_webhooks::plan(&manifest, &options).await) })
}

fn applying(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<impl Prepared + use<>> {
    let options = options(py, manifest.get(), keywords, on_progress)?;
    let manifest = manifest.get().manifest.clone();
    Ok(async move { Answer::Applied(leadsquared_webhooks::apply(&manifest, &options).await) })
}

/// Says what ``apply`` would do. It is read-only: an ``AccountPlan`` for each account, in the order
/// of the manifest.
///
/// An account that cannot be read says so by its ``error``. The keywords are those of ``apply``;
/// the state file is not locked. Raises ``ConfigError`` when a client cannot be set up, and
/// ``StateError`` when the state file is damaged. In asyncio: ``plan_async``.
///
/// >>> variables = {"KEY": sandbox.access_key, "SECRET": sandbox.secret_key}
/// >>> toml = f'''
/// ... [[accounts]]
/// ... name = "acme"
/// ... host = "{sandbox.host}"
/// ... access_key_env = "KEY"
/// ... secret_key_env = "SECRET"
/// ... webhooks = [{{ url = "https://example.com/leads", trigger = {{ event = "lead_create" }} }}]
/// ... '''
/// >>> plan(Manifest.from_toml(toml, variables=variables))
/// (AccountPlan(name="acme", webhooks=1, prune=0, changes=True),)
#[pyfunction]
#[pyo3(
    signature = (manifest, /, **keywords),
    text_signature = "(manifest, /, *, prune=False, overwrite=False, keep_mismatch=False, keep_duplicates=False, consistency_window=None, state=None, lock=True, lock_timeout=None, timeout=None, connect_timeout=None, attempts=None, quota_wait=None, roots=None, root_certificates=None, proxies_from_env=True)"
)]
pub(crate) fn plan(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let run = planning(py, manifest, keywords)?;
    logging::during(py, || beside::wait(py, None, run)).and_then(|answer| answer.into_python(py))
}

/// Applies a manifest: on each account every desired webhook exists once. It is declarative and
/// safe to run again.
///
/// Accounts go side by side, each within its quota; what one account or webhook fails at stops no
/// other.
///
/// - ``prune``: whether what is under the accounts' managed prefixes and not desired is deleted.
///   Default: no. Given the plans of the same manifest, only what they show under ``prune`` and
///   what has not changed since, and their calls count in the quota. Nothing is pruned on an
///   account on which a desired webhook or the list failed.
/// - ``overwrite``: whether a webhook that the state file does not hold is replaced when it differs
///   or may differ, custom headers and all else that cannot be read back included. Default: no, it
///   is adopted as it is and its differences are listed.
/// - ``keep_mismatch``, ``keep_duplicates``: whether a webhook that was created with another event
///   or URL, and a duplicate that a run of this manifest created, stays. Default: no, it is deleted
///   again.
/// - ``consistency_window``: how long after its send a create may still show up, in seconds or as a
///   ``timedelta``. Default 60, our own bound.
/// - ``state``: the file in which runs keep what the next one needs, such as
///   ``"webhooks.toml.state"``. A run that was interrupted, by Ctrl-C or for any other reason, is
///   resumed by the next: creates that may have been applied are looked for before anything is
///   created, and the calls that were made count in the quota. Default: none is kept.
/// - ``lock``: whether the state file is locked, so that no two runs use it at once.
///   ``lock_timeout``: how long is waited for another run to end. Default: not at all.
/// - ``timeout``, ``connect_timeout``, ``attempts``, ``quota_wait``, ``roots``,
///   ``root_certificates``, ``proxies_from_env``: as of ``Client``, but proxies are those of the
///   environment by default.
/// - ``on_progress``: called with a ``Progress`` in this thread, waits included. What it raises
///   ends the run as Ctrl-C does.
///
/// Ctrl-C ends the run: creates that were not sent are withdrawn, those that were go on, and with a
/// state file the next run finds out what became of them.
///
/// Raises ``ConfigError`` when a client cannot be set up, and ``StateError`` when the state file
/// cannot be used. In asyncio: ``apply_async``.
///
/// >>> variables = {"KEY": sandbox.access_key, "SECRET": sandbox.secret_key}
/// >>> toml = f'''
/// ... [[accounts]]
/// ... name = "acme"
/// ... host = "{sandbox.host}"
/// ... access_key_env = "KEY"
/// ... secret_key_env = "SECRET"
/// ... webhooks = [{{ url = "https://example.com/leads", trigger = {{ event = "lead_create" }} }}]
/// ... '''
/// >>> apply(Manifest.from_toml(toml, variables=variables), on_progress=print)
/// Progress(kind="webhooks", account="acme", count=1)
/// Progress(kind="account", account="acme", count=0)
/// Applied(accounts=(AccountApplied(name="acme", webhooks=1, pruned=0, ok=True),))
#[pyfunction]
#[pyo3(
    signature = (manifest, /, *, on_progress=None, **keywords),
    text_signature = "(manifest, /, *, prune=False, overwrite=False, keep_mismatch=False, keep_duplicates=False, consistency_window=None, state=None, lock=True, lock_timeout=None, timeout=None, connect_timeout=None, attempts=None, quota_wait=None, roots=None, root_certificates=None, proxies_from_env=True, on_progress=None)"
)]
pub(crate) fn apply(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    on_progress: Option<Py<PyAny>>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let news = News::default();
    let run = applying(py, manifest, keywords, news.on_progress())?;
    let hear = on_progress.as_ref().map(|hear| (&news, hear));
    logging::during(py, || beside::wait(py, hear, run)).and_then(|answer| answer.into_python(py))
}

/// Prepares a ``plan``.
#[pyfunction]
pub(crate) fn prepare_plan(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Call> {
    Call::beside(py, planning(py, manifest, Some(keywords))?)
}

/// Prepares an ``apply``, which reports how far it is.
#[pyfunction]
pub(crate) fn prepare_apply(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: &Bound<'_, PyDict>,
) -> PyResult<Call> {
    let news = News::default();
    let run = applying(py, manifest, Some(keywords), news.on_progress())?;
    Call::reporting(py, news, run)
}
