//! What makes two webhooks the same.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    normal_url::{NormalUrl, is_cut_of, without_html_escape},
    properties,
};
use crate::webhook::{
    event::Event,
    event_code::{EventCode, EventCodes},
    existing::Webhook,
    name::EventName,
    new_webhook::NewWebhook,
    trigger::Trigger,
};

/// What makes two webhooks the same: the event, the receiver and the properties, each compared by
/// meaning.
///
/// - A typed event is the **name** that Retrieve returns, ignoring case. A raw code matches every
///   name that either [table](EventCodes) gives it. A code in neither table matches every name in
///   neither.
/// - URLs are compared in their RFC 3986 normal form. They are sent as written.
/// - Properties are compared as JSON, scalars by their text. Returned members that no typed trigger
///   sends are ignored.
///
/// Two webhooks of one identity deliver everything twice. The description, the custom headers and
/// other settings may differ.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Identity, NewWebhook, Trigger};
///
/// let identity = |url: &str| {
///     url.parse().map(|url| Identity::of(&NewWebhook::builder(url, Trigger::LeadCreate).build()))
/// };
/// assert_eq!(identity("https://example.com")?, identity("HTTPS://EXAMPLE.com:443/")?);
/// assert_ne!(identity("https://example.com/a")?, identity("https://example.com/a/")?);
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Identity {
    event: IdentityEvent,
    url: IdentityUrl,
    properties: Value,
}

/// The event of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
enum IdentityEvent {
    Event(EventName),
    Code(EventCode),
}

/// An identity as stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<EventName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<EventCode>,
    url: IdentityUrl,
    properties: Value,
}

impl TryFrom<Stored> for Identity {
    type Error = &'static str;

    fn try_from(Stored { event, code, url, properties }: Stored) -> Result<Self, Self::Error> {
        let event = match (event, code) {
            (Some(event), None) => IdentityEvent::Event(event),
            (None, Some(code)) => IdentityEvent::Code(code),
            _ => return Err("either an event or a code is needed"),
        };
        Ok(Self { event, url, properties })
    }
}

impl From<Identity> for Stored {
    fn from(Identity { event, url, properties }: Identity) -> Self {
        let (event, code) = match event {
            IdentityEvent::Event(event) => (Some(event), None),
            IdentityEvent::Code(code) => (None, Some(code)),
        };
        Self { event, code, url, properties }
    }
}

/// A URL that equals every other URL with the same normal form.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
struct IdentityUrl {
    written: String,
    normal: String,
}

impl From<String> for IdentityUrl {
    fn from(written: String) -> Self {
        Self { normal: normal(&written), written }
    }
}

impl From<IdentityUrl> for String {
    fn from(url: IdentityUrl) -> Self {
        url.written
    }
}

impl PartialEq for IdentityUrl {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for IdentityUrl {}

fn normal(text: &str) -> String {
    NormalUrl::of(text).map_or_else(|| text.to_owned(), |url| url.text())
}

/// How a part of an existing webhook compares to the desired one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    Different,
    /// The response does not contain it.
    NotReported,
    Same,
    /// Exactly the same.
    Exact,
}

/// How an existing webhook compares to an identity, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) event: Match,
    pub(crate) url: Match,
    pub(crate) properties: Match,
}

impl Comparison {
    /// The grade of the worst part; `None` when it is another webhook. A part that the response
    /// does not contain counts as a match, because a duplicate is worse than mistaking a webhook
    /// for another.
    pub(crate) fn grade(self) -> Option<Match> {
        let least = self.event.min(self.url).min(self.properties);
        (least > Match::Different).then_some(least)
    }

    /// Whether the webhook was created with a different event or URL.
    pub(crate) fn is_mismatch(self) -> bool {
        self.event == Match::Different || self.url == Match::Different
    }

    /// How many parts differ.
    pub(crate) fn count_of_different(self) -> usize {
        [self.event, self.url, self.properties].iter().filter(|part| **part == Match::Different).count()
    }

    pub(crate) fn is_reported(self) -> bool {
        self.event > Match::NotReported && self.url > Match::NotReported
    }
}

