//! Retrieve, update and delete on the wire, by LeadSquared's page, and the identity of webhooks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    Action, Event, EventCodes, Identity, NewWebhook, Reconciled, Secrets, State, Ticket, UnexpectedReason,
    Unverified, Webhook, WebhookFilter, WebhookStatus,
    reconcile::{ReconcileOptions, Reconciler, Step, WaitingFor},
    request,
    response::{self, ResponseError},
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

/// Returns LeadSquared's item for [`activity`] 22.
fn reported() -> Value {
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
fn an_update_or_a_delete_is_done_when_the_answer_is_json_or_nothing_and_no_error() {
    use UnexpectedReason::{Empty, NotJson, Redirect, Truncated};
    let error = r#"{"Status":"Error","ExceptionType":"MXInvalidInputException"}"#;
    for (status, body, expected) in [
        (200, "", Ok(())),
        (204, " \r\n", Ok(())),
        (200, "{}", Ok(())),
        (200, "true", Ok(())),
        (200, r#"{"Status":"Success"}"#, Ok(())),
        (200, "<html>", Err(Some(NotJson))),
        (200, "{", Err(Some(Truncated))),
        (302, "", Err(Some(Redirect))),
        (100, "", Err(Some(Empty))),
        (200, error, Err(None)),
        (404, "", Err(None)),
        (500, "{}", Err(None)),
    ] {
        let code = StatusCode::from_u16(status).unwrap();
        let (headers, secrets) = (HeaderMap::new(), Secrets::default());
        let read = response::acknowledged(code, &headers, body.as_bytes(), &secrets, UNIX_EPOCH);
        let read = read.map_err(|error| match error {
            ResponseError::Api(_) => None,
            ResponseError::Unexpected(answer) => Some(answer.reason()),
        });
        assert_eq!(read, expected, "{status} {body}");
    }
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
    for (reported, properties) in [
        (r#""{\"a\":1}""#, r#"{"a":1}"#),
        (r#"{"b": 1.50, "a": [ ]}"#, r#"{"b":1.50,"a":[]}"#),
        ("[ 1 ]", "[1]"),
        ("true", ""),
    ] {
        let page =
            format!(r#"{{"RecordCount":1,"Response":[{{"WebhookId":7,"WebhookProperties":{reported}}}]}}"#);
        assert_eq!(read(&page).unwrap()[0].properties.as_deref(), Some(properties), "{reported}");
    }
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
    let mut item = reported();
    item["ModifiedOn"] = json!("2026-08-08 05:52:30");
    assert_eq!(
        json!(one(&item)),
        json!({
            "id": "b1c4", "event": "LeadActivity_Post_Create", "url": "https://example.com", "status": "enabled",
            "description": "", "properties": reported()["WebhookProperties"],
            "other": {"EventName": "Activity Creation", "ModifiedOn": "2026-08-08 05:52:30"},
        })
    );
}

/// Returns the report on a create that got this ID and was read back as these webhooks.
fn read_back(asked: &NewWebhook, seen: &[Webhook]) -> Reconciled {
    let now = SystemTime::UNIX_EPOCH;
    let options = ReconcileOptions { keep_mismatch: true, ..ReconcileOptions::default() };
    let id = "b1c4".parse().unwrap();
    let mut reconciler = Reconciler::<()>::verify(asked.clone(), id, now, options);
    assert_eq!(reconciler.next(now), Step::List);
    reconciler.listed(seen, now);
    assert_eq!(reconciler.next(now), Step::Done);
    reconciler.finish().webhooks.remove(0).1.unwrap()
}

#[test]
fn what_is_read_back_is_as_desired_different_or_unverified() {
    let asked = activity("22");
    let state = |change: &dyn Fn(&mut Value)| {
        let mut item = reported();
        change(&mut item);
        let Reconciled { state, differences, .. } = read_back(&asked, &[one(&item)]);
        (state, differences.into_iter().map(|difference| difference.field).collect::<Vec<_>>())
    };
    let set = |key: &'static str, value: Value| move |item: &mut Value| item[key] = value.clone();
    let without = |key: &'static str| move |item: &mut Value| drop(item.as_object_mut().unwrap().remove(key));
    let same =
        |(state, differences): (State, Vec<String>)| state == State::Delivering && differences.is_empty();
    assert!(same(state(&|_| ())));
    assert!(same(state(&set("URL", json!("HTTPS://EXAMPLE.com:443/")))));
    assert!(same(state(&set("Description", json!("another")))), "none was given");
    for (key, other, expected, field) in [
        ("EventCode", json!("LeadActivity_Post_Update"), State::Mismatch, "event"),
        ("URL", json!("https://example.com/a"), State::Mismatch, "url"),
        ("WebhookProperties", json!("{}"), State::Unverified(Unverified::Properties), "properties"),
        ("WebhookProperties", json!("no JSON"), State::Unverified(Unverified::Properties), "properties"),
    ] {
        assert_eq!(state(&set(key, other)), (expected, vec![field.to_owned()]), "{key}");
    }
    assert_eq!(state(&set("StatusCode", json!(1))).0, State::Disabled(WebhookStatus::Disabled));
    for key in ["EventCode", "URL", "StatusCode"] {
        assert_eq!(state(&without(key)), (State::Unverified(Unverified::NotReported), Vec::new()), "{key}");
    }
    // A raw code in a table must have the table's name, and a code in neither table a name in
    // neither.
    let raw = |code: u32| {
        webhook(&format!(
            r#"{{"url": "https://example.com", "trigger": {{"event": "raw", "code": {code}}}}}"#
        ))
    };
    assert_eq!(read_back(&raw(3), &[one(&reported())]).state, State::Mismatch);
    assert_eq!(read_back(&raw(99), &[one(&reported())]).state, State::Mismatch);
    let unheard_of = json!({"WebhookId": "b1c4", "EventCode": "Lead_Merge", "URL": "https://example.com",
        "StatusCode": 0, "WebhookProperties": ""});
    assert_eq!(read_back(&raw(99), &[one(&unheard_of)]).state, State::Delivering);
}

#[test]
fn two_webhooks_are_the_same_by_event_url_and_properties() {
    let identity = Identity::of(&activity("22"));
    let matches = |key: &str, value: Option<Value>| {
        let mut item = reported();
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
    for unreported in ["EventCode", "URL", "WebhookProperties"] {
        assert!(matches(unreported, None), "the benefit of the doubt");
    }
    let lead = |properties: Value| {
        let lead = webhook(r#"{"url": "https://example.com", "trigger": {"event": "lead_create"}}"#);
        let item = json!({"WebhookId": "b1c4", "EventCode": "Lead_Post_Create", "URL": "https://example.com",
            "WebhookProperties": properties});
        Identity::of(&lead).matches(&one(&item))
    };
    assert!(
        lead(json!(null))
            && lead(json!(""))
            && lead(json!("null"))
            && lead(json!("{}"))
            && !lead(json!("[1]"))
    );
}

/// Returns the result of a ticket's create after a list at this time, if it is known.
fn resolved(ticket: &Ticket, seen: &[Webhook], asked_at: SystemTime) -> Option<Reconciled> {
    let mut reconciler = Reconciler::<()>::resolve(ticket.clone(), ReconcileOptions::default());
    assert_eq!(reconciler.next(asked_at), Step::List);
    reconciler.listed(seen, asked_at);
    (reconciler.next(asked_at) == Step::Done).then(|| reconciler.finish().webhooks.remove(0).1.unwrap())
}

#[test]
fn a_ticket_finds_what_it_is_for_and_waits_until_its_window_is_over() {
    let sent_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let ticket = Ticket::new(&activity("22"), sent_at);
    let (mut duplicate, mut other) = (reported(), reported());
    duplicate["WebhookId"] = json!("duplicate");
    other["URL"] = json!("https://example.com/other");
    let seen = [one(&reported()), one(&duplicate), one(&other)];
    let found = |seen: &[Webhook]| {
        let found = resolved(&ticket, seen, sent_at).unwrap();
        assert_eq!((found.action, found.state), (Action::Existed, State::Delivering));
        (found.id.unwrap().to_string(), found.duplicates.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(found(&seen[..1]), ("b1c4".to_owned(), Vec::new()));
    assert_eq!(found(&seen), ("b1c4".to_owned(), vec!["duplicate".to_owned()]));
    let after = |seconds| sent_at + Duration::from_secs(seconds);
    assert_eq!(resolved(&ticket, &seen[2..], after(59)), None);
    assert_eq!(resolved(&ticket, &[], after(60)).map(|absent| absent.state), Some(State::Absent));
    let later = ticket.clone().sent_until(after(5));
    assert_eq!(resolved(&later, &[], after(64)), None);
    let knowing = ticket.knowing([seen[1].id.clone()]);
    assert_eq!(knowing.to_json().parse(), Ok(knowing));
}

#[test]
fn a_ticket_waits_no_longer_than_it_may() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    for (max_wait, state) in [(0, Some(State::Unverified(Unverified::NotSeen))), (1, None)] {
        let max_wait = Some(Duration::from_secs(max_wait));
        let options = ReconcileOptions { max_wait, ..ReconcileOptions::default() };
        let mut reconciler = Reconciler::<()>::resolve(Ticket::new(&activity("22"), now), options);
        assert_eq!(reconciler.next(now), Step::List);
        reconciler.listed(&[], now);
        match (state, reconciler.next(now)) {
            (Some(state), Step::Done) => {
                assert_eq!(reconciler.finish().webhooks.remove(0).1.unwrap().state, state);
            }
            (None, Step::Wait(waiting)) => {
                assert_eq!(waiting.why, WaitingFor::LostCreate);
                assert_eq!((waiting.time.as_secs(), waiting.at_most.as_secs()), (1, 60));
            }
            (_, step) => panic!("{max_wait:?}: {step:?}"),
        }
    }
}

#[test]
fn what_is_no_ticket_is_refused_with_a_reason() {
    let ticket = |desired: &str, rest: &str| format!(r#"{{"desired":{desired},"sent_at_ms":{rest}}}"#);
    let desired = r#"{"event":"Lead_Post_Create","url":"x","properties":null}"#;
    assert!(ticket(desired, "0").parse::<Ticket>().is_ok());
    assert!(format!("\u{feff}{}", ticket(desired, "0")).parse::<Ticket>().is_ok());
    for (text, reason) in [
        (String::new(), "EOF"),
        ("{}".to_owned(), "missing field"),
        (ticket(r#"{"event":" ","url":"x","properties":null}"#, "0"), "blank"),
        (ticket(r#"{"code":"-1","url":"x","properties":null}"#, "0"), "not an event code"),
        (ticket(r#"{"url":"x","properties":null}"#, "0"), "either an event or a code"),
        (ticket(r#"{"event":"a","code":"1","url":"x","properties":null}"#, "0"), "either an event or a code"),
        (ticket(r#"{"code":"1","url":"x","properties":null,"more":1}"#, "0"), "unknown field"),
        (ticket(desired, r#"0,"known":[" "]"#), "not blank"),
        (ticket(desired, "-1"), "invalid value"),
        (ticket(desired, r#"0,"more":1"#), "unknown field"),
    ] {
        let problem = text.parse::<Ticket>().unwrap_err().to_string();
        assert!(problem.starts_with("not a ticket: ") && problem.contains(reason), "{text}: {problem}");
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
    fn a_webhook_reported_as_it_was_asked_for_is_the_same_and_survives_its_ticket(draft in drafts::drafts()) {
        let asked = draft.parse().unwrap();
        for codes in EventCodes::ALL {
            let sent = body(&request::create(&asked, codes));
            let event = asked.trigger().event().or_else(|| codes.event(asked.trigger().code(codes)));
            let got = one(&json!({
                "WebhookId": "b1c4", "EventCode": event.map(Event::retrieve_name), "URL": sent["URL"], "StatusCode": 0,
                "WebhookProperties": sent["WebhookProperties"],
            }));
            prop_assert!(Identity::of(&asked).matches(&got));
            if event.is_some() {
                prop_assert_eq!(read_back(&asked, &[got]).state, State::Delivering);
            }
            let sent_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_552_453_142);
            let ticket = Ticket::new(&asked, sent_at).knowing(["a b".parse().unwrap()]);
            prop_assert_eq!(ticket.to_json().parse::<Ticket>().unwrap(), ticket);
        }
    }
}
