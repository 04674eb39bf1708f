//! A create whose outcome is unknown.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::{
    call::quota::LATE_ARRIVAL,
    text::byte_order_mark::without_byte_order_mark,
    webhook::{new_webhook::NewWebhook, webhook_id::WebhookId},
};

/// How long after it was sent a create may still appear: the [bound](LATE_ARRIVAL) on its arrival,
/// and the same time again until it is visible. Chosen by this library: how late Retrieve shows a
/// webhook is unknown.
pub const DEFAULT_CONSISTENCY_WINDOW: Duration = Duration::from_secs(2 * LATE_ARRIVAL.as_secs());

/// The record of a create whose outcome is unknown: what was requested and when. It contains no key
/// and no header value.
///
/// A ticket may be stored as JSON ([`to_json`](Self::to_json), `parse`) and resolved by another
/// process. It contains the receiver's whole URL.
///
/// # Errors
///
/// [`InvalidTicket`] from `parse`.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use leadsquared_webhooks_core::{NewWebhook, Ticket, Trigger};
///
/// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate).build();
/// let ticket = Ticket::new(&webhook, SystemTime::UNIX_EPOCH);
/// assert_eq!(ticket.to_json().parse::<Ticket>()?, ticket);
/// assert!("{}".parse::<Ticket>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    #[serde(rename = "desired")]
    identity: Identity,
    #[serde(rename = "sent_at_ms", with = "milliseconds")]
    sent_at: SystemTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known: Option<Vec<WebhookId>>,
}

impl Ticket {
    /// A ticket for a create that is sent at this time.
    #[must_use]
    pub fn new(webhook: &NewWebhook, sent_at: SystemTime) -> Self {
        Self::for_identity(Identity::of(webhook), sent_at)
    }

    /// A ticket for a create of this identity.
    #[must_use]
    pub const fn for_identity(identity: Identity, sent_at: SystemTime) -> Self {
        Self { identity, sent_at, known: None }
    }

    /// The same ticket, for a create that may have been sent until this later time, because its
    /// sender was interrupted.
    #[must_use]
    pub fn sent_until(mut self, time: SystemTime) -> Self {
        self.sent_at = self.sent_at.max(time);
        self
    }

    /// The same ticket, read at this time: a send time in the future counts as now.
    #[must_use]
    pub fn as_of(mut self, now: SystemTime) -> Self {
        self.sent_at = self.sent_at.min(now);
        self
    }

    /// The same ticket, recording that these similar webhooks, and no others, existed before the
    /// create.
    #[must_use]
    pub fn knowing(mut self, known: impl IntoIterator<Item = WebhookId>) -> Self {
        self.known.get_or_insert_default().extend(known);
        self
    }

    /// What was requested.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When it was sent, at the latest.
    #[must_use]
    pub const fn sent_at(&self) -> SystemTime {
        self.sent_at
    }

    /// The similar webhooks that existed before; `None` if this was not checked.
    #[must_use]
    pub fn known(&self) -> Option<&[WebhookId]> {
        self.known.as_deref()
    }

    /// The ticket as JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(json: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(without_byte_order_mark(json))
            .map_err(|problem| InvalidTicket { problem: problem.to_string() })
    }
}

/// A time as whole milliseconds since 1970.
pub(crate) mod milliseconds {
    use std::time::{Duration, SystemTime};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        serializer.serialize_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        // No machine that sends a create has a clock beyond the year 9999.
        const LAST: u64 = 253_402_300_800_000;
        let since = u64::deserialize(deserializer)?;
        if since > LAST {
            return Err(D::Error::custom("a time beyond the year 9999"));
        }
        Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(since))
    }
}

/// The error for a string that is not a ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket: {problem}")]
pub struct InvalidTicket {
    problem: String,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
