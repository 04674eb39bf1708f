//! Problems of a draft and of a client's settings.

use pyo3::prelude::*;

/// One broken rule of a draft.
#[pyclass(frozen, eq, hash, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Violation {
    /// The path in the draft, such as ``custom_headers[3].name``; ``draft`` for the document
    /// itself.
    field: String,
    /// The value and the rule, on one line. Never a header's value.
    problem: String,
}

#[pymethods]
impl Violation {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("field", "problem");

    fn __str__(&self) -> String {
        format!("{}: {}", self.field, self.problem)
    }

    fn __repr__(&self) -> String {
        format!("Violation(field={:?}, problem={:?})", self.field, self.problem)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> (Py<PyAny>, (String, String)) {
        let Self { field, problem } = slf.get();
        (slf.get_type().into_any().unbind(), (field.clone(), problem.clone()))
    }
}

impl From<&leadsquared_webhooks::error::Violation> for Violation {
    fn from(violation: &leadsquared_webhooks::error::Violation) -> Self {
        let leadsquared_webhooks::error::Violation { field, problem } = violation.clone();
        Self { field, problem }
    }
}

/// One setting that is missing or wrong.
#[pyclass(frozen, eq, hash, get_all, new = "from_fields", module = "leadsquared_webhooks")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConfigProblem {
    /// The argument or the variable, such as ``host`` or ``LEADSQUARED_HOST``.
    setting: String,
    /// What is wrong with it, on one line. Never a key.
    problem: String,
}

#[pymethods]
impl ConfigProblem {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&str, &str) = ("setting", "problem");

    fn __str__(&self) -> String {
        format!("{}: {}", self.setting, self.problem)
    }

    fn __repr__(&self) -> String {
        format!("ConfigProblem(setting={:?}, problem={:?})", self.setting, self.problem)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> (Py<PyAny>, (String, String)) {
        let Self { setting, problem } = slf.get();
        (slf.get_type().into_any().unbind(), (setting.clone(), problem.clone()))
    }
}

impl From<&leadsquared_webhooks::error::ConfigProblem> for ConfigProblem {
    fn from(problem: &leadsquared_webhooks::error::ConfigProblem) -> Self {
        let leadsquared_webhooks::error::ConfigProblem { setting, problem } = problem.clone();
        Self { setting: setting.to_owned(), problem }
    }
}
