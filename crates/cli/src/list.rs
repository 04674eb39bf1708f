//! `list`: the webhooks that the account has.

use std::io;

use leadsquared_webhooks::{EventCodes, Webhook, WebhookFilter};
use serde::Serialize;

use crate::{
    arguments::ListArguments,
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
    let ListArguments { event, status, text, connection } = arguments;
    let filter = WebhookFilter { event, status, id: None, text };
    call::connected(&connection, EventCodes::default(), output, async |calls, output| {
        let listed = calls.make(Action::Read, calls.client.list(&filter), output).await;
        let webhooks = match listed {
            Ok(webhooks) => masked::webhooks(webhooks),
            Err(stopped) => return stopped.tell(Action::Read, &[], None, output),
        };
        if output.json {
            output.object(&Listed { ok: true, webhooks: &webhooks })?;
        } else if webhooks.is_empty() {
            output.note("there is none; one that was created a moment ago may not show yet");
        } else {
            show(&webhooks, output)?;
        }
        Ok(Status::Done)
    })
}

/// Webhooks in a table.
pub(crate) fn show(webhooks: &[Webhook], output: &mut Output) -> io::Result<()> {
    let rows: Vec<_> = webhooks
        .iter()
        .map(|webhook| {
            let Webhook { id, event, url, status, description, properties: _, other: _ } = webhook;
            vec![
                id.to_string(),
                told(event.as_ref()),
                told(url.as_ref()),
                told(status.as_ref()),
                told(description.as_ref()),
            ]
        })
        .collect();
    output.table(&["id", "event", "url", "status", "description"], &rows)
}

/// A member that the API may not tell.
pub(crate) fn told(member: Option<&impl ToString>) -> String {
    member.map_or_else(|| "–".to_owned(), ToString::to_string)
}
