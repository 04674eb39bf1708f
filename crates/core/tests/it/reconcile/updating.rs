//! Parts that are not given are not changed, and unreadable parts are not overwritten by default.

use leadsquared_webhooks_core::{
    EventCodes, NewWebhook, OpportunityType, Outcome, Trigger, Webhook,
    reconcile::{
        Action, CodeTable, CreateEnd, DifferenceKind, FailedWhy, Memory, Note, ReconcileOptions, Reconciled,
        Seal, State, Step, Unverified, Written,
    },
};

use super::account::{
    Run, desired, disabled, disputed, id, ids, lead, lost, mismatched, options, shown, with_description,
    with_header, wrote,
};

fn overwriting() -> ReconcileOptions {
    ReconcileOptions { overwrite: true, ..options() }
}

/// Returns the state file's record of a webhook, written with another secret key.
fn under_another_key(webhook: &NewWebhook) -> Memory {
    let mut memory = Memory::default();
    let seal = Seal::new(&"another".parse().unwrap());
    memory.note(Note::Wrote(Written::new(id("1"), webhook, &seal)));
    memory
}

fn kinds(result: &Reconciled) -> Vec<(&str, DifferenceKind)> {
    result.differences.iter().map(|difference| (&*difference.field, difference.kind)).collect()
}

#[test]
fn a_webhook_is_replaced_when_it_is_known_to_differ_or_that_is_asked_for() {
    use DifferenceKind::{Differs, NotObservable, ReplacedUnseen};
    let (plain, header) = (lead("a"), with_header(&lead("a"), "x"));
    let described = with_description(&plain, "new");
    let unseen = [
        ("custom_headers", ReplacedUnseen),
        ("content_type", ReplacedUnseen),
        ("notify_on_failure", ReplacedUnseen),
    ];
    let seen_and_unseen = [[("description", Differs)].as_slice(), &unseen].concat();
    let (no, yes) = (options(), overwriting());
    for (what, webhook, options, memory, updates, differences) in [
        ("all is as desired", &plain, &yes, Memory::default(), false, &[][..]),
        (
            "foreign, another description",
            &described,
            &no,
            Memory::default(),
            false,
            &[("description", Differs)],
        ),
        ("foreign, overwritten", &described, &yes, Memory::default(), true, &*seen_and_unseen),
        (
            "foreign, unseen header",
            &header,
            &no,
            Memory::default(),
            false,
            &[("custom_headers", NotObservable)],
        ),
        ("foreign, unseen header, overwritten", &header, &yes, Memory::default(), true, &unseen),
        (
            "own, another description",
            &described,
            &no,
            wrote(&[("1", &plain)]),
            true,
            &[("description", Differs)],
        ),
        ("own, another header", &header, &no, wrote(&[("1", &plain)]), true, &[("custom_headers", Differs)]),
        (
            "own, no header any more",
            &plain,
            &no,
            wrote(&[("1", &header)]),
            true,
            &[("custom_headers", Differs)],
        ),
        ("own, the same header", &header, &yes, wrote(&[("1", &header)]), false, &[]),
        ("another key", &header, &no, under_another_key(&plain), false, &[("custom_headers", NotObservable)]),
        ("another key, overwritten", &header, &yes, under_another_key(&plain), true, &unseen),
    ] {
        let run = Run::one(webhook, options.clone(), memory).lists(&[shown("1", &plain)]);
        let planned = run.machine.clone().plan().webhooks.remove(0).unwrap();
        let action = if updates { Action::Updated } else { Action::Existed };
        assert_eq!((planned.action, kinds(&planned).as_slice()), (action, differences), "{what}");
        let mut run = run;
        assert_eq!(matches!(run.step(), Step::Update(..)), updates, "{what}");
    }
}

