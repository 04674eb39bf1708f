//! The requests that the sandbox received, with every secret masked.

use serde::Serialize;
use serde_json::Value;

/// The place of a request's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysForm {
    /// Nowhere.
    Missing,
    /// In the query: `accessKey`, `secretKey`.
    Query,
    /// In the headers: `x-LSQ-AccessKey`, `x-LSQ-SecretKey`.
    Headers,
    /// In both, which no client should do.
    Both,
}

/// The form of a body's `CustomHeaders`. The page's sample shows the array, its text asks for
/// "strings in JSON format", and neither was seen live. Both are *documented*. Clients send the
/// array by default; accepting both is the sandbox's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomHeadersForm {
    /// `[{"Key": "x-api-key", "Value": "…"}]`.
    Array,
    /// A string that holds the JSON of that array.
    JsonString,
}

impl CustomHeadersForm {
    /// Returns the form in a body; `None` if it has no custom headers, or something else in their
    /// place.
    pub(crate) fn of(body: &Value) -> Option<Self> {
        match body.get("CustomHeaders")? {
            Value::Array(_) => Some(Self::Array),
            Value::String(_) => Some(Self::JsonString),
            _ => None,
        }
    }
}

/// One request to the LeadSquared API, without any key or any custom header's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedRequest {
    /// The number of the request; the first is 1.
    pub number: usize,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// Where the keys were.
    pub keys: KeysForm,
    /// Whether the keys were valid.
    pub authenticated: bool,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The form of the body's custom headers; `None` if it has none.
    pub custom_headers_form: Option<CustomHeadersForm>,
    /// The size of the body in bytes.
    pub body_bytes: usize,
    /// The status of the answer; `None` if there is none, or none yet.
    pub status: Option<u16>,
}

/// The mask of a secret.
pub(crate) const MASK: &str = "…";

/// Parses a body as JSON and masks its custom headers' values.
pub(crate) fn masked(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().map(mask)
}

pub(crate) fn mask(mut body: Value) -> Value {
    match body.get_mut("CustomHeaders") {
        // The keys stay readable, in the form in which they came.
        Some(Value::String(text)) => {
            *text = match serde_json::from_str(text) {
                Ok(mut headers @ Value::Array(_)) => {
                    mask_values(&mut headers);
                    headers.to_string()
                }
                _ => MASK.to_owned(),
            };
        }
        Some(headers) => mask_values(headers),
        None => {}
    }
    body
}

fn mask_values(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_values),
        Value::Object(members) => {
            for (name, value) in members {
                if name != "Key" {
                    mask_values(value);
                }
            }
        }
        Value::Null => {}
        secret => *secret = Value::from(MASK),
    }
}
