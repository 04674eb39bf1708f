//! The attempts of a call, and a created webhook.

use std::time::Duration;

use leadsquared_webhooks::call::Operation;
use pyo3::{prelude::*, types::PyTuple};

use crate::time::Timestamp;

/// One attempt of a call. It contains no keys and no header values; durations are in seconds.
#[pyclass(frozen, eq, get_all, new = "from_fields", from_py_object, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    /// The kind of the call: ``create``, ``update``, ``delete`` or ``retrieve``.
    operation: String,
    /// The number of the attempt within the call; the first is 1.
    number: u32,
    /// When the quota admitted it, or when it was cancelled before that: an aware ``datetime`` in
    /// UTC.
    started_at: Timestamp,
    /// How long it waited for the quota, in seconds.
    quota_wait: f64,
    /// The time from ``started_at`` to its end, in seconds.
    duration: f64,
    /// Whether any byte of the request may have been sent.
    sent: bool,
    /// The HTTP status of the response, if one arrived.
    status: Option<u16>,
    /// ``ok``, or the kind of the failure.
    result: String,
    /// Why it failed, on one line.
    detail: Option<String>,
    /// What is known about the call after this attempt; ``None`` if it succeeded.
    outcome: Option<String>,
    /// The reason for the wait before the next attempt: ``rate_limit``, ``retry_after`` or
    /// ``backoff``; ``None`` if this was the last.
    waited_for: Option<String>,
    /// The length of that wait, in seconds.
    waited: Option<f64>,
}

#[pymethods]
impl Attempt {
    fn __repr__(&self) -> String {
        let Self { operation, number, result, sent, duration, .. } = self;
        let sent = if *sent { "True" } else { "False" };
        format!(
            "Attempt(operation={operation:?}, number={number}, result={result:?}, sent={sent}, duration={duration:.6})"
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let Self {
            operation,
            number,
            started_at,
            quota_wait,
            duration,
            sent,
            status,
            result,
            detail,
            outcome,
            waited_for,
            waited,
        } = slf.get();
        let first =
            (operation, number, started_at, quota_wait, duration, sent, status).into_pyobject(slf.py())?;
        let rest = (result, detail, outcome, waited_for, waited).into_pyobject(slf.py())?;
        let all: Vec<_> = first.iter().chain(rest.iter()).collect();
        Ok((slf.get_type().into_any(), PyTuple::new(slf.py(), all)?))
    }
}

impl Attempt {
    /// The part that counts against a quota: when the attempt ended.
    pub(crate) fn counted(&self) -> leadsquared_webhooks::call::Attempt {
        leadsquared_webhooks::call::Attempt {
            operation: Operation::Retrieve,
            number: self.number,
            started_at: self.started_at.into(),
            quota_wait: Duration::ZERO,
            duration: Duration::try_from_secs_f64(self.duration).unwrap_or_default(),
            sent: self.sent,
            status: self.status,
            result: "",
            detail: None,
            outcome: None,
            waited_for: None,
            waited: None,
        }
    }
}

impl From<&leadsquared_webhooks::call::Attempt> for Attempt {
    fn from(attempt: &leadsquared_webhooks::call::Attempt) -> Self {
        let leadsquared_webhooks::call::Attempt {
            operation,
            number,
            started_at,
            quota_wait,
            duration,
            sent,
            status,
            result,
            detail,
            outcome,
            waited_for,
            waited,
        } = attempt;
        Self {
            operation: operation.as_str().to_owned(),
            number: *number,
            started_at: (*started_at).into(),
            quota_wait: quota_wait.as_secs_f64(),
            duration: duration.as_secs_f64(),
            sent: *sent,
            status: *status,
            result: (*result).to_owned(),
            detail: detail.clone(),
            outcome: outcome.map(|outcome| outcome.as_str().to_owned()),
            waited_for: waited_for.map(|reason| reason.as_str().to_owned()),
            waited: waited.map(|wait| wait.as_secs_f64()),
        }
    }
}

/// A webhook that now exists.
#[pyclass(frozen, eq, module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Created {
    id: String,
    attempts: Vec<Attempt>,
}

#[pymethods]
impl Created {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("id", "attempts");

    #[new]
    #[pyo3(signature = (id, attempts))]
    fn new(id: String, attempts: Vec<PyRef<'_, Attempt>>) -> Self {
        Self { id, attempts: attempts.into_iter().map(|attempt| attempt.clone()).collect() }
    }

    /// The ID that LeadSquared assigned.
    #[getter]
    fn id(&self) -> &str {
        &self.id
    }

    /// The attempts, in order; the last one succeeded.
    #[getter]
    fn attempts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.attempts.iter().cloned())
    }

    fn __repr__(&self) -> String {
        format!("Created(id={:?}, attempts={})", self.id, self.attempts.len())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let created = slf.get();
        let arguments = (created.id.clone(), created.attempts(slf.py())?).into_pyobject(slf.py())?;
        Ok((slf.get_type().into_any(), arguments))
    }
}

impl From<leadsquared_webhooks::call::Created> for Created {
    fn from(created: leadsquared_webhooks::call::Created) -> Self {
        let leadsquared_webhooks::call::Created { id, attempts } = created;
        Self { id: id.to_string(), attempts: attempts.iter().map(Attempt::from).collect() }
    }
}
