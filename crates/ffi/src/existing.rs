//! Webhooks that exist on the account, and which of them are asked for.

use leadsquared_webhooks::{EventName, ExtraMemberDraft};

use crate::{attempt::Attempt, error::WebhookError};

/// A webhook that exists on the account.
///
/// Only the id is sure to be there. Its custom headers, content type and landing pages are not
/// among what the API returns.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Webhook {
    /// The ID that `LeadSquared` assigned. Wire name `WebhookId`, documented.
    pub id: String,
    /// The name of its event, such as `Lead_Post_Create`: an open set. Wire name `EventCode`,
    /// documented.
    pub event: Option<String>,
    /// Where deliveries go. Wire name `URL`, documented.
    pub url: Option<String>,
    /// Whether it delivers. Wire name `StatusCode`, observed.
    pub status: Option<WebhookStatus>,
    /// Free text. Wire name `Description`, documented.
    pub description: Option<String>,
    /// What else it listens to, the text of JSON; empty for none. Wire name `WebhookProperties`,
    /// observed.
    pub properties: Option<String>,
    /// Every other member, in its order.
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

    /// The webhook that was read, when it is given back as it came.
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

/// The webhooks that a filter lets through.
pub(crate) struct Listed(pub(crate) Vec<Webhook>);

impl From<Vec<leadsquared_webhooks::Webhook>> for Listed {
    fn from(webhooks: Vec<leadsquared_webhooks::Webhook>) -> Self {
        Self(webhooks.into_iter().map(Into::into).collect())
    }
}

/// Whether a webhook delivers: an open set. No call enables one again: a person does, in the
/// vendor's UI (observed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WebhookStatus {
    /// 0: it delivers.
    Enabled,
    /// 1: a person switched it off.
    Disabled,
    /// 2: the vendor switched it off after ten failed deliveries in a row.
    DisabledByFailures,
    /// Another number.
    Other {
        /// The number.
        code: u32,
    },
}

impl From<leadsquared_webhooks::WebhookStatus> for WebhookStatus {
    fn from(status: leadsquared_webhooks::WebhookStatus) -> Self {
        match status {
            leadsquared_webhooks::WebhookStatus::Enabled => Self::Enabled,
            leadsquared_webhooks::WebhookStatus::Disabled => Self::Disabled,
            leadsquared_webhooks::WebhookStatus::DisabledByFailures => Self::DisabledByFailures,
            leadsquared_webhooks::WebhookStatus::Other(code) => Self::Other { code },
        }
    }
}

impl From<WebhookStatus> for leadsquared_webhooks::WebhookStatus {
    fn from(status: WebhookStatus) -> Self {
        match status {
            WebhookStatus::Enabled => Self::Enabled,
            WebhookStatus::Disabled => Self::Disabled,
            WebhookStatus::DisabledByFailures => Self::DisabledByFailures,
            WebhookStatus::Other { code } => Self::Other(code),
        }
    }
}

/// Which webhooks of an account are asked for; all of them by default.
///
/// Any one of these is enough, and the event is advised (documented). What is not given is left out
/// of the question; that the vendor then takes any value is inferred.
#[derive(Clone, Debug, uniffi::Record)]
pub struct WebhookFilter {
    /// Those that listen to the event of this name, such as `Lead_Post_Create`: see `EventFacts`.
    #[uniffi(default = None)]
    pub event: Option<String>,
    /// Those of this status.
    #[uniffi(default = None)]
    pub status: Option<WebhookStatus>,
    /// This one.
    #[uniffi(default = None)]
    pub id: Option<String>,
    /// Those in which this text is found; in which of their members the vendor looks is unknown.
    #[uniffi(default = None)]
    pub text: Option<String>,
}

impl WebhookFilter {
    pub(crate) fn parse(self) -> Result<leadsquared_webhooks::WebhookFilter, WebhookError> {
        let Self { event, status, id, text } = self;
        Ok(leadsquared_webhooks::WebhookFilter {
            event: event.as_deref().map(event_name).transpose()?,
            status: status.map(Into::into),
            id: id.map(|id| id.parse()).transpose()?,
            text,
        })
    }
}

/// A webhook that was replaced or deleted, and what it took.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Changed {
    /// Which one.
    pub id: String,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl From<leadsquared_webhooks::Changed> for Changed {
    fn from(changed: leadsquared_webhooks::Changed) -> Self {
        let leadsquared_webhooks::Changed { id, attempts } = changed;
        Self { id: id.to_string(), attempts: attempts.into_iter().map(Into::into).collect() }
    }
}
