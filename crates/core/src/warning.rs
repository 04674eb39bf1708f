//! What is legal and still likely to disappoint.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{
    custom_headers::CustomHeaders,
    event::Event,
    event_code::{EventCode, EventCodes},
    receiver_url::ReceiverUrl,
    trigger::Trigger,
};

/// A stable name for a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningCode {
    /// `insecure_receiver`: deliveries to a plain http receiver are not encrypted. The vendor takes it, and advises
    /// https for sensitive data (*documented*).
    InsecureReceiver,
    /// `event_not_creatable`: no create of a lead stage change was ever accepted (*observed*, 11 tries).
    EventNotCreatable,
    /// `opportunity_codes_disputed`: documentation and a live account disagree on what the number means (*observed*).
    OpportunityCodesDisputed,
    /// `system_activity`: webhooks on the vendor's own activity types are refused (*observed*).
    SystemActivity,
    /// `duplicate_header`: a header's name stands twice. Legal, the vendor's sample does it (*documented*).
    DuplicateHeader,
}

impl WarningCode {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsecureReceiver => "insecure_receiver",
            Self::EventNotCreatable => "event_not_creatable",
            Self::OpportunityCodesDisputed => "opportunity_codes_disputed",
            Self::SystemActivity => "system_activity",
            Self::DuplicateHeader => "duplicate_header",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for WarningCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something about a webhook that is legal and still likely to disappoint.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::{NewWebhook, Trigger, WarningCode};
///
/// let webhook = NewWebhook::builder("http://example.com".parse()?, Trigger::LeadCreate).build();
/// assert_eq!(webhook.warnings()[0].code, WarningCode::InsecureReceiver);
/// assert_eq!(webhook.warnings()[0].field, "url");
/// # Ok::<(), leadsquared_webhooks_core::InvalidReceiverUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Which it is.
    pub code: WarningCode,
    /// The path in the draft's JSON.
    pub field: String,
    /// What may go wrong and what to do, on one line.
    pub problem: String,
}

impl Warning {
    fn new(code: WarningCode, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { code, field: field.into(), problem: problem.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.problem, self.code)
    }
}

/// The warnings about whichever parts there are, in the order of the draft.
pub(crate) fn warnings(
    url: Option<&ReceiverUrl>,
    trigger: Option<&Trigger>,
    headers: Option<&CustomHeaders>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if url.is_some_and(|url| !url.is_secure()) {
        warnings.push(Warning::new(
            WarningCode::InsecureReceiver,
            "url",
            "deliveries over plain http are not encrypted; use https",
        ));
    }
    warnings.extend(trigger.and_then(about_trigger));
    for (index, header) in headers.into_iter().flat_map(CustomHeaders::repeated) {
        warnings.push(Warning::new(
            WarningCode::DuplicateHeader,
            format!("custom_headers[{index}].name"),
            format!("{:?} stands twice; the receiver gets both", header.name.as_str()),
        ));
    }
    warnings
}

fn about_trigger(trigger: &Trigger) -> Option<Warning> {
    match trigger {
        Trigger::LeadStageChange => Some(not_creatable("trigger.event")),
        Trigger::LeadActivityCreate(activity) | Trigger::LeadActivityUpdate(activity)
            if activity.is_system() =>
        {
            Some(Warning::new(
                WarningCode::SystemActivity,
                "trigger.activity",
                format!(
                    "{:?} is a system activity (3xxx), which the API was seen to refuse",
                    activity.as_str()
                ),
            ))
        }
        Trigger::Raw(raw) if raw.code == EventCodes::Documented.code(Event::LeadStageChange) => {
            Some(not_creatable("trigger.code"))
        }
        Trigger::Raw(raw) if is_disputed(raw.code) => Some(disputed("trigger.code")),
        trigger if trigger.event().is_some_and(Event::is_opportunity) => Some(disputed("trigger.event")),
        _ => None,
    }
}

/// Whether either table takes the number for an event about opportunities.
fn is_disputed(code: EventCode) -> bool {
    EventCodes::ALL.iter().filter_map(|codes| codes.event(code)).any(Event::is_opportunity)
}

fn not_creatable(field: &str) -> Warning {
    Warning::new(
        WarningCode::EventNotCreatable,
        field,
        "no create of a lead stage change was ever accepted; use lead_field_update on ProspectStage",
    )
}

fn disputed(field: &str) -> Warning {
    Warning::new(
        WarningCode::OpportunityCodesDisputed,
        field,
        "documentation and a live account disagree on the codes of opportunity events, one's create can be the other's \
         delete; read back what was created",
    )
}
