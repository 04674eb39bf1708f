//! A mismatch leaves nothing behind, and a single create shows which table of codes the account
//! uses.

use leadsquared_webhooks_core::{
    EventCodes, Outcome, Trigger, Webhook,
    reconcile::{Action, CodeTable, CreateEnd, Memory, Note, ReconcileOptions, Reconciler, State, Step},
};

use super::account::{
    Run, after, desired, disputed, id, ids, lead, mismatched, options, shown, start, with_header,
};

/// Returns what an account that truncates URLs makes of a create.
fn cut(text: &str) -> Webhook {
    Webhook { url: Some("https://example.com/".to_owned()), ..shown(text, &lead("a")) }
}

fn creating(options: ReconcileOptions) -> Run {
    let run = Run::one(&lead("a"), options, Memory::default()).lists(&[]);
    run.creates(0, CreateEnd::Created(id("1")))
}

#[test]
fn what_was_created_with_another_event_or_url_is_rolled_back_and_remembered() {
    let other_event = shown("1", &desired(Trigger::TaskCreate, "a"));
    for (seen, field) in [(cut("1"), "url"), (other_event, "event")] {
        let run = creating(options()).lists(&[seen]).deletes("1", Ok(()));
        let remembered = run.notes.iter().find_map(|note| match note {
            Note::Mismatch(mismatch) => Some(mismatch.clone()),
            _ => None,
        });
        let remembered = remembered.unwrap();
        assert_eq!((remembered.id, remembered.differences.len()), (Some(id("1")), 1));
        assert_eq!(run.notes.last(), Some(&Note::Forgot(id("1"))));
        let result = run.ends_well();
        assert_eq!((result.action, result.state, result.id), (Action::RolledBack, State::Mismatch, None));
        assert_eq!((&*result.differences[0].field, result.removed), (field, ids(&["1"])));
    }
}

#[test]
fn other_properties_another_description_or_a_part_that_is_not_reported_is_no_mismatch() {
    let seen = shown("1", &lead("a"));
    for seen in [
        Webhook { properties: Some(r#"{"StageTo":"x"}"#.to_owned()), ..seen.clone() },
        Webhook { description: Some("another".to_owned()), ..seen.clone() },
        Webhook { event: None, ..seen.clone() },
        Webhook { url: None, ..seen.clone() },
        Webhook { status: None, ..seen },
    ] {
        let result = creating(options()).lists(&[seen]).ends_well();
        assert_eq!((result.action, result.id), (Action::Created, Some(id("1"))));
        assert_ne!(result.state, State::Mismatch);
    }
}

#[test]
fn a_mismatch_stays_where_that_is_asked_for() {
    let keeping = ReconcileOptions { keep_mismatch: true, ..options() };
    let result = creating(keeping).lists(&[cut("1")]).ends_well();
    assert_eq!((result.action, result.state, result.id), (Action::Created, State::Mismatch, Some(id("1"))));
}

#[test]
fn a_rollback_that_fails_is_confirmed_by_a_list() {
    for outcome in [Outcome::Refused, Outcome::Unknown] {
        let run = || creating(options()).lists(&[cut("1")]).deletes("1", Err(("no", outcome)));
        let gone = run().lists(&[]).ends_well();
        assert_eq!((gone.action, gone.id, gone.removed), (Action::RolledBack, None, ids(&["1"])));
        let stays = run().lists(&[cut("1")]).ends_well();
        assert_eq!((stays.action, stays.state), (Action::Created, State::Mismatch));
        assert_eq!((stays.id, stays.removed, stays.differences.len()), (Some(id("1")), ids(&[]), 1));
        let righted = run().lists(&[shown("1", &lead("a"))]).ends_well();
        assert_eq!((righted.action, righted.state), (Action::Created, State::Delivering));
    }
}

#[test]
fn a_remembered_mismatch_stops_the_next_create_until_the_draft_or_the_code_changes() {
    let result = Run::one(&lead("a"), options(), mismatched(&lead("a"), None)).lists(&[]).ends_well();
    assert_eq!((result.action, result.state, result.id), (Action::Withheld, State::Mismatch, None));
    let kept = Run::one(&lead("a"), options(), mismatched(&lead("a"), Some("1"))).lists(&[cut("1")]);
    let kept = kept.ends_well();
    assert_eq!((kept.action, kept.id, kept.differences.len()), (Action::Withheld, Some(id("1")), 1));
    let mut changed = Run::one(&lead("b"), options(), mismatched(&lead("a"), None)).lists(&[]);
    assert!(matches!(changed.step(), Step::Create(..)));
    let other_codes = ReconcileOptions { codes: Some(EventCodes::Observed), ..options() };
    let mut changed = Run::one(&disputed("a"), other_codes, mismatched(&disputed("a"), None)).lists(&[]);
    assert!(matches!(changed.step(), Step::Create(..)));
}

#[test]
fn what_a_remembered_mismatch_asked_for_is_reported_as_it_is_spelled_today() {
    let mut memory = mismatched(&lead("a"), None);
    let run = creating(options()).lists(&[cut("1")]).deletes("1", Ok(()));
    memory.mismatches = run
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::Mismatch(mismatch) => Some(mismatch.clone()),
            _ => None,
        })
        .collect();
    memory.mismatches[0].id = None;
    let respelled = leadsquared_webhooks_core::NewWebhook::builder(
        "HTTPS://EXAMPLE.com:443/a".parse().unwrap(),
        Trigger::LeadCreate,
    );
    let result = Run::one(&respelled.build(), options(), memory).lists(&[]).ends_well();
    assert_eq!(result.differences[0].desired.as_deref(), Some("HTTPS://EXAMPLE.com:443/a"));
    assert_eq!(result.differences[0].found.as_deref(), Some("https://example.com/"));
}

