//! The laws of a draft: it is encoded faithfully, both ways of building a webhook agree, and a bad
//! draft is refused with exactly the right violations.

use std::collections::BTreeSet;

use leadsquared_webhooks_core::{
    CustomHeader, CustomHeaders, CustomHeadersForm, Encoding, Event, EventCode, EventCodes, ExtraMembers,
    LandingPageUrls, LandingPages, NewWebhook, OpportunityTypes, RawTrigger, StageChange, Trigger,
    TriggerDraft, ValidationError, WebhookDraft, request,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Map, Value, json};

use crate::drafts::{self, Bad, EVENTS, STANDARD_MEMBERS};

/// The meaning of a draft, independent of its form.
#[derive(Debug, PartialEq)]
struct Meaning {
    event: String,
    /// The trigger's keys that are given.
    data: Map<String, Value>,
    url: String,
    description: String,
    content_type: String,
    notify_on_failure: bool,
    headers: Vec<(String, String)>,
}

/// Extracts the meaning of a draft.
fn meaning(draft: &WebhookDraft) -> Meaning {
    let mut trigger = json!(draft.trigger);
    let data = trigger.as_object_mut().unwrap();
    let event = data.remove("event").unwrap().as_str().unwrap().to_owned();
    if event == "raw" {
        // Any JSON is sent as text, and compared as text because its numbers have any size.
        data.entry("extra").or_insert_with(|| json!({}));
    } else if let Some(properties) = data.remove("properties") {
        // Objects are equal regardless of the order of keys; the text is tested by a separate law.
        data.insert("properties".to_owned(), compact(properties.as_str().unwrap()).into());
    }
    Meaning {
        event,
        data: data.clone(),
        url: draft.url.clone(),
        description: draft.description.clone().unwrap_or_default(),
        content_type: draft.content_type.clone().unwrap_or_else(|| "application/json".to_owned()),
        notify_on_failure: draft.notify_on_failure.unwrap_or(true),
        headers: draft
            .custom_headers
            .iter()
            .map(|header| (header.name.clone(), header.value.clone()))
            .collect(),
    }
}

/// Decodes the body of a create, by the API's page and not by the library's code.
fn decode(body: &[u8], codes: EventCodes) -> Meaning {
    let mut body: Map<String, Value> = serde_json::from_slice(body).unwrap();
    let mut standard: Map<String, Value> = STANDARD_MEMBERS
        .into_iter()
        .map(|name| (name.to_owned(), body.remove(name).unwrap_or_else(|| panic!("{name} is missing"))))
        .collect();
    let mut text = |name: &str| standard.remove(name).unwrap().as_str().unwrap().to_owned();
    let code = text("WebhookEvent");
    let event = EVENTS
        .iter()
        .find(|(_, documented, observed)| match codes {
            EventCodes::Documented => documented.to_string() == code,
            EventCodes::Observed => observed.to_string() == code,
        })
        .map_or("raw", |(name, _, _)| name);
    assert_eq!(text("Method"), "POST");
    let (url, description, content_type) = (text("URL"), text("Description"), text("ContentType"));

    let properties = standard["WebhookProperties"].as_str().map(str::to_owned);
    assert!(properties.is_some() || standard["WebhookProperties"].is_null(), "a string or null");
    let mut data = Map::new();
    let pages = standard.remove("LandingPageUrls").unwrap();
    assert_eq!(standard["IsSpecificLandingPage"], json!(!pages.is_null()));
    if !pages.is_null() {
        assert_eq!(event, "landing_page_submission");
        data.insert("pages".to_owned(), pages);
    }
    let parsed = || -> Value { serde_json::from_str(properties.as_ref().unwrap()).unwrap() };
    match event {
        "lead_activity_create" | "lead_activity_update" => {
            let activity = body.remove("ActivityEvent").unwrap();
            assert_eq!(
                parsed(),
                json!({"ActivityEvent": activity, "ActivityData": "[]", "WebPageNames": "[]"})
            );
            data.insert("activity".to_owned(), activity);
        }
        "lead_field_update" => {
            let field = body.remove("ChangedLeadField").unwrap();
            assert_eq!(parsed(), json!({"ChangedLeadField": field}));
            data.insert("field".to_owned(), field);
        }
        "opportunity_create" | "opportunity_update" | "opportunity_delete" => {
            let types = body.remove("OpportunityEvents").unwrap();
            assert_eq!(parsed(), json!({"OpportunityEvents": types, "IsAsyncEnable": false}));
            data.insert("opportunity_types".to_owned(), types);
        }
        "opportunity_stage_update" => {
            if let Some(properties) = &properties {
                data.extend(stages(properties));
            }
        }
        "opportunity_field_update" | "raw" => {
            data.extend(properties.map(|text| ("properties".to_owned(), text.into())));
        }
        _ => assert_eq!(properties, None, "{event} has no properties"),
    }
    if event == "raw" {
        data.insert("extra".to_owned(), std::mem::take(&mut body).into());
    }
    assert_eq!(body, Map::new(), "nothing but what the page lists");
    let headers = standard["CustomHeaders"].as_array().unwrap();
    let header = |header: &Value| {
        let [key, value] = ["Key", "Value"].map(|name| header[name].as_str().unwrap().to_owned());
        assert_eq!(*header, json!({"Key": key, "Value": value}));
        (key, value)
    };
    Meaning {
        event: event.to_owned(),
        data,
        url,
        description,
        content_type,
        notify_on_failure: standard["NotifyOnFailure"].as_bool().unwrap(),
        headers: headers.iter().map(header).collect(),
    }
}

