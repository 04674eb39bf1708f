//! Reading the response of a create without a client.

use std::{collections::HashMap, time::SystemTime};

use leadsquared_webhooks::core::{Secrets, WebhookCreated, response};

use crate::{attempt::Created, error::WebhookError};

/// The response to a create request, from any source.
#[derive(Debug, uniffi::Record)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers. Names are case-insensitive.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads a response as a create does. Fails as refused or as unknown, as a create would. A response
/// that is not valid HTTP is unknown.
#[uniffi::export]
pub fn read_answer(answer: Answer) -> Result<Created, WebhookError> {
    let Answer { status, headers, body } = answer;
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let answer = builder.body(body)?;
    let (secrets, now) = (Secrets::default(), SystemTime::now());
    let WebhookCreated { id } =
        response::created(answer.status(), answer.headers(), answer.body(), &secrets, now)?;
    Ok(Created { id: id.to_string(), attempts: Vec::new() })
}
