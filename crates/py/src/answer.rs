//! The results of calls, before conversion to Python.

use leadsquared_webhooks::{Error, Webhook};
use pyo3::{IntoPyObjectExt, prelude::*};

use crate::{
    attempt::Created,
    exceptions, existing,
    manifest::{self, ApplyResult, PlanResult},
    outcome::{self, Changed, Reconciled},
};

/// The result of a call.
pub(crate) enum Answer {
    /// A create.
    Created(Result<leadsquared_webhooks::call::Created, Error>),
    /// The outcome of a pending create, if there is one.
    OutcomeTaken(Option<Result<leadsquared_webhooks::call::Created, Error>>),
    /// No create, update or delete is queued or in flight.
    Drained,
    /// The account's webhooks.
    Listed(Result<Vec<Webhook>, Error>),
    /// One webhook, if it exists.
    Got(Result<Option<Webhook>, Error>),
    /// An update or a delete.
    Changed(Result<leadsquared_webhooks::call::Changed, Error>),
    /// The result for a desired webhook.
    Reconciled(Result<leadsquared_webhooks::reconcile::Reconciled, Error>),
    /// What an apply would do.
    Planned(PlanResult),
    /// What an apply did.
    Applied(ApplyResult),
}

impl Answer {
    /// The Python value, or the exception.
    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let failed = |error: &Error| exceptions::failed(py, error);
        match self {
            Self::Created(outcome) | Self::OutcomeTaken(Some(outcome)) => {
                Created::from(outcome.map_err(|error| failed(&error))?).into_py_any(py)
            }
            Self::OutcomeTaken(None) | Self::Drained => Ok(py.None()),
            Self::Listed(outcome) => outcome::listed(py, outcome.map_err(|error| failed(&error))?),
            Self::Got(outcome) => {
                outcome.map_err(|error| failed(&error))?.map(existing::Webhook).into_py_any(py)
            }
            Self::Changed(outcome) => Changed::from(outcome.map_err(|error| failed(&error))?).into_py_any(py),
            Self::Reconciled(outcome) => {
                Reconciled::from(outcome.map_err(|error| failed(&error))?).into_py_any(py)
            }
            Self::Planned(outcome) => manifest::planned(py, outcome),
            Self::Applied(outcome) => manifest::applied(py, outcome),
        }
    }
}
