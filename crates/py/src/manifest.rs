//! A manifest: the webhooks that several accounts are to have, planned and applied.

use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use leadsquared_webhooks::{AccountApplied, AccountPlan, ApplyError, ApplyManifest, Plan, Planned as Step};
use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyTuple, PyType},
};

use crate::{
    answer::Answer,
    async_client::Call,
    beside::{self, Told},
    exceptions,
    existing::{Difference, Webhook},
    journal,
    many::Many,
    outcome::Ensured,
    request::Arguments,
    webhook::NewWebhook,
};

/// The webhooks that several accounts are to have, read from TOML.
///
/// A list ``accounts``, each with a ``name``, a ``host``, the **names of environment variables** that hold its keys
/// (``access_key_env``, ``secret_key_env``), and its ``webhooks``, which are drafts as in any other file. A header may give ``value_env``
/// in place of ``value``. Optional: ``auth``, ``codes``, ``custom_headers_form``, ``quota`` (a list of ``calls/seconds``), and ``owns``: the beginning of the URLs that
/// belong to this manifest, which alone are ever deleted.
///
/// >>> toml = '''
/// ... [[accounts]]
/// ... name = "acme"
/// ... host = "api-in21.leadsquared.com"
/// ... access_key_env = "ACME_ACCESS_KEY"
/// ... secret_key_env = "ACME_SECRET_KEY"
/// ... owns = "https://hooks.example.com/"
/// ...
/// ... [[accounts.webhooks]]
/// ... url = "https://hooks.example.com/leads"
/// ... trigger = { event = "lead_create" }
/// ... '''
/// >>> Manifest.from_toml(toml, variables={"ACME_ACCESS_KEY": "access", "ACME_SECRET_KEY": "secret"})
/// Manifest(accounts=["acme"])
/// >>> Manifest.from_toml(toml, variables={"ACME_ACCESS_KEY": "access"})
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ManifestError: accounts[0].secret_key_env: ACME_SECRET_KEY is not set
#[pyclass(frozen, module = "leadsquared_webhooks")]
pub(crate) struct Manifest(leadsquared_webhooks::Manifest);

#[pymethods]
impl Manifest {
    /// Reads the text of a manifest. ``variables`` hold the keys and secret headers by the names that the text gives; by default
    /// the environment's.
    ///
    /// Raises ``ManifestError`` with every broken rule and its path.
    #[classmethod]
    #[pyo3(signature = (text, /, *, variables=None))]
    fn from_toml(
        class: &Bound<'_, PyType>,
        text: &str,
        variables: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = class.py();
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
        match wrong.into_inner() {
            Some(problem) => Err(problem),
            None => read.map(Self).map_err(|error| exceptions::no_manifest(py, &error)),
        }
    }

    /// Reads a file; as ``from_toml``. Raises ``OSError`` when there is no such file.
    #[classmethod]
    #[pyo3(signature = (path, /, *, variables=None))]
    fn from_file(
        class: &Bound<'_, PyType>,
        path: PathBuf,
        variables: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Self::from_toml(class, &std::fs::read_to_string(path)?, variables)
    }

    /// The accounts, in the order of the file.
    #[getter]
    fn accounts(&self) -> Many<ManifestAccount> {
        let accounts = self.0.accounts.iter().map(|account| ManifestAccount {
            name: account.name.clone(),
            host: account.host.base_url().to_string(),
            owns: account.owns.clone(),
            webhooks: account.webhooks.iter().cloned().map(NewWebhook).collect(),
        });
        accounts.collect()
    }

    fn __repr__(&self) -> String {
        let names: Vec<_> = self.0.accounts.iter().map(|account| account.name.as_str()).collect();
        format!("Manifest(accounts={names:?})")
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
    owns: Option<String>,
    /// What it is to have, in the order of the file.
    webhooks: Many<NewWebhook>,
}

#[pymethods]
impl ManifestAccount {
    fn __repr__(&self) -> String {
        format!("ManifestAccount(name={:?}, webhooks={})", self.name, self.webhooks.0.len())
    }
}

/// What would be done about one wanted webhook.
#[pyclass(frozen, eq, get_all, new = "from_fields", from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// ``keep``: it is there. ``create``. ``update``: what differs would be replaced. ``disabled``: it is there and does not deliver; only
    /// a person can enable it.
    step: String,
    /// Its id, if it is there.
    id: Option<String>,
    /// What an update would replace.
    differences: Many<Difference>,
    /// For ``disabled``: ``disabled``, ``disabled_by_failures``, or ``status_`` and another number.
    status: Option<String>,
}

