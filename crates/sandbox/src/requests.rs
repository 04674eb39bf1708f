//! What the sandbox received, with every secret masked.

use serde::Serialize;
use serde_json::Value;

/// Where the keys of a request were.
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

/// One request to the vendor's API. No key, and no custom header's value, is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedRequest {
    /// Which one: the first is 1.
    pub number: usize,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// Where the keys were.
    pub keys: KeysForm,
    /// Whether they were right.
    pub authenticated: bool,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// How many bytes the body has.
    pub body_bytes: usize,
    /// The status of the answer; nothing while there is none, or when none was given.
    pub status: Option<u16>,
}

/// The mask of a secret.
pub(crate) const MASK: &str = "…";

/// The JSON of a body, its custom headers' values masked.
pub(crate) fn masked(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().map(mask)
}

pub(crate) fn mask(mut body: Value) -> Value {
    if let Some(headers) = body.get_mut("CustomHeaders") {
        mask_values(headers);
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
