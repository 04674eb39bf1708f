//! A webhook as plain strings and lists, and the single place where it is parsed.

pub(crate) mod json;
pub(crate) mod keys;
mod triggers;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use self::{
    json::from_json,
    keys::{Given, TriggerKeys},
};

use crate::{
    text::characters::Shown,
    webhook::{
        content_type::ContentType,
        custom_headers::{CustomHeader, CustomHeaders},
        event::EventCodes,
        landing_pages::LandingPages,
        new_webhook::NewWebhook,
        receiver_url::{self, ReceiverUrl},
        trigger::Trigger,
        validation::{Report, ValidationError},
        warning,
    },
};

impl NewWebhook {
    /// A webhook with only the required parts, from plain strings.
    ///
    /// # Errors
    ///
    /// [`ValidationError`] with every violation of the URL and of the trigger.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{NewWebhook, Trigger};
    ///
    /// let calls = Trigger::lead_activity_create("22");
    /// assert!(NewWebhook::new("https://example.com/hooks", calls).is_ok());
    /// assert!(NewWebhook::new("https://example.com/hooks", Trigger::LeadCreate).is_ok());
    ///
    /// let error = NewWebhook::new("/hooks", Trigger::lead_activity_create(" ")).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// ```
    pub fn new(url: impl Into<String>, trigger: impl Into<TriggerDraft>) -> Result<Self, ValidationError> {
        WebhookDraft::new(url, trigger.into()).parse()
    }

    /// The draft that [`parse`](WebhookDraft::parse)s to this webhook.
    #[must_use]
    pub fn to_draft(&self) -> WebhookDraft {
        WebhookDraft::from(self)
    }

    /// Parses a draft's JSON, the format of files, the command line and the test vectors.
    ///
    /// `url` and `trigger` are required; `description`, `content_type`, `notify_on_failure` and
    /// `custom_headers` have the defaults of the [`builder`](Self::builder). `trigger.event` is an
    /// [`Event`](crate::Event), as [`Event::parse_by`](crate::Event::parse_by) reads it, or `raw`;
    /// its other keys are those of [`Event::keys`](crate::Event::keys). Null counts as absent.
    /// Where any JSON is accepted (`trigger.properties`), a string is taken as the text of the
    /// JSON.
    ///
    /// # Errors
    ///
    /// [`ValidationError`] with every violation, including unknown and repeated keys and wrong
    /// types.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::NewWebhook;
    ///
    /// let webhook = NewWebhook::from_json(
    ///     r#"{
    ///         "url": "https://example.com/hooks",
    ///         "trigger": {"event": "lead_field_update", "field": "ProspectStage"}
    ///     }"#,
    /// )?;
    /// assert!(webhook.warnings().is_empty());
    ///
    /// let error = NewWebhook::from_json(
    ///     r#"{"url": "/hooks", "trigger": {"event": "task_create", "field": "x"}}"#,
    /// );
    /// let fields: Vec<_> = error
    ///     .unwrap_err()
    ///     .violations()
    ///     .iter()
    ///     .map(|violation| violation.field.clone())
    ///     .collect();
    /// assert_eq!(fields, ["url", "trigger.field"]);
    /// # Ok::<(), leadsquared_webhooks_core::ValidationError>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self, ValidationError> {
        from_json(json, None)
    }

    /// [`from_json`](Self::from_json) for an account whose table of event codes is known, so that
    /// every number of an event is read: see [`Event::parse_by`](crate::Event::parse_by).
    ///
    /// # Errors
    ///
    /// [`ValidationError`] with every violation.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{EventCodes, NewWebhook};
    ///
    /// let json = r#"{
    ///     "url": "https://example.com/hooks",
    ///     "trigger": {"event": 31, "opportunity_types": ["12000"]}
    /// }"#;
    /// let webhook = NewWebhook::from_json_by(json, Some(EventCodes::Observed))?;
    /// assert_eq!(webhook.to_draft().trigger.event_name(), "opportunity_delete");
    /// assert!(NewWebhook::from_json(json).is_err());
    /// # Ok::<(), leadsquared_webhooks_core::ValidationError>(())
    /// ```
    pub fn from_json_by(json: &str, codes: Option<EventCodes>) -> Result<Self, ValidationError> {
        from_json(json, codes)
    }
}

