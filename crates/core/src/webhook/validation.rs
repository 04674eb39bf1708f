//! Reports all violations of a draft at once.

use std::fmt;

use serde::Serialize;

use crate::webhook::warning::Warning;

/// One rule that a draft violates.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::NewWebhook;
///
/// let error = NewWebhook::from_json(
///     r#"{"url": "/hooks", "trigger": {"event": "lead_create"}}"#,
/// )
/// .unwrap_err();
/// let violation = &error.violations()[0];
/// assert_eq!(violation.field, "url");
/// assert_eq!(
///     violation.problem,
///     r#""/hooks" is relative; an absolute http or https URL is needed"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The path in the draft's JSON, such as `custom_headers[3].name`; `draft` for the whole
    /// document.
    pub field: String,
    /// The value and the rule, on one line. Never contains a header's value.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// The error for an invalid draft: every violation, and the warnings about the valid parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct ValidationError {
    violations: Vec<Violation>,
    warnings: Vec<Warning>,
}

impl ValidationError {
    /// A single violation, without warnings.
    pub(crate) fn one(field: &str, problem: impl fmt::Display) -> Self {
        let violation = Violation { field: field.to_owned(), problem: problem.to_string() };
        Self { violations: vec![violation], warnings: Vec::new() }
    }

    /// The violations, one or more.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Warnings about the parts that could be read.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    fn lines(&self) -> String {
        self.violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// Collects violations; no check returns early.
#[derive(Debug, Default)]
pub(crate) struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn add(&mut self, field: impl Into<String>, problem: impl fmt::Display) {
        self.violations.push(Violation { field: field.into(), problem: problem.to_string() });
    }

    /// Returns the value, or adds a violation.
    pub(crate) fn take<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|problem| self.add(field, problem)).ok()
    }

    /// Returns `whole` if it is complete and no violation was reported.
    pub(crate) fn finish<T>(self, whole: Option<T>, warnings: Vec<Warning>) -> Result<T, ValidationError> {
        match whole {
            Some(whole) if self.violations.is_empty() => Ok(whole),
            _ => Err(ValidationError { violations: self.violations, warnings }),
        }
    }
}
