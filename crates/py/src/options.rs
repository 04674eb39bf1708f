//! Settings of one call.

use std::time::Duration;

use leadsquared_webhooks::{
    call::{Create, Request},
    error::ConfigProblem,
};
use pyo3::prelude::*;

use crate::{exceptions, time};

/// Settings of one call; `None` is the client's.
#[derive(Clone, Copy)]
pub(crate) struct CallOptions {
    timeout: Option<Duration>,
    attempts: Option<u32>,
    quota_wait: Option<Duration>,
}

impl CallOptions {
    pub(crate) fn of(self, request: Request<Create>) -> Request<Create> {
        let Self { timeout, attempts, quota_wait } = self;
        request.timeout(timeout).attempts(attempts).quota_wait(quota_wait)
    }
}

/// Reads the keyword arguments for one call.
pub(crate) fn read(
    py: Python<'_>,
    limit: Option<&Bound<'_, PyAny>>,
    attempts: Option<u32>,
    quota_wait: Option<&Bound<'_, PyAny>>,
) -> PyResult<CallOptions> {
    let mut problems: Vec<ConfigProblem> = Vec::new();
    let mut read = |setting, given: Option<&Bound<'_, PyAny>>| -> PyResult<Option<Duration>> {
        given.map_or(Ok(None), |given| time::read(setting, given, &mut problems))
    };
    let options = CallOptions {
        timeout: read("timeout", limit)?,
        attempts,
        quota_wait: read("quota_wait", quota_wait)?,
    };
    if problems.is_empty() { Ok(options) } else { Err(exceptions::misconfigured(py, &problems)) }
}
