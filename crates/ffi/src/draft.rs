//! A webhook as plain strings and lists.

use std::fmt;

use leadsquared_webhooks::webhook::{CustomHeaderDraft, ExtraMemberDraft, TriggerDraft, WebhookDraft};

type Trigger = TriggerDraft;
type ExtraMember = ExtraMemberDraft;

/// A webhook as plain strings and lists, such as form input. It is not validated until it is
/// parsed, by `NewWebhook.parse` or by a create; parsing reports all violations at once.
#[uniffi::remote(Record)]
pub struct WebhookDraft {
    /// The URL that receives deliveries: an absolute `http` or `https` URL. Wire name `URL`,
    /// *documented*.
    pub url: String,
    /// The event that triggers deliveries.
    pub trigger: Trigger,
    /// Free text. Default: none. Wire name `Description`, *documented*.
    #[uniffi(default = None)]
    pub description: Option<String>,
    /// The content type of deliveries: `application/json`, `application/x-www-form-urlencoded` or
    /// `text/plain`. Default: the first. Wire name `ContentType`, *documented*.
    #[uniffi(default = None)]
    pub content_type: Option<String>,
    /// Whether the account's administrators are notified of failed deliveries. Default: true. Wire
    /// name `NotifyOnFailure`, *documented*.
    #[uniffi(default = None)]
    pub notify_on_failure: Option<bool>,
    /// Headers added to each delivery, with which the receiver can authenticate the sender; at most
    /// ten. Default: none. Wire name `CustomHeaders`, *documented*.
    #[uniffi(default = [])]
    pub custom_headers: Vec<CustomHeaderDraft>,
}

/// A header added to each delivery. Its value is a secret; no text from this library shows it.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct CustomHeader {
    /// The name.
    pub name: String,
    /// The value, a secret.
    pub value: String,
}

impl fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value: _ } = self;
        write!(f, "CustomHeader(name: {name}, value: [REDACTED])")
    }
}

impl fmt::Display for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl From<CustomHeaderDraft> for CustomHeader {
    fn from(header: CustomHeaderDraft) -> Self {
        let CustomHeaderDraft { name, value } = header;
        Self { name, value }
    }
}

impl From<CustomHeader> for CustomHeaderDraft {
    fn from(header: CustomHeader) -> Self {
        let CustomHeader { name, value } = header;
        Self { name, value }
    }
}

// A record of this crate replaces core's, because only it can define how it prints.
uniffi::custom_type!(CustomHeaderDraft, CustomHeader, {
    remote,
    lower: |header| header.into(),
    try_lift: |header| Ok(header.into()),
});

/// The event that a webhook listens to, together with its data. `events()` reports how well each
/// one is known.
#[uniffi::remote(Enum)]
pub enum Trigger {
    /// A landing page was submitted. Event 1, *documented*.
    LandingPageSubmission {
        /// The URLs of the pages, one or more. Default: all pages. The wire format of the list is
        /// *inferred*.
        #[uniffi(default = None)]
        pages: Option<Vec<String>>,
    },
    /// An activity was added to a lead. Event 2, *documented*; its data *observed*.
    LeadActivityCreate {
        /// The code of the activity type, such as `22`. LeadSquared's own types (3xxx) are refused
        /// (*observed*).
        activity: String,
    },
    /// A lead was created. Event 3, *documented*.
    LeadCreate,
    /// The owner of a lead changed. Event 4, *documented*.
    LeadOwnerChange,
    /// A lead moved to another stage. Event 5, *documented*, but no create of it was ever accepted
    /// (*observed*): use `LeadFieldUpdate` on `ProspectStage`.
    LeadStageChange,
    /// A lead was changed. Event 6, *documented*.
    LeadUpdate,
    /// A task was created. Event 7, *documented*.
    TaskCreate,
    /// A task's reminder is due. Event 8, *documented*.
    TaskReminder,
    /// A lead's score changed. Event 9, *documented*.
    LeadScoreChange,
    /// An activity of a lead was changed. Event 15, *documented*; its data *inferred* from event 2.
    LeadActivityUpdate {
        /// The code of the activity type, such as `22`.
        activity: String,
    },
    /// A task was completed. Event 16, *documented*.
    TaskComplete,
    /// A task was changed. Event 17, *documented*.
    TaskUpdate,
    /// One named field of a lead was changed. Event 26, *documented*; its data *observed*.
    LeadFieldUpdate {
        /// The schema name of the field, such as `ProspectStage`.
        field: String,
    },
    /// An opportunity was created. Its code is disputed: 31 *documented*, 29 *observed*.
    OpportunityCreate {
        /// The codes of the opportunity types, such as `12000`; one or more.
        opportunity_types: Vec<String>,
    },
    /// An opportunity was changed. Its code is disputed: 32 *documented*, 30 *observed*.
    OpportunityUpdate {
        /// The codes of the opportunity types, one or more.
        opportunity_types: Vec<String>,
    },
    /// A field of an opportunity was changed. Event 33, *documented*; the required data is unknown.
    OpportunityFieldUpdate {
        /// The text of a JSON object, sent unchanged.
        #[uniffi(default = None)]
        properties: Option<String>,
    },
    /// An opportunity moved to another stage. Event 34, *documented*.
    OpportunityStageUpdate {
        /// The stage that the opportunity leaves. Wire name `StageFrom`, *documented*.
        #[uniffi(default = None)]
        from: Option<String>,
        /// The stage that the opportunity enters. Wire name `StageTo`, *inferred*.
        #[uniffi(default = None)]
        to: Option<String>,
        /// The text of a JSON object with additional members.
        #[uniffi(default = None)]
        properties: Option<String>,
    },
    /// An opportunity was deleted. Its code is disputed: 35 *documented*, 31 *observed*.
    OpportunityDelete {
        /// The codes of the opportunity types, one or more.
        opportunity_types: Vec<String>,
    },
    /// An unproven event, sent exactly as given.
    Raw {
        /// The event's number, in decimal digits.
        code: String,
        /// The text of any JSON value, for `WebhookProperties`.
        #[uniffi(default = None)]
        properties: Option<String>,
        /// Additional top-level members of the body.
        #[uniffi(default = [])]
        extra: Vec<ExtraMember>,
    },
}

/// An additional top-level member of the body of a raw create.
#[uniffi::remote(Record)]
pub struct ExtraMember {
    /// The member's name.
    pub name: String,
    /// The text of any JSON value.
    pub json: String,
}
