//! Durations from Python: a number of seconds, or a `timedelta`. Timestamps for Python: aware
//! `datetime`s in UTC.

use std::time::{Duration, SystemTime};

use leadsquared_webhooks::error::ConfigProblem;
use pyo3::{exceptions::PyValueError, prelude::*};

/// Reads the duration of a setting; an invalid one is added to the problems.
pub(crate) fn read(
    setting: &'static str,
    given: &Bound<'_, PyAny>,
    problems: &mut Vec<ConfigProblem>,
) -> PyResult<Option<Duration>> {
    let seconds: f64 = match given.getattr_opt("total_seconds")? {
        Some(total_seconds) => total_seconds.call0()?.extract()?,
        None => given.extract()?,
    };
    Ok(Duration::try_from_secs_f64(seconds)
        .map_err(|_| {
            let problem = format!("{seconds} is not a number of seconds; zero or more is needed");
            problems.push(ConfigProblem { setting, problem });
        })
        .ok())
}

/// A point in time with the precision of a `datetime`, so that a pickled one is equal to the
/// original. PyO3's conversions have cells that a child can inherit locked after `fork()`: see
/// `process::once`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Timestamp(Duration);

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(Duration::new(since.as_secs(), since.subsec_micros() * 1000))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> Self {
        Self::UNIX_EPOCH + moment.0
    }
}

impl<'py> IntoPyObject<'py> for Timestamp {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        // Exact to the microsecond until the year 2242.
        datetime.getattr("datetime")?.call_method1("fromtimestamp", (self.0.as_secs_f64(), utc))
    }
}

impl<'py> IntoPyObject<'py> for &Timestamp {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        (*self).into_pyobject(py)
    }
}

impl FromPyObject<'_, '_> for Timestamp {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let since = Duration::try_from_secs_f64(given.call_method0("timestamp")?.extract()?)
            .map_err(|problem| PyValueError::new_err(problem.to_string()))?;
        // Rounds to the nearest microsecond.
        Ok((SystemTime::UNIX_EPOCH + since + Duration::from_nanos(500)).into())
    }
}
