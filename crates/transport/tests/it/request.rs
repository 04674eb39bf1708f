//! Requests and their options.

use std::time::Duration;

use futures_util::TryStreamExt;
use leadsquared_webhooks::{
    Client, Error, NewWebhook, Outcome, Trigger, Webhook,
    account::Credentials,
    blocking,
    core::reconcile::Ticket,
    error::ErrorKind,
    quota::Quota,
    webhook::{WebhookId, WebhookPage},
};
use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::json;
use tokio::time::Instant;

use crate::server::{Reply, Server, client_of, credentials, webhook};

const EVERY_CALL: [&str; 8] =
    ["create", "update", "delete", "list", "get", "ensure", "create_verified", "resolve"];

fn id() -> WebhookId {
    "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse().unwrap()
}

/// A client of a sandbox, and the sandbox.
async fn sandbox() -> (Client, Sandbox) {
    let sandbox = Sandbox::builder().limits(vec![]).start().await.unwrap();
    let credentials = Credentials::parse(&sandbox.access_key(), &sandbox.secret_key()).unwrap();
    (Client::builder(sandbox.host().parse().unwrap(), credentials).build().unwrap(), sandbox)
}

/// The ticket of a create whose response was lost.
async fn ticket() -> Ticket {
    let server = Server::start([Reply::Close]).await;
    let error = client_of(&server.host()).build().unwrap().create(&webhook()).await.unwrap_err();
    error.ticket().unwrap().clone()
}

