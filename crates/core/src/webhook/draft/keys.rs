//! A trigger as the keys of a draft's `trigger` object, and which keys each event takes.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{ExtraMemberDraft, TriggerDraft};
use crate::webhook::{
    event::{Event, EventKey},
    event_code::EventCode,
    landing_pages::{LandingPageUrls, LandingPages},
    name::{ActivityCode, OpportunityTypes},
    raw_json::{ExtraMembers, RawJson, RawObject},
    stage_change::StageChange,
    trigger::{RawTrigger, Trigger},
    validation::Report,
};

/// The event name of a raw trigger.
pub(crate) const RAW: &str = "raw";

const RAW_KEYS: &[EventKey] = &[
    EventKey { name: "code", required: true },
    EventKey { name: "properties", required: false },
    EventKey { name: "extra", required: false },
];

/// The value of a key: absent, of a wrong type (and reported), or present.
#[derive(Debug, Default)]
pub(crate) enum Given<T> {
    #[default]
    Absent,
    Broken,
    Value(T),
}

impl<T> Given<T> {
    /// The value; a violation if it is absent.
    pub(crate) fn required(self, field: &str, report: &mut Report) -> Option<T> {
        self.required_or(field, "missing", report)
    }

    /// The value; this problem if it is absent.
    pub(crate) fn required_or(
        self,
        field: &str,
        problem: impl fmt::Display,
        report: &mut Report,
    ) -> Option<T> {
        if matches!(self, Self::Absent) {
            report.add(field, problem);
        }
        self.value()
    }

    /// The value, if it is present and valid.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }

    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Value)
    }
}

/// A list in which invalid items are already reported and `None`.
pub(crate) type List = Vec<Option<String>>;

/// The event of a trigger, once its name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Documented(Event),
    Raw,
}

impl Named {
    fn name(self) -> &'static str {
        match self {
            Self::Documented(event) => event.name(),
            Self::Raw => RAW,
        }
    }

    /// The problem of a required key that is missing.
    fn needs(self, example: &str) -> String {
        format!("missing; {} needs it, such as {example}", self.name())
    }

    fn keys(self) -> &'static [EventKey] {
        match self {
            Self::Documented(event) => event.keys(),
            Self::Raw => RAW_KEYS,
        }
    }

    /// The hint for a key that this event does not accept.
    fn takes(self) -> String {
        let keys: Vec<_> = self.keys().iter().map(|key| key.name).collect();
        let keys = if keys.is_empty() {
            "no key but event".to_owned()
        } else {
            format!("event, {}", keys.join(", "))
        };
        format!("not a key of {}, which takes {keys}", self.name())
    }
}

/// All keys that any event accepts, each with its type.
#[derive(Debug, Default)]
pub(crate) struct TriggerKeys {
    /// `None` when the name is missing or invalid, which is reported.
    pub(crate) event: Option<Named>,
    pub(crate) pages: Given<List>,
    pub(crate) activity: Given<String>,
    pub(crate) field: Given<String>,
    pub(crate) opportunity_types: Given<List>,
    pub(crate) from: Given<String>,
    pub(crate) to: Given<String>,
    pub(crate) code: Given<String>,
    /// Any JSON, as text.
    pub(crate) properties: Given<String>,
    pub(crate) extra: Given<Vec<ExtraMemberDraft>>,
}

