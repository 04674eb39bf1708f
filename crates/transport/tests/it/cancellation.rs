use std::time::Duration;

use leadsquared_webhooks::{CallOptions, Outcome, PendingState, Quota};
use tokio::time::{sleep, timeout};

use crate::server::{Reply, Server, client_of, webhook};

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_wait_and_not_the_create() {
    let server = Server::start([Reply::Late(Duration::from_secs(3))]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());

    let [call] = client.pending().try_into().unwrap();
    assert_eq!((&call.webhook, &call.state), (&webhook(), &PendingState::UnderWay));
    sleep(Duration::from_secs(5)).await;
    let [call] = client.pending().try_into().unwrap();
    assert!(matches!(call.state, PendingState::Created(_)), "{call:?}");

    let created = client.claim(call.id).await.unwrap().unwrap();
    assert_eq!((created.attempts.len(), server.request_count()), (1, 1));
    assert!(client.pending().is_empty());
    assert!(client.claim(call.id).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_outcome_can_be_waited_for_again() {
    let server = Server::start([Reply::Late(Duration::from_secs(3)), Reply::Stall]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    let id = client.pending()[0].id;
    assert!(timeout(Duration::from_secs(1), client.claim(id)).await.is_err());
    let _ = client.claim(id).await.unwrap().unwrap();

    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    let id = client.pending()[0].id;
    assert_eq!(client.claim(id).await.unwrap().unwrap_err().outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_waits_for_the_quota_goes_on_as_well() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    assert_eq!(client.pending()[0].state, PendingState::Queued);
    assert_eq!(client.pending()[0].state.as_str(), "queued");
    sleep(Duration::from_secs(5)).await;
    assert!(matches!(client.pending()[0].state, PendingState::Created(_)));
    assert_eq!(server.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_future_that_was_never_polled_creates_nothing() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    drop(client.create(&webhook()));
    sleep(Duration::from_mins(1)).await;
    assert_eq!((server.request_count(), client.pending().len()), (0, 0));
}

#[test]
fn a_create_whose_runtime_ends_is_pending_with_an_unknown_outcome() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let client = first.block_on(async {
        let server = Server::start([Reply::Stall]).await;
        let client = client_of(&server.host()).build().unwrap();
        assert!(timeout(Duration::from_millis(200), client.create(&webhook())).await.is_err());
        assert_eq!(server.request_count(), 1);
        client
    });
    drop(first);
    let [call] = client.pending().try_into().unwrap();
    assert_eq!(call.state, PendingState::Failed(Outcome::Unknown));
    assert_eq!(second.block_on(client.claim(call.id)).unwrap().unwrap_err().outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_has_its_own_limit() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/60".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    let options = CallOptions::builder().quota_wait(Duration::from_secs(2)).build();
    let error = client.create_with(&webhook(), &options).await.unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.outcome(), server.request_count()),
        ("quota_wait", Outcome::NotSent, 1)
    );
    assert_eq!(error.attempts()[0].quota_wait, Duration::from_secs(2));
    assert_eq!(quota.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn settling_waits_for_every_create_and_takes_no_outcome() {
    let late = |seconds| Reply::Late(Duration::from_secs(seconds));
    let server = Server::start([late(3), late(7), late(5)]).await;
    let client = client_of(&server.host()).build().unwrap();
    client.settle().await;
    for _ in 0..3 {
        assert!(timeout(Duration::from_millis(100), client.create(&webhook())).await.is_err());
    }
    assert!(timeout(Duration::from_secs(6), client.settle()).await.is_err());
    client.settle().await;
    let pending = client.pending();
    assert_eq!(pending.len(), 3);
    assert!(pending.iter().all(|call| matches!(call.state, PendingState::Created(_))), "{pending:?}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beyond_every_clock_is_a_long_one() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).timeout(Duration::MAX).quota_wait(Duration::MAX).build().unwrap();
    assert_eq!(client.create(&webhook()).await.unwrap().attempts.len(), 1);
}
