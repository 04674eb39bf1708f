//! Identity of webhooks, as tables of pairs.

use leadsquared_webhooks_core::{Identity, NewWebhook};
use serde_json::{Value, json};

fn of(url: &str, trigger: &Value) -> Identity {
    Identity::of(&NewWebhook::from_json(&json!({"url": url, "trigger": trigger}).to_string()).unwrap())
}

fn identity(trigger: &Value) -> Identity {
    of("https://example.com", trigger)
}

fn raw(code: u32, properties: &Value) -> Value {
    json!({"event": "raw", "code": code, "properties": properties})
}

#[test]
fn an_identity_shows_the_name_of_its_event_or_else_its_code() {
    let typed = identity(&json!({"event": "lead_create"}));
    assert_eq!(typed.event().map(ToString::to_string).as_deref(), Some("Lead_Post_Create"));
    assert_eq!(typed.event_text(), "Lead_Post_Create");
    let raw = identity(&raw(28, &Value::Null));
    assert_eq!(raw.event(), None);
    assert_eq!(raw.event_text(), "code 28");
}

#[test]
fn an_identity_shows_the_properties_without_those_that_mean_nothing() {
    for (trigger, properties) in [
        (json!({"event": "lead_create"}), Value::Null),
        (json!({"event": "lead_activity_create", "activity": "22"}), json!({"ActivityEvent": "22"})),
        (raw(40, &json!({"Own": [1.50, {}], "Off": false, "None": {}})), json!({"Own": ["1.5", null]})),
        (raw(40, &json!({"None": {"None": []}})), Value::Null),
    ] {
        assert_eq!(identity(&trigger).properties(), &properties, "{trigger}");
    }
}

#[test]
fn two_identities_overlap_where_one_webhook_could_be_of_both() {
    let opportunity = |event: &str| json!({"event": event, "opportunity_types": ["12000"]});
    let with = |code: u32| raw(code, &json!({"OpportunityEvents": ["12000"]}));
    let bare = |code: u32| raw(code, &Value::Null);
    let lead = || json!({"event": "lead_create"});
    for (one, other, overlaps) in [
        (lead(), lead(), true),
        (lead(), json!({"event": "lead_update"}), false),
        (lead(), bare(3), true),
        (lead(), bare(6), false),
        (lead(), bare(28), false),
        (lead(), raw(3, &json!({"Own": "x"})), false),
        (opportunity("opportunity_create"), opportunity("opportunity_delete"), false),
        // The tables disagree on 31; 29 and 30 are in one table only.
        (opportunity("opportunity_create"), with(31), true),
        (opportunity("opportunity_delete"), with(31), true),
        (opportunity("opportunity_create"), with(29), true),
        (opportunity("opportunity_create"), with(30), false),
        (with(29), with(31), true),
        (with(29), with(30), false),
        (with(29), bare(29), false),
        // The names of codes in neither table are unknown.
        (bare(28), bare(28), true),
        (bare(28), bare(40), true),
        (bare(28), bare(29), false),
        (bare(28), raw(28, &json!({"Own": "x"})), false),
    ] {
        let (one, other) = (identity(&one), identity(&other));
        assert_eq!(one.overlaps(&other), overlaps, "{one:?} and {other:?}");
        assert_eq!(other.overlaps(&one), overlaps, "{other:?} and {one:?}");
    }
    let elsewhere = of("https://example.com/elsewhere", &lead());
    assert!(!elsewhere.overlaps(&identity(&lead())));
    assert!(of("HTTPS://example.com:443/", &lead()).overlaps(&identity(&lead())));
}

fn stored(json: &Value) -> Result<Identity, String> {
    serde_json::from_value(json.clone()).map_err(|error| error.to_string())
}

#[test]
fn a_name_that_no_table_has_overlaps_with_every_code_that_no_table_has() {
    let deleted = stored(&json!({"event": "Task_Delete", "url": "https://example.com", "properties": null}));
    let (deleted, of_28) = (deleted.unwrap(), identity(&raw(28, &Value::Null)));
    assert!(deleted.overlaps(&of_28) && of_28.overlaps(&deleted));
    let of_29 = identity(&raw(29, &Value::Null));
    assert!(!deleted.overlaps(&of_29) && !of_29.overlaps(&deleted));
}

#[test]
fn an_identity_is_stored_with_either_an_event_or_a_code_and_its_url_as_written() {
    let url = "HTTPS://example.com";
    let typed = json!({"event": "Lead_Post_Create", "url": url, "properties": null});
    assert_eq!(json!(of(url, &json!({"event": "lead_create"}))), typed);
    let coded = json!({"code": "28", "url": url, "properties": null});
    assert_eq!(json!(of(url, &raw(28, &Value::Null))), coded);
    for json in [typed, coded] {
        assert_eq!(stored(&json).map(|identity| json!(identity)), Ok(json));
    }
    for neither_or_both in [
        json!({"url": url, "properties": null}),
        json!({"event": "Lead_Post_Create", "code": "28", "url": url, "properties": null}),
    ] {
        assert_eq!(stored(&neither_or_both), Err("either an event or a code is needed".to_owned()));
    }
}