/// An existing webhook, prepared for comparison.
pub(crate) struct Found<'a> {
    pub(crate) webhook: &'a Webhook,
    /// The normal forms of its URL, as returned and with an HTML escape decoded; empty when the URL
    /// was not returned.
    pub(crate) urls: Vec<String>,
    properties: Option<Value>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(webhook: &'a Webhook) -> Self {
        let mut urls = Vec::new();
        if let Some(url) = &webhook.url {
            urls.push(normal(url));
            if url.contains('&') {
                urls.push(normal(&without_html_escape(url)));
                urls.dedup();
            }
        }
        Self { webhook, urls, properties: webhook.properties.as_deref().map(properties::of_text) }
    }

    /// The members of the properties that the server added.
    pub(crate) fn ignored<'s>(
        &'s self,
        identity: &'s Identity,
    ) -> impl Iterator<Item = (&'s str, &'s Value)> {
        self.properties.iter().flat_map(|found| properties::ignored(&identity.properties, found))
    }
}

impl Identity {
    /// The identity of a desired webhook.
    #[must_use]
    pub fn of(webhook: &NewWebhook) -> Self {
        let event = match webhook.trigger() {
            Trigger::Raw(raw) => IdentityEvent::Code(raw.code),
            typed => match typed.event() {
                Some(event) => IdentityEvent::Event(event.into()),
                None => IdentityEvent::Code(typed.code(EventCodes::Documented)),
            },
        };
        Self {
            event,
            url: webhook.url().as_str().to_owned().into(),
            properties: properties::of_trigger(webhook.trigger()),
        }
    }

    /// The name of a typed event; `None` for a raw code.
    #[must_use]
    pub const fn event(&self) -> Option<&EventName> {
        match &self.event {
            IdentityEvent::Event(name) => Some(name),
            IdentityEvent::Code(_) => None,
        }
    }

    /// The receiver's URL as written.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url.written
    }

    /// The receiver's URL as compared.
    pub(crate) fn normal_url(&self) -> &str {
        &self.url.normal
    }

    /// The properties as compared; null for none.
    #[must_use]
    pub const fn properties(&self) -> &Value {
        &self.properties
    }

    /// The event for display: its name, or `code 28`.
    #[must_use]
    pub fn event_text(&self) -> String {
        match &self.event {
            IdentityEvent::Event(name) => name.to_string(),
            IdentityEvent::Code(code) => format!("code {code}"),
        }
    }

    /// Whether a webhook on the account has this identity. A part that the response does not
    /// contain counts as a match.
    #[must_use]
    pub fn matches(&self, webhook: &Webhook) -> bool {
        self.compare(&Found::new(webhook)).grade().is_some()
    }

    /// Whether one webhook could match both identities.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.url == other.url
            && self.properties == other.properties
            && match (self.names(), other.names()) {
                (Names::Any, Names::Any) => true,
                (Names::Of(names), others) | (others, Names::Of(names)) => {
                    names.iter().any(|name| others.has(name))
                }
            }
    }

    pub(crate) fn compare(&self, found: &Found<'_>) -> Comparison {
        let Found { webhook, urls, properties } = found;
        let event = match &webhook.event {
            None => Match::NotReported,
            Some(name) if self.names().has(name) => Match::Exact,
            Some(_) => Match::Different,
        };
        let url = match &webhook.url {
            None => Match::NotReported,
            Some(url) if *url == self.url.written => Match::Exact,
            Some(_) if urls.contains(&self.url.normal) => Match::Same,
            Some(_) => Match::Different,
        };
        let properties = match properties {
            None => Match::NotReported,
            Some(found) if *found == self.properties => Match::Exact,
            Some(found) if properties::same(&self.properties, found) => Match::Same,
            Some(_) => Match::Different,
        };
        Comparison { event, url, properties }
    }

    /// Whether a webhook may be the result of a create of this identity: only its event differs, or
    /// its URL is truncated.
    pub(crate) fn is_near(&self, found: &Found<'_>) -> bool {
        self.is_near_by(found, found.webhook.url.as_deref())
    }

    /// Whether a webhook is near, or would be with its URL in another spelling.
    pub(crate) fn could_be_near(&self, found: &Found<'_>) -> bool {
        self.is_near(found) || found.urls.iter().any(|url| self.is_near_by(found, Some(url)))
    }

    fn is_near_by(&self, found: &Found<'_>, url: Option<&str>) -> bool {
        let compared = self.compare(found);
        let forms = [&*self.url.written, &*self.url.normal];
        let is_cut = || url.is_some_and(|url| is_cut_of(url, forms));
        let has_url = compared.url > Match::Different;
        compared.properties > Match::Different
            && if has_url { compared.event == Match::Different } else { is_cut() }
    }

    /// The names that Retrieve may return for the event.
    fn names(&self) -> Names {
        match &self.event {
            IdentityEvent::Event(name) => Names::Of(vec![name.clone()]),
            IdentityEvent::Code(code) => {
                let names: Vec<_> = EventCodes::ALL.iter().filter_map(|table| table.event(*code)).collect();
                if names.is_empty() {
                    Names::Any
                } else {
                    Names::Of(names.into_iter().map(Into::into).collect())
                }
            }
        }
    }
}

