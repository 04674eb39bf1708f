//! A ticket from the command line, a file or standard input.

use std::path::Path;

use leadsquared_webhooks::{core::reconcile::Ticket, manifest::without_byte_order_mark};
use serde_json::Value;

use crate::{
    draft_arguments::{read_text, shown},
    output::Output,
    status::Status,
    violations::not_json,
};

/// Reads a ticket, or reports why it cannot be read.
pub(crate) fn read_or_report(argument: &str, output: &mut Output) -> Result<Ticket, Status> {
    read(argument).map_err(|(problem, excerpt)| {
        let status = output.usage("usage", &problem);
        output.excerpt(excerpt.as_ref());
        status
    })
}

/// Reads a ticket from JSON or from a file; `-` is standard input. The `--json` output of a failed
/// command is accepted too: its ticket is extracted.
fn read(argument: &str) -> Result<Ticket, (String, Option<[String; 2]>)> {
    let (name, json) = if argument.trim_start().starts_with('{') {
        ("the ticket".to_owned(), argument.to_owned())
    } else {
        let path = Path::new(argument);
        (shown(path), read_text(path).map_err(|problem| (problem, None))?)
    };
    let json = without_byte_order_mark(&json);
    let wrong = |problem: String| (format!("{name}: {problem}"), None);
    if json.trim().is_empty() {
        return Err(wrong("the text is empty; a ticket is what a failed create printed, as JSON".to_owned()));
    }
    if let Some(problem) = not_json(&name, json) {
        return Err(problem);
    }
    let printed: Value = serde_json::from_str(json).unwrap_or_default();
    let ticket = match printed.pointer("/error/ticket") {
        Some(Value::Null) => {
            return Err(wrong("this error has no ticket, because its outcome is known".to_owned()));
        }
        Some(ticket) => ticket.to_string().parse(),
        None if printed.get("ok").is_some() => {
            return Err(wrong("this output carries no ticket: nothing in it is unknown".to_owned()));
        }
        None => json.parse(),
    };
    ticket.map_err(|problem: leadsquared_webhooks::error::InvalidTicket| wrong(problem.to_string()))
}
