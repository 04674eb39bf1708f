//! The client that the environment, a keys file and the flags configure.

use std::{fmt, fs, io::Read, path::Path};

use leadsquared_webhooks::{
    ACCESS_KEY, AUTH, Client, ClientSettings, Environment, HOST, KeysFile, Proxies, Quota, SECRET_KEY,
    retry::RetryPolicy,
};
use leadsquared_webhooks_sandbox::Sandbox;

use crate::{
    arguments::{ConnectionArguments, EncodingArguments, LimitArguments},
    output::Output,
};

/// Why the client could not be built: one line, without keys.
pub(crate) type Problem = String;

/// Builds the client for a call, against the sandbox if there is one.
pub(crate) fn client(
    arguments: &ConnectionArguments,
    encoding: EncodingArguments,
    sandbox: Option<&Sandbox>,
    output: &Output,
) -> Result<Client, Problem> {
    let ConnectionArguments { host, keys_file, auth, quota, limits, access_key, secret_key } = arguments;
    if access_key.is_some() || secret_key.is_some() {
        return Err("keys are not taken from arguments, which every process can read; set LEADSQUARED_ACCESS_KEY and \
                    LEADSQUARED_SECRET_KEY, or name a file by --keys-file"
            .to_owned());
    }
    let file = keys_file.as_deref().map(|path| read_keys_file(path, output)).transpose()?;
    let in_file = |name: &str| file.as_ref().and_then(|file| file.get(name)).map(str::to_owned);
    let environment = Environment::read_with(|name| match (name, sandbox) {
        (HOST, None) if host.is_some() => host.as_ref().map(ToString::to_string),
        (AUTH, _) if auth.is_some() => auth.map(|auth| auth.to_string()),
        (HOST, Some(sandbox)) => Some(sandbox.host()),
        (ACCESS_KEY, Some(sandbox)) => Some(sandbox.access_key()),
        (SECRET_KEY, Some(sandbox)) => Some(sandbox.secret_key()),
        // Keys from two sources could belong to two accounts.
        (ACCESS_KEY | SECRET_KEY, None) if file.is_some() => in_file(name),
        _ => in_file(name).or_else(|| std::env::var(name).ok()),
    })
    .map_err(|problem| {
        let no_host = problem
            .problems()
            .iter()
            .any(|problem| problem.setting == HOST && problem.problem.starts_with("is not set"));
        let hint = if no_host { "; lsq-webhooks sandbox starts one to try on" } else { "" };
        format!("{problem}{hint}")
    })?;
    output.warnings(&environment.warnings());

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

/// The settings for the clients of a manifest: the same limits and proxies.
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

/// Reads a keys file, and warns if other users can read it.
fn read_keys_file(path: &Path, output: &Output) -> Result<KeysFile, Problem> {
    let named = |problem: &dyn fmt::Display| format!("{}: {problem}", path.display());
    let mut file = fs::File::open(path).map_err(|problem| named(&problem))?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|problem| named(&problem))?;
    if file.metadata().is_ok_and(|metadata| is_open_to_others(&metadata)) {
        output.warning(&format!(
            "{}: other users of this machine can read the keys; chmod 600 {} ends that",
            path.display(),
            path.display()
        ));
    }
    KeysFile::parse(&text).map_err(|problem| named(&problem))
}

#[cfg(unix)]
fn is_open_to_others(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;

    file.is_file() && file.permissions().mode() & 0o044 != 0
}

/// Other platforms have no permission bits to check.
#[cfg(not(unix))]
const fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}
