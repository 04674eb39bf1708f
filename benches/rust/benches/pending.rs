//! Many simultaneous creates that end without a request: the cost of the queue and of the kept
//! outcomes. The time per create is constant up to 100,000.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no users, and may panic")]

use std::{pin::Pin, task::Context, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leadsquared_webhooks::{Client, Error, NewWebhook, account::Credentials, call::Created, quota::Quota};
use tokio::runtime::{Builder, Runtime};

const DRAFT: &str = include_str!("../../../examples/lead-activity-create.json");

/// A client whose quota is used up for a day.
fn client() -> Client {
    let quota = Quota::new(["1/86400".parse().unwrap()]);
    quota.remember([Duration::ZERO]);
    let credentials = Credentials::parse("access", "secret").unwrap();
    Client::builder("127.0.0.1:1".parse().unwrap(), credentials).quota(quota).build().unwrap()
}

type Create = Pin<Box<dyn Future<Output = Result<Created, Error>> + Send>>;

/// Returns this many creates, all of them in the queue.
fn queued(client: &Client, webhook: &NewWebhook, quota_wait: Option<Duration>, count: usize) -> Vec<Create> {
    let mut creates: Vec<Create> =
        (0..count).map(|_| client.create(webhook).quota_wait(quota_wait).into_future()).collect();
    for create in &mut creates {
        assert!(create.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
    }
    creates
}

fn measure(criterion: &mut Criterion, name: &str, run: impl Fn(&Runtime, &Client, &NewWebhook, usize)) {
    let webhook = NewWebhook::from_json(DRAFT).unwrap();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for count in [1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            bench.iter(|| run(&runtime, &client(), &webhook, count));
        });
    }
    group.finish();
}

fn many(criterion: &mut Criterion) {
    measure(criterion, "creates whose wait for the quota is over", |runtime, client, webhook, count| {
        runtime.block_on(async {
            for create in queued(client, webhook, Some(Duration::ZERO), count) {
                assert_eq!(create.await.unwrap_err().kind().as_str(), "quota_wait");
            }
        });
        assert!(client.pending().is_empty());
    });
    measure(criterion, "queued creates that are withdrawn", |runtime, client, webhook, count| {
        runtime.block_on(async {
            let creates = queued(client, webhook, None, count);
            tokio::task::yield_now().await;
            drop(creates);
            client.drain().await;
        });
        assert_eq!((client.pending().len(), client.quota().waiting()), (0, 0));
    });
}

criterion_group!(benches, many);
criterion_main!(benches);
