//! The conversion of errors to Python exceptions. The classes are defined in Python, in
//! `exceptions.py`.

use leadsquared_webhooks::{
    Error,
    call::ConnectCause,
    error::{
        ApiError, ApiErrorKind, ApplyError, ConfigError, ConfigProblem, ErrorKind, InvalidManifest,
        UnexpectedResponse, ValidationError,
    },
    retry::Stop,
    webhook::{Warning, WebhookId},
};
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyTuple},
};

use crate::{
    attempt::Attempt,
    many::Many,
    process::{self, intern, once},
    ticket::Ticket,
    violation,
};

/// A class of `exceptions.py`, which is imported once.
fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = once(py, &MODULE, || py.import("leadsquared_webhooks.exceptions").map(Bound::unbind))?;
    module.bind(py).getattr(name)
}

fn raise(py: Python<'_>, name: &str, message: String, attributes: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    Ok(PyErr::from_value(process::call(&class(py, name)?, &(message,).into_pyobject(py)?, Some(attributes))?))
}

/// If building the exception fails, that failure becomes the exception.
fn or_itself(made: PyResult<PyErr>) -> PyErr {
    made.unwrap_or_else(|problem| problem)
}

/// The exception for an invalid draft.
pub(crate) fn invalid(py: Python<'_>, error: &ValidationError) -> PyErr {
    or_itself((|| {
        let attributes = PyDict::new(py);
        let violations = error.violations().iter().map(violation::Violation::from);
        attributes.set_item(intern!(py, "violations"), PyTuple::new(py, violations.collect::<Vec<_>>())?)?;
        attributes.set_item(intern!(py, "warnings"), warnings(py, error.warnings())?)?;
        raise(py, "ValidationError", error.to_string(), &attributes)
    })())
}

/// Warnings as instances of `LeadSquaredWarning`.
pub(crate) fn warnings<'py>(py: Python<'py>, warnings: &[Warning]) -> PyResult<Bound<'py, PyTuple>> {
    let made = warnings.iter().map(|warning| {
        let attributes = PyDict::new(py);
        let Warning { code, field, problem } = warning;
        attributes.set_item(intern!(py, "code"), code.as_str())?;
        attributes.set_item(intern!(py, "field"), field)?;
        attributes.set_item(intern!(py, "problem"), problem)?;
        process::call(
            &class(py, "LeadSquaredWarning")?,
            &(warning.to_string(),).into_pyobject(py)?,
            Some(&attributes),
        )
    });
    PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)
}

/// Issues warnings to the caller, past `frames` Python frames of this package.
pub(crate) fn warn(py: Python<'_>, given: &[Warning], frames: u8) -> PyResult<()> {
    if given.is_empty() {
        return Ok(());
    }
    let warn = py.import(intern!(py, "warnings"))?.getattr(intern!(py, "warn"))?;
    let how = PyDict::new(py);
    how.set_item(intern!(py, "stacklevel"), frames + 1)?;
    for warning in warnings(py, given)? {
        process::call(&warn, &(warning,).into_pyobject(py)?, Some(&how))?;
    }
    Ok(())
}

/// The exception for invalid client settings.
pub(crate) fn misconfigured(py: Python<'_>, problems: &[ConfigProblem]) -> PyErr {
    or_itself((|| {
        let attributes = PyDict::new(py);
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let problems = problems.iter().map(violation::ConfigProblem::from);
        attributes.set_item(intern!(py, "problems"), PyTuple::new(py, problems.collect::<Vec<_>>())?)?;
        raise(py, "ConfigError", lines.join("; "), &attributes)
    })())
}

/// The exception for a client that could not be built.
pub(crate) fn unbuildable(py: Python<'_>, error: &ConfigError) -> PyErr {
    misconfigured(py, error.problems())
}

/// The exception for an invalid manifest.
pub(crate) fn no_manifest(py: Python<'_>, error: &InvalidManifest) -> PyErr {
    or_itself((|| {
        let attributes = PyDict::new(py);
        let violations: Many<_> = error.violations().iter().map(violation::Violation::from).collect();
        attributes.set_item(intern!(py, "violations"), violations)?;
        raise(py, "ManifestError", error.to_string(), &attributes)
    })())
}

