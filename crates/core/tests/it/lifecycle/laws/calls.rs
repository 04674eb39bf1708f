//! Laws that are checked before a call is sent, when it arrives, and while nothing is sent.

use std::{rc::Rc, time::Duration};

use leadsquared_webhooks_core::{
    NewWebhook, State, Ticket, Webhook, WebhookId, WebhookStatus,
    reconcile::{Job, MismatchNote, Step, WaitingFor},
};

use super::{MOST_CREATES, hides_identity, is_create, is_kept, is_proven, is_refuted, known_creates, own};
use crate::lifecycle::{
    cases::{MANAGED, PREFIX, Receiver},
    run::{Call, Fate, List, Request, Simulation},
    world::{Existing, Hidden, Refusal, Time},
};

/// A create is sent only if no webhook that satisfies the desired one exists or may still appear.
pub(crate) fn may_create(sim: &Simulation, number: usize, job: Job, webhook: &NewWebhook) {
    let run = &sim.runs[number];
    let index = run.case_of(job).expect("a create is of a desired webhook");
    let case = &run.cases[index];
    assert!(!run.is_resolve, "who resolves a ticket does not create");
    assert_eq!(*webhook, case.webhook, "what is sent is what was desired");
    let list = run.last().expect("a run lists before it creates");
    let hides = sim.world.server.hides;
    let identity = &case.identity;
    for seen in &list.seen {
        // If the server hides identity, a webhook may be another desired one.
        let may_be_anothers = hides_identity(hides)
            && run.cases.iter().enumerate().any(|(other, case)| other != index && case.may_be(seen, hides));
        // A webhook that this run wrote for another desired webhook is handled there.
        let is_of_another = own(sim, number).filter(|call| call.case != Some(index)).any(|call| {
            call.made.as_ref() == Some(&seen.id)
                || matches!(&call.request, Request::Update(id, _) if *id == seen.id)
        });
        let is_mine =
            case.may_be(seen, hides) && !may_be_anothers && !is_of_another && !is_kept(run, &seen.id);
        assert!(!is_mine, "{} is on the list, and is created once more", seen.id);
    }
    let could_go_by =
        |case: usize, seen: &Existing| run.cases[case].may_be(seen, hides) && !is_kept(run, &seen.id);
    let is_first = run.lists.len() == 1;
    assert!(
        !is_first || !could_all_go(0, run.cases.len(), &list.seen, &could_go_by),
        "none needs to be created"
    );
    for (call, earlier) in known_creates(sim, number, case) {
        let is_pending = earlier.arrives.is_some() && earlier.arrived.is_none();
        assert!(!is_pending, "the create {call} may still arrive, and is sent once more");
        let Some(made) = earlier.made.as_ref().and_then(|id| sim.world.get(id)) else { continue };
        let may_be_anothers = hides_identity(hides)
            && run.cases.iter().enumerate().any(|(other, case)| other != index && case.may_be(made, hides));
        if made.gone_at.is_some() || may_be_anothers {
            continue;
        }
        // A webhook that a person changed may have looked like another one in the list.
        let is_made = case.is(&made.truth) && !made.is_altered;
        assert!(!is_made, "the create {call} made {}, and is sent once more", made.id);
        let satisfies_another = run.cases.iter().any(|case| case.is(&made.truth));
        // A webhook found since then, for this or another desired one, has closed the record of the
        // create; a later record knows the webhook.
        let is_of = |ticket: &Ticket| {
            let knows = ticket.known().is_some_and(|known| known.contains(&made.id));
            ticket.identity() == identity && !knows
        };
        let is_open = earlier.run == number
            || run.memory.open.iter().any(|open| is_of(&open.ticket))
            || run.options.tickets.iter().any(is_of);
        let is_candidate = is_open
            && !earlier.is_heard
            && !made.is_altered
            && case.became(&made.truth)
            && !satisfies_another;
        assert!(!is_candidate, "the lost create {call} may have become {}, and is sent once more", made.id);
    }
    let code = webhook.trigger().code(run.codes);
    let is_remembered = |note: &MismatchNote| note.desired == *identity && note.code == code;
    assert!(!run.memory.mismatches.iter().any(is_remembered), "a remembered mismatch is created again");
    let sent = own(sim, number).filter(|call| call.case == Some(index) && is_create(call)).count();
    assert!(sent < MOST_CREATES, "it is created time and again");
    if case.is_disputed {
        assert!(!is_refuted(sim, number), "a disputed code is sent after a mismatch");
        let others = own(sim, number).filter(|call| is_create(call) && call.case != Some(index));
        for other in others.filter(|call| call.case.is_some_and(|case| run.cases[case].is_disputed)) {
            let is_over = run.judged[other.case.unwrap()].is_some();
            assert!(is_over || is_proven(sim, number), "a disputed code does not go alone");
        }
    }
    if let Some(store) = &sim.operators[run.operator].store {
        let is_open = store.memory.open.iter().any(|open| open.ticket.identity() == identity);
        assert!(is_open, "a create is sent whose record is not stored");
    }
}

