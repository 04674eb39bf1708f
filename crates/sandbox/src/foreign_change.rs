//! What others do on the account.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a person in the vendor's UI, or another program, does on the account: no request, and held
/// against nobody.
///
/// As JSON: `{"delete": "…"}`, `{"create": {"WebhookEvent": "3"}}`, `{"update": {"WebhookId": "…",
/// "StatusCode": 2}}`.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_sandbox::{Call, Fault, ForeignChange, Sandbox};
/// use serde_json::json;
///
/// # fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::builder().start_in_thread()?;
/// let webhook = sandbox.seed_webhook(&json!({"WebhookEvent": "3"}))?;
/// // Gone between the first page of the next list and the second.
/// sandbox.fault(Fault::Meanwhile(ForeignChange::Delete(webhook.id)).on(Call::Retrieve).skip(1));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignChange {
    /// Deletes the webhook with this id.
    Delete(String),
    /// Makes a webhook, as [`Sandbox::seed_webhook`](crate::Sandbox::seed_webhook) does.
    Create(Value),
    /// Changes the members that are given, beside `WebhookId`, and `StatusCode` if that is given;
    /// the others stay. `WebhookId` alone makes the webhook the last that was modified, and so
    /// moves it in a list that is sorted by that.
    Update(Value),
}
