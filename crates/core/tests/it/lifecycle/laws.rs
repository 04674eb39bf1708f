//! What holds whatever happens. Each law is judged by what is really on the account, of which a run sees the list alone.

use std::collections::BTreeSet;

use leadsquared_webhooks_core::{
    Action, DifferenceKind, Identity, NewWebhook, Outcome, Reconciled, State, Unverified, Webhook, WebhookId,
    WebhookStatus,
    reconcile::{
        CodeTable, Failed, FailedWhy, Finished, Job, Memory, MismatchNote, Plan, Reconciler, Step, Waiting,
        WaitingFor,
    },
};

use super::{
    cases::{Case, MANAGED, PREFIX, Receiver},
    hazards::Hazard,
    run::{Call, Fate, Life, List, Request, Run, Simulation},
    world::{Existing, Hidden, Time},
};

/// How often a run sends a create whose predecessors were not applied.
const MOST_CREATES: usize = 3;

/// What a run said that only the future can refute.
#[derive(Debug)]
pub(crate) struct Claim {
    run: usize,
    case: usize,
    what: Claimed,
}

#[derive(Debug)]
enum Claimed {
    /// Nothing of this desired webhook was applied.
    Nothing,
    /// Whatever was created has one of these ids.
    Named(Vec<WebhookId>),
}

// Before a call is sent.

/// A create is sent only when nothing is there, or may come to be there, that satisfies its desired webhook.
pub(crate) fn may_create(sim: &Simulation, number: usize, job: Job, webhook: &NewWebhook) {
    let run = &sim.runs[number];
    let index = run.case_of(job).expect("a create is of a desired webhook");
    let case = &run.cases[index];
    assert!(!run.is_resolve, "who resolves a ticket does not create");
    assert_eq!(*webhook, case.webhook, "what is sent is what was desired");
    let list = run.last().expect("a run lists before it creates");
    let hides = sim.world.server.hides;
    let identity = Identity::of(&case.webhook);
    for seen in &list.seen {
        // Where the answer leaves it open, a webhook may be another desired one.
        let may_be_anothers = hides_identity(hides)
            && run.cases.iter().enumerate().any(|(other, case)| other != index && case.may_be(seen, hides));
        // One that this run made for another desired webhook is dealt with there.
        let is_made_for_another =
            own(sim, number).any(|call| call.made.as_ref() == Some(&seen.id) && call.case != Some(index));
        let is_mine = case.may_be(seen, hides) && !may_be_anothers && !is_made_for_another;
        assert!(!is_mine, "{} is on the list, and is created once more", seen.id);
    }
    for (call, earlier) in known_creates(sim, number, case) {
        let is_pending = earlier.arrives.is_some() && earlier.arrived.is_none();
        assert!(!is_pending, "the create {call} may still arrive, and is sent once more");
        let Some(made) = earlier.made.as_ref().and_then(|id| sim.world.get(id)) else { continue };
        let may_be_anothers = hides_identity(hides)
            && run.cases.iter().enumerate().any(|(other, case)| other != index && case.may_be(made, hides));
        if made.gone_at.is_some() || may_be_anothers {
            continue;
        }
        assert!(!case.is(&made.truth), "the create {call} made {}, and is sent once more", made.id);
        let satisfies_another = run.cases.iter().any(|case| case.is(&made.truth));
        // What was found since, in another's place or one's own, has closed the record of it.
        let is_open = earlier.run == number
            || run.memory.open.iter().any(|open| *open.ticket.identity() == identity)
            || run.options.tickets.iter().any(|ticket| *ticket.identity() == identity);
        let is_candidate = is_open
            && !earlier.is_heard
            && !made.is_altered
            && case.became(&made.truth)
            && !satisfies_another;
        assert!(!is_candidate, "the lost create {call} may have become {}, and is sent once more", made.id);
    }
    let code = webhook.trigger().code(run.codes);
    let is_remembered = |note: &MismatchNote| note.desired == identity && note.code == code;
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
        let is_open = store.memory.open.iter().any(|open| *open.ticket.identity() == identity);
        assert!(is_open, "a create is sent whose record is not stored");
    }
}

/// Whether what distinguishes two webhooks is not told.
fn hides_identity(hides: Option<Hidden>) -> bool {
    matches!(hides, Some(Hidden::Event | Hidden::Url | Hidden::Properties))
}

fn is_create(call: &Call) -> bool {
    matches!(call.request, Request::Create(_))
}

/// The creates of a run for one desired webhook.
fn creates_of(sim: &Simulation, number: usize, index: usize) -> impl Iterator<Item = &Call> {
    own(sim, number).filter(move |call| is_create(call) && call.case == Some(index))
}

/// The calls of a run.
fn own(sim: &Simulation, number: usize) -> impl Iterator<Item = &Call> {
    sim.runs[number].calls.iter().map(|call| &sim.calls[*call])
}

