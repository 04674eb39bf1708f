//! LeadSquared's wire format: the members of a create's body and of its response, with the evidence
//! for each.

pub(crate) mod api_body;
pub(crate) mod retrieve;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::{
    text::json::Name,
    webhook::{
        custom_headers::{CustomHeaders, CustomHeadersForm},
        event_code::EventCodes,
        landing_pages::{LandingPageUrls, LandingPages},
        members::{STAGE_FROM, STAGE_TO},
        name::{ActivityCode, FieldName, OpportunityTypes},
        new_webhook::NewWebhook,
        stage_change::StageChange,
        trigger::Trigger,
        webhook_id::WebhookId,
    },
};

/// `POST` creates, *documented*.
pub(crate) const CREATE_PATH: &str = "/v2/Webhook.svc/Create";

/// `POST` with the body of a create and the ID replaces, *documented*.
pub(crate) const UPDATE_PATH: &str = "/v2/Webhook.svc/Update";

/// `POST` with a filter lists, *documented*.
pub(crate) const RETRIEVE_PATH: &str = "/v2/Webhook.svc/Retrieve";

/// `GET` deletes, *documented*; a `POST` returns 405 (*observed*). The ID is appended.
pub(crate) const DELETE_PATH: &str = "/v2/Webhook.svc/Delete?webhookId=";

/// *Documented*. A body that is not UTF-8 gets a permanent 400 (*observed*).
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Client settings for the parts of a create or update body on which LeadSquared's documentation
/// and live accounts disagree.
///
/// [`EventCodes`] converts into one, with defaults for the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// Which number means which event.
    pub codes: EventCodes,
    /// The format of the custom headers.
    pub custom_headers_form: CustomHeadersForm,
}

impl From<EventCodes> for Encoding {
    fn from(codes: EventCodes) -> Self {
        Self { codes, custom_headers_form: CustomHeadersForm::default() }
    }
}

/// The bytes of a body.
pub(crate) fn bytes(body: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    #[expect(
        clippy::expect_used,
        reason = "strings, booleans and checked JSON have a JSON form, and a Vec takes all"
    )]
    serde_json::to_writer(&mut bytes, body).expect("a request has a JSON form");
    bytes
}

/// The body of a create, or of an update if it has an ID.
pub(crate) struct WebhookBody<'a> {
    pub(crate) webhook: &'a NewWebhook,
    pub(crate) encoding: Encoding,
    /// The webhook to replace.
    pub(crate) id: Option<&'a WebhookId>,
}

impl Serialize for WebhookBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { webhook, encoding: Encoding { codes, custom_headers_form }, id } = self;
        let trigger = webhook.trigger();
        let pages = match trigger {
            Trigger::LandingPageSubmission(LandingPages::Only(pages)) => Some(Pages(pages)),
            _ => None,
        };
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = id {
            map.serialize_entry("WebhookId", id)?; // mandatory for an update, documented
        }
        map.serialize_entry("Description", webhook.description())?;
        map.serialize_entry("URL", webhook.url().as_str())?;
        map.serialize_entry("Method", "POST")?; // always, documented
        map.serialize_entry("ContentType", webhook.content_type().as_str())?;
        // A string of digits, documented.
        map.serialize_entry("WebhookEvent", &trigger.code(*codes).to_string())?;
        map.serialize_entry("LandingPageUrls", &pages)?; // null in a sample; the array is inferred
        map.serialize_entry("IsSpecificLandingPage", &pages.is_some())?;
        map.serialize_entry("NotifyOnFailure", &webhook.notify_on_failure())?;
        map.serialize_entry("WebhookProperties", &properties(trigger).map_err(serde::ser::Error::custom)?)?;
        let headers = Headers(webhook.custom_headers());
        match custom_headers_form {
            CustomHeadersForm::Array => map.serialize_entry("CustomHeaders", &headers)?,
            CustomHeadersForm::JsonString => {
                let json = serde_json::to_string(&headers).map_err(serde::ser::Error::custom)?;
                map.serialize_entry("CustomHeaders", &json)?;
            }
        }
        match trigger {
            // Copies at the top level: undocumented, but required (observed; inferred for event
            // 15).
            Trigger::LeadActivityCreate(activity) | Trigger::LeadActivityUpdate(activity) => {
                map.serialize_entry("ActivityEvent", activity.as_str())?;
            }
            Trigger::LeadFieldUpdate(field) => map.serialize_entry("ChangedLeadField", field.as_str())?,
            Trigger::OpportunityCreate(types)
            | Trigger::OpportunityUpdate(types)
            | Trigger::OpportunityDelete(types) => map.serialize_entry("OpportunityEvents", &Types(types))?,
            Trigger::Raw(raw) => {
                for (name, json) in raw.extra.as_slice() {
                    map.serialize_entry(name, json)?;
                }
            }
            _ => {}
        }
        map.end()
    }
}

