//! How the cost grows with the size: throughput stays constant up to a logarithm and cache effects.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no users, and may panic")]

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use http::StatusCode;
use leadsquared_webhooks::{
    account::Credentials,
    core::{
        Secrets,
        quota::{Poll, Quota, Waiter},
    },
    error::{UnexpectedReason, UnexpectedResponse},
    quota::QuotaLimit,
};

const SIZES: [u64; 3] = [1_000, 10_000, 100_000];

/// Returns a quota of one call a day with this many waiters.
fn queue(size: u64) -> (Quota, Vec<Waiter>) {
    let mut quota = Quota::new([QuotaLimit::new(1, Duration::from_hours(24)).unwrap()]);
    let waiters = (0..size).map(|_| quota.join()).collect();
    (quota, waiters)
}

/// A fixed pseudo-random order.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

fn quota(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quota");
    for size in SIZES {
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("waits cancelled", size), |bench| {
            bench.iter_batched(
                || queue(size),
                |(mut quota, mut waiters)| {
                    waiters.sort_unstable_by_key(|waiter| scattered(waiter.number()));
                    for waiter in waiters {
                        black_box(quota.poll(&waiter, Duration::ZERO));
                        quota.leave(waiter);
                        black_box(quota.next());
                    }
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new("calls remembered", size), |bench| {
            bench.iter_batched(
                || Quota::new(["100000/86400".parse().unwrap()]),
                |mut quota| {
                    let waiter = quota.join();
                    for number in 0..size {
                        quota.remember(Duration::from_nanos(scattered(number)));
                    }
                    black_box(quota.poll(&waiter, Duration::from_hours(1)));
                    quota
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new("calls answered behind lost ones", size), |bench| {
            bench.iter_batched(
                || Quota::new(["1000000/86400".parse().unwrap()]),
                |mut quota| {
                    for number in 0..size {
                        let now = Duration::from_micros(number);
                        let waiter = quota.join();
                        let Poll::Ready(permit) = quota.poll(&waiter, now) else {
                            panic!("there is a permit")
                        };
                        if number % 2 == 0 { quota.lost(permit, now) } else { quota.answered(permit, now) }
                    }
                    quota
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Answers crafted to slow down the search for these secrets.
fn redaction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("redaction");
    for (name, key, body) in [
        ("repeated letter", format!("{}b", "a".repeat(31)), "a"),
        ("percent signs", format!("{}b", "%".repeat(16)), "%25"),
        ("backslashes", format!("{}b", "\\".repeat(16)), "\\"),
        ("open entities", format!("{}b", "&".repeat(16)), "&#000000000000000000"),
        ("the key", "u$r0123456789abcdef0123456789abc".to_owned(), "u$r0123456789abcdef0123456789abc"),
    ] {
        let secrets = Secrets::of_credentials(&Credentials::parse("another-key", &key).unwrap());
        for size in [1 << 10, 1 << 15, 1 << 20] {
            let body = body.repeat(size / body.len());
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new(format!("scrub, {name}"), size), |bench| {
                bench.iter(|| secrets.scrub(black_box(&body)));
            });
            // An error repeats only the beginning, so its cost does not depend on the size.
            group.bench_function(BenchmarkId::new(format!("excerpt, {name}"), size), |bench| {
                let read =
                    |body| UnexpectedResponse::new(StatusCode::OK, UnexpectedReason::NotJson, body, &secrets);
                bench.iter(|| read(black_box(body.as_bytes())));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, quota, redaction);
criterion_main!(benches);
