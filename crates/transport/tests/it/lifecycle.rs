//! Retrieve, update and delete, verified create, tickets and ensure, over real sockets against the
//! sandbox's faults.

use std::time::Duration;

use leadsquared_webhooks::{
    Client, NewWebhook, Outcome, Trigger, Webhook,
    account::Credentials,
    call::{Cancellation, List, OnMismatch, Request},
    core::reconcile::{DifferenceKind, Unverified},
    error::ErrorKind,
    event::EventCodes,
    reconcile::{Action, State},
    webhook::{WebhookFilter, WebhookStatus},
};
use leadsquared_webhooks_sandbox::{Call, CodeTable, Fault, Sandbox};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::server::webhook;

async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(vec![]).start().await.unwrap()
}

fn client_of(sandbox: &Sandbox) -> Client {
    let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
    Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap()
}

fn of_url(url: &str) -> NewWebhook {
    NewWebhook::builder(url.parse().unwrap(), Trigger::LeadCreate).build()
}

fn opportunity() -> NewWebhook {
    NewWebhook::from_json(
        r#"{"url": "https://example.com", "trigger": {"event": "opportunity_create", "opportunity_types": ["12000"]}}"#,
    )
    .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_list_fetches_every_page_and_keeps_what_it_does_not_know() {
    for strings in [false, true] {
        let sandbox = Sandbox::builder().limits(vec![]).numbers_as_strings(strings).start().await.unwrap();
        for number in 0..250 {
            sandbox
                .seed_webhook(&json!({"WebhookEvent": "3", "URL": format!("https://example.com/{number}")}))
                .unwrap();
        }
        let webhooks = client_of(&sandbox).list().await.unwrap();
        // Three pages, read until two readings agree.
        assert_eq!((webhooks.len(), sandbox.request_count()), (250, 6));
        let Webhook { event, status, other, .. } = &webhooks[0];
        assert_eq!(event.as_ref().unwrap().as_str(), "Lead_Post_Create");
        assert_eq!(*status, Some(WebhookStatus::Enabled));
        assert!(other.iter().any(|(name, _)| name == "CreatedOn"), "{other:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_is_filtered_by_event_state_and_text() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let one = NewWebhook::builder("https://example.com/one".parse().unwrap(), Trigger::LeadCreate)
        .description("the first")
        .build();
    let one = client.create(&one).await.unwrap().id;
    let two = client.create(&of_url("https://example.com/two")).await.unwrap().id;
    assert!(sandbox.set_status(two.as_str(), 2));
    let ids = async |list: Request<List>| -> Vec<_> {
        list.await.unwrap().into_iter().map(|webhook| webhook.id).collect()
    };
    assert_eq!(ids(client.list().text("first")).await, *std::slice::from_ref(&one));
    let broken = WebhookFilter::builder().status(WebhookStatus::DisabledByFailures).build();
    for broken in [client.list().status(WebhookStatus::DisabledByFailures), client.list().filter(broken)] {
        assert_eq!(ids(broken).await, *std::slice::from_ref(&two));
    }
    assert_eq!(ids(client.list().event(leadsquared_webhooks::Event::TaskCreate)).await, []);
    assert_eq!(client.get(&one).await.unwrap().unwrap().id, one);
    assert_eq!(client.get(&"not-there".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_hold_what_it_says_is_no_list() {
    let body = r#"{"RecordCount":2,"Response":[{"WebhookId":"a"}]}"#;
    let sandbox = sandbox().await;
    for _ in 0..10 {
        let short = Fault::Status { status: 200, body: body.to_owned(), headers: [].into() };
        sandbox.fault(short.on(Call::Retrieve));
    }
    let error = client_of(&sandbox).list().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::ListIncomplete { record_count: 2, listed: 1 });
    assert!(!error.may_have_been_applied());
    assert_eq!((sandbox.request_count(), error.attempts().len()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn reads_updates_and_deletes_are_repeated_after_a_lost_answer() {
    for fault in [Fault::CloseBeforeApply, Fault::ApplyThenClose, Fault::ApplyThen500, Fault::Truncated] {
        let sandbox = sandbox().await;
        let client = client_of(&sandbox);
        let id = client.create(&webhook()).await.unwrap().id;

        sandbox.fault(fault.clone().on(Call::Retrieve));
        assert_eq!(client.list().await.unwrap().len(), 1, "{fault:?}");

        sandbox.fault(fault.clone().on(Call::Update));
        let changed = client.update(&id, &of_url("https://example.com/moved")).await.unwrap();
        assert_eq!(changed.attempts.len(), 2);
        assert_eq!(sandbox.webhooks()[0].url, "https://example.com/moved");

        sandbox.fault(fault.clone().on(Call::Delete));
        let _ = client.delete(&id).await.unwrap();
        assert!(sandbox.webhooks().is_empty());
        assert!(sandbox.client_report().is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_cannot_be_changed() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let id = "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse().unwrap();
    assert_eq!(client.update(&id, &webhook()).await.unwrap_err().outcome(), Outcome::Refused);
    assert_eq!(client.delete(&id).await.unwrap_err().outcome(), Outcome::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_cannot_be_confirmed_is_no_refusal() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let id = client.create(&webhook()).await.unwrap().id;
    let refused = Fault::Status { status: 401, body: String::new(), headers: [].into() };
    sandbox.fault(refused.on(Call::Retrieve));
    let error = client.delete(&id).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unconfirmed, Outcome::Unknown));
    assert_eq!((error.attempts().len(), sandbox.webhooks().len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn ensure_rolls_back_what_was_created_as_another_event() {
    for keep in [false, true] {
        let sandbox = Sandbox::builder().code_table(CodeTable::Observed).start().await.unwrap();
        let client = client_of(&sandbox);
        for night in 1..=3 {
            let result = client.ensure(&opportunity()).keep_mismatch(keep).await.unwrap();
            assert_eq!(result.state, State::Mismatch);
            assert!(!result.is_ok());
            let difference = &result.differences[0];
            assert_eq!(difference.field, "event");
            assert_eq!(difference.found.as_deref(), Some("Opportunity_Post_Delete"));
            if keep {
                assert_eq!((result.action, sandbox.webhooks().len()), (Action::Created, night));
            } else {
                assert_eq!((result.action, sandbox.webhooks().len()), (Action::RolledBack, 0));
                assert_eq!((result.id, result.removed.len()), (None, 1));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_verified_create_is_as_desired_or_unverified() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let verified = client.create_verified(&webhook()).await.unwrap();
    assert_eq!((verified.action, verified.state), (Action::Created, State::Delivering));
    assert_eq!(verified.attempts.len(), 2);

    sandbox.fault(Fault::LateVisibility { ms: 60_000 });
    let late = client.create_verified(&of_url("https://example.com/late")).await.unwrap();
    assert_eq!(late.state, State::Unverified(Unverified::NotSeen));
    assert!(late.id.is_some() && !late.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_create_that_cannot_be_read_back_is_reported_with_its_id() {
    let refused =
        || Fault::Status { status: 401, body: String::new(), headers: [].into() }.on(Call::Retrieve);
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(refused());
    let error = client.create_verified(&webhook()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unconfirmed, Outcome::Unknown));
    assert_eq!(error.id().unwrap().as_str(), sandbox.webhooks()[0].id);
    assert!(error.to_string().contains(error.id().unwrap().as_str()), "{error}");
    assert_eq!(error.attempts().len(), 2);

    // The same for a whole run: the first list shows nothing, the second fails.
    let other = of_url("https://example.com/other");
    sandbox.fault(Fault::DelayAnswer { ms: 1 }.on(Call::Retrieve));
    sandbox.fault(refused());
    let error = client.ensure(&other).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unconfirmed, Outcome::Unknown));
    assert!(error.id().is_some() && error.ticket().is_some());
    assert_eq!(error.attempts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_ensure_whose_list_fails_sends_nothing_and_says_so() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::Status { status: 401, body: String::new(), headers: [].into() }.on(Call::Retrieve));
    let error = client.ensure(&webhook()).await.unwrap_err();
    assert_eq!((error.outcome(), error.may_have_been_applied()), (Outcome::Refused, false));
    assert_eq!((sandbox.request_count(), error.attempts().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_disputed_codes_are_caught_on_an_account_that_follows_the_other_table() {
    for (codes, table) in
        [(EventCodes::Documented, CodeTable::Observed), (EventCodes::Observed, CodeTable::Documented)]
    {
        let sandbox = Sandbox::builder().code_table(table).start().await.unwrap();
        let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
        let client =
            Client::builder(sandbox.host().parse().unwrap(), credentials).codes(codes).build().unwrap();
        // 31 is a create in one table and a delete in the other; 29 does not exist in the
        // documented one.
        match (codes, client.create_verified(&opportunity()).on_mismatch(OnMismatch::RollBack).await) {
            (EventCodes::Documented, Ok(result)) => {
                assert_eq!((result.action, result.state), (Action::RolledBack, State::Mismatch));
                let difference = &result.differences[0];
                assert_eq!(difference.desired.as_deref(), Some("Opportunity_Post_Create"));
                assert_eq!(difference.found.as_deref(), Some("Opportunity_Post_Delete"));
                assert!(sandbox.webhooks().is_empty());
            }
            (EventCodes::Observed, Err(error)) => assert_eq!(error.outcome(), Outcome::Refused),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_mismatch_stays_unless_it_is_to_be_rolled_back() {
    let sandbox = Sandbox::builder().code_table(CodeTable::Observed).start().await.unwrap();
    let create = client_of(&sandbox).create_verified(&opportunity());
    let result = create.await.unwrap();
    assert_eq!((result.action, result.state), (Action::Created, State::Mismatch));
    assert_eq!(sandbox.webhooks()[0].id, result.id.unwrap().as_str());

    let create = client_of(&sandbox).create_verified(&opportunity()).on_mismatch(OnMismatch::Keep);
    let result = create.await.unwrap();
    assert_eq!((result.action, sandbox.webhooks().len()), (Action::Created, 2));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_out_with_its_ticket_by_another_process_too() {
    for (fault, found) in [
        (Fault::ApplyThenClose, true),
        (Fault::ApplyThen500, true),
        (Fault::ApplyThenStall, true),
        (Fault::Truncated, true),
        (Fault::CloseBeforeApply, false),
        (Fault::Stall, false),
    ] {
        let sandbox = sandbox().await;
        sandbox.fault(fault.clone().visible_after(Duration::from_secs(20)));
        let error = client_of(&sandbox).create(&webhook()).await.unwrap_err();
        let stored = error.ticket().unwrap().to_json();

        let another = client_of(&sandbox);
        let ticket = stored.parse().unwrap();
        let at_once = another.resolve(&ticket).max_wait(Duration::ZERO).await.unwrap();
        if fault != Fault::ApplyThenStall {
            assert_eq!(at_once.state, State::Unverified(Unverified::NotSeen), "{fault:?}: {at_once:?}");
        }
        let started = Instant::now();
        let result = another.resolve(&ticket).await.unwrap();
        match (result.id, result.state) {
            (Some(id), State::Delivering) if found => assert_eq!(id.as_str(), sandbox.webhooks()[0].id),
            (None, State::Absent) if !found => assert!(started.elapsed() >= Duration::from_secs(29)),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert!(sandbox.client_report().is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_named_beside_the_webhook_of_a_ticket() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::ApplyThenClose);
    let error = client.create(&webhook()).await.unwrap_err();
    let _ = client.create(&webhook()).await.unwrap();
    let result = client.resolve(error.ticket().unwrap()).await.unwrap();
    assert_eq!((result.state, result.duplicates.len()), (State::Delivering, 1));
}

#[tokio::test(start_paused = true)]
async fn ensure_creates_once_and_then_finds_it() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let ensure =
        async |webhook: &NewWebhook, overwrite| client.ensure(webhook).overwrite(overwrite).await.unwrap();
    let created = ensure(&webhook(), false).await;
    assert_eq!((created.action, created.state), (Action::Created, State::Delivering));
    let existed = ensure(&webhook(), false).await;
    assert_eq!((existed.action, existed.is_ok()), (Action::Existed, true));

    // The description and headers of a foreign webhook are kept, unless overwriting is requested.
    let described = NewWebhook::builder(webhook().url().clone(), webhook().trigger().clone())
        .description("another")
        .build();
    let adopted = ensure(&described, false).await;
    assert_eq!((adopted.action, adopted.is_ok()), (Action::Existed, true));
    assert_eq!(adopted.differences[0].kind, DifferenceKind::Differs);
    assert_ne!(sandbox.webhooks()[0].description, "another");
    let updated = ensure(&described, true).await;
    assert_eq!((updated.action, &updated.id), (Action::Updated, &created.id));
    assert!(updated.differences.iter().any(|other| other.kind == DifferenceKind::ReplacedUnseen));
    assert_eq!(sandbox.webhooks()[0].description, "another");

    assert!(sandbox.set_status(created.id.unwrap().as_str(), 2));
    let disabled = ensure(&described, true).await;
    assert_eq!(disabled.state, State::Disabled(WebhookStatus::DisabledByFailures));
    assert!(!disabled.is_ok());
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(client.pending().is_empty() && sandbox.client_report().is_clean());
}

#[tokio::test(start_paused = true)]
async fn ensure_leaves_no_duplicate_whatever_is_lost_or_late() {
    let faults = [
        Fault::CloseBeforeApply,
        Fault::ApplyThenClose,
        Fault::ApplyThen500,
        Fault::ApplyThenStall,
        Fault::Stall,
        Fault::Truncated,
        Fault::Html { status: 502 },
    ];
    for first in &faults {
        for second in &faults {
            let sandbox = sandbox().await;
            sandbox.fault(first.clone().on(Call::Create).visible_after(Duration::from_secs(25)));
            sandbox.fault(second.clone().on(Call::Create).visible_after(Duration::from_secs(25)));
            let client = client_of(&sandbox);
            let result = client.ensure(&webhook()).await.unwrap();
            assert_eq!(sandbox.webhooks().len(), 1, "{first:?} {second:?}");
            assert_eq!(sandbox.webhooks()[0].id, result.id.unwrap().as_str());
            assert_eq!((result.action, result.state), (Action::Created, State::Delivering));
            assert!(sandbox.client_report().findings.is_empty(), "{:?}", sandbox.client_report());
            assert!(client.pending().is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_ensure_that_is_interrupted_leaves_its_ticket_and_the_next_one_resumes_there() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::Stall.on(Call::Create));
    let webhook = webhook();
    assert!(timeout(Duration::from_secs(10), client.ensure(&webhook)).await.is_err());
    let [call] = client.pending().try_into().unwrap();
    assert!(call.ticket.is_some(), "{call:?}");

    let result = client.ensure(&webhook).await.unwrap();
    assert_eq!((result.action, result.state), (Action::Created, State::Delivering));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.client_report().findings.is_empty(), "{:?}", sandbox.client_report());
}

#[tokio::test(start_paused = true)]
async fn twenty_ensures_of_one_identity_at_once_create_one_webhook() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::DelayAnswer { ms: 300 }.on(Call::Create));
    let webhook = webhook();
    let runs = (0..20).map(|_| client.ensure(&webhook).into_future());
    let results = futures_util::future::join_all(runs).await;
    let created = results.iter().filter(|result| result.as_ref().unwrap().action == Action::Created);
    assert_eq!((created.count(), sandbox.webhooks().len()), (1, 1));
    assert_eq!(creates(&sandbox), 1, "none is made only to be removed");
}

#[tokio::test(start_paused = true)]
async fn an_ensure_goes_by_the_creates_of_its_own_client_that_are_in_flight() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::Delay { ms: 300 }.on(Call::Create));
    let webhook = webhook();
    let (created, ensured) =
        tokio::join!(client.create(&webhook).into_future(), client.ensure(&webhook).into_future());
    assert_eq!(ensured.unwrap().id, Some(created.unwrap().id));
    assert_eq!(creates(&sandbox), 1);
}

fn creates(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path.ends_with("Create")).count()
}

#[tokio::test(start_paused = true)]
async fn ensures_of_other_identities_go_side_by_side() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    for _ in 0..8 {
        sandbox.fault(Fault::DelayAnswer { ms: 1_000 }.on(Call::Create));
    }
    let webhooks: Vec<_> = (0..8).map(|number| of_url(&format!("https://example.com/{number}"))).collect();
    let started = Instant::now();
    let runs = webhooks.iter().map(|webhook| client.ensure(webhook).into_future());
    let _ = futures_util::future::join_all(runs).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(sandbox.webhooks().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn ensure_reports_a_duplicate_and_removes_its_own_unless_it_is_to_stay() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    // Another client's webhook, which the first list does not show and the reading back does.
    for (keep, left) in [(true, 2), (false, 1)] {
        sandbox.reset();
        sandbox.fault(Fault::DelayAnswer { ms: 5_000 }.on(Call::Create));
        sandbox.fault(Fault::DelayAnswer { ms: 5_000 }.on(Call::Create));
        let webhook = webhook();
        let other = client_of(&sandbox);
        let ensure = |client: &Client| client.ensure(&webhook).keep_duplicates(keep).into_future();
        let (one, two) = tokio::join!(ensure(&client), ensure(&other));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(sandbox.webhooks().len(), left);
        if keep {
            assert_eq!(one.duplicates.len() + two.duplicates.len(), 2);
        } else {
            assert_eq!(one.removed.len() + two.removed.len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_ensure_that_is_cancelled_waits_for_what_was_sent_and_names_what_it_created() {
    let hour = Duration::from_hours(1);
    let sandbox = Sandbox::builder().visible_after((hour, hour)).start().await.unwrap();
    sandbox.fault(Fault::DelayAnswer { ms: 5_000 }.on(Call::Create));
    let client = client_of(&sandbox);
    // While the response is in flight, and in the wait between two lists.
    for after in [2, 8] {
        let cancellation = Cancellation::default();
        let webhook = of_url(&format!("https://example.com/{after}"));
        let ensure = client.ensure(&webhook).cancellation(cancellation.clone());
        let (result, ()) = tokio::join!(ensure.into_future(), async {
            tokio::time::sleep(Duration::from_secs(after)).await;
            cancellation.cancel();
        });
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unconfirmed, Outcome::Unknown));
        let created = sandbox.webhooks().into_iter().find(|created| created.url == webhook.url().as_str());
        assert_eq!(error.id().unwrap().as_str(), created.unwrap().id);
        assert!(error.ticket().is_some() && client.pending().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_ensure_that_is_cancelled_before_anything_was_sent_says_so() {
    let sandbox = sandbox().await;
    let cancellation = Cancellation::default();
    cancellation.cancel();
    let error = client_of(&sandbox).ensure(&webhook()).cancellation(cancellation).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::NotSent));
    assert_eq!(error.to_string(), "the call was cancelled; nothing was sent");
    assert_eq!(sandbox.request_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_clients_that_ensure_at_once_leave_one_webhook_when_the_list_is_not_late() {
    for seed in 0..300 {
        let delay = (Duration::from_millis(100), Duration::from_millis(300));
        let sandbox = Sandbox::builder().limits(vec![]).delay(delay).seed(seed).start().await.unwrap();
        let (one, two) = (client_of(&sandbox), client_of(&sandbox));
        let webhook = webhook();
        let (one, two) = tokio::join!(one.ensure(&webhook).into_future(), two.ensure(&webhook).into_future());
        let left = sandbox.webhooks();
        assert_eq!(left.len(), 1, "seed {seed}: {one:?} {two:?}");
        for result in [one.unwrap(), two.unwrap()] {
            assert_eq!(result.id.unwrap().as_str(), left[0].id, "seed {seed}");
        }
    }
}
