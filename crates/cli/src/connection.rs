//! The client that the environment, a keys file and the flags configure.

use std::{fmt, fs, io::Read, path::Path};

use clap::error::{ContextKind, ContextValue};
use leadsquared_webhooks::{
    Client,
    account::{ACCESS_KEY, AUTH, ClientSettings, Environment, HOST, KeysFile, Proxies, SECRET_KEY},
    error::ConfigError,
    quota::Quota,
    retry::RetryPolicy,
};
use leadsquared_webhooks_sandbox::Sandbox;

use crate::{
    arguments::{ConnectionArguments, EncodingArguments, LimitArguments},
    output::{Output, quoted},
};

/// Why the client could not be built: one line, without keys.
pub(crate) type Problem = String;

/// Why a key among the arguments is refused.
pub(crate) const KEYS_IN_ARGUMENTS: &str = "keys are not taken from arguments, which every process can read; set \
    LEADSQUARED_ACCESS_KEY and LEADSQUARED_SECRET_KEY, or name a file by --keys-file";

/// Whether the arguments were refused because a key is among them.
pub(crate) fn is_about_keys(refused: &clap::Error) -> bool {
    let Some(ContextValue::String(argument)) = refused.get(ContextKind::InvalidArg) else { return false };
    ["--access-key", "--secret-key"].contains(&argument.as_str())
}

/// Builds the client for a call, against the sandbox if there is one.
pub(crate) fn client(
    arguments: &ConnectionArguments,
    encoding: EncodingArguments,
    sandbox: Option<&Sandbox>,
    output: &Output,
) -> Result<Client, Problem> {
    let file = match arguments.keys_file.as_deref() {
        Some(path) => {
            let (file, is_open) = read_keys_file(path)?;
            if is_open {
                output.warning(&format!("{}: {OPEN_TO_OTHERS}; {}", path.display(), closes(path)));
            }
            Some(file)
        }
        None => None,
    };
    let environment = environment(arguments, file.as_ref(), sandbox).map_err(|problem| {
        let no_host = problem
            .problems()
            .iter()
            .any(|problem| problem.setting == HOST && problem.problem.starts_with("is not set"));
        let hint = if no_host { "; lsq-webhooks sandbox starts one to try on" } else { "" };
        format!("{problem}{hint}")
    })?;
    output.warnings(&environment.warnings());
    build(arguments, environment, encoding).map_err(|problem| problem.to_string())
}

/// Reads the settings from the flags, the keys file, and the environment.
pub(crate) fn environment(
    arguments: &ConnectionArguments,
    file: Option<&KeysFile>,
    sandbox: Option<&Sandbox>,
) -> Result<Environment, ConfigError> {
    let ConnectionArguments { host, auth, .. } = arguments;
    let in_file = |name: &str| file.and_then(|file| file.get(name)).map(str::to_owned);
    Environment::read_with(|name| match (name, sandbox) {
        (HOST, None) if host.is_some() => host.as_ref().map(ToString::to_string),
        (AUTH, _) if auth.is_some() => auth.map(|auth| auth.to_string()),
        (HOST, Some(sandbox)) => Some(sandbox.host()),
        (ACCESS_KEY, Some(sandbox)) => Some(sandbox.access_key()),
        (SECRET_KEY, Some(sandbox)) => Some(sandbox.secret_key()),
        // Keys from two sources could belong to two accounts.
        (ACCESS_KEY | SECRET_KEY, None) if file.is_some() => in_file(name),
        _ => in_file(name).or_else(|| std::env::var(name).ok()),
    })
}

/// Builds the client from the settings and the flags.
pub(crate) fn build(
    arguments: &ConnectionArguments,
    environment: Environment,
    encoding: EncodingArguments,
) -> Result<Client, ConfigError> {
    let Environment { host, credentials, auth } = environment;
    let EncodingArguments { codes, custom_headers_form } = encoding;
    let ConnectionArguments { quota, limits, .. } = arguments;
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

/// What is wrong with a keys file that is not private.
pub(crate) const OPEN_TO_OTHERS: &str = "other users of this machine can read the keys";

/// The cure for a keys file that is not private.
pub(crate) fn closes(path: &Path) -> String {
    format!("chmod 600 {} ends that", quoted(&path.to_string_lossy()))
}

/// Reads a keys file, and whether other users can read it.
pub(crate) fn read_keys_file(path: &Path) -> Result<(KeysFile, bool), Problem> {
    let named = |problem: &dyn fmt::Display| format!("{}: {problem}", path.display());
    let mut file = fs::File::open(path).map_err(|problem| named(&problem))?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|problem| named(&problem))?;
    let is_open = file.metadata().is_ok_and(|metadata| is_open_to_others(&metadata));
    Ok((KeysFile::parse(&text).map_err(|problem| named(&problem))?, is_open))
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
