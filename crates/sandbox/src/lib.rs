//! A local LeadSquared: the webhook API as documented and as observed, on this machine, without an
//! account.
//!
//! The sandbox parses raw JSON with its own code and shares nothing with the client, so that one
//! mistake cannot hide in both. Behaviour that neither the documentation nor a live account shows
//! is marked as *the sandbox's choice*.
//!
//! - the four [`Call`]s of the service with their refusals, their quota and both tables of event
//!   codes: `POST Create`, `POST Update`, `POST Retrieve` and `GET Delete`;
//! - [`Fault`]s on demand, queued for any call or for one kind of call: delays, connections closed
//!   before or after the call is applied, truncated, oversized and foreign answers, webhooks that
//!   show up late, changes by others [meanwhile](Fault::Meanwhile);
//! - hostile behaviour that was never observed: [URLs](UrlForm) and [properties](PropertiesForm)
//!   that come back in another form than they were sent in, capped pages and refused page sizes;
//! - the [received requests](Sandbox::requests), the [stored webhooks](Sandbox::webhooks), and a
//!   [report](Sandbox::client_report) of misuse.
//!
//! One sandbox hosts any number of [accounts](SandboxAccount), each with its own keys, quota,
//! webhooks, faults and client report.
//!
//! The same is available over HTTP under `/_sandbox/`. `?account=ACCESS_KEY`, percent-encoded,
//! selects one account. Without it, the GET endpoints, `status`, `settings` and `reset` cover all
//! accounts; `POST faults` and `POST webhooks` use the first:
//!
//! | | |
//! | --- | --- |
//! | `GET health`, `webhooks`, `requests`, `client-report` | the current state |
//! | `POST faults` | a [`QueuedFault`] or a list of them |
//! | `POST webhooks` | a webhook as [`Sandbox::seed_webhook`] takes it, such as `{"WebhookEvent": "3", "StatusCode": 2}` |
//! | `POST status` | `{"id": "…", "status": 2}` |
//! | `POST settings` | any of `code_table`, `limits` (`[{"calls": 25, "window_s": 5}]`), `rate_limit_form`, `visible_after_ms` (`[0, 900]`), `nothing_found`, `numbers_as_strings`, `stores_urls` (`"cut:200"`), `answers_properties`, `page_cap`, `largest_page_size` |
//! | `POST accounts` | an additional account: `{"access_key": "…", "secret_key": "…"}` |
//! | `POST reset` | as [`Sandbox::reset`] |
//!
//! These endpoints accept only a `Host` of this machine (`localhost`, 127.0.0.0/8, `[::1]`), and no
//! `Origin` elsewhere; otherwise they answer 403.
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
