//! A webhook to create, and its request.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
};

use leadsquared_webhooks::{
    core::request,
    webhook::{CustomHeaderDraft, Encoding, WebhookDraft},
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyTuple, PyType},
};

use crate::{exceptions, json, process::intern, trigger::Trigger};

/// A webhook that the API has no known reason to refuse: valid by construction, immutable,
/// comparable.
///
/// ``url`` is the receiver of the deliveries, absolute http or https. ``trigger`` is the event.
/// ``description`` is free text. ``content_type`` is the content type of the deliveries:
/// ``"application/json"`` (the default, as in LeadSquared's sample),
/// ``"application/x-www-form-urlencoded"`` or ``"text/plain"``. ``notify_on_failure`` says whether
/// the account's administrators are notified of failed deliveries (default: yes).
/// ``custom_headers`` is a mapping or pairs of name and value, at most 10, sent with each delivery.
/// Receivers authenticate the sender by them, so their values are secrets and never shown.
///
/// Raises ``ValidationError`` with every violation at once. Issues a ``LeadSquaredWarning`` for a
/// known pitfall.
///
/// >>> webhook = NewWebhook(
/// ...     url="https://example.com/hooks",
/// ...     trigger=Trigger.lead_activity_create("22"),
/// ...     custom_headers={"x-api-key": "a-secret"},
/// ... )
/// >>> webhook
/// NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_activity_create("22"),
/// custom_headers=["x-api-key"])
/// >>> NewWebhook(url="example.com", trigger=Trigger.lead_create(), content_type="text/html")
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ValidationError: url: "example.com" is relative; an absolute
/// http or https URL is needed; content_type: "text/html" is not application/json,
/// application/x-www-form-urlencoded or text/plain
#[pyclass(frozen, eq, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewWebhook(pub(crate) leadsquared_webhooks::NewWebhook);

impl NewWebhook {
    /// The webhook, with its warnings issued to the caller.
    fn warned(py: Python<'_>, webhook: leadsquared_webhooks::NewWebhook) -> PyResult<Self> {
        exceptions::warn(py, &webhook.warnings(), 0)?;
        Ok(Self(webhook))
    }
}

#[pymethods]
impl NewWebhook {
    #[new]
    #[pyo3(signature = (*, url, trigger, description=None, content_type=None, notify_on_failure=None, custom_headers=None))]
    fn new(
        py: Python<'_>,
        url: String,
        trigger: &Bound<'_, Trigger>,
        description: Option<String>,
        content_type: Option<String>,
        notify_on_failure: Option<bool>,
        custom_headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let custom_headers = custom_headers.map(pairs).transpose()?.unwrap_or_default();
        let trigger = trigger.get().0.clone();
        let draft =
            WebhookDraft { url, trigger, description, content_type, notify_on_failure, custom_headers };
        Self::warned(py, draft.parse().map_err(|error| exceptions::invalid(py, &error))?)
    }

    /// Reads a draft: a mapping with the keys of a JSON draft, as in files and on the command line.
    ///
    /// ``url`` and ``trigger`` are required; ``trigger`` holds ``event`` and the keys of that
    /// event, such as ``activity``; ``custom_headers`` is a list of mappings with ``name`` and
    /// ``value``. Unknown keys are refused.
    ///
    /// Raises ``ValidationError`` with every violation at once, wrong types included.
    ///
    /// >>> NewWebhook.from_dict(
    /// ...     {"url": "https://example.com", "trigger": {"event": "lead_create"}}
    /// ... ).trigger
    /// Trigger.lead_create()
    /// >>> NewWebhook.from_dict(
    /// ...     {"url": "https://example.com", "trigger": {"event": "lead_create", "field": "x"}}
    /// ... )
    /// Traceback (most recent call last):
    /// leadsquared_webhooks.exceptions.ValidationError: trigger.field: not a key of lead_create,
    /// which takes no key but event
    #[classmethod]
    #[pyo3(signature = (draft, /))]
    fn from_dict(class: &Bound<'_, PyType>, draft: &Bound<'_, PyAny>) -> PyResult<Self> {
        let draft = match draft.cast::<PyDict>() {
            Ok(draft) => json::text(draft)?,
            Err(_) => json::text(draft.py().get_type::<PyDict>().call1((draft,))?.as_any())?,
        };
        Self::read(class.py(), &draft)
    }

