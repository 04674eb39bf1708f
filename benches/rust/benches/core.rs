//! The cost of a create before its request and after its answer, without I/O.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no users, and may panic")]

use std::{hint::black_box, time::SystemTime};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, StatusCode};
use leadsquared_webhooks::{
    NewWebhook,
    core::{Secrets, request, response},
    event::EventCodes,
};

const DRAFT: &str = include_str!("../../../examples/lead-activity-create.json");
const ANSWER: &[u8] = br#"{"Status":"Success","Message":{"Id":"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4"}}"#;

fn parse(criterion: &mut Criterion) {
    let webhook = NewWebhook::from_json(DRAFT).unwrap();
    let draft = webhook.to_draft();
    criterion.bench_function("parse a draft's JSON", |bench| {
        bench.iter(|| NewWebhook::from_json(black_box(DRAFT)).unwrap());
    });
    criterion.bench_function("parse a draft", |bench| {
        bench.iter_batched(
            || draft.clone(),
            |draft| draft.parse().unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    criterion.bench_function("parse a draft and encode its create", |bench| {
        bench.iter_batched(
            || draft.clone(),
            |draft| request::create(&draft.parse().unwrap(), EventCodes::Documented),
            criterion::BatchSize::SmallInput,
        );
    });
    criterion.bench_function("parse a draft's JSON and encode its create", |bench| {
        bench.iter(|| {
            request::create(&NewWebhook::from_json(black_box(DRAFT)).unwrap(), EventCodes::Documented)
        });
    });
}

fn wire(criterion: &mut Criterion) {
    let webhook = NewWebhook::from_json(DRAFT).unwrap();
    let (headers, secrets) = (HeaderMap::new(), Secrets::default());
    let decode = || {
        response::created(StatusCode::OK, &headers, black_box(ANSWER), &secrets, SystemTime::UNIX_EPOCH)
            .unwrap()
    };
    criterion.bench_function("encode a create", |bench| {
        bench.iter(|| request::create(black_box(&webhook), EventCodes::Documented));
    });
    criterion.bench_function("decode its answer", |bench| bench.iter(decode));
    criterion.bench_function("encode a create and decode its answer", |bench| {
        bench.iter(|| (request::create(black_box(&webhook), EventCodes::Documented), decode()));
    });
}

criterion_group!(benches, parse, wire);
criterion_main!(benches);
