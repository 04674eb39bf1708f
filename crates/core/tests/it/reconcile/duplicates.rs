//! A run removes the duplicates that it caused itself.

use leadsquared_webhooks_core::{
    Outcome, Webhook,
    reconcile::{Action, CreateEnd, Memory, Note, ReconcileOptions, State, Step},
};

use super::account::{Run, disabled, id, ids, lead, options, shown, with_header, wrote};

fn creating(text: &str, options: ReconcileOptions) -> Run {
    let run = Run::one(&lead("a"), options, Memory::default()).lists(&[]);
    run.creates(0, CreateEnd::Created(id(text)))
}

fn both() -> [Webhook; 2] {
    [shown("1", &lead("a")), shown("2", &lead("a"))]
}

#[test]
fn who_created_the_one_with_the_greater_id_removes_it_after_another_list() {
    let run = creating("2", options()).lists(&both()).lists(&both()).deletes("2", Ok(()));
    assert!(matches!(run.notes.last(), Some(Note::Forgot(gone)) if *gone == id("2")));
    let result = run.lists(&both()[..1]).ends_well();
    assert_eq!((result.action, result.id), (Action::Existed, Some(id("1"))));
    assert_eq!((result.duplicates, result.removed), (ids(&[]), ids(&["2"])));
}

#[test]
fn who_created_the_one_with_the_least_id_removes_nothing() {
    let result = creating("1", options()).lists(&both()).ends_well();
    assert_eq!((result.action, result.id, result.removed), (Action::Created, Some(id("1")), ids(&[])));
    assert_eq!(result.duplicates, ids(&["2"]));
}

#[test]
fn a_duplicate_stays_where_that_is_asked_for_or_the_other_does_not_deliver() {
    let [one, two] = both();
    let keeping = ReconcileOptions { keep_duplicates: true, ..options() };
    for (options, seen) in [
        (keeping, [one.clone(), two.clone()]),
        (options(), [disabled(one.clone()), two.clone()]),
        (options(), [Webhook { event: None, ..one.clone() }, two.clone()]),
        (options(), [Webhook { status: None, ..one }, two]),
    ] {
        let result = creating("2", options).lists(&seen).ends_well();
        assert_eq!((result.action, result.id, result.removed), (Action::Created, Some(id("2")), ids(&[])));
    }
}

#[test]
fn duplicates_that_were_there_before_are_reported_and_stay() {
    let result = Run::one(&lead("a"), options(), Memory::default()).lists(&both()).ends_well();
    assert_eq!((result.action, result.duplicates), (Action::Existed, ids(&["2"])));
    assert!(result.removed.is_empty());
}

#[test]
fn a_later_run_removes_what_its_memory_says_was_created_and_lost() {
    let memory = || wrote(&[("2", &lead("a"))]);
    let run = Run::one(&lead("a"), options(), memory()).lists(&both());
    let planned = run.machine.clone().plan().webhooks.remove(0).unwrap();
    assert_eq!(
        (planned.action, planned.removed, planned.duplicates),
        (Action::Existed, ids(&["2"]), ids(&[]))
    );
    let result = run.lists(&both()).deletes("2", Ok(())).lists(&both()[..1]).ends_well();
    assert_eq!((result.id, result.removed), (Some(id("1")), ids(&["2"])));
    // Not removed: the winner, a webhook that was only updated, and any webhook whose winner does
    // not deliver or may be another one.
    let mut updated = memory();
    updated.written.get_mut(&id("2")).unwrap().is_created = false;
    let [one, two] = both();
    let not_reported = Webhook { event: None, ..one.clone() };
    let keeping = ReconcileOptions { keep_duplicates: true, ..options() };
    for (options, memory, seen) in [
        (options(), wrote(&[("1", &lead("a"))]), [one.clone(), two.clone()]),
        (options(), updated, [one.clone(), two.clone()]),
        (options(), memory(), [disabled(one.clone()), two.clone()]),
        (options(), memory(), [disabled(one.clone()), disabled(two.clone())]),
        (options(), memory(), [not_reported, disabled(two.clone())]),
        (keeping, memory(), [one, two]),
    ] {
        let result = Run::one(&lead("a"), options, memory).lists(&seen).ends_well();
        assert!(result.removed.is_empty(), "{result:?}");
    }
}

#[test]
fn a_lesser_id_that_is_disabled_and_that_the_memory_holds_is_not_removed() {
    let memory = wrote(&[("1", &lead("a"))]);
    let [one, two] = both();
    let result = Run::one(&lead("a"), options(), memory).lists(&[disabled(one), two]).ends_well();
    assert_eq!((result.id, result.duplicates), (Some(id("2")), ids(&["1"])));
    assert!(result.removed.is_empty());
}

