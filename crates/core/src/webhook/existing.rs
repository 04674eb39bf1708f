//! A webhook that exists on the account, as returned by Retrieve.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::webhook::{name::EventName, raw_json::RawJson, webhook_id::WebhookId};

/// Whether a webhook delivers.
///
/// Wire name `StatusCode`: 0 enabled, 1 disabled manually, 2 disabled after failures (*documented*;
/// an older copy of the page says 0 disabled and 1 enabled, but live use agrees with the newer
/// one). An open set. No call re-enables a webhook: a user does, in LeadSquared's UI (*observed*).
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::WebhookStatus;
///
/// assert_eq!(WebhookStatus::from_code(2), WebhookStatus::DisabledByFailures);
/// assert_eq!(WebhookStatus::from_code(7).code(), 7);
/// assert_eq!(WebhookStatus::Enabled.to_string(), "enabled");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookStatus {
    /// 0: the webhook delivers.
    Enabled,
    /// 1: a user disabled it.
    Disabled,
    /// 2: LeadSquared disabled it after ten failed deliveries in a row.
    DisabledByFailures,
    /// Another number.
    Other(u32),
}

impl WebhookStatus {
    /// The status for this number.
    #[must_use]
    pub const fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Enabled,
            1 => Self::Disabled,
            2 => Self::DisabledByFailures,
            other => Self::Other(other),
        }
    }

    /// The number of the status.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Enabled => 0,
            Self::Disabled => 1,
            Self::DisabledByFailures => 2,
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for WebhookStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enabled => f.write_str("enabled"),
            Self::Disabled => f.write_str("disabled"),
            Self::DisabledByFailures => f.write_str("disabled_by_failures"),
            Self::Other(code) => write!(f, "status_{code}"),
        }
    }
}

/// A webhook that exists on the account.
///
/// Only the ID is always present; all else is `Some` if the response contains it. The event name
/// and the properties define what a webhook listens for. Custom headers, content type and landing
/// pages have not been seen in responses.
///
/// As JSON: `id`, `event`, `url`, `status`, `description`, `properties` (a string), and `other`
/// with all other members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Wire name `WebhookId`, *documented*.
    pub id: WebhookId,
    /// Wire name `EventCode`, *documented*.
    pub event: Option<EventName>,
    /// Wire name `URL`, *documented*.
    pub url: Option<String>,
    /// Wire name `StatusCode`, *observed*.
    pub status: Option<WebhookStatus>,
    /// Wire name `Description`, *documented*.
    pub description: Option<String>,
    /// Wire name `WebhookProperties`, a string of JSON, *observed*; empty for none.
    pub properties: Option<String>,
    /// All other members, in order.
    pub other: Vec<(String, RawJson)>,
}

impl Serialize for Webhook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Other<'a>(&'a [(String, RawJson)]);

        impl Serialize for Other<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }

        let Self { id, event, url, status, description, properties, other } = self;
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("event", &event.as_ref().map(EventName::as_str))?;
        map.serialize_entry("url", url)?;
        map.serialize_entry("status", &status.map(|status| status.to_string()))?;
        map.serialize_entry("description", description)?;
        map.serialize_entry("properties", properties)?;
        map.serialize_entry("other", &Other(other))?;
        map.end()
    }
}

/// One page of the account's webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookPage {
    /// The number of webhooks on all pages, wire name `RecordCount`. It distinguishes "none" from
    /// "failed" (*observed*).
    pub total: u32,
    /// The webhooks on this page.
    pub webhooks: Vec<Webhook>,
}
