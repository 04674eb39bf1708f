//! A local `LeadSquared`: the webhook API as it is documented and as it was observed, on this
//! machine, without an account.
//!
//! It reads raw JSON by its own code and shares nothing with the client, so that one mistake cannot
//! hide in both. What it does where neither the documentation nor a live account tells is marked as
//! *the sandbox's choice*.
//!
//! - the four [`Call`]s of the service with their refusals, their quota and both tables of event
//!   codes: `POST Create`, `POST Update`, `POST Retrieve` and `GET Delete`;
//! - [`Fault`]s on demand, queued one by one, for any call or for one alone: delays, closed
//!   connections before and after the call is applied, cut, oversized and foreign answers, webhooks
//!   that show up late, others who change the account [meanwhile](Fault::Meanwhile);
//! - a service that is as hostile as nobody has seen it: [URLs](UrlForm) and
//!   [properties](PropertiesForm) that come back in another form than they were sent in, capped
//!   pages and refused page sizes;
//! - what was [received](Sandbox::requests) and [stored](Sandbox::webhooks), and a
//!   [report](Sandbox::client_report) of misuse.
//!
//! One sandbox hosts as many [accounts](SandboxAccount) as desired, each with keys, quota,
//! webhooks, faults and client report of its own.
//!
//! The same over HTTP under `/_sandbox/`. `?account=ACCESS_KEY`, percent-encoded, means one
//! account; without it the views, `status`, `settings` and `reset` are for all, `faults` and
//! `webhooks` for the first:
//!
//! | | |
//! | --- | --- |
//! | `GET health`, `webhooks`, `requests`, `client-report` | what there is |
//! | `POST faults` | a [`QueuedFault`] or a list of them |
//! | `POST webhooks` | a webhook as [`Sandbox::seed_webhook`] takes it, such as `{"WebhookEvent": "3", "StatusCode": 2}` |
//! | `POST status` | `{"id": "…", "status": 2}` |
//! | `POST settings` | any of `code_table`, `limits` (`[{"calls": 25, "window_s": 5}]`), `rate_limit_form`, `visible_after_ms` (`[0, 900]`), `nothing_found`, `numbers_as_strings`, `stores_urls` (`"cut:200"`), `answers_properties`, `page_cap`, `largest_page_size` |
//! | `POST accounts` | one account more: `{"access_key": "…", "secret_key": "…"}` |
//! | `POST reset` | as [`Sandbox::reset`] |
//!
//! They answer a `Host` of this machine alone (`localhost`, 127.0.0.0/8, `[::1]`), and no `Origin`
//! elsewhere: 403.
#![forbid(unsafe_code)]

mod account;
mod admin;
mod call;
mod client_report;
mod clock;
mod codes;
mod envelope;
mod fault;
mod foreign_change;
mod form;
mod judge;
mod keys;
mod limits;
mod loopback;
mod properties_form;
mod query;
mod requests;
mod retrieve;
mod sandbox;
mod sandbox_account;
mod server;
mod state;
mod unknown_form;
mod url_form;
mod webhooks;

pub use crate::{
    call::Call,
    client_report::{ClientReport, Finding, Misuse},
    codes::CodeTable,
    fault::{Fault, QueuedFault},
    foreign_change::ForeignChange,
    limits::{Limit, RateLimitForm},
    properties_form::PropertiesForm,
    requests::{CustomHeadersForm, KeysForm, ReceivedRequest},
    retrieve::NothingFound,
    sandbox::{Sandbox, SandboxBuilder},
    sandbox_account::SandboxAccount,
    unknown_form::UnknownForm,
    url_form::UrlForm,
    webhooks::StoredWebhook,
};
