//! A ticket from the command line, a file or standard input.

use std::path::Path;

use leadsquared_webhooks::{core::reconcile::Ticket, manifest::without_byte_order_mark};
use serde_json::Value;

use crate::draft_arguments::read_text;

/// Reads a ticket from JSON or from a file; `-` is standard input. The `--json` output of a failed
/// command is accepted too: its ticket is extracted.
pub(crate) fn read(argument: &str) -> Result<Ticket, String> {
    let (place, json) = if argument.trim_start().starts_with('{') {
        ("the ticket", argument.to_owned())
    } else {
        (argument, read_text(Path::new(argument))?)
    };
    let json = without_byte_order_mark(&json);
    let printed: Value = serde_json::from_str(json).unwrap_or_default();
    let ticket = match printed.pointer("/error/ticket") {
        Some(Value::Null) => {
            return Err(format!("{place}: this error has no ticket, for its outcome is known"));
        }
        Some(ticket) => ticket.to_string().parse(),
        None if printed.get("ok").is_some() => return Err(format!("{place}: this output carries no ticket")),
        None => json.parse(),
    };
    ticket.map_err(|problem| format!("{place}: {problem}"))
}
