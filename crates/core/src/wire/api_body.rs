//! Parses the API's own body of a create or an update as a draft.

use serde_json::value::RawValue;

use super::WebhookBody;
use crate::webhook::draft::{
    ExtraMemberDraft, HeaderParts, Parts, TriggerDraft,
    json::{BOOLEAN, HeaderKeys, Object, code, document, headers, string},
    keys::{Given, List, Named, TriggerKeys},
};
use crate::{
    text::json::{Members, kind},
    webhook::{
        event::Event,
        event_code::EventCodes,
        members::{STAGE_FROM, STAGE_TO},
        new_webhook::NewWebhook,
        trigger::Trigger,
        validation::{Report, ValidationError, Violation},
        warning::Warning,
    },
};

/// The path of the document itself.
const DOCUMENT: &str = "body";

const API_HEADERS: HeaderKeys = HeaderKeys {
    list: "CustomHeaders",
    name: "Key",
    value: "Value",
    form: r#"[{"Key": "x-api-key", "Value": "…"}]"#,
};

/// Draft paths with a different name in the body. Body members without a path are extra members.
const PLACES: [(&str, &str); 10] = [
    ("url", "URL"),
    ("description", "Description"),
    ("content_type", "ContentType"),
    ("trigger.event", "WebhookEvent"),
    ("trigger.code", "WebhookEvent"),
    ("trigger.properties", "WebhookProperties"),
    ("trigger.pages", "LandingPageUrls"),
    ("trigger.activity", "ActivityEvent"),
    ("trigger.field", "ChangedLeadField"),
    ("trigger.opportunity_types", "OpportunityEvents"),
];

impl NewWebhook {
    /// Parses the body of a create or an update as the API accepts it: as in `curl` commands, other
    /// clients and LeadSquared's documentation.
    ///
    /// The number becomes an event by `codes`, and the properties become that event's typed data,
    /// if a create would send exactly the same body again; anything else becomes [`Trigger::Raw`].
    /// The custom headers may be in either [form](crate::CustomHeadersForm). The `WebhookId` of an
    /// update is ignored.
    ///
    /// # Errors
    ///
    /// [`ValidationError`] with every violation, by the names in the body: `URL`,
    /// `CustomHeaders[0].Key`.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Trigger};
    ///
    /// let body = r#"{
    ///     "URL": "https://example.com/hooks", "WebhookEvent": "26", "ChangedLeadField": "mx_City",
    ///     "WebhookProperties": "{\"ChangedLeadField\":\"mx_City\"}"
    /// }"#;
    /// let webhook = NewWebhook::from_api_json(body, EventCodes::Documented)?;
    /// assert_eq!(webhook.trigger(), &Trigger::LeadFieldUpdate("mx_City".parse()?));
    ///
    /// let error =
    ///     NewWebhook::from_api_json(r#"{"URL": "/hooks"}"#, EventCodes::Documented).unwrap_err();
    /// let fields: Vec<_> =
    ///     error.violations().iter().map(|violation| violation.field.as_str()).collect();
    /// assert_eq!(fields, ["WebhookEvent", "URL"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_api_json(json: &str, codes: EventCodes) -> Result<Self, ValidationError> {
        from_api_json(json, codes)
    }
}

