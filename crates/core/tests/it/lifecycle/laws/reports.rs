//! Laws at the end of a run: every report is true.

use leadsquared_webhooks_core::{
    Action, DifferenceKind, Outcome, Reconciled, State, Unverified, Webhook, WebhookId, WebhookStatus,
    reconcile::{Failed, FailedWhy, Finished},
};

use super::{
    MOST_CREATES, creates_of, hides_identity, is_create, is_kept, is_refuted, judged, known_creates, own,
};
use crate::lifecycle::{
    hazards::Hazard,
    run::{Call, Fate, Life, List, Request, Simulation},
    world::{Existing, Hidden},
};

/// A claim of a run that only later events can refute.
#[derive(Debug)]
pub(crate) struct Claim {
    run: usize,
    case: usize,
    what: Claimed,
}

#[derive(Debug)]
enum Claimed {
    /// No create of this desired webhook was applied.
    Nothing,
    /// Every webhook that was created has one of these IDs.
    Named(Vec<WebhookId>),
}

/// Every report is true.
pub(crate) fn reports(sim: &mut Simulation, number: usize, finished: &Finished<usize>) {
    let run = &sim.runs[number];
    assert_eq!(finished.webhooks.len(), run.cases.len(), "each desired webhook has a result");
    assert_eq!(finished.webhooks.iter().map(|(job, _)| *job).collect::<Vec<_>>(), run.jobs);
    let mut seen = Vec::new();
    let mut claims = Vec::new();
    for (index, (_, result)) in finished.webhooks.iter().enumerate() {
        match result {
            Ok(result) => {
                // A webhook that another desired one ended with is not a duplicate of this one.
                let others = finished.webhooks.iter().enumerate().filter(|(other, _)| *other != index);
                let candidate = State::Unverified(Unverified::Candidate);
                let others = others.flat_map(|(_, (_, result))| match result {
                    Ok(other) if other.state == candidate => [].iter().chain(&[]),
                    Ok(other) => other.id.as_slice().iter().chain(&other.removed),
                    Err(failed) => failed.id.as_slice().iter().chain(&[]),
                });
                let others: Vec<_> = others.collect();
                all_deletes_are_reported(sim, number, index, result);
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
    // In one list, a webhook satisfies at most one desired webhook.
    let is_sure = |result: &&Reconciled| {
        !matches!(result.state, State::Mismatch | State::Unverified(Unverified::Candidate))
    };
    let ids: Vec<_> = finished
        .webhooks
        .iter()
        .zip(&run.judged)
        .filter_map(|((_, result), judged)| {
            Some((judged, result.as_ref().ok().filter(is_sure)?.id.as_ref()?))
        })
        .collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{id:?} satisfies two desired webhooks");
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
        let is_desired = run.cases.iter().any(|case| case.identity == *open.ticket.identity());
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
    for hazard in seen {
        sim.hazards.count(hazard);
    }
}

/// Everything that a regularly ended run wrote is in its state.
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
            let identity = &run.cases[case].identity;
            let remembered = store.memory.mismatches.iter().find(|note| note.desired == *identity);
            let remembered = remembered.expect("a mismatch is remembered");
            assert_eq!(remembered.id, result.id, "what stayed of it is remembered");
        }
    }
    for (case, (_, result)) in run.cases.iter().zip(&finished.webhooks) {
        let identity = &case.identity;
        let is_open = store.memory.open.iter().any(|open| open.ticket.identity() == identity);
        if let Err(Failed { ticket: Some(_), .. }) = result {
            assert!(is_open, "a create whose outcome is unknown stays open");
        }
    }
}