#[test]
fn an_update_is_read_back_and_remembered() {
    let (old, new) = (lead("a"), with_description(&lead("a"), "new"));
    let run = Run::one(&new, options(), wrote(&[("1", &old)])).lists(&[shown("1", &old)]);
    let run = run.updates(0, "1", Ok(()));
    assert!(matches!(&run.notes[..], [Note::Updating(one), Note::Wrote(written)]
        if *one == id("1") && written.is_created && !written.is_updating));
    let seen = Webhook { description: Some("new".to_owned()), ..shown("1", &new) };
    let result = run.lists(&[seen]).ends_well();
    assert_eq!((result.action, result.state), (Action::Updated, State::Delivering));
    assert_eq!(kinds(&result), [("description", DifferenceKind::Differs)], "what the update was for");
}

#[test]
fn what_was_only_updated_is_not_taken_for_created() {
    let new = with_description(&lead("a"), "new");
    let run = Run::one(&new, overwriting(), Memory::default()).lists(&[shown("1", &lead("a"))]);
    let run = run.updates(0, "1", Ok(()));
    assert!(matches!(&run.notes[..], [Note::Wrote(written)] if !written.is_created));
}

#[test]
fn an_update_that_failed_ends_with_its_error_and_is_unknown_only_when_it_is() {
    let new = with_description(&lead("a"), "new");
    for (outcome, notes) in [(Outcome::Refused, 2), (Outcome::NotSent, 2), (Outcome::Unknown, 1)] {
        let run = Run::one(&new, options(), wrote(&[("1", &lead("a"))])).lists(&[shown("1", &lead("a"))]);
        let run = run.updates(0, "1", Err(("no", outcome)));
        assert_eq!(
            run.notes.len(),
            notes,
            "{outcome:?}: what was written before is there when nothing was changed"
        );
        let is_updating = |note: &Note| matches!(note, Note::Wrote(written) if written.is_updating);
        assert!(!run.notes.iter().any(is_updating));
        let failed = run.ends_badly();
        assert_eq!((failed.why, failed.outcome, failed.id), (FailedWhy::Call, outcome, Some(id("1"))));
    }
}

#[test]
fn after_an_update_whose_end_nobody_saw_what_cannot_be_read_differs() {
    let webhook = with_header(&lead("a"), "x");
    let mut memory = wrote(&[("1", &webhook)]);
    memory.note(Note::Updating(id("1")));
    let mut run = Run::one(&webhook, options(), memory).lists(&[shown("1", &lead("a"))]);
    assert!(matches!(run.step(), Step::Update(..)));
}

#[test]
fn what_is_disabled_or_not_reported_in_full_is_not_replaced() {
    let new = with_description(&lead("a"), "new");
    let old = shown("1", &lead("a"));
    for seen in [disabled(old.clone()), Webhook { event: None, ..old.clone() }, Webhook { url: None, ..old }]
    {
        let result = Run::one(&new, overwriting(), Memory::default()).lists(&[seen]).ends_well();
        assert_eq!(result.action, Action::Existed);
    }
}

#[test]
fn an_update_sends_a_disputed_code_only_when_its_table_is_known() {
    use EventCodes::{Documented, Observed};
    let new = with_description(&disputed("a"), "new");
    for (codes, table, sends) in [
        (None, None, false),
        (Some(Documented), None, true),
        (None, Some(CodeTable::Holds(Documented)), true),
        (None, Some(CodeTable::Fails(Documented)), false),
        (Some(Documented), Some(CodeTable::Fails(Documented)), false),
        (Some(Observed), Some(CodeTable::Fails(Documented)), true),
    ] {
        let memory = Memory { codes: table, ..Memory::default() };
        let options = ReconcileOptions { codes, ..overwriting() };
        let mut run = Run::one(&new, options, memory).lists(&[shown("1", &disputed("a"))]);
        assert_eq!(matches!(run.step(), Step::Update(..)), sends, "{codes:?} {table:?}");
        if !sends {
            let failed = run.ends_badly();
            assert_eq!((failed.why, failed.outcome), (FailedWhy::CodesUnknown, Outcome::NotSent));
            assert_eq!(failed.id, Some(id("1")));
        }
    }
}

