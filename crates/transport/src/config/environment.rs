//! Settings from the process environment.

use std::{fmt, str::FromStr};

use leadsquared_webhooks_core::{AccessKey, ApiHost, Credentials, SecretKey, Warning};

use secrecy::zeroize::Zeroizing;

use crate::{
    config_error::{ConfigError, ConfigProblem},
    net::auth::Auth,
};

/// The variable that names the account's host, such as `api-in21.leadsquared.com`. Required.
pub const HOST: &str = "LEADSQUARED_HOST";
/// The variable that holds the access key. Required.
pub const ACCESS_KEY: &str = "LEADSQUARED_ACCESS_KEY";
/// The variable that holds the secret key. Required.
pub const SECRET_KEY: &str = "LEADSQUARED_SECRET_KEY";
/// The variable that selects where the keys are sent: `query` (the default) or `headers`.
pub const AUTH: &str = "LEADSQUARED_AUTH";

/// The settings from the four environment variables.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::account::{Auth, Environment};
///
/// let environment = Environment::read_with(|name| match name {
///     "LEADSQUARED_HOST" => Some("api.leadsquared.com".to_owned()),
///     "LEADSQUARED_AUTH" => Some("headers".to_owned()),
///     _ => Some("a-key".to_owned()),
/// })?;
/// assert_eq!(environment.auth, Auth::Headers);
///
/// let error = Environment::read_with(|_| None).unwrap_err();
/// assert_eq!(error.problems().len(), 3);
/// # Ok::<(), leadsquared_webhooks::error::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Environment {
    /// `LEADSQUARED_HOST`.
    pub host: ApiHost,
    /// `LEADSQUARED_ACCESS_KEY` and `LEADSQUARED_SECRET_KEY`.
    pub credentials: Credentials,
    /// `LEADSQUARED_AUTH`.
    pub auth: Auth,
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or invalid.
    pub fn read() -> Result<Self, ConfigError> {
        Self::read_with(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// Reads the variables through a lookup function. An empty variable counts as missing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every variable that is missing or invalid.
    pub fn read_with(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let host: Option<ApiHost> = required(&variable, HOST, &mut problems);
        let access_key: Option<AccessKey> = required(&variable, ACCESS_KEY, &mut problems);
        let secret_key: Option<SecretKey> = required(&variable, SECRET_KEY, &mut problems);
        let auth = match given(&variable, AUTH) {
            None => Some(Auth::default()),
            Some(text) => parsed(AUTH, &text, &mut problems),
        };
        match (host, access_key, secret_key, auth) {
            (Some(host), Some(access_key), Some(secret_key), Some(auth)) => {
                Ok(Self { host, credentials: Credentials { access_key, secret_key }, auth })
            }
            _ => Err(ConfigError::all(problems)),
        }
    }

    /// Valid settings that are a known pitfall: keys that are sent to a host that is not
    /// LeadSquared's.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks::{account::Environment, webhook::WarningCode};
    ///
    /// let environment = Environment::read_with(|name| match name {
    ///     "LEADSQUARED_HOST" => Some("api.leadsquared.example".to_owned()),
    ///     "LEADSQUARED_AUTH" => None,
    ///     _ => Some("a-key".to_owned()),
    /// })?;
    /// let warnings = environment.warnings();
    /// assert_eq!(
    ///     (warnings[0].code, &*warnings[0].field),
    ///     (WarningCode::ForeignHost, "LEADSQUARED_HOST"),
    /// );
    /// # Ok::<(), leadsquared_webhooks::error::ConfigError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let warning = self.host.warning().map(|warning| Warning { field: HOST.to_owned(), ..warning });
        warning.into_iter().collect()
    }
}

/// The name of a variable, as shown in a message. A secret given in place of a name is not shown:
/// only text that looks like a name is, capitals with an underscore, or a short word in capitals.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks::account::shown_variable;
///
/// assert_eq!(shown_variable("ACME_SECRET_KEY"), "ACME_SECRET_KEY");
/// assert_eq!(shown_variable("NOPE1"), "NOPE1");
/// let shown = shown_variable("a-secret-itself");
/// assert!(shown.starts_with("the variable of this name (not shown: it may be a secret"));
/// ```
#[must_use]
pub fn shown_variable(name: &str) -> &str {
    const HIDDEN: &str =
        "the variable of this name (not shown: it may be a secret; names are in capitals, as ACME_KEY)";
    let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_word = !word.is_empty()
        && name.len() <= 16
        && name.len() - word.len() <= 2
        && word.chars().all(|c| c.is_ascii_uppercase());
    if name.contains('_') && name.chars().all(legal) || is_word { name } else { HIDDEN }
}

/// The value of a variable, unless it is empty. It may be a key, so it is zeroed on drop.
fn given(variable: impl Fn(&str) -> Option<String>, name: &str) -> Option<Zeroizing<String>> {
    variable(name).filter(|value| !value.is_empty()).map(Zeroizing::new)
}

/// The problem of a required variable that is not set.
pub(crate) fn missing(name: &str) -> &'static str {
    match name {
        HOST => "is not set; it names the account's host, such as api-in21.leadsquared.com",
        _ => "is not set",
    }
}

fn required<T: FromStr<Err: fmt::Display>>(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
    problems: &mut Vec<ConfigProblem>,
) -> Option<T> {
    let Some(text) = given(variable, name) else {
        problems.push(ConfigProblem::new(name, missing(name)));
        return None;
    };
    parsed(name, &text, problems)
}

fn parsed<T: FromStr<Err: fmt::Display>>(
    name: &'static str,
    text: &str,
    problems: &mut Vec<ConfigProblem>,
) -> Option<T> {
    text.parse().map_err(|problem| problems.push(ConfigProblem::new(name, problem))).ok()
}
