//! `doctor`: checks what a call needs, in order, by one call of the API.

use std::{
    error::Error as StdError,
    io,
    time::{Duration, SystemTime},
};

use anstyle::Style;
use leadsquared_webhooks::{
    Client, Error, Outcome,
    account::{ACCESS_KEY, Environment, HOST, SECRET_KEY, ServerDate},
    call::ConnectCause,
    error::{ApiErrorKind, ConfigError, ErrorKind},
};
use serde::Serialize;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::{
    arguments::{ConnectionArguments, DoctorArguments, EncodingArguments},
    call::{Action, Calls, Stopped},
    connection::{self, OPEN_TO_OTHERS},
    output::{FailedError, GREEN, Output, RED, YELLOW, counted},
    status::Status,
};

/// A clock that differs by more than this is reported.
const MOST_SKEW: Duration = Duration::from_secs(30);

/// How long each step of a connection that timed out may take when it is tried again.
const STEP: Duration = Duration::from_secs(3);

/// What is wrong where keys or the host are not set.
const HOST_CURE: &str =
    "set LEADSQUARED_HOST or --host to the account's host, such as api-in21.leadsquared.com";
const KEYS_CURE: &str =
    "set LEADSQUARED_ACCESS_KEY and LEADSQUARED_SECRET_KEY, or name a file by --keys-file";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Fail,
    /// Not checked, because an earlier check failed.
    Skip,
}

impl Verdict {
    const fn shown(self) -> (Style, &'static str) {
        match self {
            Self::Ok => (GREEN, "ok  "),
            Self::Warn => (YELLOW, "warn"),
            Self::Fail => (RED, "fail"),
            Self::Skip => (Style::new(), "skip"),
        }
    }
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    #[serde(rename = "status")]
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

#[derive(Serialize)]
struct Diagnosis<'a, E: Serialize> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<E>,
    checks: &'a [Check],
}

/// The checks so far, in order. Text is printed as they are made.
struct Checks<'o> {
    output: &'o mut Output,
    done: Vec<Check>,
}

/// The steps of a call, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name,
    Tcp,
    Proxy,
    Tls,
    Keys,
    Quota,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Keys => "keys",
            Self::Quota => "quota",
        }
    }
}

pub(crate) fn run(arguments: &DoctorArguments, output: &mut Output) -> io::Result<Status> {
    let DoctorArguments { connection } = arguments;
    let mut checks = Checks { output, done: Vec::new() };
    let client = settings(connection, &mut checks).and_then(|environment| {
        connection::build(connection, environment, EncodingArguments::default())
            .map_err(|problem| checks.add("settings", Verdict::Fail, &problem.to_string(), None))
            .ok()
    });
    let Some(client) = client else {
        for step in [Step::Name, Step::Tcp, Step::Proxy, Step::Tls, Step::Keys, Step::Quota] {
            checks.skip(step.name());
        }
        checks.skip("clock");
        let error = FailedError::new("configuration", "a setting is missing or invalid", Outcome::NotSent);
        return Ok(checks.end(Some(error), Status::Usage));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut calls = Calls::of(&client)?;
        let called = calls.make(Action::Read, client.probe(), checks.output).await;
        let error = match called {
            Ok(webhooks) => {
                steps(&client, webhooks, &mut checks);
                None
            }
            Err(Stopped::Call(error)) => {
                failed_steps(&client, &error, &mut checks).await;
                Some(error)
            }
            Err(cancelled) => return Ok(cancelled.tell(Action::Read, &[], None, checks.output)),
        };
        clock(client.server_date(), &mut checks);
        let status = error.as_ref().map_or(Status::Done, |error| error.outcome().into());
        Ok(checks.end(error, status))
    })
}

impl Checks<'_> {
    fn add(&mut self, name: &'static str, verdict: Verdict, detail: &str, cure: Option<&str>) {
        if !self.output.json {
            let (style, word) = verdict.shown();
            let cure = cure.map(|cure| format!("; {cure}")).unwrap_or_default();
            self.output.marked(style, word, &format!("{:<9} {detail}{cure}", name.replace('_', " ")));
        }
        let (detail, cure) = (detail.to_owned(), cure.map(str::to_owned));
        self.done.push(Check { name, verdict, detail, cure });
    }

    fn ok(&mut self, name: &'static str, detail: &str) {
        self.add(name, Verdict::Ok, detail, None);
    }

    fn skip(&mut self, name: &'static str) {
        self.add(name, Verdict::Skip, "not checked", None);
    }

    /// Prints the JSON, and returns the exit status.
    fn end(self, error: Option<impl Serialize>, status: Status) -> Status {
        let Self { output, done } = self;
        if output.json {
            output.object(&Diagnosis { ok: status.is_ok(), error, checks: &done });
        }
        status
    }
}

