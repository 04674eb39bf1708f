//! The client whose calls block.

use std::sync::Arc;

use leadsquared_webhooks::CallId;
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
    types::{PyDict, PyTuple, PyType},
};

use crate::{
    answer::Answer, journal, options, pending, process::PerProcess, quota::Quota, runtime::BlockingClient,
    settings::Settings, webhook::NewWebhook,
};
use std::sync::atomic::{AtomicBool, Ordering};

/// A client of one account. Threads may share it; a child after ``fork()`` may go on to use it, with connections, a quota and
/// pending creates of its own.
///
/// ``host`` is the account's host, such as ``"api-in21.leadsquared.com"``: always https, http for loopback alone.
/// ``access_key`` and ``secret_key`` are the account's keys; no output of this package shows them. Lengths of time are in
/// seconds, as numbers or ``timedelta``.
///
/// - ``auth``: where the keys travel, ``"query"`` (default, the one form *observed* on this service) or ``"headers"`` (which the
///   vendor recommends, *documented*).
/// - ``codes``: which number stands for which event, ``"documented"`` (default) or ``"observed"``.
/// - ``quota``: the account's quota, a ``Quota`` to share with other clients, ``"CALLS/SECONDS"`` or several of these. Default: 25
///   calls in 5 s, as *documented*. ``quota_wait``: the longest wait for it. Default: none, a call waits for its turn.
/// - ``timeout``: the deadline of a call from the moment that the quota lets it out, retries and waits included. Default 30.
/// - ``connect_timeout``: how long a connection may take to open, TLS included. Default 5.
/// - ``attempts``: the most attempts of a call, the first one included. Default 4.
/// - ``backoff``, ``longest_backoff``: the longest wait before the second attempt, doubled with each further one, and the longest
///   of all. Defaults 0.5 and 8, with full jitter.
/// - ``root_certificates``: further root certificates beside the platform's, each in DER.
/// - ``proxies_from_env``: whether the proxies are used that ``HTTPS_PROXY`` and its kin name. Default: not, except by ``from_env``.
///
/// Raises ``ConfigError`` with all that is wrong at once.
///
/// >>> with Client(host="api.leadsquared.com", access_key="access", secret_key="secret", timeout=10) as client:
/// ...     client
/// Client(host="https://api.leadsquared.com", auth="query", codes="documented")
/// >>> Client(host="http://api.leadsquared.com", access_key="", secret_key="secret")
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ConfigError: host: "http://api.leadsquared.com" would not be called over https; http is for loopback alone; access_key: the key is blank
#[pyclass(frozen, weakref, module = "leadsquared_webhooks")]
pub(crate) struct Client {
    settings: Settings,
    live: PerProcess<BlockingClient>,
    closed: AtomicBool,
}

impl Client {
    fn build(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        let live = PerProcess::new(live(py, &settings)?);
        Ok(Self { settings, live, closed: AtomicBool::new(false) })
    }

    /// This process's own.
    fn live(&self, py: Python<'_>) -> PyResult<Arc<BlockingClient>> {
        self.live.get(py, || live(py, &self.settings))
    }

    fn open(&self, py: Python<'_>) -> PyResult<Arc<BlockingClient>> {
        if self.closed.load(Ordering::Acquire) {
            return Err(PyRuntimeError::new_err("the client is closed"));
        }
        self.live(py)
    }
}

