//! The documented events: codes, names, keys and evidence, in one table.

use std::{fmt, str::FromStr};

use crate::text::similar::{folded, nearest};

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
/// [`InvalidEvent`] from `parse` for what [`parse_by`](Self::parse_by) cannot read.
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

/// Which number means which event: a client setting.
///
/// LeadSquared's documentation and a live account disagree on the opportunity events: what one
/// calls *update* the other may call *delete*. Whether other accounts follow the documentation is
/// unknown; only reading a webhook back shows it.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{Event, EventCodes};
///
/// assert_eq!(EventCodes::Documented.code(Event::OpportunityCreate).get(), 31);
/// assert_eq!(EventCodes::Observed.code(Event::OpportunityCreate).get(), 29);
/// assert_eq!("observed".parse(), Ok(EventCodes::Observed));
/// assert!("guessed".parse::<EventCodes>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventCodes {
    /// LeadSquared's documentation. The default, because it is the official source.
    #[default]
    Documented,
    /// One live account (India, August 2026): opportunity create, update and delete are 29, 30 and
    /// 31.
    Observed,
}

impl EventCodes {
    /// Both tables.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Observed];

    /// The event with this number, if the table has one.
    pub(crate) fn event_of(self, code: u32) -> Option<Event> {
        Event::ALL.into_iter().find(|event| {
            code == match self {
                Self::Documented => event.documented_code(),
                Self::Observed => event.observed_code(),
            }
        })
    }
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

impl Event {
    /// Reads what a user wrote for an event. Letter case is ignored, and `-` is read as `_`:
    ///
    /// - its [`name`](Self::name) in drafts, `lead_create` or `lead-create`,
    /// - its name in LeadSquared's responses, `Lead_Post_Create`,
    /// - its number, `3`. The two tables of numbers disagree on opportunity events, so that a
    ///   number is read by the account's table, or, if that is unknown, only if both agree on it.
    ///
    /// `parse` from a string is this without a table.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`], which says what was probably meant.
    ///
    /// # Example
    ///
    /// ```
    /// use leadsquared_webhooks_core::{Event, EventCodes};
    ///
    /// for text in ["lead_create", "lead-create", "Lead_Post_Create", "3"] {
    ///     assert_eq!(Event::parse_by(text, None)?, Event::LeadCreate);
    /// }
    /// assert_eq!(Event::parse_by("31", Some(EventCodes::Observed))?, Event::OpportunityDelete);
    /// assert_eq!(
    ///     Event::parse_by("31", None).unwrap_err().to_string(),
    ///     "event 31 is opportunity_create in the documented code table and opportunity_delete in \
    ///      the observed one; write its name, or say which table (codes) the account uses",
    /// );
    /// # Ok::<(), leadsquared_webhooks_core::InvalidEvent>(())
    /// ```
    pub fn parse_by(text: &str, codes: Option<EventCodes>) -> Result<Self, InvalidEvent> {
        let invalid = |reason| InvalidEvent { text: text.to_owned(), reason };
        let name = folded(text);
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            let named = |event: &Self| [event.name(), &folded(event.retrieve_name())].contains(&&*name);
            return Self::ALL.into_iter().find(named).ok_or_else(|| invalid(Reason::Unknown));
        }
        let Ok(number) = name.parse() else { return Err(invalid(Reason::NoSuchNumber(codes))) };
        if let Some(codes) = codes {
            return codes.event_of(number).ok_or_else(|| invalid(Reason::NoSuchNumber(Some(codes))));
        }
        match EventCodes::ALL.map(|codes| codes.event_of(number)) {
            [None, None] => Err(invalid(Reason::NoSuchNumber(None))),
            [Some(documented), Some(observed)] if documented == observed => Ok(documented),
            [documented, observed] => Err(invalid(Reason::Disputed { documented, observed })),
        }
    }
}

impl FromStr for Event {
    type Err = InvalidEvent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_by(text, None)
    }
}

/// The error for a string that is not a documented event. It says which one was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEvent {
    text: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Unknown,
    /// In this table, or in neither.
    NoSuchNumber(Option<EventCodes>),
    Disputed {
        documented: Option<Event>,
        observed: Option<Event>,
    },
}

