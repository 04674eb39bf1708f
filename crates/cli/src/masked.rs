//! A request as people see it: without the custom headers' values.

use leadsquared_webhooks::NewWebhook;
use serde_json::Value;

/// What stands in place of a secret.
pub(crate) const MASK: &str = "••••";

/// The members of a create's body in their order on the wire, each as one line of text.
pub(crate) fn rows(webhook: &NewWebhook, body: &[u8]) -> Vec<(String, String)> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let headers: Vec<_> = webhook
        .custom_headers()
        .as_slice()
        .iter()
        .map(|header| format!("{}: {MASK}", header.name.as_str()))
        .collect();
    let members = body.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let text = match (name.as_str(), value) {
                ("CustomHeaders", _) => headers.join("\n"),
                (_, Value::String(text)) => text.clone(),
                (_, Value::Null) => "–".to_owned(),
                (_, other) => other.to_string(),
            };
            (name.clone(), text)
        })
        .collect()
}
