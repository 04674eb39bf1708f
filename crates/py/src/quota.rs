//! The quota of an account.

use std::convert::Infallible;

use leadsquared_webhooks::{error::ConfigProblem, quota::QuotaLimit};
use pyo3::{
    prelude::*,
    types::{PyString, PyTuple},
};

use crate::{exceptions, process::PerProcess, time};

/// The quota of an account: a handle that several clients of the same account may share.
///
/// Each limit is ``"CALLS/SECONDS"`` or a pair of calls and seconds; all of them apply at once. A
/// permit is released one window after the response of the call that held it, so no window on the
/// server's clock ever contains more calls. The quota counts the calls of this process only: the
/// usage of another process shows up as a rate-limit response, which lowers the quota to the limit
/// in that response. After ``fork()`` the child starts with the limits as they were given.
///
/// Raises ``ConfigError`` for a limit of zero calls or zero seconds.
///
/// >>> quota = Quota("10/5", (10_000, 86_400))
/// >>> quota.limits
/// ((10, 5.0), (10000, 86400.0))
/// >>> Quota("ten")
/// Traceback (most recent call last):
/// leadsquared_webhooks.exceptions.ConfigError: quota: "ten" is not a quota; calls/seconds is
/// needed, both above zero, such as 25/5
#[pyclass(frozen, module = "leadsquared_webhooks")]
pub(crate) struct Quota {
    limits: Vec<QuotaLimit>,
    shared: PerProcess<leadsquared_webhooks::quota::Quota>,
}

impl Quota {
    fn of(limits: Vec<QuotaLimit>) -> Self {
        Self { limits, shared: PerProcess::empty() }
    }

    /// The documented limit.
    pub(crate) fn documented() -> Self {
        Self::of(leadsquared_webhooks::quota::Quota::default().limits())
    }

    /// Reads a quota from these limits, strings or pairs.
    pub(crate) fn read<'py>(
        limits: impl IntoIterator<Item = PyResult<Bound<'py, PyAny>>>,
        problems: &mut Vec<ConfigProblem>,
    ) -> PyResult<Self> {
        let mut read = Vec::new();
        for given in limits {
            let given = given?;
            let limit = if let Ok(text) = given.cast::<PyString>() {
                text.to_str()?.parse()
            } else {
                let (calls, window): (u32, Bound<'_, PyAny>) = given.extract()?;
                let Some(window) = time::read("quota", &window, problems)? else { continue };
                QuotaLimit::new(calls, window)
            };
            match limit {
                Ok(limit) => read.push(limit),
                Err(problem) => {
                    problems.push(ConfigProblem { setting: "quota", problem: problem.to_string() });
                }
            }
        }
        Ok(Self::of(read))
    }

    /// The handle of this process.
    pub(crate) fn handle(&self) -> leadsquared_webhooks::quota::Quota {
        let made =
            || Ok::<_, Infallible>(leadsquared_webhooks::quota::Quota::new(self.limits.iter().copied()));
        match self.shared.get(made) {
            Ok(quota) => leadsquared_webhooks::quota::Quota::clone(&quota),
        }
    }
}

#[pymethods]
impl Quota {
    #[new]
    #[pyo3(signature = (*limits))]
    fn new(limits: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let mut problems = Vec::new();
        let quota = Self::read(limits.iter().map(Ok), &mut problems)?;
        if problems.is_empty() { Ok(quota) } else { Err(exceptions::misconfigured(limits.py(), &problems)) }
    }

    /// No client-side limit: only the API's responses slow calls down.
    #[staticmethod]
    fn unlimited() -> Self {
        Self::of(Vec::new())
    }

    /// The current limits, including lowered ones: pairs of calls and seconds.
    #[getter]
    fn limits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let limits = self.handle().limits();
        PyTuple::new(py, limits.iter().map(|limit| (limit.calls(), limit.window().as_secs_f64())))
    }

    /// The number of calls that wait for the quota.
    #[getter]
    fn waiting(&self) -> usize {
        self.handle().waiting()
    }

    fn __repr__(&self) -> String {
        let limits: Vec<_> = self
            .handle()
            .limits()
            .iter()
            .map(|limit| format!("({}, {:?})", limit.calls(), limit.window().as_secs_f64()))
            .collect();
        format!("Quota({})", limits.join(", "))
    }
}