/// The exception for a manifest run that could not start.
pub(crate) fn not_begun(py: Python<'_>, error: &ApplyError) -> PyErr {
    or_itself((|| {
        let attributes = PyDict::new(py);
        let name = match error {
            ApplyError::Config { account: _, problem } => {
                let problems: Many<_> =
                    problem.problems().iter().map(violation::ConfigProblem::from).collect();
                attributes.set_item(intern!(py, "problems"), problems)?;
                "ConfigError"
            }
            ApplyError::State(problem) => {
                let class = py.import("pathlib")?.getattr("Path")?;
                attributes.set_item(intern!(py, "path"), class.call1((problem.path.as_os_str(),))?)?;
                "StateError"
            }
        };
        raise(py, name, error.to_string(), &attributes)
    })())
}

/// The exception for a failed call.
pub(crate) fn failed(py: Python<'_>, error: &Error) -> PyErr {
    or_itself((|| {
        let attributes = PyDict::new(py);
        let kind = error.kind();
        attributes.set_item(intern!(py, "operation"), error.operation().as_str())?;
        attributes.set_item(intern!(py, "kind"), kind.as_str())?;
        attributes.set_item(intern!(py, "outcome"), error.outcome().as_str())?;
        attributes.set_item(intern!(py, "may_have_been_applied"), error.may_have_been_applied())?;
        let attempts = error.attempts().iter().map(Attempt::from);
        attributes.set_item(intern!(py, "attempts"), PyTuple::new(py, attempts.collect::<Vec<_>>())?)?;
        attributes.set_item(intern!(py, "status"), kind.status().map(|status| status.as_u16()))?;
        attributes.set_item(intern!(py, "stopped"), error.stop().map(Stop::as_str))?;
        attributes.set_item(intern!(py, "cause"), error.cause().map(ConnectCause::as_str))?;
        attributes.set_item(intern!(py, "source"), error.source_text())?;
        attributes.set_item(intern!(py, "id"), error.id().map(WebhookId::as_str))?;
        attributes.set_item(intern!(py, "ticket"), error.ticket().map(Ticket::from))?;
        let name = match kind {
            ErrorKind::Api(error) => api(error, &attributes)?,
            ErrorKind::UnexpectedResponse(answer) => unexpected(answer, &attributes)?,
            ErrorKind::Connect { .. } => "ConnectError",
            ErrorKind::Interrupted => "InterruptedCallError",
            ErrorKind::Timeout { sent, after } => {
                attributes.set_item(intern!(py, "sent"), sent)?;
                attributes.set_item(intern!(py, "after"), after.as_secs_f64())?;
                "RequestTimeoutError"
            }
            ErrorKind::Unconfirmed | ErrorKind::StillListed => "UnconfirmedError",
            ErrorKind::ListIncomplete { .. } | ErrorKind::ListUnstable { .. } => "InconsistentListError",
            ErrorKind::Unrecorded => "UnrecordedError",
            ErrorKind::CodesUnknown => "CodesUnknownError",
            ErrorKind::Cancelled => "CallCancelledError",
            ErrorKind::RuntimeEnded { .. } => "RuntimeEndedError",
            ErrorKind::QuotaWait { after } => {
                attributes.set_item(intern!(py, "after"), after.as_secs_f64())?;
                "QuotaWaitError"
            }
        };
        raise(py, name, error.to_string(), &attributes)
    })())
}

fn api(error: &ApiError, attributes: &Bound<'_, PyDict>) -> PyResult<&'static str> {
    let py = attributes.py();
    attributes.set_item(intern!(py, "exception_type"), error.exception_type())?;
    attributes.set_item(intern!(py, "detail"), error.detail())?;
    attributes.set_item(intern!(py, "excerpt"), error.excerpt())?;
    attributes.set_item(intern!(py, "retry_after"), error.retry_after().map(|wait| wait.as_secs_f64()))?;
    Ok(match error.kind() {
        ApiErrorKind::Unauthorized => "AuthenticationError",
        ApiErrorKind::RateLimited(reported) => {
            attributes.set_item(intern!(py, "limit"), reported.calls)?;
            attributes.set_item(intern!(py, "window"), reported.window.map(|window| window.as_secs_f64()))?;
            "RateLimitError"
        }
        ApiErrorKind::Duplicate => "DuplicateError",
        ApiErrorKind::InvalidInput => "InvalidInputError",
        ApiErrorKind::NotFound => "NotFoundError",
        ApiErrorKind::Server => "ServerError",
        ApiErrorKind::Unrecognized => "ApiError",
    })
}

fn unexpected(answer: &UnexpectedResponse, attributes: &Bound<'_, PyDict>) -> PyResult<&'static str> {
    let py = attributes.py();
    attributes.set_item(intern!(py, "reason"), answer.reason().as_str())?;
    attributes.set_item(intern!(py, "excerpt"), answer.excerpt())?;
    Ok("UnexpectedResponseError")
}
