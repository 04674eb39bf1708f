//! What the account has.

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{clock::Timestamp, codes, requests::CustomHeadersForm, retrieve::Writing};

/// A webhook on the sandbox's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredWebhook {
    /// Its id, a UUID.
    pub id: String,
    /// The number by which it was created.
    pub code: u32,
    /// The name by which Retrieve knows the event.
    pub event: &'static str,
    /// Where deliveries go, as it was sent.
    pub url: String,
    /// Free text.
    pub description: String,
    /// The decoded `WebhookProperties`.
    pub properties: Value,
    /// The body of its create or of its last update, the custom headers' values masked.
    pub body: Value,
    /// In which form the body's custom headers came; nothing when it has none.
    pub custom_headers_form: Option<CustomHeadersForm>,
    /// The `StatusCode`: 0 enabled, 1 disabled by hand, 2 disabled after failures (*documented*).
    pub status: u8,
    /// When it was created: UTC, `YYYY-MM-DD HH:MM:SS`.
    pub created_on: String,
    /// When it was created or last updated: UTC, `YYYY-MM-DD HH:MM:SS`.
    pub modified_on: String,
}

/// What a Create or an Update says of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) code: u32,
    pub(crate) event: &'static str,
    pub(crate) url: String,
    /// Where deliveries go: URLs in several spellings may mean the same.
    pub(crate) receiver: String,
    pub(crate) description: String,
    pub(crate) properties: Value,
    /// The body, the custom headers' values masked.
    pub(crate) body: Value,
}

impl Definition {
    /// Whether each delivery to one would go to the other, too.
    pub(crate) fn is_duplicate_of(&self, other: &Self) -> bool {
        (self.event, &self.receiver, &self.properties) == (other.event, &other.receiver, &other.properties)
    }
}

/// A webhook as the account keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) definition: Definition,
    pub(crate) status: u8,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Retrieve does not show it before.
    pub(crate) visible_from: Instant,
}

/// What every item of a Retrieve has.
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

    /// Its item in a Retrieve. The first five members are *documented*, the next two *observed*;
    /// that the times stand there, and under these names, is the sandbox's choice.
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

    /// By what it is sorted. The seconds of a time are too coarse: the order of the events behind
    /// it decides.
    pub(crate) fn sort_key(&self, column: &str) -> (String, u64) {
        let order = if column == "ModifiedOn" { self.modified.order } else { self.created.order };
        (self.item(Writing::default()).get(column).map(Value::to_string).unwrap_or_default(), order)
    }
}
