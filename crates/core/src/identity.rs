//! What makes two webhooks the same.

use serde_json::Value;

use crate::{
    event_code::EventCodes, name::EventName, new_webhook::NewWebhook, trigger::Trigger, webhook::Webhook,
    wire,
};

/// What makes two webhooks the same: the event, the receiver, and the properties.
///
/// Two webhooks of one identity deliver everything twice. The description, the custom headers and the like may differ.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{EventCodes, Identity, NewWebhook, Trigger};
///
/// let webhook = |path: &str| {
///     let url = format!("https://example.com/{path}").parse()?;
///     Ok::<_, leadsquared_webhooks_core::InvalidReceiverUrl>(NewWebhook::builder(url, Trigger::LeadCreate).build())
/// };
/// let identity = |path| webhook(path).map(|webhook| Identity::of(&webhook, EventCodes::Documented));
/// assert_eq!(identity("a")?, identity("a")?);
/// assert_ne!(identity("a")?, identity("b")?);
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    event: Option<EventName>,
    url: String,
    properties: Value,
}

impl Identity {
    /// The identity of a webhook that is asked for, by one of the tables of event codes.
    #[must_use]
    pub fn of(webhook: &NewWebhook, codes: EventCodes) -> Self {
        Self {
            event: event_name(webhook.trigger(), codes),
            url: webhook.url().as_str().to_owned(),
            properties: asked_properties(webhook.trigger()),
        }
    }

    pub(crate) const fn new(event: Option<EventName>, url: String, properties: Value) -> Self {
        Self { event, url, properties }
    }

    /// The event's name; nothing for a raw event that the table does not have.
    #[must_use]
    pub const fn event(&self) -> Option<&EventName> {
        self.event.as_ref()
    }

    /// The receiver's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The properties, as they are compared: null for none.
    #[must_use]
    pub const fn properties(&self) -> &Value {
        &self.properties
    }

    /// Whether a webhook on the account is of this identity. What an answer does not tell is given the benefit of the doubt:
    /// a twin is worse than a webhook that is taken for another.
    #[must_use]
    pub fn matches(&self, webhook: &Webhook) -> bool {
        let event = match (&self.event, &webhook.event) {
            (Some(asked), Some(got)) => asked == got,
            _ => true,
        };
        event
            && webhook.url.as_ref().is_none_or(|url| *url == self.url)
            && webhook.properties.as_ref().is_none_or(|text| told_properties(text) == self.properties)
    }
}

/// The name by which Retrieve will know the event.
pub(crate) fn event_name(trigger: &Trigger, codes: EventCodes) -> Option<EventName> {
    trigger.event().or_else(|| codes.event(trigger.code(codes))).map(EventName::from)
}

/// The properties that are asked for, as they are compared.
pub(crate) fn asked_properties(trigger: &Trigger) -> Value {
    let text = wire::properties(trigger).ok().flatten().unwrap_or_default();
    told_properties(&text)
}

/// Properties are compared as JSON: the order of the keys and the white space are the vendor's. Nothing, null and an empty
/// object are the same; a text that is no JSON is only itself.
pub(crate) fn told_properties(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) if members.is_empty() => Value::Null,
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => Value::Null,
        Err(_) => Value::from(text),
    }
}