    /// Reads the JSON text of a draft, as ``from_dict``, but preserves the spelling of numbers and
    /// the order of keys in ``trigger.properties``, and refuses a duplicate key.
    ///
    /// >>> text = (
    /// ...     '{"url": "https://example.com", '
    /// ...     '"trigger": {"event": "lead_field_update", "field": "ProspectStage"}}'
    /// ... )
    /// >>> NewWebhook.from_json(text).trigger.field
    /// 'ProspectStage'
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn from_json(class: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        Self::read(class.py(), text)
    }

    /// Reads the JSON body of a create or an update in the API's own format, as another client
    /// sends it.
    ///
    /// ``codes`` is the table of event codes for its number, ``"documented"`` (default) or
    /// ``"observed"``. The trigger is typed if ``create`` would send exactly the same body again,
    /// and ``Trigger.raw`` otherwise.
    ///
    /// Raises ``ValidationError`` with every violation, by the names in the body.
    ///
    /// >>> NewWebhook.from_api_json('{"URL": "https://example.com", "WebhookEvent": "3"}').trigger
    /// Trigger.lead_create()
    #[classmethod]
    #[pyo3(signature = (text, /, *, codes=None))]
    fn from_api_json(class: &Bound<'_, PyType>, text: &str, codes: Option<&str>) -> PyResult<Self> {
        let py = class.py();
        let webhook = leadsquared_webhooks::NewWebhook::from_api_json(text, setting("codes", codes)?);
        Self::warned(py, webhook.map_err(|error| exceptions::invalid(py, &error))?)
    }

    /// The JSON text of the draft, which ``from_json`` reads. **It contains the custom headers'
    /// values.**
    ///
    /// >>> webhook = NewWebhook(url="https://example.com", trigger=Trigger.lead_create())
    /// >>> NewWebhook.from_json(webhook.to_json()) == webhook
    /// True
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.0.to_draft())
            .map_err(|problem| PyValueError::new_err(problem.to_string()))
    }

    /// The request that ``create`` sends, without the host and the keys. **Its body contains the
    /// custom headers' values.**
    ///
    /// ``codes`` is the table of event codes, ``"documented"`` or ``"observed"``;
    /// ``custom_headers_form`` how the custom headers are sent, ``"array"`` or ``"json_string"``.
    ///
    /// >>> request = NewWebhook(
    /// ...     url="https://example.com", trigger=Trigger.lead_create()
    /// ... ).to_request()
    /// >>> request.method, request.path
    /// ('POST', '/v2/Webhook.svc/Create')
    #[pyo3(signature = (*, codes=None, custom_headers_form=None))]
    fn to_request(&self, codes: Option<&str>, custom_headers_form: Option<&str>) -> PyResult<Request> {
        let encoding = Encoding {
            codes: setting("codes", codes)?,
            custom_headers_form: setting("custom_headers_form", custom_headers_form)?,
        };
        Ok(Request::new(&self.0, encoding))
    }

    /// The receiver's URL in full; ``repr`` masks the values of its query.
    #[getter]
    fn url(&self) -> &str {
        self.0.url().as_str()
    }

    /// The event.
    #[getter]
    fn trigger(&self) -> Trigger {
        Trigger(self.0.trigger().into())
    }

    /// Free text; empty if none was given.
    #[getter]
    fn description(&self) -> &str {
        self.0.description()
    }

    /// The content type of the deliveries, such as ``application/json``.
    #[getter]
    fn content_type(&self) -> &'static str {
        self.0.content_type().as_str()
    }

    /// Whether administrators are notified of failed deliveries.
    #[getter]
    fn notify_on_failure(&self) -> bool {
        self.0.notify_on_failure()
    }

    /// The headers of each delivery: pairs of name and value. **The values are secrets.**
    #[getter]
    fn custom_headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let headers = self.0.custom_headers().as_slice();
        PyTuple::new(py, headers.iter().map(|header| (header.name.as_str(), header.value.expose())))
    }

    /// Warnings about known pitfalls: instances of ``LeadSquaredWarning``.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        exceptions::warnings(py, &self.0.warnings())
    }

    pub(crate) fn __repr__(&self) -> String {
        let Self(webhook) = self;
        let mut parts = vec![
            format!("url={:?}", webhook.url().masked()),
            format!("trigger={}", self.trigger().__repr__()),
        ];
        if let Some(description) = webhook.given_description() {
            parts.push(format!("description={description:?}"));
        }
        if let Some(form) = webhook.given_content_type() {
            parts.push(format!("content_type={:?}", form.as_str()));
        }
        match webhook.given_notify_on_failure() {
            Some(true) => parts.push("notify_on_failure=True".to_owned()),
            Some(false) => parts.push("notify_on_failure=False".to_owned()),
            None => {}
        }
        let headers = webhook.custom_headers().as_slice();
        if !headers.is_empty() {
            let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
            parts.push(format!("custom_headers={names:?}"));
        }
        format!("NewWebhook({})", parts.join(", "))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.url().as_str().hash(&mut hasher);
        self.0.trigger().hash(&mut hasher);
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    /// For `pickle`, and thus for spawned processes: issues no second warning. It contains the
    /// headers' values.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((slf.get_type().getattr(intern!(slf.py(), "_restore"))?, (slf.get().to_json()?,)))
    }

    #[staticmethod]
    #[pyo3(signature = (text, /))]
    fn _restore(py: Python<'_>, text: &str) -> PyResult<Self> {
        leadsquared_webhooks::NewWebhook::from_json(text)
            .map(Self)
            .map_err(|error| exceptions::invalid(py, &error))
    }
}