/// The creates of the same desired webhook of which a run knows: its own, those of its state file, and those whose tickets it
/// was given.
fn known_creates<'a>(
    sim: &'a Simulation,
    number: usize,
    case: &'a Case,
) -> impl Iterator<Item = (usize, &'a Call)> {
    let run = &sim.runs[number];
    let operator = &sim.operators[run.operator];
    let identity = Identity::of(&case.webhook);
    let has_ticket = move |call: &Call| {
        let mut tickets = operator.tickets.iter().filter(|(_, runs)| runs.contains(&call.run));
        tickets.any(|(ticket, _)| *ticket.identity() == Identity::of(&case.webhook))
    };
    sim.calls.iter().enumerate().filter(move |(_, call)| {
        let of = &sim.runs[call.run];
        let is_known = call.run == number
            || of.operator == run.operator && (operator.store.is_some() || has_ticket(call));
        let is_same = call.case.is_some_and(|index| of.cases[index].overlaps(case));
        is_create(call)
            && is_known
            && is_same
            && Identity::of(&of.cases[call.case.unwrap()].webhook) == identity
    })
}

/// Whether the run knows that its table of codes is wrong: from its memory, or because it read a mismatch back.
fn is_refuted(sim: &Simulation, number: usize) -> bool {
    let run = &sim.runs[number];
    run.memory.codes == Some(CodeTable::Fails(run.codes)) || read_back(sim, number, false)
}

/// Whether the run knows that its table of codes is right.
fn is_proven(sim: &Simulation, number: usize) -> bool {
    let run = &sim.runs[number];
    run.memory.codes == Some(CodeTable::Holds(run.codes)) || read_back(sim, number, true)
}

/// Whether the run read a webhook of a disputed code back that it made, with the event that it asked for or another.
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

/// An update is sent for a webhook that the run holds, or that may be overwritten, and says nothing that was not desired.
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

/// A delete is sent for what this run made wrong, for a duplicate that its record says it created, or for what was shown and is
/// to be pruned. Which webhook makes up for it, if one does.
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
    let wins = |other: &&Existing| {
        other.id < *id
            && other.status == WebhookStatus::Enabled
            && hides != Some(Hidden::Status)
            && case.is(&other.truth)
    };
    let winner = list.seen.iter().find(wins);
    let winner = winner.unwrap_or_else(|| panic!("{id} is deleted, and nothing takes its place"));
    let before = run.lists.iter().rev().nth(1).expect("the list is read once more");
    assert!(before.get(id).is_some(), "the list is read once more after the duplicate was seen");
    assert!(
        before.seen.iter().any(|other| wins(&other)),
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
        is_as_good && run.cases[case].is(&kept.truth),
        "a duplicate is pruned that is better than what is kept"
    );
    Some(kept.id.clone())
}

/// A delete arrived: what it was a duplicate of is there, unless a person took that since the list.
///
/// Nobody can do better: between the list and the delete lies the network. That no runs delete each other's is proven here,
/// because each says by whose winner it went, and the least of these is deleted by none.
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
        if sim.takings.iter().any(|(at, taken)| *at >= since && *taken == winner) {
            return;
        }
        let deleted_by = sim.calls.iter().find(|other| {
            other.is_applied() && matches!(&other.request, Request::Delete(other) if *other == winner)
        });
        let deleted_by = deleted_by.unwrap_or_else(|| panic!("{id} is deleted, and {winner} is not there"));
        let next = deleted_by.winner.clone();
        (winner, since) =
            (next.unwrap_or_else(|| panic!("{id} and {winner} are deleted")), deleted_by.listed);
    }
    panic!("runs delete each other's: {id}");
}

// Lists and waits.

/// What was there all the time is on the list, and once.
pub(crate) fn is_whole(sim: &Simulation, webhooks: &[Webhook], began: Time) {
    for existing in &sim.world.all {
        let there = existing.visible_at <= began && existing.gone_at.is_none_or(|gone_at| gone_at > sim.now);
        let count = webhooks.iter().filter(|webhook| webhook.id == existing.id).count();
        assert!(count <= 1, "{} is on the list twice", existing.id);
        assert!(!there || count == 1, "{} was there all the time, and is not on the list", existing.id);
    }
}

pub(crate) fn waits(sim: &Simulation, number: usize, waiting: &Waiting) {
    let run = &sim.runs[number];
    assert!(waiting.time.as_secs() <= 8 && waiting.time <= waiting.at_most, "{waiting:?}");
    let case = run.cases.iter().position(|case| Identity::of(&case.webhook) == waiting.desired);
    let case = case.expect("it waits for what is desired");
    let mut creates = own(sim, number).filter(|call| is_create(call) && call.case == Some(case));
    let is_so = match waiting.why {
        WaitingFor::CreatedWebhook => creates.any(|call| call.is_heard && call.made.is_some()),
        WaitingFor::LostCreate => {
            let open = run.memory.open.iter().map(|open| &open.ticket);
            let mut tickets = open.chain(&run.options.tickets);
            let refused = |call: &Call| call.refused == Some(super::world::Refusal::Duplicate);
            tickets.any(|ticket| *ticket.identity() == waiting.desired)
                || creates.any(|call| call.fate == Fate::Lost || refused(call))
        }
    };
    assert!(is_so, "it waits for what is not to come: {waiting:?}");
}

// At the end of a run.

