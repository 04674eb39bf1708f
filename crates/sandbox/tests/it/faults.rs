use std::time::Duration;

use leadsquared_webhooks_sandbox::{Call, Fault, RateLimitForm, Sandbox};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::raw::{Answer, call, create, create_raw, deleted, retrieve_all, sample, sample_with, sandbox};

/// Returns the answer to a create with this fault, whether the create was applied, and the time
/// taken.
async fn meet(fault: Fault) -> (Option<Answer>, bool, Duration) {
    let sandbox = sandbox!();
    sandbox.fault(fault);
    let started = Instant::now();
    let answer = create_raw(&sandbox, sample().to_string().as_bytes()).await;
    (answer, !sandbox.webhooks().is_empty(), started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_or_after_the_call_is_applied() {
    for fault in [Fault::Delay { ms: 700 }, Fault::DelayAnswer { ms: 700 }] {
        let (answer, applied, time) = meet(fault).await;
        assert_eq!((answer.unwrap().status(), applied, time.as_millis() / 10), (200, true, 70));
    }
}

#[tokio::test]
async fn a_connection_closes_before_or_after_the_call_is_applied() {
    let (answer, applied, _) = meet(Fault::CloseBeforeApply).await;
    assert!(answer.is_none() && !applied);
    let (answer, applied, _) = meet(Fault::ApplyThenClose).await;
    assert!(answer.is_none() && applied);
}

#[tokio::test]
async fn an_answer_can_be_any_other() {
    let (answer, applied, _) = meet(Fault::ApplyThen500).await;
    let (status, exception, _) = answer.unwrap().exception();
    assert!(status == 500 && !exception.starts_with("MX") && applied);

    let (answer, applied, _) = meet(Fault::Html { status: 502 }).await;
    let answer = answer.unwrap();
    assert!(answer.status() == 502 && answer.body.starts_with("<!DOCTYPE html>") && !applied);

    let (answer, applied, _) = meet(Fault::Oversized { bytes: 3_000_000 }).await;
    assert!(answer.unwrap().body.len() == 3_000_000 && applied);

    let headers = [("Retry-After".to_owned(), "7".to_owned())].into();
    let (answer, applied, _) = meet(Fault::Status { status: 418, body: "tea".to_owned(), headers }).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status(), answer.body.as_str(), applied), (418, "tea", false));
    assert!(answer.head.contains("retry-after: 7"));

    let (answer, applied, _) = meet(Fault::ApplyThenStatus { status: 503, body: String::new() }).await;
    assert_eq!((answer.unwrap().status(), applied), (503, true));

    let form = RateLimitForm::Ok;
    let (answer, applied, _) = meet(Fault::RateLimited { limit: 10, window_s: 60, form }).await;
    assert_eq!(answer.unwrap().exception().2, "API calls exceeded the limit of 10 in 60 second(s)");
    assert!(!applied);

    let (answer, applied, _) = meet(Fault::Redirect { location: "http://127.0.0.1:1/x".to_owned() }).await;
    let answer = answer.unwrap();
    assert!(answer.status() == 307 && answer.head.contains("location: http://127.0.0.1:1/x") && !applied);
}

#[tokio::test]
async fn a_truncated_answer_is_shorter_than_it_says() {
    let (answer, applied, _) = meet(Fault::Truncated).await;
    let answer = answer.unwrap();
    let length = answer
        .head
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    assert_eq!(length.map(|length: usize| length / 2), Some(answer.body.len()));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err() && applied);
}

#[tokio::test(start_paused = true)]
async fn a_stall_lasts_and_the_call_is_applied_or_not() {
    for (fault, applied) in [(Fault::Stall, false), (Fault::ApplyThenStall, true)] {
        let sandbox: Sandbox = sandbox!();
        sandbox.fault(fault);
        let body = sample().to_string();
        assert!(timeout(Duration::from_hours(1), create_raw(&sandbox, body.as_bytes())).await.is_err());
        assert_eq!(!sandbox.webhooks().is_empty(), applied);
    }
}

#[tokio::test]
async fn each_call_takes_one_fault() {
    let sandbox = sandbox!();
    sandbox.fault(Fault::Html { status: 502 });
    sandbox.fault(Fault::Html { status: 503 });
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(create_raw(&sandbox, sample().to_string().as_bytes()).await.unwrap().status());
    }
    assert_eq!(statuses, [502, 503, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_on_its_way_arrives_even_when_its_sender_is_gone() {
    let sandbox = sandbox!(delay(Duration::from_secs(2), Duration::from_secs(2)));
    let body = sample().to_string();
    assert!(timeout(Duration::from_millis(1), create_raw(&sandbox, body.as_bytes())).await.is_err());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(sandbox.webhooks().len(), 1);
}

#[tokio::test]
async fn a_fault_for_one_call_waits_for_it_and_lets_the_others_pass() {
    let sandbox = sandbox!();
    let html = |status| Fault::Html { status };
    for fault in [html(501).on(Call::Delete), html(502).on(Call::Create), html(503).into(), html(504).into()]
    {
        sandbox.fault(fault);
    }
    let id = sandbox.seed_webhook(&sample()).unwrap().id;
    let update = sample_with(json!({"WebhookId": id}));
    let mut statuses = Vec::new();
    statuses.push(call(&sandbox, "Retrieve", &retrieve_all()).await.unwrap().status());
    statuses.push(create(&sandbox, &sample()).await.status());
    statuses.push(create(&sandbox, &sample()).await.status());
    statuses.push(call(&sandbox, "Update", &update).await.unwrap().status());
    statuses.push(deleted(&sandbox, &id).await.unwrap().status());
    statuses.push(deleted(&sandbox, &id).await.unwrap().status());
    assert_eq!(statuses, [503, 502, 504, 200, 501, 200]);
}

#[tokio::test]
async fn an_update_and_a_delete_are_applied_or_not_before_they_go_wrong() {
    for (fault, applied) in [
        (Fault::CloseBeforeApply, false),
        (Fault::Html { status: 502 }, false),
        (Fault::ApplyThenClose, true),
        (Fault::ApplyThen500, true),
        (Fault::Truncated, true),
        (Fault::ApplyThenStatus { status: 503, body: String::new() }, true),
    ] {
        let sandbox = sandbox!();
        let id = sandbox.seed_webhook(&sample()).unwrap().id;
        sandbox.fault(fault.clone());
        let update = sample_with(json!({"WebhookId": id, "Description": "new"}));
        let _ = call(&sandbox, "Update", &update).await;
        assert_eq!(sandbox.webhooks()[0].description == "new", applied, "{fault:?}");
        sandbox.fault(fault.clone());
        let _ = deleted(&sandbox, &id).await;
        assert_eq!(sandbox.webhooks().is_empty(), applied, "{fault:?}");
    }
}
