//! The webhooks of an account.

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{clock::Timestamp, codes, requests::CustomHeadersForm, retrieve::Writing};

/// A webhook on the sandbox's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredWebhook {
    /// The ID, a UUID.
    pub id: String,
    /// The event code, as sent.
    pub code: u32,
    /// The name of the event in Retrieve.
    pub event: &'static str,
    /// The URL that deliveries go to, as sent.
    pub url: String,
    /// The description, free text.
    pub description: String,
    /// The decoded `WebhookProperties`.
    pub properties: Value,
    /// The body of its create or of its last update, with the custom headers' values masked.
    pub body: Value,
    /// The form of the body's custom headers; `None` if it has none.
    pub custom_headers_form: Option<CustomHeadersForm>,
    /// The `StatusCode`: 0 enabled, 1 disabled by hand, 2 disabled after failures (*documented*).
    pub status: u8,
    /// The time of its create: UTC, `YYYY-MM-DD HH:MM:SS`.
    pub created_on: String,
    /// The time of its create or last update: UTC, `YYYY-MM-DD HH:MM:SS`.
    pub modified_on: String,
}

/// The definition of a webhook in a Create or an Update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) code: u32,
    pub(crate) event: &'static str,
    pub(crate) url: String,
    /// Where deliveries go; several spellings of a URL may mean the same.
    pub(crate) receiver: String,
    pub(crate) description: String,
    pub(crate) properties: Value,
    /// The body, with the custom headers' values masked.
    pub(crate) body: Value,
}

impl Definition {
    /// Returns whether each delivery to one would also go to the other.
    pub(crate) fn is_duplicate_of(&self, other: &Self) -> bool {
        (self.event, &self.receiver, &self.properties) == (other.event, &other.receiver, &other.properties)
    }
}

/// A webhook as the account stores it.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) definition: Definition,
    pub(crate) status: u8,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Retrieve does not show the webhook before this time.
    pub(crate) visible_from: Instant,
}

/// The members of every item in a Retrieve answer.
pub(crate) const COLUMNS: [&str; 9] = [
    "WebhookId",
    "EventName",
    "EventCode",
    "Description",
    "URL",
    "StatusCode",
    "WebhookProperties",
    "CreatedOn",
    "ModifiedOn",
];

impl Webhook {
    pub(crate) fn stored(&self) -> StoredWebhook {
        let Definition { code, event, url, receiver: _, description, properties, body } =
            self.definition.clone();
        StoredWebhook {
            id: self.id.clone(),
            code,
            event,
            url,
            description,
            properties,
            custom_headers_form: CustomHeadersForm::of(&body),
            body,
            status: self.status,
            created_on: self.created.on.clone(),
            modified_on: self.modified.on.clone(),
        }
    }

    /// Returns the item in a Retrieve answer. The first five members are *documented*, the next two
    /// *observed*; the times and their names are the sandbox's choice.
    pub(crate) fn item(&self, writing: Writing) -> Map<String, Value> {
        let Definition { event, url, description, body, properties, code: _, receiver: _ } = &self.definition;
        let sent_properties = body.get("WebhookProperties").unwrap_or(&Value::Null);
        let values: [Value; COLUMNS.len()] = [
            self.id.as_str().into(),
            codes::label(event).into(),
            (*event).into(),
            description.as_str().into(),
            writing.urls.show(url).into(),
            writing.number(self.status.into()),
            writing.properties.show(sent_properties, properties),
            self.created.on.as_str().into(),
            self.modified.on.as_str().into(),
        ];
        COLUMNS.map(str::to_owned).into_iter().zip(values).collect()
    }

    /// Returns the sort key of a column. Whole seconds are too coarse, so the sequence number
    /// breaks ties.
    pub(crate) fn sort_key(&self, column: &str) -> (String, u64) {
        let order = if column == "ModifiedOn" { self.modified.order } else { self.created.order };
        (self.item(Writing::default()).get(column).map(Value::to_string).unwrap_or_default(), order)
    }
}
