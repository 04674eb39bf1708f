//! LeadSquared's wire format of Retrieve: the request and its response, with the evidence for each
//! member.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::text;
use crate::{
    text::json::{Members, is_null},
    webhook::{
        existing::{Webhook, WebhookPage, WebhookStatus},
        filter::WebhookFilter,
        raw_json::RawJson,
    },
};

/// The body of a request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Question<'a> {
    pub(crate) parameter: Parameter<'a>,
    pub(crate) sorting: Sorting,
    pub(crate) paging: Paging,
}

/// *Documented*, and that any one parameter is enough. Parameters that are not given are omitted;
/// that LeadSquared then accepts any value is *inferred*.
pub(crate) struct Parameter<'a>(pub(crate) &'a WebhookFilter);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WebhookFilter { event, status, id, text } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Type", "Webhook")?; // the other type, Lapp, is not a webhook
        if let Some(event) = event {
            map.serialize_entry("WebhookEvent", event.as_str())?; // the name, not the number
        }
        if let Some(status) = status {
            map.serialize_entry("StatusCode", &status.code())?;
        }
        if let Some(id) = id {
            map.serialize_entry("WebhookId", id)?;
        }
        if let Some(text) = text {
            map.serialize_entry("SearchText", text)?;
        }
        map.end()
    }
}

/// As in LeadSquared's sample: most recently modified first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Sorting {
    column_name: &'static str,
    /// A string; "1" is descending (*documented*).
    direction: &'static str,
}

impl Default for Sorting {
    fn default() -> Self {
        Self { column_name: "ModifiedOn", direction: "1" }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Paging {
    /// Counted from 1.
    pub(crate) page_index: u32,
    pub(crate) page_size: u32,
}

/// Reads a page: `RecordCount` is always present, `Response` may be absent (*observed*). `None` if
/// it is not a page.
pub(crate) fn page(json: &str) -> Option<WebhookPage> {
    let Members(members) = serde_json::from_str(json).ok()?;
    let (mut total, mut items) = (None, Vec::new());
    for (name, value) in members {
        match &*name {
            "RecordCount" => total = text(value)?.parse().ok(),
            "Response" if !is_null(value) => {
                items = serde_json::from_str::<Vec<&RawValue>>(value.get()).ok()?;
            }
            _ => {}
        }
    }
    let webhooks = items.into_iter().map(webhook).collect::<Option<_>>()?;
    Some(WebhookPage { total: total?, webhooks })
}

/// Reads an item; `None` if it has no ID.
fn webhook(item: &RawValue) -> Option<Webhook> {
    let Members(members) = serde_json::from_str(item.get()).ok()?;
    let mut id = None;
    let (mut event, mut url, mut status, mut description, mut properties) = (None, None, None, None, None);
    let mut other = Vec::new();
    for (name, value) in members {
        match &*name {
            "WebhookId" => id = text(value)?.parse().ok(),
            "EventCode" => event = text(value).and_then(|name| name.parse().ok()),
            "URL" => url = text(value),
            "StatusCode" => {
                status = text(value).and_then(|code| code.parse().ok()).map(WebhookStatus::from_code);
            }
            "Description" => description = Some(text(value).unwrap_or_default()),
            // A string in every response seen (*observed*); an object is read as its text.
            "WebhookProperties" => properties = Some(text(value).unwrap_or_else(|| object(value))),
            _ => other.push((name.into_owned(), RawJson::received(value))),
        }
    }
    Some(Webhook { id: id?, event, url, status, description, properties, other })
}

/// The text of an object or a list; empty for null.
fn object(value: &RawValue) -> String {
    if value.get().starts_with(['{', '[']) { RawJson::received(value).to_string() } else { String::new() }
}
