//! A webhook in plain texts and lists.

use std::fmt;

use leadsquared_webhooks::{CustomHeaderDraft, ExtraMemberDraft, TriggerDraft, WebhookDraft};

type Trigger = TriggerDraft;
type ExtraMember = ExtraMemberDraft;

/// A webhook in plain texts and lists, as a form gives it. Nothing is checked before it is parsed,
/// by `NewWebhook.parse` or by a create: then every broken rule is told at once.
#[uniffi::remote(Record)]
pub struct WebhookDraft {
    /// Where deliveries go: an absolute `http` or `https` URL. Wire name `URL`, documented.
    pub url: String,
    /// What is listened to.
    pub trigger: Trigger,
    /// Free text. Default: none. Wire name `Description`, documented.
    #[uniffi(default = None)]
    pub description: Option<String>,
    /// The form of the deliveries: `application/json`, `application/x-www-form-urlencoded` or
    /// `text/plain`. Default: the first. Wire name `ContentType`, documented.
    #[uniffi(default = None)]
    pub content_type: Option<String>,
    /// Whether the account's administrators are told of failed deliveries. Default: they are. Wire
    /// name `NotifyOnFailure`, documented.
    #[uniffi(default = None)]
    pub notify_on_failure: Option<bool>,
    /// The headers of each delivery, by which the receiver knows who sends; ten at most. Default:
    /// none. Wire name `CustomHeaders`, documented.
    #[uniffi(default = [])]
    pub custom_headers: Vec<CustomHeaderDraft>,
}

/// A header of each delivery. Its value is a secret, which no text of this library shows.
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

// A record of ours in the place of core's, for only ours can say how it prints.
uniffi::custom_type!(CustomHeaderDraft, CustomHeader, {
    remote,
    lower: |header| header.into(),
    try_lift: |header| Ok(header.into()),
});

/// What a webhook listens to: an event together with its data. How well each is known is told by
/// `events()`.
#[uniffi::remote(Enum)]
pub enum Trigger {
    /// A landing page was submitted. Event 1, documented.
    LandingPageSubmission {
        /// The pages' URLs, one or more; none given means all pages. The form of the list on the
        /// wire is inferred.
        #[uniffi(default = None)]
        pages: Option<Vec<String>>,
    },
    /// An activity was added to a lead. Event 2, documented; its data observed.
    LeadActivityCreate {
        /// The code of the activity type, such as `22`. The vendor's own types (3xxx) are refused
        /// (observed).
        activity: String,
    },
    /// A lead was created. Event 3, documented.
    LeadCreate,
    /// A lead got another owner. Event 4, documented.
    LeadOwnerChange,
    /// A lead moved to another stage. Event 5, documented; yet no create of it was ever accepted
    /// (observed): use `LeadFieldUpdate` on `ProspectStage`.
    LeadStageChange,
    /// A lead was changed. Event 6, documented.
    LeadUpdate,
    /// A task was created. Event 7, documented.
    TaskCreate,
    /// A task's reminder is due. Event 8, documented.
    TaskReminder,
    /// A lead's score changed. Event 9, documented.
    LeadScoreChange,
    /// An activity of a lead was changed. Event 15, documented; its data inferred from event 2.
    LeadActivityUpdate {
        /// The code of the activity type, such as `22`.
        activity: String,
    },
    /// A task was completed. Event 16, documented.
    TaskComplete,
    /// A task was changed. Event 17, documented.
    TaskUpdate,
    /// One named field of a lead was changed. Event 26, documented; its data observed.
    LeadFieldUpdate {
        /// The schema name of the field, such as `ProspectStage`.
        field: String,
    },
    /// An opportunity was created. Its code is disputed: 31 documented, 29 observed.
    OpportunityCreate {
        /// The codes of the opportunity types, such as `12000`; one or more.
        opportunity_types: Vec<String>,
    },
    /// An opportunity was changed. Its code is disputed: 32 documented, 30 observed.
    OpportunityUpdate {
        /// The codes of the opportunity types, one or more.
        opportunity_types: Vec<String>,
    },
    /// A field of an opportunity was changed. Event 33, documented; what its data must hold is
    /// unknown.
    OpportunityFieldUpdate {
        /// The text of a JSON object, sent as it is.
        #[uniffi(default = None)]
        properties: Option<String>,
    },
    /// An opportunity moved to another stage. Event 34, documented.
    OpportunityStageUpdate {
        /// The stage that is left. Wire name `StageFrom`, documented.
        #[uniffi(default = None)]
        from: Option<String>,
        /// The stage that is entered. Wire name `StageTo`, inferred.
        #[uniffi(default = None)]
        to: Option<String>,
        /// The text of a JSON object with further members.
        #[uniffi(default = None)]
        properties: Option<String>,
    },
    /// An opportunity was deleted. Its code is disputed: 35 documented, 31 observed.
    OpportunityDelete {
        /// The codes of the opportunity types, one or more.
        opportunity_types: Vec<String>,
    },
    /// An event that nobody has proven yet, sent as it is told here.
    Raw {
        /// The event's number, in decimal digits.
        code: String,
        /// The text of any JSON, for `WebhookProperties`.
        #[uniffi(default = None)]
        properties: Option<String>,
        /// Further top-level members of the body.
        #[uniffi(default = [])]
        extra: Vec<ExtraMember>,
    },
}

/// A further top-level member of a raw create's body.
#[uniffi::remote(Record)]
pub struct ExtraMember {
    /// The member's name.
    pub name: String,
    /// The text of any JSON.
    pub json: String,
}
