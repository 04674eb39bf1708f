//! Why a client cannot be built, or a manifest not begun.

use std::fmt;

use leadsquared_webhooks::ApplyError;

use crate::error::WebhookError;

/// All that is wrong with a client's settings, at once. Never tells a key.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ConfigError {
    /// One setting or more is missing or wrong.
    #[error("{detail}")]
    InvalidSettings {
        /// All of it, on one line.
        detail: String,
        /// The problems, one or more.
        problems: Vec<ConfigProblem>,
    },
}

/// One setting that is missing or wrong.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ConfigProblem {
    /// The setting or variable, such as `LEADSQUARED_HOST`; of an apply the account's name, `state`
    /// or `prune`.
    pub setting: String,
    /// What is wrong with it, on one line.
    pub problem: String,
}

impl ConfigError {
    /// Why nothing of a manifest was begun.
    pub(crate) fn of_apply(error: &ApplyError) -> Self {
        let detail = error.to_string();
        match error {
            ApplyError::Config { account, problem } => Self::one(detail, account, problem),
            ApplyError::State(problem) => Self::one(detail, "state", problem),
        }
    }

    /// Why a plan's webhooks cannot be those to prune.
    pub(crate) fn of_shown(problem: &WebhookError) -> Self {
        Self::one(format!("prune: {problem}"), "prune", problem)
    }

    fn one(detail: String, setting: &str, problem: &dyn fmt::Display) -> Self {
        let problem = ConfigProblem { setting: setting.to_owned(), problem: problem.to_string() };
        Self::InvalidSettings { detail, problems: vec![problem] }
    }
}

impl<E: Into<leadsquared_webhooks::ConfigError>> From<E> for ConfigError {
    fn from(error: E) -> Self {
        let error = error.into();
        let problem = |problem: &leadsquared_webhooks::ConfigProblem| {
            let leadsquared_webhooks::ConfigProblem { setting, problem } = problem.clone();
            ConfigProblem { setting: setting.to_owned(), problem }
        };
        Self::InvalidSettings {
            detail: error.to_string(),
            problems: error.problems().iter().map(problem).collect(),
        }
    }
}
