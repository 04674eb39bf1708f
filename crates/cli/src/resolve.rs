//! `resolve`: finds out whether a create with an unknown outcome was applied.

use std::io;

use leadsquared_webhooks::{DEFAULT_CONSISTENCY_WINDOW, ResolveOptions};

use crate::{
    arguments::{EncodingArguments, ResolveArguments},
    call::{self, Action},
    output::Output,
    progress, reconciled,
    status::Status,
    ticket_argument,
};

pub(crate) fn run(arguments: ResolveArguments, output: &mut Output) -> io::Result<Status> {
    let ResolveArguments { ticket, consistency_window, max_wait, connection } = arguments;
    let ticket = match ticket_argument::read_or_report(&ticket, output) {
        Ok(ticket) => ticket,
        Err(status) => return Ok(status),
    };
    let options = ResolveOptions {
        consistency_window: consistency_window.unwrap_or(DEFAULT_CONSISTENCY_WINDOW),
        max_wait,
        on_progress: progress::watch(output.messages()),
    };
    call::connected(&connection, EncodingArguments::default(), output, async |calls, output| {
        match calls.make(Action::Read, calls.client.resolve(&ticket, &options), output).await {
            Ok(result) => reconciled::tell(&result, &[], None, output),
            Err(stopped) => stopped.tell(Action::Read, &[], None, output),
        }
    })
}
