//! An API body: an accepted body produces a request that is accepted again and is identical.
#![no_main]

use leadsquared_webhooks_core::{EventCodes, NewWebhook, request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &str)| {
    let (is_observed, json) = input;
    let codes = if is_observed { EventCodes::Observed } else { EventCodes::Documented };
    let Ok(webhook) = NewWebhook::from_api_json(json, codes) else { return };
    let request = request::create(&webhook, codes);
    let body = std::str::from_utf8(request.body()).expect("the body is UTF-8");
    let again = NewWebhook::from_api_json(body, codes).unwrap_or_else(|error| panic!("{body}: {error}"));
    assert_eq!(request::create(&again, codes).body(), request.body());
});
