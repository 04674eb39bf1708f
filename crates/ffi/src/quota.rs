//! The quota of an account, which several clients may share.

use std::time::Duration;

use leadsquared_webhooks::quota;

use crate::config_error::ConfigError;

/// The quota of an account. Clients of the same account should share one.
///
/// It counts the calls of this process only. Calls of other processes surface as rate-limit
/// responses, which lower the quota.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Quota(pub(crate) leadsquared_webhooks::quota::Quota);

/// A number of calls per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QuotaLimit {
    /// The number of calls, at least one.
    pub calls: u32,
    /// The length of the window, above zero.
    pub window: Duration,
}

#[uniffi::export]
impl Quota {
    /// Builds a quota that enforces all of these limits. Fails on a limit of zero calls or a zero
    /// window.
    #[uniffi::constructor]
    pub fn new(limits: Vec<QuotaLimit>) -> Result<Self, ConfigError> {
        let limits: Result<Vec<_>, _> = limits
            .into_iter()
            .map(|QuotaLimit { calls, window }| quota::QuotaLimit::new(calls, window))
            .collect();
        Ok(Self(leadsquared_webhooks::quota::Quota::new(limits?)))
    }

    /// 25 calls per 5 s, as every page of this API says (*documented*).
    #[uniffi::constructor]
    pub fn documented() -> Self {
        Self(leadsquared_webhooks::quota::Quota::default())
    }

    /// No local limit. Only rate-limit responses slow calls down.
    #[uniffi::constructor]
    pub fn unlimited() -> Self {
        Self(leadsquared_webhooks::quota::Quota::unlimited())
    }

    /// The current limits, including lowered ones.
    pub fn limits(&self) -> Vec<QuotaLimit> {
        let limit = |limit: quota::QuotaLimit| QuotaLimit { calls: limit.calls(), window: limit.window() };
        self.0.limits().into_iter().map(limit).collect()
    }

    /// The number of calls that wait for admission.
    pub fn waiting(&self) -> u64 {
        self.0.waiting() as u64
    }
}
