//! A client's settings, read from keyword arguments once and kept, so that a child after `fork()`
//! can build its own client.

use std::{fmt, str::FromStr, time::Duration};

use leadsquared_webhooks::{
    Client,
    account::{AccessKey, ApiHost, Auth, Credentials, Environment, Roots, SecretKey},
    error::{ConfigError, ConfigProblem},
    event::EventCodes,
    retry::RetryPolicy,
    webhook::CustomHeadersForm,
};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyString},
};

use crate::{exceptions, quota::Quota, time};

/// All settings of a client, validated.
pub(crate) struct Settings {
    host: ApiHost,
    credentials: Credentials,
    auth: Auth,
    codes: EventCodes,
    custom_headers_form: CustomHeadersForm,
    pub(crate) quota: Py<Quota>,
    quota_wait: Option<Duration>,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    retry: RetryPolicy,
    roots: Roots,
    root_certificates: Vec<Vec<u8>>,
    proxies_from_env: bool,
}

impl Settings {
    /// Reads the keyword arguments of a constructor. All problems are reported at once. `frames`
    /// Python frames of this package are between it and its caller, who is warned of a host that is
    /// not LeadSquared's.
    pub(crate) fn read(py: Python<'_>, given: Option<&Bound<'_, PyDict>>, frames: u8) -> PyResult<Self> {
        let mut keywords = Keywords::new(py, given)?;
        let host = keywords.required::<ApiHost>("host")?;
        let access_key = keywords.required::<AccessKey>("access_key")?;
        let secret_key = keywords.required::<SecretKey>("secret_key")?;
        let credentials =
            access_key.zip(secret_key).map(|(access_key, secret_key)| Credentials { access_key, secret_key });
        let settings = Self::rest(keywords, host, credentials, Auth::default(), false)?;
        exceptions::warn(py, settings.host.warning().as_slice(), frames)?;
        Ok(settings)
    }

    /// Reads the environment; keyword arguments, any except the host and the keys, take precedence.
    pub(crate) fn from_env(py: Python<'_>, given: Option<&Bound<'_, PyDict>>, frames: u8) -> PyResult<Self> {
        let environment = Environment::read().map_err(|error| exceptions::unbuildable(py, &error))?;
        let warnings = environment.warnings();
        let Environment { host, credentials, auth } = environment;
        let settings = Self::rest(Keywords::new(py, given)?, Some(host), Some(credentials), auth, true)?;
        exceptions::warn(py, &warnings, frames)?;
        Ok(settings)
    }

    fn rest(
        mut keywords: Keywords<'_>,
        host: Option<ApiHost>,
        credentials: Option<Credentials>,
        auth: Auth,
        proxies_from_env: bool,
    ) -> PyResult<Self> {
        let py = keywords.py;
        let auth = keywords.text("auth")?.unwrap_or(auth);
        let codes = keywords.text("codes")?.unwrap_or_default();
        let custom_headers_form = keywords.text("custom_headers_form")?.unwrap_or_default();
        let quota = keywords.quota()?;
        let quota_wait = keywords.time("quota_wait")?;
        let timeout = keywords.time("timeout")?;
        let connect_timeout = keywords.time("connect_timeout")?;
        let retry = RetryPolicy::default();
        let retry = RetryPolicy {
            attempts: keywords.value("attempts")?.unwrap_or(retry.attempts),
            backoff: keywords.time("backoff")?.unwrap_or(retry.backoff),
            longest_backoff: keywords.time("longest_backoff")?.unwrap_or(retry.longest_backoff),
        };
        let roots = keywords.text("roots")?.map_or_else(Roots::default, |KnownRoots(roots)| roots);
        let root_certificates = keywords.value("root_certificates")?.unwrap_or_default();
        let proxies_from_env = keywords.value("proxies_from_env")?.unwrap_or(proxies_from_env);
        let problems = keywords.finish()?;
        match (host, credentials) {
            (Some(host), Some(credentials)) if problems.is_empty() => Ok(Self {
                host,
                credentials,
                auth,
                codes,
                custom_headers_form,
                quota,
                quota_wait,
                timeout,
                connect_timeout,
                retry,
                roots,
                root_certificates,
                proxies_from_env,
            }),
            _ => Err(exceptions::misconfigured(py, &problems)),
        }
    }

