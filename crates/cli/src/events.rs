//! `events`: lists the documented events of the core's table.

use leadsquared_webhooks::{Event, event::EventCodes};
use serde::Serialize;

use crate::{output::Output, status::Status};

#[derive(Serialize)]
struct Row {
    event: &'static str,
    documented_code: u32,
    observed_code: u32,
    retrieve_name: &'static str,
    needs: Vec<&'static str>,
    takes: Vec<&'static str>,
    evidence: &'static str,
    note: &'static str,
}

#[derive(Serialize)]
struct Events {
    ok: bool,
    events: Vec<Row>,
}

pub(crate) fn run(output: &mut Output) -> Status {
    let events: Vec<Row> = Event::ALL.into_iter().map(row).collect();
    if output.json {
        output.object(&Events { ok: true, events });
        return Status::Done;
    }
    let rows: Vec<_> = events.iter().map(cells).collect();
    output.table(&["event", "code", "observed", "needs", "evidence", "note"], &rows);
    output.line("code: as documented; observed: on a live account, where it differs; [x]: may be left out");
    Status::Done
}

fn row(event: Event) -> Row {
    let keys = |required| {
        event.keys().iter().filter(move |key| key.required == required).map(|key| key.name).collect()
    };
    Row {
        event: event.name(),
        documented_code: EventCodes::Documented.code(event).get(),
        observed_code: EventCodes::Observed.code(event).get(),
        retrieve_name: event.retrieve_name(),
        needs: keys(true),
        takes: keys(false),
        evidence: event.evidence().as_str(),
        note: event.note(),
    }
}

fn cells(row: &Row) -> Vec<String> {
    let optional = row.takes.iter().map(|key| format!("[{key}]"));
    let needs: Vec<_> = row.needs.iter().map(|key| (*key).to_owned()).chain(optional).collect();
    let observed =
        if row.observed_code == row.documented_code { String::new() } else { row.observed_code.to_string() };
    vec![
        row.event.replace('_', "-"),
        row.documented_code.to_string(),
        observed,
        needs.join(" ").replace('_', "-"),
        row.evidence.to_owned(),
        row.note.to_owned(),
    ]
}
