//! Lengths of time from Python: a number of seconds, or a `timedelta`.

use std::time::Duration;

use leadsquared_webhooks::ConfigProblem;
use pyo3::{prelude::*, types::PyDelta};

/// The length of time that a setting holds; what is none is noted as a problem of the setting.
pub(crate) fn read(
    setting: &'static str,
    given: &Bound<'_, PyAny>,
    problems: &mut Vec<ConfigProblem>,
) -> PyResult<Option<Duration>> {
    let seconds = match given.cast::<PyDelta>() {
        Ok(delta) => delta.call_method0("total_seconds")?.extract()?,
        Err(_) => given.extract::<f64>()?,
    };
    Ok(Duration::try_from_secs_f64(seconds)
        .map_err(|_| {
            let problem = format!("{seconds} is not a number of seconds; zero or more is needed");
            problems.push(ConfigProblem { setting, problem });
        })
        .ok())
}
