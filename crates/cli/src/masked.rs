//! Requests and webhooks for display, without the custom headers' values.

use leadsquared_webhooks::{NewWebhook, Webhook};
use serde_json::Value;

/// The replacement for a secret.
pub(crate) const MASK: &str = "••••";

/// The members of a create's body in wire order, each as one line of text; each header has a
/// separate line.
pub(crate) fn rows(webhook: &NewWebhook, body: &[u8]) -> Vec<(String, String)> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut rows = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let text = match value {
            _ if name == "CustomHeaders" => {
                let headers = webhook.custom_headers().as_slice();
                let masked = headers.iter().map(|header| format!("{}: {MASK}", header.name.as_str()));
                let names = std::iter::once(name.as_str()).chain(std::iter::repeat(""));
                rows.extend(names.map(str::to_owned).zip(masked));
                if headers.is_empty() { String::new() } else { continue }
            }
            Value::String(text) => text.clone(),
            Value::Null => "–".to_owned(),
            other => other.to_string(),
        };
        rows.push((name.clone(), text));
    }
    rows
}

/// Webhooks without the values of custom headers, in case the API returns them.
pub(crate) fn webhooks(webhooks: Vec<Webhook>) -> Vec<Webhook> {
    webhooks.into_iter().map(webhook).collect()
}

/// A webhook without the values of custom headers, in case the API returns them.
pub(crate) fn webhook(mut webhook: Webhook) -> Webhook {
    for (name, value) in &mut webhook.other {
        if name.to_ascii_lowercase().contains("header") {
            let mut reported = serde_json::from_str(value.as_str()).unwrap_or_default();
            mask(&mut reported);
            // Serialized JSON always parses.
            if let Ok(masked) = reported.to_string().parse() {
                *value = masked;
            }
        }
    }
    webhook
}

/// Masks everything but the names of headers: the form in which the API would return them is
/// unknown.
fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => {
            let values = members.iter_mut().filter(|(name, _)| !name.eq_ignore_ascii_case("key"));
            values.for_each(|(_, value)| mask(value));
        }
        Value::Null => {}
        secret => *secret = Value::from(MASK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_headers_stay() {
        let mut reported =
            serde_json::json!([{"Key": "x", "Value": "secret"}, {"y": ["secret", 1]}, null, "secret"]);
        mask(&mut reported);
        assert_eq!(reported.to_string(), r#"[{"Key":"x","Value":"••••"},{"y":["••••","••••"]},null,"••••"]"#);
    }
}
