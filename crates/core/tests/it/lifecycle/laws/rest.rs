//! Laws after the faults have ended: a run does what its plan says and reaches the desired state
//! where possible, and a following run changes nothing.

use std::collections::BTreeSet;

use leadsquared_webhooks_core::{
    Action, Outcome, Reconciled, State, Unverified, WebhookId, WebhookStatus,
    reconcile::{CodeTable, Failed, FailedWhy, Finished, Memory, Plan, Reconciler, Step},
};

use super::{is_create, is_kept, is_proven, is_refuted, own};
use crate::lifecycle::{
    cases::Case,
    run::{Call, Life, Request, Simulation},
    world::Existing,
};

/// The plan before a run.
#[derive(Debug)]
pub(crate) struct Before {
    plan: Plan<usize>,
    memory: Memory,
    calls: usize,
}

impl Before {
    /// Plans the account as it is, with the same options and the same memory.
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

/// A run without faults does what its plan said and reaches the desired state where possible; a run
/// that follows such a run changes nothing.
pub(crate) fn comes_to_rest(sim: &Simulation, number: usize, before: &Before, round: usize) {
    let run = &sim.runs[number];
    let finished = run.finished.as_ref().expect("it has ended");
    assert_eq!(run.life, Life::Finished);
    if finished.list_error.is_some() {
        // The run's own webhooks become visible page by page, one at a time.
        let server = &sim.world.server;
        let can_be = (server.cap.is_some() || server.refuses_above.is_some()) && server.lag > 0;
        assert!(can_be, "nothing fails when all is calm");
        return;
    }
    let writes: Vec<_> = sim.calls[before.calls..].iter().filter(|call| !call.is_read()).collect();
    for (index, (_, result)) in finished.webhooks.iter().enumerate() {
        let mine: Vec<_> = writes.iter().copied().filter(|call| call.case == Some(index)).collect();
        does_as_planned(sim, number, index, before, &mine);
        ends_well(sim, number, index, result);
        removes_what_it_holds(sim, number, &run.cases[index], finished);
    }
    let pruned: BTreeSet<_> = finished.pruned.iter().map(|(_, webhook, _)| &webhook.id).collect();
    // A webhook that the run removed as a duplicate no longer exists.
    let removed = |id: &WebhookId| {
        finished
            .webhooks
            .iter()
            .any(|(_, result)| result.as_ref().is_ok_and(|result| result.removed.contains(id)))
    };
    let planned = before.plan.prune.iter().map(|webhook| &webhook.id);
    let planned: BTreeSet<_> = planned.filter(|id| !removed(id)).collect();
    let expected = if are_all_there(finished) { planned } else { BTreeSet::new() };
    assert_eq!(pruned, expected, "run {number}: what the plan shows is pruned");
    if round == 2 {
        is_at_rest(sim, number, finished, before, &writes);
    }
}

fn are_all_there(finished: &Finished<usize>) -> bool {
    let is_there = |result: &Reconciled| matches!(result.state, State::Delivering | State::Disabled(_));
    finished.webhooks.iter().all(|(_, result)| result.as_ref().is_ok_and(is_there))
}

fn does_as_planned(sim: &Simulation, number: usize, index: usize, before: &Before, mine: &[&Call]) {
    let context = || format!("run {number}, {index}: {:?}, and {mine:?}", before.plan.webhooks[index]);
    let is_update = |call: &&Call| matches!(call.request, Request::Update(..));
    let (creates, updates) = (mine.iter().any(|call| is_create(call)), mine.iter().any(is_update));
    let run = &sim.runs[number];
    let case = &run.cases[index];
    let tables = [CodeTable::Holds(run.codes), CodeTable::Fails(run.codes)];
    let was_known = run.memory.codes.is_some_and(|table| tables.contains(&table));
    let is_known = is_refuted(sim, number) || is_proven(sim, number);
    if case.is_disputed && is_known && !was_known {
        // The plan was made before this run learned about the table of codes.
        return;
    }
    let satisfies = |call: &Call| {
        call.case != Some(index)
            && call.made.as_ref().and_then(|id| sim.world.get(id)).is_some_and(|made| case.is(&made.truth))
    };
    if own(sim, number).any(satisfies) {
        // A server that alters webhooks turned another desired webhook into this one.
        return;
    }
    match &before.plan.webhooks[index] {
        // A plan cannot wait for a create that may still show up.
        Ok(planned) if planned.state == State::Unverified(Unverified::NotSeen) => {}
        Ok(planned) => {
            assert_eq!(planned.action == Action::Created, creates, "{}", context());
            assert_eq!(planned.action == Action::Updated, updates, "{}", context());
        }
        Err(_) => assert!(!creates && !updates, "{}", context()),
    }
}

fn ends_well(sim: &Simulation, number: usize, index: usize, result: &Result<Reconciled, Failed<usize>>) {
    let (case, server) = (&sim.runs[number].cases[index], &sim.world.server);
    let context = || format!("run {number}, {index} {:?}: {result:?}", case.webhook);
    // What this run wrote for another desired webhook, with a wrong code, came later.
    let of_another = |existing: &Existing| {
        own(sim, number).filter(|call| call.case != Some(index)).any(|call| match &call.request {
            Request::Update(id, _) => *id == existing.id,
            _ => call.made.as_ref() == Some(&existing.id),
        })
    };
    let of_it = || sim.world.existing().filter(|existing| case.is(&existing.truth));
    let run = &sim.runs[number];
    let exists = of_it().any(|existing| !of_another(existing) && !is_kept(run, &existing.id));
    let hides = server.hides.is_some();
    let can_be = match result {
        Ok(result) => match result.state {
            State::Delivering | State::Disabled(_) => of_it().next().is_some() || hides,
            State::Mismatch => {
                let is_altered = server.cut.is_some() || case.is_disputed || was_moved(sim, case);
                // A webhook that is as desired is not updated if an update was seen to turn it into
                // another one.
                let updates_none = result.action == Action::Withheld
                    && result.duplicates.iter().any(|id| of_it().any(|existing| existing.id == *id));
                is_altered && (!exists || hides || result.action == Action::Updated || updates_none)
            }
            State::Unverified(Unverified::NotReported) => hides,
            State::Unverified(Unverified::Candidate) => !exists || hides,
            State::Unverified(_) | State::Absent => false,
        },
        Err(failed) => match failed.why {
            FailedWhy::Call => {
                let is_refused = failed.error.is_some_and(|error| sim.calls[error].refused.is_some());
                is_refused && (exists == failed.id.is_some() || hides)
            }
            FailedWhy::DuplicateNotShown => !exists || hides,
            FailedWhy::CodesUnknown => of_it().next().is_some(),
            FailedWhy::NotConfirmed | FailedWhy::LostTooOften => false,
        },
    };
    assert!(can_be, "{}", context());
}

/// No duplicate remains that the state says a run created, if a webhook with a lesser ID delivers.
fn removes_what_it_holds(sim: &Simulation, number: usize, case: &Case, finished: &Finished<usize>) {
    let run = &sim.runs[number];
    let Some(store) = &sim.operators[run.operator].store else { return };
    if run.options.keep_duplicates || sim.world.server.hides.is_some() {
        return;
    }
    for written in store.memory.written.values().filter(|written| written.is_created) {
        let mut held = finished.webhooks.iter().map(|(_, result)| match result {
            Ok(result) => result.id.as_ref(),
            Err(failed) => failed.id.as_ref(),
        });
        let is_anothers = held.any(|id| id == Some(&written.id));
        let is_there = |id: &WebhookId| {
            sim.world.existing().any(|existing| existing.id == *id && case.is(&existing.truth))
        };
        let is_better = |other: &Existing| {
            case.is(&other.truth)
                && other.status == WebhookStatus::Enabled
                && other.id < written.id
                && !is_kept(run, &other.id)
        };
        let is_kept = is_kept(run, &written.id);
        let stays = is_there(&written.id) && !is_anothers && !is_kept && sim.world.existing().any(is_better);
        assert!(!stays, "run {number} leaves {}, which its state says it created", written.id);
    }
}

/// Without a memory, a run rewrites what it cannot read (if `overwrite` is set), and creates and
/// rolls back each mismatch again. It sends nothing else, and remembers nothing new.
fn is_at_rest(
    sim: &Simulation,
    number: usize,
    finished: &Finished<usize>,
    before: &Before,
    writes: &[&Call],
) {
    let run = &sim.runs[number];
    let store = &sim.operators[run.operator].store;
    // With two operators, each may change what the other has left.
    let others =
        sim.calls[..before.calls].iter().rev().take_while(|call| sim.runs[call.run].operator != run.operator);
    if others.filter(|call| !call.is_read()).any(Call::is_applied) {
        return;
    }
    // A candidate ceases to be one once another desired webhook has taken it and written its URL in
    // another spelling.
    let earlier = sim.operators[run.operator].runs.iter().rev().nth(1);
    let earlier = earlier.and_then(|earlier| sim.runs[*earlier].finished.as_ref());
    let is_in = |finished: &Finished<usize>, state| {
        let is_so = |(_, result): &(_, Result<Reconciled, _>)| {
            result.as_ref().is_ok_and(|result| result.state == state)
        };
        finished.webhooks.iter().any(is_so)
    };
    let candidate = State::Unverified(Unverified::Candidate);
    let was_candidate =
        earlier.is_some_and(|earlier| is_in(earlier, candidate) && earlier.webhooks != finished.webhooks);
    // Without a memory, a webhook that an update turned into another one is treated like any other.
    let was_broken = store.is_none() && earlier.is_some_and(|earlier| is_in(earlier, State::Mismatch));
    // A refused create is sent again.
    let was_refused =
        earlier.is_some_and(|earlier| earlier.webhooks.iter().any(|(_, result)| result.is_err()));
    if was_candidate || was_broken || was_refused {
        return;
    }
    // A prune waits until every desired webhook exists.
    let was_held_back = earlier.is_some_and(|earlier| !are_all_there(earlier));
    for call in writes.iter().filter(|call| call.case.is_some() || !was_held_back) {
        let result = &finished.webhooks[call.case.expect("nothing is left to prune")].1;
        let is_excused = match (&call.request, result) {
            (_, Err(failed)) => failed.outcome == Outcome::Refused,
            (Request::Update(..), Ok(_)) => {
                (store.is_none() || run.options.seal.is_none()) && run.options.overwrite
            }
            (_, Ok(result)) => store.is_none() && result.state == State::Mismatch,
        };
        assert!(is_excused, "run {number} is not at rest: {call:?} {result:?}");
    }
    if let Some(store) = store {
        let (mut after, mut before) = (store.memory.clone(), before.memory.clone());
        let (open, was_open) = (std::mem::take(&mut after.open), std::mem::take(&mut before.open));
        assert_eq!(after, before, "a run at rest remembers nothing new");
        assert!(open.len() <= was_open.len(), "a run at rest leaves no create open");
    }
}

/// Returns whether a person moved a webhook with the same properties elsewhere, which looks like an
/// altered create.
fn was_moved(sim: &Simulation, case: &Case) -> bool {
    sim.world.all.iter().any(|existing| existing.is_altered && existing.truth.properties == case.properties)
}
