//! The filter for listing the webhooks of an account.

use crate::webhook::{existing::WebhookStatus, name::EventName, webhook_id::WebhookId};

/// Which webhooks of an account to list; all of them by default.
///
/// Any one parameter is enough, and the event is recommended (*documented*). Parameters that are
/// not given are omitted; that LeadSquared then accepts any value is *inferred*.
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
    /// Webhooks with this event.
    #[builder(into)]
    pub event: Option<EventName>,
    /// Webhooks with this status.
    pub status: Option<WebhookStatus>,
    /// The webhook with this ID.
    pub id: Option<WebhookId>,
    /// Webhooks whose name or description contains this text, *documented*: URLs are not searched.
    #[builder(into)]
    pub text: Option<String>,
}
