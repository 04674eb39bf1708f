//! Whether what exists is what was asked for.

use serde::Serialize;

use crate::{
    event_code::EventCodes,
    identity::{asked_properties, event_name, told_properties},
    new_webhook::NewWebhook,
    webhook::{Webhook, WebhookStatus},
};

/// Whether what exists is what was asked for, by reading it back.
///
/// Only this tells which table of event codes an account follows: what the documentation calls an opportunity's *create*
/// a live account was seen to take for its *delete*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Event, URL, state and properties are those that were asked for.
    Same,
    /// Something else exists under this id.
    Different {
        /// What differs, one or more.
        differences: Vec<Difference>,
        /// What exists.
        got: Box<Webhook>,
    },
    /// Nobody can tell.
    Unverified {
        /// Why not.
        why: Unverified,
    },
}

/// Why a webhook could not be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unverified {
    /// Retrieve does not show it yet.
    NotSeen,
    /// Retrieve shows it without its event, URL or state.
    NotTold,
    /// It was asked for by a raw number that stands for no known event.
    UnknownEvent,
    /// Retrieve failed.
    NotRead,
}

impl Unverified {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSeen => "not_seen",
            Self::NotTold => "not_told",
            Self::UnknownEvent => "unknown_event",
            Self::NotRead => "not_read",
        }
    }
}

/// One part that is not as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which part: `event`, `url`, `status`, `properties` or `description`.
    pub field: &'static str,
    /// What was asked for.
    pub asked: String,
    /// What exists.
    pub got: String,
}

/// Compares a webhook that exists with the one that was asked for.
///
/// # Example
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use std::time::SystemTime;
/// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Secrets, Verification, response, verify};
///
/// let body = br#"{"RecordCount":1,"Response":[{"WebhookId":"b1c4","EventCode":"Opportunity_Post_Delete","StatusCode":0,
///     "URL":"https://example.com","WebhookProperties":"{\"OpportunityEvents\":[\"12000\"],\"IsAsyncEnable\":false}"}]}"#;
/// let page = response::retrieved(StatusCode::OK, &HeaderMap::new(), body, &Secrets::default(), SystemTime::now())?;
/// let asked = NewWebhook::from_json(
///     r#"{"url": "https://example.com", "trigger": {"event": "opportunity_create", "opportunity_types": ["12000"]}}"#,
/// )?;
/// let Verification::Different { differences, .. } = verify(&asked, EventCodes::Documented, &page.webhooks[0]) else {
///     panic!("a delete is no create")
/// };
/// assert_eq!((differences[0].field, &*differences[0].got), ("event", "Opportunity_Post_Delete"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn verify(asked: &NewWebhook, codes: EventCodes, got: &Webhook) -> Verification {
    let mut differences = Vec::new();
    let mut differ = |field, asked: String, got: String| {
        if asked != got {
            differences.push(Difference { field, asked, got });
        }
    };
    let event = event_name(asked.trigger(), codes);
    if let (Some(event), Some(told)) = (&event, &got.event) {
        differ("event", event.to_string(), told.to_string());
    }
    if let Some(url) = &got.url {
        differ("url", asked.url().as_str().to_owned(), url.clone());
    }
    if let Some(status) = got.status {
        differ("status", WebhookStatus::Enabled.to_string(), status.to_string());
    }
    let properties = asked_properties(asked.trigger());
    if let Some(told) = got.properties.as_deref().map(told_properties).filter(|told| *told != properties) {
        differ("properties", properties.to_string(), told.to_string());
    }
    let told = got.event.is_some() && got.url.is_some() && got.status.is_some();
    if !differences.is_empty() {
        Verification::Different { differences, got: Box::new(got.clone()) }
    } else if event.is_none() {
        Verification::Unverified { why: Unverified::UnknownEvent }
    } else if !told || got.properties.is_none() && !properties.is_null() {
        Verification::Unverified { why: Unverified::NotTold }
    } else {
        Verification::Same
    }
}

/// What an update would change of a webhook of the same identity: the description, for nothing else is told.
pub(crate) fn changes(asked: &NewWebhook, got: &Webhook) -> Vec<Difference> {
    let told = got.description.iter().filter(|text| **text != asked.description());
    told.map(|text| Difference {
        field: "description",
        asked: asked.description().to_owned(),
        got: text.clone(),
    })
    .collect()
}