/// A webhook as plain strings and lists, as given by a form or another language. It is not
/// validated.
///
/// [`parse`](Self::parse) validates it and returns a [`NewWebhook`]. As JSON (it implements
/// `Serialize`) it has the form that [`NewWebhook::from_json`] reads. **That JSON contains the
/// values of the custom headers and the whole URL**; `Debug` does not show values of headers or of
/// the URL's query.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{CustomHeaderDraft, TriggerDraft, WebhookDraft};
///
/// let mut draft = WebhookDraft::new("https://example.com/hooks", TriggerDraft::LeadCreate);
/// draft.description = Some("new leads".to_owned());
/// assert!(draft.clone().parse().is_ok());
///
/// draft.url = "example.com".to_owned();
/// draft.content_type = Some("text/html".to_owned());
/// draft.custom_headers =
///     vec![CustomHeaderDraft { name: "x y".to_owned(), value: "v".to_owned() }];
/// let error = draft.parse().unwrap_err();
/// let fields: Vec<_> =
///     error.violations().iter().map(|violation| violation.field.as_str()).collect();
/// assert_eq!(fields, ["url", "content_type", "custom_headers[0].name"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookDraft {
    /// Where deliveries are sent: [`ReceiverUrl`].
    pub url: String,
    /// The event to listen for: [`Trigger`].
    pub trigger: TriggerDraft,
    /// Free text. `None` is sent as empty, and matches any existing description.
    pub description: Option<String>,
    /// The content type of the deliveries. `None` is sent as [`ContentType::Json`], and matches any
    /// existing one.
    pub content_type: Option<String>,
    /// Whether administrators are notified of failed deliveries. `None` is sent as `true`, and
    /// matches any existing value.
    pub notify_on_failure: Option<bool>,
    /// The headers of each delivery.
    pub custom_headers: Vec<CustomHeaderDraft>,
}

impl fmt::Debug for WebhookDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, trigger, description, content_type, notify_on_failure, custom_headers } = self;
        f.debug_struct("WebhookDraft")
            .field("url", &receiver_url::shown(url))
            .field("trigger", trigger)
            .field("description", description)
            .field("content_type", content_type)
            .field("notify_on_failure", notify_on_failure)
            .field("custom_headers", custom_headers)
            .finish()
    }
}

/// A custom header as plain strings. `Debug` does not show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomHeaderDraft {
    /// The name.
    pub name: String,
    /// The value, a secret.
    pub value: String,
}

impl fmt::Debug for CustomHeaderDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value: _ } = self;
        f.debug_struct("CustomHeaderDraft").field("name", name).field("value", &"[REDACTED]").finish()
    }
}

/// An event and its data as plain strings; the variants are those of [`Trigger`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerDraft {
    /// [`Trigger::LandingPageSubmission`]; `None` means all pages.
    LandingPageSubmission {
        /// The pages, one or more.
        pages: Option<Vec<String>>,
    },
    /// [`Trigger::LeadActivityCreate`].
    LeadActivityCreate {
        /// The code of the activity type.
        activity: String,
    },
    /// [`Trigger::LeadCreate`].
    LeadCreate,
    /// [`Trigger::LeadOwnerChange`].
    LeadOwnerChange,
    /// [`Trigger::LeadStageChange`].
    LeadStageChange,
    /// [`Trigger::LeadUpdate`].
    LeadUpdate,
    /// [`Trigger::TaskCreate`].
    TaskCreate,
    /// [`Trigger::TaskReminder`].
    TaskReminder,
    /// [`Trigger::LeadScoreChange`].
    LeadScoreChange,
    /// [`Trigger::LeadActivityUpdate`].
    LeadActivityUpdate {
        /// The code of the activity type.
        activity: String,
    },
    /// [`Trigger::TaskComplete`].
    TaskComplete,
    /// [`Trigger::TaskUpdate`].
    TaskUpdate,
    /// [`Trigger::LeadFieldUpdate`].
    LeadFieldUpdate {
        /// The schema name of the field.
        field: String,
    },
    /// [`Trigger::OpportunityCreate`].
    OpportunityCreate {
        /// The codes of the types, one or more.
        opportunity_types: Vec<String>,
    },
    /// [`Trigger::OpportunityUpdate`].
    OpportunityUpdate {
        /// The codes of the types, one or more.
        opportunity_types: Vec<String>,
    },
    /// [`Trigger::OpportunityFieldUpdate`].
    OpportunityFieldUpdate {
        /// A JSON object as text.
        properties: Option<String>,
    },
    /// [`Trigger::OpportunityStageUpdate`].
    OpportunityStageUpdate {
        /// The stage before the change.
        from: Option<String>,
        /// The stage after the change.
        to: Option<String>,
        /// A JSON object with further members, as text.
        properties: Option<String>,
    },
    /// [`Trigger::OpportunityDelete`].
    OpportunityDelete {
        /// The codes of the types, one or more.
        opportunity_types: Vec<String>,
    },
    /// [`Trigger::Raw`].
    Raw {
        /// The event's number, in decimal digits.
        code: String,
        /// Any JSON, as text.
        properties: Option<String>,
        /// Further top-level members of the body.
        extra: Vec<ExtraMemberDraft>,
    },
}