#[test]
fn an_update_that_would_make_a_mismatch_once_more_is_withheld() {
    let new = with_description(&lead("a"), "new");
    let seen = [shown("1", &lead("a")), shown("2", &lead("a"))];
    for (kept, duplicates) in [(None, ids(&["1", "2"])), (Some("2"), ids(&["1"]))] {
        let run = Run::one(&new, overwriting(), mismatched(&new, kept)).lists(&seen);
        let result = run.ends_well();
        assert_eq!((result.action, result.state), (Action::Withheld, State::Mismatch));
        assert_eq!(result.duplicates, duplicates, "{kept:?}");
    }
}

#[test]
fn an_update_that_is_read_back_as_another_is_a_mismatch_and_stays() {
    let new = with_description(&lead("a"), "new");
    let both = [shown("1", &lead("a")), shown("2", &lead("a"))];
    let run = Run::one(&new, overwriting(), Memory::default()).lists(&both);
    let altered = Webhook { url: Some("https://example.com/".to_owned()), ..shown("1", &new) };
    let run = run.updates(0, "1", Ok(())).lists(&[altered, both[1].clone()]);
    assert!(matches!(run.notes.last(), Some(Note::Mismatch(note)) if note.id == Some(id("1"))));
    let result = run.ends_well();
    assert_eq!((result.action, result.state, result.id), (Action::Updated, State::Mismatch, Some(id("1"))));
    assert_eq!(result.duplicates, ids(&["2"]), "what is as desired is reported");
}

#[test]
fn an_updated_webhook_that_is_gone_is_reported_at_once() {
    let new = with_description(&lead("a"), "new");
    let both = [shown("1", &lead("a")), shown("2", &lead("a"))];
    let run = Run::one(&new, overwriting(), Memory::default()).lists(&both);
    let result = run.updates(0, "1", Ok(())).lists(&both[1..]).ends_well();
    assert_eq!((result.action, result.state), (Action::Updated, State::Unverified(Unverified::NotSeen)));
    assert_eq!((result.id, result.duplicates), (Some(id("1")), ids(&["2"])));
}

#[test]
fn without_a_seal_nothing_that_was_written_is_remembered() {
    let options = ReconcileOptions { seal: None, ..options() };
    let run = Run::one(&lead("a"), options, Memory::default()).lists(&[]);
    let run = run.creates(0, CreateEnd::Created(id("1")));
    assert!(!run.notes.iter().any(|note| matches!(note, Note::Wrote(_))), "{:?}", run.notes);
}

#[test]
fn an_updated_webhook_that_is_gone_opens_no_create() {
    let new = with_description(&lead("a"), "new");
    let mut memory = wrote(&[("1", &lead("a"))]);
    memory.open = lost(&lead("a"), &[]).open;
    let run = Run::one(&new, options(), memory).lists(&[shown("1", &lead("a"))]);
    let run = run.updates(0, "1", Ok(())).lists(&[]);
    assert!(!run.notes.iter().any(|note| matches!(note, Note::Lost(_))), "{:?}", run.notes);
}

#[test]
fn an_update_of_a_disputed_code_that_waited_is_not_sent_once_its_table_is_refuted() {
    // One list leads to an update of `b`, which an earlier run lost, and shows the result of `a`.
    let new = with_description(&disputed("b"), "new");
    let options = ReconcileOptions { codes: Some(EventCodes::Documented), ..overwriting() };
    let run = Run::new(&[new, disputed("a")], options, lost(&disputed("b"), &[])).lists(&[]);
    let run = run.creates(1, CreateEnd::Created(id("1")));
    let types = "12000".parse::<OpportunityType>().unwrap().into();
    let wrong = shown("1", &desired(Trigger::OpportunityDelete(types), "a"));
    let run = run.lists(&[wrong, shown("2", &disputed("b"))]).deletes("1", Ok(()));
    let failed = run.ends().remove(0).unwrap_err();
    assert_eq!((failed.why, failed.outcome), (FailedWhy::CodesUnknown, Outcome::NotSent));
}
