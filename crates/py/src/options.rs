//! Settings of one call.

use std::time::Duration;

use leadsquared_webhooks::{CallOptions, ConfigProblem};
use pyo3::prelude::*;

use crate::{exceptions, time};

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
