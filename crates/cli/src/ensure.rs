//! `ensure`: ensures that a webhook with an event, a URL and properties exists, without duplicates.

use std::io;

use crate::{
    arguments::EnsureArguments,
    call::{self, Action},
    output::Output,
    progress, reconciled,
    status::Status,
    ticket_argument,
};

pub(crate) fn run(arguments: EnsureArguments, output: &mut Output) -> io::Result<Status> {
    let EnsureArguments { draft, encoding, reconcile, ticket, connection } = arguments;
    let webhook = match draft.read_or_report(encoding, output) {
        Ok(webhook) => webhook,
        Err(status) => return Ok(status),
    };
    let tickets: Result<Vec<_>, _> =
        ticket.iter().map(|text| ticket_argument::read_or_report(text, output)).collect();
    let tickets = match tickets {
        Ok(tickets) => tickets,
        Err(status) => return Ok(status),
    };
    call::connected(&connection, encoding, output, async |calls, output| {
        let ensure = calls
            .client
            .ensure(&webhook)
            .consistency_window(reconcile.consistency_window)
            .overwrite(reconcile.overwrite)
            .keep_mismatch(reconcile.keep_mismatch)
            .keep_duplicates(reconcile.keep_duplicates)
            .tickets(tickets)
            .on_progress(progress::watch(output.messages()))
            .cancellation(calls.cancellation.clone());
        let warnings = webhook.warnings();
        if !output.json {
            output.warnings(&warnings);
        }
        match calls.make(Action::Ensure, ensure, output).await {
            Ok(result) => reconciled::tell(&result, &warnings, None, output),
            Err(stopped) => stopped.tell(Action::Ensure, &warnings, None, output),
        }
    })
}
