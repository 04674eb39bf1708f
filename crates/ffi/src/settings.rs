//! Settings of a client and of one call.

use std::time::Duration;

use leadsquared_webhooks::{Auth, CallOptions, CustomHeadersForm, EventCodes, Proxies, Roots, retry};

/// Settings of one call, each in the place of the client's own.
#[uniffi::remote(Record)]
pub struct CallOptions {
    /// The deadline of the call, from the moment that the quota admits it; retries and waits
    /// included.
    #[uniffi(default = None)]
    pub timeout: Option<Duration>,
    /// The most attempts, the first one included.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The longest wait for the quota before the first attempt.
    #[uniffi(default = None)]
    pub quota_wait: Option<Duration>,
}

/// Time limits, certificates and proxies of the clients of a manifest's accounts. What is not given
/// has the default that it has for `Client`.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ClientSettings {
    /// The deadline of a call.
    #[uniffi(default = None)]
    pub timeout: Option<Duration>,
    /// How long a connection may take to open.
    #[uniffi(default = None)]
    pub connect_timeout: Option<Duration>,
    /// The most attempts of a call, the first one included.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The longest wait for the quota before a call's first attempt.
    #[uniffi(default = None)]
    pub quota_wait: Option<Duration>,
    /// Where the root certificates come from.
    #[uniffi(default = None)]
    pub roots: Option<Roots>,
    /// Further root certificates, DER.
    #[uniffi(default = [])]
    pub root_certificates: Vec<Vec<u8>>,
    /// Through which proxies calls go.
    #[uniffi(default = None)]
    pub proxies: Option<Proxies>,
}

impl From<ClientSettings> for leadsquared_webhooks::ClientSettings {
    fn from(settings: ClientSettings) -> Self {
        let ClientSettings {
            timeout,
            connect_timeout,
            attempts,
            quota_wait,
            roots,
            root_certificates,
            proxies,
        } = settings;
        Self::builder()
            .maybe_timeout(timeout)
            .maybe_connect_timeout(connect_timeout)
            .maybe_attempts(attempts)
            .maybe_quota_wait(quota_wait)
            .maybe_roots(roots)
            .root_certificates(root_certificates)
            .maybe_proxies(proxies)
            .build()
    }
}

/// How often and how soon attempts follow each other. What is not given has its default.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct RetryPolicy {
    /// The most attempts, the first one included; 0 counts as 1. Default 4.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The longest wait before the second attempt; it doubles with each further one. Default 0.5 s.
    #[uniffi(default = None)]
    pub backoff: Option<Duration>,
    /// The longest wait of all. Default 8 s.
    #[uniffi(default = None)]
    pub longest_backoff: Option<Duration>,
}

impl From<RetryPolicy> for retry::RetryPolicy {
    fn from(policy: RetryPolicy) -> Self {
        let RetryPolicy { attempts, backoff, longest_backoff } = policy;
        Self::builder()
            .maybe_attempts(attempts)
            .maybe_backoff(backoff)
            .maybe_longest_backoff(longest_backoff)
            .build()
    }
}

/// Where the keys travel, both documented.
#[uniffi::remote(Enum)]
pub enum Auth {
    /// In the query: where this API's own page puts them, and the one form observed on this
    /// service.
    Query,
    /// In the `x-LSQ-…` headers: what the vendor recommends for all its APIs; not seen live on this
    /// one.
    Headers,
}

/// Which number stands for which event.
#[uniffi::remote(Enum)]
pub enum EventCodes {
    /// As the vendor's page says.
    Documented,
    /// As seen on a live account: opportunity create, update and delete are 29, 30 and 31.
    Observed,
}

/// In which form creates and updates carry the custom headers. The vendor's page contradicts
/// itself, and nobody has seen either form answered.
#[uniffi::remote(Enum)]
pub enum CustomHeadersForm {
    /// An array of objects, as in the sample of the vendor's page (documented). The default.
    Array,
    /// The same array as a string that holds its JSON: the text of the same page, read so
    /// (inferred).
    JsonString,
}

/// Through which proxies calls go. To loopback they go through none.
#[uniffi::remote(Enum)]
pub enum Proxies {
    /// Through none. The default, but for a client from the environment.
    None,
    /// Through those that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
    FromEnvironment,
}

/// Where the root certificates come from that vouch for the API's host.
#[uniffi::remote(Enum)]
pub enum Roots {
    /// Those of the platform. The default, but on Android.
    Platform,
    /// Those of Mozilla's programme, as of the release of this library. The default on Android.
    Bundled,
}
