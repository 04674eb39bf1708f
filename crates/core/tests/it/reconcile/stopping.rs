//! The outcome of a run is a fold over its calls: a run reports what happened, however it ends.

use leadsquared_webhooks_core::{
    Outcome, Webhook,
    reconcile::{Action, CreateEnd, FailedWhy, Memory, ReconcileOptions, State, Step},
};

use super::account::{Ended, Run, id, ids, lead, lost, options, shown, start, with_description, wrote};

fn both() -> [Webhook; 2] {
    [shown("1", &lead("a")), shown("2", &lead("a"))]
}

fn searching() -> Run {
    Run::one(&lead("a"), options(), Memory::default())
}

fn created(text: &str) -> Run {
    searching().lists(&[]).creates(0, CreateEnd::Created(id(text)))
}

fn updated() -> Run {
    let new = with_description(&lead("a"), "new");
    let run = Run::one(&new, options(), wrote(&[("1", &lead("a"))])).lists(&[shown("1", &lead("a"))]);
    run.updates(0, "1", Ok(()))
}

fn only(ended: Vec<Ended>) -> leadsquared_webhooks_core::reconcile::Failed<&'static str> {
    assert_eq!(ended.len(), 1);
    ended.into_iter().next().unwrap().unwrap_err()
}

#[test]
fn a_list_that_fails_ends_the_run_and_leaves_known_what_is_known() {
    use FailedWhy::{Call, NotConfirmed};
    use Outcome::{NotSent, Refused, Unknown};
    let second = || created("2").lists(&both());
    let deleted = |outcome| second().lists(&both()).deletes("2", Err(("no", outcome)));
    let own_duplicate = || Run::one(&lead("a"), options(), wrote(&[("2", &lead("a"))])).lists(&both());
    for (what, run, why, outcome, named, has_ticket) in [
        ("nothing was done", searching(), Call, NotSent, None, false),
        ("a create was lost", searching().lists(&[]).loses_create(0), Call, Unknown, None, true),
        (
            "one of an earlier run was",
            Run::one(&lead("a"), options(), lost(&lead("a"), &[])),
            Call,
            Unknown,
            None,
            true,
        ),
        ("it was created", created("1"), NotConfirmed, Unknown, Some("1"), true),
        ("it was created and not seen", created("1").lists(&[]), NotConfirmed, Unknown, Some("1"), true),
        ("it was updated", updated(), NotConfirmed, Unknown, Some("1"), false),
        ("a duplicate was seen", second(), NotConfirmed, Unknown, Some("2"), false),
        ("its delete was refused", deleted(Refused), NotConfirmed, Unknown, Some("1"), false),
        ("its delete was lost", deleted(Unknown), NotConfirmed, Unknown, Some("1"), false),
        ("an earlier run's duplicate was seen", own_duplicate(), Call, NotSent, Some("1"), false),
        (
            "and its delete refused",
            own_duplicate().lists(&both()).deletes("2", Err(("no", Refused))),
            Call,
            NotSent,
            Some("1"),
            false,
        ),
        (
            "and its delete lost",
            own_duplicate().lists(&both()).deletes("2", Err(("no", Unknown))),
            NotConfirmed,
            Unknown,
            Some("1"),
            false,
        ),
        (
            "a duplicate was refused",
            searching().lists(&[]).creates(0, CreateEnd::Duplicate("there is one")),
            Call,
            Refused,
            None,
            false,
        ),
    ] {
        let failed = only(run.fails_to_list(Outcome::NotSent).ends());
        assert_eq!((failed.why, failed.outcome), (why, outcome), "{what}");
        assert_eq!((failed.id, failed.ticket.is_some()), (named.map(id), has_ticket), "{what}");
        assert!(failed.error.is_some(), "{what}");
    }
}

#[test]
fn a_list_that_was_lost_changed_nothing_and_one_that_was_refused_says_so() {
    for (list, outcome) in [
        (Outcome::Unknown, Outcome::NotSent),
        (Outcome::NotSent, Outcome::NotSent),
        (Outcome::Refused, Outcome::Refused),
    ] {
        let finished = searching().fails_to_list(list).finish();
        assert_eq!(finished.list_error, Some("no list"));
        assert_eq!(finished.webhooks[0].1.as_ref().unwrap_err().outcome, outcome, "{list:?}");
    }
}

#[test]
fn a_mismatch_whose_rollback_is_not_known_is_a_mismatch_with_its_id() {
    let cut = Webhook { url: Some("https://example.com/".to_owned()), ..shown("1", &lead("a")) };
    let run = created("1").lists(std::slice::from_ref(&cut)).deletes("1", Err(("no", Outcome::Unknown)));
    let result = run.fails_to_list(Outcome::NotSent).ends().remove(0).unwrap();
    assert_eq!((result.action, result.state, result.id), (Action::Created, State::Mismatch, Some(id("1"))));
    assert_eq!(result.differences.len(), 1);
}