/// A further top-level member of a raw create's body, as plain strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraMemberDraft {
    /// The member's name.
    pub name: String,
    /// Any JSON, as text.
    pub json: String,
}

impl WebhookDraft {
    /// A draft with only the required parts.
    pub fn new(url: impl Into<String>, trigger: TriggerDraft) -> Self {
        Self {
            url: url.into(),
            trigger,
            description: None,
            content_type: None,
            notify_on_failure: None,
            custom_headers: Vec::new(),
        }
    }

    /// Parses each part once, and reports all violations together.
    ///
    /// # Errors
    ///
    /// [`ValidationError`] with every violation and its path.
    pub fn parse(self) -> Result<NewWebhook, ValidationError> {
        let Self { url, trigger, description, content_type, notify_on_failure, custom_headers } = self;
        Parts {
            url: Given::Value(url),
            trigger: Some(TriggerKeys::from(trigger)),
            description,
            content_type,
            notify_on_failure,
            custom_headers: custom_headers
                .into_iter()
                .map(|CustomHeaderDraft { name, value }| HeaderParts { name: Some(name), value: Some(value) })
                .collect(),
        }
        .parse(Report::default())
    }
}

/// The parts of a draft from any source, before the rules are applied. A part that is missing
/// because it has the wrong type is already reported.
pub(crate) struct Parts {
    pub(crate) url: Given<String>,
    pub(crate) trigger: Option<TriggerKeys>,
    pub(crate) description: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) notify_on_failure: Option<bool>,
    pub(crate) custom_headers: Vec<HeaderParts>,
}

pub(crate) struct HeaderParts {
    pub(crate) name: Option<String>,
    pub(crate) value: Option<String>,
}

impl Parts {
    /// The single place where a draft is parsed.
    pub(crate) fn parse(self, mut report: Report) -> Result<NewWebhook, ValidationError> {
        let Self { url, trigger, description, content_type, notify_on_failure, custom_headers } = self;
        let report = &mut report;
        let url = url
            .required_or(
                "url",
                r#"missing; where deliveries go, such as "https://example.com/hooks""#,
                report,
            )
            .and_then(|url| report.take("url", ReceiverUrl::try_from(url)));
        let trigger = trigger.and_then(|keys| keys.parse(report));
        let content_type = match content_type {
            Some(text) => report.take("content_type", text.parse::<ContentType>()).map(Some),
            None => Some(None),
        };
        if description.as_ref().is_some_and(|text| text.contains('\0')) {
            report.add("description", format_args!("holds {}; remove it", Shown('\0')));
        }
        let custom_headers = parse_headers(custom_headers, report);

        let warnings = warning::warnings(
            url.as_ref(),
            trigger.as_ref(),
            description.as_deref().unwrap_or_default(),
            custom_headers.as_ref(),
        );
        let whole = (|| {
            Some(
                NewWebhook::builder(url?, trigger?)
                    .maybe_description(description)
                    .maybe_content_type(content_type?)
                    .maybe_notify_on_failure(notify_on_failure)
                    .custom_headers(custom_headers?)
                    .build(),
            )
        })();
        std::mem::take(report).finish(whole, warnings)
    }
}

fn parse_headers(parts: Vec<HeaderParts>, report: &mut Report) -> Option<CustomHeaders> {
    let within = report.take("custom_headers", CustomHeaders::check_count(parts.len()));
    let mut headers = Vec::with_capacity(parts.len());
    for (index, HeaderParts { name, value }) in parts.into_iter().enumerate() {
        let name = name.and_then(|name| {
            name.parse().map_err(|problem| report.add(format!("custom_headers[{index}].name"), problem)).ok()
        });
        let value = value.and_then(|value| {
            value
                .parse()
                .map_err(|problem| report.add(format!("custom_headers[{index}].value"), problem))
                .ok()
        });
        headers.push(name.zip(value).map(|(name, value)| CustomHeader { name, value }));
    }
    // One invalid header invalidates the list: without it the others would have other indices.
    let headers: Option<Vec<_>> = headers.into_iter().collect();
    within.and_then(|()| CustomHeaders::try_from(headers?).ok())
}