impl InvalidEvent {
    /// The event whose name is nearest to what was written.
    #[must_use]
    pub fn nearest(&self) -> Option<Event> {
        let names = Event::ALL.iter().flat_map(|event| [event.name(), event.retrieve_name()]);
        let name = nearest(&self.text, names).filter(|_| self.reason == Reason::Unknown)?;
        Event::ALL.into_iter().find(|event| [event.name(), event.retrieve_name()].contains(&name))
    }
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        match *reason {
            Reason::Unknown => {
                write!(f, "unknown event {text:?}; ")?;
                match self.nearest() {
                    Some(event) => write!(f, "did you mean {event}?"),
                    None => write!(f, "known are {}, raw", Event::ALL.map(Event::name).join(", ")),
                }
            }
            Reason::NoSuchNumber(codes) => {
                write!(f, "no event has the number {}", text.trim())?;
                if let Some(codes) = codes {
                    write!(f, " in the {codes} code table")?;
                }
                f.write_str("; raw takes any number, as its code")
            }
            Reason::Disputed { documented, observed } => {
                let name = |event: Option<Event>| event.map_or("unknown", Event::name);
                write!(
                    f,
                    "event {} is {} in the documented code table and {} in the observed one; write its name, or say \
                     which table (codes) the account uses",
                    text.trim(),
                    name(documented),
                    name(observed)
                )
            }
        }
    }
}

impl std::error::Error for InvalidEvent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_every_event_is_read() {
        for event in Event::ALL {
            let name = event.name();
            for text in [
                name.to_owned(),
                name.replace('_', "-"),
                name.to_uppercase(),
                event.retrieve_name().to_owned(),
                event.retrieve_name().to_lowercase().replace('_', "-"),
                format!(" {name} "),
            ] {
                assert_eq!(text.parse(), Ok(event), "{text}");
            }
            for (codes, number) in [
                (EventCodes::Documented, event.documented_code()),
                (EventCodes::Observed, event.observed_code()),
            ] {
                assert_eq!(Event::parse_by(&number.to_string(), Some(codes)), Ok(event));
            }
            let number = event.documented_code().to_string();
            let is_disputed = [31, 32, 35].contains(&event.documented_code());
            assert_eq!(number.parse::<Event>().is_err(), is_disputed, "{event}");
        }
    }

    #[test]
    fn no_two_spellings_collide() {
        let names =
            Event::ALL.iter().flat_map(|event| [event.name().to_owned(), folded(event.retrieve_name())]);
        for name in names {
            let is = |event: &&Event| [event.name(), &folded(event.retrieve_name())].contains(&&*name);
            assert_eq!(Event::ALL.iter().filter(is).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_disputed_number_says_which_events_it_could_mean() {
        let problem = |text: &str, codes| Event::parse_by(text, codes).unwrap_err().to_string();
        for (number, documented, observed) in [
            ("29", "unknown", "opportunity_create"),
            ("30", "unknown", "opportunity_update"),
            ("31", "opportunity_create", "opportunity_delete"),
            ("32", "opportunity_update", "unknown"),
            ("35", "opportunity_delete", "unknown"),
        ] {
            let says = format!(
                "event {number} is {documented} in the documented code table and {observed} in the observed one; write \
                 its name, or say which table (codes) the account uses"
            );
            assert_eq!(problem(number, None), says);
        }
        let unknown = "no event has the number 28; raw takes any number, as its code";
        assert_eq!(problem("28", None), unknown);
        assert_eq!(
            problem("29", Some(EventCodes::Documented)),
            "no event has the number 29 in the documented code table; raw takes any number, as its code"
        );
        assert!(problem("99999999999999999999", None).starts_with("no event has the number 9999"));
    }

    #[test]
    fn a_slip_is_answered_with_the_event_that_was_meant() {
        for (text, event) in [
            ("lead-creat", Some(Event::LeadCreate)),
            ("leadcreate", Some(Event::LeadCreate)),
            ("lead_created", Some(Event::LeadCreate)),
            ("Lead_Post_Creat", Some(Event::LeadCreate)),
            ("task_remind", Some(Event::TaskReminder)),
            ("lead_deleted", None),
            ("31", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Event>().unwrap_err().nearest(), event, "{text}");
        }
        let problem = "x".parse::<Event>().unwrap_err().to_string();
        assert!(problem.starts_with("unknown event \"x\"; known are landing_page_submission, "), "{problem}");
    }
}