    /// Builds a client with these settings and separate connections.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<Client> {
        let quota = self.quota.get().handle();
        let built: Result<Client, ConfigError> = py.detach(|| {
            let builder = Client::builder(self.host.clone(), self.credentials.clone())
                .auth(self.auth)
                .codes(self.codes)
                .custom_headers_form(self.custom_headers_form)
                .quota(quota)
                .maybe_quota_wait(self.quota_wait)
                .maybe_timeout(self.timeout)
                .maybe_connect_timeout(self.connect_timeout)
                .retry(self.retry)
                .roots(self.roots)
                .root_certificates(self.root_certificates.clone());
            if self.proxies_from_env { builder.proxies_from_env().build() } else { builder.build() }
        });
        built.map_err(|error| exceptions::unbuildable(py, &error))
    }

    /// The settings for `repr`, without keys.
    pub(crate) fn shown(&self) -> String {
        format!(
            "host={:?}, auth={:?}, codes={:?}",
            self.host.base_url(),
            self.auth.as_str(),
            self.codes.as_str()
        )
    }
}

/// Root certificates by name.
pub(crate) struct KnownRoots(pub(crate) Roots);

impl FromStr for KnownRoots {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "platform" => Ok(Self(Roots::Platform)),
            "bundled" => Ok(Self(Roots::Bundled)),
            other => Err(format!("{other:?} is not platform or bundled")),
        }
    }
}

/// The keyword arguments of a call, taken one by one. Those left at the end are unknown. `None`
/// counts as absent.
pub(crate) struct Keywords<'py> {
    py: Python<'py>,
    given: Bound<'py, PyDict>,
    problems: Vec<ConfigProblem>,
}

impl<'py> Keywords<'py> {
    pub(crate) fn new(py: Python<'py>, given: Option<&Bound<'py, PyDict>>) -> PyResult<Self> {
        let given = given.map_or_else(|| Ok(PyDict::new(py)), PyDictMethods::copy)?;
        Ok(Self { py, given, problems: Vec::new() })
    }

    pub(crate) fn take(&mut self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(value) = self.given.get_item(name)? else { return Ok(None) };
        self.given.del_item(name)?;
        Ok((!value.is_none()).then_some(value))
    }

    fn required<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str) -> PyResult<Option<T>> {
        let before = self.problems.len();
        let value = self.text(name)?;
        if value.is_none() && self.problems.len() == before {
            self.problems.push(ConfigProblem { setting: name, problem: "is not set".to_owned() });
        }
        Ok(value)
    }

    /// Parses a string by its type's rules. Only that type's messages contain it.
    pub(crate) fn text<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str) -> PyResult<Option<T>> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let Ok(text) = value.cast::<PyString>() else {
            let kind = value.get_type().name()?;
            return Err(PyTypeError::new_err(format!("{name} is a {kind}; a str is needed")));
        };
        Ok(match text.to_str()?.parse() {
            Ok(read) => Some(read),
            Err(problem) => {
                self.problems.push(ConfigProblem { setting: name, problem: problem.to_string() });
                None
            }
        })
    }

    pub(crate) fn time(&mut self, name: &'static str) -> PyResult<Option<Duration>> {
        match self.take(name)? {
            Some(value) => time::read(name, &value, &mut self.problems),
            None => Ok(None),
        }
    }

    pub(crate) fn value<T: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>>(
        &mut self,
        name: &str,
    ) -> PyResult<Option<T>> {
        self.take(name)?.map(|value| value.extract().map_err(Into::into)).transpose()
    }

    /// A shared handle, one limit, or several.
    fn quota(&mut self) -> PyResult<Py<Quota>> {
        match self.take("quota")? {
            None => Py::new(self.py, Quota::documented()),
            Some(given) => match given.cast::<Quota>() {
                Ok(shared) => Ok(shared.clone().unbind()),
                Err(_) if given.is_instance_of::<PyString>() => {
                    Py::new(self.py, Quota::read([Ok(given)], &mut self.problems)?)
                }
                Err(_) => Py::new(self.py, Quota::read(given.try_iter()?, &mut self.problems)?),
            },
        }
    }

    fn finish(self) -> PyResult<Vec<ConfigProblem>> {
        match self.given.keys().iter().next() {
            Some(unknown) => {
                Err(PyTypeError::new_err(format!("unexpected keyword argument {}", unknown.repr()?)))
            }
            None => Ok(self.problems),
        }
    }

    /// Returns `made` if all keyword arguments are known and valid.
    pub(crate) fn finished<T>(self, made: T) -> PyResult<T> {
        let py = self.py;
        let problems = self.finish()?;
        if problems.is_empty() { Ok(made) } else { Err(exceptions::misconfigured(py, &problems)) }
    }
}
