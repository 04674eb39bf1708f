//! Validation of webhook definitions, shared by Create and Update.

use serde_json::{Map, Value};

use crate::{
    codes::{CodeTable, Event},
    envelope::Answer,
    form::{Form, wrong},
    requests::mask,
    url_form,
    webhooks::Definition,
};

const CONTENT_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "text/plain"];

/// Validates a Create or an Update: returns the webhook's definition or the refusal. `others` are
/// the account's webhooks except the one being validated.
pub(crate) fn judge<'o>(
    members: &Map<String, Value>,
    table: CodeTable,
    others: impl IntoIterator<Item = &'o Definition>,
) -> Result<Definition, Answer> {
    let form = Form(members);
    let description = form.optional_string("Description")?.unwrap_or_default();
    let url = form.string("URL")?;
    check_url(url)?;
    if form.string("Method")? != "POST" {
        return Err(Answer::bad_request("Method must be POST."));
    }
    if !CONTENT_TYPES.contains(&form.string("ContentType")?) {
        return Err(Answer::bad_request("ContentType is not supported."));
    }
    let code = form.string("WebhookEvent")?;
    let code: u32 = code.parse().map_err(|_| Answer::bad_request("WebhookEvent is not a number."))?;
    if form.boolean("IsSpecificLandingPage")? != has_pages(form)? {
        return Err(Answer::bad_request(
            "LandingPageUrls are required for a specific landing page, and only then.",
        ));
    }
    form.boolean("NotifyOnFailure")?;
    check_headers(form)?;
    let raw_properties = form.optional_string("WebhookProperties")?;
    let properties = match raw_properties {
        None => Value::Null,
        // The message is observed; the status 400 is documented ("body not as specified").
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Answer::bad_request("Webhook Properties is not a valid JSON"))?,
    };

    let event = table.event(code).ok_or_else(|| {
        // The message is observed; the type is the sandbox's choice.
        Answer::mistake("MXInvalidInputException", "Webhook Event not found")
    })?;
    let event = check_event(event, form, raw_properties, &properties, others)?;
    Ok(Definition {
        code,
        event,
        url: url.to_owned(),
        receiver: url_form::receiver(url),
        description: description.to_owned(),
        properties,
        body: mask(Value::Object(members.clone())),
    })
}

/// Validates what the event requires, and returns the event's name.
fn check_event<'o>(
    event: Event,
    form: Form<'_>,
    raw_properties: Option<&str>,
    properties: &Value,
    others: impl IntoIterator<Item = &'o Definition>,
) -> Result<&'static str, Answer> {
    // The type for a missing property is the sandbox's choice. Messages marked "observed" were seen
    // live.
    let missing = |what: &str| Answer::mistake("MXMandatoryAttributeMissingException", what);
    let not_found = || missing("Webhook Properties is not found"); // observed
    match event {
        Event::Plain(name) | Event::OpenProperties(name) => Ok(name),
        Event::Activity(name) => {
            let activity = form.filled_string("ActivityEvent")?.ok_or_else(|| {
                // observed
                Answer::mistake("MXInvalidDataTypeException", "You have not passed ActivityEvent.")
            })?;
            if activity.len() == 4 && activity.starts_with('3') {
                // The 500 is observed; the message is the sandbox's choice.
                return Err(Answer::mistake(
                    "MXInvalidActivityException",
                    "System activities are not allowed.",
                ));
            }
            raw_properties.ok_or_else(not_found)?;
            if !["ActivityEvent", "ActivityData", "WebPageNames"]
                .iter()
                .all(|key| properties[key].is_string())
            {
                return Err(missing("Webhook Properties lack an activity's strings."));
            }
            Ok(name)
        }
        Event::LeadField(name) => {
            let field = form
                .filled_string("ChangedLeadField")?
                .ok_or_else(|| missing("You have not passed ChangedLeadField."))?;
            raw_properties.ok_or_else(not_found)?;
            if properties["ChangedLeadField"] != field {
                return Err(missing("Webhook Properties lack ChangedLeadField."));
            }
            let taken = |other: &Definition| {
                other.event == name
                    && other.properties.get("ChangedLeadField") == properties.get("ChangedLeadField")
            };
            if others.into_iter().any(taken) {
                // "already exists" is observed.
                let message = format!("A webhook on the lead field {field} already exists.");
                return Err(Answer::mistake("MXDuplicateEntryException", &message));
            }
            Ok(name)
        }
        Event::Opportunity(name) => {
            raw_properties.ok_or_else(not_found)?;
            if !properties["OpportunityEvents"].is_array() {
                return Err(missing("Webhook Properties lack OpportunityEvents."));
            }
            Ok(name)
        }
        Event::StageChange => Err(match raw_properties {
            None => not_found(),
            // observed
            Some(_) => Answer::mistake("MXInvalidInputException", "Webhook Properties is not a valid JSON"),
        }),
        Event::EmptyOpportunityField => {
            // observed
            Err(Answer::mistake("MXInvalidInputException", "Opportunity Field value cannot be empty"))
        }
        Event::Breaks => Err(Answer::fault()),
    }
}

/// Returns whether there are landing pages.
fn has_pages(form: Form<'_>) -> Result<bool, Answer> {
    match form.get("LandingPageUrls") {
        None => Ok(false),
        Some(Value::Array(pages)) if !pages.is_empty() && pages.iter().all(Value::is_string) => Ok(true),
        Some(_) => Err(wrong("LandingPageUrls", "null or an array of strings")),
    }
}

/// Accepts at most ten, each with a `Key` and a `Value` (*documented*), in either
/// [form](crate::CustomHeadersForm).
fn check_headers(form: Form<'_>) -> Result<(), Answer> {
    let Some(headers) = form.get("CustomHeaders") else { return Ok(()) };
    let decoded = headers.as_str().map(|text| serde_json::from_str(text).unwrap_or_default());
    match decoded.as_ref().unwrap_or(headers) {
        Value::Array(headers) if headers.len() > 10 => {
            Err(Answer::bad_request("CustomHeaders are more than 10."))
        }
        Value::Array(headers)
            if headers.iter().all(|header| header["Key"].is_string() && header["Value"].is_string()) =>
        {
            Ok(())
        }
        _ => Err(wrong("CustomHeaders", "an array of Key and Value, or a string that holds its JSON")),
    }
}

/// Requires an absolute http or https URL with a host (*documented*).
fn check_url(url: &str) -> Result<(), Answer> {
    let rest = url
        .split_once("://")
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        .map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.split(['/', '?', '#']).next()) {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(Answer::bad_request("URL is not an absolute http or https URL.")),
    }
}
