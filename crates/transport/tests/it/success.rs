use std::time::Duration;

use leadsquared_webhooks::{
    NewWebhook, Trigger,
    account::Auth,
    blocking,
    event::EventCodes,
    webhook::{CustomHeader, CustomHeadersForm},
};
use serde_json::{Value, json};

use crate::server::{ACCESS_KEY, Reply, SECRET_KEY, Server, client_of, webhook};

const ENCODED_ACCESS_KEY: &str = "u%24rcanary-access%2F1%2B%3D";
const ENCODED_SECRET_KEY: &str = "canary%20secret%26%222%25";

#[tokio::test]
async fn sends_the_documented_request_with_the_keys_percent_encoded_in_the_query() {
    let server = Server::start([Reply::success()]).await;
    let created = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap();
    assert_eq!(created.id.as_str(), "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4");

    let [request] = server.requests().try_into().unwrap();
    assert_eq!(
        request.line(),
        format!(
            "POST /v2/Webhook.svc/Create?accessKey={ENCODED_ACCESS_KEY}&secretKey={ENCODED_SECRET_KEY} HTTP/1.1"
        )
    );
    assert_eq!(request.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(request.header("x-lsq-accesskey"), None);
    assert!(request.header("user-agent").unwrap().starts_with("leadsquared-webhooks/"));
    assert_eq!(
        serde_json::from_str::<Value>(&request.body).unwrap(),
        json!({
            "Description": "calls", "URL": "https://example.com/hooks", "Method": "POST",
            "ContentType": "application/json", "WebhookEvent": "2", "LandingPageUrls": null,
            "IsSpecificLandingPage": false, "NotifyOnFailure": true,
            "WebhookProperties": r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#,
            "CustomHeaders": [], "ActivityEvent": "22",
        })
    );
}

#[tokio::test]
async fn sends_the_keys_in_the_headers_alone_when_asked() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).auth(Auth::Headers).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.line(), "POST /v2/Webhook.svc/Create HTTP/1.1");
    assert_eq!(request.header("x-lsq-accesskey"), Some(ACCESS_KEY));
    assert_eq!(request.header("x-lsq-secretkey"), Some(SECRET_KEY));
}

#[tokio::test]
async fn sends_the_observed_codes_when_asked() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).codes(EventCodes::Observed).build().unwrap();
    let types = leadsquared_webhooks::event::OpportunityTypes::from(
        "12000".parse::<leadsquared_webhooks::event::OpportunityType>().unwrap(),
    );
    let webhook =
        NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::OpportunityCreate(types))
            .build();
    let _ = client.create(&webhook).await.unwrap();
    assert!(server.requests()[0].body.contains(r#""WebhookEvent":"29""#));
}

#[tokio::test]
async fn creates_and_updates_send_the_custom_headers_in_the_form_that_is_set() {
    let server = Server::start([Reply::success()]).await;
    let headers = vec![CustomHeader::parse("x-api-key", "a\"b").unwrap()];
    let webhook = NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate)
        .custom_headers(headers.try_into().unwrap())
        .build();
    for (form, sent) in [
        (CustomHeadersForm::Array, json!([{"Key": "x-api-key", "Value": "a\"b"}])),
        (CustomHeadersForm::JsonString, json!(r#"[{"Key":"x-api-key","Value":"a\"b"}]"#)),
    ] {
        let client = client_of(&server.host()).custom_headers_form(form).build().unwrap();
        let before = server.request_count();
        let created = client.create(&webhook).await.unwrap();
        let _ = client.update(&created.id, &webhook).await.unwrap();
        let bodies: Vec<_> = server.requests().split_off(before);
        assert_eq!(bodies.len(), 2);
        for request in bodies {
            assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap()["CustomHeaders"], sent);
        }
    }
}

#[tokio::test]
async fn calls_share_a_connection() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    for _ in 0..3 {
        let _ = client.clone().create(&webhook()).await.unwrap();
    }
    assert_eq!((server.request_count(), server.connection_count()), (3, 1));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_does_not_cost_a_call() {
    let server = Server::start([Reply::SuccessThenClose]).await;
    let client = client_of(&server.host()).build().unwrap();
    for number in 1..=5 {
        let created = client.create(&webhook()).await.unwrap();
        assert_eq!((created.attempts.len(), server.request_count()), (1, number));
    }
}

#[test]
fn the_blocking_client_does_the_same_in_any_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start([Reply::SuccessThenClose, Reply::success()]));
    let client = blocking::Client::new(client_of(&server.host()).build().unwrap()).unwrap();
    let _ = client.create(&webhook()).unwrap();
    let _ = client.create(&webhook()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.create(&webhook()).unwrap().id);
        }
    });
    assert_eq!(server.request_count(), 10);
    assert!(client.pending().is_empty());
}

