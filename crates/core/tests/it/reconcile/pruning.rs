//! Under the managed prefix, everything not desired is pruned, and nothing that was not shown.

use leadsquared_webhooks_core::{
    EventCodes, OpportunityType, Outcome, Trigger, Webhook,
    reconcile::{Action, CreateEnd, FailedWhy, Memory, Note, Prune, ReconcileOptions, State, Step},
};

use super::account::{
    Run, desired, disabled, disputed, id, lead, mismatched, options, pruning, shown, with_description, wrote,
};

const ALL: &str = "https://example.com/";

fn pruned(run: Run) -> Vec<(String, Result<State, Outcome>)> {
    let pruned = run.finish().pruned.into_iter();
    let reported = |result: Result<leadsquared_webhooks_core::Reconciled, _>| {
        result
            .map(|result| result.state)
            .map_err(|failed: leadsquared_webhooks_core::reconcile::Failed<_>| failed.outcome)
    };
    pruned.map(|(_, webhook, result)| (webhook.id.to_string(), reported(result))).collect()
}

#[test]
fn what_is_under_the_prefix_and_not_desired_is_deleted_after_another_list() {
    let seen = [shown("1", &lead("a")), shown("2", &lead("b")), shown("3", &lead("c"))];
    let run = Run::one(&lead("a"), pruning(ALL), wrote(&[("2", &lead("b"))])).lists(&seen).lists(&seen);
    let run = run.deletes("2", Ok(()));
    assert_eq!(run.notes, [Note::Forgot(id("2"))], "only what was remembered is forgotten");
    let finished = run.deletes("3", Ok(())).finish();
    let reported: Vec<_> =
        finished.pruned.iter().map(|(_, webhook, result)| (webhook, result.as_ref().unwrap())).collect();
    assert_eq!(reported.len(), 2);
    for (webhook, result) in reported {
        assert_eq!(
            (result.action, result.state, result.id.as_ref()),
            (Action::Pruned, State::Absent, Some(&webhook.id))
        );
        assert!(result.is_ok() && result.changes());
    }
}

#[test]
fn the_plan_names_what_would_be_pruned() {
    let seen = [shown("1", &lead("a")), shown("2", &lead("b")), shown("3", &lead("a"))];
    let plan = |prefix| Run::one(&lead("a"), pruning(prefix), Memory::default()).lists(&seen).machine.plan();
    let reported =
        |prefix| plan(prefix).prune.iter().map(|webhook| webhook.id.to_string()).collect::<Vec<_>>();
    assert_eq!(reported(ALL), ["2", "3"], "a duplicate is superfluous, too");
    assert_eq!(reported("https://example.com/b"), ["2"]);
    assert_eq!(reported("https://example.com/x"), [] as [&str; 0]);
    let none = Run::one(&lead("a"), options(), Memory::default()).lists(&seen).machine.plan();
    assert!(none.prune.is_empty());
}

#[test]
fn what_came_up_or_changed_since_it_was_shown_stays() {
    let seen = [shown("1", &lead("a")), shown("2", &lead("b"))];
    let since = [
        seen[0].clone(),
        Webhook { description: Some("changed".to_owned()), ..seen[1].clone() },
        shown("3", &lead("c")),
    ];
    let run = Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(&seen).lists(&since);
    assert_eq!(pruned(run), []);
    let shown_before = Some(vec![seen[1].clone()]);
    let prune = Some(Prune { prefix: ALL.parse().unwrap(), shown: shown_before });
    let options = ReconcileOptions { prune, ..options() };
    let all = [seen[0].clone(), seen[1].clone(), shown("3", &lead("c"))];
    let run = Run::one(&lead("a"), options, Memory::default()).lists(&all).lists(&all).deletes("2", Ok(()));
    assert_eq!(pruned(run), [("2".to_owned(), Ok(State::Absent))], "3 was not shown to whoever agreed");
}

#[test]
fn nothing_is_pruned_where_a_desired_webhook_is_not_there() {
    let superfluous = shown("2", &lead("b"));
    let refused =
        Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(std::slice::from_ref(&superfluous));
    let refused = refused.creates(0, CreateEnd::Failed { error: "no", outcome: Outcome::Refused });
    assert_eq!(pruned(refused), []);
    let mismatch = Run::one(&lead("a"), pruning(ALL), mismatched(&lead("a"), None));
    assert_eq!(pruned(mismatch.lists(std::slice::from_ref(&superfluous))), []);
    let vague = Webhook { event: None, ..shown("1", &lead("a")) };
    let unverified = Run::one(&lead("a"), pruning(ALL), Memory::default());
    assert_eq!(pruned(unverified.lists(&[vague, superfluous.clone()])), []);
    // A disabled webhook exists.
    let seen = [disabled(shown("1", &lead("a"))), superfluous];
    let run = Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(&seen).lists(&seen);
    assert_eq!(pruned(run.deletes("2", Ok(()))).len(), 1);
}

#[test]
fn nothing_is_pruned_when_the_second_list_fails() {
    let seen = [shown("1", &lead("a")), shown("2", &lead("b"))];
    let run = Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(&seen);
    let finished = run.fails_to_list(Outcome::NotSent).finish();
    assert_eq!((finished.pruned.len(), finished.list_error), (0, Some("no list")));
    assert!(finished.webhooks[0].1.as_ref().unwrap().is_ok(), "what was found stays found");
}

#[test]
fn with_nothing_desired_the_first_list_is_read_twice() {
    let seen = [shown("2", &lead("b"))];
    let run = Run::new(&[], pruning(ALL), Memory::default()).lists(&seen).lists(&seen);
    assert_eq!(pruned(run.deletes("2", Ok(()))), [("2".to_owned(), Ok(State::Absent))]);
}

