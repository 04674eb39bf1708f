//! The documented events: codes, names, keys and evidence, in one table.

use std::{fmt, str::FromStr};

/// How well a fact about LeadSquared's API is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// LeadSquared's documentation says so.
    Documented,
    /// Seen on a live account.
    Observed,
    /// A conclusion that is not proven.
    Inferred,
    /// Searched for, but not found.
    Unknown,
}

impl Evidence {
    /// The stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key of a draft's `trigger` object that an event accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventKey {
    /// The key, such as `activity`.
    pub name: &'static str,
    /// Whether the event requires the key.
    pub required: bool,
}

/// The 18 events in LeadSquared's documentation; their data is in [`Trigger`](crate::Trigger).
///
/// # Errors
///
/// [`InvalidEvent`] from `parse` for a name that is none of the 18.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, EventCodes};
///
/// let event: Event = "lead_activity_create".parse()?;
/// assert_eq!(EventCodes::Documented.code(event).to_string(), "2");
/// assert!("lead_deleted".parse::<Event>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidEvent>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A landing page was submitted.
    LandingPageSubmission,
    /// An activity was added to a lead.
    LeadActivityCreate,
    /// A lead was created.
    LeadCreate,
    /// A lead's owner changed.
    LeadOwnerChange,
    /// A lead moved to another stage. No body was ever accepted for it (*observed*): use
    /// [`LeadFieldUpdate`](Self::LeadFieldUpdate) on `ProspectStage` instead.
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

/// A row of the table.
struct Row {
    name: &'static str,
    documented: u32,
    /// The code seen on a live account, if it differs from the documented one.
    observed: Option<u32>,
    retrieve_name: &'static str,
    keys: &'static [EventKey],
    evidence: Evidence,
    note: &'static str,
}

const NOTHING: &[EventKey] = &[];
const PAGES: &[EventKey] = &[EventKey { name: "pages", required: false }];
const ACTIVITY: &[EventKey] = &[EventKey { name: "activity", required: true }];
const FIELD: &[EventKey] = &[EventKey { name: "field", required: true }];
const OPPORTUNITY_TYPES: &[EventKey] = &[EventKey { name: "opportunity_types", required: true }];
const PROPERTIES: &[EventKey] = &[EventKey { name: "properties", required: false }];
const STAGES: &[EventKey] = &[
    EventKey { name: "from", required: false },
    EventKey { name: "to", required: false },
    EventKey { name: "properties", required: false },
];

const DISPUTED: &str = "on a live account this event has another code; read back what was created";

impl Event {
    /// All 18, in the order of LeadSquared's documentation.
    pub const ALL: [Self; 18] = [
        Self::LandingPageSubmission,
        Self::LeadActivityCreate,
        Self::LeadCreate,
        Self::LeadOwnerChange,
        Self::LeadStageChange,
        Self::LeadUpdate,
        Self::TaskCreate,
        Self::TaskReminder,
        Self::LeadScoreChange,
        Self::LeadActivityUpdate,
        Self::TaskComplete,
        Self::TaskUpdate,
        Self::LeadFieldUpdate,
        Self::OpportunityCreate,
        Self::OpportunityUpdate,
        Self::OpportunityFieldUpdate,
        Self::OpportunityStageUpdate,
        Self::OpportunityDelete,
    ];

