//! A create that is queued or in flight, or whose outcome has not been taken yet.

use leadsquared_webhooks::call::PendingState;
use pyo3::{prelude::*, types::PyTuple};

use crate::{ticket::Ticket, time::Timestamp, webhook::NewWebhook};

/// A create that is queued or in flight, or whose outcome has not been taken yet. ``take_outcome``
/// takes it by its ``id``, ``cancel`` withdraws it.
#[pyclass(frozen, get_all, module = "leadsquared_webhooks")]
pub(crate) struct PendingCall {
    /// Its id for ``take_outcome`` and ``cancel``: ascending, never reused by the same client.
    id: u64,
    /// The requested webhook.
    webhook: Py<NewWebhook>,
    /// When it was requested: an aware ``datetime`` in UTC.
    asked_at: Timestamp,
    /// Its state: ``queued`` (nothing was sent yet), ``in_flight``, ``created`` or ``failed``.
    state: &'static str,
    /// The ID that LeadSquared assigned, once it is created.
    webhook_id: Option<String>,
    /// Its outcome, once it has failed: ``not_sent``, ``refused`` or ``unknown``.
    outcome: Option<&'static str>,
    /// Its ticket for ``resolve``, once something may have been sent and the outcome is unknown.
    ticket: Option<Ticket>,
}

#[pymethods]
impl PendingCall {
    fn __repr__(&self) -> String {
        let Self { id, state, webhook, .. } = self;
        format!("PendingCall(id={id}, state={state:?}, url={:?})", webhook.get().0.url().masked())
    }
}

/// All pending creates of a client, oldest first.
pub(crate) fn list<'py>(
    py: Python<'py>,
    client: &leadsquared_webhooks::Client,
) -> PyResult<Bound<'py, PyTuple>> {
    let calls = client.pending().into_iter().map(|call| {
        let leadsquared_webhooks::call::PendingCall { id, webhook, asked_at, state, ticket } = call;
        let (webhook_id, outcome) = match &state {
            PendingState::Queued | PendingState::InFlight => (None, None),
            PendingState::Created(id) => (Some(id.to_string()), None),
            PendingState::Failed(outcome) => (None, Some(outcome.as_str())),
        };
        let webhook = Py::new(py, NewWebhook(webhook))?;
        let ticket = ticket.as_ref().map(Ticket::from);
        let (id, asked_at, state) = (id.get(), asked_at.into(), state.as_str());
        Bound::new(py, PendingCall { id, webhook, asked_at, state, webhook_id, outcome, ticket })
    });
    PyTuple::new(py, calls.collect::<PyResult<Vec<_>>>()?)
}
