use std::time::Duration;

use leadsquared_webhooks::{
    Client, NewWebhook, Outcome, Trigger,
    account::{Auth, Credentials},
    error::ErrorKind,
    event::EventCodes,
    webhook::{CustomHeader, CustomHeaders},
};
use leadsquared_webhooks_sandbox::{CodeTable, Fault, RateLimitForm, Sandbox};
use tokio::{task::JoinSet, time::Instant};

use crate::server::webhook;

fn client_of(sandbox: &Sandbox, auth: Auth) -> Client {
    let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
    Client::builder(sandbox.host().parse().unwrap(), credentials).auth(auth).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_creates_keep_the_strict_quota_within_a_tenth_of_the_least_time() {
    for seed in 0..5 {
        let delay = (Duration::ZERO, Duration::from_millis(400));
        let sandbox = Sandbox::builder().delay(delay).seed(seed).start().await.unwrap();
        let client = client_of(&sandbox, Auth::Query);
        let started = Instant::now();
        let mut calls = JoinSet::new();
        for _ in 0..200 {
            let client = client.clone();
            calls.spawn(async move { client.create(&webhook()).await.unwrap().attempts.len() });
        }
        assert!(calls.join_all().await.into_iter().all(|attempts| attempts == 1));
        let (time, least) = (started.elapsed(), Duration::from_secs(35));
        println!(
            "200 creates, seed {seed}: {time:.2?}, {:+.1} % over the least of {least:?}",
            100.0 * (time.as_secs_f64() / 35.0 - 1.0)
        );
        assert!(time <= least.mul_f64(1.1), "{time:?}");
        assert_eq!(sandbox.webhooks().len(), 200);
        assert!(sandbox.client_report().is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn with_each_fault_a_create_ends_in_time_with_what_is_known_and_without_misuse() {
    let status = |status| Fault::Status { status, body: String::new(), headers: [].into() };
    let limited = |form| Fault::RateLimited { limit: 25, window_s: 5, form };
    for (fault, outcome, requests, stored) in [
        (Fault::Delay { ms: 900 }, None, 1, 1),
        (Fault::DelayAnswer { ms: 900 }, None, 1, 1),
        (Fault::CloseBeforeApply, Some(Outcome::Unknown), 1, 0),
        (Fault::ApplyThenClose, Some(Outcome::Unknown), 1, 1),
        (Fault::ApplyThen500, Some(Outcome::Unknown), 1, 1),
        (Fault::ApplyThenStall, Some(Outcome::Unknown), 1, 1),
        (Fault::Stall, Some(Outcome::Unknown), 1, 0),
        (Fault::Truncated, Some(Outcome::Unknown), 1, 1),
        (Fault::Oversized { bytes: 4 << 20 }, Some(Outcome::Unknown), 1, 1),
        (Fault::Html { status: 200 }, Some(Outcome::Unknown), 1, 0),
        (Fault::Html { status: 502 }, Some(Outcome::Unknown), 1, 0),
        (Fault::Html { status: 403 }, Some(Outcome::Refused), 1, 0),
        (Fault::Redirect { location: "http://127.0.0.1:1/".to_owned() }, Some(Outcome::Unknown), 1, 0),
        (status(400), Some(Outcome::Refused), 1, 0),
        (status(404), Some(Outcome::Refused), 1, 0),
        (status(204), Some(Outcome::Unknown), 1, 0),
        (limited(RateLimitForm::TooManyRequests), None, 2, 1),
        (limited(RateLimitForm::Forbidden), None, 2, 1),
        (limited(RateLimitForm::Ok), None, 2, 1),
    ] {
        let sandbox = Sandbox::builder().start().await.unwrap();
        sandbox.fault(fault.clone());
        let started = Instant::now();
        let result = client_of(&sandbox, Auth::Query).create(&webhook()).await;
        assert!(started.elapsed() <= Duration::from_millis(30_010), "{fault:?}");
        assert_eq!(result.as_ref().err().map(leadsquared_webhooks::Error::outcome), outcome, "{fault:?}");
        assert_eq!((sandbox.request_count(), sandbox.webhooks().len()), (requests, stored), "{fault:?}");
        assert!(sandbox.client_report().is_clean(), "{fault:?}");
    }
}

#[tokio::test]
async fn every_event_that_can_be_created_is_taken_by_the_sandbox_in_either_form_of_the_keys() {
    let drafts = [
        r#"{"event": "landing_page_submission"}"#,
        r#"{"event": "landing_page_submission", "pages": ["https://example.com/a"]}"#,
        r#"{"event": "lead_activity_create", "activity": "22"}"#,
        r#"{"event": "lead_activity_update", "activity": "22"}"#,
        r#"{"event": "lead_create"}"#,
        r#"{"event": "lead_owner_change"}"#,
        r#"{"event": "lead_update"}"#,
        r#"{"event": "lead_score_change"}"#,
        r#"{"event": "lead_field_update", "field": "ProspectStage"}"#,
        r#"{"event": "task_create"}"#,
        r#"{"event": "task_reminder"}"#,
        r#"{"event": "task_complete"}"#,
        r#"{"event": "task_update"}"#,
        r#"{"event": "opportunity_create", "opportunity_types": ["12000"]}"#,
        r#"{"event": "opportunity_update", "opportunity_types": ["12000"]}"#,
        r#"{"event": "opportunity_delete", "opportunity_types": ["12000"]}"#,
        r#"{"event": "opportunity_field_update", "properties": {"Field": "x"}}"#,
        r#"{"event": "opportunity_stage_update", "from": "Budget constraints"}"#,
    ];
    for auth in Auth::ALL {
        let sandbox = Sandbox::builder().limits(vec![]).start().await.unwrap();
        let client = client_of(&sandbox, auth);
        for trigger in drafts {
            let draft = format!(r#"{{"url": "https://example.com", "trigger": {trigger}}}"#);
            let webhook = NewWebhook::from_json(&draft).unwrap();
            let _ = client.create(&webhook).await.unwrap();
            let stored = sandbox.webhooks().pop().unwrap();
            assert_eq!(stored.event, webhook.trigger().event().unwrap().retrieve_name());
        }
        assert!(sandbox.client_report().is_clean());
    }
}

#[tokio::test]
async fn the_tables_of_codes_meet() {
    for (codes, table) in
        [(EventCodes::Documented, CodeTable::Documented), (EventCodes::Observed, CodeTable::Observed)]
    {
        let sandbox = Sandbox::builder().code_table(table).start().await.unwrap();
        let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
        let client =
            Client::builder(sandbox.host().parse().unwrap(), credentials).codes(codes).build().unwrap();
        let draft = r#"{"url": "https://example.com", "trigger": {"event": "opportunity_delete", "opportunity_types": ["12000"]}}"#;
        let _ = client.create(&NewWebhook::from_json(draft).unwrap()).await.unwrap();
        assert_eq!(sandbox.webhooks()[0].event, "Opportunity_Post_Delete");
    }
}

#[tokio::test]
async fn wrong_keys_are_refused() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let credentials = Credentials::parse("wrong", "keys").unwrap();
    let client = Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap();
    let error = client.create(&webhook()).await.unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.outcome(), sandbox.request_count()),
        ("unauthorized", Outcome::Refused, 1)
    );
}

#[tokio::test]
async fn a_refusal_carries_the_vendors_words() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = client_of(&sandbox, Auth::Query);
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadStageChange)
        .custom_headers(CustomHeaders::try_from(vec![CustomHeader::parse("x", "y").unwrap()]).unwrap())
        .build();
    let error = client.create(&webhook).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)));
    assert_eq!(
        error.to_string(),
        "the API refused the request: Webhook Properties is not found (status 500, MXMandatoryAttributeMissingException)"
    );
}
