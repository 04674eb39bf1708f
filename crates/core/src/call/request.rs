//! Builds the request of each call: path, content type and body, without host and keys.

use http::{HeaderValue, Method, Request, header};

use crate::{
    webhook::{filter::WebhookFilter, new_webhook::NewWebhook, webhook_id::WebhookId},
    wire::{
        CONTENT_TYPE, CREATE_PATH, DELETE_PATH, Encoding, RETRIEVE_PATH, UPDATE_PATH, WebhookBody, bytes,
        retrieve::{Paging, Parameter, Question, Sorting},
    },
};

/// The request that creates a webhook, with one of the two tables of event codes or an
/// [`Encoding`].
///
/// The transport adds the keys to its query or its headers.
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
pub fn create(webhook: &NewWebhook, encoding: impl Into<Encoding>) -> Request<Vec<u8>> {
    post(CREATE_PATH, &WebhookBody { webhook, encoding: encoding.into(), id: None })
}

/// The request that replaces a webhook completely (*documented*; that nothing of the old one stays
/// is *inferred*).
///
/// # Panics
///
/// Never, as with [`create`].
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{EventCodes, NewWebhook, Trigger, request};
///
/// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate).build();
/// let request = request::update(&"b1c4".parse()?, &webhook, EventCodes::Documented);
/// assert_eq!(request.uri(), "/v2/Webhook.svc/Update");
/// assert!(String::from_utf8(request.into_body())?.contains(r#""WebhookId":"b1c4""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn update(id: &WebhookId, webhook: &NewWebhook, encoding: impl Into<Encoding>) -> Request<Vec<u8>> {
    post(UPDATE_PATH, &WebhookBody { webhook, encoding: encoding.into(), id: Some(id) })
}

/// The request for a page of the webhooks that match a filter, most recently modified first. Pages
/// are counted from 1.
///
/// The maximum size is unknown; 100 and 200 were used (*observed*).
///
/// # Panics
///
/// Never, as with [`create`].
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, WebhookFilter, request};
///
/// let filter = WebhookFilter::builder().event(Event::LeadCreate).build();
/// let body = String::from_utf8(request::retrieve(&filter, 1, 100).into_body())?;
/// assert!(body.starts_with(
///     r#"{"Parameter":{"Type":"Webhook","WebhookEvent":"Lead_Post_Create"},"#
/// ));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[must_use]
pub fn retrieve(filter: &WebhookFilter, page: u32, size: u32) -> Request<Vec<u8>> {
    let paging = Paging { page_index: page, page_size: size };
    post(RETRIEVE_PATH, &Question { parameter: Parameter(filter), sorting: Sorting::default(), paging })
}

/// The request that deletes a webhook: a `GET`, *documented*.
///
/// # Panics
///
/// Never: an encoded ID is valid in a URI.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::request;
///
/// let request = request::delete(&"b1c4".parse()?);
/// assert_eq!(request.method(), "GET");
/// assert_eq!(request.uri(), "/v2/Webhook.svc/Delete?webhookId=b1c4");
/// # Ok::<(), leadsquared_webhooks_core::InvalidWebhookId>(())
/// ```
#[must_use]
pub fn delete(id: &WebhookId) -> Request<Vec<u8>> {
    let id: String = url::form_urlencoded::byte_serialize(id.as_str().as_bytes()).collect();
    let mut request = Request::new(Vec::new());
    #[expect(clippy::expect_used, reason = "what form encoding leaves is legal in a URI")]
    let uri = format!("{DELETE_PATH}{id}").parse().expect("an encoded id fits into a URI");
    *request.uri_mut() = uri;
    request
}

fn post(path: &'static str, body: &impl serde::Serialize) -> Request<Vec<u8>> {
    let mut request = Request::new(bytes(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = http::Uri::from_static(path);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    request
}
