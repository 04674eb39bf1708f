//! `list`: lists the account's webhooks.

use std::io;

use leadsquared_webhooks::{Webhook, webhook::WebhookFilter};
use serde::Serialize;

use crate::{
    arguments::{EncodingArguments, ListArguments},
    call::{self, Action},
    masked,
    output::Output,
    status::Status,
};

#[derive(Serialize)]
struct Listed<'a> {
    ok: bool,
    webhooks: &'a [Webhook],
}

pub(crate) fn run(arguments: ListArguments, output: &mut Output) -> io::Result<Status> {
    let ListArguments { event, status, text, url_prefix, connection } = arguments;
    let filter = WebhookFilter { event, status, id: None, text };
    call::connected(&connection, EncodingArguments::default(), output, async |calls, output| {
        let listed = calls.make(Action::Read, calls.client.list().filter(filter), output).await;
        let mut webhooks = match listed {
            Ok(webhooks) => masked::webhooks(webhooks),
            Err(stopped) => return stopped.tell(Action::Read, &[], None, output),
        };
        if let Some(prefix) = &url_prefix {
            webhooks.retain(|webhook| webhook.url.as_deref().is_some_and(|url| prefix.covers(url)));
        }
        if output.json {
            output.object(&Listed { ok: true, webhooks: &webhooks });
        } else if webhooks.is_empty() {
            output.note("no webhooks; one created a moment ago may not be listed yet");
        } else {
            show(&webhooks, output);
        }
        Status::Done
    })
}

/// Prints webhooks as a table.
fn show(webhooks: &[Webhook], output: &mut Output) {
    let rows: Vec<_> = webhooks
        .iter()
        .map(|webhook| {
            let Webhook { id, event, url, status, description, properties: _, other: _ } = webhook;
            vec![
                id.to_string(),
                reported(event.as_ref()),
                reported(url.as_ref()),
                reported(status.as_ref()),
                reported(description.as_ref()),
            ]
        })
        .collect();
    output.table(&["id", "event", "url", "status", "description"], &rows);
}

/// The text of a member that the API may omit.
pub(crate) fn reported(member: Option<&impl ToString>) -> String {
    member.map_or_else(|| "–".to_owned(), ToString::to_string)
}
