//! A webhook as the bytes of a call: path, content type and body; no host and no keys.

use http::{HeaderValue, Method, Request, header};

use crate::{
    event_code::EventCodes,
    new_webhook::NewWebhook,
    wire::{CONTENT_TYPE, CREATE_PATH, CreateBody},
};

/// The request that creates a webhook, by one of the two tables of event codes.
///
/// The keys go into its query or its headers, where the transport puts them.
///
/// # Panics
///
/// Never: every part of a [`NewWebhook`] has a JSON form.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Trigger, request};
///
/// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate).build();
/// let request = request::create(&webhook, EventCodes::Documented);
/// assert_eq!(request.method(), "POST");
/// assert_eq!(request.uri(), "/v2/Webhook.svc/Create");
/// assert!(String::from_utf8(request.into_body())?.contains(r#""WebhookEvent":"3""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn create(webhook: &NewWebhook, codes: EventCodes) -> Request<Vec<u8>> {
    let mut body = Vec::with_capacity(512);
    #[expect(
        clippy::expect_used,
        reason = "strings, booleans and checked JSON have a JSON form, and a Vec takes all"
    )]
    serde_json::to_writer(&mut body, &CreateBody { webhook, codes }).expect("a webhook has a JSON form");
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::from_static(CREATE_PATH);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    request
}
