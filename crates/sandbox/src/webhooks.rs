//! What the account has.

use serde::Serialize;
use serde_json::Value;

/// A webhook on the sandbox's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredWebhook {
    /// Its id, a UUID.
    pub id: String,
    /// The number by which it was created.
    pub code: u32,
    /// The name by which Retrieve knows the event.
    pub event: &'static str,
    /// Where deliveries go.
    pub url: String,
    /// Free text.
    pub description: String,
    /// The decoded `WebhookProperties`.
    pub properties: Value,
    /// The body of its create, the custom headers' values masked.
    pub body: Value,
}