/// Nothing is reported that is not so.
pub(crate) fn reports(sim: &mut Simulation, number: usize, finished: &Finished<usize>) {
    let run = &sim.runs[number];
    assert_eq!(finished.webhooks.len(), run.cases.len(), "each desired webhook has a result");
    assert_eq!(finished.webhooks.iter().map(|(job, _)| *job).collect::<Vec<_>>(), run.jobs);
    let mut seen = Vec::new();
    let mut claims = Vec::new();
    for (index, (_, result)) in finished.webhooks.iter().enumerate() {
        match result {
            Ok(result) => {
                // What another desired webhook goes by is no duplicate of this one.
                let others = finished.webhooks.iter().enumerate().filter(|(other, _)| *other != index);
                let candidate = State::Unverified(Unverified::Candidate);
                let others = others.flat_map(|(_, (_, result))| match result {
                    Ok(other) if other.state == candidate => [].iter().chain(&[]),
                    Ok(other) => other.id.as_slice().iter().chain(&other.removed),
                    Err(failed) => failed.id.as_slice().iter().chain(&[]),
                });
                let others: Vec<_> = others.collect();
                is_so(sim, number, index, result, &others, &mut seen);
                claims.extend(claim_of(sim, number, index, result));
            }
            Err(failed) => {
                failed_so(sim, number, index, failed, &mut seen);
                if failed.outcome != Outcome::Unknown {
                    claims.push(Claim { run: number, case: index, what: Claimed::Nothing });
                }
            }
        }
    }
    let is_sure = |result: &&Reconciled| {
        !matches!(result.state, State::Mismatch | State::Unverified(Unverified::Candidate))
    };
    let ids: Vec<_> = finished
        .webhooks
        .iter()
        .filter_map(|(_, result)| result.as_ref().ok().filter(is_sure)?.id.as_ref())
        .collect();
    for (index, id) in ids.iter().enumerate() {
        let is_altered = sim.world.get(id).is_some_and(|existing| existing.is_altered);
        assert!(is_altered || !ids[..index].contains(id), "{id} satisfies two desired webhooks");
    }
    for (_, webhook, result) in &finished.pruned {
        let deletes = || {
            own(sim, number).filter(|call| {
                call.case.is_none() && matches!(&call.request, Request::Delete(id) if *id == webhook.id)
            })
        };
        match result {
            Ok(result) => {
                seen.push(Hazard::Pruned);
                assert_eq!((result.action, result.state), (Action::Pruned, State::Absent));
                assert!(result.is_ok() && result.id.as_ref() == Some(&webhook.id));
                let is_gone = sim.world.get(&webhook.id).is_some_and(|existing| existing.gone_at.is_some());
                assert!(is_gone && deletes().count() == 1, "{} was pruned", webhook.id);
            }
            Err(failed) => {
                assert_eq!(failed.id.as_ref(), Some(&webhook.id));
                assert!(deletes().count() == 1 || failed.outcome == Outcome::NotSent, "{failed:?}");
                let applied = deletes().any(|call| call.fate == Fate::Answered && call.is_applied());
                assert!(failed.outcome == Outcome::Unknown || !applied, "{failed:?}");
            }
        }
    }
    for open in &run.memory.open {
        let is_desired = run.cases.iter().any(|case| Identity::of(&case.webhook) == *open.ticket.identity());
        let is_reported = finished.open.iter().any(|ticket| ticket.identity() == open.ticket.identity());
        assert!(
            is_desired != is_reported || run.lists.is_empty(),
            "an open create is looked for or reported"
        );
        if is_reported {
            seen.push(Hazard::OpenReported);
        }
    }
    remembers(sim, number, finished);
    sim.claims.extend(claims);
    seen.into_iter().for_each(|hazard| sim.hazards.count(hazard));
}

/// What a run that ended in order has written is in its state.
fn remembers(sim: &Simulation, number: usize, finished: &Finished<usize>) {
    let run = &sim.runs[number];
    let Some(store) = &sim.operators[run.operator].store else { return };
    if run.is_unstored || run.is_resolve {
        return;
    }
    for call in own(sim, number).filter(|call| is_create(call) && call.is_heard) {
        let Some(id) = &call.made else { continue };
        let Some(Ok(result)) = call.case.map(|case| &finished.webhooks[case].1) else { continue };
        let written = store.memory.written.get(id);
        let is_there = sim.world.get(id).is_some_and(|existing| existing.gone_at.is_none());
        let is_kept = result.id.as_ref() == Some(id) && run.options.seal.is_some() && is_there;
        assert!(
            !is_kept || written.is_some_and(|written| written.is_created),
            "{id} was created, and is forgotten"
        );
        assert!(!result.removed.contains(id) || written.is_none(), "{id} was removed, and is remembered");
        if let Some(case) = call.case
            && let Ok(result) = &finished.webhooks[case].1
            && result.state == State::Mismatch
            && result.action != Action::Withheld
            && is_there
        {
            let identity = Identity::of(&run.cases[case].webhook);
            let remembered = store.memory.mismatches.iter().find(|note| note.desired == identity);
            let remembered = remembered.expect("a mismatch is remembered");
            assert_eq!(remembered.id, result.id, "what stayed of it is remembered");
        }
    }
    for (case, (_, result)) in run.cases.iter().zip(&finished.webhooks) {
        let identity = Identity::of(&case.webhook);
        let is_open = store.memory.open.iter().any(|open| *open.ticket.identity() == identity);
        if let Err(Failed { ticket: Some(_), .. }) = result {
            assert!(is_open, "a create whose outcome is unknown stays open");
        }
    }
}

/// The list by which a desired webhook ended.
fn judged(run: &Run, index: usize) -> Option<&List> {
    run.lists.get(run.judged[index]?.checked_sub(1)?)
}

