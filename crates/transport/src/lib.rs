//! A client for LeadSquared's webhook API. Unofficial.
//!
//! - A webhook that the API would refuse is refused before the call, with every violation at once:
//!   [`NewWebhook`].
//! - No create is sent twice when a second one could make a duplicate, and an [`Error`] says
//!   whether the first may have been applied: [`Outcome`].
//! - The account's quota is used and never exceeded: [`quota::Quota`].
//! - The keys never appear in an error, a log or a `Debug`.
//!
//! # Example
//!
//! ```no_run
//! use std::time::Duration;
//! use leadsquared_webhooks::{Client, Event, NewWebhook, Trigger, webhook::WebhookStatus};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::from_env()?; // LEADSQUARED_HOST, _ACCESS_KEY and _SECRET_KEY
//! let calls = Trigger::lead_activity_create("22");
//! let webhook = NewWebhook::new("https://example.com/hooks", calls)?;
//! let created = client.create(&webhook).timeout(Duration::from_secs(5)).await?;
//! let broken =
//!     client.list().event(Event::LeadCreate).status(WebhookStatus::DisabledByFailures).await?;
//! let result = client.ensure(&webhook).await?;
//! # let _ = (created, broken, result);
//! # Ok(()) }
//! ```
//!
//! A request is sent when it is awaited; its options are set before: [`call::Request`]. Code
//! without async uses [`blocking::Client`].
//!
//! # Where the keys travel
//!
//! In the query by default, percent-encoded: the API's own page shows it, and it is the one form
//! *observed* on this service. In the `x-LSQ-*` headers with [`account::Auth::Headers`], which
//! LeadSquared recommends for all its APIs (*documented*) and nobody has seen live on this service.
#![forbid(unsafe_code)]

pub mod blocking;
mod call_error;
mod client;
mod config;
mod config_error;
mod engine;
mod manifest_file;
mod net;
mod runs;
mod state_file;

pub use leadsquared_webhooks_core as core;
pub use leadsquared_webhooks_core::{Event, NewWebhook, Outcome, Trigger, Webhook};

pub use crate::{call_error::Error, client::Client, manifest_file::Manifest};

/// Who calls: the host, the keys, and the settings of a client.
pub mod account {
    pub use leadsquared_webhooks_core::{AccessKey, ApiHost, Credentials, SecretKey};

    pub use crate::{
        client::{ClientBuilder, ClientSettings},
        config::{
            environment::{ACCESS_KEY, AUTH, Environment, HOST, SECRET_KEY, shown_variable},
            keys_file::KeysFile,
        },
        net::{
            auth::Auth,
            http_client::{Proxies, ServerDate},
            roots::Roots,
        },
    };
}

/// The requests of a client, and what they return.
pub mod call {
    pub use leadsquared_webhooks_core::{Attempt, ConnectCause, Operation, WaitedFor};

    pub use crate::{
        client::{
            change::{Changed, Delete, Update},
            create::Create,
            list::{Get, List},
            request::Request,
        },
        engine::{
            created::Created,
            pending::{CallId, Cancelled, PendingCall, PendingState},
        },
        net::http_client::LARGEST_ANSWER,
        runs::{Cancellation, Changes, CreateVerified, Ensure, OnMismatch, OnProgress, Progress, Resolve},
    };
}

/// Why something failed.
pub mod error {
    pub use leadsquared_webhooks_core::{
        ApiError, ApiErrorKind, InvalidApiHost, InvalidContentType, InvalidCustomHeader,
        InvalidCustomHeaderName, InvalidCustomHeaderValue, InvalidCustomHeadersForm, InvalidEvent,
        InvalidEventCode, InvalidEventCodes, InvalidExtraMembers, InvalidKey, InvalidLandingPages,
        InvalidManagedPrefix, InvalidName, InvalidOpportunityTypes, InvalidRawJson, InvalidReceiverUrl,
        InvalidStageChange, InvalidTicket, InvalidWebhookId, Outcome, TooManyCustomHeaders, UnexpectedReason,
        UnexpectedResponse, ValidationError, Violation, quota::InvalidQuotaLimit,
    };

    pub use crate::{
        call_error::{Error, ErrorKind},
        config::keys_file::InvalidKeysFile,
        config_error::{ConfigError, ConfigProblem},
        manifest_file::{InvalidManifest, LocatedViolation},
        net::auth::InvalidAuth,
        runs::ApplyError,
        state_file::{StateError, StateErrorKind},
    };
}

/// What a webhook is triggered by.
pub mod event {
    pub use leadsquared_webhooks_core::{
        ActivityCode, Event, EventCode, EventCodes, EventKey, EventName, Evidence, FieldName, LandingPageUrl,
        LandingPageUrls, LandingPages, OpportunityType, OpportunityTypes, RawTrigger, StageChange, StageName,
        Trigger,
    };
}

/// A manifest: the webhooks of several accounts, planned and applied.
pub mod manifest {
    pub use leadsquared_webhooks_core::{ManagedPrefix, without_byte_order_mark};

    pub use crate::{
        manifest_file::{Manifest, ManifestAccount},
        runs::{AccountApplied, AccountPlan, Applied, DesiredWebhook, ManifestRun, Pruning},
        state_file::{Durability, LockHolder, LockWait, StateFile, StateLock, StateSettings},
    };
}

/// How many calls an account may make.
pub mod quota {
    pub use leadsquared_webhooks_core::{RateLimit, quota::QuotaLimit};

    pub use crate::engine::quota::Quota;
}

/// What `ensure`, `resolve`, `plan` and `apply` found and did.
pub mod reconcile {
    pub use leadsquared_webhooks_core::{
        Action, DEFAULT_CONSISTENCY_WINDOW, Difference, DifferenceKind, Identity, Reconciled, State, Ticket,
        Unverified,
        reconcile::{Waiting, WaitingFor},
    };
}

/// When a call is repeated.
pub mod retry {
    pub use leadsquared_webhooks_core::retry::{Idempotency, RetryAdvice, RetryPolicy, Stop};
}

/// The values of a webhook, and drafts of one.
pub mod webhook {
    pub use leadsquared_webhooks_core::{
        ContentType, CustomHeader, CustomHeaderDraft, CustomHeaderName, CustomHeaderValue, CustomHeaders,
        CustomHeadersForm, Encoding, ExtraMemberDraft, ExtraMembers, NewWebhook, NewWebhookBuilder, RawJson,
        RawObject, ReceiverUrl, TriggerDraft, Warning, WarningCode, Webhook, WebhookCopy, WebhookDraft,
        WebhookFilter, WebhookId, WebhookPage, WebhookStatus, printable,
    };
}