/// Parses the properties of a stage update: the two stages come first, then the raw ones.
fn stages(properties: &str) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut rest = properties.strip_prefix('{').unwrap();
    for (name, key) in [("StageFrom", "from"), ("StageTo", "to")] {
        if let Some(value) = rest.strip_prefix(&format!("\"{name}\":")) {
            let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
            keys.insert(key.to_owned(), values.next().unwrap().unwrap());
            let after = &value[values.byte_offset()..];
            rest = after.strip_prefix(',').unwrap_or(after);
        }
    }
    if rest != "}" || keys.is_empty() {
        keys.insert("properties".to_owned(), format!("{{{rest}").into());
    }
    keys
}

/// Removes white space from JSON by reading every token.
fn compact(json: &str) -> String {
    let mut compact = String::new();
    let mut rest = json.chars();
    while let Some(c) = rest.next() {
        if c == '"' {
            compact.push(c);
            while let Some(c) = rest.next() {
                compact.push(c);
                match c {
                    '\\' => compact.extend(rest.next()),
                    '"' => break,
                    _ => {}
                }
            }
        } else if !c.is_ascii_whitespace() {
            compact.push(c);
        }
    }
    compact
}

/// Builds a webhook from a good draft in the other way: with the typed values and the builder.
fn build(draft: &WebhookDraft) -> NewWebhook {
    let types = |types: &[String]| {
        OpportunityTypes::try_from(types.iter().map(|code| code.parse().unwrap()).collect::<Vec<_>>())
            .unwrap()
    };
    let trigger = match &draft.trigger {
        TriggerDraft::LandingPageSubmission { pages: None } => {
            Trigger::LandingPageSubmission(LandingPages::All)
        }
        TriggerDraft::LandingPageSubmission { pages: Some(pages) } => {
            let pages: Vec<_> = pages.iter().map(|page| page.parse().unwrap()).collect();
            Trigger::LandingPageSubmission(LandingPages::Only(LandingPageUrls::try_from(pages).unwrap()))
        }
        TriggerDraft::LeadActivityCreate { activity } => {
            Trigger::LeadActivityCreate(activity.parse().unwrap())
        }
        TriggerDraft::LeadCreate => Trigger::LeadCreate,
        TriggerDraft::LeadOwnerChange => Trigger::LeadOwnerChange,
        TriggerDraft::LeadStageChange => Trigger::LeadStageChange,
        TriggerDraft::LeadUpdate => Trigger::LeadUpdate,
        TriggerDraft::TaskCreate => Trigger::TaskCreate,
        TriggerDraft::TaskReminder => Trigger::TaskReminder,
        TriggerDraft::LeadScoreChange => Trigger::LeadScoreChange,
        TriggerDraft::LeadActivityUpdate { activity } => {
            Trigger::LeadActivityUpdate(activity.parse().unwrap())
        }
        TriggerDraft::TaskComplete => Trigger::TaskComplete,
        TriggerDraft::TaskUpdate => Trigger::TaskUpdate,
        TriggerDraft::LeadFieldUpdate { field } => Trigger::LeadFieldUpdate(field.parse().unwrap()),
        TriggerDraft::OpportunityCreate { opportunity_types } => {
            Trigger::OpportunityCreate(types(opportunity_types))
        }
        TriggerDraft::OpportunityUpdate { opportunity_types } => {
            Trigger::OpportunityUpdate(types(opportunity_types))
        }
        TriggerDraft::OpportunityFieldUpdate { properties } => {
            Trigger::OpportunityFieldUpdate(properties.as_ref().map(|json| json.parse().unwrap()))
        }
        TriggerDraft::OpportunityStageUpdate { from, to, properties } => {
            let stage = |stage: &Option<String>| stage.as_ref().map(|stage| stage.parse().unwrap());
            let properties = properties.as_ref().map(|json| json.parse().unwrap());
            Trigger::OpportunityStageUpdate(StageChange::new(stage(from), stage(to), properties).unwrap())
        }
        TriggerDraft::OpportunityDelete { opportunity_types } => {
            Trigger::OpportunityDelete(types(opportunity_types))
        }
        TriggerDraft::Raw { code, properties, extra } => {
            let extra: Vec<_> =
                extra.iter().map(|member| (member.name.clone(), member.json.parse().unwrap())).collect();
            Trigger::Raw(RawTrigger {
                code: code.parse::<EventCode>().unwrap(),
                properties: properties.as_ref().map(|json| json.parse().unwrap()),
                extra: ExtraMembers::try_from(extra).unwrap(),
            })
        }
    };
    let header = |name: &str, value: &str| CustomHeader::parse(name, value).unwrap();
    let headers: Vec<_> =
        draft.custom_headers.iter().map(|given| header(&given.name, &given.value)).collect();
    NewWebhook::builder(draft.url.parse().unwrap(), trigger)
        .maybe_description(draft.description.clone())
        .maybe_content_type(draft.content_type.as_ref().map(|text| text.parse().unwrap()))
        .maybe_notify_on_failure(draft.notify_on_failure)
        .custom_headers(CustomHeaders::try_from(headers).unwrap())
        .build()
}