#[test]
fn what_fits_at_last_is_remembered_as_a_mismatch_no_longer() {
    let other = ReconcileOptions { codes: Some(EventCodes::Observed), ..options() };
    let run = Run::one(&disputed("a"), other, mismatched(&disputed("a"), None)).lists(&[]);
    let run = run.creates(0, CreateEnd::Created(id("1"))).lists(&[shown("1", &disputed("a"))]);
    assert!(run.notes.iter().any(|note| matches!(note, Note::Matched(_))));
    assert!(run.ends_well().is_ok());
}

#[test]
fn a_kept_mismatch_is_no_other_desired_webhooks() {
    // Kept for `a`, but it looks like `b`.
    let both = [lead("a"), lead("b")];
    let mut run =
        Run::new(&both, options(), mismatched(&lead("a"), Some("1"))).lists(&[shown("1", &lead("b"))]);
    assert!(matches!(run.step(), Step::Create(job, _) if job == run.job(1)));
    // Once `a` is no longer desired, it is like any other webhook.
    let alone = Run::new(&both[1..], options(), mismatched(&lead("a"), Some("1")));
    assert_eq!(alone.lists(&[shown("1", &lead("b"))]).ends_well().id, Some(id("1")));
}

#[test]
fn the_first_create_of_a_disputed_code_goes_alone_and_reports_the_table() {
    let all = [disputed("a"), lead("b"), disputed("c"), disputed("d")];
    let run = Run::new(&all, options(), Memory::default()).lists(&[]);
    let mut run = run.sends_create(0).sends_create(1);
    assert_eq!(run.step(), Step::Idle, "the other disputed ones wait");
    let mut run = run.created(0, CreateEnd::Created(id("1"))).created(1, CreateEnd::Created(id("2")));
    assert_eq!(run.step(), Step::List);
    let run = run.lists(&[shown("1", &all[0]), shown("2", &all[1])]);
    assert!(run.notes.contains(&Note::Codes(CodeTable::Holds(EventCodes::Documented))));
    let mut run = run.sends_create(2).sends_create(3);
    assert_eq!(run.step(), Step::Idle);
}

#[test]
fn after_a_mismatch_no_other_disputed_code_is_sent() {
    let all = [disputed("a"), disputed("b"), lead("c")];
    let run = Run::new(&all, options(), Memory::default()).lists(&[]).sends_create(0).sends_create(2);
    let run = run.created(0, CreateEnd::Created(id("1"))).created(2, CreateEnd::Created(id("3")));
    let types = "12000".parse::<leadsquared_webhooks_core::OpportunityType>().unwrap().into();
    let wrong = shown("1", &desired(Trigger::OpportunityDelete(types), "a"));
    let run = run.lists(&[wrong, shown("3", &lead("c"))]);
    assert!(run.notes.contains(&Note::Codes(CodeTable::Fails(EventCodes::Documented))));
    let run = run.deletes("1", Ok(()));
    let ended: Vec<_> = run.ends().into_iter().map(Result::unwrap).collect();
    let reported: Vec<_> = ended.iter().map(|result| (result.action, result.state)).collect();
    assert_eq!(
        reported,
        [
            (Action::RolledBack, State::Mismatch),
            (Action::Withheld, State::Mismatch),
            (Action::Created, State::Delivering),
        ]
    );
}

#[test]
fn a_first_create_that_fails_lets_the_next_disputed_one_go() {
    let all = [disputed("a"), disputed("b")];
    let run = Run::new(&all, options(), Memory::default()).lists(&[]).sends_create(0);
    let mut run = run.created(0, CreateEnd::Failed { error: "no", outcome: Outcome::Refused });
    assert!(matches!(run.step(), Step::Create(job, _) if job == run.job(1)));
}

#[test]
fn the_table_is_sent_that_was_given_or_is_remembered() {
    use EventCodes::{Documented, Observed};
    for (given, table, sent) in [
        (None, None, Documented),
        (None, Some(CodeTable::Holds(Observed)), Observed),
        (None, Some(CodeTable::Fails(Observed)), Documented),
        (Some(Documented), Some(CodeTable::Holds(Observed)), Documented),
    ] {
        let memory = Memory { codes: table, ..Memory::default() };
        let run = Run::new(&[], ReconcileOptions { codes: given, ..options() }, memory);
        assert_eq!(run.machine.codes(), sent, "{given:?} {table:?}");
    }
}

#[test]
fn a_verified_create_is_read_back_and_rolled_back_by_the_same_rules() {
    let webhook = with_header(&lead("a"), "x");
    let verify = || Run::of(Reconciler::verify(webhook.clone(), id("1"), start(), options()));
    let result = verify().lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!((result.action, result.state), (Action::Created, State::Delivering));
    let result = verify().lists(&[cut("1")]).deletes("1", Ok(())).ends_well();
    assert_eq!((result.action, result.state), (Action::RolledBack, State::Mismatch));
    let mut late = verify().lists(&[]);
    while late.now < after(60) {
        late = late.lists(&[]);
    }
    assert_eq!(late.ends_well().action, Action::Created);
}
