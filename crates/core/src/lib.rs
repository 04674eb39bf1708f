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

mod api_error;
mod api_host;
mod attempt;
mod by_text;
mod byte_order_mark;
mod characters;
mod connect_cause;
mod content_type;
mod credentials;
mod custom_headers;
mod draft;
mod event;
mod event_code;
mod filter;
mod json;
mod landing_pages;
mod members;
mod name;
mod new_webhook;
mod operation;
mod outcome;
mod printable;
pub mod quota;
mod rate_limit;
mod raw_json;
mod receiver_url;
pub mod reconcile;
mod redact;
pub mod request;
pub mod response;
pub mod retry;
mod stage_change;
mod trigger;
mod validation;
mod warning;
mod webhook;
mod webhook_id;
mod wire;

pub use api_error::{ApiError, ApiErrorKind};
pub use api_host::{ApiHost, InvalidApiHost};
pub use attempt::{Attempt, WaitedFor};
pub use byte_order_mark::without_byte_order_mark;
pub use connect_cause::ConnectCause;
pub use content_type::{ContentType, InvalidContentType};
pub use credentials::{AccessKey, Credentials, InvalidKey, SecretKey};
pub use custom_headers::{
    CustomHeader, CustomHeaderName, CustomHeaderValue, CustomHeaders, CustomHeadersForm, InvalidCustomHeader,
    InvalidCustomHeaderName, InvalidCustomHeaderValue, InvalidCustomHeadersForm, TooManyCustomHeaders,
};
pub use draft::{CustomHeaderDraft, ExtraMemberDraft, TriggerDraft, WebhookDraft};
pub use event::{Event, EventKey, Evidence, InvalidEvent};
pub use event_code::{EventCode, EventCodes, InvalidEventCode, InvalidEventCodes};
pub use filter::WebhookFilter;
pub use landing_pages::{InvalidLandingPages, LandingPageUrls, LandingPages};
pub use name::{
    ActivityCode, EventName, FieldName, InvalidName, InvalidOpportunityTypes, LandingPageUrl,
    OpportunityType, OpportunityTypes, StageName,
};
pub use new_webhook::{NewWebhook, NewWebhookBuilder};
pub use operation::Operation;
pub use outcome::Outcome;
pub use printable::printable;
pub use rate_limit::RateLimit;
pub use raw_json::{ExtraMembers, InvalidExtraMembers, InvalidRawJson, RawJson, RawObject};
pub use receiver_url::{InvalidReceiverUrl, ReceiverUrl};
pub use reconcile::{
    Action, DEFAULT_CONSISTENCY_WINDOW, Difference, DifferenceKind, Identity, InvalidManagedPrefix,
    InvalidTicket, ManagedPrefix, Reconciled, State, Ticket, Unverified,
};
pub use redact::Secrets;
pub use response::{UnexpectedReason, UnexpectedResponse, WebhookCreated};
pub use stage_change::{InvalidStageChange, StageChange};
pub use trigger::{RawTrigger, Trigger};
pub use validation::{ValidationError, Violation};
pub use warning::{Warning, WarningCode};
pub use webhook::{Webhook, WebhookPage, WebhookStatus};
pub use webhook_id::{InvalidWebhookId, WebhookId};
pub use wire::Encoding;