/// Returns whether each desired webhook from this one on could be matched to a separate webhook.
fn could_all_go(
    case: usize,
    cases: usize,
    seen: &[Rc<Existing>],
    could_go_by: &impl Fn(usize, &Existing) -> bool,
) -> bool {
    case == cases
        || (0..seen.len()).any(|number| {
            let others = || [&seen[..number], &seen[number + 1..]].concat();
            could_go_by(case, &seen[number]) && could_all_go(case + 1, cases, &others(), could_go_by)
        })
}

/// An update is sent only for a webhook that the run has a record of or may overwrite, and changes
/// nothing that was not desired.
pub(crate) fn may_update(sim: &Simulation, number: usize, job: Job, id: &WebhookId, webhook: &NewWebhook) {
    let run = &sim.runs[number];
    let case = &run.cases[run.case_of(job).expect("an update is of a desired webhook")];
    assert!(!run.is_resolve, "who resolves a ticket does not update");
    let seen = run.last().and_then(|list| list.get(id)).expect("what is updated is on the list");
    assert!(case.is(&seen.truth), "what is updated is what is desired");
    assert!(!hides_identity(sim.world.server.hides), "what is updated is known to be what is desired");
    let written = run.memory.written.get(id);
    let is_own = own(sim, number).any(|call| call.is_heard && call.made.as_ref() == Some(id));
    assert!(
        written.is_some() || is_own || run.options.overwrite,
        "what cannot be read is overwritten unseen: {id}"
    );
    if case.is_disputed {
        assert!(!is_refuted(sim, number), "a disputed code is sent after a mismatch");
        assert!(is_proven(sim, number) || run.options.codes.is_some(), "a disputed code is sent unproven");
    }
    let desired = &case.webhook;
    assert_eq!((webhook.url(), webhook.trigger()), (desired.url(), desired.trigger()));
    assert_eq!(webhook.custom_headers(), desired.custom_headers());
    let description = desired.given_description().unwrap_or(&seen.description);
    if sim.world.server.hides != Some(Hidden::Description) {
        assert_eq!(webhook.description(), description, "what was not given is not changed");
    }
    if let Some(written) = written {
        let content_type = desired.given_content_type().unwrap_or(written.content_type);
        let notify = desired.given_notify_on_failure().unwrap_or(written.notify_on_failure);
        assert_eq!((webhook.content_type(), webhook.notify_on_failure()), (content_type, notify));
    }
}

