//! The documented events, and how well each is known.

use leadsquared_webhooks::{
    Event,
    event::{EventCodes, Evidence},
};

/// The facts known about an event.
#[derive(Debug, uniffi::Record)]
pub struct EventFacts {
    /// The event.
    pub event: Event,
    /// Its name in drafts and on the command line, such as `lead_activity_create`.
    pub name: String,
    /// The event's code in LeadSquared's documentation.
    pub documented_code: u32,
    /// The event's code as *observed* on a live account.
    pub observed_code: u32,
    /// The event's name in Retrieve requests and responses.
    pub retrieve_name: String,
    /// The keys that a draft's trigger accepts for this event.
    pub keys: Vec<EventKey>,
    /// How well the form of a create for this event is known.
    pub evidence: Evidence,
    /// A caveat about using this event; empty when there is none.
    pub note: String,
}

/// A key of a draft's trigger that an event accepts.
#[derive(Debug, uniffi::Record)]
pub struct EventKey {
    /// The key, such as `activity`.
    pub name: String,
    /// Whether the event requires it.
    pub required: bool,
}

impl From<Event> for EventFacts {
    fn from(event: Event) -> Self {
        let key = |key: &leadsquared_webhooks::event::EventKey| {
            let leadsquared_webhooks::event::EventKey { name, required } = *key;
            EventKey { name: name.to_owned(), required }
        };
        Self {
            event,
            name: event.name().to_owned(),
            documented_code: EventCodes::Documented.code(event).get(),
            observed_code: EventCodes::Observed.code(event).get(),
            retrieve_name: event.retrieve_name().to_owned(),
            keys: event.keys().iter().map(key).collect(),
            evidence: event.evidence(),
            note: event.note().to_owned(),
        }
    }
}

/// All documented events, in the order of LeadSquared's page.
#[uniffi::export]
pub fn events() -> Vec<EventFacts> {
    Event::ALL.into_iter().map(Into::into).collect()
}

/// The 18 events of LeadSquared's page.
#[uniffi::remote(Enum)]
pub enum Event {
    /// A landing page was submitted.
    LandingPageSubmission,
    /// An activity was added to a lead.
    LeadActivityCreate,
    /// A lead was created.
    LeadCreate,
    /// The owner of a lead changed.
    LeadOwnerChange,
    /// A lead moved to another stage.
    LeadStageChange,
    /// A lead was changed.
    LeadUpdate,
    /// A task was created.
    TaskCreate,
    /// A task's reminder is due.
    TaskReminder,
    /// A lead's score changed.
    LeadScoreChange,
    /// An activity of a lead was changed.
    LeadActivityUpdate,
    /// A task was completed.
    TaskComplete,
    /// A task was changed.
    TaskUpdate,
    /// One named field of a lead was changed.
    LeadFieldUpdate,
    /// An opportunity was created.
    OpportunityCreate,
    /// An opportunity was changed.
    OpportunityUpdate,
    /// A field of an opportunity was changed.
    OpportunityFieldUpdate,
    /// An opportunity moved to another stage.
    OpportunityStageUpdate,
    /// An opportunity was deleted.
    OpportunityDelete,
}

/// How well a fact about LeadSquared's API is known.
#[uniffi::remote(Enum)]
pub enum Evidence {
    /// LeadSquared's documentation says so.
    Documented,
    /// Seen on a live account.
    Observed,
    /// An interpretation without proof.
    Inferred,
    /// Searched for and not found.
    Unknown,
}
