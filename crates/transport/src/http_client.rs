//! One request and its answer: the only file that knows the HTTP library.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body::Body as _;
use hyper_util::client::proxy::matcher::Matcher;
use leadsquared_webhooks_core::{ApiHost, ConnectCause, Credentials};
use reqwest::{Body, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::{
    auth::{Auth, Keys},
    config_error::ConfigError,
    connect,
    roots::Roots,
    send_state::{SendState, WatchedBody},
    tls,
};

/// How much of an answer is read, in bytes: 1 MiB. An answer of a create has about 80.
pub const LARGEST_ANSWER: usize = 1 << 20;

/// How long a connection may be idle and still be used. A server closes idle ones after a time of
/// its own, and a request that meets the closing is lost: well below the minute that is common.
const IDLE: Duration = Duration::from_secs(15);

const USER_AGENT: &str = concat!("leadsquared-webhooks/", env!("CARGO_PKG_VERSION"));

/// Through which proxies calls go. To loopback they go through none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxies {
    /// Through none. The default of the builder, which reads nothing that it was not given.
    #[default]
    None,
    /// Through those that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
    FromEnvironment,
}

/// The connections to a host.
pub(crate) struct HttpClient {
    http: reqwest::Client,
    /// Host and port of the proxy through which it goes, if through one.
    proxy: Option<String>,
    target: Arc<Target>,
}

/// A host, the keys, and how connections to it are made.
struct Target {
    host: ApiHost,
    /// The host's URL: all but the path and the query of a call.
    url: Url,
    keys: Keys,
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    proxies: Proxies,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

/// How the body of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    CutShort,
    TooLarge,
}

/// Why nothing readable came back.
pub(crate) enum Lost {
    /// No byte of the request left, for no connection was there.
    Unsent(Unconnected),
    /// It left, and the connection broke.
    Broken(Cause),
    /// The deadline passed.
    Timeout { sent: bool },
}

/// A connection that could not be opened.
pub(crate) struct Unconnected {
    pub(crate) host: String,
    pub(crate) proxy: Option<String>,
    pub(crate) cause: ConnectCause,
    pub(crate) source: Cause,
}

/// What the HTTP library says, without its URL.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

impl HttpClient {
    pub(crate) fn new(
        host: ApiHost,
        credentials: &Credentials,
        auth: Auth,
        connect_timeout: Duration,
        roots: Roots,
        root_certificates: &[Vec<u8>],
        proxies: Proxies,
    ) -> Result<Self, ConfigError> {
        let keys = Keys::new(auth, credentials.clone());
        let url = Url::parse(host.base_url()).map_err(|problem| ConfigError::one("host", problem))?;
        let tls = tls::config(&host, roots, root_certificates)?;
        Self::connect(Arc::new(Target { host, url, keys, tls, connect_timeout, proxies }))
    }

    /// The same on connections of its own.
    ///
    /// A connection lives on the runtime on which it was opened: on one that nobody drives it would
    /// take a request and never send it.
    pub(crate) fn reconnected(&self) -> Result<Self, ConfigError> {
        Self::connect(Arc::clone(&self.target))
    }

    fn connect(target: Arc<Target>) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(target.tls.clone())
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(target.connect_timeout)
            .pool_idle_timeout(IDLE);
        let mut proxy = None;
        if target.proxies == Proxies::None || target.host.is_loopback() {
            builder = builder.no_proxy();
        } else {
            // As the HTTP library does, which tells nobody.
            let host = target.host.base_url().parse().ok();
            proxy = host
                .and_then(|host| Matcher::from_system().intercept(&host))
                .and_then(|proxy| place(proxy.uri()));
        }
        let http = builder.build().map_err(|problem| ConfigError::one("http", cause(problem)))?;
        Ok(Self { http, proxy, target })
    }

    /// Sends a request of core's, to which only the host and the keys are added, and reads the
    /// answer.
    pub(crate) async fn send(
        &self,
        parts: &http::request::Parts,
        body: &Bytes,
        deadline: Instant,
        send_state: &SendState,
    ) -> Result<Answer, Lost> {
        // A connection never asks for a body that is empty: such a call counts as gone from the
        // start.
        let departs = |problem: Option<&reqwest::Error>| match problem {
            Some(problem) if body.is_empty() => !problem.is_connect() && !problem.is_builder(),
            _ => body.is_empty() || send_state.was_polled(),
        };
        let request = self.prepare(parts, send_state.body(body.clone()));
        let answer = timeout_at(deadline, async {
            let response = self.http.execute(request).await?;
            Ok(read(response).await)
        })
        .await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(problem)) if departs(Some(&problem)) => Err(Lost::Broken(cause(problem))),
            Ok(Err(problem)) => Err(Lost::Unsent(self.unconnected(problem))),
            Err(_) => Err(Lost::Timeout { sent: departs(None) }),
        }
    }

    fn unconnected(&self, problem: reqwest::Error) -> Unconnected {
        let Target { host, .. } = &*self.target;
        let base_url = host.base_url();
        let timed_out = problem.is_timeout();
        let source = cause(problem);
        Unconnected {
            host: base_url.split_once("://").map_or(base_url, |(_, host)| host).to_owned(),
            proxy: self.proxy.clone(),
            cause: if timed_out { ConnectCause::Timeout } else { connect::cause_of(&*source) },
            source,
        }
    }

    fn prepare(&self, parts: &http::request::Parts, body: WatchedBody) -> reqwest::Request {
        let Target { url, keys, .. } = &*self.target;
        let mut url = url.clone();
        url.set_path(parts.uri.path());
        url.set_query(keys.query(parts.uri.query()).as_ref().map(|query| query.as_str()));
        let mut request = reqwest::Request::new(parts.method.clone(), url);
        let headers = request.headers_mut();
        headers.clone_from(&parts.headers);
        headers.extend(keys.headers());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if !body.is_end_stream() {
            *request.body_mut() = Some(Body::wrap(body));
        }
        request
    }
}

/// Reads an answer up to the largest size.
async fn read(mut response: reqwest::Response) -> Answer {
    let mut body = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => break End::TooLarge,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break End::Whole,
            Err(_) => break End::CutShort,
        }
    };
    Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body, end }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { http: _, proxy: _, target } = self;
        f.debug_struct("HttpClient").field("host", &target.host).finish_non_exhaustive()
    }
}

/// Host and port, without the user info that may stand before them.
fn place(url: &http::Uri) -> Option<String> {
    let host = url.host()?;
    Some(url.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The one boundary at which the HTTP library's errors pass: they print the URL, keys included,
/// unless it is taken out.
fn cause(problem: reqwest::Error) -> Cause {
    Box::new(problem.without_url())
}
