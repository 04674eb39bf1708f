//! A validated webhook, its violations and its warnings.

use leadsquared_webhooks::{
    core::request,
    error::Violation,
    event::EventCodes,
    webhook::{CustomHeadersForm, Encoding, Warning, WarningCode, WebhookDraft},
};

use crate::error::WebhookError;

/// A webhook that the API has no known reason to refuse: valid by construction, immutable.
///
/// For validation without sending: a form can parse its input, and show the violations and warnings
/// next to its fields.
#[derive(Debug, PartialEq, Eq, uniffi::Object)]
#[uniffi::export(Debug, Eq)]
pub struct NewWebhook(leadsquared_webhooks::NewWebhook);

#[uniffi::export]
impl NewWebhook {
    /// Parses a draft. Fails as invalid, with all violations and their paths.
    #[uniffi::constructor]
    pub fn parse(draft: WebhookDraft) -> Result<Self, WebhookError> {
        Ok(Self(draft.parse()?))
    }

    /// Parses a draft from JSON, the format of files and of the command line. Fails as invalid,
    /// with all violations and their paths, including unknown and repeated keys.
    #[uniffi::constructor]
    pub fn from_json(json: &str) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::NewWebhook::from_json(json)?))
    }

    /// Parses the body of a create or an update in the API's format (`URL`, `WebhookEvent`). The
    /// default table of event codes is the documented one. The trigger becomes an event with its
    /// data if a create would send exactly the same body, and raw otherwise. Fails as invalid, with
    /// all violations under the member names of the body.
    #[uniffi::constructor(default(codes = None))]
    pub fn from_api_json(json: &str, codes: Option<EventCodes>) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::NewWebhook::from_api_json(json, codes.unwrap_or_default())?))
    }

    /// The draft that parses to this webhook.
    pub fn to_draft(&self) -> WebhookDraft {
        self.0.to_draft()
    }

    /// The warnings, in the order of the draft: legal values that are a known pitfall.
    pub fn warnings(&self) -> Vec<Warning> {
        self.0.warnings()
    }

    /// The request that would create this webhook, without host and keys. Nothing is sent. The body
    /// contains the custom headers' values.
    #[uniffi::method(default(codes = None, custom_headers_form = None))]
    pub fn to_request(
        &self,
        codes: Option<EventCodes>,
        custom_headers_form: Option<CustomHeadersForm>,
    ) -> Result<PreparedRequest, WebhookError> {
        let encoding = Encoding {
            codes: codes.unwrap_or_default(),
            custom_headers_form: custom_headers_form.unwrap_or_default(),
        };
        let request = request::create(&self.0, encoding);
        Ok(PreparedRequest {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            body: request.into_body(),
        })
    }
}

/// The request of a create: a path and a body, without host and keys.
#[derive(Debug, uniffi::Record)]
pub struct PreparedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, with its leading slash.
    pub path: String,
    /// The body, JSON in UTF-8.
    pub body: Vec<u8>,
}

/// One violation: a part of a draft that is invalid.
#[uniffi::remote(Record)]
pub struct Violation {
    /// The path in the draft's JSON, such as `custom_headers[3].name`; `draft` for the document
    /// itself.
    pub field: String,
    /// The value and the rule that it violates, on one line. Never a header's value.
    pub problem: String,
}

/// A legal value of a webhook that is a known pitfall.
#[uniffi::remote(Record)]
pub struct Warning {
    /// The kind of warning.
    pub code: WarningCode,
    /// The path in the draft's JSON.
    pub field: String,
    /// What may go wrong and what to do, on one line.
    pub problem: String,
}

/// The kind of a warning.
#[uniffi::remote(Enum)]
pub enum WarningCode {
    /// Deliveries to a plain http receiver are not encrypted. LeadSquared accepts http and
    /// recommends https (*documented*).
    InsecureReceiver,
    /// The receiver is localhost, or a loopback, private or link-local address, which deliveries
    /// from the internet cannot reach.
    PrivateReceiver,
    /// The receiver's URL has a fragment, which HTTP requests do not carry.
    ReceiverFragment,
    /// No create of a lead stage change was ever accepted (*observed*).
    EventNotCreatable,
    /// The documentation and a live account disagree on the event code (*observed*).
    OpportunityCodesDisputed,
    /// A landing page submission without pages. LeadSquared's page calls them mandatory, but its
    /// sample has none (*documented*).
    LandingPagesMandatory,
    /// Webhooks on LeadSquared's own activity types are refused (*observed*).
    SystemActivity,
    /// The code of an activity or opportunity type is not a number. Every code seen so far is one
    /// (*observed*).
    CodeNotNumeric,
    /// The name of a lead field contains white space. Schema names contain none (*observed*).
    FieldNameWithSpace,
    /// The description contains a control character other than a tab or a line end.
    ControlInDescription,
    /// A delivery cannot carry the header as requested: HTTP controls it, or its name contains `_`.
    UndeliverableHeader,
    /// The keys are sent to a host outside leadsquared.com.
    ForeignHost,
    /// The header name is a duplicate. This is legal, and LeadSquared's sample does it
    /// (*documented*).
    DuplicateHeader,
}
