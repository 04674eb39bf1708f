//! The client for `LeadSquared`'s webhook API, exported to Kotlin and Swift: the FFI layer only.
//!
//! Drafts and results have no invariants and are exported as records and enums. Types with an
//! invariant or a connection are exported as objects. Their behavior is implemented in
//! `leadsquared-webhooks` and its core. The doc comments here become those of the Kotlin and Swift
//! packages, so they describe what both have in common.
#![allow(unsafe_code, reason = "the crossing that uniffi writes is made of it; no line of ours is")]
#![expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    clippy::result_large_err,
    reason = "what is exported is called by Kotlin and Swift alone, which have neither `# Errors` nor must_use"
)]

mod answer;
mod attempt;
mod client;
mod config_error;
mod draft;
mod ensure;
mod error;
mod event;
mod existing;
mod host;
mod logs;
mod manifest;
mod pending;
mod progress;
mod quota;
mod reconciled;
mod settings;
mod ticket;
mod wait;
mod webhook;

pub use crate::{
    answer::{Answer, read_answer},
    attempt::{Attempt, Created},
    client::Client,
    config_error::{ConfigError, ConfigProblem},
    draft::CustomHeader,
    ensure::EnsureOptions,
    error::{CallFailure, FailureKind, RetryAdvice, WebhookError},
    event::{EventFacts, EventKey, events},
    existing::{Changed, Webhook, WebhookFilter, WebhookStatus},
    host::{ApiHost, Credentials, documented_hosts},
    logs::{ListenerFailed, LogLevel, LogLine, LogListener, set_log_listener},
    manifest::{
        AccountApplied, AccountPlan, Applied, ApplyOptions, DesiredWebhook, Manifest, Pruning, StateSettings,
        apply_until, plan_until,
    },
    pending::{PendingCall, PendingState},
    progress::{ProgressListener, RunProgress},
    quota::{Quota, QuotaLimit},
    reconciled::{Reconciled, WebhookState},
    settings::{CallOptions, ClientSettings, RetryPolicy},
    ticket::{ResolveOptions, Ticket},
    wait::{Cancellation, Wait},
    webhook::{NewWebhook, PreparedRequest},
};

uniffi::setup_scaffolding!("leadsquared_webhooks");
