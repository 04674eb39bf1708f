//! Drafts of existing webhooks, and one error for everything that is parsed.

use leadsquared_webhooks_core::{
    ApiHost, EventCodes, EventName, Identity, NewWebhook, Trigger, TriggerDraft, ValidationError, Webhook,
    WebhookStatus, request,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::drafts;

/// The webhook that a list shows after this create.
fn listed(webhook: &NewWebhook) -> Webhook {
    let body = request::create(webhook, EventCodes::Documented).into_body();
    let body: Value = serde_json::from_slice(&body).unwrap();
    Webhook {
        id: "b1c4".parse().unwrap(),
        event: webhook.trigger().event().map(EventName::from),
        url: Some(webhook.url().as_str().to_owned()),
        status: Some(WebhookStatus::Enabled),
        description: Some(webhook.description().to_owned()),
        properties: body["WebhookProperties"].as_str().map(str::to_owned),
        other: Vec::new(),
    }
}

proptest! {
    #[test]
    fn a_copy_of_what_a_list_shows_has_the_same_trigger_url_and_description(draft in drafts::drafts()) {
        let Ok(webhook) = draft.parse() else { return Ok(()) };
        let Some(event) = webhook.trigger().event() else { return Ok(()) };
        let copy = listed(&webhook).to_new(EventCodes::Documented).unwrap();
        prop_assert!(["content_type", "notify_on_failure", "custom_headers"].iter().all(|part| copy.unknown.contains(part)));
        let other = copy.draft.clone().parse().unwrap();
        prop_assert_eq!(other.url(), webhook.url());
        prop_assert_eq!(other.description(), webhook.description());
        if matches!(webhook.trigger(), Trigger::LandingPageSubmission(_)) {
            prop_assert!(copy.unknown.contains(&"trigger.pages"));
        } else if !copy.unknown.contains(&"trigger") {
            prop_assert_eq!(other.trigger().event(), Some(event));
            prop_assert_eq!(Identity::of(&other), Identity::of(&webhook));
        }
    }
}

#[test]
fn properties_that_no_typed_trigger_sends_are_copied_raw_and_named_unknown() {
    let webhook = NewWebhook::new("https://example.com", Trigger::lead_activity_create("22")).unwrap();
    let found = Webhook { properties: Some(r#"{"Other":"1"}"#.to_owned()), ..listed(&webhook) };
    let copy = found.to_new(EventCodes::Documented).unwrap();
    assert!(matches!(&copy.draft.trigger, TriggerDraft::Raw { code, .. } if code == "2"));
    assert!(copy.unknown.contains(&"trigger"));
}

#[test]
fn a_webhook_without_a_url_or_a_documented_event_has_no_copy() {
    let webhook = listed(&NewWebhook::new("https://example.com", Trigger::LeadCreate).unwrap());
    for other in [
        Webhook { url: None, ..webhook.clone() },
        Webhook { event: None, ..webhook.clone() },
        Webhook { event: Some("Lead_Post_Merge".parse().unwrap()), ..webhook },
    ] {
        assert_eq!(other.to_new(EventCodes::Documented), None);
    }
}

#[test]
fn every_name_of_a_trigger_makes_the_draft_of_its_event() {
    for (draft, event) in [
        (Trigger::landing_page_submission(["p1"]), "landing_page_submission"),
        (Trigger::lead_activity_create("22"), "lead_activity_create"),
        (Trigger::lead_activity_update("22"), "lead_activity_update"),
        (Trigger::lead_field_update("mx_City"), "lead_field_update"),
        (Trigger::opportunity_create(["12000"]), "opportunity_create"),
        (Trigger::opportunity_update(["12000"]), "opportunity_update"),
        (Trigger::opportunity_delete(["12000"]), "opportunity_delete"),
        (Trigger::opportunity_stage_update(Some("New"), None), "opportunity_stage_update"),
        (Trigger::TaskReminder.into(), "task_reminder"),
    ] {
        assert_eq!(draft.event_name(), event);
        NewWebhook::new("https://example.com", draft).unwrap();
    }
}

#[test]
fn what_is_parsed_in_parts_fails_with_one_error_that_names_the_part() {
    fn parts(host: &str, url: &str, activity: &str) -> Result<(ApiHost, NewWebhook), ValidationError> {
        let trigger = Trigger::LeadActivityCreate(activity.parse()?);
        Ok((host.parse()?, NewWebhook::builder(url.parse()?, trigger).build()))
    }
    let host = "api-in21.leadsquared.com";
    assert!(parts(host, "https://example.com", "22").is_ok());
    for (given, field) in [
        ((host, "/hooks", "22"), "url"),
        (("not a host", "https://e.com", "22"), "host"),
        ((host, "https://e.com", " "), "trigger"),
    ] {
        let error = parts(given.0, given.1, given.2).unwrap_err();
        assert_eq!(error.violations()[0].field, field, "{error}");
    }
}
