//! A draft in JSON: an accepted draft produces a JSON body, and its own draft is accepted again.
#![no_main]

use leadsquared_webhooks_core::{EventCodes, Identity, NewWebhook, request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| {
    let Ok(webhook) = NewWebhook::from_json(json) else { return };
    let request = request::create(&webhook, EventCodes::Documented);
    let body: serde_json::Value = serde_json::from_slice(request.body()).expect("the body is JSON");
    assert!(body["URL"].is_string());
    if let Some(properties) = body["WebhookProperties"].as_str() {
        let _: serde_json::Value = serde_json::from_str(properties).expect("the properties are JSON");
    }
    let again = webhook.to_draft().parse().expect("the draft of a webhook is a webhook");
    assert_eq!(again, webhook);
    assert!(Identity::of(&webhook).overlaps(&Identity::of(&again)));
    let _ = webhook.warnings();
});