fn fields(error: &ValidationError) -> Vec<&str> {
    let mut fields: Vec<_> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
    fields.sort_unstable();
    fields
}

fn sorted(mut fields: Vec<String>) -> Vec<String> {
    fields.sort_unstable();
    fields
}

/// Serializes a draft with the keys of its own objects in another order. Raw JSON keeps its order,
/// which matters there.
fn shuffled(draft: &Value, order: &[usize]) -> String {
    fn object(value: &Value, order: &[usize], member: &dyn Fn(&str, &Value) -> String) -> String {
        let Value::Object(members) = value else { return value.to_string() };
        let mut members: Vec<_> = members.iter().collect();
        for (index, target) in order.iter().enumerate().take(members.len()) {
            let target = target % members.len();
            members.swap(index, target);
        }
        let members: Vec<_> = members
            .into_iter()
            .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), member(name, value)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
    object(draft, order, &|name, value| match (name, value) {
        ("trigger", _) => object(value, order, &|_, value| value.to_string()),
        ("custom_headers", Value::Array(headers)) => {
            let headers: Vec<_> =
                headers.iter().map(|header| object(header, order, &|_, value| value.to_string())).collect();
            format!("[{}]", headers.join(","))
        }
        _ => value.to_string(),
    })
}

/// Drafts in which several parts may be bad, with the paths that must be reported.
fn bad_drafts() -> impl Strategy<Value = (WebhookDraft, Vec<String>)> {
    (
        drafts::drafts(),
        option::of(drafts::bad_urls()),
        option::of(drafts::bad_triggers()),
        option::of(prop_oneof![Just("text/html"), Just(""), Just("Application/JSON")]),
        option::of((
            vec(drafts::headers(), 0..14),
            vec((any::<prop::sample::Index>(), drafts::bad_headers()), 1..4),
        )),
    )
        .prop_map(|(mut draft, url, trigger, content_type, headers)| {
            let mut fields = Vec::new();
            if let Some(url) = url {
                draft.url = url;
                fields.push("url".to_owned());
            }
            if let Some((trigger, keys)) = trigger {
                draft.trigger = trigger;
                fields.extend(keys.iter().map(|key| format!("trigger.{key}")));
            }
            if let Some(content_type) = content_type {
                draft.content_type = Some(content_type.to_owned());
                fields.push("content_type".to_owned());
            }
            if let Some((headers, bad)) = headers {
                let mut headers: Vec<Bad<_>> =
                    headers.into_iter().map(|header| -> Bad<_> { (header, &[]) }).collect();
                for (index, bad) in bad {
                    headers.insert(index.index(headers.len() + 1), bad);
                }
                if headers.len() > 10 {
                    fields.push("custom_headers".to_owned());
                }
                for (index, (_, keys)) in headers.iter().enumerate() {
                    fields.extend(keys.iter().map(|key| format!("custom_headers[{index}].{key}")));
                }
                draft.custom_headers = headers.into_iter().map(|(header, _)| header).collect();
            }
            (draft, sorted(fields))
        })
        .prop_filter("a good one", |(_, fields)| !fields.is_empty())
}