fn is_so(
    sim: &Simulation,
    number: usize,
    index: usize,
    result: &Reconciled,
    others: &[&WebhookId],
    seen: &mut Vec<Hazard>,
) {
    let run = &sim.runs[number];
    let (case, hides) = (&run.cases[index], sim.world.server.hides);
    let list = judged(run, index).expect("nothing is known without a list");
    let found = result.id.as_ref().and_then(|id| list.get(id));
    let context = || format!("run {number}, {index}: {result:?}");
    let creates = || own(sim, number).filter(|call| is_create(call) && call.case == Some(index));
    let is_made = result.id.is_some() && creates().any(|call| call.made == result.id);
    match result.action {
        Action::Existed => {
            seen.push(Hazard::Existed);
            assert!(found.is_some() && !is_made || run.is_resolve, "{}", context());
        }
        Action::Created => {
            seen.push(Hazard::Created);
            // Where an answer was lost, nobody can tell a webhook that came up since from one's own.
            let since = run.lists.first().map_or(0, |first| first.asked);
            let others = || {
                let id = result.id.as_ref().unwrap();
                let made = sim.world.get(id).unwrap();
                creates().any(|call| call.fate == Fate::Lost)
                    && made.visible_at.max(made.made_at) >= since
                    && run.lists[0].get(id).is_none()
            };
            assert!(is_made || others() || moved_here(sim, number, index, result), "{}", context());
        }
        Action::Updated => {
            seen.push(Hazard::Updated);
            let is_update = |call: &Call| matches!(&call.request, Request::Update(id, _) if Some(id) == result.id.as_ref());
            assert!(
                own(sim, number).any(|call| is_update(call) && call.is_heard && call.is_applied()),
                "{}",
                context()
            );
        }
        Action::RolledBack => {
            seen.push(Hazard::RolledBack);
            assert_eq!((result.state, result.removed.len()), (State::Mismatch, 1), "{}", context());
            assert!(!run.options.keep_mismatch && result.id.is_none());
            assert!(creates().any(|call| call.made.as_ref() == Some(&result.removed[0])), "{}", context());
        }
        Action::Withheld => {
            seen.push(Hazard::Withheld);
            assert!(!creates().any(|call| call.is_heard && call.made.is_some()), "{}", context());
        }
        Action::Pruned => panic!("{}", context()),
    }
    match result.state {
        State::Delivering | State::Disabled(_) => {
            let found = found.unwrap_or_else(|| panic!("{}", context()));
            let is_told = !matches!(hides, Some(Hidden::Event | Hidden::Url | Hidden::Status));
            assert!(is_told || matches!(result.state, State::Disabled(_)), "{}", context());
            assert!(case.may_be(found, hides), "{}: it is {:?}", context(), found.truth);
            let status = match result.state {
                State::Disabled(status) => status,
                _ => WebhookStatus::Enabled,
            };
            assert_eq!(found.status, status, "{}", context());
            assert_eq!(result.is_ok(), result.state == State::Delivering);
        }
        State::Mismatch => mismatches_so(sim, number, index, result, found, seen),
        State::Unverified(Unverified::NotSeen) if run.is_resolve => {
            assert!(run.options.max_wait.is_some() && !list.seen.iter().any(|seen| case.is(&seen.truth)));
        }
        State::Unverified(Unverified::NotSeen) => {
            seen.push(Hazard::NotSeen);
            assert!(found.is_none() && result.id.is_some(), "{}", context());
        }
        State::Unverified(Unverified::NotTold) => {
            let hidden = [Hidden::Event, Hidden::Url, Hidden::Status].map(Some);
            assert!(hidden.contains(&hides) && found.is_some(), "{}", context());
        }
        State::Unverified(Unverified::Properties) => {
            let found = found.unwrap_or_else(|| panic!("{}", context()));
            assert!(case.properties != found.truth.properties, "{}", context());
        }
        State::Unverified(Unverified::Candidate) => {
            seen.push(Hazard::Candidate);
            let found = found.unwrap_or_else(|| panic!("{}", context()));
            assert!(case.became(&found.truth) || hides_identity(hides), "{}", context());
            assert_eq!(result.action, Action::Withheld, "{}", context());
            let identity = Identity::of(&case.webhook);
            let is_open = run.memory.open.iter().any(|open| *open.ticket.identity() == identity);
            let is_known = is_open
                || run.is_resolve
                || known_creates(sim, number, case)
                    .any(|(_, call)| found.visible_at.max(found.made_at) >= call.listed);
            assert!(is_known || found.is_altered, "{}", context());
        }
        State::Unverified(Unverified::NotRead) => panic!("{}", context()),
        State::Absent => {
            assert!(run.is_resolve && !list.seen.iter().any(|seen| case.is(&seen.truth)), "{}", context());
        }
    }
    duplicates_are_so(sim, number, index, result, list, seen, others);
    differences_are_so(sim, number, index, result);
    for id in &result.removed {
        let is_deleted =
            own(sim, number).any(|call| matches!(&call.request, Request::Delete(other) if other == id));
        let is_gone = sim.world.get(id).is_some_and(|existing| existing.gone_at.is_some());
        assert!(is_deleted && is_gone, "{}", context());
        let is_own = creates().any(|call| call.made.as_ref() == Some(id));
        if result.action != Action::RolledBack {
            seen.push(if is_own { Hazard::DuplicateRemoved } else { Hazard::DuplicateOfEarlier });
        }
    }
}