impl NewWebhook {
    fn read(py: Python<'_>, text: &str) -> PyResult<Self> {
        let webhook = leadsquared_webhooks::NewWebhook::from_json(text);
        Self::warned(py, webhook.map_err(|error| exceptions::invalid(py, &error))?)
    }
}

/// A setting by its name; its default if it is not given.
fn setting<T: Default + FromStr<Err: std::fmt::Display>>(name: &str, given: Option<&str>) -> PyResult<T> {
    let given = given.map(str::parse).transpose();
    let value = given.map_err(|problem| PyValueError::new_err(format!("{name}: {problem}")))?;
    Ok(value.unwrap_or_default())
}

/// Headers from a mapping or from pairs.
fn pairs(given: &Bound<'_, PyAny>) -> PyResult<Vec<CustomHeaderDraft>> {
    let pairs = if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
        given.clone()
    } else {
        let items = given.getattr_opt(intern!(given.py(), "items"))?;
        items.map_or_else(|| Ok(given.clone()), |items| items.call0())?
    };
    let mut headers = Vec::new();
    for pair in pairs.try_iter()? {
        let (name, value) = pair?.extract()?;
        headers.push(CustomHeaderDraft { name, value });
    }
    Ok(headers)
}

/// The request that ``create`` sends, without the host and the keys.
#[pyclass(frozen, module = "leadsquared_webhooks")]
pub(crate) struct Request {
    method: String,
    path: String,
    content_type: String,
    body: Vec<u8>,
}

impl Request {
    fn new(webhook: &leadsquared_webhooks::NewWebhook, encoding: Encoding) -> Self {
        let request = request::create(webhook, encoding);
        let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: request.into_body(),
        }
    }
}

#[pymethods]
impl Request {
    /// The HTTP method.
    #[getter]
    fn method(&self) -> &str {
        &self.method
    }

    /// The path, without host and query.
    #[getter]
    fn path(&self) -> &str {
        &self.path
    }

    /// The ``Content-Type``.
    #[getter]
    fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The body, JSON in UTF-8. **It contains the custom headers' values.**
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.body)
    }

    fn __repr__(&self) -> String {
        format!("Request(method={:?}, path={:?}, body={} bytes)", self.method, self.path, self.body.len())
    }
}
