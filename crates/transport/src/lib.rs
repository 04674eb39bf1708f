//! A client for `LeadSquared`'s webhook API.
//!
//! - A webhook that the API would refuse is refused before the call, with every violation at once:
//!   [`NewWebhook`].
//! - No create is sent twice when that could make a duplicate, and an [`Error`] says whether the
//!   first may have been applied: [`Outcome`].
//! - The account's quota is used and never exceeded: [`Quota`].
//! - The keys never appear in an error, a log or a `Debug` output.
//!
//! # Quick start
//!
//! ```no_run
//! use leadsquared_webhooks::{Client, NewWebhook, Outcome, Trigger};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Reads LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY and LEADSQUARED_SECRET_KEY.
//! let client = Client::from_env()?;
//! let trigger = Trigger::LeadActivityCreate("22".parse()?);
//! let webhook = NewWebhook::builder("https://example.com/hooks".parse()?, trigger)
//!     .description("calls")
//!     .build();
//! match client.create(&webhook).await {
//!     Ok(created) => println!("created {}", created.id),
//!     Err(error) => match error.outcome() {
//!         Outcome::NotSent => println!("try again: {error}"),
//!         Outcome::Refused => println!("fix the request: {error}"),
//!         Outcome::Unknown => println!("check whether it exists before retrying: {error}"),
//!     },
//! }
//! # Ok(()) }
//! ```
//!
//! # Where the keys are sent
//!
//! In the query by default, percent-encoded: the form on the API's own page, and the only one
//! *observed* on this service. In the `x-LSQ-*` headers with [`Auth::Headers`], which LeadSquared
//! recommends for all its APIs (*documented*), but which has not been seen live on this service.
#![forbid(unsafe_code)]

pub mod blocking;
mod client;
mod config;
mod config_error;
mod engine;
mod error;
mod manifest;
mod net;
mod runs;
mod state_file;

pub use leadsquared_webhooks_core::*;

pub use crate::{
    client::{Client, ClientBuilder, ClientSettings, change::Changed},
    config::{
        environment::{ACCESS_KEY, AUTH, Environment, HOST, SECRET_KEY, shown_variable},
        keys_file::{InvalidKeysFile, KeysFile},
    },
    config_error::{ConfigError, ConfigProblem},
    engine::{
        created::Created,
        options::CallOptions,
        pending::{CallId, Cancelled, PendingCall, PendingState},
        quota::Quota,
    },
    error::{Error, ErrorKind},
    manifest::{InvalidManifest, LocatedViolation, Manifest, ManifestAccount},
    net::{
        auth::{Auth, InvalidAuth},
        http_client::{LARGEST_ANSWER, Proxies},
        roots::Roots,
    },
    runs::{
        AccountApplied, AccountPlan, Applied, ApplyError, ApplyOptions, Cancellation, DesiredWebhook,
        EnsureOptions, OnMismatch, OnProgress, Progress, Pruning, ResolveOptions, apply, plan,
    },
    state_file::{
        Durability, LockHolder, LockWait, StateError, StateErrorKind, StateFile, StateLock, StateSettings,
    },
};
