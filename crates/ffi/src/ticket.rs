//! The record of a create whose outcome is unknown, and the options to resolve it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use leadsquared_webhooks::call::{Request, Resolve};

use crate::error::WebhookError;

/// The record of a create whose outcome is unknown: what was requested, and when. It holds no key
/// and no header value.
///
/// It can be stored as JSON and resolved by another process. It holds the complete receiver URL.
#[derive(Clone, Debug, PartialEq, uniffi::Object)]
#[uniffi::export(Debug, Eq)]
pub struct Ticket(pub(crate) leadsquared_webhooks::reconcile::Ticket);

#[uniffi::export]
impl Ticket {
    /// Parses a stored ticket. Fails as invalid on any other text.
    #[uniffi::constructor]
    pub fn from_json(json: &str) -> Result<Self, WebhookError> {
        Ok(Self(json.parse()?))
    }

    /// The ticket as JSON on one line.
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The latest time at which the create can have been sent.
    pub fn sent_at(&self) -> SystemTime {
        self.0.sent_at()
    }
}

impl Ticket {
    pub(crate) fn shared(ticket: leadsquared_webhooks::reconcile::Ticket) -> Arc<Self> {
        Arc::new(Self(ticket))
    }
}

/// Options of `resolve`. Omitted values have their defaults.
#[derive(Clone, Copy, Debug, Default, uniffi::Record)]
pub struct ResolveOptions {
    /// How long after it was sent a create may still appear in a list. Default: 60 s, a bound
    /// chosen by this library.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// The maximum time that this call keeps listing. Default: until the consistency window has
    /// passed.
    #[uniffi(default = None)]
    pub max_wait: Option<Duration>,
}

impl ResolveOptions {
    pub(crate) fn of(self, request: Request<Resolve>) -> Request<Resolve> {
        let Self { consistency_window, max_wait } = self;
        request.consistency_window(consistency_window).max_wait(max_wait)
    }
}
