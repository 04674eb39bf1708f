//! `update`: a webhook that exists is replaced, whole.

use std::io;

use leadsquared_webhooks::{Attempt, Changed, Warning, WebhookId};
use serde::Serialize;

use crate::{
    arguments::UpdateArguments,
    call::{self, Action},
    output::Output,
    status::Status,
};

#[derive(Serialize)]
struct Updated<'a> {
    ok: bool,
    id: &'a WebhookId,
    attempts: &'a [Attempt],
    warnings: &'a [Warning],
}

pub(crate) fn run(arguments: UpdateArguments, output: &mut Output) -> io::Result<Status> {
    let UpdateArguments { id, draft, encoding, connection } = arguments;
    let webhook = match draft.read_or_tell(encoding.codes, output)? {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    call::connected(&connection, encoding, output, async |calls, output| {
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        let Changed { id, attempts } =
            match calls.make(Action::Update, calls.client.update(&id, &webhook), output).await {
                Ok(changed) => changed,
                Err(stopped) => return stopped.tell(Action::Update, &warnings, None, output),
            };
        if output.json {
            output.object(&Updated { ok: true, id: &id, attempts: &attempts, warnings: &warnings })?;
        } else {
            call::show_attempts(&attempts, output)?;
            output.success("updated", id.as_str())?;
        }
        Ok(Status::Done)
    })
}
