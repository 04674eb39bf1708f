//! The API host of an account's region, and the account's keys.

use std::{fmt, sync::Arc};

use leadsquared_webhooks::webhook::Warning;

use crate::config_error::ConfigError;

/// The API host: that of a region, or a sandbox on this machine.
///
/// The named hosts are *documented*. Others exist, so any host name is accepted. The scheme is
/// `https`; `http` is accepted for loopback only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, uniffi::Object)]
#[uniffi::export(Debug, Display, Eq, Hash)]
pub struct ApiHost(pub(crate) leadsquared_webhooks::account::ApiHost);

#[uniffi::export]
impl ApiHost {
    /// Parses a host, such as `api-in21.leadsquared.com` or `http://127.0.0.1:8080`. Fails on
    /// anything else.
    #[uniffi::constructor]
    pub fn parse(host: &str) -> Result<Self, ConfigError> {
        let host: leadsquared_webhooks::account::ApiHost = host.parse()?;
        Ok(Self(host))
    }

    /// Singapore, *documented*.
    #[uniffi::constructor]
    pub fn singapore() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::singapore())
    }

    /// United States, *documented*.
    #[uniffi::constructor]
    pub fn us() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::us())
    }

    /// India, Mumbai, *documented*.
    #[uniffi::constructor]
    pub fn mumbai() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::mumbai())
    }

    /// India, Hyderabad, *documented*.
    #[uniffi::constructor]
    pub fn hyderabad() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::hyderabad())
    }

    /// Ireland, *documented*.
    #[uniffi::constructor]
    pub fn ireland() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::ireland())
    }

    /// Canada, *documented*.
    #[uniffi::constructor]
    pub fn canada() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::canada())
    }

    /// Middle East, *documented*.
    #[uniffi::constructor]
    pub fn middle_east() -> Self {
        Self(leadsquared_webhooks::account::ApiHost::middle_east())
    }

    /// Scheme, host and port, without a trailing slash.
    pub fn base_url(&self) -> String {
        self.0.base_url().to_owned()
    }

    /// The warning that the keys are sent to a host outside leadsquared.com. Absent for loopback.
    pub fn warning(&self) -> Option<Warning> {
        self.0.warning()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.0.is_loopback()
    }
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All documented hosts, in the order of LeadSquared's page.
#[uniffi::export]
pub fn documented_hosts() -> Vec<Arc<ApiHost>> {
    leadsquared_webhooks::account::ApiHost::documented()
        .into_iter()
        .map(|host| Arc::new(ApiHost(host)))
        .collect()
}

/// The access key and the secret key of an account. No text from this library shows them.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Credentials(pub(crate) leadsquared_webhooks::account::Credentials);

#[uniffi::export]
impl Credentials {
    /// Validates the two keys. Fails on a key that is blank, padded or contains a control
    /// character; the error does not contain the key.
    #[uniffi::constructor]
    pub fn new(access_key: &str, secret_key: &str) -> Result<Self, ConfigError> {
        Ok(Self(leadsquared_webhooks::account::Credentials::parse(access_key, secret_key)?))
    }
}