#[pymethods]
impl Planned {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("step", "id");

    fn __repr__(&self) -> String {
        let id = self.id.as_ref().map(|id| format!(", id={id:?}")).unwrap_or_default();
        format!("Planned(step={:?}{id})", self.step)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { step, id, differences, status } = slf.get().clone();
        Ok((slf.get_type().into_any(), (step, id, differences, status).into_pyobject(slf.py())?))
    }
}

impl From<Step> for Planned {
    fn from(step: Step) -> Self {
        let name = step.as_str().to_owned();
        let (id, differences, status) = match step {
            Step::Keep(id) => (Some(id), Vec::new(), None),
            Step::Create => (None, Vec::new(), None),
            Step::Update(id, differences) => (Some(id), differences, None),
            Step::Disabled(id, status) => (Some(id), Vec::new(), Some(status.to_string())),
        };
        Self {
            step: name,
            id: id.map(|id| id.to_string()),
            differences: differences.into_iter().map(Difference::from).collect(),
            status,
        }
    }
}

/// What would be changed on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountPlan", module = "leadsquared_webhooks")]
pub(crate) struct PlanOfAccount {
    /// Its name.
    name: String,
    /// For each wanted webhook, in the order of the manifest; none when the account could not be read.
    wanted: Many<Planned>,
    /// What the manifest owns and does not want, twins of what it wants included. Deleted only when asked.
    unwanted: Many<Webhook>,
    /// Why the account could not be read, a ``CallError``.
    error: Option<Py<PyAny>>,
}