impl TriggerKeys {
    /// The name of the event; `raw` if there is none.
    pub(crate) fn event_name(&self) -> &'static str {
        self.event.map_or(RAW, Named::name)
    }

    /// Lets the event take its keys; each remaining key is a violation.
    pub(crate) fn parse(mut self, report: &mut Report) -> Option<Trigger> {
        let event = self.event?;
        let trigger = match event {
            Named::Raw => self.raw(report).map(Trigger::Raw),
            Named::Documented(event) => self.documented(event, report),
        };
        for left in self.left() {
            report.add(format!("trigger.{left}"), event.takes());
        }
        trigger
    }

    fn documented(&mut self, event: Event, report: &mut Report) -> Option<Trigger> {
        Some(match event {
            Event::LandingPageSubmission => Trigger::LandingPageSubmission(self.pages(report)?),
            Event::LeadActivityCreate => Trigger::LeadActivityCreate(self.activity(event, report)?),
            Event::LeadCreate => Trigger::LeadCreate,
            Event::LeadOwnerChange => Trigger::LeadOwnerChange,
            Event::LeadStageChange => Trigger::LeadStageChange,
            Event::LeadUpdate => Trigger::LeadUpdate,
            Event::TaskCreate => Trigger::TaskCreate,
            Event::TaskReminder => Trigger::TaskReminder,
            Event::LeadScoreChange => Trigger::LeadScoreChange,
            Event::LeadActivityUpdate => Trigger::LeadActivityUpdate(self.activity(event, report)?),
            Event::TaskComplete => Trigger::TaskComplete,
            Event::TaskUpdate => Trigger::TaskUpdate,
            Event::LeadFieldUpdate => {
                let needs = Named::Documented(event).needs("\"ProspectStage\"");
                Trigger::LeadFieldUpdate(take(&mut self.field, "field", &needs, report)?)
            }
            Event::OpportunityCreate => Trigger::OpportunityCreate(self.opportunity_types(event, report)?),
            Event::OpportunityUpdate => Trigger::OpportunityUpdate(self.opportunity_types(event, report)?),
            Event::OpportunityFieldUpdate => Trigger::OpportunityFieldUpdate(self.object(report).ok()?),
            Event::OpportunityStageUpdate => Trigger::OpportunityStageUpdate(self.stage_change(report)?),
            Event::OpportunityDelete => Trigger::OpportunityDelete(self.opportunity_types(event, report)?),
        })
    }

    fn pages(&mut self, report: &mut Report) -> Option<LandingPages> {
        match std::mem::take(&mut self.pages) {
            Given::Absent => Some(LandingPages::All),
            Given::Broken => None,
            Given::Value(pages) => {
                let pages = items(pages, "trigger.pages", report)?;
                report.take("trigger.pages", LandingPageUrls::try_from(pages)).map(LandingPages::Only)
            }
        }
    }

    fn activity(&mut self, event: Event, report: &mut Report) -> Option<ActivityCode> {
        take(&mut self.activity, "activity", &Named::Documented(event).needs("\"22\""), report)
    }

    fn opportunity_types(&mut self, event: Event, report: &mut Report) -> Option<OpportunityTypes> {
        const FIELD: &str = "trigger.opportunity_types";
        let needs = Named::Documented(event).needs("[\"12000\"]");
        let types = std::mem::take(&mut self.opportunity_types).required_or(FIELD, needs, report)?;
        let types = items(types, FIELD, report)?;
        report.take(FIELD, OpportunityTypes::try_from(types))
    }

    fn stage_change(&mut self, report: &mut Report) -> Option<StageChange> {
        let from = take_optional(&mut self.from, "from", report);
        let to = take_optional(&mut self.to, "to", report);
        let properties = self.object(report);
        if let Ok(Some(properties)) = &properties {
            for problem in StageChange::problems(is_given(&from), is_given(&to), properties) {
                report.add(format!("trigger.properties.{}", problem.key), problem);
            }
        }
        StageChange::new(from.ok()?, to.ok()?, properties.ok()?).ok()
    }

    fn object(&mut self, report: &mut Report) -> Result<Option<RawObject>, Reported> {
        take_optional(&mut self.properties, "properties", report)
    }

    fn raw(&mut self, report: &mut Report) -> Option<RawTrigger> {
        let code: Option<EventCode> = take(&mut self.code, "code", &Named::Raw.needs("28"), report);
        let properties: Result<Option<RawJson>, _> =
            take_optional(&mut self.properties, "properties", report);
        let extra = match std::mem::take(&mut self.extra) {
            Given::Absent => Some(ExtraMembers::default()),
            Given::Broken => None,
            Given::Value(members) => extra(members, report),
        };
        Some(RawTrigger { code: code?, properties: properties.ok()?, extra: extra? })
    }

    /// The given keys that were not taken.
    fn left(&self) -> Vec<&'static str> {
        let Self { event: _, pages, activity, field, opportunity_types, from, to, code, properties, extra } =
            self;
        [
            ("pages", pages.is_absent()),
            ("activity", activity.is_absent()),
            ("field", field.is_absent()),
            ("opportunity_types", opportunity_types.is_absent()),
            ("from", from.is_absent()),
            ("to", to.is_absent()),
            ("code", code.is_absent()),
            ("properties", properties.is_absent()),
            ("extra", extra.is_absent()),
        ]
        .into_iter()
        .filter_map(|(key, absent)| (!absent).then_some(key))
        .collect()
    }
}

/// Takes a required key; `needs` is the problem if it is missing.
fn take<T: std::str::FromStr<Err: fmt::Display>>(
    given: &mut Given<String>,
    key: &str,
    needs: &str,
    report: &mut Report,
) -> Option<T> {
    let field = format!("trigger.{key}");
    let text = std::mem::take(given).required_or(&field, needs, report)?;
    report.take(&field, text.parse())
}

/// A problem that is already reported.
struct Reported;

/// Whether a key is present, valid or not.
const fn is_given<T>(taken: &Result<Option<T>, Reported>) -> bool {
    !matches!(taken, Ok(None))
}

/// Takes an optional key.
fn take_optional<T: std::str::FromStr<Err: fmt::Display>>(
    given: &mut Given<String>,
    key: &str,
    report: &mut Report,
) -> Result<Option<T>, Reported> {
    match std::mem::take(given) {
        Given::Absent => Ok(None),
        Given::Broken => Err(Reported),
        Given::Value(text) => report.take(&format!("trigger.{key}"), text.parse()).map(Some).ok_or(Reported),
    }
}

