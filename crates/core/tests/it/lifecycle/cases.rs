//! The desired webhooks of the simulation and their meaning, written by hand.

use fastrand::Rng;
use leadsquared_webhooks_core::{
    ContentType, CustomHeader, CustomHeaders, EventCode, EventCodes, ExtraMembers, Identity, LandingPageUrls,
    LandingPages, NewWebhook, RawTrigger, StageChange, Trigger, request,
};
use serde_json::Value;

use super::world::{Existing, Hidden, Server, Truth};

/// Where a webhook delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// One of [`RECEIVERS`].
    Known(usize),
    /// A truncated URL.
    Other(String),
}

/// Spellings of each URL. The first is its normal form.
pub(crate) const RECEIVERS: [&[&str]; 9] = [
    &[
        "https://managed.example/hooks/a",
        "HTTPS://Managed.Example:443/hooks/a",
        "https://managed.example/x/../hooks/./%61",
        "https://managed.example/hooks/a#part",
    ],
    &["https://managed.example/hooks/a/"],
    &[
        "https://managed.example/hooks/b?x=1&y=2&token=0123456789abcdef",
        "https://managed.example:443/hooks/b?x=1&y=2&token=%30123456789abcdef",
    ],
    &[
        "https://managed.example/",
        "https://managed.example",
        "HTTPS://managed.example:443",
        // Truncated spellings, with an empty port.
        "HTTPS://managed.example:",
        "HTTPS://Managed.Example:",
        "https://managed.example:",
    ],
    &[
        "https://xn--bcher-kva.example/%C3%A4?q=%C3%BC&r=1",
        "https://bücher.example/ä?q=ü&r=1",
        "https://BÜCHER.example/%c3%a4?q=ü&r=1",
    ],
    &["https://other.example/hooks/a"],
    &["https://managed.example/hooks/b"],
    &["https://managed.example/hooks2/a"],
    &["https://managed.example.evil.example/hooks/a"],
];

/// The managed prefix, and the receivers under it.
pub(crate) const PREFIX: &str = "https://managed.example/hooks";
pub(crate) const MANAGED: [usize; 4] = [0, 1, 2, 6];

/// Returns the form in which a server stores a URL.
pub(crate) fn server_form(url: &str, server: &Server) -> String {
    let known = RECEIVERS.iter().find(|spellings| spellings.contains(&url));
    let form = known.filter(|_| server.normalizes).map_or(url, |spellings| spellings[0]);
    form.chars().take(server.cut.unwrap_or(usize::MAX)).collect()
}

pub(crate) fn receiver_of(url: &str) -> Receiver {
    let known = RECEIVERS.iter().position(|spellings| spellings.contains(&url));
    known.map_or_else(|| Receiver::Other(url.to_owned()), Receiver::Known)
}

/// The events that satisfy a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    One(&'static str),
    Two(&'static str, &'static str),
    /// Any event without a documented name.
    Undocumented,
}

const UNDOCUMENTED: [&str; 2] = ["Task_Delete", "Lead_Merge"];

impl Accepts {
    pub(crate) fn has(self, event: &str) -> bool {
        match self {
            Self::One(one) => event == one,
            Self::Two(one, two) => event == one || event == two,
            Self::Undocumented => UNDOCUMENTED.contains(&event),
        }
    }

    fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::One(one), other) | (other, Self::One(one)) => other.has(one),
            (Self::Two(one, two), other) | (other, Self::Two(one, two)) => other.has(one) || other.has(two),
            (Self::Undocumented, Self::Undocumented) => true,
        }
    }
}

/// A desired webhook and its meaning.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) webhook: NewWebhook,
    pub(crate) identity: Identity,
    pub(crate) accepts: Accepts,
    pub(crate) receiver: usize,
    pub(crate) properties: &'static str,
    pub(crate) is_disputed: bool,
}

const KINDS: usize = 17;