/// A delete is sent only for what this run created wrongly, for a duplicate that the run's record
/// says it created, or for what was shown and is to be pruned. Returns the webhook that remains in
/// its place, if any.
pub(crate) fn may_delete(sim: &Simulation, number: usize, job: Job, id: &WebhookId) -> Option<WebhookId> {
    let run = &sim.runs[number];
    assert!(!run.is_resolve, "who resolves a ticket does not delete");
    let list = run.last().expect("a run lists before it deletes");
    let Some(seen) = list.get(id) else { panic!("{id} is deleted, and is not on the list") };
    let made = own(sim, number).find(|call| call.is_heard && call.made.as_ref() == Some(id));
    let Some(case) = run.case_of(job).map(|index| &run.cases[index]) else {
        return may_prune(sim, number, list, seen);
    };
    let is_mine = made.is_some_and(|call| call.case == run.case_of(job));
    let hides = sim.world.server.hides;
    let is_mismatch = is_mine
        && (!case.accepts.has(seen.truth.event) && hides != Some(Hidden::Event)
            || !case.is_receiver(&seen.truth) && hides != Some(Hidden::Url));
    if is_mismatch {
        assert!(!run.options.keep_mismatch, "a mismatch that is to be kept is deleted");
        return None;
    }
    assert!(!run.options.keep_duplicates, "a duplicate that is to be kept is deleted");
    assert!(made.is_some() || run.created_before.contains(id), "{id} is deleted, and others made it");
    assert!(made.is_some() || run.memory.written.contains_key(id), "no record says so");
    assert!(case.may_be(seen, hides), "what is deleted as a duplicate is one");
    let wins = |other: &Existing| {
        other.id < *id
            && other.status == WebhookStatus::Enabled
            && hides != Some(Hidden::Status)
            && case.is(&other.truth)
    };
    // Not one that this run got in place of another desired webhook; it is handled there.
    let is_anothers = |other: &Existing| {
        let mut calls = own(sim, number).filter(|call| call.is_heard && call.case != run.case_of(job));
        !other.is_altered && calls.any(|call| call.made.as_ref() == Some(&other.id))
    };
    let winner = list.seen.iter().find(|other| wins(other) && !is_anothers(other));
    let winner = winner.unwrap_or_else(|| panic!("{id} is deleted, and nothing takes its place"));
    let before = run.lists.iter().rev().nth(1).expect("the list is read once more");
    assert!(before.get(id).is_some(), "the list is read once more after the duplicate was seen");
    assert!(
        before.seen.iter().any(|other| wins(other)),
        "the list is read once more after the winner was seen"
    );
    Some(winner.id.clone())
}

fn may_prune(sim: &Simulation, number: usize, list: &List, seen: &Existing) -> Option<WebhookId> {
    let run = &sim.runs[number];
    let prune = run.options.prune.as_ref().expect("nothing is pruned that nobody asked to prune");
    let is_managed = match &seen.truth.receiver {
        Receiver::Known(receiver) => MANAGED.contains(receiver),
        Receiver::Other(url) => {
            let url = url.to_ascii_lowercase().replace(":443/", "/").replace("/x/..", "");
            url.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
        }
    };
    assert!(is_managed, "{:?} is not under the prefix", seen.truth.receiver);
    assert!(run.lists.len() > 1, "the list is read once more before a prune");
    let shown = match &prune.shown {
        Some(shown) => shown.contains(&seen.shown),
        None => run.lists[0].get(&seen.id).is_some_and(|first| first.shown == seen.shown),
    };
    assert!(shown, "{} is pruned otherwise than it was shown", seen.id);
    let machine = run.machine.as_ref().unwrap();
    for job in &run.jobs {
        let result = machine.result(*job).expect("a prune comes last");
        let is_there = result.as_ref().is_ok_and(|result| {
            matches!(result.state, State::Delivering | State::Disabled(_))
                && result.id != Some(seen.id.clone())
        });
        assert!(is_there, "it prunes, and a desired webhook failed or is the one: {result:?}");
    }
    let case = run.cases.iter().position(|case| case.is(&seen.truth))?;
    assert!(!run.options.keep_duplicates, "a duplicate that is to be kept is pruned");
    let kept = machine.result(run.jobs[case]).and_then(|result| result.as_ref().ok()?.id.clone());
    let kept =
        kept.and_then(|id| list.get(&id)).expect("a duplicate is pruned, and what is kept is not there");
    let is_as_good = kept.status == WebhookStatus::Enabled || seen.status != WebhookStatus::Enabled;
    assert!(
        is_as_good && kept.id < seen.id && run.cases[case].is(&kept.truth),
        "a duplicate is pruned that is better than what is kept"
    );
    Some(kept.id.clone())
}

