//! A local `LeadSquared`: the webhook API as it is documented and as it was observed, on this machine, without an account.
//!
//! It reads raw JSON by its own code and shares nothing with the client, so that one mistake cannot hide in both. What
//! it does where neither the documentation nor a live account tells is marked as *the sandbox's choice*.
//!
//! - `POST /v2/Webhook.svc/Create` with its refusals, its quota and both tables of event codes;
//! - [`Fault`]s on demand, queued one by one: delays, closed connections before and after the call is applied, cut,
//!   oversized and foreign answers;
//! - what was [received](Sandbox::requests) and [stored](Sandbox::webhooks), and a [report](Sandbox::manners) of bad manners.
//!
//! The same over HTTP under `/_sandbox/`: `GET webhooks`, `GET requests`, `GET manners`, `GET health`, `POST faults` (one
//! or a list), `POST reset`.
#![forbid(unsafe_code)]

mod admin;
mod codes;
mod create;
mod envelope;
mod fault;
mod keys;
mod limits;
mod manners;
mod requests;
mod sandbox;
mod server;
mod state;
mod webhooks;

pub use crate::{
    codes::CodeTable,
    fault::Fault,
    limits::{Limit, RateLimitForm},
    manners::{BadManners, Finding, Manners},
    requests::{KeysForm, ReceivedRequest},
    sandbox::{Sandbox, SandboxBuilder},
    webhooks::StoredWebhook,
};
