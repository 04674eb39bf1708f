//! `LeadSquared`'s spelling of Retrieve: the question and its answer, and where we know each member
//! from.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::text;
use crate::{
    filter::WebhookFilter,
    json::{Members, is_null},
    raw_json::RawJson,
    webhook::{Webhook, WebhookPage, WebhookStatus},
};

/// The body of a question.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Question<'a> {
    pub(crate) parameter: Parameter<'a>,
    pub(crate) sorting: Sorting,
    pub(crate) paging: Paging,
}

/// *Documented*. What is not asked for is left out (*inferred*: any one parameter is enough).
pub(crate) struct Parameter<'a>(pub(crate) &'a WebhookFilter);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WebhookFilter { event, status, id, text } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Type", "Webhook")?; // or Lapp, which is none
        if let Some(event) = event {
            map.serialize_entry("WebhookEvent", event.as_str())?; // the name, and not the number
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

/// As in the vendor's sample: the latest first.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Sorting {
    column_name: &'static str,
    /// A string, "1" is descending (*documented*).
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
    /// From 1.
    pub(crate) page_index: u32,
    pub(crate) page_size: u32,
}

/// Reads a page: `RecordCount` is always there, `Response` may be absent (*observed*). Nothing when
/// it is no page.
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

/// An item: nothing when it has no id.
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
            // A string in every answer seen (*observed*); an object is taken as its text.
            "WebhookProperties" => properties = Some(text(value).unwrap_or_else(|| object(value))),
            _ => other.push((name.into_owned(), RawJson::received(value))),
        }
    }
    Some(Webhook { id: id?, event, url, status, description, properties, other })
}

/// The text of an object or a list; nothing for null.
fn object(value: &RawValue) -> String {
    if value.get().starts_with(['{', '[']) { RawJson::received(value).to_string() } else { String::new() }
}
