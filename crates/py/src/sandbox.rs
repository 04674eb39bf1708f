//! The sandbox: a local `LeadSquared` for users' tests.

use std::{io, num::NonZeroUsize, time::Duration};

use leadsquared_webhooks_sandbox::{
    CodeTable, Limit, Misuse, PropertiesForm, QueuedFault, RateLimitForm, UrlForm,
};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::{PyDict, PyTuple},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{json, process::PerProcess};

/// A local LeadSquared: the webhook API as documented and as observed, without an account.
///
/// It listens on 127.0.0.1 only, in a separate thread, until it is closed. ``port`` 0 selects a
/// free port; the keys are random by default. ``code_table`` is ``"documented"`` or ``"observed"``;
/// ``limits`` are pairs of calls and seconds, ``[(25, 5)]`` by default; ``rate_limit_form`` is
/// ``"too_many_requests"``, ``"forbidden"`` or ``"ok"``; ``delay`` is the shortest and the longest
/// latency of a call in seconds, ``visible_after`` the shortest and the longest time until a
/// webhook shows up in a list, both drawn with ``seed``. ``accounts`` are the keys of additional
/// accounts, pairs of access and secret key.
///
/// The form of lists, where LeadSquared's behaviour is unknown: ``stores_urls`` is the form of
/// URLs, ``"as_sent"``, ``"normalized"``, ``"cut:200"`` (characters) or ``"html_escaped"``;
/// ``answers_properties`` the form of properties, ``"string"``, ``"object"``, ``"extended"`` (with
/// members that were not sent) or ``"extended_object"``; ``page_cap`` is the maximum number of
/// webhooks on one page, 200 by default; a page size above ``largest_page_size`` is refused.
/// ``webhooks`` are the initial webhooks of the first account, in the form that ``seed_webhook``
/// takes.
///
/// Raises ``OSError`` if the port is in use, and ``ValueError`` for an unknown name or a webhook
/// for which a create would be refused.
///
/// >>> with Sandbox() as sandbox:
/// ...     sandbox.fault("apply_then_close")
/// ...     client = Client(
/// ...         host=sandbox.host, access_key=sandbox.access_key, secret_key=sandbox.secret_key
/// ...     )
/// ...     try:
/// ...         client.create(
/// ...             NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
/// ...         )
/// ...     except InterruptedCallError as error:
/// ...         print(error.outcome, len(sandbox.webhooks), sandbox.client_report.is_clean)
/// unknown 1 True
#[pyclass(frozen, weakref, module = "leadsquared_webhooks.testing")]
pub(crate) struct Sandbox {
    running: PerProcess<leadsquared_webhooks_sandbox::Sandbox>,
    host: String,
    access_key: String,
    secret_key: String,
}

impl Sandbox {
    fn connect<'py>(
        &self,
        py: Python<'py>,
        class: &str,
        settings: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let keywords = settings.map_or_else(|| Ok(PyDict::new(py)), PyDictMethods::copy)?;
        for (name, value) in
            [("host", &self.host), ("access_key", &self.access_key), ("secret_key", &self.secret_key)]
        {
            if !keywords.contains(name)? {
                keywords.set_item(name, value)?;
            }
        }
        py.import("leadsquared_webhooks")?.getattr(class)?.call((), Some(&keywords))
    }

    fn ask<T>(&self, question: impl FnOnce(&leadsquared_webhooks_sandbox::Sandbox) -> T) -> PyResult<T> {
        match self.running.own() {
            Some(sandbox) => Ok(question(&sandbox)),
            None => Err(PyRuntimeError::new_err("the sandbox is closed, or belongs to another process")),
        }
    }
}

