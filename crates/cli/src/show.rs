//! `show`: prints everything that the API returns about one webhook.

use std::io;

use leadsquared_webhooks::{Outcome, Webhook, webhook::RawJson};
use serde::Serialize;

use crate::{
    arguments::{EncodingArguments, ShowArguments},
    call::{self, Action},
    list::reported,
    masked,
    output::{Failed, Output},
    status::Status,
};

#[derive(Serialize)]
struct Shown<'a> {
    ok: bool,
    webhook: &'a Webhook,
}

pub(crate) fn run(arguments: ShowArguments, output: &mut Output) -> io::Result<Status> {
    let ShowArguments { id, connection } = arguments;
    call::connected(&connection, EncodingArguments::default(), output, async |calls, output| {
        let webhook = match calls.make(Action::Read, calls.client.get(&id), output).await {
            Ok(Some(webhook)) => masked::webhook(webhook),
            Ok(None) => {
                let detail = format!(
                    "no webhook {id} on this account; one created a moment ago may not be listed yet"
                );
                if output.json {
                    output.object(&Failed::new("not_found", detail, Outcome::Refused));
                } else {
                    output.problem(&detail);
                }
                return Status::Refused;
            }
            Err(stopped) => return stopped.tell(Action::Read, &[], None, output),
        };
        if output.json {
            output.object(&Shown { ok: true, webhook: &webhook });
        } else {
            output.table(&["member", "value"], &rows(&webhook));
        }
        Status::Done
    })
}

fn rows(webhook: &Webhook) -> Vec<Vec<String>> {
    let Webhook { id, event, url, status, description, properties, other } = webhook;
    let known = [
        ("id", id.to_string()),
        ("event", reported(event.as_ref())),
        ("url", reported(url.as_ref())),
        ("status", reported(status.as_ref())),
        ("description", reported(description.as_ref())),
        ("properties", reported(properties.as_ref())),
    ];
    let known = known.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    known.chain(other.iter().map(|(name, value)| vec![name.clone(), plain(value)])).collect()
}

/// The content of a string, anything else as JSON.
fn plain(value: &RawJson) -> String {
    serde_json::from_str(value.as_str()).unwrap_or_else(|_| value.to_string())
}