/// The same as JSON, which can be wrong in more ways.
fn bad_json_drafts() -> impl Strategy<Value = (Value, Vec<String>)> {
    let wrong = |values: Vec<Value>| option::of(prop::sample::select(values));
    (
        drafts::drafts(),
        wrong(vec![json!(null), json!(7), json!(["https://example.com"]), json!("/hooks"), json!({})]),
        option::of(drafts::bad_json_triggers()),
        wrong(vec![json!(7), json!(["x"]), json!({"text": "x"}), json!(true)]),
        wrong(vec![json!("application/xml"), json!(1), json!(["text/plain"])]),
        wrong(vec![json!("true"), json!(1), json!([])]),
        option::of((
            vec(drafts::headers(), 0..14),
            vec((any::<prop::sample::Index>(), drafts::bad_json_headers()), 1..4),
        )),
        option::of("[a-zA-Z ]{0,4}".prop_filter("a known key", |key| key != "url")),
    )
        .prop_map(|(draft, url, trigger, description, content_type, notify, headers, unknown)| {
            let mut draft = json!(draft);
            let mut fields = Vec::new();
            let parts = [
                ("url", url),
                ("description", description),
                ("content_type", content_type),
                ("notify_on_failure", notify),
                ("trigger", trigger.as_ref().map(|(trigger, _)| trigger.clone())),
            ];
            for (key, bad) in parts {
                if let Some(bad) = bad {
                    draft[key] = bad;
                    if key != "trigger" {
                        fields.push(key.to_owned());
                    }
                }
            }
            fields.extend(trigger.iter().flat_map(|(_, paths)| paths.iter().map(|path| (*path).to_owned())));
            if let Some((headers, bad)) = headers {
                let mut headers: Vec<Bad<_>> =
                    headers.into_iter().map(|header| -> Bad<_> { (json!(header), &[]) }).collect();
                for (index, bad) in bad {
                    headers.insert(index.index(headers.len() + 1), bad);
                }
                if headers.len() > 10 {
                    fields.push("custom_headers".to_owned());
                }
                for (index, (_, keys)) in headers.iter().enumerate() {
                    fields.extend(keys.iter().map(|key| format!("custom_headers[{index}]{key}")));
                }
                draft["custom_headers"] = headers.into_iter().map(|(header, _)| header).collect();
            }
            if let Some(unknown) = unknown {
                draft[&unknown] = json!("x");
                fields.push(unknown);
            }
            (draft, sorted(fields))
        })
        .prop_filter("a good one", |(_, fields)| !fields.is_empty())
}

