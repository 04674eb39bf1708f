//! A create whose outcome is unknown, and how it is found out.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    event_code::EventCodes, identity::Identity, name::EventName, new_webhook::NewWebhook,
    quota::LATE_ARRIVAL, webhook::Webhook, webhook_id::WebhookId,
};

/// How long after its send a create may still show up: the [bound](LATE_ARRIVAL) on its arrival, and as long again for it to
/// become visible. Our own: how late Retrieve shows a webhook is unknown.
pub const DEFAULT_SETTLING: Duration = Duration::from_secs(2 * LATE_ARRIVAL.as_secs());

/// What is needed to find out what became of a create: what was asked for and when. It holds no key and no header's value.
///
/// A ticket may be stored as JSON ([`to_json`](Self::to_json), `parse`) and resolved by another process.
///
/// # Errors
///
/// [`InvalidTicket`] from `parse`.
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Resolution, Ticket, Trigger};
///
/// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate).build();
/// let sent_at = SystemTime::UNIX_EPOCH;
/// let ticket = Ticket::new(&webhook, EventCodes::Documented, sent_at);
/// assert_eq!(ticket.to_json().parse::<Ticket>()?, ticket);
///
/// // An empty list at once proves nothing: the call may be on its way, and the list may be late.
/// let settling = Duration::from_secs(60);
/// assert!(matches!(ticket.resolve(&[], sent_at, settling), Resolution::NotSeen { .. }));
/// assert_eq!(ticket.resolve(&[], sent_at + settling, settling), Resolution::Absent);
/// assert!("{}".parse::<Ticket>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    identity: Identity,
    sent_at: SystemTime,
    /// Those of this identity that were there before.
    known: Vec<WebhookId>,
}

/// What became of a create.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// There is one such webhook. Without a look before the create nobody can tell it from an older one of the same identity.
    Found(Webhook),
    /// There are several: twins.
    Several(Vec<Webhook>),
    /// There is none, and it is too early to say that there will be none.
    NotSeen {
        /// When it will not be too early any more.
        settled_at: SystemTime,
    },
    /// There is none, after the settling time: the create was not applied, and may be sent again.
    Absent,
}

impl Resolution {
    /// The stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Several(_) => "several",
            Self::NotSeen { .. } => "not_seen",
            Self::Absent => "absent",
        }
    }
}

impl Ticket {
    /// A ticket for a create that is sent at this time.
    #[must_use]
    pub fn new(webhook: &NewWebhook, codes: EventCodes, sent_at: SystemTime) -> Self {
        Self::for_identity(Identity::of(webhook, codes), sent_at)
    }

    /// A ticket for a create of this identity.
    #[must_use]
    pub const fn for_identity(identity: Identity, sent_at: SystemTime) -> Self {
        Self { identity, sent_at, known: Vec::new() }
    }

    /// The same ticket, when the create may have been sent until this later time: whoever sent it was cut off.
    #[must_use]
    pub fn sent_until(mut self, time: SystemTime) -> Self {
        self.sent_at = self.sent_at.max(time);
        self
    }

    /// The same ticket, in which these webhooks count as older ones.
    #[must_use]
    pub fn knowing(mut self, known: impl IntoIterator<Item = WebhookId>) -> Self {
        self.known.extend(known);
        self
    }

    /// What was asked for.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When it was sent, at the latest.
    #[must_use]
    pub const fn sent_at(&self) -> SystemTime {
        self.sent_at
    }

    /// What became of the create, by a list that was asked for at this time and holds all webhooks of the event.
    #[must_use]
    pub fn resolve(&self, seen: &[Webhook], asked_at: SystemTime, settling: Duration) -> Resolution {
        let mut found: Vec<Webhook> = seen
            .iter()
            .filter(|webhook| self.identity.matches(webhook) && !self.known.contains(&webhook.id))
            .cloned()
            .collect();
        let settled_at = self.sent_at + settling;
        match (found.len(), found.pop()) {
            (1, Some(only)) => Resolution::Found(only),
            (_, Some(last)) => {
                found.push(last);
                Resolution::Several(found)
            }
            _ if asked_at < settled_at => Resolution::NotSeen { settled_at },
            _ => Resolution::Absent,
        }
    }

    /// The ticket as JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stored = Stored {
            event: self.identity.event().map(ToString::to_string),
            url: self.identity.url().to_owned(),
            properties: self.identity.properties().clone(),
            sent_at_ms: self
                .sent_at
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            known: self.known.iter().map(ToString::to_string).collect(),
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }
}

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(json: &str) -> Result<Self, Self::Err> {
        let wrong = |problem: &dyn fmt::Display| InvalidTicket { problem: problem.to_string() };
        let Stored { event, url, properties, sent_at_ms, known } =
            serde_json::from_str(json).map_err(|problem| wrong(&problem))?;
        let event: Option<EventName> =
            event.map(|name| name.parse()).transpose().map_err(|problem| wrong(&problem))?;
        let known: Result<Vec<WebhookId>, _> = known.iter().map(|id| id.parse()).collect();
        let sent_at = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_millis(sent_at_ms))
            .ok_or_else(|| wrong(&"sent_at_ms is beyond all time"))?;
        Ok(Self {
            identity: Identity::new(event, url, properties),
            sent_at,
            known: known.map_err(|problem| wrong(&problem))?,
        })
    }
}

impl Serialize for Ticket {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: Value = serde_json::from_str(&self.to_json()).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

/// A ticket as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    event: Option<String>,
    url: String,
    properties: Value,
    sent_at_ms: u64,
    known: Vec<String>,
}

/// A text that is no ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket: {problem}")]
pub struct InvalidTicket {
    problem: String,
}