/// Whether a person gave a webhook this URL or took another away since the first list.
fn moved_here(sim: &Simulation, number: usize, index: usize, result: &Reconciled) -> bool {
    let run = &sim.runs[number];
    let is_lost =
        own(sim, number).any(|call| is_create(call) && call.case == Some(index) && call.fate == Fate::Lost);
    is_lost
        && result.id.as_ref().and_then(|id| sim.world.get(id)).is_some_and(|existing| {
            existing.is_altered && sim.takings.iter().any(|(at, id)| *at >= run.started && *id == existing.id)
        })
}

fn mismatches_so(
    sim: &Simulation,
    number: usize,
    index: usize,
    result: &Reconciled,
    found: Option<&Existing>,
    seen: &mut Vec<Hazard>,
) {
    let run = &sim.runs[number];
    let case = &run.cases[index];
    assert!(!result.is_ok());
    match result.action {
        Action::Withheld => {
            let identity = Identity::of(&case.webhook);
            let remembered = run.memory.mismatches.iter().any(|note| note.desired == identity);
            let refuted = case.is_disputed && is_refuted(sim, number);
            assert!(remembered || refuted, "{result:?} is withheld for nothing");
            assert_eq!(result.id.is_some(), found.is_some(), "what is named is there: {result:?}");
        }
        Action::RolledBack => {
            assert!(
                result.differences.iter().any(|difference| ["event", "url"].contains(&&*difference.field))
            );
        }
        Action::Created | Action::Updated => {
            seen.push(Hazard::MismatchKept);
            let found = found.expect("a mismatch was read");
            assert!(!case.is_receiver(&found.truth) || !case.accepts.has(found.truth.event), "{result:?}");
            let failed = own(sim, number)
                .any(|call| matches!(&call.request, Request::Delete(id) if Some(id) == result.id.as_ref()));
            let is_cut_short = failed || run.life == Life::Interrupted || result.action == Action::Updated;
            assert!(run.options.keep_mismatch || is_cut_short, "{result:?}");
        }
        Action::Existed | Action::Pruned => panic!("{result:?}"),
    }
}

/// The others of the same identity that the list shows are reported, and no more.
fn duplicates_are_so(
    sim: &Simulation,
    number: usize,
    index: usize,
    result: &Reconciled,
    list: &List,
    seen: &mut Vec<Hazard>,
    others: &[&WebhookId],
) {
    let run = &sim.runs[number];
    let (case, hides) = (&run.cases[index], sim.world.server.hides);
    let mut really: Vec<_> = list
        .seen
        .iter()
        .filter(|seen| case.is(&seen.truth) && result.id.as_ref() != Some(&seen.id))
        .map(|seen| &seen.id)
        .filter(|id| !result.removed.contains(id) && !others.contains(id))
        .collect();
    really.sort();
    // What another desired webhook ended with was dealt with there, unless somebody made it into this one.
    let reported: Vec<_> = result.duplicates.iter().filter(|id| !others.contains(id)).collect();
    if !reported.is_empty() {
        seen.push(Hazard::DuplicateReported);
    }
    let is_there = matches!(
        result.state,
        State::Delivering | State::Disabled(_) | State::Unverified(Unverified::NotTold)
    );
    if hides_identity(hides) || !is_there {
        assert!(
            reported.iter().all(|id| list.get(id).is_some_and(|seen| case.may_be(seen, hides))),
            "{result:?}"
        );
        return;
    }
    assert_eq!(reported, really, "run {number}, {index}: the duplicates of {result:?}");
    // Of two, the one with the greater id goes, if its maker sees both.
    let own_ids = own(sim, number)
        .filter(|call| is_create(call) && call.is_heard)
        .filter_map(|call| call.made.as_ref());
    let written = run.memory.written.values().filter(|written| written.is_created);
    let held: Vec<_> = own_ids.chain(written.map(|written| &written.id)).collect();
    let has_better = |list: &List, id: &WebhookId| {
        list.get(id).is_some()
            && list.seen.iter().any(|other| {
                other.id < *id
                    && other.status == WebhookStatus::Enabled
                    && case.is(&other.truth)
                    && !others.contains(&&other.id)
            })
    };
    // What came up after the first list the next run deals with.
    let is_own = |id: &WebhookId| own(sim, number).any(|call| call.made.as_ref() == Some(id));
    let stays = |id: &&WebhookId| {
        held.contains(id)
            && has_better(list, id)
            && (is_own(id) || run.lists.first().is_some_and(|first| has_better(first, id)))
    };
    let deletes = own(sim, number)
        .filter(|call| matches!(call.request, Request::Delete(_)) && call.case == Some(index));
    let tried = deletes.count() > 0;
    let kept = run.options.keep_duplicates || hides == Some(Hidden::Status) || run.is_resolve || tried;
    let stay = reported.iter().copied().chain(result.id.as_ref()).find(stays);
    assert!(kept || stay.is_none(), "run {number}: a duplicate of its own stays: {stay:?} of {result:?}");
}

