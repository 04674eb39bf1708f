//! The quota of an account, which several clients may share.

use std::time::Duration;

use leadsquared_webhooks::quota;

use crate::config_error::ConfigError;

/// The quota of an account. Give one to several clients of the same account.
///
/// It knows the calls of this process alone: what another one uses up shows as a rate-limit answer,
/// which lowers it.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Quota(pub(crate) leadsquared_webhooks::Quota);

/// So many calls in such a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QuotaLimit {
    /// How many calls, one or more.
    pub calls: u32,
    /// How long the window is, above zero.
    pub window: Duration,
}

#[uniffi::export]
impl Quota {
    /// A quota that keeps all of these limits at once. Fails on a limit of no calls or of no time.
    #[uniffi::constructor]
    pub fn new(limits: Vec<QuotaLimit>) -> Result<Self, ConfigError> {
        let limits: Result<Vec<_>, _> = limits
            .into_iter()
            .map(|QuotaLimit { calls, window }| quota::QuotaLimit::new(calls, window))
            .collect();
        Ok(Self(leadsquared_webhooks::Quota::new(limits?)))
    }

    /// 25 calls in 5 s, as every page of this API says (documented).
    #[uniffi::constructor]
    pub fn documented() -> Self {
        Self(leadsquared_webhooks::Quota::default())
    }

    /// No limit of our own: the API's answers alone slow calls down.
    #[uniffi::constructor]
    pub fn unlimited() -> Self {
        Self(leadsquared_webhooks::Quota::unlimited())
    }

    /// The limits as they are now, lowered ones included.
    pub fn limits(&self) -> Vec<QuotaLimit> {
        let limit = |limit: quota::QuotaLimit| QuotaLimit { calls: limit.calls(), window: limit.window() };
        self.0.limits().into_iter().map(limit).collect()
    }

    /// How many calls wait for their turn.
    pub fn waiting(&self) -> u64 {
        self.0.waiting() as u64
    }
}
