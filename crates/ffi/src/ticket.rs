//! The record of a create whose outcome is unknown, and how it is resolved.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use leadsquared_webhooks::OnProgress;

use crate::error::WebhookError;

/// The record of a create whose outcome is unknown: what was asked for and when. It holds no key
/// and no header's value.
///
/// It may be stored as JSON and resolved by another process. It holds the receiver's URL whole.
#[derive(Clone, Debug, PartialEq, uniffi::Object)]
#[uniffi::export(Debug, Eq)]
pub struct Ticket(pub(crate) leadsquared_webhooks::Ticket);

#[uniffi::export]
impl Ticket {
    /// Reads a ticket that was stored. Fails as invalid on any other text.
    #[uniffi::constructor]
    pub fn from_json(json: &str) -> Result<Self, WebhookError> {
        Ok(Self(json.parse()?))
    }

    /// The ticket as JSON on one line.
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// When it was sent, at the latest.
    pub fn sent_at(&self) -> SystemTime {
        self.0.sent_at()
    }
}

impl Ticket {
    pub(crate) fn shared(ticket: leadsquared_webhooks::Ticket) -> Arc<Self> {
        Arc::new(Self(ticket))
    }
}

/// How a ticket is resolved. What is not given has its default.
#[derive(Clone, Copy, Debug, Default, uniffi::Record)]
pub struct ResolveOptions {
    /// How long after it was sent a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// How long this call lists again. Default: until the consistency window is over.
    #[uniffi(default = None)]
    pub max_wait: Option<Duration>,
}

impl ResolveOptions {
    pub(crate) fn reporting(self, on_progress: OnProgress) -> leadsquared_webhooks::ResolveOptions {
        let Self { consistency_window, max_wait } = self;
        leadsquared_webhooks::ResolveOptions::builder()
            .maybe_consistency_window(consistency_window)
            .maybe_max_wait(max_wait)
            .on_progress(on_progress)
            .build()
    }
}
