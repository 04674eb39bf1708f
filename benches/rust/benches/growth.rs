//! How the cost grows with the size: the throughput stays within a logarithm and the caches.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no users, and may panic")]

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leadsquared_webhooks::quota::{Place, Quota, QuotaLimit, Turn};

const SIZES: [u64; 3] = [1_000, 10_000, 100_000];

/// So many wait for a quota of one call a day.
fn queue(size: u64) -> (Quota, Vec<Place>) {
    let mut quota = Quota::new([QuotaLimit::new(1, Duration::from_hours(24)).unwrap()]);
    let places = (0..size).map(|_| quota.join()).collect();
    (quota, places)
}

/// In no order at all, and always the same one.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

fn quota(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quota");
    for size in SIZES {
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("waits given up", size), |bench| {
            bench.iter_batched(
                || queue(size),
                |(mut quota, mut places)| {
                    places.sort_unstable_by_key(|place| scattered(place.number()));
                    for place in places {
                        black_box(quota.poll(&place, Duration::ZERO));
                        quota.leave(place);
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
                    let place = quota.join();
                    for number in 0..size {
                        quota.remember(Duration::from_nanos(scattered(number)));
                    }
                    black_box(quota.poll(&place, Duration::from_hours(1)));
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
                        let place = quota.join();
                        let Turn::Go(slot) = quota.poll(&place, now) else { panic!("there is a slot") };
                        if number % 2 == 0 { quota.lost(slot, now) } else { quota.answered(slot, now) }
                    }
                    quota
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, quota);
criterion_main!(benches);
