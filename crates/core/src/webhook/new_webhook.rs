//! A webhook that is valid and may be created.

use crate::webhook::{
    content_type::ContentType,
    custom_headers::CustomHeaders,
    receiver_url::ReceiverUrl,
    trigger::Trigger,
    warning::{self, Warning},
};

/// A webhook that the API has no known reason to refuse: valid by construction, immutable.
///
/// [`builder`](Self::builder) takes parts that are already valid, and cannot fail.
/// [`WebhookDraft::parse`](crate::WebhookDraft::parse) takes plain strings, and reports all
/// violations.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{ContentType, NewWebhook, Trigger};
///
/// let webhook = NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate)
///     .description("new leads to the warehouse")
///     .build();
/// assert_eq!(webhook.content_type(), ContentType::Json);
/// assert!(webhook.notify_on_failure());
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    url: ReceiverUrl,
    trigger: Trigger,
    description: Option<String>,
    content_type: Option<ContentType>,
    notify_on_failure: Option<bool>,
    custom_headers: CustomHeaders,
}

#[bon::bon]
impl NewWebhook {
    /// Starts a webhook from its receiver and its trigger, which are required.
    ///
    /// The rest is optional. Values that are not given are sent as defaults: an empty description,
    /// [`ContentType::Json`] as in LeadSquared's sample, failures reported to the account's
    /// administrators (as in the sample, so that a dead receiver does not stay unnoticed), no
    /// custom headers. They are not *desired*, though: an existing webhook keeps its own values
    /// (see [`given_description`](Self::given_description)).
    #[builder(builder_type(name = NewWebhookBuilder, vis = "pub"), start_fn(name = builder, vis = "pub"), finish_fn = build)]
    fn of_parts(
        #[builder(start_fn)] url: ReceiverUrl,
        #[builder(start_fn)] trigger: Trigger,
        /// Free text, wire name `Description`.
        #[builder(into)]
        description: Option<String>,
        /// The content type of the deliveries, wire name `ContentType`.
        content_type: Option<ContentType>,
        /// Whether administrators are notified of failed deliveries, wire name `NotifyOnFailure`.
        notify_on_failure: Option<bool>,
        /// The headers of each delivery, wire name `CustomHeaders`.
        #[builder(default)]
        custom_headers: CustomHeaders,
    ) -> Self {
        Self { url, trigger, description, content_type, notify_on_failure, custom_headers }
    }
}

impl NewWebhook {
    /// The same webhook with another trigger.
    pub(crate) fn with_trigger(self, trigger: Trigger) -> Self {
        Self { trigger, ..self }
    }

    /// Where deliveries are sent.
    #[must_use]
    pub const fn url(&self) -> &ReceiverUrl {
        &self.url
    }

    /// The event to listen for.
    #[must_use]
    pub const fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// The description as sent: free text, empty unless one was given.
    #[must_use]
    pub fn description(&self) -> &str {
        self.given_description().unwrap_or_default()
    }

    /// The content type as sent: [`ContentType::Json`] unless one was given.
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        self.content_type.unwrap_or_default()
    }

    /// Whether administrators are notified of failed deliveries, as sent: `true` unless it was
    /// given.
    #[must_use]
    pub fn notify_on_failure(&self) -> bool {
        self.notify_on_failure.unwrap_or(true)
    }

    /// The description, if one was given, even an empty one. One that was not given is not
    /// *desired*.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{NewWebhook, Trigger};
    ///
    /// let webhook =
    ///     NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate).build();
    /// assert_eq!((webhook.description(), webhook.given_description()), ("", None));
    ///
    /// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::LeadCreate)
    ///     .description("")
    ///     .build();
    /// assert_eq!((webhook.description(), webhook.given_description()), ("", Some("")));
    /// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
    /// ```
    #[must_use]
    pub fn given_description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The content type of the deliveries, if one was given.
    #[must_use]
    pub const fn given_content_type(&self) -> Option<ContentType> {
        self.content_type
    }

    /// Whether administrators are notified of failed deliveries, if it was given.
    #[must_use]
    pub const fn given_notify_on_failure(&self) -> Option<bool> {
        self.notify_on_failure
    }

    /// The same webhook, with values that were not given filled in: those of the webhook that an
    /// update replaces.
    #[must_use]
    pub(crate) fn filled(
        self,
        description: Option<String>,
        content_type: Option<ContentType>,
        notify_on_failure: Option<bool>,
    ) -> Self {
        Self {
            description: self.description.or(description),
            content_type: self.content_type.or(content_type),
            notify_on_failure: self.notify_on_failure.or(notify_on_failure),
            ..self
        }
    }

    /// The headers of each delivery.
    #[must_use]
    pub const fn custom_headers(&self) -> &CustomHeaders {
        &self.custom_headers
    }

    /// Warnings about what is legal but a known pitfall, in the order of the draft.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        warning::warnings(
            Some(&self.url),
            Some(&self.trigger),
            self.description(),
            Some(&self.custom_headers),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_given_is_filled_and_what_was_given_stays() {
        let builder = || NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate);
        let fill = |webhook: NewWebhook| {
            webhook.filled(Some("there".to_owned()), Some(ContentType::Form), Some(false))
        };
        let filled =
            builder().description("there").content_type(ContentType::Form).notify_on_failure(false).build();
        assert_eq!(fill(builder().build()), filled);
        let given = builder().description("").content_type(ContentType::Json).notify_on_failure(true).build();
        assert_eq!(fill(given.clone()), given);
        assert_eq!(given.clone().filled(None, None, None), given);
    }
}
