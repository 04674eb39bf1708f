//! A webhook that may be created, and what is legal about it and still a known pitfall.

use leadsquared_webhooks::{
    CustomHeadersForm, Encoding, EventCodes, Violation, Warning, WarningCode, WebhookDraft, request,
};

use crate::error::WebhookError;

/// A webhook that the API has no known reason to refuse: valid by construction, immutable.
///
/// For checking without sending: a form can parse what was typed, and show the violations and
/// warnings beside its fields.
#[derive(Debug, PartialEq, Eq, uniffi::Object)]
#[uniffi::export(Debug, Eq)]
pub struct NewWebhook(leadsquared_webhooks::NewWebhook);

#[uniffi::export]
impl NewWebhook {
    /// Parses each part of a draft once. Fails as invalid, with every broken rule and its path.
    #[uniffi::constructor]
    pub fn parse(draft: WebhookDraft) -> Result<Self, WebhookError> {
        Ok(Self(draft.parse()?))
    }

    /// Reads a draft's JSON, the form of files and of the command line. Fails as invalid, with
    /// every broken rule and its path, unknown and repeated keys among them.
    #[uniffi::constructor]
    pub fn from_json(json: &str) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::NewWebhook::from_json(json)?))
    }

    /// Reads the body of a create or an update as the API takes it (`URL`, `WebhookEvent`), by a
    /// table of event codes: as documented. It becomes an event and its data where a create would
    /// send exactly the same body again, and raw elsewhere. Fails as invalid, with every broken
    /// rule by the names that the body has.
    #[uniffi::constructor(default(codes = None))]
    pub fn from_api_json(json: &str, codes: Option<EventCodes>) -> Result<Self, WebhookError> {
        Ok(Self(leadsquared_webhooks::NewWebhook::from_api_json(json, codes.unwrap_or_default())?))
    }

    /// The draft that parses to this webhook.
    pub fn to_draft(&self) -> WebhookDraft {
        self.0.to_draft()
    }

    /// What is legal and a known pitfall, in the order of the draft.
    pub fn warnings(&self) -> Vec<Warning> {
        self.0.warnings()
    }

    /// The request that would create it: no host, no keys, nothing is sent. The body holds the
    /// custom headers' values.
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

/// A create as the bytes of a call: a path and a body, no host and no keys.
#[derive(Debug, uniffi::Record)]
pub struct PreparedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, from its slash.
    pub path: String,
    /// The body, JSON in UTF-8.
    pub body: Vec<u8>,
}

/// One broken rule of a draft.
#[uniffi::remote(Record)]
pub struct Violation {
    /// The path in the draft's JSON, such as `custom_headers[3].name`; `draft` for the document
    /// itself.
    pub field: String,
    /// The value and the rule, on one line. Never a header's value.
    pub problem: String,
}

/// Something about a webhook that is legal and a known pitfall.
#[uniffi::remote(Record)]
pub struct Warning {
    /// Which it is.
    pub code: WarningCode,
    /// The path in the draft's JSON.
    pub field: String,
    /// What may go wrong and what to do, on one line.
    pub problem: String,
}

/// Which warning it is.
#[uniffi::remote(Enum)]
pub enum WarningCode {
    /// Deliveries to a plain http receiver are not encrypted. The vendor takes it, and advises
    /// https (documented).
    InsecureReceiver,
    /// The receiver is localhost, or a loopback, private or link-local address, where no delivery
    /// from the internet arrives.
    PrivateReceiver,
    /// The receiver's URL has a fragment, which no request carries.
    ReceiverFragment,
    /// No create of a lead stage change was ever accepted (observed).
    EventNotCreatable,
    /// Documentation and a live account disagree on what the number means (observed).
    OpportunityCodesDisputed,
    /// A landing page submission without pages. The vendor's page calls them mandatory, its own
    /// sample has none (documented).
    LandingPagesMandatory,
    /// Webhooks on the vendor's own activity types are refused (observed).
    SystemActivity,
    /// The code of an activity or opportunity type that is no number. Every one that was seen is
    /// one (observed).
    CodeNotNumeric,
    /// The name of a lead field that holds white space. Schema names have none (observed).
    FieldNameWithSpace,
    /// The description holds a control character that is neither a tab nor a line end.
    ControlInDescription,
    /// A delivery cannot carry the header as it is asked for: HTTP decides it, or its name holds
    /// `_`.
    UndeliverableHeader,
    /// The keys go to a host outside leadsquared.com.
    ForeignHost,
    /// A header's name is a duplicate. Legal, the vendor's sample does it (documented).
    DuplicateHeader,
}