/// Runs a request as a task of its own.
async fn spawned<R>(request: R) -> R::Output
where
    R: IntoFuture + Send + 'static,
    R::IntoFuture: Send + 'static,
    R::Output: Send + 'static,
{
    tokio::spawn(request.into_future()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_request_owns_what_it_needs_and_can_be_spawned() {
    let (client, sandbox) = sandbox().await;
    let request = {
        let (client, webhook) = (client.clone(), webhook());
        client.create(&webhook).timeout(Duration::from_secs(5))
    };
    let created = spawned(request).await.unwrap();
    assert_eq!(created.id.as_str(), sandbox.webhooks()[0].id);
    assert_eq!(spawned(client.list().text("calls")).await.unwrap().len(), 1);
    assert_eq!(spawned(client.get(&created.id)).await.unwrap().unwrap().id, created.id);
    assert_eq!(spawned(client.update(&created.id, &webhook())).await.unwrap().id, created.id);
    assert_eq!(spawned(client.ensure(&webhook())).await.unwrap().id, Some(created.id.clone()));
    assert_eq!(spawned(client.resolve(&ticket().await)).await.unwrap().id, Some(created.id.clone()));
    assert_eq!(spawned(client.delete(&created.id)).await.unwrap().id, created.id);
    assert!(spawned(client.create_verified(&webhook())).await.unwrap().is_ok());
    let pages: Vec<WebhookPage> = tokio::spawn(client.list().pages().try_collect()).await.unwrap().unwrap();
    assert_eq!(pages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_is_not_polled_sends_nothing() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    let (id, webhook, ticket) = (id(), webhook(), ticket().await);
    let futures = (
        client.create(&webhook).into_future(),
        client.update(&id, &webhook).into_future(),
        client.delete(&id).into_future(),
        client.list().into_future(),
        client.list().pages(),
        client.get(&id).into_future(),
        client.ensure(&webhook).into_future(),
        client.create_verified(&webhook).into_future(),
        client.resolve(&ticket).into_future(),
    );
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(client.pending().is_empty() && !client.may_have_changed());
    drop(futures);
    client.drain().await;
    assert_eq!((server.request_count(), client.pending().len()), (0, 0));
}

/// The error of a call with this timeout and this number of attempts.
async fn fail(client: &Client, call: &str, timeout: Option<Duration>, attempts: Option<u32>) -> Error {
    let (id, webhook) = (id(), webhook());
    match call {
        "create" => client.create(&webhook).timeout(timeout).attempts(attempts).await.unwrap_err(),
        "update" => client.update(&id, &webhook).timeout(timeout).attempts(attempts).await.unwrap_err(),
        "delete" => client.delete(&id).timeout(timeout).attempts(attempts).await.unwrap_err(),
        "list" => client.list().timeout(timeout).attempts(attempts).await.unwrap_err(),
        "get" => client.get(&id).timeout(timeout).attempts(attempts).await.unwrap_err(),
        "ensure" => client.ensure(&webhook).timeout(timeout).attempts(attempts).await.unwrap_err(),
        "create_verified" => {
            client.create_verified(&webhook).timeout(timeout).attempts(attempts).await.unwrap_err()
        }
        "resolve" => {
            let request = client.resolve(&ticket().await).max_wait(Duration::ZERO);
            request.timeout(timeout).attempts(attempts).await.unwrap_err()
        }
        other => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_request_is_used_in_place_of_the_clients() {
    let of_client = Duration::from_secs(30);
    for timeout in [Some(Duration::from_secs(2)), Some(Duration::from_secs(90)), None] {
        for call in EVERY_CALL {
            let server = Server::start([Reply::Stall]).await;
            let client = client_of(&server.host()).timeout(of_client).build().unwrap();
            let started = Instant::now();
            let error = fail(&client, call, timeout, None).await;
            let after = timeout.unwrap_or(of_client);
            assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after }, "{call}");
            // A delete whose outcome is unknown is confirmed by a list, with the same timeout.
            let requests = if call == "delete" { 2 } else { 1 };
            assert_eq!(server.request_count(), requests, "{call}");
            assert_eq!(error.attempts().len(), requests, "{call}");
            let requests = u32::try_from(requests).unwrap();
            assert_eq!(started.elapsed().as_secs(), (after * requests).as_secs(), "{call}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_attempts_of_a_request_are_used_in_place_of_the_clients() {
    for attempts in [Some(1), Some(2), Some(6), None] {
        for call in EVERY_CALL {
            let server = Server::start([Reply::rate_limit(25, 1)]).await;
            let client = client_of(&server.host()).build().unwrap();
            let error = fail(&client, call, Some(Duration::from_mins(1)), attempts).await;
            assert_eq!(error.kind().as_str(), "rate_limited", "{call}");
            let expected = attempts.unwrap_or(4) as usize;
            assert_eq!((error.attempts().len(), server.request_count()), (expected, expected), "{call}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_quota_wait_of_a_request_is_used_in_place_of_the_clients() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/60".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota).quota_wait(Duration::from_secs(5)).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    for (quota_wait, waited) in [(Some(Duration::from_secs(2)), 2), (Some(Duration::ZERO), 0), (None, 5)] {
        let started = Instant::now();
        let error = client.update(&id(), &webhook()).quota_wait(quota_wait).await.unwrap_err();
        assert_eq!((error.kind().as_str(), error.outcome()), ("quota_wait", Outcome::NotSent));
        assert_eq!(started.elapsed().as_secs(), waited);
    }
    assert_eq!((server.request_count(), client.quota().waiting()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn options_of_one_request_leave_the_next_one_the_clients() {
    let server = Server::start([Reply::Stall]).await;
    let client = client_of(&server.host()).build().unwrap();
    for (timeout, after) in [(Some(Duration::from_secs(1)), 1), (None, 30)] {
        let error = fail(&client, "list", timeout, None).await;
        let after = Duration::from_secs(after);
        assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after });
    }
}

fn seed(sandbox: &Sandbox, count: usize) {
    for number in 0..count {
        let url = format!("https://example.com/{number}");
        sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": url})).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_pages_of_a_list_are_those_of_one_reading_each_read_when_it_is_asked_for() {
    let (client, sandbox) = sandbox().await;
    seed(&sandbox, 110);
    let mut pages = std::pin::pin!(client.list().pages());
    let mut urls = Vec::new();
    for (requests, count) in [(1, 25), (2, 25), (3, 25), (4, 25), (5, 10)] {
        let page = pages.try_next().await.unwrap().unwrap();
        assert_eq!((page.total, page.webhooks.len(), sandbox.request_count()), (110, count, requests));
        urls.extend(page.webhooks.into_iter().filter_map(|Webhook { url, .. }| url));
    }
    assert!(pages.try_next().await.unwrap().is_none());
    assert_eq!(sandbox.request_count(), 5);
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 110);

    // The same list, awaited whole, is read until two readings agree, in pages of 100.
    assert_eq!(client.list().await.unwrap().len(), 110);
    assert_eq!(sandbox.request_count(), 5 + 2 * 2);
}

#[tokio::test(start_paused = true)]
async fn the_pages_of_a_list_are_filtered_and_an_empty_one_is_one_page() {
    let (client, sandbox) = sandbox().await;
    let empty: Vec<_> = client.list().pages().try_collect().await.unwrap();
    assert_eq!((empty.len(), empty[0].total, empty[0].webhooks.len()), (1, 0, 0));
    seed(&sandbox, 30);
    let described = NewWebhook::builder("https://example.com/one".parse().unwrap(), Trigger::LeadCreate);
    let created = client.create(&described.description("the first").build()).await.unwrap();
    let pages: Vec<_> = client.list().text("first").pages().try_collect().await.unwrap();
    assert_eq!((pages.len(), &pages[0].webhooks[0].id), (1, &created.id));
    assert_eq!(pages[0].webhooks.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_cannot_be_read_ends_the_pages_with_its_error() {
    let (client, sandbox) = sandbox().await;
    seed(&sandbox, 60);
    sandbox.fault(Fault::DelayAnswer { ms: 1 }.on(Call::Retrieve));
    sandbox.fault(Fault::Stall.on(Call::Retrieve));
    let mut pages = std::pin::pin!(client.list().timeout(Duration::from_secs(2)).pages());
    assert_eq!(pages.try_next().await.unwrap().unwrap().webhooks.len(), 25);
    let error = pages.try_next().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after: Duration::from_secs(2) });
    assert!(pages.try_next().await.unwrap().is_none());
    assert_eq!(sandbox.request_count(), 2);
}

#[test]
fn a_blocking_client_is_built_from_the_builder_and_sends_requests_with_their_options() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let replies = [Reply::success(), Reply::rate_limit(25, 60), Reply::Stall];
    let server = runtime.block_on(Server::start(replies));
    let quota = Quota::new(["100/5".parse().unwrap()]);
    let client: blocking::Client = blocking::Client::builder(server.host().parse().unwrap(), credentials())
        .quota(quota)
        .timeout(Duration::from_hours(1))
        .build_blocking()
        .unwrap();
    let created = client.send(|client| client.create(&webhook())).unwrap();
    assert_eq!(created.id, id());

    let error = client.send(|client| client.update(&id(), &webhook()).attempts(1)).unwrap_err();
    assert_eq!((error.kind().as_str(), error.attempts().len()), ("rate_limited", 1));

    let after = Duration::from_millis(300);
    let error = client.send(|client| client.list().timeout(after)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout { sent: true, after });
    assert_eq!(server.request_count(), 3);
}
