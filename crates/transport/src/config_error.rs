//! Why a client cannot be built.

use std::fmt;

use leadsquared_webhooks_core::{InvalidApiHost, InvalidKey, quota::InvalidQuotaLimit};

/// All problems of a client's settings at once. It never shows a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct ConfigError {
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    /// The problems, one or more.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }

    pub(crate) fn one(setting: &'static str, problem: impl fmt::Display) -> Self {
        Self { problems: vec![ConfigProblem::new(setting, problem)] }
    }

    pub(crate) fn all(problems: Vec<ConfigProblem>) -> Self {
        Self { problems }
    }

    fn lines(&self) -> String {
        self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl From<InvalidApiHost> for ConfigError {
    fn from(problem: InvalidApiHost) -> Self {
        Self::one("host", problem)
    }
}

impl From<InvalidKey> for ConfigError {
    fn from(problem: InvalidKey) -> Self {
        Self::one("credentials", problem)
    }
}

impl From<InvalidQuotaLimit> for ConfigError {
    fn from(problem: InvalidQuotaLimit) -> Self {
        Self::one("quota", problem)
    }
}

/// One setting that is missing or invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The variable or setting, such as `LEADSQUARED_HOST`.
    pub setting: &'static str,
    /// What is wrong with it, on one line.
    pub problem: String,
}

impl ConfigProblem {
    pub(crate) fn new(setting: &'static str, problem: impl fmt::Display) -> Self {
        Self { setting, problem: problem.to_string() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, problem } = self;
        let colon = if problem.starts_with("is not set") { "" } else { ":" };
        write!(f, "{setting}{colon} {problem}")
    }
}
