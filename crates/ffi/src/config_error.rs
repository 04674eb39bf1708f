//! Why a client cannot be built, or a manifest cannot be planned or applied.

use std::fmt;

use leadsquared_webhooks::error::ApplyError;

use crate::error::WebhookError;

/// Everything that is wrong with a client's settings. It never contains a key.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ConfigError {
    /// One or more settings are missing or invalid.
    #[error("{detail}")]
    InvalidSettings {
        /// A one-line description of all problems.
        detail: String,
        /// The problems, at least one.
        problems: Vec<ConfigProblem>,
    },
}

/// One setting that is missing or invalid.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ConfigProblem {
    /// The setting or variable, such as `LEADSQUARED_HOST`. For an apply: the account's name,
    /// `state` or `prune`.
    pub setting: String,
    /// What is wrong with it, as one line.
    pub problem: String,
}

impl ConfigError {
    /// Why a manifest's run did not start.
    pub(crate) fn of_apply(error: &ApplyError) -> Self {
        let detail = error.to_string();
        match error {
            ApplyError::Config { account, problem } => Self::one(detail, account, problem),
            ApplyError::State(problem) => Self::one(detail, "state", problem),
        }
    }

    /// Why the webhooks of a plan cannot be used for pruning.
    pub(crate) fn of_shown(problem: &WebhookError) -> Self {
        Self::one(format!("prune: {problem}"), "prune", problem)
    }

    fn one(detail: String, setting: &str, problem: &dyn fmt::Display) -> Self {
        let problem = ConfigProblem { setting: setting.to_owned(), problem: problem.to_string() };
        Self::InvalidSettings { detail, problems: vec![problem] }
    }
}

impl<E: Into<leadsquared_webhooks::error::ConfigError>> From<E> for ConfigError {
    fn from(error: E) -> Self {
        let error = error.into();
        let problem = |problem: &leadsquared_webhooks::error::ConfigProblem| {
            let leadsquared_webhooks::error::ConfigProblem { setting, problem } = problem.clone();
            ConfigProblem { setting: setting.to_owned(), problem }
        };
        Self::InvalidSettings {
            detail: error.to_string(),
            problems: error.problems().iter().map(problem).collect(),
        }
    }
}
