//! Retrieve, update and delete on the wire, by the vendor's page, and what is the same as what.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    Event, EventCodes, Identity, NewWebhook, Resolution, Secrets, Ticket, Unverified, Verification, Webhook,
    WebhookFilter, WebhookStatus, request,
    response::{self, ResponseError},
    verify,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use crate::drafts;

fn body(request: &http::Request<Vec<u8>>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn read(body: &str) -> Result<Vec<Webhook>, ResponseError> {
    let page = response::retrieved(
        StatusCode::OK,
        &HeaderMap::new(),
        body.as_bytes(),
        &Secrets::default(),
        UNIX_EPOCH,
    )?;
    Ok(page.webhooks)
}

fn one(item: &Value) -> Webhook {
    read(&json!({"RecordCount": 1, "Response": [item]}).to_string()).unwrap().remove(0)
}

fn webhook(json: &str) -> NewWebhook {
    NewWebhook::from_json(json).unwrap()
}

fn activity(code: &str) -> NewWebhook {
    webhook(&format!(
        r#"{{"url": "https://example.com", "trigger": {{"event": "lead_activity_create", "activity": "{code}"}}}}"#
    ))
}

/// What the vendor tells of [`activity`] 22.
fn told() -> Value {
    json!({
        "WebhookId": "b1c4", "EventName": "Activity Creation", "EventCode": "LeadActivity_Post_Create",
        "Description": "", "URL": "https://example.com", "StatusCode": 0,
        "WebhookProperties": r#"{ "WebPageNames": "[]", "ActivityData": "[]", "ActivityEvent": "22" }"#,
    })
}

#[test]
fn a_question_is_that_of_the_vendors_page() {
    let filter = WebhookFilter::builder()
        .event(Event::LeadCreate)
        .status(WebhookStatus::Enabled)
        .id("b1c4".parse().unwrap())
        .text("hooks")
        .build();
    let request = request::retrieve(&filter, 2, 25);
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/v2/Webhook.svc/Retrieve"));
    assert_eq!(
        body(&request),
        json!({
            "Parameter": {"Type": "Webhook", "WebhookEvent": "Lead_Post_Create", "StatusCode": 0, "WebhookId": "b1c4",
                "SearchText": "hooks"},
            "Sorting": {"ColumnName": "ModifiedOn", "Direction": "1"}, "Paging": {"PageIndex": 2, "PageSize": 25},
        })
    );
    assert_eq!(
        body(&request::retrieve(&WebhookFilter::default(), 1, 100))["Parameter"],
        json!({"Type": "Webhook"})
    );
}

#[test]
fn an_update_is_a_create_with_an_id_and_a_delete_is_a_get() {
    for codes in EventCodes::ALL {
        let webhook = activity("22");
        let mut update = body(&request::update(&"b1c4".parse().unwrap(), &webhook, codes));
        assert_eq!(update.as_object_mut().unwrap().remove("WebhookId"), Some(json!("b1c4")));
        assert_eq!(update, body(&request::create(&webhook, codes)));
    }
    let delete = request::delete(&"a b&c=d/ü".parse().unwrap());
    assert_eq!(delete.uri(), "/v2/Webhook.svc/Delete?webhookId=a+b%26c%3Dd%2F%C3%BC");
    assert!(delete.body().is_empty() && delete.headers().is_empty());
}

#[test]
fn a_page_is_read_whatever_kinds_its_members_have() {
    assert_eq!(read(r#"{"RecordCount":0}"#).unwrap(), []);
    assert_eq!(read(r#"{"RecordCount":"0","Response":null}"#).unwrap(), []);
    assert_eq!(read(r#"{"RecordCount":3,"Response":[]}"#).unwrap(), []);
    let item =
        r#"{"WebhookId": 7, "StatusCode": "2", "WebhookProperties": null, "Owner": {"b": 1, "a": 1.50}}"#;
    let got = read(&format!(r#"{{"RecordCount": "1", "Response": [{item}]}}"#)).unwrap().remove(0);
    assert_eq!((got.id.as_str(), got.status), ("7", Some(WebhookStatus::DisabledByFailures)));
    assert_eq!((got.event, got.url, got.description), (None, None, None));
    assert_eq!(got.properties.as_deref(), Some(""));
    assert_eq!((got.other[0].0.as_str(), got.other[0].1.as_str()), ("Owner", r#"{"b":1,"a":1.50}"#));
    for no_page in [
        "{}",
        "[]",
        r#"{"Response":[]}"#,
        r#"{"RecordCount":-1}"#,
        r#"{"RecordCount":1,"Response":{}}"#,
        r#"{"RecordCount":1,"Response":[{}]}"#,
        r#"{"RecordCount":1,"Response":["b1c4"]}"#,
        "<html>",
        "",
    ] {
        assert!(matches!(read(no_page), Err(ResponseError::Unexpected(_))), "{no_page}");
    }
    let error = r#"{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"no"}"#;
    assert!(matches!(read(error), Err(ResponseError::Api(_))));
}

#[test]
fn a_webhook_is_written_as_json_with_what_it_does_not_know() {
    let mut item = told();
    item["ModifiedOn"] = json!("2026-08-08 05:52:30");
    assert_eq!(
        json!(one(&item)),
        json!({
            "id": "b1c4", "event": "LeadActivity_Post_Create", "url": "https://example.com", "status": "enabled",
            "description": "", "properties": told()["WebhookProperties"],
            "other": {"EventName": "Activity Creation", "ModifiedOn": "2026-08-08 05:52:30"},
        })
    );
}

#[test]
fn what_is_read_back_is_the_same_different_or_unverified() {
    let asked = activity("22");
    let verified = |change: &dyn Fn(&mut Value)| {
        let mut item = told();
        change(&mut item);
        match verify(&asked, EventCodes::Documented, &one(&item)) {
            Verification::Same => vec!["same"],
            Verification::Different { differences, .. } => {
                differences.into_iter().map(|difference| difference.field).collect()
            }
            Verification::Unverified { why } => vec![why.as_str()],
        }
    };
    let set = |key: &'static str, value: Value| move |item: &mut Value| item[key] = value.clone();
    let without = |key: &'static str| move |item: &mut Value| drop(item.as_object_mut().unwrap().remove(key));
    assert_eq!(verified(&|_| ()), ["same"]);
    assert_eq!(verified(&set("EventCode", json!("LeadActivity_Post_Update"))), ["event"]);
    assert_eq!(verified(&set("URL", json!("https://example.com/"))), ["url"]);
    assert_eq!(verified(&set("StatusCode", json!(1))), ["status"]);
    assert_eq!(verified(&set("WebhookProperties", json!("{}"))), ["properties"]);
    assert_eq!(verified(&set("WebhookProperties", json!("no JSON"))), ["properties"]);
    assert_eq!(verified(&set("Description", json!("another"))), ["same"]);
    for key in ["EventCode", "URL", "StatusCode", "WebhookProperties"] {
        assert_eq!(verified(&without(key)), ["not_told"], "{key}");
    }
    let raw = webhook(r#"{"url": "https://example.com", "trigger": {"event": "raw", "code": 99}}"#);
    let unknown = verify(&raw, EventCodes::Documented, &one(&json!({"WebhookId": "b1c4"})));
    assert_eq!(unknown, Verification::Unverified { why: Unverified::UnknownEvent });
    // A raw number that the table knows is held to its name.
    let raw = webhook(r#"{"url": "https://example.com", "trigger": {"event": "raw", "code": 3}}"#);
    let other = verify(&raw, EventCodes::Documented, &one(&told()));
    assert!(matches!(other, Verification::Different { .. }));
}

#[test]
fn two_webhooks_are_the_same_by_event_url_and_properties() {
    let identity = Identity::of(&activity("22"), EventCodes::Documented);
    let matches = |key: &str, value: Option<Value>| {
        let mut item = told();
        match value {
            Some(value) => item[key] = value,
            None => drop(item.as_object_mut().unwrap().remove(key)),
        }
        identity.matches(&one(&item))
    };
    assert!(matches("Description", Some(json!("another"))) && matches("StatusCode", Some(json!(2))));
    assert!(!matches("EventCode", Some(json!("Lead_Post_Create"))));
    assert!(!matches("URL", Some(json!("https://example.com/a"))));
    assert!(!matches("WebhookProperties", Some(json!(r#"{"ActivityEvent":"23"}"#))));
    for untold in ["EventCode", "URL", "WebhookProperties"] {
        assert!(matches(untold, None), "the benefit of the doubt");
    }
    let lead = |properties: Value| {
        let lead = webhook(r#"{"url": "https://example.com", "trigger": {"event": "lead_create"}}"#);
        let item = json!({"WebhookId": "b1c4", "EventCode": "Lead_Post_Create", "URL": "https://example.com",
            "WebhookProperties": properties});
        Identity::of(&lead, EventCodes::Documented).matches(&one(&item))
    };
    assert!(
        lead(json!(null))
            && lead(json!(""))
            && lead(json!("null"))
            && lead(json!("{}"))
            && !lead(json!("[1]"))
    );
}

#[test]
fn a_ticket_finds_what_it_is_for_and_waits_until_it_has_settled() {
    let sent_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let settling = Duration::from_mins(1);
    let ticket = Ticket::new(&activity("22"), EventCodes::Documented, sent_at);
    let (mut twin, mut other) = (told(), told());
    twin["WebhookId"] = json!("twin");
    other["URL"] = json!("https://example.com/other");
    let seen = [one(&told()), one(&twin), one(&other)];
    let resolve = |ticket: &Ticket, seen: &[Webhook], after| {
        ticket.resolve(seen, sent_at + Duration::from_secs(after), settling)
    };
    assert_eq!(resolve(&ticket, &seen[..1], 0), Resolution::Found(seen[0].clone()));
    assert_eq!(resolve(&ticket, &seen, 0), Resolution::Several(seen[..2].to_vec()));
    assert_eq!(resolve(&ticket, &seen[2..], 59), Resolution::NotSeen { settled_at: sent_at + settling });
    assert_eq!(resolve(&ticket, &[], 60), Resolution::Absent);
    let knowing = ticket.clone().knowing([seen[1].id.clone()]);
    assert_eq!(resolve(&knowing, &seen, 0), Resolution::Found(seen[0].clone()));
    assert_eq!(knowing.to_json().parse(), Ok(knowing));
    let later = ticket.sent_until(sent_at + Duration::from_secs(5));
    assert!(matches!(resolve(&later, &[], 64), Resolution::NotSeen { .. }));
}

#[test]
fn what_is_no_ticket_is_refused_with_a_reason() {
    for (text, reason) in [
        ("", "EOF"),
        ("{}", "missing field"),
        (r#"{"event":" ","url":"x","properties":null,"sent_at_ms":0,"known":[]}"#, "blank"),
        (r#"{"event":null,"url":"x","properties":null,"sent_at_ms":0,"known":[" "]}"#, "not blank"),
        (r#"{"event":null,"url":"x","properties":null,"sent_at_ms":-1,"known":[]}"#, "invalid value"),
        (r#"{"event":null,"url":"x","properties":null,"sent_at_ms":0,"known":[],"more":1}"#, "unknown field"),
    ] {
        let problem = text.parse::<Ticket>().unwrap_err().to_string();
        assert!(problem.starts_with("not a ticket: ") && problem.contains(reason), "{problem}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_page_panic(bytes in vec(any::<u8>(), 0..120), status in 100..600_u16) {
        let (status, headers, secrets) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), Secrets::default());
        let _ = response::retrieved(status, &headers, &bytes, &secrets, UNIX_EPOCH);
        let _ = response::acknowledged(status, &headers, &bytes, &secrets, UNIX_EPOCH);
    }

    #[test]
    fn no_json_makes_a_page_panic(value in drafts::values(), item in drafts::values()) {
        let _ = read(&value.to_string());
        let _ = read(&json!({"RecordCount": 1, "Response": [item]}).to_string());
    }

    #[test]
    fn a_webhook_told_as_it_was_asked_for_is_the_same_and_survives_its_ticket(draft in drafts::drafts()) {
        let asked = draft.parse().unwrap();
        for codes in EventCodes::ALL {
            let sent = body(&request::create(&asked, codes));
            let event = asked.trigger().event().or_else(|| codes.event(asked.trigger().code(codes)));
            let got = one(&json!({
                "WebhookId": "b1c4", "EventCode": event.map(Event::retrieve_name), "URL": sent["URL"], "StatusCode": 0,
                "WebhookProperties": sent["WebhookProperties"],
            }));
            prop_assert!(Identity::of(&asked, codes).matches(&got));
            let verification = verify(&asked, codes, &got);
            let expected = match event {
                Some(_) => Verification::Same,
                None => Verification::Unverified { why: Unverified::UnknownEvent },
            };
            prop_assert_eq!(verification, expected);
            let ticket = Ticket::new(&asked, codes, SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_552_453_142));
            prop_assert_eq!(ticket.to_json().parse::<Ticket>().unwrap(), ticket);
        }
    }
}
