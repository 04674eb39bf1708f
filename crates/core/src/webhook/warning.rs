//! Warnings about what is legal but a known pitfall.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{
    text::characters::{Shown, control_in_free_text},
    webhook::{
        custom_headers::CustomHeaders,
        event::Event,
        event_code::{EventCode, EventCodes},
        landing_pages::LandingPages,
        receiver_url::ReceiverUrl,
        trigger::Trigger,
    },
};

/// A stable name for a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningCode {
    /// `insecure_receiver`: deliveries to a plain http receiver are not encrypted. LeadSquared
    /// accepts it, and recommends https for sensitive data (*documented*).
    InsecureReceiver,
    /// `private_receiver`: the receiver is `localhost`, or a loopback, private or link-local
    /// address, which deliveries from the internet cannot reach.
    PrivateReceiver,
    /// `receiver_fragment`: the receiver's URL has a fragment (`#…`), which is never sent (RFC
    /// 9110).
    ReceiverFragment,
    /// `event_not_creatable`: no create of a lead stage change was ever accepted (*observed*, 11
    /// attempts).
    EventNotCreatable,
    /// `opportunity_codes_disputed`: the documentation and a live account disagree on what the
    /// number means (*observed*).
    OpportunityCodesDisputed,
    /// `landing_pages_mandatory`: a landing page submission without pages. LeadSquared's
    /// documentation calls them mandatory, but its own sample has none (*documented*, both).
    LandingPagesMandatory,
    /// `system_activity`: webhooks on LeadSquared's own activity types are refused (*observed*).
    SystemActivity,
    /// `code_not_numeric`: the code of an activity or opportunity type is not a number. Every code
    /// seen so far is one (*observed*).
    CodeNotNumeric,
    /// `field_name_with_space`: the name of a lead field contains white space. Schema names have
    /// none (*observed*); it is probably the display name in LeadSquared's UI.
    FieldNameWithSpace,
    /// `control_in_description`: the description contains a control character that is neither a tab
    /// nor a line ending.
    ControlInDescription,
    /// `undeliverable_header`: a delivery cannot carry the header as requested: HTTP or the content
    /// type determines it, or its name contains `_`, which web servers drop.
    UndeliverableHeader,
    /// `foreign_host`: the keys are sent to a host outside `leadsquared.com`. All documented hosts
    /// are below it (*documented*).
    ForeignHost,
    /// `duplicate_header`: a header name is a duplicate. Legal, LeadSquared's sample does it
    /// (*documented*).
    DuplicateHeader,
}

impl WarningCode {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsecureReceiver => "insecure_receiver",
            Self::PrivateReceiver => "private_receiver",
            Self::ReceiverFragment => "receiver_fragment",
            Self::EventNotCreatable => "event_not_creatable",
            Self::OpportunityCodesDisputed => "opportunity_codes_disputed",
            Self::LandingPagesMandatory => "landing_pages_mandatory",
            Self::SystemActivity => "system_activity",
            Self::CodeNotNumeric => "code_not_numeric",
            Self::FieldNameWithSpace => "field_name_with_space",
            Self::ControlInDescription => "control_in_description",
            Self::UndeliverableHeader => "undeliverable_header",
            Self::ForeignHost => "foreign_host",
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

/// A warning about a webhook or an account: something legal that is a known pitfall.
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
    /// The warning's stable name.
    pub code: WarningCode,
    /// The path in the draft's JSON.
    pub field: String,
    /// What may go wrong and what to do about it, on one line.
    pub problem: String,
}

impl Warning {
    pub(crate) fn new(code: WarningCode, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { code, field: field.into(), problem: problem.into() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.problem, self.code)
    }
}

/// The warnings about the parts that are present, in the order of the draft.
pub(crate) fn warnings(
    url: Option<&ReceiverUrl>,
    trigger: Option<&Trigger>,
    description: &str,
    headers: Option<&CustomHeaders>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(url.into_iter().flat_map(about_url));
    if let Some(trigger) = trigger {
        about_trigger(trigger, &mut warnings);
    }
    warnings.extend(control_in_free_text(description).map(|found| {
        let problem = format!("holds {}, which is not text; remove it", Shown(found));
        Warning::new(WarningCode::ControlInDescription, "description", problem)
    }));
    if let Some(headers) = headers {
        about_headers(headers, &mut warnings);
    }
    warnings
}

