use std::{pin::Pin, time::Duration};

use leadsquared_webhooks::{
    Client, Error, NewWebhook, Outcome, Trigger,
    call::{Cancelled, Created, PendingCall, PendingState},
    error::ErrorKind,
    quota::{Quota, QuotaLimit},
    retry::RetryPolicy,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::server::{Reply, Server, client_of, webhook};

type Create = Pin<Box<dyn Future<Output = Result<Created, Error>> + Send>>;

/// A create future that owns its data.
fn create(client: &Client) -> Create {
    client.create(&webhook()).into_future()
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_wait_and_not_the_create_that_was_sent() {
    let server = Server::start([Reply::Late(Duration::from_secs(3))]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());

    let [call] = client.pending().try_into().unwrap();
    assert_eq!((&call.webhook, &call.state), (&webhook(), &PendingState::InFlight));
    sleep(Duration::from_secs(5)).await;
    let [call] = client.pending().try_into().unwrap();
    assert!(matches!(call.state, PendingState::Created(_)), "{call:?}");

    let created = client.take_outcome(call.id).await.unwrap().unwrap();
    assert_eq!((created.attempts.len(), server.request_count()), (1, 1));
    assert!(client.pending().is_empty());
    assert!(client.take_outcome(call.id).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_outcome_can_be_waited_for_again() {
    let server = Server::start([Reply::Late(Duration::from_secs(3)), Reply::Stall]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    let id = client.pending()[0].id;
    assert!(timeout(Duration::from_secs(1), client.take_outcome(id)).await.is_err());
    let _ = client.take_outcome(id).await.unwrap().unwrap();

    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    let id = client.pending()[0].id;
    assert_eq!(client.take_outcome(id).await.unwrap().unwrap_err().outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_waits_for_the_quota_is_withdrawn_with_its_future() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    {
        let mut queued = create(&client);
        assert!(timeout(Duration::from_secs(1), &mut queued).await.is_err());
        assert_eq!(client.pending()[0].state, PendingState::Queued);
        assert_eq!((client.pending()[0].state.as_str(), quota.waiting()), ("queued", 1));
    }
    // At once, before the task runs again.
    assert_eq!((client.pending().len(), quota.waiting()), (0, 0));
    client.drain().await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(server.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_create_gives_its_place_in_the_queue_to_the_next() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    let mut first = create(&client);
    assert!(timeout(Duration::from_secs(1), &mut first).await.is_err());
    let started = Instant::now();
    let ((), second) = tokio::join!(async { drop(first) }, create(&client));
    assert_eq!((second.unwrap().attempts.len(), server.request_count()), (1, 2));
    assert_eq!(started.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_second_waiter_of_a_withdrawn_create_gets_an_error_that_says_not_sent() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).quota(Quota::new(["1/5".parse().unwrap()])).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    let mut queued = create(&client);
    assert!(timeout(Duration::from_secs(1), &mut queued).await.is_err());
    let id = client.pending()[0].id;
    let (second, ()) = tokio::join!(client.take_outcome(id), async { drop(queued) });
    let error = second.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::NotSent));
    assert_eq!(error.to_string(), "the call was cancelled; nothing was sent");
    assert_eq!((error.attempts().len(), error.ticket()), (0, None));
    assert!(client.take_outcome(id).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_create_between_two_attempts_is_withdrawn_with_its_future() {
    let server = Server::start([Reply::rate_limit(25, 5), Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    let mut waiting = create(&client);
    assert!(timeout(Duration::from_secs(1), &mut waiting).await.is_err());
    let [call] = client.pending().try_into().unwrap();
    assert_eq!((call.state, call.ticket), (PendingState::InFlight, None));
    let (second, ()) = tokio::join!(client.take_outcome(call.id), async { drop(waiting) });
    let error = second.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::Refused));
    assert_eq!(error.attempts()[0].result, "rate_limited");
    sleep(Duration::from_mins(1)).await;
    assert_eq!((server.request_count(), client.pending().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_connection_is_refused_is_withdrawn_before_the_next_attempt() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let retry =
        RetryPolicy::builder().backoff(Duration::from_hours(1)).longest_backoff(Duration::from_hours(1));
    let client = client_of(&format!("http://{closed}"))
        .retry(retry.build())
        .timeout(Duration::from_hours(9))
        .build()
        .unwrap();
    let mut waiting = create(&client);
    assert!(timeout(Duration::from_millis(500), &mut waiting).await.is_err());
    let id = client.pending()[0].id;
    assert_eq!(client.cancel(id), Cancelled::Withdrawn);
    let error = waiting.await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::NotSent));
    assert_eq!(error.attempts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_still_connects_is_withdrawn() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // The handshake stalls.
    let host = format!("https://{}", listener.local_addr().unwrap());
    let client = client_of(&host).connect_timeout(Duration::from_secs(20)).build().unwrap();
    let mut waiting = create(&client);
    assert!(timeout(Duration::from_secs(1), &mut waiting).await.is_err());
    let [call] = client.pending().try_into().unwrap();
    assert_eq!((&call.state, client.cancel(call.id)), (&PendingState::InFlight, Cancelled::Withdrawn));
    let error = waiting.await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::NotSent));

    assert!(timeout(Duration::from_secs(1), create(&client)).await.is_err());
    assert!(client.pending().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_sent_and_whose_future_is_gone_is_not_sent_again() {
    let limited = Reply::LateLimit(Duration::from_secs(3));
    let server = Server::start([limited, Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    let [call] = client.pending().try_into().unwrap();
    assert!(call.ticket.is_some());
    let error = client.take_outcome(call.id).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Cancelled, Outcome::Refused));
    assert_eq!((error.attempts()[0].result, server.request_count()), ("rate_limited", 1));
}

#[tokio::test(start_paused = true)]
async fn cancelling_reports_whether_it_was_in_time() {
    let server = Server::start([Reply::Late(Duration::from_secs(3)), Reply::success()]).await;
    let client = client_of(&server.host()).quota(Quota::new(["1/5".parse().unwrap()])).build().unwrap();
    let (mut first, mut second) = (create(&client), create(&client));
    assert!(timeout(Duration::from_secs(1), &mut first).await.is_err());
    assert!(timeout(Duration::from_secs(1), &mut second).await.is_err());
    let [sent, queued] = client.pending().try_into().unwrap();
    assert_eq!(client.cancel(queued.id), Cancelled::Withdrawn);
    assert_eq!(client.cancel(queued.id), Cancelled::NoSuchCall);
    assert_eq!(second.await.unwrap_err().kind(), &ErrorKind::Cancelled);
    assert_eq!(client.cancel(sent.id), Cancelled::AlreadySent);
    let _ = first.await.unwrap();
    assert_eq!(client.cancel(sent.id), Cancelled::NoSuchCall);
    assert_eq!(server.request_count(), 1);
    let names = [Cancelled::Withdrawn, Cancelled::AlreadySent, Cancelled::NoSuchCall].map(Cancelled::as_str);
    assert_eq!(names, ["withdrawn", "already_sent", "no_such_call"]);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_waits_to_be_taken_is_not_cancelled_unless_nothing_was_sent() {
    let server = Server::start([Reply::Late(Duration::from_secs(3))]).await;
    let client = client_of(&server.host()).build().unwrap();
    assert!(timeout(Duration::from_secs(1), client.create(&webhook())).await.is_err());
    client.drain().await;
    let [call] = client.pending().try_into().unwrap();
    assert_eq!(client.cancel(call.id), Cancelled::AlreadySent);
    assert!(client.take_outcome(call.id).await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_queued_update_or_delete_is_withdrawn_with_its_future() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let id = client.create(&webhook()).await.unwrap().id;
    assert!(timeout(Duration::from_secs(1), client.update(&id, &webhook())).await.is_err());
    assert!(timeout(Duration::from_secs(1), client.delete(&id)).await.is_err());
    assert_eq!(quota.waiting(), 0);
    client.drain().await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(server.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_which_an_attempt_is_unknown_goes_on_without_its_future() {
    let server = Server::start([Reply::json(503, ""), Reply::success()]).await;
    let retry = RetryPolicy::builder().backoff(Duration::from_secs(8)).build();
    let client = client_of(&server.host()).retry(retry).build().unwrap();
    let id = "b1c4".parse().unwrap();
    let webhook = webhook();
    let mut update = client.update(&id, &webhook).into_future();
    while server.request_count() == 0 {
        assert!(timeout(Duration::from_millis(1), &mut update).await.is_err());
    }
    drop(update);
    client.drain().await;
    assert_eq!(server.request_count(), 2);
}

/// The result of one create that may have been cancelled.
enum Came {
    Ended,
    Withdrawn,
    Pending,
}

/// For each number, creates a webhook with a separate URL, and at random cancels it in one of two
/// ways or not at all.
async fn race(client: &Client, numbers: std::ops::Range<u32>, within: Duration) -> Vec<(u32, Came)> {
    let mut calls = JoinSet::new();
    for number in numbers {
        let client = client.clone();
        let (way, wait) = (fastrand::u8(0..3), within.mul_f64(fastrand::f64()));
        calls.spawn(async move {
            let url = format!("https://example.com/{number}/");
            let webhook = NewWebhook::builder(url.parse().unwrap(), Trigger::LeadCreate).build();
            let mine =
                || client.pending().into_iter().find(|call| call.webhook == webhook).map(|call| call.id);
            let mut create = client.create(&webhook).into_future();
            let wait = if way == 0 { Duration::MAX } else { wait };
            let ended = timeout(wait, &mut create).await.ok();
            (
                number,
                match (ended, way) {
                    (Some(ended), _) => {
                        assert!(ended.is_ok());
                        Came::Ended
                    }
                    (None, 1) => {
                        drop(create);
                        if mine().is_some() { Came::Pending } else { Came::Withdrawn }
                    }
                    (None, _) => match client.cancel(mine().unwrap()) {
                        Cancelled::Withdrawn => {
                            assert_eq!(create.await.unwrap_err().kind(), &ErrorKind::Cancelled);
                            Came::Withdrawn
                        }
                        Cancelled::AlreadySent => {
                            assert!(create.await.is_ok());
                            Came::Ended
                        }
                        Cancelled::NoSuchCall => panic!("it waits"),
                    },
                },
            )
        });
    }
    calls.join_all().await
}

/// Every create that was not withdrawn was sent once, and no other was sent.
fn assert_sent(server: &Server, client: &Client, came: &[(u32, Came)]) {
    let mut sent: Vec<u32> = server
        .requests()
        .iter()
        .map(|request| {
            let (_, rest) = request.body.split_once("https://example.com/").unwrap();
            rest.split_once('/').unwrap().0.parse().unwrap()
        })
        .collect();
    sent.sort_unstable();
    let mut kept: Vec<u32> =
        came.iter().filter(|(_, came)| !matches!(came, Came::Withdrawn)).map(|(number, _)| *number).collect();
    kept.sort_unstable();
    assert_eq!(sent, kept);
    let pending = came.iter().filter(|(_, came)| matches!(came, Came::Pending)).count();
    assert_eq!(client.pending().len(), pending);
}

#[tokio::test(start_paused = true)]
async fn what_was_cancelled_at_random_was_sent_once_or_never_in_virtual_time() {
    let (mut withdrawn, mut pending) = (0, 0);
    for seed in 0..40 {
        fastrand::seed(seed);
        let server = Server::start([Reply::Late(Duration::from_millis(300))]).await;
        let quota = Quota::new(["5/1".parse().unwrap()]);
        let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
        let came = race(&client, 0..60, Duration::from_secs(8)).await;
        client.drain().await;
        assert_sent(&server, &client, &came);
        assert_eq!(quota.waiting(), 0);
        withdrawn += came.iter().filter(|(_, came)| matches!(came, Came::Withdrawn)).count();
        pending += came.iter().filter(|(_, came)| matches!(came, Came::Pending)).count();
    }
    println!("2400 creates: {withdrawn} withdrawn, {pending} sent and left");
    assert!(withdrawn > 400 && pending > 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_cancelled_at_random_was_sent_once_or_never_by_threads_at_once() {
    let mut withdrawn = 0;
    for round in 0..8 {
        let server = Server::start([Reply::success()]).await;
        // No window, so that a permit is free as soon as a response arrived: creates queue for
        // microseconds.
        let quota = Quota::new([QuotaLimit::new(8, Duration::from_nanos(1)).unwrap()]);
        let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
        let came = race(&client, 0..200, Duration::from_millis(30)).await;
        client.drain().await;
        assert_sent(&server, &client, &came);
        assert_eq!(quota.waiting(), 0);
        let count = came.iter().filter(|(_, came)| matches!(came, Came::Withdrawn)).count();
        println!("round {round}: {count} of 200 withdrawn");
        withdrawn += count;
    }
    assert!(withdrawn > 0);
}

#[tokio::test(start_paused = true)]
async fn a_future_that_was_never_polled_creates_nothing() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    drop(client.create(&webhook()));
    drop(client.create(&webhook()).into_future());
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
    assert_eq!(
        second.block_on(client.take_outcome(call.id)).unwrap().unwrap_err().outcome(),
        Outcome::Unknown
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_quota_has_its_own_limit() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["1/60".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    let error = client.create(&webhook()).quota_wait(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(
        (error.kind().as_str(), error.outcome(), server.request_count()),
        ("quota_wait", Outcome::NotSent, 1)
    );
    assert_eq!(error.attempts()[0].quota_wait, Duration::from_secs(2));
    assert_eq!(quota.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn draining_waits_for_every_create_and_takes_no_outcome() {
    let late = |seconds| Reply::Late(Duration::from_secs(seconds));
    let server = Server::start([late(3), late(7), late(5)]).await;
    let client = client_of(&server.host()).build().unwrap();
    client.drain().await;
    for _ in 0..3 {
        assert!(timeout(Duration::from_millis(100), client.create(&webhook())).await.is_err());
    }
    assert!(timeout(Duration::from_secs(6), client.drain()).await.is_err());
    client.drain().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn creates_that_cannot_connect_and_are_cancelled_at_random_all_end_as_not_sent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let retry = RetryPolicy::builder().attempts(100).backoff(Duration::from_micros(1)).build();
    let quota = Quota::new([QuotaLimit::new(8, Duration::from_nanos(1)).unwrap()]);
    let client = client_of(&format!("http://{closed}")).retry(retry).quota(quota.clone()).build().unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..400 {
        let client = client.clone();
        let wait = Duration::from_micros(fastrand::u64(0..30_000));
        calls.spawn(async move {
            let mut waiting = create(&client);
            if let Ok(ended) = timeout(wait, &mut waiting).await {
                assert_eq!(ended.unwrap_err().outcome(), Outcome::NotSent);
            }
        });
    }
    calls.join_all().await;
    client.drain().await;
    assert_eq!(quota.waiting(), 0);
    let is_unsent = |call: &PendingCall| call.state == PendingState::Failed(Outcome::NotSent);
    assert!(client.pending().iter().all(is_unsent), "{:?}", client.pending());
}
