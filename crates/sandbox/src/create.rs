//! What Create takes and refuses.

use serde_json::{Map, Value};

use crate::{
    codes::{CodeTable, Event},
    envelope::Answer,
    requests::masked,
    webhooks::StoredWebhook,
};

const CONTENT_TYPES: [&str; 3] = ["application/json", "application/x-www-form-urlencoded", "text/plain"];

/// Judges a create: the webhook that it makes, or the refusal.
pub(crate) fn judge(
    body: &[u8],
    table: CodeTable,
    account: &[StoredWebhook],
) -> Result<StoredWebhook, Answer> {
    let text = std::str::from_utf8(body).map_err(|_| Answer::bad_request("The body is not UTF-8."))?;
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err(Answer::bad_request("The body is not a JSON object."));
    };
    let form = Form(&members);
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
    let pages = form.pages()?;
    if form.boolean("IsSpecificLandingPage")? != pages {
        return Err(Answer::bad_request(
            "LandingPageUrls are required for a specific landing page, and only then.",
        ));
    }
    form.boolean("NotifyOnFailure")?;
    form.headers()?;
    let raw_properties = form.optional_string("WebhookProperties")?;
    let properties = match raw_properties {
        None => Value::Null,
        // The message is observed; that it is a 400 is documented ("body not as specified").
        Some(text) => serde_json::from_str(text)
            .map_err(|_| Answer::bad_request("Webhook Properties is not a valid JSON"))?,
    };

    let event = table.event(code).ok_or_else(|| {
        // The sentence was observed; the type is the sandbox's choice.
        Answer::mistake("MXInvalidInputException", "Webhook Event not found")
    })?;
    let event = check_event(event, &form, raw_properties, &properties, account)?;
    Ok(StoredWebhook {
        id: uuid::Uuid::new_v4().to_string(),
        code,
        event,
        url: url.to_owned(),
        description: description.to_owned(),
        properties,
        body: masked(body).unwrap_or_default(),
    })
}

/// What the event itself needs; its name when it has all.
fn check_event(
    event: Event,
    form: &Form<'_>,
    raw_properties: Option<&str>,
    properties: &Value,
    account: &[StoredWebhook],
) -> Result<&'static str, Answer> {
    // Which type goes with a missing property is the sandbox's choice; the sentences with "observed" were seen.
    let missing = |what: &str| Answer::mistake("MXMandatoryAttributeMissingException", what);
    let not_found = || missing("Webhook Properties is not found"); // observed
    match event {
        Event::Plain(name) | Event::OpenProperties(name) => Ok(name),
        Event::Activity(name) => {
            let activity = form.twin("ActivityEvent")?.ok_or_else(|| {
                Answer::mistake("MXInvalidDataTypeException", "You have not passed ActivityEvent.") // observed
            })?;
            if activity.len() == 4 && activity.starts_with('3') {
                // Observed to be a 500; the sentence is the sandbox's choice.
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
                .twin("ChangedLeadField")?
                .ok_or_else(|| missing("You have not passed ChangedLeadField."))?;
            raw_properties.ok_or_else(not_found)?;
            if properties["ChangedLeadField"] != field {
                return Err(missing("Webhook Properties lack ChangedLeadField."));
            }
            let taken = |other: &StoredWebhook| {
                other.event == name
                    && other.properties.get("ChangedLeadField") == properties.get("ChangedLeadField")
            };
            if account.iter().any(taken) {
                let message = format!("A webhook on the lead field {field} already exists."); // "already exists": observed
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
            Some(_) => Answer::mistake("MXInvalidInputException", "Webhook Properties is not a valid JSON"), // observed
        }),
        Event::EmptyOpportunityField => {
            Err(Answer::mistake("MXInvalidInputException", "Opportunity Field value cannot be empty")) // observed
        }
        Event::Breaks => Err(Answer::fault()),
    }
}

/// The members of a body, by their documented kinds.
struct Form<'a>(&'a Map<String, Value>);

impl<'a> Form<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn optional_string(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    fn string(&self, name: &str) -> Result<&'a str, Answer> {
        self.optional_string(name)?.ok_or_else(|| wrong(name, "a string"))
    }

    /// A member at the top level that stands in the properties, too.
    fn twin(&self, name: &str) -> Result<Option<&'a str>, Answer> {
        Ok(self.optional_string(name)?.filter(|text| !text.trim().is_empty()))
    }

    fn boolean(&self, name: &str) -> Result<bool, Answer> {
        self.get(name).and_then(Value::as_bool).ok_or_else(|| wrong(name, "a boolean"))
    }

    /// Whether there are landing pages.
    fn pages(&self) -> Result<bool, Answer> {
        match self.get("LandingPageUrls") {
            None => Ok(false),
            Some(Value::Array(pages)) if !pages.is_empty() && pages.iter().all(Value::is_string) => Ok(true),
            Some(_) => Err(wrong("LandingPageUrls", "null or an array of strings")),
        }
    }

    /// At most ten, each with a `Key` and a `Value` (*documented*).
    fn headers(&self) -> Result<(), Answer> {
        match self.get("CustomHeaders") {
            None => Ok(()),
            Some(Value::Array(headers)) if headers.len() > 10 => {
                Err(Answer::bad_request("CustomHeaders are more than 10."))
            }
            Some(Value::Array(headers))
                if headers.iter().all(|header| header["Key"].is_string() && header["Value"].is_string()) =>
            {
                Ok(())
            }
            Some(_) => Err(wrong("CustomHeaders", "an array of Key and Value")),
        }
    }
}

fn wrong(name: &str, kind: &str) -> Answer {
    Answer::bad_request(&format!("{name} is not {kind}."))
}

/// Absolute, http or https, with a host (*documented*).
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