    /// The single table of events.
    #[rustfmt::skip]
    const fn row(self) -> Row {
        use Evidence::{Documented, Inferred, Observed, Unknown};
        const fn row(
            name: &'static str, documented: u32, observed: Option<u32>, retrieve_name: &'static str,
            keys: &'static [EventKey], evidence: Evidence, note: &'static str,
        ) -> Row {
            Row { name, documented, observed, retrieve_name, keys, evidence, note }
        }
        match self {
            Self::LandingPageSubmission => row("landing_page_submission", 1, None, "Landing_Page_submission", PAGES, Documented, "the form of the page list is inferred"),
            Self::LeadActivityCreate => row("lead_activity_create", 2, None, "LeadActivity_Post_Create", ACTIVITY, Observed, "system activities (3xxx) are refused"),
            Self::LeadCreate => row("lead_create", 3, None, "Lead_Post_Create", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::LeadOwnerChange => row("lead_owner_change", 4, None, "Lead_Owner_Change", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::LeadStageChange => row("lead_stage_change", 5, None, "Lead_Post_Stage_Change", NOTHING, Unknown, "no body was accepted in 11 tries; use lead_field_update on ProspectStage"),
            Self::LeadUpdate => row("lead_update", 6, None, "Lead_Post_Update", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::TaskCreate => row("task_create", 7, None, "Task_Create", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::TaskReminder => row("task_reminder", 8, None, "Task_Reminder", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::LeadScoreChange => row("lead_score_change", 9, None, "Lead_Score_Change", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::LeadActivityUpdate => row("lead_activity_update", 15, None, "LeadActivity_Post_Update", ACTIVITY, Inferred, "properties by analogy with lead_activity_create"),
            Self::TaskComplete => row("task_complete", 16, None, "Task_Complete", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::TaskUpdate => row("task_update", 17, None, "Task_Update", NOTHING, Inferred, "that it takes no properties is inferred"),
            Self::LeadFieldUpdate => row("lead_field_update", 26, None, "Lead_Field_Change", FIELD, Observed, "a second one on the same field is refused"),
            Self::OpportunityCreate => row("opportunity_create", 31, Some(29), "Opportunity_Post_Create", OPPORTUNITY_TYPES, Observed, DISPUTED),
            Self::OpportunityUpdate => row("opportunity_update", 32, Some(30), "Opportunity_Post_Update", OPPORTUNITY_TYPES, Observed, DISPUTED),
            Self::OpportunityFieldUpdate => row("opportunity_field_update", 33, None, "OpportunityField_Post_Update", PROPERTIES, Unknown, "the keys of its properties are unknown"),
            Self::OpportunityStageUpdate => row("opportunity_stage_update", 34, None, "OpportunityStage_Post_Update", STAGES, Documented, "StageFrom is documented, StageTo inferred, others unknown"),
            Self::OpportunityDelete => row("opportunity_delete", 35, Some(31), "Opportunity_Post_Delete", OPPORTUNITY_TYPES, Observed, DISPUTED),
        }
    }

    /// The name in drafts and on the command line, such as `lead_activity_create`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The name of the event in Retrieve and its responses (`EventCode` there), such as
    /// `LeadActivity_Post_Create`. Matched to the codes by meaning; events 2, 26 and the
    /// opportunity events were observed.
    #[must_use]
    pub const fn retrieve_name(self) -> &'static str {
        self.row().retrieve_name
    }

    /// The keys that a draft's `trigger` accepts for this event.
    #[must_use]
    pub const fn keys(self) -> &'static [EventKey] {
        self.row().keys
    }

    /// How well the format of a create for this event is known.
    #[must_use]
    pub const fn evidence(self) -> Evidence {
        self.row().evidence
    }

    /// A note to read before relying on the event; empty if there is none.
    #[must_use]
    pub const fn note(self) -> &'static str {
        self.row().note
    }

    /// Whether the event concerns opportunities, on whose codes the documentation and a live
    /// account disagree.
    #[must_use]
    pub const fn is_opportunity(self) -> bool {
        matches!(
            self,
            Self::OpportunityCreate
                | Self::OpportunityUpdate
                | Self::OpportunityFieldUpdate
                | Self::OpportunityStageUpdate
                | Self::OpportunityDelete
        )
    }

    pub(crate) const fn documented_code(self) -> u32 {
        self.row().documented
    }

    pub(crate) const fn observed_code(self) -> u32 {
        let row = self.row();
        match row.observed {
            Some(code) => code,
            None => row.documented,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Event {
    type Err = InvalidEvent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|event| event.name() == text)
            .ok_or_else(|| InvalidEvent { name: text.to_owned() })
    }
}

/// The error for a name that is not a documented event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not an event; one of {}, raw is needed", Event::ALL.map(Event::name).join(", "))]
pub struct InvalidEvent {
    name: String,
}