/// The items of a list; `None` if one of them is invalid.
fn items<T: std::str::FromStr<Err: fmt::Display>>(
    list: List,
    field: &str,
    report: &mut Report,
) -> Option<Vec<T>> {
    let parsed: Vec<Option<T>> = list
        .into_iter()
        .enumerate()
        .map(|(index, item)| report.take(&format!("{field}[{index}]"), item?.parse()))
        .collect();
    parsed.into_iter().collect()
}

fn extra(members: Vec<ExtraMemberDraft>, report: &mut Report) -> Option<ExtraMembers> {
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    for problem in ExtraMembers::problems(&names) {
        report.add(format!("trigger.extra.{}", problem.name()), &problem);
    }
    let parsed: Vec<_> = members
        .into_iter()
        .map(|ExtraMemberDraft { name, json }| {
            let json = report.take(&format!("trigger.extra.{name}"), json.parse())?;
            Some((name, json))
        })
        .collect();
    let members: Vec<_> = parsed.into_iter().collect::<Option<_>>()?;
    ExtraMembers::try_from(members).ok()
}

fn list(items: Vec<String>) -> Given<List> {
    Given::Value(items.into_iter().map(Some).collect())
}

impl From<TriggerDraft> for TriggerKeys {
    fn from(draft: TriggerDraft) -> Self {
        let bare = |event| Self { event: Some(Named::Documented(event)), ..Self::default() };
        match draft {
            TriggerDraft::LandingPageSubmission { pages } => {
                Self { pages: pages.map_or(Given::Absent, list), ..bare(Event::LandingPageSubmission) }
            }
            TriggerDraft::LeadActivityCreate { activity } => {
                Self { activity: Given::Value(activity), ..bare(Event::LeadActivityCreate) }
            }
            TriggerDraft::LeadCreate => bare(Event::LeadCreate),
            TriggerDraft::LeadOwnerChange => bare(Event::LeadOwnerChange),
            TriggerDraft::LeadStageChange => bare(Event::LeadStageChange),
            TriggerDraft::LeadUpdate => bare(Event::LeadUpdate),
            TriggerDraft::TaskCreate => bare(Event::TaskCreate),
            TriggerDraft::TaskReminder => bare(Event::TaskReminder),
            TriggerDraft::LeadScoreChange => bare(Event::LeadScoreChange),
            TriggerDraft::LeadActivityUpdate { activity } => {
                Self { activity: Given::Value(activity), ..bare(Event::LeadActivityUpdate) }
            }
            TriggerDraft::TaskComplete => bare(Event::TaskComplete),
            TriggerDraft::TaskUpdate => bare(Event::TaskUpdate),
            TriggerDraft::LeadFieldUpdate { field } => {
                Self { field: Given::Value(field), ..bare(Event::LeadFieldUpdate) }
            }
            TriggerDraft::OpportunityCreate { opportunity_types } => {
                Self { opportunity_types: list(opportunity_types), ..bare(Event::OpportunityCreate) }
            }
            TriggerDraft::OpportunityUpdate { opportunity_types } => {
                Self { opportunity_types: list(opportunity_types), ..bare(Event::OpportunityUpdate) }
            }
            TriggerDraft::OpportunityFieldUpdate { properties } => {
                Self { properties: properties.into(), ..bare(Event::OpportunityFieldUpdate) }
            }
            TriggerDraft::OpportunityStageUpdate { from, to, properties } => Self {
                from: from.into(),
                to: to.into(),
                properties: properties.into(),
                ..bare(Event::OpportunityStageUpdate)
            },
            TriggerDraft::OpportunityDelete { opportunity_types } => {
                Self { opportunity_types: list(opportunity_types), ..bare(Event::OpportunityDelete) }
            }
            TriggerDraft::Raw { code, properties, extra } => Self {
                event: Some(Named::Raw),
                code: Given::Value(code),
                properties: properties.into(),
                extra: Given::Value(extra),
                ..Self::default()
            },
        }
    }
}

impl Serialize for TriggerKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, pages, activity, field, opportunity_types, from, to, code, properties, extra } =
            self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", &event.map(Named::name))?;
        for (key, list) in [("pages", pages), ("opportunity_types", opportunity_types)] {
            if let Given::Value(list) = list {
                map.serialize_entry(key, list)?;
            }
        }
        for (key, text) in
            [("activity", activity), ("field", field), ("from", from), ("to", to), ("code", code)]
        {
            if let Given::Value(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        if let Given::Value(text) = properties {
            // Always as text: null and strings would mean something else as values.
            map.serialize_entry("properties", text)?;
        }
        if let Given::Value(members) = extra
            && !members.is_empty()
        {
            map.serialize_entry("extra", &Extra(members))?;
        }
        map.end()
    }
}

struct Extra<'a>(&'a [ExtraMemberDraft]);

impl Serialize for Extra<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for ExtraMemberDraft { name, json } in self.0 {
            let json: RawJson = json.parse().map_err(|problem| {
                serde::ser::Error::custom(format_args!("trigger.extra.{name}: {problem}"))
            })?;
            map.serialize_entry(name, &json)?;
        }
        map.end()
    }
}