#[pymethods]
impl Sandbox {
    #[new]
    #[pyo3(signature = (*, port=0, access_key=None, secret_key=None, code_table=None, limits=None, rate_limit_form=None, delay=None, seed=0, visible_after=None, accounts=None, stores_urls=None, answers_properties=None, page_cap=None, largest_page_size=None, webhooks=None))]
    fn new(
        py: Python<'_>,
        port: u16,
        access_key: Option<String>,
        secret_key: Option<String>,
        code_table: Option<&str>,
        limits: Option<Vec<(u32, f64)>>,
        rate_limit_form: Option<&str>,
        delay: Option<(f64, f64)>,
        seed: u64,
        visible_after: Option<(f64, f64)>,
        accounts: Option<Vec<(String, String)>>,
        stores_urls: Option<&str>,
        answers_properties: Option<&str>,
        page_cap: Option<NonZeroUsize>,
        largest_page_size: Option<NonZeroUsize>,
        webhooks: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let code_table: Option<CodeTable> = code_table.map(named).transpose()?;
        let form: Option<RateLimitForm> = rate_limit_form.map(named).transpose()?;
        let stores_urls: Option<UrlForm> = stores_urls.map(named).transpose()?;
        let answers_properties: Option<PropertiesForm> = answers_properties.map(named).transpose()?;
        let webhooks: Option<Vec<Value>> =
            webhooks.map(|webhooks| read(&json::text(webhooks)?)).transpose()?;
        let limit = |(calls, window)| Ok(Limit { calls, window: seconds(window)? });
        let limits = limits.map(|all| all.into_iter().map(limit).collect::<PyResult<_>>()).transpose()?;
        let range = |(least, most)| Ok::<_, PyErr>((seconds(least)?, seconds(most)?));
        let delay = delay.map(range).transpose()?;
        let visible_after = visible_after.map(range).transpose()?;
        let sandbox = py.detach(|| {
            leadsquared_webhooks_sandbox::Sandbox::builder()
                .port(port)
                .maybe_access_key(access_key)
                .maybe_secret_key(secret_key)
                .maybe_code_table(code_table)
                .maybe_limits(limits)
                .maybe_rate_limit_form(form)
                .maybe_delay(delay)
                .seed(seed)
                .maybe_visible_after(visible_after)
                .maybe_accounts(accounts)
                .maybe_stores_urls(stores_urls)
                .maybe_answers_properties(answers_properties)
                .maybe_page_cap(page_cap)
                .maybe_largest_page_size(largest_page_size)
                .maybe_webhooks(webhooks)
                .start_in_thread()
        });
        let sandbox = sandbox.map_err(|problem| match problem.kind() {
            io::ErrorKind::InvalidInput => PyValueError::new_err(problem.to_string()),
            _ => problem.into(),
        })?;
        let (host, access_key, secret_key) = (sandbox.host(), sandbox.access_key(), sandbox.secret_key());
        Ok(Self { running: PerProcess::new(sandbox), host, access_key, secret_key })
    }

    /// Scheme, address and port, such as ``http://127.0.0.1:40123``.
    #[getter]
    fn host(&self) -> &str {
        &self.host
    }

    /// The account's access key. It is valid for this sandbox only.
    #[getter]
    fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The account's secret key. It is valid for this sandbox only.
    #[getter]
    fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// Queues a fault for one more call, after the faults already queued.
    ///
    /// ``delay`` and ``delay_answer`` with ``ms``; ``close_before_apply``, ``apply_then_close``,
    /// ``apply_then_500``, ``apply_then_stall``, ``stall``, ``truncated``; ``oversized`` with
    /// ``bytes``; ``html`` with ``status``; ``status`` with ``status`` and, optionally, ``body``
    /// and ``headers``; ``apply_then_status`` with ``status`` and, optionally, ``body``;
    /// ``rate_limited`` with ``limit``, ``window_s`` and, optionally, ``form``; ``redirect`` with
    /// ``location``; ``late_visibility`` with ``ms``; ``error_with_200`` and, optionally,
    /// ``applied``; ``wrong_record_count`` with ``count``; ``meanwhile`` with what another client
    /// does before the call is applied: ``delete`` (an id), ``create`` (a mapping as
    /// ``seed_webhook`` takes it) or ``update`` (a mapping with ``WebhookId`` and what changes).
    ///
    /// In addition, ``on`` (``"create"``, ``"update"``, ``"retrieve"``, ``"delete"``) is the only
    /// kind of call that takes the fault, ``skip`` the number of such calls that pass first, and
    /// ``visible_after_ms`` the time after its create at which the webhook shows up in a list. The
    /// fault stays in the queue until such a call arrives.
    ///
    /// Raises ``ValueError`` for an unknown fault or parameter.
    ///
    /// >>> with Sandbox() as sandbox:
    /// ...     sandbox.fault("delay", ms=400)
    /// ...     sandbox.fault("gremlin")
    /// Traceback (most recent call last):
    /// ValueError: unknown variant `gremlin`, expected one of `delay`, `delay_answer`, ...
    #[pyo3(signature = (fault, /, **parameters))]
    fn fault(&self, fault: &str, parameters: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let mut described = match parameters {
            Some(parameters) => read::<serde_json::Map<String, Value>>(&json::text(parameters)?)?,
            None => serde_json::Map::new(),
        };
        described.insert("fault".to_owned(), fault.into());
        let fault: QueuedFault = serde_json::from_value(described.into()).map_err(invalid)?;
        self.ask(|sandbox| sandbox.fault(fault))
    }