/// A result names every webhook that the run deleted for it, however the run ends.
fn all_deletes_are_reported(sim: &Simulation, number: usize, index: usize, result: &Reconciled) {
    let mine = own(sim, number).filter(|call| call.case == Some(index));
    for call in mine.filter(|call| call.is_heard && call.is_applied()) {
        if let Request::Delete(id) = &call.request {
            assert!(result.removed.contains(id), "run {number}, {index}: {id} was deleted: {result:?}");
        }
    }
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
            // After a lost answer, nobody can distinguish a webhook that appeared since from the
            // run's own.
            let is_new = |call: &Call| {
                let mut before = run.lists.iter().filter(|list| list.asked <= call.listed);
                call.fate == Fate::Lost && before.all(|list| list.get(result.id.as_ref().unwrap()).is_none())
            };
            assert!(is_made || creates().any(is_new), "{}", context());
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
            assert_eq!(result.state, State::Mismatch, "{}", context());
            assert!(!run.options.keep_mismatch && result.id.is_none() && !result.removed.is_empty());
            // Duplicates may have been deleted earlier, before a person took the remaining webhook
            // out of service.
            assert!(creates().any(|call| call.made.as_ref() == result.removed.last()), "{}", context());
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
            let is_reported = !matches!(hides, Some(Hidden::Event | Hidden::Url | Hidden::Status));
            assert!(is_reported || matches!(result.state, State::Disabled(_)), "{}", context());
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
        State::Unverified(Unverified::NotReported) => {
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
            let identity = &case.identity;
            let is_open = run.memory.open.iter().any(|open| open.ticket.identity() == identity);
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
            let identity = &case.identity;
            let remembered = run.memory.mismatches.iter().any(|note| note.desired == *identity);
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

/// The list's other webhooks of the same identity are reported, and no more.
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
        .filter(|id| !result.removed.contains(id) && !others.contains(id) && !is_kept(run, id))
        .collect();
    really.sort();
    // A webhook that another desired one ended with was handled there, unless someone turned it
    // into this one.
    let reported: Vec<_> = result.duplicates.iter().filter(|id| !others.contains(id)).collect();
    if !reported.is_empty() {
        seen.push(Hazard::DuplicateReported);
    }
    let is_there = matches!(
        result.state,
        State::Delivering | State::Disabled(_) | State::Unverified(Unverified::NotReported)
    );
    if hides_identity(hides) || !is_there {
        assert!(
            reported.iter().all(|id| list.get(id).is_some_and(|seen| case.may_be(seen, hides))),
            "{result:?}"
        );
        return;
    }
    // A mismatch can be reported by any result once the run has created the desired webhook in its
    // place.
    let of_nobody_else: Vec<_> = reported.iter().copied().filter(|id| !is_kept(run, id)).collect();
    assert_eq!(of_nobody_else, really, "run {number}, {index}: the duplicates of {result:?}");
    // Of two duplicates, the one with the greater ID is deleted, if its creator sees both.
    let own_ids = own(sim, number)
        .filter(|call| is_create(call) && call.is_heard)
        .filter_map(|call| call.made.as_ref());
    let written = run.memory.written.values().filter(|written| written.is_created);
    let held: Vec<_> = own_ids.chain(written.map(|written| &written.id)).collect();
    let has_better = |list: &List, id: &WebhookId| {
        list.get(id).is_some_and(|seen| case.is(&seen.truth))
            && list.seen.iter().any(|other| {
                other.id < *id
                    && other.status == WebhookStatus::Enabled
                    && case.is(&other.truth)
                    && !others.contains(&&other.id)
                    && !is_kept(run, &other.id)
            })
    };
    // The next run handles what appeared after the first list.
    let is_altered = |id: &WebhookId| sim.world.get(id).is_some_and(|existing| existing.is_altered);
    let is_own =
        |id: &WebhookId| own(sim, number).any(|call| call.made.as_ref() == Some(id)) && !is_altered(id);
    let stays = |id: &&WebhookId| {
        held.contains(id)
            && has_better(list, id)
            && (is_own(id) || run.lists.iter().all(|list| has_better(list, id)))
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
    // Written by this run, possibly for another desired webhook.
    let is_made = own(sim, number).any(|call| {
        let is_updated = matches!(&call.request, Request::Update(other, _) if other == id);
        call.is_heard && (call.made.as_ref() == Some(id) || is_updated && call.case != Some(index))
    });
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
            // A mismatch is reported as it was read back.
            (DifferenceKind::Differs, "event") => {
                let event = |shown: &Webhook| shown.event.as_ref().map(|event| event.as_str().to_owned());
                assert!(lists().any(|shown| event(shown).as_deref() == found), "{result:?}");
            }
            (DifferenceKind::Differs, "url") => {
                assert!(lists().any(|shown| shown.url.as_deref() == found), "{result:?}");
                // A ticket holds the URL as it was sent.
                let ticket = run.options.tickets.first().filter(|_| run.is_resolve);
                let url = ticket.map_or(webhook.url().as_str(), |ticket| ticket.identity().url());
                assert_eq!(desired, Some(url));
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
    // The differences are complete: what can be read and differs is listed.
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
        assert_eq!(*ticket.identity(), case.identity, "{}", context());
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
        let identity = &case.identity;
        let open = run.memory.open.iter().map(|open| &open.ticket).chain(&run.options.tickets);
        let is_open = open.into_iter().any(|ticket| ticket.identity() == identity);
        let is_unsure = mine().any(|call| !call.is_read() && (!call.is_heard || call.refused.is_none()));
        assert!(is_open || is_unsure, "all is known: {}", context());
        // The result has a ticket or an ID with which a lost create can be found.
        let is_lost = mine().any(|call| is_create(call) && !call.is_heard);
        assert!(!is_lost || failed.ticket.is_some() || failed.id.is_some(), "{}", context());
    }
}

/// Returns the claim that later events must not refute.
fn claim_of(sim: &Simulation, number: usize, index: usize, result: &Reconciled) -> Option<Claim> {
    // If another webhook satisfies the desired one, a lost create may still arrive.
    let is_own = creates_of(sim, number, index).any(|call| call.made.is_some() && call.made == result.id);
    let is_lost = creates_of(sim, number, index).any(|call| call.fate == Fate::Lost);
    if is_lost && result.id.is_some() && !is_own {
        return None;
    }
    let named = result.id.iter().chain(&result.duplicates).chain(&result.removed).cloned().collect();
    Some(Claim { run: number, case: index, what: Claimed::Named(named) })
}

/// After all calls have arrived: the claims of the runs are true.
pub(crate) fn claims_hold(sim: &Simulation) {
    for claim in &sim.claims {
        let applied = own(sim, claim.run).filter(|call| call.case == Some(claim.case) && call.is_applied());
        for call in applied.filter(|call| !call.is_read() && !is_untraceable(sim, claim, call)) {
            match &claim.what {
                Claimed::Nothing => panic!("{claim:?}, and {call:?}"),
                Claimed::Named(named) => {
                    let is_named = call.made.as_ref().is_none_or(|made| named.contains(made));
                    assert!(is_named, "{claim:?} does not name what {call:?} made");
                }
            }
        }
    }
}

/// Returns whether no list could reveal what happened to a call: its answer was lost, and someone
/// took what it created out of service, or the server turned it into what another desired webhook
/// asks for, or hides what distinguishes them.
fn is_untraceable(sim: &Simulation, claim: &Claim, call: &Call) -> bool {
    let Some(made) = call.made.as_ref().and_then(|id| sim.world.get(id)) else { return false };
    let cases = &sim.runs[claim.run].cases;
    // A run that reports that nothing was done has not deleted it again.
    let deleted =
        own(sim, claim.run).any(|call| matches!(&call.request, Request::Delete(id) if *id == made.id));
    let is_taken = sim.takings.iter().any(|(_, id)| *id == made.id)
        || made.gone_at.is_some() && (!deleted || matches!(claim.what, Claimed::Named(_)));
    let is_anothers = !cases[claim.case].is(&made.born) && cases.iter().any(|case| case.is(&made.born));
    is_taken && (!call.is_heard || matches!(claim.what, Claimed::Named(_)))
        || !call.is_heard && (is_anothers || hides_identity(sim.world.server.hides))
}
