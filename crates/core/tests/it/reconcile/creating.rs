//! Existing webhooks are found, missing ones are created once, and a lost answer proves neither
//! success nor failure.

use std::{collections::HashSet, time::Duration};

use leadsquared_webhooks_core::{
    NewWebhook, Outcome, RawTrigger, Trigger, Webhook,
    reconcile::{
        Action, CreateEnd, FailedWhy, Memory, Note, ReconcileOptions, Reconciler, State, Step, Ticket,
        Unverified, WaitingFor,
    },
};

use super::account::{
    Run, WINDOW, after, desired, disabled, id, ids, lead, lost, options, shown, start, with_header,
};

fn created(text: &str) -> CreateEnd<&'static str> {
    CreateEnd::Created(id(text))
}

#[test]
fn what_is_there_is_found_and_nothing_is_sent() {
    let result =
        Run::one(&lead("a"), options(), Memory::default()).lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!(
        (result.action, result.state, result.id.clone()),
        (Action::Existed, State::Delivering, Some(id("1")))
    );
    assert!(result.is_ok() && !result.changes());
}

#[test]
fn a_webhook_that_is_disabled_or_not_reported_in_full_is_no_webhook_that_delivers() {
    let all = shown("1", &lead("a"));
    for (seen, state) in [
        (disabled(all.clone()), State::Disabled(leadsquared_webhooks_core::WebhookStatus::Disabled)),
        (Webhook { status: None, ..all.clone() }, State::Unverified(Unverified::NotReported)),
        (Webhook { event: None, ..all.clone() }, State::Unverified(Unverified::NotReported)),
        (Webhook { url: None, ..all.clone() }, State::Unverified(Unverified::NotReported)),
    ] {
        let result = Run::one(&lead("a"), options(), Memory::default()).lists(&[seen]).ends_well();
        assert_eq!((result.action, result.state), (Action::Existed, state));
        assert!(!result.is_ok());
    }
}

#[test]
fn what_is_created_is_recorded_before_and_read_back_after() {
    let webhook = with_header(&lead("a"), "x");
    let mut run = Run::one(&webhook, options(), Memory::default()).lists(&[]).sends_create(0);
    assert!(matches!(&run.notes[..], [Note::Open(ticket)] if ticket.sent_at() == start()));
    run.now = after(2);
    let run = run.created(0, created("1"));
    assert!(matches!(&run.notes[1..], [Note::Wrote(written)] if written.id == id("1") && written.is_created));
    let run = run.lists(&[shown("1", &lead("a"))]);
    assert!(matches!(&run.notes[2..], [Note::Closed(_)]), "{:?}", run.notes);
    let result = run.ends_well();
    assert_eq!((result.action, result.state), (Action::Created, State::Delivering));
    assert_eq!(result.differences, [], "what was just sent is not unobservable");
}

#[test]
fn one_webhook_satisfies_one_desired_webhook_and_an_exact_match_comes_first() {
    let raw =
        Trigger::Raw(RawTrigger { code: "3".parse().unwrap(), properties: None, extra: <_>::default() });
    let both = [desired(raw, "a"), lead("a")];
    let respelled = Webhook { url: Some("HTTPS://example.com:443/a".to_owned()), ..shown("1", &lead("a")) };
    let exact = shown("2", &lead("a"));
    let run = Run::new(&both, options(), Memory::default()).lists(&[respelled.clone(), exact.clone()]);
    let found: Vec<_> = run.ends().into_iter().map(|result| result.unwrap().id.unwrap()).collect();
    assert_eq!(found.len(), 2);
    assert_ne!(found[0], found[1]);
    // Of two webhooks that satisfy one desired one, the least ID wins, in any order of the list.
    for list in [[respelled.clone(), exact.clone()], [exact, respelled]] {
        let result = Run::one(&lead("a"), options(), Memory::default()).lists(&list).ends_well();
        assert_eq!((result.id, result.duplicates), (Some(id("1")), ids(&["2"])));
    }
}

