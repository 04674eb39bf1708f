//! Why a client cannot be built, or a manifest not begun.

use leadsquared_webhooks::ApplyError;

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
    /// The setting or variable, such as `LEADSQUARED_HOST`; of a manifest the account's name, or `journal`.
    pub setting: String,
    /// What is wrong with it, on one line.
    pub problem: String,
}

impl ConfigError {
    /// Why nothing of a manifest was begun.
    pub(crate) fn of_apply(error: &ApplyError) -> Self {
        let detail = error.to_string();
        let problem = match error {
            ApplyError::Config { account, problem } => {
                ConfigProblem { setting: account.clone(), problem: problem.to_string() }
            }
            ApplyError::Journal { path: _, problem } => {
                ConfigProblem { setting: "journal".to_owned(), problem: problem.to_string() }
            }
        };
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
