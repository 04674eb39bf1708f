//! `update`: replaces an existing webhook completely.

use std::io;

use crate::{
    arguments::UpdateArguments,
    call::{self, Action},
    output::{Ended, Output},
    status::Status,
};

pub(crate) fn run(arguments: UpdateArguments, output: &mut Output) -> io::Result<Status> {
    let UpdateArguments { id, draft, encoding, connection } = arguments;
    let webhook = match draft.read_or_report(encoding, output) {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    call::connected(&connection, encoding, output, async |calls, output| {
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        let changed = match calls.make(Action::Update, calls.client.update(&id, &webhook), output).await {
            Ok(changed) => changed,
            Err(stopped) => return stopped.tell(Action::Update, &warnings, None, output),
        };
        if output.json {
            let (result, warnings) = (&changed, &warnings);
            output.object(&Ended { ok: true, error: None, result, warnings, sandbox: None });
        } else {
            call::show_attempts(&changed.attempts, output);
            output.success("updated", changed.id.as_str());
        }
        Status::Done
    })
}