#[test]
fn a_duplicate_that_goes_by_itself_or_whose_winner_goes_is_not_deleted() {
    let [one, two] = both();
    let gone = creating("2", options()).lists(&both()).lists(&both()[..1]).lists(&both()[..1]).ends_well();
    assert_eq!((gone.id, gone.removed), (Some(id("1")), ids(&[])));
    for winner in [None, Some(disabled(one))] {
        let seen: Vec<_> = winner.into_iter().chain([two.clone()]).collect();
        let run = creating("2", options()).lists(&both()).lists(&seen).lists(&seen);
        let result = run.ends_well();
        assert_eq!((result.action, result.id, result.removed), (Action::Created, Some(id("2")), ids(&[])));
    }
}

#[test]
fn what_was_created_is_not_unobservable_when_it_is_found_again() {
    let webhook = with_header(&lead("a"), "x");
    let options = ReconcileOptions { seal: None, ..options() };
    let run = Run::one(&webhook, options, Memory::default()).lists(&[]);
    let run = run.creates(0, CreateEnd::Created(id("2"))).lists(&both());
    // The winner is gone; then the run's own webhook is missing from one list, and appears again.
    let result = run.lists(&both()[1..]).lists(&[]).lists(&both()[1..]).ends_well();
    assert_eq!((result.action, result.differences), (Action::Created, vec![]));
}

#[test]
fn a_delete_that_fails_is_confirmed_by_a_list() {
    for outcome in [Outcome::Refused, Outcome::Unknown, Outcome::NotSent] {
        let run =
            || creating("2", options()).lists(&both()).lists(&both()).deletes("2", Err(("no", outcome)));
        let gone = run().lists(&both()[..1]).ends_well();
        assert_eq!((gone.id, gone.removed), (Some(id("1")), ids(&["2"])), "{outcome:?}");
        let stays = run().lists(&both()).ends_well();
        assert_eq!((stays.id, stays.duplicates), (Some(id("1")), ids(&["2"])), "{outcome:?}");
        assert!(stays.removed.is_empty());
    }
}

#[test]
fn a_winner_that_comes_and_goes_is_not_waited_for_for_ever() {
    let memory = wrote(&[("2", &lead("a"))]);
    let mut run = Run::one(&lead("a"), options(), memory);
    for _ in 0..4 {
        run = run.lists(&both()).lists(&both()[1..]);
        assert_eq!(run.machine.ended(), 0);
    }
    // The fifth time is the last.
    let run = run.lists(&both()).lists(&both()[1..]).lists(&both());
    assert_eq!(run.ends_well().duplicates, ids(&["2"]));
}

#[test]
fn what_was_removed_is_no_duplicate_and_no_candidate_while_a_list_still_shows_it() {
    let run = creating("2", options()).lists(&both()).lists(&both()).deletes("2", Ok(()));
    let result = run.lists(&both()).ends_well();
    assert_eq!((result.id, result.duplicates, result.removed), (Some(id("1")), ids(&[]), ids(&["2"])));
    assert_eq!(result.state, State::Delivering);
}

#[test]
fn a_deleted_duplicate_whose_winner_is_gone_too_is_created_anew() {
    let run = creating("2", options()).lists(&both()).lists(&both()).deletes("2", Ok(()));
    let mut run = run.lists(&[]);
    assert!(matches!(run.step(), Step::Create(..)));
}

#[test]
fn a_create_of_this_run_whose_winner_comes_and_goes_is_not_read_for_ever() {
    let mut run = creating("2", options());
    for _ in 0..4 {
        run = run.lists(&both()).lists(&both()[1..]);
        assert_eq!(run.machine.ended(), 0);
    }
    let run = run.lists(&both()).lists(&both()[1..]).lists(&both());
    assert_eq!(run.ends_well().duplicates, ids(&["1"]));
}

#[test]
fn what_the_memory_holds_of_others_is_not_forgotten_with_a_duplicate() {
    let run = creating("2", ReconcileOptions { seal: None, ..options() }).lists(&both()).lists(&both());
    let run = run.deletes("2", Ok(()));
    assert!(!run.notes.iter().any(|note| matches!(note, Note::Forgot(_))), "nothing was remembered of it");
}

#[test]
fn a_webhook_of_which_something_is_not_reported_is_no_reason_to_remove_another() {
    let [one, two] = both();
    let vague = Webhook { properties: None, ..one };
    let memory = wrote(&[("2", &lead("a"))]);
    let result = Run::one(&lead("a"), options(), memory).lists(&[vague, disabled(two)]).ends_well();
    assert!(result.removed.is_empty(), "{result:?}");
}