#[pymethods]
impl PlanOfAccount {
    /// Whether nothing would be created or changed.
    #[getter]
    fn is_done(&self) -> bool {
        self.error.is_none()
            && self.wanted.0.iter().all(|planned| matches!(&*planned.step, "keep" | "disabled"))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let Self { name, wanted, unwanted, error } = self;
        if let Some(error) = error {
            return Ok(format!("AccountPlan(name={name:?}, error={})", error.bind(py).repr()?));
        }
        let steps: Vec<_> = wanted.0.iter().map(|planned| planned.step.as_str()).collect();
        Ok(format!("AccountPlan(name={name:?}, wanted={steps:?}, unwanted={})", unwanted.0.len()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { name, wanted, unwanted, error } = slf.get();
        let parts = (name, wanted.clone(), unwanted.clone(), error.as_ref());
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

/// What was done on an account.
#[pyclass(frozen, get_all, new = "from_fields", name = "AccountApplied", module = "leadsquared_webhooks")]
pub(crate) struct AppliedToAccount {
    /// Its name.
    name: String,
    /// For each wanted webhook, in the order of the manifest: an ``Ensured``, or the ``CallError`` that says why not.
    webhooks: Py<PyTuple>,
    /// The ids of what was owned and not wanted, and deleted.
    removed: Many<String>,
    /// The ids of what was owned and not wanted and could not be deleted, each with its ``CallError``.
    not_removed: Py<PyTuple>,
    /// Whether all that is wanted exists, and what was to go is gone.
    is_done: bool,
}

#[pymethods]
impl AppliedToAccount {
    fn __repr__(&self, py: Python<'_>) -> String {
        let Self { name, webhooks, removed, not_removed: _, is_done } = self;
        let (webhooks, removed) = (webhooks.bind(py).len(), removed.0.len());
        let done = if *is_done { "True" } else { "False" };
        format!("AccountApplied(name={name:?}, webhooks={webhooks}, removed={removed}, is_done={done})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self { name, webhooks, removed, not_removed, is_done } = slf.get();
        let parts = (name, webhooks, removed.clone(), not_removed, *is_done);
        Ok((slf.get_type().into_any(), parts.into_pyobject(slf.py())?))
    }
}

/// How far an apply is.
#[pyclass(frozen, eq, hash, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    /// ``webhook``: a wanted webhook of this account has ended, well or not; ``account``: all of it has.
    kind: String,
    /// The account's name.
    account: String,
}

#[pymethods]
impl Progress {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("kind", "account");

    fn __repr__(&self) -> String {
        format!("Progress(kind={:?}, account={:?})", self.kind, self.account)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> (Py<PyAny>, (String, String)) {
        let Self { kind, account } = slf.get().clone();
        (slf.get_type().into_any().unbind(), (kind, account))
    }
}

impl From<leadsquared_webhooks::Progress> for Progress {
    fn from(progress: leadsquared_webhooks::Progress) -> Self {
        let (kind, account) = match progress {
            leadsquared_webhooks::Progress::Webhook { account } => ("webhook", account),
            leadsquared_webhooks::Progress::Account { account } => ("account", account),
        };
        Self { kind: kind.to_owned(), account }
    }
}

pub(crate) type PlanResult = Result<Vec<AccountPlan>, ApplyError>;
pub(crate) type ApplyResult = Result<Vec<AccountApplied>, ApplyError>;

/// The plans as a tuple.
pub(crate) fn planned(py: Python<'_>, outcome: PlanResult) -> PyResult<Py<PyAny>> {
    let plans = outcome.map_err(|error| exceptions::not_begun(py, &error))?.into_iter().map(|account| {
        let AccountPlan { name, plan } = account;
        let (Plan { wanted, unwanted }, error) = match plan {
            Ok(plan) => (plan, None),
            Err(error) => {
                let error = exceptions::failed(py, &error).into_value(py).into_any();
                (Plan { wanted: Vec::new(), unwanted: Vec::new() }, Some(error))
            }
        };
        let wanted = wanted.into_iter().map(Planned::from).collect();
        PlanOfAccount { name, wanted, unwanted: unwanted.into_iter().map(Webhook).collect(), error }
    });
    plans.collect::<Many<_>>().into_py_any(py)
}

/// What was done, as a tuple.
pub(crate) fn applied(py: Python<'_>, outcome: ApplyResult) -> PyResult<Py<PyAny>> {
    let accounts = outcome.map_err(|error| exceptions::not_begun(py, &error))?.into_iter().map(|account| {
        let is_done = account.is_done();
        let AccountApplied { name, webhooks, removed, not_removed } = account;
        let error = |error| exceptions::failed(py, &error).into_value(py).into_any();
        let webhooks = webhooks.into_iter().map(|ended| match ended {
            Ok(ensured) => Ensured::from(ensured).into_py_any(py),
            Err(problem) => Ok(error(problem)),
        });
        let webhooks = PyTuple::new(py, webhooks.collect::<PyResult<Vec<_>>>()?)?.unbind();
        let not_removed: Vec<_> =
            not_removed.into_iter().map(|(id, problem)| (id.to_string(), error(problem))).collect();
        Ok(AppliedToAccount {
            name,
            webhooks,
            removed: removed.iter().map(ToString::to_string).collect(),
            not_removed: PyTuple::new(py, not_removed)?.unbind(),
            is_done,
        })
    });
    accounts.collect::<PyResult<Many<_>>>()?.into_py_any(py)
}

/// Tells what ``apply`` would do, and reads alone: an ``AccountPlan`` for each account, in the order of the manifest.
///
/// An account that cannot be read says so by its ``error``. Raises ``ConfigError`` when a client cannot be set up. In asyncio:
/// ``plan_async``.
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
/// (AccountPlan(name="acme", wanted=["create"], unwanted=0),)
#[pyfunction]
#[pyo3(signature = (manifest, /))]
pub(crate) fn plan(py: Python<'_>, manifest: &Bound<'_, Manifest>) -> PyResult<Py<PyAny>> {
    let manifest = manifest.get().0.clone();
    let run = async move { Answer::Planned(leadsquared_webhooks::plan(&manifest).await) };
    journal::during(py, || beside::wait(py, None, |_| run)).and_then(|answer| answer.into_python(py))
}

/// Makes a manifest true: on each account every wanted webhook exists once. An ``AccountApplied`` for each, in the order of the
/// manifest.
///
/// Accounts go side by side, each within its quota; what one account or webhook fails at stops no other.
///
/// - ``delete``: whether what the manifest owns and does not want is deleted. Default: no.
/// - ``remove_surplus``: whether a webhook that this run created is deleted when another one alike turns out to exist. Default: no.
/// - ``settling``: how long after its send a create may still show up, in seconds or as a ``timedelta``. Default 60, our own bound.
/// - ``journal``: the file in which the run keeps what it has begun. A run that was cut off, by Ctrl-C or by anything else, is gone on
///   with by the next: creates that may have been applied are looked for before anything is created, and the calls that were made
///   count in the quota. The file goes when all is done. Default: none is kept.
/// - ``progress``: called with a ``Progress`` in this thread. What it raises ends the run as Ctrl-C does.
///
/// Raises ``ConfigError`` when a client cannot be set up, and ``JournalError`` when the journal cannot be read or written. In asyncio:
/// ``apply_async``.
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
/// >>> apply(Manifest.from_toml(toml, variables=variables), progress=print)
/// Progress(kind="webhook", account="acme")
/// Progress(kind="account", account="acme")
/// (AccountApplied(name="acme", webhooks=1, removed=0, is_done=True),)
#[pyfunction]
#[pyo3(signature = (manifest, /, *, delete=false, remove_surplus=false, settling=None, journal=None, progress=None))]
pub(crate) fn apply(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    delete: bool,
    remove_surplus: bool,
    settling: Option<&Bound<'_, PyAny>>,
    journal: Option<PathBuf>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    let options = options(py, delete, remove_surplus, settling, journal)?;
    let manifest = manifest.get().0.clone();
    let run = |told: Told<Answer>| async move {
        let tell = move |progress: leadsquared_webhooks::Progress| told.tell(progress.into());
        Answer::Applied(leadsquared_webhooks::apply(&manifest, &options, tell).await)
    };
    journal::during(py, || beside::wait(py, progress.as_ref(), run)).and_then(|answer| answer.into_python(py))
}

fn options(
    py: Python<'_>,
    delete: bool,
    remove_surplus: bool,
    settling: Option<&Bound<'_, PyAny>>,
    journal: Option<PathBuf>,
) -> PyResult<ApplyManifest> {
    let mut arguments = Arguments::default();
    let settling = arguments.time("settling", settling)?;
    let options = ApplyManifest::builder()
        .maybe_settling(settling)
        .delete(delete)
        .remove_surplus(remove_surplus)
        .maybe_journal(journal)
        .build();
    arguments.finish(py, Some(options))
}

/// Prepares a ``plan``.
#[pyfunction]
pub(crate) fn prepare_plan(py: Python<'_>, manifest: &Bound<'_, Manifest>) -> PyResult<Call> {
    let manifest = manifest.get().0.clone();
    Call::beside(py, async move { Answer::Planned(leadsquared_webhooks::plan(&manifest).await) })
}

/// Prepares an ``apply``, which tells how far it is.
#[pyfunction]
pub(crate) fn prepare_apply(
    py: Python<'_>,
    manifest: &Bound<'_, Manifest>,
    delete: bool,
    remove_surplus: bool,
    settling: Option<&Bound<'_, PyAny>>,
    journal: Option<PathBuf>,
) -> PyResult<Call> {
    let options = options(py, delete, remove_surplus, settling, journal)?;
    let manifest = manifest.get().0.clone();
    Call::telling(py, |news| async move {
        let tell = move |progress: leadsquared_webhooks::Progress| news.add(progress.into());
        Answer::Applied(leadsquared_webhooks::apply(&manifest, &options, tell).await)
    })
}

/// What an apply has told and nobody has heard yet.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    told: Vec<Progress>,
    waker: Option<std::task::Waker>,
}

impl News {
    fn add(&self, progress: Progress) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.told.push(progress);
        if let Some(waker) = heard.waker.take() {
            waker.wake();
        }
    }

    /// What was told, and who is to be woken by the next.
    pub(crate) fn take(&self) -> Vec<Progress> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).told)
    }

    pub(crate) fn wakes(&self, waker: &std::task::Waker) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.told.is_empty() {
            heard.waker = Some(waker.clone());
        } else {
            waker.wake_by_ref();
        }
    }
}
