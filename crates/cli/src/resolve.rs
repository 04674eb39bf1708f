//! `resolve`: finds out whether a create with an unknown outcome was applied.

use std::io;

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
    call::connected(&connection, EncodingArguments::default(), output, async |calls, output| {
        let resolve = calls
            .client
            .resolve(&ticket)
            .consistency_window(consistency_window)
            .max_wait(max_wait)
            .on_progress(progress::watch(output.messages()));
        match calls.make(Action::Read, resolve, output).await {
            Ok(result) => reconciled::tell(&result, &[], None, output),
            Err(stopped) => stopped.tell(Action::Read, &[], None, output),
        }
    })
}