/// A set of event names.
enum Names {
    Of(Vec<EventName>),
    /// Every name except those of the documented events.
    Any,
}

impl Names {
    fn has(&self, name: &EventName) -> bool {
        let is = |other: &str| other.eq_ignore_ascii_case(name.as_str());
        match self {
            Self::Of(names) => names.iter().any(|own| is(own.as_str())),
            Self::Any => !Event::ALL.iter().any(|event| is(event.retrieve_name())),
        }
    }
}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.url.normal.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use super::*;

    const EVENT: &str = "LeadActivity_Post_Create";
    const URL: &str = "https://example.com/hooks?a=1&token=0123456789";
    const PROPERTIES: &str = r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#;

    fn desired(url: &str) -> Identity {
        let trigger = Trigger::LeadActivityCreate("22".parse().unwrap());
        Identity::of(&NewWebhook::builder(url.parse().unwrap(), trigger).build())
    }

    fn reported<'a>(
        event: impl Into<Option<&'a str>>,
        url: impl Into<Option<&'a str>>,
        properties: impl Into<Option<&'a str>>,
    ) -> Webhook {
        Webhook {
            id: "b1c4".parse().unwrap(),
            event: event.into().map(|name| name.parse().unwrap()),
            url: url.into().map(str::to_owned),
            status: None,
            description: None,
            properties: properties.into().map(str::to_owned),
            other: Vec::new(),
        }
    }

    #[test]
    fn each_part_is_exact_or_the_same_or_another_or_not_reported() {
        use Match::{Different, Exact, NotReported, Same};
        for (event, grade) in [
            (Some(EVENT), Exact),
            (Some("LEADACTIVITY_post_create"), Exact),
            (Some("Lead_Post_Create"), Different),
            (None, NotReported),
        ] {
            let webhook = reported(event, URL, PROPERTIES);
            assert_eq!(desired(URL).compare(&Found::new(&webhook)).event, grade, "{event:?}");
        }
        for (url, grade) in [
            (Some(URL), Exact),
            (Some("HTTPS://Example.com:443/hooks?a=1&token=0123456789"), Same),
            (Some("https://example.com/hooks?a=1&amp;token=0123456789"), Same),
            (Some("https://example.com/hooks?a=1&token=012345678"), Different),
            (None, NotReported),
        ] {
            let webhook = reported(EVENT, url, PROPERTIES);
            assert_eq!(desired(URL).compare(&Found::new(&webhook)).url, grade, "{url:?}");
        }
        for (properties, grade) in [
            (Some(PROPERTIES), Exact),
            (Some(r#"{"ActivityEvent":22}"#), Exact),
            (Some(r#"{"ActivityEvent":"22","New":"x"}"#), Same),
            (Some(r#"{"ActivityEvent":"23"}"#), Different),
            (None, NotReported),
        ] {
            let webhook = reported(EVENT, URL, properties);
            assert_eq!(desired(URL).compare(&Found::new(&webhook)).properties, grade, "{properties:?}");
        }
    }

    #[test]
    fn the_least_part_decides_and_only_event_and_url_make_a_mismatch() {
        use Match::{Different, Exact, NotReported, Same};
        for (event, url, properties, grade, is_mismatch, others, is_reported) in [
            (Exact, Exact, Exact, Some(Exact), false, 0, true),
            (Exact, Same, Exact, Some(Same), false, 0, true),
            (Exact, Same, NotReported, Some(NotReported), false, 0, true),
            (NotReported, Exact, Exact, Some(NotReported), false, 0, false),
            (Exact, NotReported, Exact, Some(NotReported), false, 0, false),
            (Exact, Exact, Different, None, false, 1, true),
            (Different, Exact, Exact, None, true, 1, false),
            (Exact, Different, Exact, None, true, 1, false),
            (Different, Different, NotReported, None, true, 2, false),
            (Different, Different, Different, None, true, 3, false),
        ] {
            let compared = Comparison { event, url, properties };
            assert_eq!(compared.grade(), grade, "{compared:?}");
            assert_eq!(compared.is_mismatch(), is_mismatch, "{compared:?}");
            assert_eq!(compared.count_of_different(), others, "{compared:?}");
            assert_eq!(compared.is_reported(), is_reported, "{compared:?}");
        }
    }

    #[test]
    fn a_create_may_have_become_what_differs_in_its_event_only_or_has_its_url_cut() {
        const OTHER: &str = "Lead_Post_Create";
        const CUT: &str = "https://example.com/hooks?a=1&tok";
        let near = [
            ("another event", reported(OTHER, URL, PROPERTIES)),
            (
                "another event, its URL in another spelling",
                reported(OTHER, "HTTPS://example.com/hooks?a=1&token=0123456789", PROPERTIES),
            ),
            ("another event, and no URL is reported", reported(OTHER, None, PROPERTIES)),
            ("another event, and no properties are reported", reported(OTHER, URL, None)),
            ("its URL is cut", reported(EVENT, CUT, PROPERTIES)),
            ("its URL is cut, and it is another event", reported(OTHER, CUT, PROPERTIES)),
            ("its URL is cut, and no more is reported", reported(None, CUT, None)),
        ];
        for (what, webhook) in &near {
            let found = Found::new(webhook);
            assert!(desired(URL).is_near(&found) && desired(URL).could_be_near(&found), "{what}");
        }
        let respelled = reported(EVENT, "HTTPS://Example.com/hooks?a=1&tok", PROPERTIES);
        let found = Found::new(&respelled);
        assert!(!desired(URL).is_near(&found), "no server cuts a URL that it was not sent");
        assert!(desired(URL).could_be_near(&found), "it is one once somebody desires its spelling");
        let far = [
            ("it is the webhook itself", reported(EVENT, URL, PROPERTIES)),
            ("no event is reported", reported(None, URL, PROPERTIES)),
            ("another URL", reported(EVENT, "https://example.com/other", PROPERTIES)),
            ("another event and URL", reported(OTHER, "https://example.com/other", PROPERTIES)),
            ("another event and other properties", reported(OTHER, URL, r#"{"ActivityEvent":"23"}"#)),
            ("its URL is cut, with other properties", reported(EVENT, CUT, r#"{"ActivityEvent":"23"}"#)),
        ];
        for (what, webhook) in &far {
            let found = Found::new(webhook);
            assert!(!desired(URL).is_near(&found) && !desired(URL).could_be_near(&found), "{what}");
        }
    }

    #[test]
    fn what_the_server_added_to_the_properties_is_reported() {
        let webhook = reported(EVENT, URL, r#"{"ActivityEvent":"22","New":"x","StageTo":"y"}"#);
        let (desired, found) = (desired(URL), Found::new(&webhook));
        let ignored: Vec<_> = found.ignored(&desired).collect();
        assert_eq!(ignored, [("New", &Value::from("x"))]);
    }

    #[test]
    fn spellings_of_one_url_have_one_hash_and_webhooks_of_other_receivers_have_others() {
        let hash = |url: &str| {
            let mut hasher = DefaultHasher::new();
            desired(url).hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!(hash("https://example.com"), hash("HTTPS://EXAMPLE.com:443/"));
        assert_ne!(hash("https://example.com/a"), hash("https://example.com/b"));
    }

    #[test]
    fn a_url_is_shown_as_written_and_compared_in_its_normal_form() {
        let identity = desired("HTTPS://Example.com");
        assert_eq!((identity.url(), identity.normal_url()), ("HTTPS://Example.com", "https://example.com/"));
    }
}
