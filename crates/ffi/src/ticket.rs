//! A create whose outcome is unknown, and what became of it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{error::WebhookError, existing::Webhook};

/// What is needed to find out what became of a create: what was asked for and when. It holds no key and no header's value.
///
/// It may be stored as JSON and resolved by another process.
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
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub settling: Option<Duration>,
    /// How long this call looks again. Default: until the settling time is over.
    #[uniffi(default = None)]
    pub patience: Option<Duration>,
}

impl From<ResolveOptions> for leadsquared_webhooks::ResolveOptions {
    fn from(options: ResolveOptions) -> Self {
        let ResolveOptions { settling, patience } = options;
        Self::builder().maybe_settling(settling).maybe_patience(patience).build()
    }
}

/// What became of a create.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Resolution {
    /// There is one such webhook. Without a look before the create nobody can tell it from an older one of the same
    /// event, URL and properties.
    Found {
        /// The one.
        webhook: Webhook,
    },
    /// There are several: twins.
    Several {
        /// Each of them.
        webhooks: Vec<Webhook>,
    },
    /// There is none, and it is too early to say that there will be none.
    NotSeen {
        /// When it will not be too early any more.
        settled_at: SystemTime,
    },
    /// There is none, after the settling time: the create was not applied, and may be sent again.
    Absent,
}

impl From<leadsquared_webhooks::Resolution> for Resolution {
    fn from(resolution: leadsquared_webhooks::Resolution) -> Self {
        match resolution {
            leadsquared_webhooks::Resolution::Found(webhook) => Self::Found { webhook: webhook.into() },
            leadsquared_webhooks::Resolution::Several(webhooks) => {
                Self::Several { webhooks: webhooks.into_iter().map(Into::into).collect() }
            }
            leadsquared_webhooks::Resolution::NotSeen { settled_at } => Self::NotSeen { settled_at },
            leadsquared_webhooks::Resolution::Absent => Self::Absent,
        }
    }
}