fn trigger(kind: usize) -> (Trigger, Accepts, &'static str) {
    use Accepts::{One, Two, Undocumented};
    let raw = |code, properties: Option<&str>| {
        Trigger::Raw(RawTrigger {
            code: EventCode::new(code),
            properties: properties.map(|json| json.parse().unwrap()),
            extra: ExtraMembers::default(),
        })
    };
    let types = |types: &[&str]| {
        types.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>().try_into().unwrap()
    };
    match kind {
        0 => (Trigger::LeadCreate, One("Lead_Post_Create"), ""),
        1 => (Trigger::TaskCreate, One("Task_Create"), ""),
        2 | 3 => {
            let (field, properties) = [
                ("ProspectStage", "ChangedLeadField=ProspectStage;"),
                ("mx_City", "ChangedLeadField=mx_City;"),
            ][kind - 2];
            (Trigger::LeadFieldUpdate(field.parse().unwrap()), One("Lead_Field_Change"), properties)
        }
        4 => (
            Trigger::LeadActivityCreate("22".parse().unwrap()),
            One("LeadActivity_Post_Create"),
            "ActivityEvent=22;",
        ),
        5 => (
            Trigger::LeadActivityCreate("23".parse().unwrap()),
            One("LeadActivity_Post_Create"),
            "ActivityEvent=23;",
        ),
        6 | 7 => (
            Trigger::OpportunityCreate(types(&["12000"])),
            One("Opportunity_Post_Create"),
            "OpportunityEvents=[12000];",
        ),
        8 | 9 => (
            Trigger::OpportunityUpdate(types(&["12000", "12001"])),
            One("Opportunity_Post_Update"),
            "OpportunityEvents=[12000,12001];",
        ),
        10 => (
            Trigger::OpportunityDelete(types(&["12000"])),
            One("Opportunity_Post_Delete"),
            "OpportunityEvents=[12000];",
        ),
        11 => {
            let change = StageChange::new(Some("Budget constraints".parse().unwrap()), None, None);
            (
                Trigger::OpportunityStageUpdate(change.unwrap()),
                One("OpportunityStage_Post_Update"),
                "StageFrom=Budget constraints;",
            )
        }
        12 => (Trigger::LandingPageSubmission(LandingPages::All), One("Landing_Page_submission"), ""),
        13 => {
            let pages = LandingPageUrls::try_from(vec!["https://pages.example/one".parse().unwrap()]);
            let pages = LandingPages::Only(pages.unwrap());
            (Trigger::LandingPageSubmission(pages), One("Landing_Page_submission"), "")
        }
        14 => (raw(3, None), One("Lead_Post_Create"), ""),
        15 => (
            raw(31, Some(r#"{"OpportunityEvents":[12000]}"#)),
            Two("Opportunity_Post_Create", "Opportunity_Post_Delete"),
            "OpportunityEvents=[12000];",
        ),
        _ => (raw(99, Some(r#"{"Own": 1, "Async": true}"#)), Undocumented, "Async=true;Own=1;"),
    }
}

impl Case {
    /// Creates a case, with a receiver that most webhooks of the simulation share.
    pub(crate) fn new(random: &mut Rng) -> Self {
        let (trigger, accepts, properties) = trigger(random.usize(0..KINDS));
        let receiver = if random.bool() { 0 } else { random.usize(0..7) };
        let spellings = RECEIVERS[receiver];
        let url = spellings[random.usize(0..spellings.len())].parse().unwrap();
        let headers = [("x-api-key", "one"), ("x-api-key", "two"), ("X-Two", "three")];
        let headers = headers.map(|(name, value)| CustomHeader::parse(name, value).unwrap());
        let headers = match random.u8(0..4) {
            0 => headers[..1].to_vec(),
            1 => headers[1..].to_vec(),
            _ => Vec::new(),
        };
        let is_disputed = matches!(
            trigger,
            Trigger::OpportunityCreate(_) | Trigger::OpportunityUpdate(_) | Trigger::OpportunityDelete(_)
        );
        let webhook = NewWebhook::builder(url, trigger)
            .maybe_description([None, Some("calls & more"), Some("")][random.usize(0..3)])
            .maybe_content_type([None, Some(ContentType::Json), Some(ContentType::Form)][random.usize(0..3)])
            .maybe_notify_on_failure([None, None, Some(true), Some(false)][random.usize(0..4)])
            .custom_headers(CustomHeaders::try_from(headers).unwrap())
            .build();
        let identity = Identity::of(&webhook);
        Self { webhook, identity, accepts, receiver, properties, is_disputed }
    }

    /// Creates several cases such that one webhook never satisfies two of them.
    pub(crate) fn several(random: &mut Rng, most: usize) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        for _ in 0..random.usize(1..=most) {
            let case = Self::new(random);
            if !cases.iter().any(|other| case.overlaps(other)) {
                cases.push(case);
            }
        }
        cases
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.receiver == other.receiver
            && self.properties == other.properties
            && self.accepts.overlaps(other.accepts)
    }

    /// Returns the same webhook with another description, other headers, etc.
    pub(crate) fn edited(&self, random: &mut Rng) -> Self {
        let other = Self::new(random).webhook;
        let webhook = NewWebhook::builder(self.webhook.url().clone(), self.webhook.trigger().clone())
            .maybe_description(other.given_description().map(str::to_owned))
            .maybe_content_type(other.given_content_type())
            .maybe_notify_on_failure(other.given_notify_on_failure())
            .custom_headers(other.custom_headers().clone())
            .build();
        Self { webhook, ..self.clone() }
    }

    /// Returns the body that creates it.
    pub(crate) fn body(&self, codes: EventCodes) -> Value {
        serde_json::from_slice(request::create(&self.webhook, codes).body()).unwrap()
    }

    /// Returns whether a webhook is the desired one.
    pub(crate) fn is(&self, truth: &Truth) -> bool {
        self.is_receiver(truth) && self.accepts.has(truth.event) && truth.properties == self.properties
    }

    pub(crate) fn is_receiver(&self, truth: &Truth) -> bool {
        truth.receiver == Receiver::Known(self.receiver)
    }

    /// Returns whether a webhook is the desired one, or may be as far as the server reports.
    pub(crate) fn may_be(&self, existing: &Existing, hides: Option<Hidden>) -> bool {
        let Truth { event, properties, .. } = &existing.truth;
        (self.is_receiver(&existing.truth) || hides == Some(Hidden::Url))
            && (self.accepts.has(event) || hides == Some(Hidden::Event))
            && (*properties == self.properties
                || self.has_unknown(properties)
                || hides == Some(Hidden::Properties))
    }

    /// Returns whether a server that alters webhooks may have turned the create into this one: with
    /// another event, or with a truncated URL.
    pub(crate) fn became(&self, truth: &Truth) -> bool {
        let is_cut = match &truth.receiver {
            Receiver::Known(other) => *other != self.receiver && self.is_cut(RECEIVERS[*other]),
            Receiver::Other(url) => self.is_cut(&[url]),
        };
        (truth.properties == self.properties || self.has_unknown(&truth.properties))
            && (self.is_receiver(truth) && !self.accepts.has(truth.event) || is_cut)
    }

    /// Returns whether properties differ only in unknown members, which the server may have added.
    fn has_unknown(&self, properties: &str) -> bool {
        self.properties.is_empty() && properties == "Async=true;Own=1;"
    }

    fn is_cut(&self, spellings: &[&str]) -> bool {
        let whole = RECEIVERS[self.receiver];
        spellings.iter().any(|cut| whole.iter().any(|url| url.len() > cut.len() && url.starts_with(cut)))
    }
}