    /// Adds a webhook to the first account, visible at once. ``body`` is a mapping like the body of
    /// a create, in which ``WebhookEvent`` and the data that the event needs are enough, and
    /// optionally a ``StatusCode`` as for ``set_status``. This is not a request: it takes no fault
    /// and does not count against the quota.
    ///
    /// Raises ``ValueError`` if a create with this body would be refused.
    ///
    /// >>> with Sandbox() as sandbox:
    /// ...     hook = sandbox.seed_webhook(
    /// ...         {"WebhookEvent": "3", "URL": "https://example.com/hooks"}
    /// ...     )
    /// ...     hook.event, sandbox.set_status(hook.id, 2), sandbox.webhooks[0].status
    /// ('Lead_Post_Create', True, 2)
    #[pyo3(signature = (body, /))]
    fn seed_webhook(&self, body: &Bound<'_, PyAny>) -> PyResult<StoredWebhook> {
        let body: Value = read(&json::text(body)?)?;
        let seeded = self.ask(|sandbox| sandbox.seed_webhook(&body))?;
        seeded.map(StoredWebhook).map_err(|problem| PyValueError::new_err(problem.to_string()))
    }

    /// Sets a webhook's ``StatusCode``: 0 enabled, 1 disabled by hand, 2 disabled after failures,
    /// or any other. Returns whether there is such a webhook.
    #[pyo3(signature = (id, status, /))]
    fn set_status(&self, id: &str, status: u8) -> PyResult<bool> {
        self.ask(|sandbox| sandbox.set_status(id, status))
    }

    /// A ``Client`` for this sandbox's account, with these additional settings.
    #[pyo3(signature = (**settings), text_signature = "($self, **settings)")]
    fn client<'py>(
        &self,
        py: Python<'py>,
        settings: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.connect(py, "Client", settings)
    }

    /// An ``AsyncClient`` for this sandbox's account, with these additional settings.
    #[pyo3(signature = (**settings), text_signature = "($self, **settings)")]
    fn async_client<'py>(
        &self,
        py: Python<'py>,
        settings: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.connect(py, "AsyncClient", settings)
    }

    /// The requests to LeadSquared's API, in order. They contain no key and no custom header's
    /// value.
    #[getter]
    fn requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(
            py,
            self.ask(leadsquared_webhooks_sandbox::Sandbox::requests)?.into_iter().map(ReceivedRequest),
        )
    }

    /// The webhooks of all accounts, in the order of creation.
    #[getter]
    fn webhooks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(
            py,
            self.ask(leadsquared_webhooks_sandbox::Sandbox::webhooks)?.into_iter().map(StoredWebhook),
        )
    }

    /// The client report: what a well-behaved client would not have done.
    #[getter]
    fn client_report(&self) -> PyResult<ClientReport> {
        self.ask(|sandbox| ClientReport(sandbox.client_report()))
    }

    /// Removes webhooks, requests, faults, misuses and the quota's history; keeps the keys.
    fn reset(&self) -> PyResult<()> {
        self.ask(leadsquared_webhooks_sandbox::Sandbox::reset)
    }

    /// Stops the sandbox. Its data is no longer available.
    fn close(&self) {
        self.running.clear();
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("Sandbox(host={:?})", self.host)
    }
}

/// One request to LeadSquared's API. It contains no key and no custom header's value.
#[pyclass(frozen, module = "leadsquared_webhooks.testing")]
pub(crate) struct ReceivedRequest(leadsquared_webhooks_sandbox::ReceivedRequest);

#[pymethods]
impl ReceivedRequest {
    /// The number of the request; the first is 1.
    #[getter]
    fn number(&self) -> usize {
        self.0.number
    }

    /// The HTTP method.
    #[getter]
    fn method(&self) -> &str {
        &self.0.method
    }

    /// The path, without the query.
    #[getter]
    fn path(&self) -> &str {
        &self.0.path
    }

    /// Where the keys were: ``missing``, ``query``, ``headers`` or ``both``.
    #[getter]
    fn keys(&self) -> PyResult<String> {
        name(&self.0.keys)
    }

    /// Whether the keys were valid.
    #[getter]
    fn authenticated(&self) -> bool {
        self.0.authenticated
    }