#[test]
fn what_is_in_flight_when_a_run_is_stopped_may_have_been_applied() {
    let creating = searching().lists(&[]).sends_create(0);
    let failed = creating.machine.finish().webhooks.remove(0).1.unwrap_err();
    assert_eq!((failed.outcome, failed.error), (Outcome::Unknown, None));
    assert_eq!(failed.ticket.unwrap().sent_at(), start());
    let new = with_description(&lead("a"), "new");
    let mut updating =
        Run::one(&new, options(), wrote(&[("1", &lead("a"))])).lists(&[shown("1", &lead("a"))]);
    let planned = updating.machine.clone().finish().webhooks.remove(0).1.unwrap_err();
    assert_eq!((planned.outcome, planned.id), (Outcome::NotSent, Some(id("1"))));
    assert!(matches!(updating.step(), Step::Update(..)));
    let failed = updating.machine.finish().webhooks.remove(0).1.unwrap_err();
    assert_eq!((failed.outcome, failed.id), (Outcome::Unknown, Some(id("1"))));
    let mut deleting = created("2").lists(&both()).lists(&both());
    assert!(matches!(deleting.step(), Step::Delete(..)));
    let failed = deleting.machine.finish().webhooks.remove(0).1.unwrap_err();
    assert_eq!((failed.why, failed.outcome), (FailedWhy::NotConfirmed, Outcome::Unknown));
    assert_eq!(failed.id, Some(id("1")));
}

#[test]
fn what_waits_for_its_turn_when_the_list_fails_is_not_sent() {
    let mut run = Run::new(&[lead("a"), lead("b")], options(), Memory::default()).lists(&[]).sends_create(0);
    run.machine.list_failed(&"stopped", Outcome::NotSent);
    assert_eq!(run.step(), Step::Idle, "what was sent is waited for");
    let run = run.created(0, CreateEnd::Created(id("1")));
    let mut run = run;
    assert_eq!(run.step(), Step::List);
    run.machine.list_failed(&"stopped", Outcome::NotSent);
    let ended = run.ends();
    assert_eq!(ended[0].as_ref().unwrap_err().id, Some(id("1")));
    assert_eq!(ended[1].as_ref().unwrap_err().outcome, Outcome::NotSent);
}

#[test]
fn what_a_stopped_run_removed_is_reported() {
    let run = created("2").lists(&both()).lists(&both()).deletes("2", Ok(()));
    let failed = only(run.fails_to_list(Outcome::NotSent).ends());
    assert_eq!(
        (failed.why, failed.outcome, failed.id),
        (FailedWhy::NotConfirmed, Outcome::Unknown, Some(id("1")))
    );
    let keeping = ReconcileOptions { keep_duplicates: true, ..options() };
    let run = Run::one(&lead("a"), keeping, wrote(&[("2", &lead("a"))])).lists(&both());
    assert_eq!(run.ends_well().removed, ids(&[]));
}

#[test]
fn a_duplicate_that_was_removed_is_no_longer_what_a_stopped_run_names() {
    let all = ["1", "5", "9"].map(|text| shown(text, &lead("a")));
    let run = Run::one(&lead("a"), options(), wrote(&[("5", &lead("a"))])).lists(&[]);
    let run = run.creates(0, CreateEnd::Created(id("9"))).lists(&all).lists(&all).deletes("9", Ok(()));
    let failed = only(run.lists(&all[..2]).fails_to_list(Outcome::NotSent).ends());
    assert_eq!(failed.id, Some(id("1")));
}

#[test]
fn a_run_that_is_stopped_while_it_removes_reports_what_it_removed_before() {
    let run = created("9").lists(&[shown("1", &lead("a")), shown("9", &lead("a"))]);
    let run = run.lists(&[shown("1", &lead("a")), shown("9", &lead("a"))]).deletes("9", Ok(()));
    // The other one is gone as well, and the webhook created again is altered.
    let altered = Webhook { url: Some("https://example.com/".to_owned()), ..shown("7", &lead("a")) };
    let run = run.lists(&[]).creates(0, CreateEnd::Created(id("7"))).lists(&[altered]);
    let (_, result) = run.machine.finish().webhooks.remove(0);
    let result = result.unwrap();
    assert_eq!((result.state, result.id, result.removed), (State::Mismatch, Some(id("7")), ids(&["9"])));
}

#[test]
fn a_duplicate_of_an_earlier_run_whose_delete_was_not_heard_of_leaves_the_run_unknown() {
    let mut run = Run::one(&lead("a"), options(), wrote(&[("2", &lead("a"))])).lists(&both()).lists(&both());
    assert!(matches!(run.step(), Step::Delete(_, gone) if gone == id("2")));
    let (_, result) = run.machine.finish().webhooks.remove(0);
    let failed = result.unwrap_err();
    assert_eq!(
        (failed.why, failed.outcome, failed.id),
        (FailedWhy::NotConfirmed, Outcome::Unknown, Some(id("1")))
    );
}

#[test]
fn what_is_reported_of_another_job_or_twice_changes_nothing() {
    let mut run = created("1");
    let (job, now) = (run.job(0), run.now);
    run.machine.updated(job, Ok(()), now);
    run.machine.deleted(job, Ok(()));
    let result = run.lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!(result.action, Action::Created);
}

#[test]
fn what_is_sent_when_the_list_fails_still_ends_by_its_answer() {
    let mut run = searching().lists(&[]).sends_create(0);
    run.machine.list_failed(&"stopped", Outcome::NotSent);
    assert_eq!(run.machine.ended(), 0);
    let run = run.created(0, CreateEnd::Failed { error: "no", outcome: Outcome::Refused });
    assert!(
        matches!(run.machine.result(run.job(0)), Some(Err(failed)) if failed.outcome == Outcome::Refused)
    );
}