fn live(py: Python<'_>, settings: &Settings) -> PyResult<BlockingClient> {
    BlockingClient::new(settings.client(py)?).map_err(|problem| PyOSError::new_err(problem.to_string()))
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(
        signature = (**settings),
        text_signature = "(*, host, access_key, secret_key, auth=None, codes=None, quota=None, quota_wait=None, timeout=None, connect_timeout=None, attempts=None, backoff=None, longest_backoff=None, root_certificates=None, proxies_from_env=None)"
    )]
    fn new(py: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Self::build(py, Settings::read(py, settings)?)
    }

    /// A client from ``LEADSQUARED_HOST``, ``LEADSQUARED_ACCESS_KEY``, ``LEADSQUARED_SECRET_KEY`` and, if it is there,
    /// ``LEADSQUARED_AUTH``; proxies as the environment says. Further settings are those of ``Client``.
    ///
    /// Raises ``ConfigError`` with every variable that is missing or wrong.
    ///
    /// >>> with Client.from_env(timeout=10) as client:
    /// ...     client.pending()
    /// ()
    #[classmethod]
    #[pyo3(
        signature = (**settings),
        text_signature = "($cls, *, auth=None, codes=None, quota=None, quota_wait=None, timeout=None, connect_timeout=None, attempts=None, backoff=None, longest_backoff=None, root_certificates=None, proxies_from_env=None)"
    )]
    fn from_env(class: &Bound<'_, PyType>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = class.py();
        Self::build(py, Settings::from_env(py, settings)?)
    }

    /// Creates a webhook and waits for its id: ``POST /v2/Webhook.svc/Create``, *documented*.
    ///
    /// It is sent again only when it surely was not applied: the connection never opened, or the quota was exceeded.
    ///
    /// ``timeout`` (seconds or ``timedelta``), ``attempts`` and ``quota_wait`` stand in for the client's own for this call.
    ///
    /// Raises ``CallError``; its ``outcome`` tells three cases apart:
    ///
    /// - ``"not_sent"``: no connection, no turn in the quota, the deadline before anything left (``ConnectError``,
    ///   ``QuotaWaitError``, ``RequestTimeoutError``). Try again.
    /// - ``"refused"``: wrong keys, wrong input, a duplicate, a rate limit that lasted (``ApiError`` and its subclasses). Mend it.
    /// - ``"unknown"``: the answer was lost, late or not readable (``InterruptedCallError``, ``RequestTimeoutError``,
    ///   ``UnexpectedResponseError``, ``ServerError``). Look before you try again: a second create makes a twin.
    ///
    /// Ctrl-C ends the wait, and not the create: its outcome shows in ``pending`` and is taken by ``claim``.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
    /// >>> len(created.id), [attempt.result for attempt in created.attempts]
    /// (36, ['ok'])
    #[pyo3(signature = (webhook, *, timeout=None, attempts=None, quota_wait=None))]
    fn create(
        &self,
        py: Python<'_>,
        webhook: &Bound<'_, NewWebhook>,
        timeout: Option<&Bound<'_, PyAny>>,
        attempts: Option<u32>,
        quota_wait: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let options = options::read(py, timeout, attempts, quota_wait)?;
        let live = self.open(py)?;
        let webhook = &webhook.get().0;
        journal::during(py, || live.wait(py, live.client.create_with(webhook, &options)))
            .and_then(|outcome| Answer::Created(outcome).into_python(py))
    }

    /// The creates that are under way, and those whose outcome nobody has taken yet, oldest first: after Ctrl-C, or while
    /// another thread waits.
    fn pending<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pending::list(py, &self.live(py)?.client)
    }

    /// Waits for a pending create to end and takes its outcome; ``None`` when no such create is pending. At most 1,024
    /// outcomes are kept; beyond that the oldest are dropped.
    ///
    /// Raises ``CallError`` as ``create`` does.
    ///
    /// >>> with Client.from_env() as client:
    /// ...     for call in client.pending():
    /// ...         print(call.webhook.url, client.claim(call.id))
    /// ...     client.claim(7)
    fn claim(&self, py: Python<'_>, id: u64) -> PyResult<Py<PyAny>> {
        let live = self.live(py)?;
        journal::during(py, || live.wait(py, live.client.claim(CallId::new(id))))
            .and_then(|outcome| Answer::Claimed(outcome).into_python(py))
    }

    /// Waits until no create is queued or under way: what a program does before it ends, so that none is cut off. The outcomes
    /// stay, for ``claim``.
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        let live = self.live(py)?;
        journal::during(py, || live.wait(py, live.client.settle()))
    }

    /// The account's quota.
    #[getter]
    fn quota(&self, py: Python<'_>) -> Py<Quota> {
        self.settings.quota.clone_ref(py)
    }

    /// Closes the connections. Calls are refused afterwards; what is pending can still be claimed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if !self.closed.swap(true, Ordering::AcqRel) && self.live(py)?.client.pending().is_empty() {
            self.live.clear(py);
        }
        Ok(())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(&self) -> String {
        format!("Client({})", self.settings.shown())
    }
}
