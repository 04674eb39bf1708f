//! A draft of an existing webhook.

use crate::{
    reconcile::properties,
    webhook::{
        draft::{ExtraMemberDraft, TriggerDraft, WebhookDraft},
        event::Event,
        event_code::EventCodes,
        existing::Webhook,
        validation::Report,
    },
    wire::api_body::guesses,
};

/// A draft of an existing webhook, and the parts of it that the API does not return.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, EventCodes, Webhook, WebhookStatus};
///
/// let webhook = Webhook {
///     id: "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?,
///     event: Some(Event::LeadFieldUpdate.into()),
///     url: Some("https://example.com/hooks".to_owned()),
///     status: Some(WebhookStatus::Enabled),
///     description: Some("cities".to_owned()),
///     properties: Some(r#"{"ChangedLeadField":"mx_City"}"#.to_owned()),
///     other: Vec::new(),
/// };
/// let copy = webhook.to_new(EventCodes::Documented).ok_or("its event or URL is unknown")?;
/// assert_eq!(copy.unknown, ["content_type", "notify_on_failure", "custom_headers"]);
/// let other = copy.draft.parse()?;
/// assert_eq!(other.description(), "cities");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookCopy {
    /// The draft. Its unknown parts have the defaults of a draft.
    pub draft: WebhookDraft,
    /// The paths of the parts that the list does not show: they may differ from the existing
    /// webhook's.
    pub unknown: Vec<&'static str>,
}

impl Webhook {
    /// A draft of a webhook like this one, to create it on another account or to update it.
    ///
    /// Content type, notification, custom headers and landing pages are never returned by the API;
    /// [`WebhookCopy::unknown`] names them. Properties that no typed trigger sends become
    /// [`Trigger::Raw`](crate::Trigger::Raw) with the event's number in `codes`, and `trigger` is
    /// then unknown, too, because further members of its body may be missing. `None` when the
    /// list shows no URL, or not one of the 18 documented events.
    #[must_use]
    pub fn to_new(&self, codes: EventCodes) -> Option<WebhookCopy> {
        let Self { event, url, description, properties, .. } = self;
        let name = event.as_ref()?.as_str();
        let event = Event::ALL.into_iter().find(|event| event.retrieve_name().eq_ignore_ascii_case(name))?;
        let mut unknown = vec!["content_type", "notify_on_failure", "custom_headers"];
        let trigger = typed(event, properties.as_deref()).unwrap_or_else(|| {
            unknown.push("trigger");
            TriggerDraft::Raw {
                code: codes.code(event).to_string(),
                properties: properties.clone(),
                extra: Vec::new(),
            }
        });
        if event == Event::LandingPageSubmission {
            unknown.push("trigger.pages");
        }
        if description.is_none() {
            unknown.push("description");
        }
        let description = description.clone().filter(|text| !text.is_empty());
        Some(WebhookCopy {
            draft: WebhookDraft { description, ..WebhookDraft::new(url.as_ref()?, trigger) },
            unknown,
        })
    }
}

/// The typed trigger that is sent with these properties.
fn typed(event: Event, found: Option<&str>) -> Option<TriggerDraft> {
    let found_value = properties::of_text(found.unwrap_or_default());
    let members: Vec<_> = found_value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| ExtraMemberDraft { name: name.clone(), json: value.to_string() })
        .collect();
    guesses(event, found.map(str::to_owned), &members).into_iter().find_map(|keys| {
        let trigger = keys.parse(&mut Report::default())?;
        (properties::of_trigger(&trigger) == found_value).then(|| (&trigger).into())
    })
}
