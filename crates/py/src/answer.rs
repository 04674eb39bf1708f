//! What a call comes back with, before Python sees it.

use leadsquared_webhooks::Error;
use pyo3::{IntoPyObjectExt, prelude::*};

use crate::{attempt::Created, exceptions};

/// What a call comes back with.
pub(crate) enum Answer {
    /// A create.
    Created(Result<leadsquared_webhooks::Created, Error>),
    /// The outcome of a pending create, if there was such a one.
    Claimed(Option<Result<leadsquared_webhooks::Created, Error>>),
    /// No create is under way any more.
    Settled,
}

impl Answer {
    /// The value, or the exception.
    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Created(Ok(created)) | Self::Claimed(Some(Ok(created))) => {
                Created::from(created).into_py_any(py)
            }
            Self::Created(Err(error)) | Self::Claimed(Some(Err(error))) => {
                Err(exceptions::failed(py, &error))
            }
            Self::Claimed(None) | Self::Settled => Ok(py.None()),
        }
    }
}