#[test]
fn a_blocking_client_does_not_wait_for_the_runtime_of_the_client_that_it_came_from() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start([Reply::success()]));
    let client = client_of(&server.host()).timeout(Duration::from_secs(5)).build().unwrap();
    let driven_by_nobody = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = driven_by_nobody.block_on(client.create(&webhook()).into_future()).unwrap();
    let blocking = blocking::Client::new(client).unwrap();
    let _ = blocking.create(&webhook()).unwrap();
    assert_eq!((server.request_count(), server.connection_count()), (2, 2));
}

#[test]
fn the_blocking_client_lives_the_whole_life() {
    let sandbox = leadsquared_webhooks_sandbox::Sandbox::builder().start_in_thread().unwrap();
    let credentials =
        leadsquared_webhooks::account::Credentials::parse(&sandbox.access_key(), &sandbox.secret_key())
            .unwrap();
    let client =
        leadsquared_webhooks::Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap();
    let client = blocking::Client::new(client).unwrap();
    let ensured = client.ensure(&webhook()).unwrap();
    let id = ensured.id.unwrap();
    assert_eq!(client.get(&id).unwrap().unwrap().id, id);
    let _ = client.update(&id, &webhook()).unwrap();
    assert_eq!(client.list().unwrap().len(), 1);
    let _ = client.delete(&id).unwrap();
    let verified = client.create_verified(&webhook()).unwrap();
    assert!(verified.is_ok());
    sandbox.reset();
    sandbox.fault(leadsquared_webhooks_sandbox::Fault::ApplyThenClose);
    let error = client.create(&webhook()).unwrap_err();
    let found = client.resolve(error.ticket().unwrap()).unwrap();
    assert!(found.is_ok());
}

/// No runtime runs between two blocking calls that could notice the close.
#[test]
fn a_connection_that_was_closed_between_two_blocking_calls_does_not_cost_the_second() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start([Reply::success()]));
    let client = blocking::Client::new(client_of(&server.host()).build().unwrap()).unwrap();
    let _ = client.create(&webhook()).unwrap();
    server.close_connections();
    assert_eq!(client.create(&webhook()).unwrap().attempts.len(), 1);
    assert_eq!((server.request_count(), server.connection_count()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocking_client_works_and_is_dropped_in_async_code() {
    let server = Server::start([Reply::success()]).await;
    let client = blocking::Client::new(client_of(&server.host()).build().unwrap()).unwrap();
    let _ = client.create(&webhook()).unwrap();
    drop(client);
    assert_eq!(server.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_begins_when_the_quota_lets_the_call_out() {
    let server = Server::start([Reply::Late(Duration::from_secs(9))]).await;
    let quota = leadsquared_webhooks::quota::Quota::new(["1/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota).timeout(Duration::from_secs(10)).build().unwrap();
    let webhook = webhook();
    let (first, second) =
        tokio::join!(client.create(&webhook).into_future(), client.create(&webhook).into_future());
    let _ = first.unwrap();
    let [attempt] = second.unwrap().attempts.try_into().unwrap();
    assert_eq!(attempt.quota_wait.as_secs(), 14);
    assert_eq!(attempt.duration.as_secs(), 9);
}
