//! A manifest: the desired webhooks of several accounts, planned and applied.

use std::{cell::RefCell, collections::HashMap, path::PathBuf};

use leadsquared_webhooks::{
    account::{ClientSettings, Proxies},
    call::OnProgress,
    error::ApplyError,
    manifest::{AccountApplied, AccountPlan, ManifestRun, Pruning, StateLock, StateSettings},
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

/// The desired webhooks of several accounts, read from TOML.
///
/// It has a list ``accounts``, each with a ``name``, a ``host``, the **names of environment
/// variables** that contain its keys (``access_key_env``, ``secret_key_env``), and its
/// ``webhooks``, which are drafts as in any other file. A header may give ``value_env`` instead of
/// ``value``. Optional: ``auth``, ``codes``, ``custom_headers_form``, ``quota`` (a list of
/// ``calls/seconds``), and ``managed_prefix``: the prefix of the URLs that this manifest manages.
/// Only webhooks under it are ever pruned.
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
/// >>> Manifest.from_toml(
/// ...     toml, variables={"ACME_ACCESS_KEY": "access", "ACME_SECRET_KEY": "secret"}
/// ... )
/// Manifest(accounts=["acme"])
/// >>> Manifest.from_toml(toml, variables={"ACME_ACCESS_KEY": "access"})
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ManifestError: 6:1: account "acme", secret_key_env:
/// ACME_SECRET_KEY is not set
#[pyclass(frozen, module = "leadsquared_webhooks")]
pub(crate) struct Manifest {
    manifest: leadsquared_webhooks::Manifest,
    /// The file that it was read from.
    path: Option<PathBuf>,
}

#[pymethods]
impl Manifest {
    /// Parses the text of a manifest. ``variables`` maps the names in the text to the keys and
    /// secret header values; by default, the environment is used.
    ///
    /// Raises ``ManifestError`` with every violation and its path, and issues its ``warnings``.
    #[classmethod]
    #[pyo3(signature = (text, /, *, variables=None))]
    fn from_toml(
        class: &Bound<'_, PyType>,
        text: &str,
        variables: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::read(class.py(), text, variables, None)
    }

    /// Reads a file, as ``from_toml`` does. Raises ``OSError`` if it cannot be read.
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

    /// Warnings about known pitfalls, instances of ``LeadSquaredWarning``: an account whose keys
    /// are sent to a host that is not LeadSquared's. Warnings about a webhook are in its
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

/// One account of a manifest and its desired webhooks. It contains no key.
#[pyclass(frozen, eq, get_all, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManifestAccount {
    /// Its name, unique in the manifest.
    name: String,
    /// Its host.
    host: String,
    /// The prefix of the URLs that the manifest manages.
    managed_prefix: Option<String>,
    /// Its desired webhooks, in the order of the file.
    webhooks: Many<NewWebhook>,
}

#[pymethods]
impl ManifestAccount {
    fn __repr__(&self) -> String {
        format!("ManifestAccount(name={:?}, webhooks={})", self.name, self.webhooks.0.len())
    }
}

/// One webhook of an account, and its result; in a plan, its expected result.
#[pyclass(frozen, get_all, new = "from_fields", module = "leadsquared_webhooks")]
pub(crate) struct DesiredWebhook {
    /// The event's name as the API returns it, or ``code N``.
    event: String,
    /// The receiver's URL in full; ``repr`` masks the values of its query.
    url: String,
    /// Whether it is as desired.
    ok: bool,
    /// What became of it, or would; ``None`` if there is an error.
    result: Option<Reconciled>,
    /// The ``CallError`` if it failed; otherwise ``None``.
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

/// The changes that would be made on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountPlan", module = "leadsquared_webhooks")]
pub(crate) struct PlanOfAccount {
    /// Its name.
    name: String,
    /// Each desired webhook, in the order of the manifest: what would be done, and its current
    /// state.
    webhooks: Py<PyTuple>,
    /// The webhooks that would be pruned, if pruning was requested.
    prune: Many<Webhook>,
    /// The tickets of earlier creates whose outcome is unknown and that are no longer in the
    /// manifest.
    open: Py<PyTuple>,
    /// The attempts of listing it.
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

/// The changes made on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountApplied", module = "leadsquared_webhooks")]
pub(crate) struct AppliedToAccount {
    /// Its name.
    name: String,
    /// Each desired webhook, in the order of the manifest.
    webhooks: Py<PyTuple>,
    /// The webhooks under the managed prefix that were not desired.
    pruned: Py<PyTuple>,
    /// The tickets of earlier creates whose outcome is unknown and that are no longer in the
    /// manifest.
    open: Py<PyTuple>,
    /// The attempts of listing it.
    attempts: Many<Attempt>,
    /// Whether all desired webhooks exist and deliver, and all webhooks to prune are gone.
    ok: bool,
    /// Why it could not be listed, a ``CallError``.
    list_error: Option<Py<PyAny>>,
    /// Why the results are not in the state file.
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
    /// The tickets of creates with an unknown outcome on accounts that are no longer in the
    /// manifest.
    open: Py<PyTuple>,
    /// Why the state file could not be finalized.
    state_error: Option<String>,
    /// Whether all accounts are as desired, and the state file, if there is one, contains the
    /// results.
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
pub(crate) type ApplyResult = Result<leadsquared_webhooks::manifest::Applied, ApplyError>;

fn error(py: Python<'_>, error: &leadsquared_webhooks::Error) -> Py<PyAny> {
    exceptions::failed(py, error).into_value(py).into_any()
}

fn rows(
    py: Python<'_>,
    webhooks: Vec<leadsquared_webhooks::manifest::DesiredWebhook>,
) -> PyResult<Py<PyTuple>> {
    let rows = webhooks.into_iter().map(|webhook| {
        let ok = webhook.is_ok();
        let leadsquared_webhooks::manifest::DesiredWebhook { event, url, result } = webhook;
        let (result, error) = match result {
            Ok(result) => (Some(Reconciled::from(result)), None),
            Err(problem) => (None, Some(error(py, &problem))),
        };
        DesiredWebhook { event, url, ok, result, error }.into_py_any(py)
    });
    Ok(PyTuple::new(py, rows.collect::<PyResult<Vec<_>>>()?)?.unbind())
}

fn tickets(py: Python<'_>, open: &[leadsquared_webhooks::reconcile::Ticket]) -> PyResult<Py<PyTuple>> {
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

/// The result of an apply.
pub(crate) fn applied(py: Python<'_>, outcome: ApplyResult) -> PyResult<Py<PyAny>> {
    let applied = outcome.map_err(|error| exceptions::not_begun(py, &error))?;
    let ok = applied.is_ok();
    let leadsquared_webhooks::manifest::Applied { accounts, open, state_error } = applied;
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

/// Reads the keyword arguments of ``plan`` and ``apply``.
fn prepared(
    py: Python<'_>,
    manifest: &Manifest,
    given: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<ManifestRun> {
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
    let mut run = manifest
        .manifest
        .run()
        .consistency_window(keywords.time("consistency_window")?)
        .overwrite(keywords.value("overwrite")?.unwrap_or_default())
        .keep_mismatch(keywords.value("keep_mismatch")?.unwrap_or_default())
        .keep_duplicates(keywords.value("keep_duplicates")?.unwrap_or_default())
        .state(state)
        .settings(settings)
        .on_progress(on_progress);
    if let Some(prune) = keywords.take("prune")? {
        run = prunes(&prune, run)?;
    }
    keywords.finished(run)
}

/// Reads what to prune: everything, nothing, or what the given plans showed, whose calls then count
/// against the quota.
fn prunes(given: &Bound<'_, PyAny>, run: ManifestRun) -> PyResult<ManifestRun> {
    if let Ok(all) = given.cast::<PyBool>() {
        return Ok(run.prune(if all.is_true() { Pruning::All } else { Pruning::Nothing }));
    }
    let (mut shown, mut earlier) = (HashMap::new(), HashMap::new());
    for plan in given.try_iter()? {
        let plan = plan?;
        let PlanOfAccount { name, prune, attempts, .. } = plan.cast::<PlanOfAccount>()?.get();
        shown.insert(name.clone(), prune.0.iter().map(|webhook| webhook.0.clone()).collect());
        earlier.insert(name.clone(), attempts.0.iter().map(Attempt::counted).collect());
    }
    Ok(run.prune(Pruning::Shown(shown)).earlier_attempts(earlier))
}

fn planning(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<impl Prepared + use<>> {
    let run = prepared(py, manifest.get(), keywords, OnProgress::default())?;
    Ok(async move { Answer::Planned(run.plan().await) })
}

fn applying(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    keywords: Option<&Bound<'_, PyDict>>,
    on_progress: OnProgress,
) -> PyResult<impl Prepared + use<>> {
    let run = prepared(py, manifest.get(), keywords, on_progress)?;
    Ok(async move { Answer::Applied(run.apply().await) })
}

/// Returns what ``apply`` would do: an ``AccountPlan`` for each account, in the order of the
/// manifest. It is read-only.
///
/// An account that cannot be read has an ``error``. The keyword arguments are those of ``apply``;
/// the state file is not locked. Raises ``ConfigError`` if a client cannot be built, and
/// ``StateError`` if the state file is damaged. In asyncio: ``plan_async``.
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

/// Applies a manifest, so that every desired webhook exists once on its account. It is declarative
/// and safe to run again.
///
/// Accounts are processed concurrently, each within its quota; a failure of one account or webhook
/// does not stop the others.
///
/// - ``prune``: whether to delete webhooks under the accounts' managed prefixes that are not
///   desired. Default: no. Given the plans of the same manifest, only webhooks that they show under
///   ``prune`` and that have not changed since are deleted, and the calls of the plans count
///   against the quota. Nothing is pruned on an account on which a desired webhook or the list
///   failed.
/// - ``overwrite``: whether a webhook that is not in the state file is replaced if it differs or
///   may differ, including custom headers and everything else that cannot be read back. Default:
///   no, it is adopted unchanged and its differences are listed.
/// - ``keep_mismatch``, ``keep_duplicates``: whether to keep a webhook that was created with a
///   different event or URL, and a duplicate that a run of this manifest created. Default: no, it
///   is deleted again.
/// - ``consistency_window``: how long after it was sent a create may still show up, in seconds or
///   as a ``timedelta``. Default 60, a bound chosen by this package.
/// - ``state``: the file that stores state between runs, such as ``"webhooks.toml.state"``. A run
///   that was interrupted, by Ctrl-C or for any other reason, is resumed by the next: creates that
///   may have been applied are resolved before anything is created, and the calls already made
///   count against the quota. Default: no state is stored.
/// - ``lock``: whether the state file is locked against concurrent runs. ``lock_timeout``: how long
///   to wait for another run to end. Default: not at all.
/// - ``timeout``, ``connect_timeout``, ``attempts``, ``quota_wait``, ``roots``,
///   ``root_certificates``, ``proxies_from_env``: as for ``Client``, but the proxies of the
///   environment are used by default.
/// - ``on_progress``: called with a ``Progress`` in this thread, waits included. An exception that
///   it raises ends the run as Ctrl-C does.
///
/// Ctrl-C ends the run: creates that were not sent are withdrawn, those that were sent continue,
/// and with a state file the next run resolves them.
///
/// Raises ``ConfigError`` if a client cannot be built, and ``StateError`` if the state file cannot
/// be used. In asyncio: ``apply_async``.
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

/// Prepares an ``apply``, which reports progress.
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
