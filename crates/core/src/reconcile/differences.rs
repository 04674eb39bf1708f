//! How an existing webhook differs from the desired one.

use super::{
    identity::{Comparison, Found, Identity, Match},
    normal_url::without_html_escape,
    outcome::{Difference, DifferenceKind, State, Unverified},
};
use crate::webhook::{
    existing::{Webhook, WebhookStatus},
    new_webhook::NewWebhook,
};

/// The state of a webhook of the identity.
pub(super) fn state(webhook: &Webhook, compared: Comparison) -> State {
    match webhook.status {
        Some(WebhookStatus::Enabled) if compared.properties == Match::Different => {
            State::Unverified(Unverified::Properties)
        }
        Some(WebhookStatus::Enabled) if compared.is_reported() => State::Delivering,
        Some(WebhookStatus::Enabled) | None => State::Unverified(Unverified::NotReported),
        Some(status) => State::Disabled(status),
    }
}

/// The parts that can be read back and are not as desired.
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

/// Event, URL and properties, where they differ.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::trigger::Trigger;

    const PROPERTIES: &str = r#"{"ActivityEvent":"22"}"#;

    fn desired(description: Option<&str>) -> NewWebhook {
        let trigger = Trigger::LeadActivityCreate("22".parse().unwrap());
        let webhook = NewWebhook::builder("https://example.com/a".parse().unwrap(), trigger);
        webhook.maybe_description(description).build()
    }

    fn found() -> Webhook {
        Webhook {
            id: "b1c4".parse().unwrap(),
            event: Some("LeadActivity_Post_Create".parse().unwrap()),
            url: Some("https://example.com/a".to_owned()),
            status: Some(WebhookStatus::Enabled),
            description: Some("a &amp; b".to_owned()),
            properties: Some(PROPERTIES.to_owned()),
            other: Vec::new(),
        }
    }

    fn reported(webhook: &Webhook, description: Option<&str>) -> (State, Vec<Difference>) {
        let (desired, found) = (desired(description), Found::new(webhook));
        let identity = Identity::of(&desired);
        let compared = identity.compare(&found);
        (state(webhook, compared), seen(&identity, &desired, &found, compared))
    }

    #[test]
    fn a_webhook_delivers_when_it_is_enabled_and_reported_in_full() {
        let other = Some(r#"{"ActivityEvent":"23"}"#.to_owned());
        for (what, webhook, expected) in [
            ("all is reported", found(), State::Delivering),
            ("its properties are not reported", Webhook { properties: None, ..found() }, State::Delivering),
            (
                "they are others",
                Webhook { properties: other.clone(), ..found() },
                State::Unverified(Unverified::Properties),
            ),
            (
                "its event is not reported",
                Webhook { event: None, ..found() },
                State::Unverified(Unverified::NotReported),
            ),
            (
                "its URL is not reported",
                Webhook { url: None, ..found() },
                State::Unverified(Unverified::NotReported),
            ),
            (
                "its status is not reported",
                Webhook { status: None, ..found() },
                State::Unverified(Unverified::NotReported),
            ),
            (
                "it is disabled, whatever its properties are",
                Webhook { status: Some(WebhookStatus::Disabled), properties: other, ..found() },
                State::Disabled(WebhookStatus::Disabled),
            ),
        ] {
            assert_eq!(reported(&webhook, None).0, expected, "{what}");
        }
    }

    #[test]
    fn a_description_differs_when_one_is_given_and_reported_and_is_another_with_and_without_an_html_escape() {
        for (given, is_reported, differs) in [
            (None, true, false),
            (Some("a & b"), true, false),
            (Some("a &amp; b"), true, false),
            (Some("another"), true, true),
            (Some(""), true, true),
            (Some("another"), false, false),
        ] {
            let webhook = Webhook { description: found().description.filter(|_| is_reported), ..found() };
            let expected: Vec<_> = given
                .filter(|_| differs)
                .map(|given| Difference::differs("description", given, "a &amp; b"))
                .into_iter()
                .collect();
            assert_eq!(reported(&webhook, given).1, expected, "{given:?}");
        }
    }

    #[test]
    fn each_part_that_is_another_is_named_with_what_is_desired_and_found() {
        let properties = r#"{"ActivityEvent":"23"}"#;
        for (webhook, difference) in [
            (
                Webhook { event: Some("Lead_Post_Create".parse().unwrap()), ..found() },
                Difference::differs("event", "LeadActivity_Post_Create", "Lead_Post_Create"),
            ),
            (
                Webhook { url: Some("https://example.com/b".to_owned()), ..found() },
                Difference::differs("url", "https://example.com/a", "https://example.com/b"),
            ),
            (
                Webhook { properties: Some(properties.to_owned()), ..found() },
                Difference::differs("properties", PROPERTIES, properties),
            ),
            (
                Webhook { properties: Some(r#"{"ActivityEvent":"22","New":1}"#.to_owned()), ..found() },
                Difference {
                    field: "properties.New".to_owned(),
                    kind: DifferenceKind::Ignored,
                    desired: None,
                    found: Some(r#""1""#.to_owned()),
                },
            ),
        ] {
            assert_eq!(reported(&webhook, None).1, [difference]);
        }
        let unreported = Webhook { event: None, url: None, properties: None, ..found() };
        assert_eq!(reported(&unreported, None).1, [], "what is not reported does not differ");
    }
}
