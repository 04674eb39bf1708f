//! LeadSquared's webhook API as pure types: no I/O, no clock, no randomness, no async.
//!
//! # How a webhook is created
//!
//! 1. A [`WebhookDraft`] holds plain strings and lists, as given by a form or another language.
//!    [`WebhookDraft::parse`] reports **every** violation at once, each with its path, and so does
//!    [`NewWebhook::from_json`] for a draft in a file. Rust code that already has valid parts uses
//!    [`NewWebhook::builder`], which cannot fail.
//! 2. A [`NewWebhook`] is valid by construction. [`NewWebhook::warnings`] reports what is legal but
//!    a known pitfall.
//! 3. [`request::create`] turns it into a request: a path and a body, without host and keys.
//! 4. A transport sends the request (the crate `leadsquared-webhooks` does).
//! 5. [`response::created`] parses the response: an ID, a refusal, or a response that leaves the
//!    outcome unknown. [`retry::RetryPolicy::decide`] says whether a retry is safe, and
//!    [`quota::Quota`] when a call may be sent.
//!
//! # Example
//!
//! ```
//! use leadsquared_webhooks_core::{EventCodes, NewWebhook, Secrets, request, response};
//!
//! let webhook = NewWebhook::from_json(
//!     r#"{
//!         "url": "https://example.com/hooks",
//!         "trigger": {"event": "lead_activity_create", "activity": "22"}
//!     }"#,
//! )?;
//! let request = request::create(&webhook, EventCodes::Documented);
//! assert_eq!(request.uri(), "/v2/Webhook.svc/Create");
//!
//! let answer = br#"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#;
//! let (status, headers, now) =
//!     (http::StatusCode::OK, http::HeaderMap::new(), std::time::SystemTime::now());
//! let created = response::created(status, &headers, answer, &Secrets::default(), now)?;
//! assert_eq!(created.id.as_str(), "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod account;
mod call;
mod parse_error;
pub mod reconcile;
mod text;
mod webhook;
mod wire;

pub use account::api_host::{ApiHost, InvalidApiHost};
pub use account::credentials::{AccessKey, Credentials, InvalidKey, SecretKey};
pub use account::redact::Secrets;
pub use call::api_error::{ApiError, ApiErrorKind};
pub use call::attempt::{Attempt, WaitedFor};
pub use call::connect_cause::ConnectCause;
pub use call::operation::Operation;
pub use call::outcome::Outcome;
pub use call::rate_limit::RateLimit;
pub use call::response::{UnexpectedReason, UnexpectedResponse, WebhookCreated};
pub use call::{quota, request, response, retry};
pub use reconcile::{
    Action, DEFAULT_CONSISTENCY_WINDOW, Difference, DifferenceKind, Identity, InvalidManagedPrefix,
    InvalidTicket, ManagedPrefix, Reconciled, State, Ticket, Unverified, WebhookCopy,
};
pub use text::byte_order_mark::without_byte_order_mark;
pub use text::printable::printable;
pub use text::similar::unknown_key;
pub use text::source;
pub use webhook::content_type::{ContentType, InvalidContentType};
pub use webhook::custom_headers::{
    CustomHeader, CustomHeaderName, CustomHeaderValue, CustomHeaders, CustomHeadersForm, InvalidCustomHeader,
    InvalidCustomHeaderName, InvalidCustomHeaderValue, InvalidCustomHeadersForm, TooManyCustomHeaders,
};
pub use webhook::draft::{CustomHeaderDraft, ExtraMemberDraft, TriggerDraft, WebhookDraft};
pub use webhook::event::{Event, EventCodes, EventKey, Evidence, InvalidEvent};
pub use webhook::event_code::{EventCode, InvalidEventCode, InvalidEventCodes};
pub use webhook::existing::{Webhook, WebhookPage, WebhookStatus};
pub use webhook::filter::WebhookFilter;
pub use webhook::landing_pages::{InvalidLandingPages, LandingPageUrls, LandingPages};
pub use webhook::name::{
    ActivityCode, EventName, FieldName, InvalidName, InvalidOpportunityTypes, LandingPageUrl,
    OpportunityType, OpportunityTypes, StageName,
};
pub use webhook::new_webhook::{NewWebhook, NewWebhookBuilder};
pub use webhook::raw_json::{ExtraMembers, InvalidExtraMembers, InvalidRawJson, RawJson, RawObject};
pub use webhook::receiver_url::{InvalidReceiverUrl, ReceiverUrl};
pub use webhook::stage_change::{InvalidStageChange, StageChange};
pub use webhook::trigger::{RawTrigger, Trigger};
pub use webhook::validation::{ValidationError, Violation};
pub use webhook::warning::{Warning, WarningCode};
pub use webhook::webhook_id::{InvalidWebhookId, WebhookId};
pub use wire::Encoding;
