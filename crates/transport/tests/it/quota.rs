use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::quota::{Quota, QuotaLimit};
use tokio::{task::JoinSet, time::Instant};

use crate::server::{Reply, Server, client_of, webhook};

#[tokio::test(start_paused = true)]
async fn calls_leave_in_the_order_in_which_they_came() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).quota(Quota::new(["1/1".parse().unwrap()])).build().unwrap();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let (client, order) = (client.clone(), Arc::clone(&order));
        calls.spawn(async move {
            let _ = client.create(&webhook()).await.unwrap();
            order.lock().unwrap().push(number);
        });
        tokio::task::yield_now().await;
    }
    calls.join_all().await;
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn without_delay_the_quota_is_used_in_full() {
    let server = Server::start([Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    let started = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        calls.spawn(async move { client.create(&webhook()).await.unwrap() });
    }
    calls.join_all().await;
    assert_eq!(server.request_count(), 100);
    // Three windows of 5 s after the first; a timer of this runtime may be a millisecond late.
    assert!(started.elapsed() < Duration::from_millis(15_050), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn two_clients_share_the_quota_that_both_were_given() {
    let server = Server::start([Reply::success()]).await;
    let quota = Quota::new(["2/5".parse().unwrap()]);
    let (one, two) = (
        client_of(&server.host()).quota(quota.clone()).build().unwrap(),
        client_of(&server.host()).quota(quota).build().unwrap(),
    );
    let webhook = webhook();
    let (a, b, c) = tokio::join!(
        one.create(&webhook).into_future(),
        two.create(&webhook).into_future(),
        one.create(&webhook).into_future()
    );
    for created in [a, b, c] {
        let _ = created.unwrap();
    }
    let requests = server.requests();
    assert!((requests[2].at - requests[0].at).as_secs() >= 5);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_answer_lowers_the_quota_to_what_it_says() {
    let server = Server::start([Reply::rate_limit(10, 5), Reply::success()]).await;
    let client = client_of(&server.host()).build().unwrap();
    let _ = client.create(&webhook()).await.unwrap();
    assert_eq!(client.quota().limits(), [QuotaLimit::new(10, Duration::from_secs(5)).unwrap()]);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_answer_without_numbers_lowers_the_quota_for_the_moment() {
    let limited = Reply::Answer(429, "Too many requests".to_owned(), "");
    let server = Server::start([limited.clone(), Reply::success()]).await;
    let quota = Quota::new(["4/5".parse().unwrap()]);
    let client = client_of(&server.host()).quota(quota.clone()).build().unwrap();
    let mut limits = Vec::new();
    for _ in 0..6 {
        let _ = client.create(&webhook()).await.unwrap();
        limits.push(quota.limits()[0].calls());
    }
    assert_eq!(limits, [2, 3, 3, 3, 4, 4]);
    assert_eq!(server.request_count(), 7);
}