fn from_api_json(json: &str, codes: EventCodes) -> Result<NewWebhook, ValidationError> {
    let mut report = Report::default();
    let Some(members) = document(json, DOCUMENT, r#"{"URL": "https://…", "WebhookEvent": "3"}"#, &mut report)
    else {
        return report.finish(None, Vec::new());
    };
    let parts = parts(members, codes, &mut report);
    match parts.parse(Report::default()) {
        Ok(webhook) => {
            let webhook = typed(webhook, codes);
            let warnings = placed(&webhook.warnings());
            report.finish(Some(webhook), warnings)
        }
        Err(error) => {
            for Violation { field, problem } in error.violations() {
                report.add(place(field), problem);
            }
            report.finish(None, placed(error.warnings()))
        }
    }
}

fn placed(warnings: &[Warning]) -> Vec<Warning> {
    warnings.iter().map(|warning| Warning { field: place(&warning.field), ..warning.clone() }).collect()
}

/// The body's name for a path of a draft.
fn place(field: &str) -> String {
    if let Some(name) = field.strip_prefix("trigger.extra.") {
        return name.to_owned();
    }
    if let Some(header) = field.strip_prefix("custom_headers") {
        let HeaderKeys { list, name, value, form: _ } = API_HEADERS;
        let header = header.replace(".name", &format!(".{name}")).replace(".value", &format!(".{value}"));
        return format!("{list}{header}");
    }
    let known = PLACES.iter().find_map(|(draft, body)| Some(format!("{body}{}", field.strip_prefix(draft)?)));
    known.unwrap_or_else(|| field.to_owned())
}

/// The parts, with a raw trigger, or a landing page trigger, which a raw one cannot express.
fn parts(members: Members<'_>, codes: EventCodes, report: &mut Report) -> Parts {
    let mut body = Object::new(String::new(), members, report);
    body.take("WebhookId"); // Of an update, whose caller passes the ID separately.
    if let Some(method) = body.string("Method", report).value()
        && method != "POST"
    {
        report.add("Method", format_args!("{method:?} is not POST, the only method of a delivery"));
    }
    let code = code(&mut body, "WebhookEvent", report);
    let properties = body.string("WebhookProperties", report);
    let pages = pages(&mut body, report);
    Parts {
        url: body.string("URL", report),
        description: body.string("Description", report).value(),
        content_type: body.string("ContentType", report).value(),
        notify_on_failure: body.given("NotifyOnFailure", BOOLEAN, report).value(),
        custom_headers: custom_headers(&mut body, report),
        trigger: trigger(body, code, properties, pages, codes, report),
    }
}

/// The landing pages, if any are given.
fn pages(body: &mut Object<'_>, report: &mut Report) -> Option<List> {
    let pages = body.strings("LandingPageUrls", report);
    let specific = body.given::<bool>("IsSpecificLandingPage", BOOLEAN, report).value();
    let broken = matches!(pages, Given::Broken);
    let pages = pages.value().filter(|pages| !pages.is_empty());
    let contradiction = match (specific, &pages) {
        (Some(true), None) if !broken => Some("true, and LandingPageUrls names no page"),
        (Some(false), Some(_)) => Some("false, and LandingPageUrls names pages"),
        _ => None,
    };
    if let Some(problem) = contradiction {
        report.add("IsSpecificLandingPage", problem);
    }
    pages
}

/// A list, or a string that contains its JSON.
fn custom_headers(body: &mut Object<'_>, report: &mut Report) -> Vec<HeaderParts> {
    let list = API_HEADERS.list;
    match body.take(list) {
        None => Vec::new(),
        Some(value) if kind(value) == "a string" => {
            let Some(text) = string(value, list, report) else { return Vec::new() };
            match serde_json::from_str::<&RawValue>(&text) {
                Ok(value) => headers(value, &API_HEADERS, report),
                Err(problem) => {
                    report.add(list, format_args!("not JSON: {problem}"));
                    Vec::new()
                }
            }
        }
        Some(value) => headers(value, &API_HEADERS, report),
    }
}

fn trigger(
    body: Object<'_>,
    code: Given<String>,
    properties: Given<String>,
    pages: Option<List>,
    codes: EventCodes,
    report: &mut Report,
) -> Option<TriggerKeys> {
    let extra: Vec<_> = body
        .members
        .into_iter()
        .map(|(name, value)| ExtraMemberDraft { name: name.into_owned(), json: value.get().to_owned() })
        .collect();
    let Some(pages) = pages else {
        if matches!(code, Given::Absent) {
            report.add("WebhookEvent", "missing");
            return None;
        }
        let event = Some(Named::Raw);
        return Some(TriggerKeys {
            event,
            code,
            properties,
            extra: Given::Value(extra),
            ..TriggerKeys::default()
        });
    };
    let submission = codes.code(Event::LandingPageSubmission).to_string();
    if code.value().is_none_or(|code| code != submission) {
        report.add("LandingPageUrls", format_args!("only WebhookEvent {submission} has landing pages"));
    }
    if !matches!(properties, Given::Absent) {
        report.add("WebhookProperties", "an event with landing pages has none");
    }
    for member in extra {
        report.add(member.name, "an event with landing pages has no further member");
    }
    let event = Some(Named::Documented(Event::LandingPageSubmission));
    Some(TriggerKeys { event, pages: Given::Value(pages), ..TriggerKeys::default() })
}

/// The same webhook with the typed trigger that is sent as exactly the same body, if one exists.
fn typed(webhook: NewWebhook, codes: EventCodes) -> NewWebhook {
    let Trigger::Raw(raw) = webhook.trigger() else { return webhook };
    let Some(event) = codes.event(raw.code) else { return webhook };
    let TriggerDraft::Raw { properties, extra, .. } = webhook.trigger().into() else { return webhook };
    let sent =
        |webhook: &NewWebhook| super::bytes(&WebhookBody { webhook, encoding: codes.into(), id: None });
    let body = sent(&webhook);
    let alike = guesses(event, properties, &extra).into_iter().find_map(|keys| {
        let trigger = keys.parse(&mut Report::default())?;
        let other = webhook.clone().with_trigger(trigger);
        (sent(&other) == body).then_some(other)
    });
    alike.unwrap_or(webhook)
}

/// Candidates for the event's typed trigger, the most specific first.
pub(crate) fn guesses(
    event: Event,
    properties: Option<String>,
    extra: &[ExtraMemberDraft],
) -> Vec<TriggerKeys> {
    let member = |name: &str| {
        let json = extra.iter().find(|member| member.name == name).map(|member| member.json.as_str());
        json.unwrap_or("null")
    };
    let text = |name: &str| Given::from(serde_json::from_str::<Option<String>>(member(name)).ok().flatten());
    let keys = TriggerKeys { event: Some(Named::Documented(event)), ..TriggerKeys::default() };
    match event {
        Event::LeadActivityCreate | Event::LeadActivityUpdate => {
            vec![TriggerKeys { activity: text("ActivityEvent"), ..keys }]
        }
        Event::LeadFieldUpdate => vec![TriggerKeys { field: text("ChangedLeadField"), ..keys }],
        Event::OpportunityCreate | Event::OpportunityUpdate | Event::OpportunityDelete => {
            let types = serde_json::from_str::<Option<List>>(member("OpportunityEvents")).ok().flatten();
            vec![TriggerKeys { opportunity_types: types.into(), ..keys }]
        }
        Event::OpportunityFieldUpdate => vec![TriggerKeys { properties: properties.into(), ..keys }],
        Event::OpportunityStageUpdate => {
            let (from, to, rest) = properties.as_deref().map(stages).unwrap_or_default();
            let whole =
                TriggerKeys { event: keys.event, properties: properties.into(), ..TriggerKeys::default() };
            vec![TriggerKeys { from: from.into(), to: to.into(), properties: rest.into(), ..keys }, whole]
        }
        Event::LandingPageSubmission
        | Event::LeadCreate
        | Event::LeadOwnerChange
        | Event::LeadStageChange
        | Event::LeadUpdate
        | Event::TaskCreate
        | Event::TaskReminder
        | Event::LeadScoreChange
        | Event::TaskComplete
        | Event::TaskUpdate => vec![keys],
    }
}

/// The stages at the beginning of the properties, and the remaining members.
fn stages(properties: &str) -> (Option<String>, Option<String>, Option<String>) {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(properties) else {
        return (None, None, None);
    };
    let mut members = members.into_iter().peekable();
    let mut stage = |key: &str| {
        let (_, value) = members.next_if(|(name, value)| name == key && kind(value) == "a string")?;
        serde_json::from_str(value.get()).ok()
    };
    let (from, to) = (stage(STAGE_FROM), stage(STAGE_TO));
    let rest: Vec<_> =
        members.map(|(name, value)| format!("{}:{}", serde_json::Value::from(&*name), value.get())).collect();
    (from, to, (!rest.is_empty()).then(|| format!("{{{}}}", rest.join(","))))
}