proptest! {
    #[test]
    fn a_request_decoded_is_the_draft_again(draft in drafts::drafts()) {
        let webhook = draft.clone().parse().unwrap();
        for codes in EventCodes::ALL {
            let request = request::create(&webhook, codes);
            prop_assert_eq!(request.method(), "POST");
            prop_assert_eq!(request.uri(), "/v2/Webhook.svc/Create");
            let headers: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            prop_assert_eq!(headers, [("content-type", b"application/json; charset=utf-8".as_slice())]);
            prop_assert_eq!(decode(request.body(), codes), meaning_on_the_wire(&draft));
        }
    }

    #[test]
    fn raw_json_is_sent_as_it_was_written_less_its_white_space(json in drafts::json_texts(), object in drafts::object_texts()) {
        let sent = |trigger| {
            let webhook = WebhookDraft::new("https://example.com", trigger).parse().unwrap();
            let body: Value = serde_json::from_slice(request::create(&webhook, EventCodes::Documented).body()).unwrap();
            body["WebhookProperties"].clone()
        };
        let raw = TriggerDraft::Raw { code: "41".to_owned(), properties: Some(json.written), extra: Vec::new() };
        prop_assert_eq!(sent(raw), json!(json.compact));
        let field = TriggerDraft::OpportunityFieldUpdate { properties: Some(object.written.clone()) };
        prop_assert_eq!(sent(field), json!(object.compact));
        let stage = TriggerDraft::OpportunityStageUpdate { from: None, to: Some("Won".to_owned()), properties: Some(object.written) };
        let rest = object.compact.strip_prefix('{').unwrap();
        let comma = if rest == "}" { "" } else { "," };
        prop_assert_eq!(sent(stage), json!(format!("{{\"StageTo\":\"Won\"{comma}{rest}")));
    }

    #[test]
    fn raw_json_is_taken_exactly_when_every_reader_of_json_reads_text_in_it(text in drafts::escaped_texts()) {
        let is_text = serde_json::from_str::<String>(&text).is_ok_and(|text| !text.contains('\0'));
        for (properties, extra) in [
            (format!("[{text}]"), String::new()),
            (format!("{{{text}: 1}}"), String::new()),
            ("null".to_owned(), format!(r#""a": {{"b": {text}}}"#)),
            ("null".to_owned(), format!(r#""a": {{{text}: 1}}"#)),
        ] {
            let draft = format!(
                r#"{{"url": "https://example.com", "trigger": {{"event": "raw", "code": 41, "properties": {properties},
                    "extra": {{{extra}}}}}}}"#,
            );
            prop_assert_eq!(NewWebhook::from_json(&draft).is_ok(), is_text, "{}", draft);
            check_any(&draft)?;
        }
    }

    #[test]
    fn a_name_with_a_character_that_nobody_sees_is_refused(
        before in "[a-z]{0,3}", unseen in drafts::unseen(), after in "[a-z]{1,3}",
    ) {
        let name = format!("{before}{unseen}{after}");
        for trigger in [
            TriggerDraft::LeadActivityCreate { activity: name.clone() },
            TriggerDraft::LeadFieldUpdate { field: name.clone() },
            TriggerDraft::OpportunityDelete { opportunity_types: vec![name.clone()] },
            TriggerDraft::OpportunityStageUpdate { from: None, to: Some(name.clone()), properties: None },
            TriggerDraft::LandingPageSubmission { pages: Some(vec![name.clone()]) },
        ] {
            let error = WebhookDraft::new("https://example.com", trigger).parse().unwrap_err();
            prop_assert_eq!(error.violations().len(), 1);
        }
        let header = CustomHeader::parse("x", &name);
        prop_assert_eq!(header.is_ok(), unseen == "\t" && !before.is_empty(), "{:?}", header);
    }

    #[test]
    fn both_doors_lead_to_the_same_webhook(draft in drafts::drafts()) {
        let built = build(&draft);
        prop_assert_eq!(&draft.clone().parse().unwrap(), &built);
        prop_assert_eq!(&NewWebhook::from_json(&serde_json::to_string(&draft).unwrap()).unwrap(), &built);
    }

    #[test]
    fn the_body_of_a_create_or_an_update_reads_as_the_webhook_that_is_sent_so_again(
        draft in drafts::drafts(), observed in any::<bool>(), text in any::<bool>(),
    ) {
        let codes = if observed { EventCodes::Observed } else { EventCodes::Documented };
        let custom_headers_form = if text { CustomHeadersForm::JsonString } else { CustomHeadersForm::Array };
        let encoding = Encoding { codes, custom_headers_form };
        let webhook = draft.parse().unwrap();
        let sent = request::create(&webhook, encoding).into_body();
        let read = NewWebhook::from_api_json(std::str::from_utf8(&sent).unwrap(), codes).unwrap();
        prop_assert_eq!(String::from_utf8(request::create(&read, encoding).into_body()).unwrap(), String::from_utf8(sent.clone()).unwrap());
        prop_assert_eq!(read.given_description(), Some(webhook.description()));
        match webhook.trigger() {
            // A stage in the properties reads like one outside of them: the sent body is the same.
            Trigger::OpportunityStageUpdate(_) => prop_assert_eq!(read.trigger().event(), webhook.trigger().event()),
            trigger => prop_assert_eq!(read.trigger(), trigger),
        }
        let update = request::update(&"b1c4".parse().unwrap(), &webhook, encoding).into_body();
        prop_assert_eq!(NewWebhook::from_api_json(std::str::from_utf8(&update).unwrap(), codes).unwrap(), read);

        let problem = NewWebhook::from_json(std::str::from_utf8(&sent).unwrap()).unwrap_err();
        prop_assert_eq!(problem.violations().len(), 1, "{}", problem);
    }

    #[test]
    fn a_webhook_as_a_draft_and_as_a_file_has_what_was_given_and_nothing_else(draft in drafts::drafts()) {
        let webhook = build(&draft);
        let again = webhook.to_draft();
        prop_assert_eq!(&again.description, &draft.description);
        prop_assert_eq!(&again.content_type, &draft.content_type);
        prop_assert_eq!(again.notify_on_failure, draft.notify_on_failure);
        prop_assert_eq!(&again.parse().unwrap(), &webhook);
        let file = serde_json::to_string(&webhook.to_draft()).unwrap();
        prop_assert_eq!(&NewWebhook::from_json(&file).unwrap(), &webhook);
    }

    #[test]
    fn a_bad_draft_is_refused_by_both_doors_for_exactly_what_is_wrong((draft, expected) in bad_drafts()) {
        let error = draft.clone().parse().unwrap_err();
        prop_assert_eq!(fields(&error), expected);
        // A draft with invalid JSON cannot be written to a file.
        if let Ok(file) = serde_json::to_string(&draft) {
            prop_assert_eq!(NewWebhook::from_json(&file).unwrap_err(), error);
        }
    }

    #[test]
    fn a_bad_file_is_refused_for_exactly_what_is_wrong((draft, expected) in bad_json_drafts()) {
        let error = NewWebhook::from_json(&draft.to_string()).unwrap_err();
        prop_assert_eq!(fields(&error), expected, "{}", draft);
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter(
        good in drafts::drafts(), (bad, _) in bad_json_drafts(), order in vec(0..10_usize, 10),
    ) {
        let good = json!(good);
        let webhook = NewWebhook::from_json(&good.to_string()).unwrap();
        prop_assert_eq!(NewWebhook::from_json(&shuffled(&good, &order)).unwrap(), webhook);

        let violations = |json: &str| {
            let error = NewWebhook::from_json(json).unwrap_err();
            let violations: BTreeSet<_> = error.violations().iter().map(ToString::to_string).collect();
            (violations, error.warnings().to_vec())
        };
        prop_assert_eq!(violations(&shuffled(&bad, &order)), violations(&bad.to_string()));
    }

    #[test]
    fn any_json_is_taken_or_refused_with_reasons(value in drafts::values()) {
        check_any(&value.to_string())?;
    }

    #[test]
    fn any_text_is_taken_or_refused_with_reasons(bytes in vec(any::<u8>(), 0..64)) {
        check_any(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn a_good_file_with_a_wound_is_taken_or_refused_with_reasons(
        draft in drafts::drafts(), at in any::<prop::sample::Index>(), wound in option::of("(?s).{0,2}"),
    ) {
        let mut text: Vec<char> = json!(draft).to_string().chars().collect();
        let at = at.index(text.len());
        match wound {
            Some(wound) => drop(text.splice(at..=at, wound.chars())),
            None => text.truncate(at),
        }
        check_any(&text.into_iter().collect::<String>())?;
    }
}

/// The meaning of a draft on the wire: an empty object leaves no trace in a stage update that has a
/// stage.
fn meaning_on_the_wire(draft: &WebhookDraft) -> Meaning {
    let mut meaning = meaning(draft);
    let data = &mut meaning.data;
    if meaning.event == "opportunity_stage_update"
        && data.len() > 1
        && data.get("properties") == Some(&json!("{}"))
    {
        data.remove("properties");
    }
    if meaning.event == "raw" {
        data.remove("code");
        if let Some(properties) = data.get_mut("properties") {
            *properties = compact(properties.as_str().unwrap()).into();
        }
    }
    meaning
}

/// Checks any text: it is a webhook with a request, or it has violations of one line each.
fn check_any(json: &str) -> Result<(), TestCaseError> {
    match NewWebhook::from_json(json) {
        Ok(webhook) => {
            let body = request::create(&webhook, EventCodes::Documented).into_body();
            prop_assert!(serde_json::from_slice::<Map<String, Value>>(&body).is_ok());
        }
        Err(error) => {
            prop_assert!(!error.violations().is_empty());
            for violation in error.violations() {
                prop_assert!(!violation.problem.is_empty());
                prop_assert!(!violation.problem.contains(char::is_control), "{:?}", violation.problem);
            }
        }
    }
    Ok(())
}

fn refused(json: &str) -> Vec<(String, String)> {
    let error = NewWebhook::from_json(json).unwrap_err();
    error.violations().iter().map(|violation| (violation.field.clone(), violation.problem.clone())).collect()
}

#[test]
fn a_duplicate_key_is_refused_at_every_level() {
    let fields: Vec<_> = refused(
        r#"{"url": "https://example.com", "url": "https://example.com", "description": null, "description": null,
            "trigger": {"event": "raw", "code": 1, "code": 1, "extra": {"a": 1, "a": 2}},
            "custom_headers": [{"name": "x", "value": "canary", "value": "canary"}]}"#,
    )
    .into_iter()
    .map(|(field, problem)| format!("{field}: {problem}"))
    .collect();
    assert_eq!(
        fields,
        [
            "url: duplicate key",
            "description: duplicate key",
            "trigger.code: duplicate key",
            "custom_headers[0].value: duplicate key",
            r#"trigger.extra.a: duplicate key "a""#,
        ]
    );
}

#[test]
fn a_warning_beside_a_violation_is_about_a_part_that_is_whole() {
    let error = NewWebhook::from_json(
        r#"{"url": "http://example.com", "trigger": {"event": "lead_activity_create", "activity": "3001"},
            "custom_headers": [{"name": "a b", "value": "1"}, {"name": "x", "value": "1"}, {"name": "X", "value": "1"}]}"#,
    )
    .unwrap_err();
    assert_eq!(fields(&error), ["custom_headers[0].name"]);
    let places: Vec<_> = error.warnings().iter().map(|warning| warning.field.as_str()).collect();
    assert_eq!(places, ["url", "trigger.activity"]);
}

#[test]
fn a_text_that_is_no_text_is_not_called_a_string_that_is_no_string() {
    for (json, field) in [
        (r#"{"url": "\ud800", "trigger": {"event": "lead_create"}}"#, "url"),
        (r#"{"url": "https://example.com", "trigger": {"event": "lead_create"}, "\udfff": 1}"#, "draft"),
        (r#"{"url": "https://example.com", "trigger": {"event": "lead_create", "\ud800": 1}}"#, "trigger"),
    ] {
        let problem = "holds an escape that stands for no character";
        assert_eq!(refused(json), [(field.to_owned(), problem.to_owned())], "{json}");
    }
}

#[test]
fn a_stage_that_is_given_twice_is_found_beside_any_other_member() {
    let fields: Vec<_> = refused(
        r#"{"url": "https://example.com", "trigger": {"event": "opportunity_stage_update", "from": "A",
            "properties": {"StageFrom": "B", "\ud800": 1}}}"#,
    )
    .into_iter()
    .map(|(field, _)| field)
    .collect();
    assert_eq!(fields, ["trigger.properties"]);
}

fn read_api_body(json: &str) -> NewWebhook {
    NewWebhook::from_api_json(json, EventCodes::Documented).unwrap()
}

#[test]
fn a_body_becomes_typed_where_it_is_sent_so_again_and_raw_elsewhere() {
    let of = |members: &str| {
        let body = format!(r#"{{"URL": "https://example.com", {members}}}"#);
        json!(read_api_body(&body).to_draft().trigger)
    };
    let activity = r#""WebhookProperties": "{ \"ActivityEvent\": \"22\", \"ActivityData\":\"[]\",\"WebPageNames\":\"[]\"}""#;
    for (members, trigger) in [
        (r#""WebhookEvent": "3""#.to_owned(), json!({"event": "lead_create"})),
        (r#""WebhookEvent": 3, "WebhookProperties": null"#.to_owned(), json!({"event": "lead_create"})),
        (
            format!(r#""WebhookEvent": "2", "ActivityEvent": "22", {activity}"#),
            json!({"event": "lead_activity_create", "activity": "22"}),
        ),
        // A top-level member that the library's own creates have is missing: the trigger stays raw.
        (
            format!(r#""WebhookEvent": "2", {activity}"#),
            json!({"event": "raw", "code": "2", "properties": r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#}),
        ),
        (
            format!(r#""WebhookEvent": "2", "ActivityEvent": "22", "Note": [1.50], {activity}"#),
            json!({"event": "raw", "code": "2", "properties": r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#,
                "extra": {"ActivityEvent": "22", "Note": [1.50]}}),
        ),
        (
            r#""WebhookEvent": "34", "WebhookProperties": "{\"StageFrom\":\"A\",\"x\":1.50}""#.to_owned(),
            json!({"event": "opportunity_stage_update", "from": "A", "properties": r#"{"x":1.50}"#}),
        ),
        (
            r#""WebhookEvent": "34", "WebhookProperties": "{\"StageTo\":\"A\"}""#.to_owned(),
            json!({"event": "opportunity_stage_update", "to": "A"}),
        ),
        (
            r#""WebhookEvent": "34", "WebhookProperties": "{\"x\":1,\"StageTo\":\"A\"}""#.to_owned(),
            json!({"event": "opportunity_stage_update", "properties": r#"{"x":1,"StageTo":"A"}"#}),
        ),
        (
            r#""WebhookEvent": "34", "WebhookProperties": "[]""#.to_owned(),
            json!({"event": "raw", "code": "34", "properties": "[]"}),
        ),
        (
            r#""WebhookEvent": "1", "LandingPageUrls": []"#.to_owned(),
            json!({"event": "landing_page_submission"}),
        ),
        (
            r#""WebhookEvent": "1", "LandingPageUrls": ["a"], "IsSpecificLandingPage": true"#.to_owned(),
            json!({"event": "landing_page_submission", "pages": ["a"]}),
        ),
        (r#""WebhookEvent": "28""#.to_owned(), json!({"event": "raw", "code": "28"})),
    ] {
        assert_eq!(of(&members), trigger, "{members}");
    }
    let opportunity = r#"{"URL": "https://example.com", "WebhookEvent": "31", "OpportunityEvents": ["12000"],
        "WebhookProperties": "{\"OpportunityEvents\":[\"12000\"],\"IsAsyncEnable\":false}"}"#;
    for (codes, event) in
        [(EventCodes::Documented, Event::OpportunityCreate), (EventCodes::Observed, Event::OpportunityDelete)]
    {
        assert_eq!(NewWebhook::from_api_json(opportunity, codes).unwrap().trigger().event(), Some(event));
    }
}

#[test]
fn the_vendors_own_sample_is_read_and_what_it_does_not_say_is_not_given() {
    let sample = r#"{"Description": "", "URL": "http://example.com", "Method": "POST", "ContentType": "application/json",
        "WebhookEvent": "1", "LandingPageUrls": null, "IsSpecificLandingPage": false, "NotifyOnFailure": true,
        "WebhookProperties": null, "CustomHeaders": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "b"}]}"#;
    let webhook = read_api_body(&format!("\u{feff}{sample}"));
    assert_eq!(webhook.given_notify_on_failure(), Some(true));
    assert_eq!(webhook.custom_headers().as_slice().len(), 2);
    let bare = read_api_body(r#"{"URL": "https://example.com", "WebhookEvent": "3"}"#);
    let built = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
    assert_eq!(bare, built);
}

#[test]
fn a_bad_body_is_refused_by_the_names_that_it_has() {
    for (body, expected) in [
        ("", &[r#"body: the text is empty; the form is {"URL": "https://…", "WebhookEvent": "3"}"#] as &[_]),
        ("[]", &[r#"body: a list is not an object; the form is {"URL": "https://…", "WebhookEvent": "3"}"#]),
        (
            "{}",
            &[
                "WebhookEvent: missing",
                r#"URL: missing; where deliveries go, such as "https://example.com/hooks""#,
            ],
        ),
        (
            r#"{"URL": "/hooks?x=canary", "URL": 1, "WebhookEvent": "x", "Method": "GET", "ContentType": "text/html", "NotifyOnFailure": "yes",
                "Description": "\u0000", "WebhookProperties": {}, "IsSpecificLandingPage": true}"#,
            &[
                "URL: duplicate key",
                r#"Method: "GET" is not POST, the only method of a delivery"#,
                "WebhookProperties: an object is not a string",
                "IsSpecificLandingPage: true, and LandingPageUrls names no page",
                "NotifyOnFailure: a string is not true or false",
                r#"URL: "/hooks?x=…" is relative; an absolute http or https URL is needed"#,
                r#"WebhookEvent: "x" is not an event code; a whole number from 0 to 4294967295 is needed"#,
                r#"ContentType: "text/html" is not application/json, application/x-www-form-urlencoded or text/plain"#,
                "Description: holds U+0000 (NUL); remove it",
            ],
        ),
        (
            r#"{"URL": "https://example.com", "WebhookEvent": "2", "LandingPageUrls": ["a", " "], "IsSpecificLandingPage": false,
                "WebhookProperties": "{", "Note": 1}"#,
            &[
                "IsSpecificLandingPage: false, and LandingPageUrls names pages",
                "LandingPageUrls: only WebhookEvent 1 has landing pages",
                "WebhookProperties: an event with landing pages has none",
                "Note: an event with landing pages has no further member",
                r#"LandingPageUrls[1]: " " is blank; the URL of a landing page is needed"#,
            ],
        ),
        (
            r#"{"URL": "https://example.com", "WebhookEvent": "41", "Note": "\ud800", "WebhookProperties": "",
                "CustomHeaders": [7, {"Key": "a b", "Value": " canary"}, {"name": "a", "Value": 7}]}"#,
            &[
                "CustomHeaders[0]: the number 7 is not an object",
                "CustomHeaders[2].Key: missing",
                "CustomHeaders[2].Value: not a string",
                "CustomHeaders[2].name: unknown key; known are Key, Value",
                "WebhookProperties: not JSON: EOF while parsing a value at line 1 column 0",
                r"Note: holds \ud800, half of a surrogate pair, which is not a character; remove it",
                r#"CustomHeaders[1].Key: "a b" is not an HTTP field name; letters, digits and !#$%&'*+-.^_`|~ are allowed"#,
                "CustomHeaders[1].Value: begins or ends with white space, which HTTP strips",
            ],
        ),
        (
            r#"{"URL": "https://example.com", "WebhookEvent": "1", "LandingPageUrls": 7, "IsSpecificLandingPage": true}"#,
            &["LandingPageUrls: the number 7 is not a list"],
        ),
        (
            r#"{"URL": "https://example.com", "WebhookEvent": "3", "CustomHeaders": "canary"}"#,
            &["CustomHeaders: not JSON: expected value at line 1 column 1"],
        ),
        (
            r#"{"URL": "https://example.com", "WebhookEvent": "3", "CustomHeaders": "{\"Key\": \"canary\"}"}"#,
            &[r#"CustomHeaders: an object is not a list; the form is [{"Key": "x-api-key", "Value": "…"}]"#],
        ),
    ] {
        let error = NewWebhook::from_api_json(body, EventCodes::Documented).unwrap_err();
        let lines: Vec<_> = error.violations().iter().map(ToString::to_string).collect();
        assert_eq!(lines, expected, "{body}");
    }
    let error = NewWebhook::from_api_json(
        r#"{"URL": "http://example.com", "WebhookEvent": "2", "Method": "PUT", "ActivityEvent": "3001",
            "WebhookProperties": "{\"ActivityEvent\":\"3001\",\"ActivityData\":\"[]\",\"WebPageNames\":\"[]\"}"}"#,
        EventCodes::Documented,
    );
    let fields: Vec<_> = error.unwrap_err().warnings().iter().map(|warning| warning.field.clone()).collect();
    assert_eq!(fields, ["URL", "ActivityEvent"]);
}

#[test]
fn null_is_as_good_as_absent() {
    let webhook = NewWebhook::from_json(
        r#"{"url": "https://example.com", "description": null, "content_type": null, "notify_on_failure": null,
            "custom_headers": null, "trigger": {"event": "lead_create", "pages": null, "activity": null, "field": null,
            "opportunity_types": null, "from": null, "to": null, "code": null, "properties": null, "extra": null}}"#,
    );
    let bare = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
    assert_eq!(webhook, Ok(bare));
}

#[test]
fn a_draft_is_written_with_what_it_says_and_nothing_more() {
    let written = |json: &str| json!(NewWebhook::from_json(json).unwrap().to_draft());
    assert_eq!(
        written(r#"{"url": "https://example.com", "trigger": {"event": "lead_create"}}"#),
        json!({"url": "https://example.com", "trigger": {"event": "lead_create"}})
    );
    assert_eq!(
        json!(WebhookDraft::new("x", TriggerDraft::LeadCreate)),
        json!({"url": "x", "trigger": {"event": "lead_create"}})
    );
    let bad = TriggerDraft::Raw {
        code: "1".to_owned(),
        properties: None,
        extra: vec![leadsquared_webhooks_core::ExtraMemberDraft {
            name: "a".to_owned(),
            json: "{".to_owned(),
        }],
    };
    let error = serde_json::to_string(&WebhookDraft::new("x", bad)).unwrap_err();
    assert!(error.to_string().starts_with("trigger.extra.a: not JSON: "), "{error}");
}
