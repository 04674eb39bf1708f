//! Laws that always hold. Each is judged by what really exists on the account, while a run sees
//! only the list.

mod calls;
mod reports;
mod rest;

use leadsquared_webhooks_core::{
    WebhookId,
    reconcile::{CodeTable, MismatchNote},
};

pub(crate) use self::{
    calls::{deleted, is_whole, may_create, may_delete, may_update, waits},
    reports::{Claim, claims_hold, reports},
    rest::{Before, comes_to_rest},
};
use super::{
    cases::Case,
    run::{Call, List, Request, Run, Simulation},
    world::Hidden,
};

/// The maximum number of creates of a run for one desired webhook, if the earlier ones were not
/// applied.
const MOST_CREATES: usize = 3;

/// Returns whether the server hides what distinguishes two webhooks.
fn hides_identity(hides: Option<Hidden>) -> bool {
    matches!(hides, Some(Hidden::Event | Hidden::Url | Hidden::Properties))
}

fn is_create(call: &Call) -> bool {
    matches!(call.request, Request::Create(_))
}

/// Returns the creates of a run for one desired webhook.
fn creates_of(sim: &Simulation, number: usize, index: usize) -> impl Iterator<Item = &Call> {
    own(sim, number).filter(move |call| is_create(call) && call.case == Some(index))
}

/// Returns the calls of a run.
fn own(sim: &Simulation, number: usize) -> impl Iterator<Item = &Call> {
    sim.runs[number].calls.iter().map(|call| &sim.calls[*call])
}

/// Returns the creates of the same desired webhook that a run knows of: its own, those in its state
/// file, and those whose tickets it was given.
fn known_creates<'a>(
    sim: &'a Simulation,
    number: usize,
    case: &'a Case,
) -> impl Iterator<Item = (usize, &'a Call)> {
    let run = &sim.runs[number];
    let operator = &sim.operators[run.operator];
    let identity = &case.identity;
    let has_ticket = move |call: &Call| {
        let mut tickets = operator.tickets.iter().filter(|(_, runs)| runs.contains(&call.run));
        tickets.any(|(ticket, _)| *ticket.identity() == case.identity)
    };
    sim.calls.iter().enumerate().filter(move |(_, call)| {
        let of = &sim.runs[call.run];
        let is_known = call.run == number
            || of.operator == run.operator && (operator.store.is_some() || has_ticket(call));
        let is_same = call.case.is_some_and(|index| of.cases[index].overlaps(case));
        is_create(call) && is_known && is_same && of.cases[call.case.unwrap()].identity == *identity
    })
}

/// Returns whether the run knows that its table of codes is wrong: from its memory, or because it
/// read back a mismatch.
fn is_refuted(sim: &Simulation, number: usize) -> bool {
    let run = &sim.runs[number];
    run.memory.codes == Some(CodeTable::Fails(run.codes)) || read_back(sim, number, false)
}

/// Returns whether the run knows that its table of codes is right.
fn is_proven(sim: &Simulation, number: usize) -> bool {
    let run = &sim.runs[number];
    run.memory.codes == Some(CodeTable::Holds(run.codes)) || read_back(sim, number, true)
}

/// Returns whether the run read back a webhook of a disputed code that it wrote, with the desired
/// event (`as_desired`) or with another one.
fn read_back(sim: &Simulation, number: usize, as_desired: bool) -> bool {
    let run = &sim.runs[number];
    if sim.world.server.hides == Some(Hidden::Event) {
        return false;
    }
    own(sim, number).filter(|call| call.is_heard && call.is_applied()).any(|call| {
        let Some(case) = call.case.map(|case| &run.cases[case]).filter(|case| case.is_disputed) else {
            return false;
        };
        let id = match &call.request {
            Request::Create(_) => call.made.as_ref(),
            Request::Update(id, _) => Some(id),
            Request::Page(..) | Request::Delete(_) => None,
        };
        let Some(id) = id else { return false };
        let lists = run.lists.iter().filter(|list| list.asked >= call.sent);
        let mut seen = lists.filter_map(|list| list.get(id));
        seen.any(|seen| case.accepts.has(seen.truth.event) == as_desired)
    })
}

/// Returns whether a webhook is remembered as a mismatch of a desired one; it then belongs to no
/// other.
fn is_kept(run: &Run, id: &WebhookId) -> bool {
    let is_desired = |note: &MismatchNote| run.cases.iter().any(|case| case.identity == note.desired);
    run.memory.mismatches.iter().any(|note| note.id.as_ref() == Some(id) && is_desired(note))
}

/// Returns the list by which a desired webhook ended.
fn judged(run: &Run, index: usize) -> Option<&List> {
    run.lists.get(run.judged[index]?.checked_sub(1)?)
}
