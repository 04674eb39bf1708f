//! Sends one request and reads its response: the only module that uses the HTTP library.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body::Body as _;
use hyper_util::client::proxy::matcher::Matcher;
use leadsquared_webhooks_core::{ApiHost, ConnectCause, Credentials};
use reqwest::{Body, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::{
    config_error::ConfigError,
    net::{
        auth::{Auth, Keys},
        connect,
        roots::Roots,
        send_state::{SendState, WatchedBody},
        tls,
    },
};

/// The maximum size of a response body, in bytes: 1 MiB. The response to a create has about 80.
pub const LARGEST_ANSWER: usize = 1 << 20;

/// How long an idle connection stays in the pool. Servers close idle connections, commonly after a
/// minute, and a request sent at that moment is lost. This value is well below a minute.
const IDLE: Duration = Duration::from_secs(15);

const USER_AGENT: &str = concat!("leadsquared-webhooks/", env!("CARGO_PKG_VERSION"));

/// The proxies that calls go through. Calls to loopback use none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxies {
    /// No proxy. The default of the builder, which reads nothing but its arguments.
    #[default]
    None,
    /// The proxies configured by `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    FromEnvironment,
}

/// The connection pool of one host.
pub(crate) struct HttpClient {
    http: reqwest::Client,
    /// Host and port of the proxy in use, if any.
    proxy: Option<String>,
    server_date: Mutex<Option<ServerDate>>,
    target: Arc<Target>,
}

/// The API's clock by its latest response, and this machine's clock at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerDate {
    /// The `Date` header, in whole seconds.
    pub date: SystemTime,
    /// When the response was received, by the clock of this machine.
    pub received_at: SystemTime,
}

/// A host, the keys, and the connection settings.
struct Target {
    host: ApiHost,
    /// The host's URL, without the path and query of a call.
    url: Url,
    keys: Keys,
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    proxies: Proxies,
}

/// The response to a request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

/// How the body of a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    CutShort,
    TooLarge,
}

/// Why there is no readable response.
pub(crate) enum Lost {
    /// No byte of the request was sent, because there was no connection.
    Unsent(Unconnected),
    /// The request was sent, and the connection broke.
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

/// The HTTP library's error, without its URL.
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

    /// The same client with a separate connection pool.
    ///
    /// A connection is bound to the runtime on which it was opened. On a runtime that is not being
    /// driven, it would accept a request and never send it.
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
            // Repeats the HTTP library's choice of proxy, which it does not expose.
            let host = target.host.base_url().parse().ok();
            proxy = host
                .and_then(|host| Matcher::from_system().intercept(&host))
                .and_then(|proxy| place(proxy.uri()));
        }
        let http = builder.build().map_err(|problem| ConfigError::one("http", cause(problem)))?;
        Ok(Self { http, proxy, server_date: Mutex::default(), target })
    }

    /// Sends a request built by core, adding the host and the keys, and reads the response.
    pub(crate) async fn send(
        &self,
        parts: &http::request::Parts,
        body: &Bytes,
        deadline: Instant,
        send_state: &SendState,
    ) -> Result<Answer, Lost> {
        // A connection never polls an empty body: such a call counts as sent from the start.
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
            Ok(Ok(answer)) => {
                self.note_date(&answer.headers);
                Ok(answer)
            }
            Ok(Err(problem)) if departs(Some(&problem)) => Err(Lost::Broken(cause(problem))),
            Ok(Err(problem)) => Err(Lost::Unsent(self.unconnected(problem))),
            Err(_) => Err(Lost::Timeout { sent: departs(None) }),
        }
    }

    pub(crate) fn host(&self) -> &ApiHost {
        &self.target.host
    }

    /// Host and port of the proxy in use, if any.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// The API's clock by the latest response, if that has a `Date`.
    pub(crate) fn server_date(&self) -> Option<ServerDate> {
        *self.server_date.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_date(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let date = date.map(|date| ServerDate { date, received_at: SystemTime::now() });
        *self.server_date.lock().unwrap_or_else(PoisonError::into_inner) = date;
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

/// Reads a response up to the maximum size.
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
        let Self { http: _, proxy: _, server_date: _, target } = self;
        f.debug_struct("HttpClient").field("host", &target.host).finish_non_exhaustive()
    }
}

/// Host and port, without any user info before them.
fn place(url: &http::Uri) -> Option<String> {
    let host = url.host()?;
    Some(url.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The single boundary that the HTTP library's errors cross. They print the URL, including the
/// keys, unless it is removed.
fn cause(problem: reqwest::Error) -> Cause {
    Box::new(problem.without_url())
}