/// `WebhookProperties`: null, or a **string** that contains JSON. A nested object gets a 400
/// (*observed*).
pub(crate) fn properties(trigger: &Trigger) -> serde_json::Result<Option<String>> {
    Ok(Some(match trigger {
        Trigger::LeadActivityCreate(activity) | Trigger::LeadActivityUpdate(activity) => {
            serde_json::to_string(&ActivityProperties::new(activity))?
        }
        Trigger::LeadFieldUpdate(field) => serde_json::to_string(&FieldProperties::new(field))?,
        Trigger::OpportunityCreate(types)
        | Trigger::OpportunityUpdate(types)
        | Trigger::OpportunityDelete(types) => serde_json::to_string(&OpportunityProperties {
            opportunity_events: Types(types),
            is_async_enable: false,
        })?,
        Trigger::OpportunityFieldUpdate(properties) => {
            return Ok(properties.as_ref().map(|properties| properties.as_json().to_string()));
        }
        Trigger::OpportunityStageUpdate(change) => return stage_properties(change),
        Trigger::Raw(raw) => return Ok(raw.properties.as_ref().map(ToString::to_string)),
        Trigger::LandingPageSubmission(_)
        | Trigger::LeadCreate
        | Trigger::LeadOwnerChange
        | Trigger::LeadStageChange
        | Trigger::LeadUpdate
        | Trigger::TaskCreate
        | Trigger::TaskReminder
        | Trigger::LeadScoreChange
        | Trigger::TaskComplete
        | Trigger::TaskUpdate => return Ok(None),
    }))
}

/// *Observed*: every value is a string, including the two lists.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ActivityProperties<'a> {
    activity_event: &'a str,
    activity_data: &'static str,
    web_page_names: &'static str,
}

impl<'a> ActivityProperties<'a> {
    fn new(activity: &'a ActivityCode) -> Self {
        Self { activity_event: activity.as_str(), activity_data: "[]", web_page_names: "[]" }
    }
}

/// *Observed*.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FieldProperties<'a> {
    changed_lead_field: &'a str,
}

impl<'a> FieldProperties<'a> {
    fn new(field: &'a FieldName) -> Self {
        Self { changed_lead_field: field.as_str() }
    }
}

/// *Observed*.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OpportunityProperties<'a> {
    opportunity_events: Types<'a>,
    is_async_enable: bool,
}

/// `StageFrom` (*documented*) and `StageTo` (*inferred*), then the raw properties.
fn stage_properties(change: &StageChange) -> serde_json::Result<Option<String>> {
    let mut members = Vec::new();
    for (key, stage) in [(STAGE_FROM, change.from()), (STAGE_TO, change.to())] {
        if let Some(stage) = stage {
            members.push(format!("\"{key}\":{}", serde_json::to_string(stage.as_str())?));
        }
    }
    if let Some(raw) = change.properties() {
        let raw = raw.as_json().as_str();
        members.extend(raw.strip_prefix('{').and_then(|raw| raw.strip_suffix('}')).map(str::to_owned));
    }
    members.retain(|member| !member.is_empty());
    let nothing = members.is_empty() && change.properties().is_none();
    Ok((!nothing).then(|| format!("{{{}}}", members.join(","))))
}

struct Pages<'a>(&'a LandingPageUrls);

impl Serialize for Pages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.as_slice().iter().map(crate::LandingPageUrl::as_str))
    }
}

struct Types<'a>(&'a OpportunityTypes);

impl Serialize for Types<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.as_slice().iter().map(crate::OpportunityType::as_str))
    }
}

/// An array of `Key` and `Value`, *documented* by a sample. That "strings in JSON format" in the
/// documentation means this array as a string is *inferred*.
struct Headers<'a>(&'a CustomHeaders);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Header<'a> {
            key: &'a str,
            value: &'a str,
        }
        serializer.collect_seq(
            self.0
                .as_slice()
                .iter()
                .map(|header| Header { key: header.name.as_str(), value: header.value.expose() }),
        )
    }
}

/// The envelope of every response: `Status` and `Message` for a success; `Status`, `ExceptionType`
/// and `ExceptionMessage` for an error (*documented*, *observed*). Other members occur
/// (`IsMXException`, `RequestId`, `Data`) and are not needed. A member may be of any type, so each
/// is read only when needed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    exception_type: Option<&'a RawValue>,
    #[serde(borrow)]
    exception_message: Option<&'a RawValue>,
}

/// The `Message` of a success.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "Id")]
    id: &'a RawValue,
}

impl<'a> Envelope<'a> {
    /// Returns the envelope if the body is a JSON object.
    pub(crate) fn read(json: &'a [u8]) -> serde_json::Result<Option<Self>> {
        // serde would read the members of an array by position, and skipped values need not be
        // text.
        let object = json.trim_ascii_start().starts_with(b"{") && std::str::from_utf8(json).is_ok();
        match object.then(|| serde_json::from_slice(json)) {
            Some(Ok(envelope)) => Ok(Some(envelope)),
            _ => serde_json::from_slice::<&RawValue>(json).map(|_| None),
        }
    }

    pub(crate) fn is(&self, status: &str) -> bool {
        let read = self.status.and_then(|reported| serde_json::from_str(reported.get()).ok());
        read.is_some_and(|Name(reported)| reported == status)
    }

    /// `Message.Id` (*documented*, *observed*).
    pub(crate) fn id(&self) -> Option<String> {
        let message = self.message?.get();
        let message: Message<'_> = Some(message)
            .filter(|text| text.starts_with('{'))
            .and_then(|text| serde_json::from_str(text).ok())?;
        text(message.id)
    }

    pub(crate) fn exception_type(&self) -> Option<String> {
        self.exception_type.and_then(text)
    }

    pub(crate) fn exception_message(&self) -> Option<String> {
        self.exception_message.and_then(text)
    }
}

/// A string, or a number as written: LeadSquared uses both.
pub(crate) fn text(value: &RawValue) -> Option<String> {
    match value.get().as_bytes() {
        [b'"', ..] => serde_json::from_str(value.get()).ok(),
        [b'-' | b'0'..=b'9', ..] => Some(value.get().to_owned()),
        _ => None,
    }
}
