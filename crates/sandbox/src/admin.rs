//! `/_sandbox/`: the library's functions over HTTP.

use std::{num::NonZeroUsize, time::Duration};

use http::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    account::Settings,
    codes::CodeTable,
    envelope::Answer,
    fault::QueuedFault,
    keys::Keys,
    limits::{Limit, RateLimitForm},
    properties_form::PropertiesForm,
    query,
    retrieve::NothingFound,
    state::{AccountIndex, State},
    url_form::UrlForm,
};

/// One fault or a list of faults.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    One(QueuedFault),
    Many(Vec<QueuedFault>),
}

/// A webhook's new status.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    id: String,
    status: u8,
}

/// The settings to change; absent ones stay the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    code_table: Option<CodeTable>,
    limits: Option<Vec<Quota>>,
    rate_limit_form: Option<RateLimitForm>,
    visible_after_ms: Option<(u64, u64)>,
    nothing_found: Option<NothingFound>,
    numbers_as_strings: Option<bool>,
    stores_urls: Option<UrlForm>,
    answers_properties: Option<PropertiesForm>,
    page_cap: Option<NonZeroUsize>,
    largest_page_size: Option<NonZeroUsize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quota {
    calls: u32,
    window_s: u64,
}

impl Change {
    fn make(&self, settings: &mut Settings) {
        let Self {
            code_table,
            limits,
            rate_limit_form,
            visible_after_ms,
            nothing_found,
            numbers_as_strings,
            stores_urls,
            answers_properties,
            page_cap,
            largest_page_size,
        } = self;
        let put = |limits: &Vec<Quota>| {
            limits.iter().map(|limit| Limit::per_seconds(limit.calls, limit.window_s)).collect()
        };
        let Settings { table, limits: quota, rate_limit_form: form, visible_after, writing, pages } =
            settings;
        replace(table, *code_table);
        replace(quota, limits.as_ref().map(put));
        replace(form, *rate_limit_form);
        let range = visible_after_ms.map(|(least, most)| [least, most].map(Duration::from_millis).into());
        replace(visible_after, range);
        replace(&mut writing.nothing_found, *nothing_found);
        replace(&mut writing.numbers_as_strings, *numbers_as_strings);
        replace(&mut writing.urls, *stores_urls);
        replace(&mut writing.properties, *answers_properties);
        replace(&mut pages.cap, *page_cap);
        replace(&mut pages.largest_size, largest_page_size.map(Some));
    }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

/// An additional account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    access_key: String,
    secret_key: String,
}

/// Handles a request to `/_sandbox/`. The errors are its refusals.
pub(crate) fn answer(
    state: &mut State,
    method: &Method,
    name: &str,
    query: &str,
    body: &[u8],
    now: Instant,
) -> Result<Answer, Answer> {
    let scope = match query::decoded(query, "account") {
        None => None,
        Some(access_key) => {
            Some(state.account(&access_key).ok_or_else(|| refused(404, "no account has this access key"))?)
        }
    };
    let account = scope.unwrap_or(AccountIndex::FIRST);
    let done = json!({"ok": true});
    let reported = match (method, name) {
        (&Method::GET, "health") => done,
        (&Method::GET, "webhooks") => json!({"webhooks": state.webhooks(scope)}),
        (&Method::GET, "requests") => json!({"requests": state.requests(scope)}),
        (&Method::GET, "client-report") => {
            let report = state.client_report(scope);
            json!({"clean": report.is_clean(), "findings": report.findings})
        }
        (&Method::POST, "faults") => {
            let faults = match read(
                body,
                "a fault, or a list of faults, is needed, such as {\"fault\": \"stall\"}",
            )? {
                Faults::One(fault) => vec![fault],
                Faults::Many(faults) => faults,
            };
            let queued = faults.len();
            state.queue(account, faults);
            json!({"queued": queued})
        }
        (&Method::POST, "webhooks") => {
            let body: Value = read(body, "a create's body is needed, such as {\"WebhookEvent\": \"3\"}")?;
            let seeded = state.seed_webhook(account, &body, now);
            json!(seeded.map_err(|refusal| Answer { status: 400, ..refusal })?)
        }
        (&Method::POST, "status") => {
            let Status { id, status } =
                read(body, "an id and a status are needed, such as {\"id\": \"…\", \"status\": 2}")?;
            if !state.set_status(scope, &id, status) {
                return Err(refused(404, "no webhook has this id"));
            }
            done
        }
        (&Method::POST, "settings") => {
            let change: Change = read(
                body,
                "code_table, limits, rate_limit_form, visible_after_ms, nothing_found, numbers_as_strings, stores_urls, \
                 answers_properties, page_cap, largest_page_size",
            )?;
            state.set(scope, |settings| change.make(settings));
            done
        }
        (&Method::POST, "accounts") => {
            let NewAccount { access_key, secret_key } =
                read(body, "an access_key and a secret_key are needed")?;
            state.add_account(Keys { access_key, secret_key });
            done
        }
        (&Method::POST, "reset") => {
            state.reset(scope);
            done
        }
        _ => {
            let names = "GET health, webhooks, requests, client-report; POST faults, webhooks, status, settings, accounts, reset";
            return Err(refused(404, names));
        }
    };
    Ok(Answer::json(200, &reported))
}

fn read<T: DeserializeOwned>(body: &[u8], needed: &str) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|_| refused(400, needed))
}

fn refused(status: u16, why: &str) -> Answer {
    Answer::json(status, &json!({"error": why}))
}