#[test]
fn duplicates_go_only_when_the_one_that_stays_is_as_good_and_they_are_not_to_be_kept() {
    let [one, two] = [shown("1", &lead("a")), shown("2", &lead("a"))];
    let vague = Webhook { event: None, ..two.clone() };
    let keeping = ReconcileOptions { keep_duplicates: true, ..pruning(ALL) };
    for (options, seen, goes) in [
        (pruning(ALL), [one.clone(), two.clone()], Some("2")),
        (pruning(ALL), [disabled(one.clone()), disabled(two.clone())], Some("2")),
        (pruning(ALL), [disabled(one.clone()), two.clone()], None),
        (pruning(ALL), [one.clone(), vague], None),
        (keeping, [one, two], None),
    ] {
        let mut run = Run::one(&lead("a"), options, Memory::default()).lists(&seen).lists(&seen);
        let step = run.step();
        assert_eq!(
            matches!(&step, Step::Delete(_, gone) if goes.is_some_and(|text| *gone == id(text))),
            goes.is_some()
        );
        assert_eq!(step == Step::Done, goes.is_none(), "{step:?}");
    }
}

#[test]
fn what_stood_beside_one_that_is_created_now_stays() {
    // Kept as what the other table made of `creates`, it looks like `deletes`, and the table given
    // since then is right.
    let types = || "12000".parse::<OpportunityType>().unwrap().into();
    let (creates, deletes) = (disputed("a"), desired(Trigger::OpportunityDelete(types()), "a"));
    let kept = shown("9", &deletes);
    let options = ReconcileOptions { codes: Some(EventCodes::Observed), ..pruning(ALL) };
    let both = [creates.clone(), deletes.clone()];
    let run = Run::new(&both, options, mismatched(&creates, Some("9"))).lists(std::slice::from_ref(&kept));
    assert!(run.machine.clone().plan().prune.is_empty());
    let all = [kept, shown("2", &creates), shown("3", &deletes)];
    let run = run.creates(0, CreateEnd::Created(id("2"))).lists(&all[..2]);
    let run = run.creates(1, CreateEnd::Created(id("3"))).lists(&all).lists(&all);
    let finished = run.finish();
    assert_eq!(finished.pruned, [], "the plan did not name it");
    assert!(finished.webhooks.iter().all(|(_, result)| result.is_ok()));
}

#[test]
fn a_delete_that_fails_is_confirmed_by_a_list() {
    let seen = [shown("1", &lead("a")), shown("2", &lead("b"))];
    for outcome in [Outcome::Refused, Outcome::Unknown] {
        let run = || {
            let run = Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(&seen).lists(&seen);
            run.deletes("2", Err(("no", outcome)))
        };
        assert_eq!(pruned(run().lists(&seen[..1])), [("2".to_owned(), Ok(State::Absent))]);
        assert_eq!(pruned(run().lists(&seen)), [("2".to_owned(), Err(outcome))]);
        let finished = run().fails_to_list(Outcome::NotSent).finish();
        let failed = finished.pruned[0].2.as_ref().unwrap_err();
        assert_eq!((failed.why, failed.outcome, failed.error), (FailedWhy::Call, outcome, Some("no")));
        let remembered = Run::one(&lead("a"), pruning(ALL), wrote(&[("2", &lead("b"))]));
        let run = remembered.lists(&seen).lists(&seen).deletes("2", Err(("no", outcome))).lists(&seen);
        assert_eq!(run.notes, [], "what stays is not forgotten");
    }
}

#[test]
fn a_delete_that_was_not_heard_of_is_unknown_and_one_that_was_not_begun_not_sent() {
    use Outcome::{NotSent, Unknown};
    let seen = [shown("1", &lead("a")), shown("2", &lead("b")), shown("3", &lead("c"))];
    for (begun, outcomes) in [
        (&[][..], [NotSent, NotSent]),
        (&["2"][..], [Unknown, NotSent]),
        (&["2", "3"][..], [Unknown, Unknown]),
    ] {
        let mut run = Run::one(&lead("a"), pruning(ALL), Memory::default()).lists(&seen).lists(&seen);
        let mut jobs = Vec::new();
        for text in begun {
            let Step::Delete(job, gone) = run.step() else { panic!("{text} is to be deleted") };
            assert_eq!(gone, id(text));
            jobs.push(job);
        }
        let finished = run.machine.finish();
        let named: Vec<_> = finished.pruned.iter().map(|(job, ..)| *job).take(begun.len()).collect();
        assert_eq!(named, jobs);
        let ended = finished.pruned.iter().map(|(_, _, result)| result.as_ref().unwrap_err().outcome);
        assert_eq!(ended.collect::<Vec<_>>(), outcomes, "{begun:?}");
    }
}

#[test]
fn a_mismatch_that_is_kept_stays_and_one_that_nobody_desires_any_more_goes() {
    let seen =
        [shown("1", &lead("a")), shown("9", &desired(leadsquared_webhooks_core::Trigger::TaskCreate, "b"))];
    let run = Run::one(&lead("a"), pruning(ALL), mismatched(&lead("b"), Some("9"))).lists(&seen).lists(&seen);
    assert_eq!(pruned(run.deletes("9", Ok(()))).len(), 1);
}

#[test]
fn what_a_run_updated_is_not_pruned() {
    let new = with_description(&lead("a"), "new");
    let run = Run::one(&new, pruning(ALL), wrote(&[("1", &lead("a"))])).lists(&[shown("1", &lead("a"))]);
    let seen = Webhook { description: Some("new".to_owned()), ..shown("1", &new) };
    let run = run.updates(0, "1", Ok(())).lists(std::slice::from_ref(&seen)).lists(&[seen]);
    assert_eq!(pruned(run), []);
}
