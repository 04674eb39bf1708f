//! Makes calls: a client's connections, settings, quota and pending creates.

pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod created;
pub(crate) mod gate;
pub(crate) mod pending;
pub(crate) mod quota;
pub(crate) mod turns;

use std::{fmt, sync::Arc};

use leadsquared_webhooks_core::{CustomHeadersForm, Encoding, EventCodes, Secrets};

use self::{clock::Clock, pending::Pending, quota::Quota, turns::Turns};
use crate::{config_error::ConfigError, net::http_client::HttpClient};

/// The log targets: names that users filter by, whatever file the code is in.
pub(crate) mod target {
    pub(crate) const CALL: &str = "leadsquared_webhooks::call";
    pub(crate) const PENDING: &str = "leadsquared_webhooks::pending";
}

/// What all clones of a client share.
pub(crate) struct Engine {
    pub(crate) http: HttpClient,
    pub(crate) secrets: Secrets,
    /// `None` unless the builder set it.
    pub(crate) codes: Option<EventCodes>,
    pub(crate) custom_headers_form: CustomHeadersForm,
    pub(crate) turns: Turns,
    pub(crate) quota: Quota,
    pub(crate) pending: Arc<Pending>,
    pub(crate) observer: Option<Observer>,
    pub(crate) clock: Clock,
}

/// A callback for every attempt of any call.
pub(crate) type Observer = Arc<dyn Fn(CallEvent) + Send + Sync>;

/// What happens to an attempt, as far as a quota is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEvent {
    /// The first byte is about to be written.
    Sent,
    /// An attempt that was sent has ended: nothing of it arrives at the server after this.
    Ended,
}

impl Engine {
    /// The same with a separate connection pool; see [`Client::reconnected`](crate::Client).
    pub(crate) fn reconnected(&self) -> Result<Self, ConfigError> {
        let Self { http, secrets, codes, turns: _, custom_headers_form, quota, pending, observer, clock } =
            self;
        Ok(Self {
            http: http.reconnected()?,
            secrets: secrets.clone(),
            codes: *codes,
            turns: Turns::default(),
            custom_headers_form: *custom_headers_form,
            quota: quota.clone(),
            pending: Arc::clone(pending),
            observer: observer.clone(),
            clock: clock.clone(),
        })
    }

    /// How creates and updates are encoded.
    pub(crate) fn encoding(&self) -> Encoding {
        let codes = self.codes.unwrap_or_default();
        Encoding { codes, custom_headers_form: self.custom_headers_form }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            http,
            secrets: _,
            codes,
            turns: _,
            custom_headers_form,
            quota,
            pending,
            observer: _,
            clock: _,
        } = self;
        f.debug_struct("Engine")
            .field("http", http)
            .field("codes", codes)
            .field("custom_headers_form", custom_headers_form)
            .field("quota", quota)
            .field("pending", pending)
            .finish_non_exhaustive()
    }
}