/// Returns a desired webhook with a code in neither table, and with properties that no typed
/// trigger sends.
fn custom(properties: &str) -> NewWebhook {
    let properties = Some(properties.parse().unwrap());
    desired(Trigger::Raw(RawTrigger { code: "99".parse().unwrap(), properties, extra: <_>::default() }), "a")
}

#[test]
fn as_many_desired_webhooks_as_can_be_go_by_one() {
    // Properties that a server adds do not count, so a webhook of a later desired one may also
    // satisfy an earlier one.
    let all = [custom("{}"), custom(r#"{"X":1}"#), custom(r#"{"X":1,"Y":1}"#)];
    let shown = |text: &str, properties: &str| Webhook {
        event: Some("Custom".parse().unwrap()),
        properties: Some(properties.to_owned()),
        ..shown(text, &all[0])
    };
    let x = |text: &str| shown(text, r#"{"X":1,"New":1}"#);
    let y = |text: &str| shown(text, r#"{"X":1,"Y":1,"New":1}"#);
    let none = |text: &str| shown(text, r#"{"New":1}"#);
    for (count, list) in [
        (2, vec![x("1"), none("2")]),
        (2, vec![x("1"), x("2")]),
        (3, vec![x("1"), y("2"), none("3")]),
        (3, vec![y("1"), none("2"), x("3")]),
        (3, vec![y("1"), y("2"), y("3"), y("4")]),
    ] {
        for is_reported in [true, false] {
            let reported = |webhook: &Webhook| webhook.event.clone().filter(|_| is_reported);
            let list: Vec<_> =
                list.iter().map(|webhook| Webhook { event: reported(webhook), ..webhook.clone() }).collect();
            let run = Run::new(&all[..count], options(), Memory::default()).lists(&list);
            let found: HashSet<_> =
                run.ends().into_iter().map(|result| result.unwrap().id.unwrap()).collect();
            assert_eq!(found.len(), count, "{list:?}");
        }
    }
    // The first takes the webhook that no other can use; of two that fit the second, the one that
    // the second does not keep.
    for (list, first) in [
        (vec![x("1"), none("2")], "2"),
        (vec![shown("1", r#"{"X":"1"}"#), x("2")], "2"),
        (vec![x("1"), shown("2", r#"{"X":"1"}"#)], "1"),
        (vec![shown("1", r#"{"X":"1"}"#), shown("2", r#"{"X":"1"}"#)], "2"),
    ] {
        let mut ends = Run::new(&all[..2], options(), Memory::default()).lists(&list).ends();
        assert_eq!(ends.remove(0).unwrap().id, Some(id(first)), "{list:?}");
    }
    // If the event is not reported, the other parts must match exactly.
    let vague = Webhook { event: None, ..shown("1", r#"{"X":"1"}"#) };
    let mut run = Run::new(&all[..2], options(), Memory::default()).lists(&[vague]);
    assert!(matches!(run.step(), Step::Create(job, _) if job == run.job(0)));
}

#[test]
fn what_is_reported_in_full_is_taken_before_what_is_not() {
    let vague = Webhook { event: None, ..shown("1", &lead("a")) };
    let run = Run::one(&lead("a"), options(), Memory::default());
    let result = run.lists(&[vague, disabled(shown("2", &lead("a")))]).ends_well();
    assert_eq!(
        (result.id, result.duplicates),
        (Some(id("2")), ids(&[])),
        "nobody knows whether it is a duplicate"
    );
}

#[test]
fn a_lost_create_is_looked_for_ever_more_rarely_until_its_window_is_over_and_then_sent_again() {
    let mut run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).loses_create(0);
    assert!(matches!(&run.notes[1..], [Note::Lost(_)]));
    for _ in 0..11 {
        run = run.lists(&[]);
    }
    assert_eq!(run.waits, [1, 2, 4, 8, 8, 8, 8, 8, 8, 5], "the last one ends with the window");
    let run = run.loses_create(0);
    assert_eq!(run.now, after(60));
}

#[test]
fn a_wait_says_for_what_and_how_long_at_most() {
    let mut run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).loses_create(0).lists(&[]);
    let Step::Wait(waiting) = run.machine.next(after(0)) else { panic!("it waits") };
    assert_eq!((waiting.why, waiting.at_most), (WaitingFor::LostCreate, WINDOW));
    assert_eq!(waiting.desired.url(), "https://example.com/a");
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).creates(0, created("1"));
    let mut run = run.lists(&[]);
    let Step::Wait(waiting) = run.machine.next(after(0)) else { panic!("it waits") };
    assert_eq!((waiting.why, waiting.at_most), (WaitingFor::CreatedWebhook, WINDOW));
}

#[test]
fn three_lost_creates_are_enough_and_the_last_leaves_its_ticket() {
    let mut run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]);
    for _ in 0..3 {
        run = run.loses_create(0);
        let over = run.now + WINDOW;
        while run.now < over {
            run = run.lists(&[]);
        }
    }
    let sent_at = run.now - WINDOW;
    let failed = run.ends_badly();
    assert_eq!((failed.why, failed.outcome), (FailedWhy::LostTooOften, Outcome::Unknown));
    assert_eq!(failed.ticket.unwrap().sent_at(), sent_at);
}

#[test]
fn a_webhook_that_comes_up_after_a_lost_create_was_created_by_it() {
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).loses_create(0);
    let result = run.lists(&[]).lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!((result.action, result.id), (Action::Created, Some(id("1"))));
}

#[test]
fn the_record_of_a_lost_create_stays_until_another_cannot_be_on_its_way() {
    let found = [shown("1", &lead("a"))];
    for (seconds, closes) in [(59, false), (60, true)] {
        let mut run = Run::one(&lead("a"), options(), lost(&lead("a"), &["1"]));
        run.now = after(seconds);
        let run = run.lists(&found);
        assert_eq!(run.notes.iter().any(|note| matches!(note, Note::Closed(_))), closes, "{seconds} s");
        assert_eq!(run.ends_well().action, Action::Existed, "it was there before");
    }
}

#[test]
fn a_create_whose_sender_was_killed_counts_from_now() {
    let mut memory = lost(&lead("a"), &[]);
    memory.open[0].is_ended = false;
    let mut run = Run::one(&lead("a"), options(), memory);
    run.now = after(50);
    let mut run = run.lists(&[]);
    assert!(matches!(&run.notes[..], [Note::Lost(ticket)] if ticket.sent_at() == after(50)));
    while run.now < after(110) {
        run = run.lists(&[]);
    }
    assert!(matches!(run.step(), Step::Create(..)));
}

#[test]
fn a_time_from_the_future_counts_from_now() {
    let mut run = Run::one(&lead("a"), options(), lost(&lead("a"), &[]));
    run.now = start() - Duration::from_secs(1_000);
    let over = run.now + WINDOW;
    run = run.lists(&[]);
    while run.now < over {
        run = run.lists(&[]);
    }
    assert!(matches!(run.step(), Step::Create(..)));
}

#[test]
fn what_differs_in_its_event_alone_or_is_a_cut_may_be_what_a_lost_create_became() {
    let other_event = desired(Trigger::TaskCreate, "a");
    let cut = Webhook { url: Some("https://example.com/".to_owned()), ..shown("1", &lead("a")) };
    let other_path = shown("1", &lead("b"));
    for (seen, is_candidate) in [(shown("1", &other_event), true), (cut, true), (other_path, false)] {
        let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).loses_create(0);
        let mut run = run.lists(std::slice::from_ref(&seen));
        while run.now < after(60) {
            run = run.lists(std::slice::from_ref(&seen));
        }
        if !is_candidate {
            assert!(matches!(run.step(), Step::Create(..)), "{seen:?}");
            continue;
        }
        let result = run.ends_well();
        assert_eq!((result.action, result.id), (Action::Withheld, Some(id("1"))));
        assert_eq!(result.state, State::Unverified(Unverified::Candidate));
        assert_eq!(result.differences.len(), 1);
    }
}

#[test]
fn what_was_there_before_or_is_anothers_is_no_candidate() {
    let near = shown("1", &desired(Trigger::TaskCreate, "a"));
    // The webhook was on the list before the create, or in the create's record.
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(std::slice::from_ref(&near));
    let mut run = run.loses_create(0);
    let over = run.now + WINDOW;
    while run.now < over {
        run = run.lists(std::slice::from_ref(&near));
    }
    assert!(matches!(run.step(), Step::Create(..)));
    let mut run = Run::one(&lead("a"), options(), lost(&lead("a"), &["1"]));
    run.now = after(60);
    let mut run = run.lists(std::slice::from_ref(&near));
    assert!(matches!(run.step(), Step::Create(..)));
    // Another desired webhook, whose own create may have made it, matches it.
    let both = [lead("a"), desired(Trigger::TaskCreate, "a")];
    let mut memory = lost(&both[0], &[]);
    memory.open.extend(lost(&both[1], &[]).open);
    let mut run = Run::new(&both, options(), memory);
    run.now = after(60);
    let mut run = run.lists(&[near]);
    assert!(matches!(run.step(), Step::Create(job, _) if job == run.job(0)));
}

#[test]
fn a_cut_of_the_url_as_it_was_sent_is_a_candidate_when_the_url_is_spelled_otherwise_today() {
    let spelled = |path: &str| desired(Trigger::LeadCreate, path);
    let cut = Webhook { url: Some("https://example.com/x/.".to_owned()), ..shown("1", &lead("a")) };
    for sent in ["x/../a", "%61"] {
        let mut memory = lost(&spelled(sent), &[]);
        // A later record shows another lost create.
        memory.open.extend(lost(&lead("a"), &[]).open);
        let mut run = Run::one(&spelled("./a"), options(), memory);
        run.now = after(60);
        let mut run = run.lists(std::slice::from_ref(&cut));
        if sent == "%61" {
            assert!(matches!(run.step(), Step::Create(..)), "it is no cut of what was sent");
            continue;
        }
        let result = run.ends_well();
        assert_eq!(result.state, State::Unverified(Unverified::Candidate));
        assert_eq!(result.differences[0].desired.as_deref(), Some("https://example.com/./a"));
    }
}

#[test]
fn the_nearest_candidate_is_named() {
    let far = shown("1", &desired(Trigger::TaskCreate, "a"));
    let far = Webhook { url: Some("https://example.com/".to_owned()), ..far };
    let near = shown("2", &desired(Trigger::TaskCreate, "a"));
    let mut run = Run::one(&lead("a"), options(), lost(&lead("a"), &[]));
    run.now = after(60);
    let result = run.lists(&[far, near]).ends_well();
    assert_eq!((result.id, result.differences.len()), (Some(id("2")), 1));
}

#[test]
fn a_duplicate_that_the_list_does_not_show_is_waited_for_and_then_an_error() {
    let refused = || {
        let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]);
        run.creates(0, CreateEnd::Duplicate("there is one")).lists(&[])
    };
    let result = refused().lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!(result.action, Action::Existed);
    let mut run = refused();
    while run.now < after(60) {
        run = run.lists(&[]);
    }
    let failed = run.ends_badly();
    assert_eq!((failed.why, failed.outcome), (FailedWhy::DuplicateNotShown, Outcome::Refused));
    assert_eq!(failed.error, Some("there is one"));
}

#[test]
fn a_create_that_failed_ends_with_its_error_and_is_open_no_longer() {
    for outcome in [Outcome::Refused, Outcome::NotSent] {
        let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]);
        let run = run.creates(0, CreateEnd::Failed { error: "no", outcome });
        assert!(matches!(&run.notes[1..], [Note::Closed(_)]));
        let failed = run.ends_badly();
        assert_eq!((failed.why, failed.outcome, failed.error), (FailedWhy::Call, outcome, Some("no")));
    }
}

#[test]
fn a_created_webhook_that_no_list_shows_keeps_its_record() {
    let mut run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).creates(0, created("1"));
    run = run.lists(&[]);
    while run.now < after(60) {
        run = run.lists(&[]);
    }
    assert!(matches!(run.notes.last(), Some(Note::Lost(ticket)) if ticket.sent_at() == start()));
    let result = run.ends_well();
    assert_eq!((result.action, result.id), (Action::Created, Some(id("1"))));
    assert_eq!(result.state, State::Unverified(Unverified::NotSeen));
}

#[test]
fn of_what_was_created_and_seen_and_is_gone_another_is_looked_for() {
    let run = Run::of(Reconciler::verify(lead("a"), id("2"), start(), options()));
    let both = [shown("1", &lead("a")), shown("2", &lead("a"))];
    // A webhook with a lesser ID takes its place, and is gone at the next list.
    let run = run.lists(&both).lists(&both[1..]).lists(&[]);
    let mut gone = run.lists(&[]);
    assert!(matches!(gone.step(), Step::Create(..)), "nothing is there any more");
}

#[test]
fn a_ticket_is_resolved_without_a_create() {
    let ticket = || Ticket::new(&lead("a"), start());
    let mut run = Run::of(Reconciler::resolve(ticket(), options())).lists(&[]);
    while run.now < after(60) {
        run = run.lists(&[]);
    }
    let result = run.ends_well();
    assert_eq!((result.action, result.state, result.id), (Action::Withheld, State::Absent, None));
    let short = ReconcileOptions { max_wait: Some(Duration::from_secs(10)), ..options() };
    let mut run = Run::of(Reconciler::resolve(ticket(), short)).lists(&[]);
    while run.now < after(7) {
        run = run.lists(&[]);
    }
    assert_eq!(run.waits, [1, 2, 4], "the next list would come after 15 s");
    let result = run.ends_well();
    assert_eq!((result.action, result.state), (Action::Withheld, State::Unverified(Unverified::NotSeen)));
    let found =
        Run::of(Reconciler::resolve(ticket(), options())).lists(&[shown("1", &lead("a"))]).ends_well();
    assert_eq!((found.action, found.id), (Action::Existed, Some(id("1"))));
}

#[test]
fn of_several_records_of_one_create_the_latest_counts_and_what_all_knew_was_there() {
    let later = Ticket::new(&lead("a"), after(30)).knowing(ids(&["1", "2"]));
    for tickets in [vec![later.clone()], vec![]] {
        let mut memory = lost(&lead("a"), &["2", "3"]);
        if tickets.is_empty() {
            memory.open.extend(Memory { open: lost(&lead("a"), &[]).open, ..Memory::default() }.open);
            memory.open[1].ticket = later.clone();
        }
        let mut run = Run::one(&lead("a"), ReconcileOptions { tickets, ..options() }, memory);
        run.now = after(60);
        let near = shown("1", &desired(Trigger::TaskCreate, "a"));
        let known = shown("2", &desired(Trigger::TaskCreate, "a"));
        run = run.lists(&[near.clone(), known.clone()]);
        while run.now < after(90) {
            run = run.lists(&[near.clone(), known.clone()]);
        }
        assert_eq!(run.ends_well().id, Some(id("1")), "only 2 was there before both");
    }
}

#[test]
fn creates_of_what_is_not_desired_any_more_are_reported_and_stay_open() {
    let mut memory = lost(&lead("a"), &[]);
    memory.open.extend(lost(&lead("b"), &[]).open);
    let mut run = Run::one(&lead("b"), options(), memory);
    run.now = after(60);
    let finished = run.lists(&[shown("1", &lead("b"))]).finish();
    let open: Vec<_> = finished.open.iter().map(|ticket| ticket.identity().url().to_owned()).collect();
    assert_eq!(open, ["https://example.com/a"]);
}

#[test]
fn what_was_just_created_is_read_back_after_four_times_what_a_list_takes() {
    for (took, waits) in [(0, &[] as &[u64]), (100, &[0]), (250, &[1]), (5_000, &[1])] {
        let mut run = Run::one(&lead("a"), options(), Memory::default());
        assert_eq!(run.step(), Step::List);
        run.machine.listed(&[], run.now);
        run.now += Duration::from_millis(took);
        let mut run = run.creates(0, created("1"));
        assert_eq!(run.step(), Step::List);
        assert_eq!(run.waits, waits, "{took} ms");
    }
}

#[test]
fn many_are_created_at_once() {
    let all: Vec<NewWebhook> = ["a", "b", "c"].map(lead).to_vec();
    let run = Run::new(&all, options(), Memory::default()).lists(&[]);
    let mut run = run.sends_create(0).sends_create(1).sends_create(2);
    assert_eq!(run.step(), Step::Idle);
    let seen: Vec<_> = all.iter().zip(["1", "2", "3"]).map(|(webhook, text)| shown(text, webhook)).collect();
    let run = run.created(1, created("2")).created(0, created("1")).created(2, created("3"));
    assert_eq!(run.machine.ended(), 0);
    let run = run.lists(&seen);
    assert_eq!(run.machine.ended(), 3);
    assert!(run.ends().into_iter().all(|result| result.unwrap().is_ok()));
}

#[test]
fn what_a_person_made_into_another_desired_webhook_satisfies_that_one() {
    let both = [lead("a"), lead("b")];
    let run = Run::new(&both, options(), Memory::default()).lists(&[shown("1", &lead("a"))]);
    let run = run.loses_create(1).lists(&[shown("1", &lead("b"))]);
    let ended = run.ends();
    assert_eq!(ended[1].as_ref().unwrap().id, Some(id("1")));
}

#[test]
fn what_was_created_as_another_desired_webhook_does_not_satisfy_that_one() {
    let both = [lead("a"), lead("b")];
    let run = Run::new(&both, options(), Memory::default()).lists(&[]);
    let run = run.creates(0, created("1")).loses_create(1).lists(&[shown("1", &lead("b"))]);
    assert_eq!(run.machine.ended(), 0);
    let mut run = run.deletes("1", Ok(()));
    assert_eq!(run.step(), Step::List, "the lost one is looked for");
}

#[test]
fn a_plan_that_looks_for_a_lost_create_does_not_call_it_absent() {
    let run = Run::one(&lead("a"), options(), lost(&lead("a"), &[])).lists(&[]);
    let planned = run.machine.plan().webhooks.remove(0).unwrap();
    assert_eq!((planned.action, planned.state), (Action::Created, State::Unverified(Unverified::NotSeen)));
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]);
    let planned = run.machine.plan().webhooks.remove(0).unwrap();
    assert_eq!((planned.action, planned.state), (Action::Created, State::Absent));
}

#[test]
fn what_was_just_created_is_read_back_after_a_pause_that_is_no_wait_for_anything() {
    let mut run = Run::one(&lead("a"), options(), Memory::default());
    assert_eq!(run.step(), Step::List);
    run.machine.listed(&[], run.now);
    run.now += Duration::from_millis(100);
    let mut run = run.creates(0, created("1"));
    assert_eq!(
        run.machine.next(run.now),
        Step::Pause(Duration::from_millis(400)),
        "four times a list's time"
    );
    run.now += Duration::from_millis(400);
    assert_eq!(run.machine.next(run.now), Step::List);
}

#[test]
fn a_lost_create_that_is_ahead_of_a_clock_that_was_set_back_counts_from_then() {
    let mut run = Run::one(&lead("a"), options(), Memory::default()).lists(&[]).loses_create(0);
    run.now -= Duration::from_hours(1);
    let over = run.now + WINDOW;
    while run.now < over {
        run = run.lists(&[]);
    }
    assert!(matches!(run.step(), Step::Create(..)));
}

#[test]
fn of_several_waits_of_one_length_the_first_desired_one_is_reported() {
    let both = [lead("a"), lead("b")];
    let mut memory = lost(&both[0], &[]);
    memory.open.extend(lost(&both[1], &[]).open);
    let mut run = Run::new(&both, options(), memory).lists(&[]);
    let Step::Wait(waiting) = run.machine.next(run.now) else { panic!("it waits") };
    assert_eq!(waiting.desired.url(), "https://example.com/a");
}

#[test]
fn of_several_waits_the_shortest_comes_first() {
    let both = [lead("a"), lead("b")];
    let mut memory = lost(&both[0], &[]);
    memory.open.extend(lost(&both[1], &[]).open);
    memory.open[0].ticket = Ticket::new(&both[0], start() - Duration::from_secs(55));
    for order in [[0, 1], [1, 0]] {
        let webhooks = order.map(|index| both[index].clone());
        let run = Run::new(&webhooks, options(), memory.clone()).lists(&[]).lists(&[]).lists(&[]);
        let mut run = run;
        let Step::Wait(waiting) = run.machine.next(run.now) else { panic!("it waits") };
        // 1 s and 2 s have passed. The window of `a` ends after 5 s, and `b` would be looked up
        // after 7 s.
        assert_eq!((waiting.time, waiting.desired.url()), (Duration::from_secs(2), "https://example.com/a"));
    }
}

#[test]
fn what_is_like_it_but_spelled_otherwise_was_there_before() {
    // With the URL spelled as desired, it would be a near match, which the create cannot have made.
    let escaped = Webhook {
        url: Some("https://example.com/%61".to_owned()),
        ..shown("1", &desired(Trigger::TaskCreate, "a"))
    };
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(std::slice::from_ref(&escaped));
    let run = run.sends_create(0);
    assert!(matches!(&run.notes[..], [Note::Open(ticket)] if ticket.known() == Some(&ids(&["1"])[..])));
    let vague = Webhook { status: None, ..shown("1", &lead("b")) };
    let run = Run::one(&lead("a"), options(), Memory::default()).lists(&[vague]).sends_create(0);
    assert!(matches!(&run.notes[..], [Note::Open(ticket)] if ticket.known() == Some(&[][..])));
}

#[test]
fn a_ticket_waits_no_longer_than_asked_and_exactly_so_long() {
    let exact = ReconcileOptions { max_wait: Some(Duration::from_secs(7)), ..options() };
    let mut run = Run::of(Reconciler::resolve(Ticket::new(&lead("a"), start()), exact)).lists(&[]);
    while run.now < after(7) {
        run = run.lists(&[]);
    }
    assert_eq!(run.waits, [1, 2, 4]);
    assert_eq!(run.ends_well().state, State::Unverified(Unverified::NotSeen));
}

#[test]
fn a_create_without_a_record_opens_none_when_it_is_not_seen() {
    let mut run = Run::of(Reconciler::verify(lead("a"), id("1"), start(), options())).lists(&[]);
    while run.now < after(60) {
        run = run.lists(&[]);
    }
    assert!(!run.notes.iter().any(|note| matches!(note, Note::Lost(_))), "{:?}", run.notes);
}

#[test]
fn what_waited_for_its_turn_and_somebody_else_created_is_found() {
    let all = [super::account::disputed("a"), super::account::disputed("b")];
    let run = Run::new(&all, options(), Memory::default()).lists(&[]).creates(0, created("1"));
    let ended = run.lists(&[shown("1", &all[0]), shown("2", &all[1])]).ends();
    assert_eq!(ended[1].as_ref().unwrap().action, Action::Existed);
}

#[test]
fn a_disputed_create_that_is_known_to_hold_lets_the_others_go_before_all_has_ended() {
    let all = [super::account::disputed("a"), super::account::disputed("b")];
    let run = Run::new(&all, options(), Memory::default()).lists(&[]).sends_create(0);
    let run = run.created(0, created("2"));
    // Its duplicate still has to be removed.
    let both = [shown("1", &all[0]), shown("2", &all[0])];
    let mut run = run.lists(&both);
    assert_eq!(run.machine.ended(), 0);
    assert!(matches!(run.step(), Step::Create(job, _) if job == run.job(1)));
}
