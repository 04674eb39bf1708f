//! Webhooks that exist on the account, and the filter to list them by.

use leadsquared_webhooks::{event::EventName, webhook::ExtraMemberDraft};

use crate::{attempt::Attempt, error::WebhookError};

/// A webhook that exists on the account.
///
/// Only the ID is always present. The API does not return custom headers, content type and landing
/// pages.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Webhook {
    /// The ID that `LeadSquared` assigned. Wire name `WebhookId`, *documented*.
    pub id: String,
    /// The name of its event, such as `Lead_Post_Create`: an open set. Wire name `EventCode`,
    /// *documented*.
    pub event: Option<String>,
    /// The URL that receives deliveries. Wire name `URL`, *documented*.
    pub url: Option<String>,
    /// Whether it delivers. Wire name `StatusCode`, *observed*.
    pub status: Option<WebhookStatus>,
    /// Free text. Wire name `Description`, *documented*.
    pub description: Option<String>,
    /// The data of its event, as the text of JSON; empty for none. Wire name `WebhookProperties`,
    /// *observed*.
    pub properties: Option<String>,
    /// Every other member, in the order received.
    pub other: Vec<ExtraMemberDraft>,
}

impl From<leadsquared_webhooks::Webhook> for Webhook {
    fn from(webhook: leadsquared_webhooks::Webhook) -> Self {
        let leadsquared_webhooks::Webhook { id, event, url, status, description, properties, other } =
            webhook;
        Self {
            id: id.to_string(),
            event: event.map(|name| name.to_string()),
            url,
            status: status.map(Into::into),
            description,
            properties,
            other: other
                .into_iter()
                .map(|(name, json)| ExtraMemberDraft { name, json: json.to_string() })
                .collect(),
        }
    }
}

impl TryFrom<Webhook> for leadsquared_webhooks::Webhook {
    type Error = WebhookError;

    /// Converts a webhook that was read back to core's type.
    fn try_from(webhook: Webhook) -> Result<Self, WebhookError> {
        let Webhook { id, event, url, status, description, properties, other } = webhook;
        let other = other.into_iter().map(|ExtraMemberDraft { name, json }| match json.parse() {
            Ok(json) => Ok((name, json)),
            Err(problem) => Err(WebhookError::invalid("other", &problem)),
        });
        Ok(Self {
            id: id.parse()?,
            event: event.as_deref().map(event_name).transpose()?,
            url,
            status: status.map(Into::into),
            description,
            properties,
            other: other.collect::<Result<_, _>>()?,
        })
    }
}

fn event_name(name: &str) -> Result<EventName, WebhookError> {
    name.parse().map_err(|problem| WebhookError::invalid("event", &problem))
}

fn filtered_event(text: &str) -> Result<EventName, WebhookError> {
    EventName::for_filter(text).map_err(|problem| WebhookError::invalid("event", &problem))
}

/// The webhooks that match a filter.
pub(crate) struct Listed(pub(crate) Vec<Webhook>);

impl From<Vec<leadsquared_webhooks::Webhook>> for Listed {
    fn from(webhooks: Vec<leadsquared_webhooks::Webhook>) -> Self {
        Self(webhooks.into_iter().map(Into::into).collect())
    }
}

/// Whether a webhook delivers: an open set. No call re-enables a webhook; a person does, in
/// LeadSquared's UI (*observed*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WebhookStatus {
    /// 0: it delivers.
    Enabled,
    /// 1: a person disabled it.
    Disabled,
    /// 2: LeadSquared disabled it after ten consecutive failed deliveries.
    DisabledByFailures,
    /// Another number.
    Other {
        /// The number.
        code: u32,
    },
}

impl From<leadsquared_webhooks::webhook::WebhookStatus> for WebhookStatus {
    fn from(status: leadsquared_webhooks::webhook::WebhookStatus) -> Self {
        match status {
            leadsquared_webhooks::webhook::WebhookStatus::Enabled => Self::Enabled,
            leadsquared_webhooks::webhook::WebhookStatus::Disabled => Self::Disabled,
            leadsquared_webhooks::webhook::WebhookStatus::DisabledByFailures => Self::DisabledByFailures,
            leadsquared_webhooks::webhook::WebhookStatus::Other(code) => Self::Other { code },
        }
    }
}

impl From<WebhookStatus> for leadsquared_webhooks::webhook::WebhookStatus {
    fn from(status: WebhookStatus) -> Self {
        match status {
            WebhookStatus::Enabled => Self::Enabled,
            WebhookStatus::Disabled => Self::Disabled,
            WebhookStatus::DisabledByFailures => Self::DisabledByFailures,
            WebhookStatus::Other { code } => Self::Other(code),
        }
    }
}

/// Which webhooks of an account to list. Default: all of them.
///
/// Any one of these is sufficient, and the event is recommended (*documented*). Omitted values are
/// not sent; that LeadSquared then matches any value is *inferred*.
#[derive(Clone, Debug, uniffi::Record)]
pub struct WebhookFilter {
    /// Webhooks that listen to this event: its name, such as `lead_create`, or LeadSquared's name
    /// or number, such as `Lead_Post_Create` or `3`. See `EventFacts`.
    #[uniffi(default = None)]
    pub event: Option<String>,
    /// Webhooks with this status.
    #[uniffi(default = None)]
    pub status: Option<WebhookStatus>,
    /// The webhook with this ID.
    #[uniffi(default = None)]
    pub id: Option<String>,
    /// Webhooks whose name or description contains this text, *documented*. URLs are not searched.
    #[uniffi(default = None)]
    pub text: Option<String>,
}

impl WebhookFilter {
    pub(crate) fn parse(self) -> Result<leadsquared_webhooks::webhook::WebhookFilter, WebhookError> {
        let Self { event, status, id, text } = self;
        Ok(leadsquared_webhooks::webhook::WebhookFilter {
            event: event.as_deref().map(filtered_event).transpose()?,
            status: status.map(Into::into),
            id: id.map(|id| id.parse()).transpose()?,
            text,
        })
    }
}

/// A webhook that was replaced or deleted, and the attempts made.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Changed {
    /// The ID of the webhook.
    pub id: String,
    /// The attempts, in order. The last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl From<leadsquared_webhooks::call::Changed> for Changed {
    fn from(changed: leadsquared_webhooks::call::Changed) -> Self {
        let leadsquared_webhooks::call::Changed { id, attempts } = changed;
        Self { id: id.to_string(), attempts: attempts.into_iter().map(Into::into).collect() }
    }
}
