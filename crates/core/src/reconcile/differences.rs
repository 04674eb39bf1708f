//! How a webhook that exists stands to the one that is desired.

use super::{
    identity::{Comparison, Found, Identity, Match},
    normal_url::without_html_escape,
    outcome::{Difference, DifferenceKind, State, Unverified},
};
use crate::{
    new_webhook::NewWebhook,
    webhook::{Webhook, WebhookStatus},
};

/// How a webhook of the identity stands.
pub(super) fn state(webhook: &Webhook, compared: Comparison) -> State {
    match webhook.status {
        Some(WebhookStatus::Enabled) if compared.properties == Match::Different => {
            State::Unverified(Unverified::Properties)
        }
        Some(WebhookStatus::Enabled) if compared.is_told() => State::Delivering,
        Some(WebhookStatus::Enabled) | None => State::Unverified(Unverified::NotTold),
        Some(status) => State::Disabled(status),
    }
}

/// What can be read back and is not as desired.
pub(super) fn seen(
    identity: &Identity,
    webhook: &NewWebhook,
    found: &Found<'_>,
    compared: Comparison,
) -> Vec<Difference> {
    let mut differences = of_identity(identity, found, compared);
    if let Some((desired, got)) = webhook.given_description().zip(found.webhook.description.as_deref())
        && desired != got
        && desired != without_html_escape(got)
    {
        differences.push(Difference::differs("description", desired, got));
    }
    differences.extend(found.ignored(identity).map(|(name, value)| Difference {
        field: format!("properties.{name}"),
        kind: DifferenceKind::Ignored,
        desired: None,
        found: Some(value.to_string()),
    }));
    differences
}

/// Event, URL and properties, where they are others.
pub(super) fn of_identity(identity: &Identity, found: &Found<'_>, compared: Comparison) -> Vec<Difference> {
    let mut differences = Vec::new();
    if compared.event == Match::Different
        && let Some(event) = &found.webhook.event
    {
        differences.push(Difference::differs("event", &identity.event_text(), event.as_str()));
    }
    if compared.url == Match::Different
        && let Some(url) = &found.webhook.url
    {
        differences.push(Difference::differs("url", identity.url(), url));
    }
    if compared.properties == Match::Different
        && let Some(properties) = &found.webhook.properties
    {
        differences.push(Difference::differs("properties", &identity.properties().to_string(), properties));
    }
    differences
}
