use std::time::{Duration, SystemTime};

use leadsquared_webhooks::{
    Client, NewWebhook, Outcome, Trigger,
    account::{Credentials, ServerDate},
    blocking,
    call::{Cancellation, Changes},
};
use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::json;

use crate::server::{Reply, Server, client_of};

const EMPTY: &str = r#"{"RecordCount":0}"#;

#[tokio::test]
async fn a_probe_is_one_call_whatever_comes_of_it() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    for _ in 0..120 {
        sandbox.seed_webhook(&json!({"WebhookEvent": "3"})).unwrap();
    }
    let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
    let client = Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap();
    assert_eq!(client.probe().await.unwrap(), 120);
    assert_eq!((sandbox.request_count(), client.host().base_url()), (1, sandbox.host().as_str()));
    assert!(!client.may_have_changed() && sandbox.client_report().is_clean());

    for (reply, outcome) in [
        (Reply::rate_limit(25, 5), Outcome::Refused),
        (Reply::json(401, "{}"), Outcome::Refused),
        (Reply::json(400, "{}"), Outcome::Refused),
        (Reply::Close, Outcome::Unknown),
    ] {
        let server = Server::start([reply.clone()]).await;
        let error = client_of(&server.host()).build().unwrap().probe().await.unwrap_err();
        assert_eq!((error.outcome(), server.request_count()), (outcome, 1), "{reply:?}");
    }
}

#[tokio::test]
async fn the_date_is_that_of_the_latest_response() {
    let dated = |date| Reply::Answer(200, EMPTY.to_owned(), date);
    let server = Server::start([
        dated("Date: Thu, 01 Jan 1970 00:01:00 GMT\r\n"),
        dated("Date: yesterday\r\n"),
        Reply::Answer(401, "{}".to_owned(), "Date: Thu, 01 Jan 1970 00:02:00 GMT\r\n"),
        dated(""),
    ])
    .await;
    let client = client_of(&server.host()).build().unwrap();
    assert_eq!(client.server_date(), None);
    for expected in [Some(60), None, Some(120), None] {
        let before = SystemTime::now();
        let _ = client.list().await;
        let expected = expected.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let server = client.server_date();
        assert_eq!(server.map(|server| server.date), expected);
        assert!(server.is_none_or(|ServerDate { received_at, .. }| received_at >= before));
    }
}

#[test]
fn a_blocking_client_probes_too() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let credentials = Credentials::parse(&sandbox.access_key(), "wrong").unwrap();
    let client = Client::builder(sandbox.host().parse().unwrap(), credentials);
    let client = blocking::Client::new(client.build().unwrap()).unwrap();
    assert_eq!(client.probe().unwrap_err().kind().as_str(), "unauthorized");
}

#[tokio::test]
async fn a_cancellation_counts_what_its_runs_have_changed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
    let client = Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap();
    let cancellation = Cancellation::default();
    assert_eq!(cancellation.changes(), Changes::default());
    for description in ["calls", "calls", "other"] {
        let trigger = Trigger::LeadActivityCreate("22".parse().unwrap());
        let webhook = NewWebhook::builder("https://example.com/hooks".parse().unwrap(), trigger);
        let webhook = webhook.description(description).build();
        let ensure = client.ensure(&webhook).overwrite(true);
        assert!(ensure.cancellation(cancellation.clone()).await.unwrap().is_ok());
    }
    assert_eq!(cancellation.changes(), Changes { created: 1, updated: 1, deleted: 0 });
}
