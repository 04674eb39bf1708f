//! An existing webhook of the account, and its differences from a desired one.

use leadsquared_webhooks::webhook::{RawJson, ReceiverUrl, WebhookStatus};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::{json, process::intern};

/// An existing webhook of the account, as ``list`` and ``get`` return it.
///
/// Only the id is always present; other members are ``None`` if the response omits them. Custom
/// headers, content type and landing pages are not among the *observed* members.
///
/// >>> with Client.from_env() as client:
/// ...     created = client.create(
/// ...         NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
/// ...     )
/// ...     client.get(created.id)
/// Webhook(id="...", event="Lead_Post_Create", url="https://example.com/hooks", status="enabled")
#[pyclass(frozen, eq, from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook(pub(crate) leadsquared_webhooks::Webhook);

/// The content of a pickle.
type Parts = (
    String,
    Option<String>,
    Option<String>,
    Option<u32>,
    Option<String>,
    Option<String>,
    Vec<(String, String)>,
);

#[pymethods]
impl Webhook {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str, &str) = ("id", "event", "url", "status");

    /// The ID that LeadSquared assigned, wire name ``WebhookId``, *documented*.
    #[getter]
    fn id(&self) -> &str {
        self.0.id.as_str()
    }

    /// LeadSquared's name for its event, such as ``Lead_Post_Create``; wire name ``EventCode``,
    /// *documented*.
    #[getter]
    fn event(&self) -> Option<&str> {
        self.0.event.as_ref().map(leadsquared_webhooks::event::EventName::as_str)
    }

    /// The receiver's URL in full; ``repr`` masks the values of its query. Wire name ``URL``,
    /// *documented*.
    #[getter]
    fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// ``enabled``, ``disabled`` by hand, ``disabled_by_failures`` after ten failed deliveries in a
    /// row, or ``status_`` and another number; wire name ``StatusCode``, *observed*. No API call
    /// enables a webhook again: only a person can, in LeadSquared's UI.
    #[getter]
    fn status(&self) -> Option<String> {
        self.0.status.map(|status| status.to_string())
    }

    /// Free text, wire name ``Description``, *documented*.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The properties as JSON text, empty if there are none; wire name ``WebhookProperties``,
    /// *observed*.
    #[getter]
    fn properties(&self) -> Option<&str> {
        self.0.properties.as_deref()
    }

    /// All other members of the response by name, as Python objects.
    #[getter]
    fn other<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let members = PyDict::new(py);
        for (name, value) in &self.0.other {
            members.set_item(name, json::value(py, value.as_str())?)?;
        }
        Ok(members)
    }

    fn __repr__(&self) -> String {
        let reported = [
            ("event", self.event().map(str::to_owned)),
            ("url", self.0.url.as_ref().map(masked)),
            ("status", self.status()),
        ];
        let reported =
            reported.into_iter().filter_map(|(name, value)| Some(format!(", {name}={:?}", value?)));
        format!("Webhook(id={:?}{})", self.id(), reported.collect::<String>())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let leadsquared_webhooks::Webhook { id, event, url, status, description, properties, other } =
            slf.get().0.clone();
        let parts: Parts = (
            id.to_string(),
            event.map(|event| event.to_string()),
            url,
            status.map(WebhookStatus::code),
            description,
            properties,
            other.into_iter().map(|(name, value)| (name, value.to_string())).collect(),
        );
        Ok((slf.get_type().getattr(intern!(slf.py(), "_restore"))?, parts.into_pyobject(slf.py())?))
    }

    #[staticmethod]
    #[pyo3(signature = (*parts))]
    fn _restore(parts: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let (id, event, url, status, description, properties, other): Parts = parts.extract()?;
        let other: PyResult<Vec<(String, RawJson)>> =
            other.into_iter().map(|(name, value)| Ok((name, value.parse().map_err(invalid)?))).collect();
        Ok(Self(leadsquared_webhooks::Webhook {
            id: id.parse().map_err(invalid)?,
            event: event.map(|event| event.parse().map_err(invalid)).transpose()?,
            url,
            status: status.map(WebhookStatus::from_code),
            description,
            properties,
            other: other?,
        }))
    }
}

/// A URL for `repr`: without the values of its query.
pub(crate) fn masked(url: impl AsRef<str>) -> String {
    url.as_ref().parse().map_or_else(|_| "…".to_owned(), |url: ReceiverUrl| url.masked())
}

fn invalid(problem: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(problem.to_string())
}

type DifferenceParts = (String, String, Option<String>, Option<String>);

/// One part of a webhook that differs, or may differ, from what is desired.
#[pyclass(frozen, eq, hash, get_all, new = "from_fields", from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Difference {
    /// The part: ``event``, ``url``, ``properties``, ``properties.NAME``, ``description``,
    /// ``content_type``, ``notify_on_failure``, ``landing_pages`` or ``custom_headers``.
    field: String,
    /// ``differs``; ``not_observable`` (the API does not return it, and no state file contains it);
    /// ``replaced_unseen`` (an update replaces it, and the previous value cannot be read);
    /// ``ignored`` (the server added it).
    kind: String,
    /// The desired value; for custom headers, their names.
    desired: Option<String>,
    /// The value found, or last written; ``None`` if it cannot be read.
    found: Option<String>,
}

#[pymethods]
impl Difference {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str, &str, &str) = ("field", "kind", "desired", "found");

    fn __repr__(&self) -> String {
        let Self { field, kind, desired, found } = self;
        // Text that is not a URL is shown unchanged.
        let text =
            |text: &String| text.parse().map_or_else(|_| text.clone(), |url: ReceiverUrl| url.masked());
        let shown = |value: &Option<String>| {
            value.as_ref().map_or("None".to_owned(), |value| format!("{:?}", text(value)))
        };
        let (desired, found) = (shown(desired), shown(found));
        format!("Difference(field={field:?}, kind={kind:?}, desired={desired}, found={found})")
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> (Py<PyAny>, DifferenceParts) {
        let Self { field, kind, desired, found } = slf.get().clone();
        (slf.get_type().into_any().unbind(), (field, kind, desired, found))
    }
}

impl From<leadsquared_webhooks::reconcile::Difference> for Difference {
    fn from(difference: leadsquared_webhooks::reconcile::Difference) -> Self {
        let leadsquared_webhooks::reconcile::Difference { field, kind, desired, found } = difference;
        Self { field, kind: kind.as_str().to_owned(), desired, found }
    }
}