impl TriggerDraft {
    /// The event name as in drafts: that of an [`Event`](crate::Event), or `raw`.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::TriggerDraft;
    ///
    /// assert_eq!(TriggerDraft::LeadCreate.event_name(), "lead_create");
    /// ```
    #[must_use]
    pub fn event_name(&self) -> &'static str {
        TriggerKeys::from(self.clone()).event_name()
    }
}

impl From<&NewWebhook> for WebhookDraft {
    fn from(webhook: &NewWebhook) -> Self {
        Self {
            url: webhook.url().as_str().to_owned(),
            trigger: webhook.trigger().into(),
            description: webhook.given_description().map(str::to_owned),
            content_type: webhook.given_content_type().map(|form| form.as_str().to_owned()),
            notify_on_failure: webhook.given_notify_on_failure(),
            custom_headers: webhook
                .custom_headers()
                .as_slice()
                .iter()
                .map(|header| CustomHeaderDraft {
                    name: header.name.as_str().to_owned(),
                    value: header.value.expose().to_owned(),
                })
                .collect(),
        }
    }
}

impl From<&Trigger> for TriggerDraft {
    fn from(trigger: &Trigger) -> Self {
        let activity = |code: &crate::ActivityCode| code.as_str().to_owned();
        let types =
            |types: &crate::OpportunityTypes| types.as_slice().iter().map(ToString::to_string).collect();
        let object = |object: &crate::RawObject| object.as_json().to_string();
        match trigger {
            Trigger::LandingPageSubmission(LandingPages::All) => Self::LandingPageSubmission { pages: None },
            Trigger::LandingPageSubmission(LandingPages::Only(pages)) => Self::LandingPageSubmission {
                pages: Some(pages.as_slice().iter().map(ToString::to_string).collect()),
            },
            Trigger::LeadActivityCreate(code) => Self::LeadActivityCreate { activity: activity(code) },
            Trigger::LeadCreate => Self::LeadCreate,
            Trigger::LeadOwnerChange => Self::LeadOwnerChange,
            Trigger::LeadStageChange => Self::LeadStageChange,
            Trigger::LeadUpdate => Self::LeadUpdate,
            Trigger::TaskCreate => Self::TaskCreate,
            Trigger::TaskReminder => Self::TaskReminder,
            Trigger::LeadScoreChange => Self::LeadScoreChange,
            Trigger::LeadActivityUpdate(code) => Self::LeadActivityUpdate { activity: activity(code) },
            Trigger::TaskComplete => Self::TaskComplete,
            Trigger::TaskUpdate => Self::TaskUpdate,
            Trigger::LeadFieldUpdate(field) => Self::LeadFieldUpdate { field: field.to_string() },
            Trigger::OpportunityCreate(list) => Self::OpportunityCreate { opportunity_types: types(list) },
            Trigger::OpportunityUpdate(list) => Self::OpportunityUpdate { opportunity_types: types(list) },
            Trigger::OpportunityFieldUpdate(properties) => {
                Self::OpportunityFieldUpdate { properties: properties.as_ref().map(object) }
            }
            Trigger::OpportunityStageUpdate(change) => Self::OpportunityStageUpdate {
                from: change.from().map(ToString::to_string),
                to: change.to().map(ToString::to_string),
                properties: change.properties().map(object),
            },
            Trigger::OpportunityDelete(list) => Self::OpportunityDelete { opportunity_types: types(list) },
            Trigger::Raw(raw) => Self::Raw {
                code: raw.code.to_string(),
                properties: raw.properties.as_ref().map(ToString::to_string),
                extra: raw
                    .extra
                    .as_slice()
                    .iter()
                    .map(|(name, json)| ExtraMemberDraft { name: name.clone(), json: json.to_string() })
                    .collect(),
            },
        }
    }
}

impl Serialize for WebhookDraft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { url, trigger, description, content_type, notify_on_failure, custom_headers } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", url)?;
        map.serialize_entry("trigger", trigger)?;
        for (key, text) in [("description", description), ("content_type", content_type)] {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        if let Some(notify) = notify_on_failure {
            map.serialize_entry("notify_on_failure", notify)?;
        }
        if !custom_headers.is_empty() {
            map.serialize_entry("custom_headers", custom_headers)?;
        }
        map.end()
    }
}

impl Serialize for CustomHeaderDraft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, value } = self;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("value", value)?;
        map.end()
    }
}

impl Serialize for TriggerDraft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TriggerKeys::from(self.clone()).serialize(serializer)
    }
}