fn differences_are_so(sim: &Simulation, number: usize, index: usize, result: &Reconciled) {
    let run = &sim.runs[number];
    let case = &run.cases[index];
    let webhook = &case.webhook;
    let Some(id) = &result.id else { return };
    let shown = judged(run, index).and_then(|list| list.get(id)).map(|existing| &existing.shown);
    let is_own = own(sim, number)
        .any(|call| call.is_heard && call.case == Some(index) && call.made.as_ref() == Some(id));
    let is_made = own(sim, number).any(|call| call.is_heard && call.made.as_ref() == Some(id));
    let written = run.memory.written.get(id);
    let lists = || run.lists.iter().filter_map(|list| list.get(id)).map(|existing| &existing.shown);
    for difference in &result.differences {
        let (desired, found) = (difference.desired.as_deref(), difference.found.as_deref());
        match (difference.kind, &*difference.field) {
            (DifferenceKind::Differs, "description") => {
                assert!(
                    desired == webhook.given_description() && desired.is_some() && desired != found,
                    "{result:?}"
                );
                let was = run
                    .lists
                    .iter()
                    .filter_map(|list| list.get(id))
                    .any(|existing| existing.shown.description.as_deref() == found);
                assert!(was, "{result:?}");
            }
            // A mismatch is as it was when it was read back.
            (DifferenceKind::Differs, "event") => {
                let event = |shown: &Webhook| shown.event.as_ref().map(|event| event.as_str().to_owned());
                assert!(lists().any(|shown| event(shown).as_deref() == found), "{result:?}");
            }
            (DifferenceKind::Differs, "url") => {
                assert!(lists().any(|shown| shown.url.as_deref() == found), "{result:?}");
                assert_eq!(desired, Some(webhook.url().as_str()));
            }
            (DifferenceKind::Differs, "properties") => {
                assert_eq!(found, shown.and_then(|shown| shown.properties.as_deref()));
            }
            (DifferenceKind::Differs, field) => {
                if is_made {
                    continue;
                }
                let written = written.unwrap_or_else(|| panic!("{field} is not read: {result:?}"));
                let (had, wants) = match field {
                    "content_type" => (
                        written.content_type.to_string(),
                        webhook.given_content_type().map(|content_type| content_type.to_string()),
                    ),
                    "notify_on_failure" => (
                        written.notify_on_failure.to_string(),
                        webhook.given_notify_on_failure().map(|notify| notify.to_string()),
                    ),
                    _ => continue,
                };
                let is_so = found == Some(&*had) || found.is_none() && written.is_updating;
                assert!(is_so && desired == wants.as_deref() && desired != found, "{result:?}");
            }
            (DifferenceKind::NotObservable, _) => {
                assert!(!is_own, "what was just written is known: {result:?}");
            }
            (DifferenceKind::ReplacedUnseen, _) => assert_eq!(result.action, Action::Updated, "{result:?}"),
            (DifferenceKind::Ignored, field) => {
                let unknown = ["properties.AccountCode", "properties.Async", "properties.Own"];
                assert!(unknown.contains(&field), "{result:?}");
            }
        }
    }
    // And all of it: what can be read and differs is listed.
    if let Some(given) = webhook.given_description()
        && let Some(list) = judged(run, index)
        && let Some(existing) = list.get(id)
        && sim.world.server.hides != Some(Hidden::Description)
        && !matches!(result.state, State::Mismatch | State::Unverified(Unverified::Candidate))
        && !run.is_resolve
    {
        let is_listed = result.differences.iter().any(|difference| difference.field == "description");
        assert!(given == existing.description || is_listed, "{result:?} does not list the description");
    }
}

fn failed_so(sim: &Simulation, number: usize, index: usize, failed: &Failed<usize>, seen: &mut Vec<Hazard>) {
    let run = &sim.runs[number];
    let case = &run.cases[index];
    let context = || format!("run {number}, {index}: {failed:?}");
    let mine = || own(sim, number).filter(|call| call.case == Some(index));
    if let Some(error) = failed.error {
        let call = &sim.calls[error];
        assert!(call.run == number && (call.is_read() || call.case == Some(index)), "{}", context());
    }
    if let Some(id) = &failed.id {
        assert!(sim.world.get(id).is_some(), "{}", context());
    }
    if let Some(ticket) = &failed.ticket {
        assert_eq!(*ticket.identity(), Identity::of(&case.webhook), "{}", context());
        assert_eq!(failed.outcome, Outcome::Unknown, "{}", context());
    }
    match failed.why {
        FailedWhy::NotConfirmed => {
            seen.push(Hazard::NotConfirmed);
            assert!(failed.id.is_some() && failed.outcome == Outcome::Unknown, "{}", context());
            assert!(mine().any(|call| !call.is_read()), "{}", context());
        }
        FailedWhy::DuplicateNotShown => {
            seen.push(Hazard::DuplicateNotShown);
            assert_eq!(failed.outcome, Outcome::Refused, "{}", context());
        }
        FailedWhy::LostTooOften => {
            seen.push(Hazard::LostTooOften);
            assert_eq!(mine().filter(|call| is_create(call)).count(), MOST_CREATES, "{}", context());
        }
        FailedWhy::CodesUnknown => {
            seen.push(Hazard::CodesUnknown);
            let is_clean = failed.outcome == Outcome::NotSent || mine().any(|call| !call.is_read());
            assert!(case.is_disputed && failed.id.is_some() && is_clean, "{}", context());
        }
        FailedWhy::Call => {
            assert!(failed.error.is_some() || run.life == Life::Interrupted, "{}", context());
        }
    }
    if failed.outcome == Outcome::Unknown {
        let identity = Identity::of(&case.webhook);
        let open = run.memory.open.iter().map(|open| &open.ticket).chain(&run.options.tickets);
        let is_open = open.into_iter().any(|ticket| *ticket.identity() == identity);
        let is_unsure = mine().any(|call| !call.is_read() && (!call.is_heard || call.refused.is_none()));
        assert!(is_open || is_unsure, "all is known: {}", context());
        // Whoever is to look for it gets its ticket, or its id.
        let is_lost = mine().any(|call| is_create(call) && !call.is_heard);
        assert!(!is_lost || failed.ticket.is_some() || failed.id.is_some(), "{}", context());
    }
}

