//! One error for everything that is parsed: each small one converts into it.

use crate::{
    account::{api_host::InvalidApiHost, credentials::InvalidKey},
    call::quota::InvalidQuotaLimit,
    reconcile::{InvalidManagedPrefix, InvalidTicket},
    webhook::{
        content_type::InvalidContentType,
        custom_headers::{
            InvalidCustomHeader, InvalidCustomHeaderName, InvalidCustomHeaderValue, InvalidCustomHeadersForm,
            TooManyCustomHeaders,
        },
        event::InvalidEvent,
        event_code::{InvalidEventCode, InvalidEventCodes},
        landing_pages::InvalidLandingPages,
        name::{InvalidName, InvalidOpportunityTypes},
        raw_json::{InvalidExtraMembers, InvalidRawJson},
        receiver_url::InvalidReceiverUrl,
        stage_change::InvalidStageChange,
        validation::ValidationError,
        webhook_id::InvalidWebhookId,
    },
};

macro_rules! converts {
    ($($error:ty => $field:literal,)*) => {$(
        impl From<$error> for ValidationError {
            fn from(problem: $error) -> Self {
                Self::one($field, problem)
            }
        }
    )*};
}

converts! {
    InvalidApiHost => "host",
    InvalidContentType => "content_type",
    InvalidCustomHeader => "custom_headers",
    InvalidCustomHeaderName => "custom_headers.name",
    InvalidCustomHeaderValue => "custom_headers.value",
    InvalidCustomHeadersForm => "custom_headers_form",
    InvalidEvent => "trigger.event",
    InvalidEventCode => "trigger.code",
    InvalidEventCodes => "codes",
    InvalidExtraMembers => "trigger.extra",
    InvalidKey => "key",
    InvalidLandingPages => "trigger.pages",
    InvalidManagedPrefix => "managed_prefix",
    InvalidName => "trigger",
    InvalidOpportunityTypes => "trigger.opportunity_types",
    InvalidQuotaLimit => "quota",
    InvalidRawJson => "trigger.properties",
    InvalidReceiverUrl => "url",
    InvalidStageChange => "trigger",
    InvalidTicket => "ticket",
    InvalidWebhookId => "id",
    TooManyCustomHeaders => "custom_headers",
}
