//! The client that the environment, a file and the flags describe.

use std::{collections::HashMap, fs, path::Path};

use leadsquared_webhooks::{
    AUTH, Client, ClientSettings, Environment, HOST, Proxies, Quota, retry::RetryPolicy,
};
use leadsquared_webhooks_sandbox::Sandbox;

use crate::arguments::{ConnectionArguments, EncodingArguments, LimitArguments};

/// Why there is no client; one line, no key.
pub(crate) type Problem = String;

/// The client for a call, of the sandbox when there is one.
pub(crate) fn client(
    arguments: &ConnectionArguments,
    encoding: EncodingArguments,
    sandbox: Option<&Sandbox>,
) -> Result<Client, Problem> {
    let ConnectionArguments { host, keys_file, auth, quota, limits, access_key, secret_key } = arguments;
    if access_key.is_some() || secret_key.is_some() {
        return Err("keys are not taken from arguments, which every process can read; set LEADSQUARED_ACCESS_KEY and \
                    LEADSQUARED_SECRET_KEY, or name a file by --keys-file"
            .to_owned());
    }
    let file = keys_file.as_deref().map(read_keys_file).transpose()?.unwrap_or_default();
    let environment = Environment::read_with(|name| match (name, sandbox) {
        (HOST, None) if host.is_some() => host.as_ref().map(ToString::to_string),
        (AUTH, _) if auth.is_some() => auth.map(|auth| auth.to_string()),
        (HOST, Some(sandbox)) => Some(sandbox.host()),
        (leadsquared_webhooks::ACCESS_KEY, Some(sandbox)) => Some(sandbox.access_key()),
        (leadsquared_webhooks::SECRET_KEY, Some(sandbox)) => Some(sandbox.secret_key()),
        _ => file.get(name).cloned().or_else(|| std::env::var(name).ok()),
    })
    .map_err(|problem| problem.to_string())?;

    let Environment { host, credentials, auth } = environment;
    let EncodingArguments { codes, custom_headers_form } = encoding;
    let LimitArguments { timeout, connect_timeout, attempts, quota_wait } = limits;
    let retry = RetryPolicy::default();
    Client::builder(host, credentials)
        .auth(auth)
        .maybe_codes(codes)
        .custom_headers_form(custom_headers_form)
        .quota(if quota.is_empty() { Quota::default() } else { Quota::new(quota.iter().copied()) })
        .maybe_quota_wait(*quota_wait)
        .maybe_timeout(*timeout)
        .maybe_connect_timeout(*connect_timeout)
        .retry(RetryPolicy { attempts: attempts.unwrap_or(retry.attempts), ..retry })
        .proxies_from_env()
        .build()
        .map_err(|problem| problem.to_string())
}

/// The same limits and proxies for the clients of a manifest.
pub(crate) fn settings(limits: &LimitArguments) -> ClientSettings {
    let LimitArguments { timeout, connect_timeout, attempts, quota_wait } = *limits;
    ClientSettings {
        timeout,
        connect_timeout,
        attempts,
        quota_wait,
        proxies: Proxies::FromEnvironment,
        ..ClientSettings::default()
    }
}

/// `NAME=value` lines as a shell writes them: `export` before, quotes around, `#` for a comment. Nothing is expanded, for
/// keys hold `$`. No message shows a value.
fn read_keys_file(path: &Path) -> Result<HashMap<String, String>, Problem> {
    let text = fs::read_to_string(path).map_err(|problem| format!("{}: {problem}", path.display()))?;
    let mut variables = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')
            .ok_or_else(|| format!("{}: line {} is not NAME=value", path.display(), index + 1))?;
        let value = value.trim();
        let unquoted = ['\'', '"']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(value);
        variables.insert(name.trim().to_owned(), unquoted.to_owned());
    }
    Ok(variables)
}