/// What the future must not refute.
fn claim_of(sim: &Simulation, number: usize, index: usize, result: &Reconciled) -> Option<Claim> {
    let run = &sim.runs[number];
    // A lost create that was taken for another's webhook may still come: nobody can tell.
    let is_anothers = result.id.as_ref().and_then(|id| sim.world.get(id)).is_some_and(|existing| {
        !creates_of(sim, number, index).any(|call| call.made.as_ref() == Some(&existing.id))
            && run.lists[0].get(&existing.id).is_none()
    });
    let is_lost =
        own(sim, number).any(|call| is_create(call) && call.case == Some(index) && call.fate == Fate::Lost);
    if is_lost && is_anothers {
        return None;
    }
    let named = result.id.iter().chain(&result.duplicates).chain(&result.removed).cloned().collect();
    Some(Claim { run: number, case: index, what: Claimed::Named(named) })
}

/// Once all has arrived: what runs said was so.
pub(crate) fn claims_hold(sim: &Simulation) {
    for claim in &sim.claims {
        let applied = own(sim, claim.run).filter(|call| call.case == Some(claim.case) && call.is_applied());
        for call in applied.filter(|call| !call.is_read()) {
            match &claim.what {
                // What a person took away was never there, for all that a run could see.
                Claimed::Nothing => {
                    let made = call.made.as_ref().and_then(|id| sim.world.get(id));
                    if hides_identity(sim.world.server.hides) {
                        continue;
                    }
                    let is_taken = made.is_some_and(|made| sim.takings.iter().any(|(_, id)| *id == made.id));
                    assert!(is_taken, "{claim:?}, and {call:?}");
                }
                Claimed::Named(named) => {
                    let Some(made) = &call.made else { continue };
                    let existing = sim.world.get(made).unwrap();
                    let is_taken = existing.gone_at.is_some() || existing.is_altered;
                    let cases = &sim.runs[claim.run].cases;
                    let is_anothers = !call.is_heard && cases.iter().any(|case| case.is(&existing.truth));
                    let is_taken = is_taken || is_anothers && !cases[claim.case].is(&existing.truth);
                    assert!(named.contains(made) || is_taken, "{claim:?} does not name {made}");
                }
            }
        }
    }
}

/// What a plan says before a run.
#[derive(Debug)]
pub(crate) struct Before {
    plan: Plan<usize>,
    memory: Memory,
    calls: usize,
}

impl Before {
    /// A plan of the account as it is, by the same options and the same memory.
    pub(crate) fn of(sim: &Simulation, number: usize) -> Self {
        let operator = &sim.operators[number];
        let memory = operator.store.as_ref().map(|store| store.memory.clone()).unwrap_or_default();
        let webhooks = operator.cases.iter().map(|case| case.webhook.clone()).collect();
        let (options, now) = sim.options_of(number);
        let mut machine = Reconciler::<usize>::new(webhooks, options, memory.clone());
        if machine.next(now) == Step::List {
            let seen: Vec<_> = sim.world.existing().map(|existing| existing.shown.clone()).collect();
            machine.listed(&seen, now);
        }
        Self { plan: machine.plan(), memory, calls: sim.calls.len() }
    }
}

