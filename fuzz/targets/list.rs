//! Pages of a list: reading ends, and a run on any list ends.
#![no_main]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    NewWebhook, Outcome, Secrets,
    reconcile::{CreateEnd, Listing, ListingStep, Memory, ReconcileOptions, Reconciler, Step},
    response,
};
use libfuzzer_sys::fuzz_target;

const DESIRED: [&str; 3] = [
    r#"{"url": "https://example.com", "trigger": {"event": "lead_create"}}"#,
    r#"{"url": "https://example.com/a", "trigger": {"event": "lead_activity_create", "activity": "22"}, "description": "x"}"#,
    r#"{"url": "https://example.com/b", "trigger": {"event": "raw", "code": 31}}"#,
];

fuzz_target!(|pages: Vec<Vec<u8>>| {
    let read = |body: &[u8]| {
        response::retrieved(StatusCode::OK, &HeaderMap::new(), body, &Secrets::default(), SystemTime::UNIX_EPOCH).ok()
    };
    let pages: Vec<_> = pages.iter().filter_map(|body| read(body)).collect();
    let mut pages = pages.into_iter();
    let mut list = || {
        let mut listing = Listing::default();
        let mut step = listing.first();
        loop {
            step = match step {
                ListingStep::Page { .. } => listing.page(pages.next()?),
                ListingStep::Whole(webhooks) => return Some(webhooks),
                ListingStep::Failed(_) => return None,
            };
        }
    };
    let desired = DESIRED.map(|json| NewWebhook::from_json(json).expect("a draft"));
    let options = ReconcileOptions::builder().overwrite(true).build();
    let mut machine = Reconciler::new(desired.to_vec(), options, Memory::default());
    let mut now = SystemTime::UNIX_EPOCH;
    for _ in 0..10_000 {
        match machine.next(now) {
            Step::List => match list() {
                Some(seen) => machine.listed(&seen, now),
                None => machine.list_failed(&"no list", Outcome::Unknown),
            },
            Step::Create(job, _) => {
                let end = CreateEnd::Unknown { error: "lost", sent_at: now };
                machine.created(job, end, now);
            }
            Step::Update(job, ..) => machine.updated(job, Ok(()), now),
            Step::Delete(job, _) => machine.deleted(job, Ok(())),
            Step::Wait(waiting) => now += waiting.time.max(Duration::from_millis(1)),
            Step::Pause(time) => now += time.max(Duration::from_millis(1)),
            Step::Idle => panic!("nothing is in flight"),
            Step::Done => {
                assert_eq!(machine.finish().webhooks.len(), 3);
                return;
            }
        }
    }
    panic!("it never ends");
});
