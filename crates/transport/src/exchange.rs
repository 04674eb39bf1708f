//! One request and its answer: the only file that knows the HTTP library.

use std::{error::Error as StdError, fmt, time::Duration};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use leadsquared_webhooks_core::{ApiHost, Credentials};
use reqwest::{Body, Url, redirect};
use tokio::time::{Instant, timeout_at};

use crate::{
    auth::{Auth, Keys},
    config_error::ConfigError,
    departure::Departure,
    roots::Roots,
    tls,
};

/// How much of an answer is read, in bytes: 1 MiB. An answer of a create has about 80.
pub const LARGEST_ANSWER: usize = 1 << 20;

/// How long a connection may be idle and still be used. A server closes idle ones after a time of its own, and a
/// request that meets the closing is lost: well below the minute that is common.
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

/// A host, the keys and the connections to it.
pub(crate) struct Exchange {
    http: reqwest::Client,
    host: ApiHost,
    keys: Keys,
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
    /// No byte of the request left.
    Unsent(Cause),
    /// It left, and the connection broke.
    Broken(Cause),
    /// The deadline passed.
    Timeout { sent: bool },
}

/// What the HTTP library says, without its URL.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

impl Exchange {
    pub(crate) fn new(
        host: ApiHost,
        credentials: &Credentials,
        auth: Auth,
        connect_timeout: Duration,
        roots: Roots,
        root_certificates: &[Vec<u8>],
        proxies: Proxies,
    ) -> Result<Self, ConfigError> {
        let keys = Keys::new(auth, credentials).map_err(|_| {
            ConfigError::one(
                "auth",
                "a key holds a character that no header can carry; send the keys in the query",
            )
        })?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&host, roots, root_certificates)?)
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE);
        if proxies == Proxies::None || host.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|problem| ConfigError::one("http", cause(problem)))?;
        Ok(Self { http, host, keys })
    }

    /// Sends a request of core's, to which only the host and the keys are added, and reads the answer.
    pub(crate) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        deadline: Instant,
    ) -> Result<Answer, Lost> {
        let departure = Departure::default();
        let request = self.prepare(request, &departure).map_err(Lost::Unsent)?;
        let answer = timeout_at(deadline, self.http.execute(request)).await;
        let mut response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) if departure.has_left() => return Err(Lost::Broken(cause(problem))),
            Ok(Err(problem)) => return Err(Lost::Unsent(cause(problem))),
            Err(_) => return Err(Lost::Timeout { sent: departure.has_left() }),
        };
        let mut body = Vec::new();
        let end = timeout_at(deadline, async {
            loop {
                match response.chunk().await {
                    Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => return End::TooLarge,
                    Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                    Ok(None) => return End::Whole,
                    Err(_) => return End::CutShort,
                }
            }
        })
        .await
        .map_err(|_| Lost::Timeout { sent: true })?;
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body, end })
    }

    fn prepare(
        &self,
        request: http::Request<Vec<u8>>,
        departure: &Departure,
    ) -> Result<reqwest::Request, Cause> {
        let (parts, body) = request.into_parts();
        let mut url = Url::parse(&format!("{}{}", self.host.base_url(), parts.uri))?;
        if let Some(query) = self.keys.query() {
            url.set_query(Some(query));
        }
        let mut prepared = reqwest::Request::new(parts.method, url);
        *prepared.headers_mut() = parts.headers;
        prepared.headers_mut().extend(self.keys.headers());
        prepared.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        *prepared.body_mut() = Some(Body::wrap(departure.body(body)));
        Ok(prepared)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { http: _, host, keys: _ } = self;
        f.debug_struct("Exchange").field("host", host).finish_non_exhaustive()
    }
}

/// The one boundary at which the HTTP library's errors pass: they print the URL, keys included, unless it is taken out.
fn cause(problem: reqwest::Error) -> Cause {
    Box::new(problem.without_url())
}
