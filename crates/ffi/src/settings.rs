//! Settings of a client and of a single call.

use std::time::Duration;

use leadsquared_webhooks::{
    account::{Auth, Proxies, Roots},
    event::EventCodes,
    retry,
    webhook::CustomHeadersForm,
};

/// Settings of a single call. Each overrides the client's setting.
#[derive(Clone, Copy, Debug, Default, uniffi::Record)]
pub struct CallOptions {
    /// The deadline of the call, counted from its admission by the quota, including retries and
    /// waits.
    #[uniffi(default = None)]
    pub timeout: Option<Duration>,
    /// The maximum number of attempts, including the first.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The maximum wait for the quota before the first attempt.
    #[uniffi(default = None)]
    pub quota_wait: Option<Duration>,
}

/// Time limits, certificates and proxies of the clients of a manifest's accounts. Omitted values
/// have the defaults of `Client`.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ClientSettings {
    /// The deadline of a call.
    #[uniffi(default = None)]
    pub timeout: Option<Duration>,
    /// The time limit for opening a connection.
    #[uniffi(default = None)]
    pub connect_timeout: Option<Duration>,
    /// The maximum number of attempts of a call, including the first.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The maximum wait for the quota before a call's first attempt.
    #[uniffi(default = None)]
    pub quota_wait: Option<Duration>,
    /// The source of root certificates.
    #[uniffi(default = None)]
    pub roots: Option<Roots>,
    /// Additional root certificates, DER.
    #[uniffi(default = [])]
    pub root_certificates: Vec<Vec<u8>>,
    /// The proxies to use.
    #[uniffi(default = None)]
    pub proxies: Option<Proxies>,
}

impl From<ClientSettings> for leadsquared_webhooks::account::ClientSettings {
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

/// The number of attempts and the backoff between them. Omitted values have their defaults.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first; 0 counts as 1. Default: 4.
    #[uniffi(default = None)]
    pub attempts: Option<u32>,
    /// The maximum backoff before the second attempt; it doubles with each further one. Default:
    /// 0.5 s.
    #[uniffi(default = None)]
    pub backoff: Option<Duration>,
    /// The upper limit of the backoff. Default: 8 s.
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

/// Where the keys are sent. Both forms are *documented*.
#[uniffi::remote(Enum)]
pub enum Auth {
    /// In the query, as on this API's own page: the only form *observed* on this service.
    Query,
    /// In the `x-LSQ-…` headers, as LeadSquared recommends for all its APIs; not observed on this
    /// service.
    Headers,
}

/// The table of event codes.
#[uniffi::remote(Enum)]
pub enum EventCodes {
    /// As on LeadSquared's page.
    Documented,
    /// As *observed* on a live account: opportunity create, update and delete are 29, 30 and 31.
    Observed,
}

/// The form in which creates and updates carry the custom headers. LeadSquared's page contradicts
/// itself, and no response to either form has been observed.
#[uniffi::remote(Enum)]
pub enum CustomHeadersForm {
    /// An array of objects, as in the sample on LeadSquared's page (*documented*). The default.
    Array,
    /// The same array as a string that contains its JSON: *inferred* from the text of the same
    /// page.
    JsonString,
}

/// The proxies to use. Calls to loopback never use a proxy.
#[uniffi::remote(Enum)]
pub enum Proxies {
    /// No proxy. The default, except for a client from the environment.
    None,
    /// The proxies from `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    FromEnvironment,
}

/// The source of the root certificates that verify the API host.
#[uniffi::remote(Enum)]
pub enum Roots {
    /// The platform's certificates. The default, except on Android.
    Platform,
    /// Mozilla's root certificates, as of the release of this library. The default on Android.
    Bundled,
}