/// Checks the settings. Returns `None` if one fails.
fn settings(arguments: &ConnectionArguments, checks: &mut Checks<'_>) -> Option<Environment> {
    let mut file = None;
    if let Some(path) = arguments.keys_file.as_deref() {
        match connection::read_keys_file(path) {
            Ok((read, is_open)) => {
                let shown = path.display().to_string();
                if is_open {
                    let cure = connection::closes(path);
                    checks.add(
                        "keys_file",
                        Verdict::Warn,
                        &format!("{shown}: {OPEN_TO_OTHERS}"),
                        Some(&cure),
                    );
                } else {
                    checks.ok("keys_file", &format!("{shown}: only its owner can read it"));
                }
                file = Some(read);
            }
            Err(problem) => {
                let cure = "it holds LEADSQUARED_ACCESS_KEY=… and LEADSQUARED_SECRET_KEY=… on two lines";
                checks.add("keys_file", Verdict::Fail, &problem, Some(cure));
                return None;
            }
        }
    }
    let source = if file.is_some() { "the keys file" } else { "the environment" };
    let read = connection::environment(arguments, file.as_ref(), None);
    let problems = |names: &[&str]| {
        let problems = read.as_ref().err().map(ConfigError::problems).unwrap_or_default();
        let problems = problems.iter().filter(|problem| names.contains(&problem.setting));
        problems.map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let warnings = read.as_ref().map(Environment::warnings).unwrap_or_default();
    match (problems(&[HOST]), warnings.first(), &read) {
        (problem, ..) if !problem.is_empty() => {
            checks.add("host", Verdict::Fail, &problem, Some(HOST_CURE));
        }
        (_, Some(warning), _) => {
            let (problem, cure) = warning.problem.split_once("; ").unwrap_or((&warning.problem, "check it"));
            checks.add("host", Verdict::Warn, problem, Some(cure));
        }
        (_, None, Ok(environment)) => checks.ok("host", environment.host.base_url()),
        (_, None, Err(_)) => checks.ok("host", "set, and well-formed"),
    }
    match problems(&[ACCESS_KEY, SECRET_KEY]) {
        problem if problem.is_empty() => {
            checks.ok("key_pair", &format!("both keys are set and well-formed, in {source}"));
        }
        problem => checks.add("key_pair", Verdict::Fail, &problem, Some(KEYS_CURE)),
    }
    match (problems(&[leadsquared_webhooks::account::AUTH]), &read) {
        (problem, _) if !problem.is_empty() => {
            checks.add("auth", Verdict::Fail, &problem, Some("leave it unset for the default, query"));
        }
        (_, Ok(environment)) => checks.ok("auth", &format!("the keys are sent in the {}", environment.auth)),
        (_, Err(_)) => {}
    }
    read.ok()
}

/// The checks of a call that succeeded.
fn steps(client: &Client, webhooks: u32, checks: &mut Checks<'_>) {
    for step in [Step::Name, Step::Tcp, Step::Proxy, Step::Tls] {
        checks.ok(step.name(), &passed(step, client));
    }
    let webhooks = counted(usize::try_from(webhooks).unwrap_or(usize::MAX), "webhook");
    checks.ok("keys", &format!("accepted; the account has {webhooks}"));
    checks.ok("quota", &passed(Step::Quota, client));
}

/// The checks of a call that failed: those before the step that failed are ok.
async fn failed_steps(client: &Client, error: &Error, checks: &mut Checks<'_>) {
    let failed = failed_step(client, error).await;
    let (detail, cure) = diagnosis(failed, client, error);
    for step in [Step::Name, Step::Tcp, Step::Proxy, Step::Tls, Step::Keys, Step::Quota] {
        match step {
            _ if step == failed => checks.add(step.name(), Verdict::Fail, &detail, cure.as_deref()),
            // Which of both is checked first is unknown.
            Step::Keys if failed == Step::Quota => checks.skip(step.name()),
            _ if step < failed => checks.ok(step.name(), &passed(step, client)),
            Step::Proxy => {
                let detail = format!("{}; not checked", proxy(client));
                checks.add(step.name(), Verdict::Skip, &detail, None);
            }
            _ => checks.skip(step.name()),
        }
    }
}

/// What is said of a step that was passed.
fn passed(step: Step, client: &Client) -> String {
    let end = match client.proxy() {
        Some(proxy) => format!("the proxy {proxy}"),
        None => authority(client).to_owned(),
    };
    match step {
        Step::Name => format!("{end} was found"),
        Step::Tcp => format!("{end} accepts connections"),
        Step::Proxy => proxy(client),
        Step::Tls if is_plain(client) => "not used: http to this machine".to_owned(),
        Step::Tls => format!("the certificate of {} is valid", authority(client)),
        Step::Keys => "accepted".to_owned(),
        Step::Quota => {
            let limits: Vec<_> = client.quota().limits().iter().map(ToString::to_string).collect();
            let limits = if limits.is_empty() { "no limit".to_owned() } else { limits.join(", ") };
            format!("{limits}, kept by each process alone; set by --quota")
        }
    }
}

/// Which proxy is used, and why.
fn proxy(client: &Client) -> String {
    let set = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let set = set.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    match (client.proxy(), set) {
        (Some(proxy), Some(variable)) => format!("{proxy}, from {variable}"),
        (Some(proxy), None) => proxy.to_owned(),
        (None, None) => "none is set".to_owned(),
        (None, Some(variable)) if client.host().is_loopback() => {
            format!("none: the host is this machine, so {variable} does not count")
        }
        (None, Some(variable)) => format!("none: NO_PROXY exempts this host from {variable}"),
    }
}

/// The step at which a call failed.
async fn failed_step(client: &Client, error: &Error) -> Step {
    match error.kind() {
        ErrorKind::Connect { cause, .. } => match cause {
            ConnectCause::NameNotFound | ConnectCause::NameServer => Step::Name,
            ConnectCause::Refused | ConnectCause::Unreachable => Step::Tcp,
            ConnectCause::ProxyAuthenticationNeeded
            | ConnectCause::ProxyRefused
            | ConnectCause::ProxyOther => Step::Proxy,
            ConnectCause::TlsUnknownIssuer
            | ConnectCause::TlsExpired
            | ConnectCause::TlsWrongName
            | ConnectCause::TlsOther => Step::Tls,
            ConnectCause::Timeout | ConnectCause::Other => silent_step(client).await,
        },
        ErrorKind::Timeout { sent: false, .. } => silent_step(client).await,
        ErrorKind::Api(error) if matches!(error.kind(), ApiErrorKind::RateLimited(_)) => Step::Quota,
        _ => Step::Keys,
    }
}

/// Tries the steps of a connection that timed out one after another. Sends nothing.
async fn silent_step(client: &Client) -> Step {
    let (end, default_port) = match client.proxy() {
        Some(proxy) => (proxy, 80),
        None => (authority(client), if is_plain(client) { 80 } else { 443 }),
    };
    // Without a port, the last colon is inside of an IPv6 address, or there is none.
    let has_port = end.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let end = if has_port { end.to_owned() } else { format!("{end}:{default_port}") };
    let addresses: Vec<_> = match timeout(STEP, lookup_host(&end)).await {
        Ok(Ok(addresses)) => addresses.collect(),
        _ => return Step::Name,
    };
    match timeout(STEP, TcpStream::connect(&*addresses)).await {
        Ok(Ok(_)) if client.proxy().is_some() => Step::Proxy,
        Ok(Ok(_)) if is_plain(client) => Step::Keys,
        Ok(Ok(_)) => Step::Tls,
        _ => Step::Tcp,
    }
}

/// The cause of a failed step, and its cure.
fn diagnosis(step: Step, client: &Client, error: &Error) -> (String, Option<String>) {
    let end = authority(client);
    let end_or_proxy = client.proxy().map_or_else(|| end.to_owned(), |proxy| format!("the proxy {proxy}"));
    let Some(cause) = error.cause() else {
        return (error.to_string(), call_cure(step, error).map(str::to_owned));
    };
    let below = match cause {
        ConnectCause::Other | ConnectCause::TlsOther => {
            let sources = std::iter::successors(StdError::source(error), |&error| error.source());
            sources.last().map(ToString::to_string)
        }
        _ => None,
    };
    let place = if matches!(step, Step::Name | Step::Tcp | Step::Proxy) { &end_or_proxy } else { end };
    let detail = match below {
        Some(below) => format!("{place}: {cause}: {below}"),
        None => format!("{place}: {cause}"),
    };
    let cure = match (step, cause, client.proxy()) {
        (Step::Name, ConnectCause::NameNotFound, None) => "is the host spelled right?",
        (Step::Name, _, None) => "is this machine online, and is its name server right?",
        (Step::Name | Step::Tcp, _, Some(_)) => {
            "are HTTPS_PROXY and ALL_PROXY right, and is the proxy running?"
        }
        (Step::Tcp, ConnectCause::Refused, None) => "nothing listens there: are host and port right?",
        (Step::Tcp, _, None) => "is this machine online, and does a firewall allow the connection?",
        (Step::Proxy, ConnectCause::ProxyAuthenticationNeeded, _) => {
            "give a name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
        }
        (Step::Proxy, ..) => "does the proxy allow this host? NO_PROXY names the hosts to reach without it",
        (Step::Tls, ConnectCause::TlsUnknownIssuer, _) => {
            "behind a company proxy, name its authority: SSL_CERT_FILE=ca.pem"
        }
        (Step::Tls, ConnectCause::TlsExpired, _) => "is this machine's clock right? compare it by date -u",
        (Step::Tls, ConnectCause::TlsWrongName, _) => {
            "is the host spelled right, and does no proxy replace it?"
        }
        (Step::Tls, ..) => {
            "does this port speak https? plain http is only for this machine: http://127.0.0.1:PORT"
        }
        _ => "try again; RUST_LOG=debug shows more",
    };
    (detail, Some(cure.to_owned()))
}

/// The cure of a call that reached the API.
fn call_cure(step: Step, error: &Error) -> Option<&'static str> {
    match (step, error.kind()) {
        (Step::Tcp, _) => Some("is this machine online, and does a firewall allow the connection?"),
        (Step::Tls, _) => Some("does this port speak https?"),
        (_, ErrorKind::Api(api)) => match api.kind() {
            ApiErrorKind::Unauthorized => Some(
                "are both keys right, and of an account on this host? the keys of another region are refused",
            ),
            ApiErrorKind::RateLimited(_) => {
                Some("other programs use the account's quota too: wait, and share it by --quota")
            }
            ApiErrorKind::NotFound => Some("is this the host of the API?"),
            ApiErrorKind::Server => Some("try again in some minutes"),
            _ => None,
        },
        (_, ErrorKind::UnexpectedResponse(_)) => {
            Some("is this the host of the API, and does no proxy or login page answer in its place?")
        }
        (_, ErrorKind::Interrupted | ErrorKind::Timeout { .. }) => Some("try again, with a longer --timeout"),
        _ => None,
    }
}

/// Compares this machine's clock with the API's.
fn clock(server: Option<ServerDate>, checks: &mut Checks<'_>) {
    let Some(ServerDate { date, received_at }) = server else {
        checks.skip("clock");
        return;
    };
    let (skew, direction) = skew(date, received_at);
    let seconds = skew.as_secs();
    if skew > MOST_SKEW {
        let detail = format!("this machine's clock is {seconds} s {direction} the API's");
        let cure = "set it, such as by timedatectl set-ntp true";
        checks.add("clock", Verdict::Warn, &detail, Some(cure));
    } else {
        checks.ok("clock", &format!("within {} s of the API's", MOST_SKEW.as_secs()));
    }
}

fn skew(date: SystemTime, received_at: SystemTime) -> (Duration, &'static str) {
    match received_at.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    }
}

/// Host and port.
pub(crate) fn authority(client: &Client) -> &str {
    let url = client.host().base_url();
    url.split_once("://").map_or(url, |(_, authority)| authority)
}

fn is_plain(client: &Client) -> bool {
    client.host().base_url().starts_with("http://")
}