    /// The ``Content-Type``.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The body as Python objects, if it is JSON.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.body.as_ref().map(|body| json::object(py, body)).transpose()
    }

    /// The form of the body's custom headers: ``array`` or ``json_string``; ``None`` if it has
    /// none.
    #[getter]
    fn custom_headers_form(&self) -> PyResult<Option<String>> {
        self.0.custom_headers_form.as_ref().map(name).transpose()
    }

    /// The size of the body in bytes.
    #[getter]
    fn body_bytes(&self) -> usize {
        self.0.body_bytes
    }

    /// The status of the response; ``None`` while there is none, or if none was sent.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.status
    }

    fn __repr__(&self) -> String {
        let leadsquared_webhooks_sandbox::ReceivedRequest { number, method, path, status, .. } = &self.0;
        let status = status.map_or_else(|| "None".to_owned(), |status| status.to_string());
        format!("ReceivedRequest(number={number}, method={method:?}, path={path:?}, status={status})")
    }
}

/// A webhook on the sandbox's account.
#[pyclass(frozen, module = "leadsquared_webhooks.testing")]
pub(crate) struct StoredWebhook(leadsquared_webhooks_sandbox::StoredWebhook);

#[pymethods]
impl StoredWebhook {
    /// Its id, a UUID.
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    /// The event code that it was created with.
    #[getter]
    fn code(&self) -> u32 {
        self.0.code
    }

    /// The event's name in Retrieve.
    #[getter]
    fn event(&self) -> &'static str {
        self.0.event
    }

    /// The receiver's URL.
    #[getter]
    fn url(&self) -> &str {
        &self.0.url
    }

    /// Free text.
    #[getter]
    fn description(&self) -> &str {
        &self.0.description
    }

    /// The decoded ``WebhookProperties``.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.0.properties)
    }

    /// Its ``StatusCode``: 0 enabled, 1 disabled by hand, 2 disabled after failures.
    #[getter]
    fn status(&self) -> u8 {
        self.0.status
    }

    /// The body of its create or of its last update, with the custom headers' values masked.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.0.body)
    }

    /// The form of the body's custom headers: ``array`` or ``json_string``; ``None`` if it has
    /// none.
    #[getter]
    fn custom_headers_form(&self) -> PyResult<Option<String>> {
        self.0.custom_headers_form.as_ref().map(name).transpose()
    }

    fn __repr__(&self) -> String {
        let leadsquared_webhooks_sandbox::StoredWebhook { id, event, url, .. } = &self.0;
        format!("StoredWebhook(id={id:?}, event={event:?}, url={url:?})")
    }
}

/// One misuse.
#[pyclass(frozen, get_all, module = "leadsquared_webhooks.testing")]
pub(crate) struct Finding {
    /// Its kind, such as ``quota_exceeded`` or ``ambiguous_create_repeated``.
    kind: String,
    /// The number of the request; the first is 1.
    request: usize,
    /// What is wrong, in a sentence.
    sentence: &'static str,
}

#[pymethods]
impl Finding {
    fn __repr__(&self) -> String {
        let Self { kind, request, sentence: _ } = self;
        format!("Finding(kind={kind:?}, request={request})")
    }
}

/// All misuses since the start or the last reset.
#[pyclass(frozen, module = "leadsquared_webhooks.testing")]
pub(crate) struct ClientReport(leadsquared_webhooks_sandbox::ClientReport);

#[pymethods]
impl ClientReport {
    /// Whether there is no misuse.
    #[getter]
    fn is_clean(&self) -> bool {
        self.0.is_clean()
    }

    /// The misuses, in order.
    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let findings = self.0.findings.iter().map(|finding| {
            let leadsquared_webhooks_sandbox::Finding { kind, request, sentence } = finding;
            Ok(Finding { kind: name::<Misuse>(kind)?, request: *request, sentence })
        });
        PyTuple::new(py, findings.collect::<PyResult<Vec<_>>>()?)
    }

    fn __repr__(&self) -> PyResult<String> {
        let kinds = self.0.findings.iter().map(|finding| name(&finding.kind));
        Ok(format!("ClientReport({})", kinds.collect::<PyResult<Vec<_>>>()?.join(", ")))
    }
}

fn invalid(problem: serde_json::Error) -> PyErr {
    PyValueError::new_err(problem.to_string())
}

fn read<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(invalid)
}

/// The sandbox's value with this name.
fn named<T: DeserializeOwned>(name: &str) -> PyResult<T> {
    serde_json::from_value(name.into()).map_err(invalid)
}

/// The sandbox's name of this value.
fn name<T: Serialize>(value: &T) -> PyResult<String> {
    let value = serde_json::to_value(value).map_err(invalid)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

fn seconds(seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{seconds} is not a number of seconds")))
}
