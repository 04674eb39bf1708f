//! Changes to the account by others.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change by a person in LeadSquared's UI, or by another program. It is not a request, and
/// never counts as misuse.
///
/// As JSON:
///
/// - `{"delete": "…"}`
/// - `{"create": {"WebhookEvent": "3"}}`
/// - `{"update": {"WebhookId": "…", "StatusCode": 2}}`
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
/// // Deleted between the first and the second page of the next list.
/// sandbox.fault(Fault::Meanwhile(ForeignChange::Delete(webhook.id)).on(Call::Retrieve).skip(1));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignChange {
    /// Deletes the webhook with this id.
    Delete(String),
    /// Creates a webhook, as [`Sandbox::seed_webhook`](crate::Sandbox::seed_webhook) does.
    Create(Value),
    /// Changes the members that are given next to `WebhookId`, which may include `StatusCode`; the
    /// others stay the same. `WebhookId` alone makes the webhook the last modified one, and so
    /// moves it in a list that is sorted by modification.
    Update(Value),
}