/// A delete arrived: the webhook that it duplicated still exists, unless a person changed one of
/// them since the list.
///
/// No client can do better, because the network lies between the list and the delete. This proves
/// that runs never delete each other's webhooks: each delete names the winner that it was sent for,
/// and no run deletes the winner with the least ID. There is one exception: a server that alters
/// what it stores may give a run what another run desires, and the run rolls that back.
pub(crate) fn deleted(sim: &Simulation, number: usize) {
    let call = &sim.calls[number];
    let (Request::Delete(id), Some(winner)) = (&call.request, &call.winner) else { return };
    if !call.is_applied() {
        return;
    }
    let (mut winner, mut since) = (winner.clone(), call.listed);
    for _ in 0..sim.calls.len() {
        let existing = sim.world.get(&winner).expect("a winner was there");
        let delivered = sim.world.get(id).is_some_and(|loser| loser.status == WebhookStatus::Enabled);
        let is_as_good = existing.status == WebhookStatus::Enabled || !delivered;
        if existing.gone_at.is_none() && is_as_good {
            return;
        }
        if sim.takings.iter().any(|(at, taken)| *at >= since && [&winner, id].contains(&taken)) {
            return;
        }
        let deleted_by = sim.calls.iter().find(|other| {
            other.is_applied() && matches!(&other.request, Request::Delete(other) if *other == winner)
        });
        let deleted_by = deleted_by.unwrap_or_else(|| panic!("{id} is deleted, and {winner} is not there"));
        // The manifest was edited in the meantime.
        let is_desired = sim.runs[deleted_by.run].cases.iter().any(|case| case.is(&existing.truth));
        if deleted_by.winner.is_none() && (!is_desired || was_given_in_place(sim, deleted_by, &winner)) {
            return;
        }
        let next = deleted_by.winner.clone();
        (winner, since) =
            (next.unwrap_or_else(|| panic!("{id} and {winner} are deleted")), deleted_by.listed);
    }
    panic!("runs delete each other's: {id}");
}

/// Returns whether a run deletes what it got in place of something else.
fn was_given_in_place(sim: &Simulation, delete: &Call, id: &WebhookId) -> bool {
    let run = &sim.runs[delete.run];
    let existing = sim.world.get(id).expect("it was there");
    own(sim, delete.run).any(|call| {
        call.made.as_ref() == Some(id) && call.case.is_some_and(|case| !run.cases[case].is(&existing.truth))
    })
}

/// A webhook that existed throughout is on the list exactly once.
pub(crate) fn is_whole(sim: &Simulation, webhooks: &[Webhook], began: Time) {
    for existing in &sim.world.all {
        let there = existing.visible_at <= began && existing.gone_at.is_none_or(|gone_at| gone_at > sim.now);
        let count = webhooks.iter().filter(|webhook| webhook.id == existing.id).count();
        assert!(count <= 1, "{} is on the list twice", existing.id);
        assert!(!there || count == 1, "{} was there all the time, and is not on the list", existing.id);
    }
}

/// Checks how long a run waits, and that it reports which late webhook it waits for.
pub(crate) fn waits(sim: &Simulation, number: usize, step: &Step) -> Duration {
    let run = &sim.runs[number];
    let waiting = match step {
        Step::Wait(waiting) => waiting,
        Step::Pause(time) => {
            let is_fresh = |call: &Call| is_create(call) && call.is_heard && call.made.is_some();
            assert!(time.as_secs() <= 1 && own(sim, number).any(is_fresh), "{time:?}");
            return *time;
        }
        step => panic!("{step:?} is no wait"),
    };
    assert!(waiting.time.as_secs() <= 8 && waiting.time <= waiting.at_most, "{waiting:?}");
    let case = run.cases.iter().position(|case| case.identity == waiting.desired);
    let case = case.expect("it waits for what is desired");
    let mut creates = own(sim, number).filter(|call| is_create(call) && call.case == Some(case));
    let is_so = match waiting.why {
        WaitingFor::CreatedWebhook => creates.any(|call| call.is_heard && call.made.is_some()),
        WaitingFor::LostCreate => {
            let open = run.memory.open.iter().map(|open| &open.ticket);
            let mut tickets = open.chain(&run.options.tickets);
            let refused = |call: &Call| call.refused == Some(Refusal::Duplicate);
            tickets.any(|ticket| *ticket.identity() == waiting.desired)
                || creates.any(|call| call.fate == Fate::Lost || refused(call))
        }
    };
    assert!(is_so, "it waits for what is not to come: {waiting:?}");
    waiting.time
}
