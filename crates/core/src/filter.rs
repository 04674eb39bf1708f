//! Which webhooks of an account are asked for.

use crate::{name::EventName, webhook::WebhookStatus, webhook_id::WebhookId};

/// Which webhooks of an account are asked for; all of them by default.
///
/// Any one parameter is enough, and the event is advised (*documented*). What is not given is left
/// out of the question; that the vendor then takes any value is *inferred*.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, WebhookFilter, WebhookStatus};
///
/// let broken = WebhookFilter::builder()
///     .event(Event::LeadCreate)
///     .status(WebhookStatus::DisabledByFailures)
///     .build();
/// assert_eq!(broken.event, Some(Event::LeadCreate.into()));
/// assert_eq!(WebhookFilter::default().status, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, bon::Builder)]
pub struct WebhookFilter {
    /// Those that listen to this event.
    #[builder(into)]
    pub event: Option<EventName>,
    /// Those of this status.
    pub status: Option<WebhookStatus>,
    /// This one.
    pub id: Option<WebhookId>,
    /// Those in whose name or description this text is found, *documented*: the vendor does not
    /// look into their URLs.
    #[builder(into)]
    pub text: Option<String>,
}
