//! The record of a create whose outcome is unknown.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyTuple, PyType},
};

use crate::{existing::masked, json, process::intern, time::Timestamp};

/// The record of a create whose outcome is unknown: what was requested and when.
///
/// ``error.ticket`` and ``PendingCall.ticket`` contain one; ``client.resolve`` and
/// ``client.ensure`` take it. It contains no key and no header's value, but the receiver's full
/// URL, and may be stored as JSON and resolved by another process.
///
/// >>> with Client.from_env() as client:
/// ...     sandbox.fault("apply_then_close")
/// ...     try:
/// ...         client.create(
/// ...             NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
/// ...         )
/// ...     except CallError as error:
/// ...         stored = error.ticket.to_json()
/// >>> Ticket.from_json(stored)
/// Ticket(event="Lead_Post_Create", url="https://example.com/hooks")
/// >>> Ticket.from_json("{}")
/// Traceback (most recent call last):
/// ValueError: not a ticket: missing field `desired` at line 1 column 2
#[pyclass(frozen, eq, from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket(pub(crate) leadsquared_webhooks::reconcile::Ticket);

#[pymethods]
impl Ticket {
    /// Reads the output of ``to_json``. Raises ``ValueError`` for a text that is not a ticket.
    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn from_json(_class: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|problem: leadsquared_webhooks::error::InvalidTicket| {
            PyValueError::new_err(problem.to_string())
        })
    }

    /// The ticket as JSON, for storage.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// LeadSquared's name for the requested event; ``None`` for an unknown raw event.
    #[getter]
    fn event(&self) -> Option<&str> {
        self.0.identity().event().map(leadsquared_webhooks::event::EventName::as_str)
    }

    /// The requested receiver's URL in full; ``repr`` masks the values of its query.
    #[getter]
    fn url(&self) -> &str {
        self.0.identity().url()
    }

    /// The requested properties, as Python objects; ``None`` for none.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, self.0.identity().properties())
    }

    /// The latest time at which it was sent: an aware ``datetime`` in UTC.
    #[getter]
    fn sent_at(&self) -> Timestamp {
        self.0.sent_at().into()
    }

    fn __repr__(&self) -> String {
        let event = self.event().map_or_else(|| "None".to_owned(), |event| format!("{event:?}"));
        format!("Ticket(event={event}, url={:?})", masked(self.url()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let read = slf.get_type().getattr(intern!(slf.py(), "from_json"))?;
        Ok((read, (slf.get().to_json(),).into_pyobject(slf.py())?))
    }
}

impl From<&leadsquared_webhooks::reconcile::Ticket> for Ticket {
    /// Has the precision of its JSON, so that a stored ticket is equal to the original.
    fn from(ticket: &leadsquared_webhooks::reconcile::Ticket) -> Self {
        Self(ticket.to_json().parse().unwrap_or_else(|_| ticket.clone()))
    }
}