/// A run in which nothing goes wrong does what its plan said, and ends with what can be had; one that follows such a run changes
/// nothing.
pub(crate) fn comes_to_rest(sim: &Simulation, number: usize, before: &Before, round: usize) {
    let run = &sim.runs[number];
    let operator = &sim.operators[run.operator];
    let finished = run.finished.as_ref().expect("it has ended");
    assert_eq!(run.life, Life::Finished);
    if finished.list_error.is_some() {
        // What the run itself made shows up page by page, and one by one.
        let server = &sim.world.server;
        let can_be = (server.cap.is_some() || server.refuses_above == Some(25)) && server.lag > 0;
        assert!(can_be, "nothing fails when all is calm");
        return;
    }
    let writes: Vec<_> = sim.calls[before.calls..].iter().filter(|call| !call.is_read()).collect();
    for (index, (case, (_, result))) in run.cases.iter().zip(&finished.webhooks).enumerate() {
        let context = || format!("run {number} of round {round}, {index} {:?}: {result:?}", case.webhook);
        let mine = |call: &&&Call| call.case == Some(index);
        let has = |is: fn(&Call) -> bool| writes.iter().filter(mine).any(|call| is(call));
        // Where a create may still show up, a plan cannot wait for it.
        let not_seen = State::Unverified(Unverified::NotSeen);
        if before.plan.webhooks[index].as_ref().is_ok_and(|planned| planned.state == not_seen) {
        } else if case.is_disputed && is_refuted(sim, number) {
            // It plans by the table that this run found out to be wrong.
        } else if let Ok(planned) = &before.plan.webhooks[index] {
            assert_eq!(planned.action == Action::Created, has(is_create), "plan {planned:?}, {}", context());
            let updates = |call: &Call| matches!(call.request, Request::Update(..));
            assert_eq!(planned.action == Action::Updated, has(updates), "plan {planned:?}, {}", context());
        } else {
            let is_delete = |call: &&&Call| matches!(call.request, Request::Delete(_));
            let others = writes.iter().filter(mine).filter(|call| !is_delete(call)).count();
            assert_eq!(others, 0, "{:?}, {}", before.plan, context());
        }
        // What this run made of another desired webhook by a wrong code came later.
        let of_another = |existing: &Existing| {
            own(sim, number).any(|call| call.made.as_ref() == Some(&existing.id) && call.case != Some(index))
        };
        let mut existing = sim.world.existing();
        let exists = existing.any(|existing| case.is(&existing.truth) && !of_another(existing));
        match result {
            Ok(result) => match result.state {
                State::Delivering | State::Disabled(_) => assert!(exists || sim.world.server.hides.is_some()),
                State::Mismatch => {
                    let server = &sim.world.server;
                    let altered = server.cut.is_some() || case.is_disputed || was_moved(sim, case);
                    assert!(
                        altered && (!exists || server.hides.is_some() || result.action == Action::Updated),
                        "{}",
                        context()
                    );
                }
                State::Unverified(Unverified::NotTold) => assert!(sim.world.server.hides.is_some()),
                State::Unverified(Unverified::Candidate) => {
                    assert!(!exists || sim.world.server.hides.is_some(), "{}", context());
                }
                State::Unverified(_) | State::Absent => panic!("{}", context()),
            },
            Err(failed) => {
                let can_be = match failed.why {
                    FailedWhy::Call => {
                        let hides = sim.world.server.hides.is_some();
                        let is_refused = failed.error.is_some_and(|error| sim.calls[error].refused.is_some());
                        is_refused && (exists == failed.id.is_some() || hides)
                    }
                    FailedWhy::DuplicateNotShown => !exists || sim.world.server.hides.is_some(),
                    FailedWhy::CodesUnknown => exists,
                    FailedWhy::NotConfirmed | FailedWhy::LostTooOften => false,
                };
                assert!(can_be, "{}", context());
            }
        }
        if let Some(store) = &operator.store
            && !run.options.keep_duplicates
            && sim.world.server.hides.is_none()
        {
            for id in store.memory.written.keys() {
                let Some(loser) = sim.world.get(id).filter(|loser| loser.gone_at.is_none()) else {
                    continue;
                };
                let mut results = finished.webhooks.iter().filter_map(|(_, result)| result.as_ref().ok());
                let is_anothers = results.any(|result| result.id.as_ref() == Some(id));
                let loses = case.is(&loser.truth)
                    && !is_anothers
                    && store.memory.written[id].is_created
                    && sim.world.existing().any(|other| {
                        case.is(&other.truth) && other.status == WebhookStatus::Enabled && other.id < loser.id
                    });
                assert!(!loses, "{} is a duplicate that the state holds, {}", loser.id, context());
            }
        }
    }
    let pruned: BTreeSet<_> = finished.pruned.iter().map(|(_, webhook, _)| &webhook.id).collect();
    let planned: BTreeSet<_> = before.plan.prune.iter().map(|webhook| &webhook.id).collect();
    let is_there = |result: &Reconciled| matches!(result.state, State::Delivering | State::Disabled(_));
    let all_there = finished.webhooks.iter().all(|(_, result)| result.as_ref().is_ok_and(is_there));
    let expected = if all_there { planned } else { BTreeSet::new() };
    assert_eq!(pruned, expected, "run {number}: what the plan shows is pruned");
    if round < 2 {
        return;
    }
    // At rest. Without a memory, what cannot be read is written anew each time where that was asked for, and what is made into
    // something else is made and rolled back each time.
    for call in writes {
        let result = &finished.webhooks[call.case.expect("nothing is left to prune")].1;
        let is_forgotten = operator.store.is_none();
        let excused = match (&call.request, result) {
            (_, Err(failed)) => failed.outcome == Outcome::Refused,
            (Request::Update(..), Ok(_)) => {
                (is_forgotten || run.options.seal.is_none()) && run.options.overwrite
            }
            (_, Ok(result)) => is_forgotten && result.state == State::Mismatch,
        };
        assert!(excused, "run {number} is not at rest: {call:?} {result:?}");
    }
    if let Some(store) = &operator.store {
        let (mut after, mut before) = (store.memory.clone(), before.memory.clone());
        let (open, was_open) = (std::mem::take(&mut after.open), std::mem::take(&mut before.open));
        assert_eq!(after, before, "a run at rest remembers nothing new");
        assert!(open.len() <= was_open.len(), "a run at rest leaves no create open");
    }
}

/// Whether a person took a webhook of this identity elsewhere, which looks like a create that was made into something else.
fn was_moved(sim: &Simulation, case: &Case) -> bool {
    sim.world.all.iter().any(|existing| existing.is_altered && existing.truth.properties == case.properties)
}