fn about_url(url: &ReceiverUrl) -> impl Iterator<Item = Warning> {
    [
        (
            !url.is_secure(),
            WarningCode::InsecureReceiver,
            "deliveries over plain http are not encrypted; use https",
        ),
        (
            url.is_private(),
            WarningCode::PrivateReceiver,
            "localhost and private addresses are not reached from the internet; use a public host",
        ),
        (
            url.has_fragment(),
            WarningCode::ReceiverFragment,
            "no request carries a fragment; leave out what begins with #, or write # itself as %23",
        ),
    ]
    .into_iter()
    .filter(|(warns, ..)| *warns)
    .map(|(_, code, problem)| Warning::new(code, "url", problem))
}

fn about_headers(headers: &CustomHeaders, warnings: &mut Vec<Warning>) {
    for (index, header) in headers.as_slice().iter().enumerate() {
        let name = header.name.as_str();
        let mut warn = |code, problem| {
            warnings.push(Warning::new(code, format!("custom_headers[{index}].name"), problem));
        };
        if header.name.is_of_http() {
            let problem = format!("{name:?} is set by whoever sends the delivery; use a name of your own");
            warn(WarningCode::UndeliverableHeader, problem);
        } else if name.contains('_') {
            let problem = format!("{name:?} holds _, and many web servers drop such a header; use -");
            warn(WarningCode::UndeliverableHeader, problem);
        }
        if headers.is_repeated(index) {
            warn(WarningCode::DuplicateHeader, format!("duplicate header {name:?}; the receiver gets both"));
        }
    }
}

fn about_trigger(trigger: &Trigger, warnings: &mut Vec<Warning>) {
    let not_numeric = |field: String, code: &str| {
        let problem = format!("{code:?} is not a number, and every code that was seen is one");
        Warning::new(WarningCode::CodeNotNumeric, field, problem)
    };
    if trigger.event().is_some_and(Event::is_opportunity) {
        warnings.push(disputed("trigger.event"));
    }
    match trigger {
        Trigger::LeadStageChange => warnings.push(not_creatable("trigger.event")),
        Trigger::LandingPageSubmission(LandingPages::All) => warnings.push(Warning::new(
            WarningCode::LandingPagesMandatory,
            "trigger.pages",
            "the API's page calls the landing pages mandatory, and its own sample has none; name them if the create is refused",
        )),
        Trigger::LeadActivityCreate(activity) | Trigger::LeadActivityUpdate(activity) => {
            let code = activity.as_str();
            if activity.is_system() {
                warnings.push(Warning::new(
                    WarningCode::SystemActivity,
                    "trigger.activity",
                    format!("{code:?} is a system activity (3xxx), which the API was seen to refuse"),
                ));
            } else if !activity.is_numeric() {
                warnings.push(not_numeric("trigger.activity".to_owned(), code));
            }
        }
        Trigger::LeadFieldUpdate(field) if field.as_str().contains(char::is_whitespace) => {
            warnings.push(Warning::new(
                WarningCode::FieldNameWithSpace,
                "trigger.field",
                format!("{:?} holds white space; the schema name of the field is needed", field.as_str()),
            ));
        }
        Trigger::OpportunityCreate(types)
        | Trigger::OpportunityUpdate(types)
        | Trigger::OpportunityDelete(types) => {
            let types = types.as_slice().iter().enumerate().filter(|(_, code)| !code.is_numeric());
            warnings.extend(types.map(|(index, code)| {
                not_numeric(format!("trigger.opportunity_types[{index}]"), code.as_str())
            }));
        }
        Trigger::Raw(raw) if raw.code == EventCodes::Documented.code(Event::LeadStageChange) => {
            warnings.push(not_creatable("trigger.code"));
        }
        Trigger::Raw(raw) if is_disputed(raw.code) => warnings.push(disputed("trigger.code")),
        _ => {}
    }
}

/// Whether either table assigns the number to an opportunity event.
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
