//! Why a client cannot be built.

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
    /// The setting or variable, such as `LEADSQUARED_HOST`.
    pub setting: String,
    /// What is wrong with it, on one line.
    pub problem: String,
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
