//! The event that a webhook listens for.

use crate::webhook::{
    event::Event,
    event_code::{EventCode, EventCodes},
    landing_pages::LandingPages,
    name::{ActivityCode, FieldName, OpportunityTypes},
    raw_json::{ExtraMembers, RawJson, RawObject},
    stage_change::StageChange,
};

/// The event that a webhook listens for, with the data that this event needs.
///
/// It determines `WebhookEvent`, `WebhookProperties`, `IsSpecificLandingPage`, `LandingPageUrls`
/// and the undocumented top-level copies `ActivityEvent`, `ChangedLeadField` and
/// `OpportunityEvents`. A landing page on a task event cannot be expressed. [`Event::evidence`]
/// says how well each event is known.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, Trigger};
///
/// let trigger = Trigger::LeadActivityCreate("22".parse()?);
/// assert_eq!(trigger.event(), Some(Event::LeadActivityCreate));
/// # Ok::<(), leadsquared_webhooks_core::InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A landing page was submitted: [`Event::LandingPageSubmission`].
    LandingPageSubmission(LandingPages),
    /// An activity of this type was added to a lead: [`Event::LeadActivityCreate`].
    LeadActivityCreate(ActivityCode),
    /// A lead was created.
    LeadCreate,
    /// A lead's owner changed.
    LeadOwnerChange,
    /// A lead moved to another stage. *Observed* to be refused in every form; see
    /// [`Event::LeadStageChange`].
    LeadStageChange,
    /// A lead was changed.
    LeadUpdate,
    /// A task was created.
    TaskCreate,
    /// A task's reminder is due.
    TaskReminder,
    /// A lead's score changed.
    LeadScoreChange,
    /// An activity of this type was changed: [`Event::LeadActivityUpdate`].
    LeadActivityUpdate(ActivityCode),
    /// A task was completed.
    TaskComplete,
    /// A task was changed.
    TaskUpdate,
    /// This field of a lead was changed: [`Event::LeadFieldUpdate`].
    LeadFieldUpdate(FieldName),
    /// An opportunity of these types was created.
    OpportunityCreate(OpportunityTypes),
    /// An opportunity of these types was changed.
    OpportunityUpdate(OpportunityTypes),
    /// A field of an opportunity was changed. The keys of its properties are unknown.
    OpportunityFieldUpdate(Option<RawObject>),
    /// An opportunity moved to another stage.
    OpportunityStageUpdate(StageChange),
    /// An opportunity of these types was deleted.
    OpportunityDelete(OpportunityTypes),
    /// Anything else, for what is not proven yet.
    Raw(RawTrigger),
}

/// An event by its number, with properties and members that are not checked.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{EventCode, ExtraMembers, NewWebhook, RawTrigger, Trigger};
///
/// let task_delete = RawTrigger {
///     code: EventCode::new(28),
///     properties: None,
///     extra: ExtraMembers::default(),
/// };
/// let webhook = NewWebhook::builder(
///     "https://example.com/hooks".parse()?,
///     Trigger::Raw(task_delete),
/// )
/// .build();
/// assert!(webhook.warnings().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawTrigger {
    /// `WebhookEvent`.
    pub code: EventCode,
    /// `WebhookProperties`: null, or this JSON as a string.
    pub properties: Option<RawJson>,
    /// Further top-level members of the body.
    pub extra: ExtraMembers,
}

impl Trigger {
    /// The documented event; `None` for a raw one.
    #[must_use]
    pub const fn event(&self) -> Option<Event> {
        match self.kind() {
            Ok(event) => Some(event),
            Err(_) => None,
        }
    }

    /// The number that is sent, according to one of the tables.
    #[must_use]
    pub fn code(&self, codes: EventCodes) -> EventCode {
        match self.kind() {
            Ok(event) => codes.code(event),
            Err(raw) => raw.code,
        }
    }

    /// The documented event, or else the raw trigger.
    const fn kind(&self) -> Result<Event, &RawTrigger> {
        Ok(match self {
            Self::LandingPageSubmission(_) => Event::LandingPageSubmission,
            Self::LeadActivityCreate(_) => Event::LeadActivityCreate,
            Self::LeadCreate => Event::LeadCreate,
            Self::LeadOwnerChange => Event::LeadOwnerChange,
            Self::LeadStageChange => Event::LeadStageChange,
            Self::LeadUpdate => Event::LeadUpdate,
            Self::TaskCreate => Event::TaskCreate,
            Self::TaskReminder => Event::TaskReminder,
            Self::LeadScoreChange => Event::LeadScoreChange,
            Self::LeadActivityUpdate(_) => Event::LeadActivityUpdate,
            Self::TaskComplete => Event::TaskComplete,
            Self::TaskUpdate => Event::TaskUpdate,
            Self::LeadFieldUpdate(_) => Event::LeadFieldUpdate,
            Self::OpportunityCreate(_) => Event::OpportunityCreate,
            Self::OpportunityUpdate(_) => Event::OpportunityUpdate,
            Self::OpportunityFieldUpdate(_) => Event::OpportunityFieldUpdate,
            Self::OpportunityStageUpdate(_) => Event::OpportunityStageUpdate,
            Self::OpportunityDelete(_) => Event::OpportunityDelete,
            Self::Raw(raw) => return Err(raw),
        })
    }
}
