//! Retrieve, update and delete, verified create, tickets and ensure, over real sockets against the sandbox's faults.

use std::time::Duration;

use leadsquared_webhooks::{
    Change, Client, Credentials, EnsureOptions, ErrorKind, EventCodes, NewWebhook, OnMismatch, Outcome,
    Resolution, ResolveOptions, Trigger, UnexpectedReason, Verification, VerifyError, Webhook, WebhookFilter,
    WebhookStatus,
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
        let webhooks = client_of(&sandbox).list(&WebhookFilter::default()).await.unwrap();
        assert_eq!((webhooks.len(), sandbox.request_count()), (250, 3));
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
    let described = NewWebhook::builder("https://example.com/one".parse().unwrap(), Trigger::LeadCreate);
    let one = client.create(&described.description("all leads").build()).await.unwrap().id;
    let two = client.create(&of_url("https://example.com/two")).await.unwrap().id;
    assert!(sandbox.set_status(two.as_str(), 2));
    let ids = async |filter: WebhookFilter| -> Vec<_> {
        client.list(&filter).await.unwrap().into_iter().map(|webhook| webhook.id).collect()
    };
    assert_eq!(ids(WebhookFilter::builder().text("all leads").build()).await, *std::slice::from_ref(&one));
    let broken = WebhookFilter::builder().status(WebhookStatus::DisabledByFailures).build();
    assert_eq!(ids(broken).await, *std::slice::from_ref(&two));
    assert_eq!(
        ids(WebhookFilter::builder().event(leadsquared_webhooks::Event::TaskCreate).build()).await,
        []
    );
    assert_eq!(client.get(&one).await.unwrap().unwrap().id, one);
    assert_eq!(client.get(&"not-there".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_hold_what_it_says_is_no_list() {
    let body = r#"{"RecordCount":2,"Response":[{"WebhookId":"a"}]}"#;
    let sandbox = sandbox().await;
    for _ in 0..6 {
        let short = Fault::Status { status: 200, body: body.to_owned(), headers: [].into() };
        sandbox.fault(short.on(Call::Retrieve));
    }
    let error = client_of(&sandbox).list(&WebhookFilter::default()).await.unwrap_err();
    let ErrorKind::UnexpectedResponse(answer) = error.kind() else { panic!("{error:?}") };
    assert_eq!(answer.reason(), UnexpectedReason::Incomplete);
    assert_eq!(sandbox.request_count(), 6);
}

#[tokio::test(start_paused = true)]
async fn reads_updates_and_deletes_are_repeated_after_a_lost_answer() {
    for fault in [Fault::CloseBeforeApply, Fault::ApplyThenClose, Fault::ApplyThen500, Fault::Truncated] {
        let sandbox = sandbox().await;
        let client = client_of(&sandbox);
        let id = client.create(&webhook()).await.unwrap().id;

        sandbox.fault(fault.clone().on(Call::Retrieve));
        assert_eq!(client.list(&WebhookFilter::default()).await.unwrap().len(), 1, "{fault:?}");

        sandbox.fault(fault.clone().on(Call::Update));
        let changed = client.update(&id, &of_url("https://example.com/moved")).await.unwrap();
        assert_eq!(changed.attempts.len(), 2);
        assert_eq!(sandbox.webhooks()[0].url, "https://example.com/moved");

        sandbox.fault(fault.clone().on(Call::Delete));
        let _ = client.delete(&id).await.unwrap();
        assert!(sandbox.webhooks().is_empty());
        assert!(sandbox.manners().is_clean());
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
    assert_eq!((error.attempts().len(), sandbox.webhooks().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn ensure_sees_what_was_created_as_another_event() {
    let sandbox = Sandbox::builder().code_table(CodeTable::Observed).start().await.unwrap();
    let ensured = client_of(&sandbox).ensure(&opportunity(), &EnsureOptions::default()).await.unwrap();
    let Change::Created(Verification::Different { got, .. }) = ensured.change else { panic!("{ensured:?}") };
    assert_eq!(got.event.unwrap().as_str(), "Opportunity_Post_Delete");
    assert_eq!(sandbox.webhooks().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_verified_create_is_the_same_different_or_unverified() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let verified = client.create_verified(&webhook(), OnMismatch::Keep).await.unwrap();
    assert_eq!(verified.verification, Verification::Same);

    sandbox.fault(Fault::LateVisibility { ms: 60_000 });
    let late = client.create_verified(&of_url("https://example.com/late"), OnMismatch::Keep).await.unwrap();
    assert!(matches!(late.verification, Verification::Unverified { .. }));
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
        // 31 is a create in one table and a delete in the other; 29 is nothing in the documented one.
        match (codes, client.create_verified(&opportunity(), OnMismatch::Undo).await) {
            (EventCodes::Documented, Err(VerifyError::Mismatch(mismatch))) => {
                assert_eq!(mismatch.differences[0].asked, "Opportunity_Post_Create");
                assert_eq!(mismatch.differences[0].got, "Opportunity_Post_Delete");
                assert!(mismatch.undone && sandbox.webhooks().is_empty());
            }
            (EventCodes::Observed, Err(VerifyError::Create(error))) => {
                assert_eq!(error.outcome(), Outcome::Refused);
            }
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_mismatch_stays_unless_it_is_to_be_undone() {
    let sandbox = Sandbox::builder().code_table(CodeTable::Observed).start().await.unwrap();
    let error = client_of(&sandbox).create_verified(&opportunity(), OnMismatch::Keep).await.unwrap_err();
    let VerifyError::Mismatch(mismatch) = error else { panic!("{error:?}") };
    assert_eq!(sandbox.webhooks()[0].id, mismatch.id.as_str());
    assert!(!mismatch.undone && mismatch.to_string().contains("Opportunity_Post_Delete"));
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
        let one_look = ResolveOptions::builder().patience(Duration::ZERO).build();
        let at_once = another.resolve(&ticket, &one_look).await.unwrap();
        if fault != Fault::ApplyThenStall {
            assert!(matches!(at_once, Resolution::NotSeen { .. }), "{fault:?}: {at_once:?}");
        }
        let started = Instant::now();
        match another.resolve(&ticket, &ResolveOptions::default()).await.unwrap() {
            Resolution::Found(webhook) if found => assert_eq!(webhook.id.as_str(), sandbox.webhooks()[0].id),
            Resolution::Absent if !found => assert!(started.elapsed() >= Duration::from_secs(29)),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert!(sandbox.manners().is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn a_twin_shows_as_several() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::ApplyThenClose);
    let error = client.create(&webhook()).await.unwrap_err();
    let _ = client.create(&webhook()).await.unwrap();
    let resolution = client.resolve(error.ticket().unwrap(), &ResolveOptions::default()).await.unwrap();
    assert!(matches!(resolution, Resolution::Several(twins) if twins.len() == 2));
}

#[tokio::test(start_paused = true)]
async fn ensure_creates_once_and_then_finds_it() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    let ensure =
        async |webhook: &NewWebhook| client.ensure(webhook, &EnsureOptions::default()).await.unwrap();
    let created = ensure(&webhook()).await;
    assert_eq!(created.change, Change::Created(Verification::Same));
    assert_eq!(ensure(&webhook()).await.change, Change::Existed);

    let described = NewWebhook::builder(webhook().url().clone(), webhook().trigger().clone())
        .description("another")
        .build();
    let updated = ensure(&described).await;
    assert_eq!((updated.change.as_str(), updated.id), ("updated", created.id.clone()));
    assert_eq!(sandbox.webhooks()[0].description, "another");

    assert!(sandbox.set_status(created.id.as_str(), 2));
    let disabled = ensure(&described).await;
    assert_eq!(disabled.change, Change::Disabled(WebhookStatus::DisabledByFailures));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(client.pending().is_empty() && sandbox.manners().is_clean());
}

#[tokio::test(start_paused = true)]
async fn ensure_leaves_no_twin_whatever_is_lost_or_late() {
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
            let ensured = client.ensure(&webhook(), &EnsureOptions::default()).await.unwrap();
            assert_eq!(sandbox.webhooks().len(), 1, "{first:?} {second:?}");
            assert_eq!(sandbox.webhooks()[0].id, ensured.id.as_str());
            assert_eq!(ensured.change, Change::Created(Verification::Same));
            assert!(sandbox.manners().findings.is_empty(), "{:?}", sandbox.manners());
            assert!(client.pending().is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_ensure_that_is_cut_off_leaves_its_ticket_and_the_next_one_goes_on_there() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    sandbox.fault(Fault::Stall.on(Call::Create));
    let webhook = webhook();
    let options = EnsureOptions::default();
    assert!(timeout(Duration::from_secs(10), client.ensure(&webhook, &options)).await.is_err());
    let [call] = client.pending().try_into().unwrap();
    assert!(call.ticket.is_some(), "{call:?}");

    let ensured = client.ensure(&webhook, &EnsureOptions::default()).await.unwrap();
    assert_eq!(ensured.change, Change::Created(Verification::Same));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.manners().findings.is_empty(), "{:?}", sandbox.manners());
}

#[tokio::test(start_paused = true)]
async fn ensure_reports_a_twin_and_removes_its_own_when_asked() {
    let sandbox = sandbox().await;
    let client = client_of(&sandbox);
    // Another client's, which the first look does not show and the reading back does.
    for (remove, left) in [(false, 2), (true, 1)] {
        sandbox.reset();
        sandbox.fault(Fault::DelayAnswer { ms: 5_000 }.on(Call::Create));
        let webhook = webhook();
        let options = EnsureOptions::builder().remove_surplus(remove).build();
        let other = client_of(&sandbox);
        let (one, two) = tokio::join!(client.ensure(&webhook, &options), other.ensure(&webhook, &options));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(sandbox.webhooks().len(), left);
        if remove {
            assert_eq!(one.removed.len() + two.removed.len(), 1);
        } else {
            assert_eq!(one.surplus.len() + two.surplus.len(), 2);
        }
    }
}
