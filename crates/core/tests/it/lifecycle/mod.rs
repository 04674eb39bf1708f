//! The laws of the lifecycle. Whatever is delayed, lost, late, interrupted or changed by others,
//! the desired webhooks exist, a run leaves no duplicate that it created, foreign webhooks are not
//! touched, and every report is true.
//!
//! A simulation drives the reconciler through random schedules in virtual time. The schedules are
//! the same each time, so a failure comes from a change, not from chance. `LIFECYCLE_SEED` sets the
//! first seed, and `LIFECYCLE_SCHEDULES` the number of schedules, to search for new failures.
//! `LIFECYCLE_TRACE=1` prints what happens.

mod cases;
mod hazards;
mod laws;
mod run;
mod world;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use self::{hazards::Hazards, laws::Before, run::Simulation};
use leadsquared_webhooks_core::{
    NewWebhook, Trigger, Webhook, WebhookStatus,
    reconcile::{Memory, Prune, ReconcileOptions, Reconciler, Step},
};

/// The number of schedules, for a run of seconds; `scripts/check simulation` runs 100,000.
const SCHEDULES: u64 = 5_000;

/// Runs one schedule: first with faults, then without, until nothing changes.
fn schedule(seed: u64) -> Hazards {
    let mut sim = Simulation::new(seed);
    sim.calm();
    laws::claims_hold(&sim);
    for round in 0..3 {
        for operator in 0..sim.operators.len() {
            let before = Before::of(&sim, operator);
            let run = sim.run_alone(operator);
            laws::comes_to_rest(&sim, run, &before, round);
        }
    }
    laws::claims_hold(&sim);
    sim.hazards
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

thread_local! {
    /// The location of the law that failed on this thread, and its message.
    static BROKEN: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// The laws that failed: location, number of failures, first seed and message.
type Broken = BTreeMap<String, (u64, u64, String)>;

fn run(first: u64, schedules: u64) -> (Hazards, Broken) {
    let next = AtomicU64::new(first);
    let all = Mutex::new((Hazards::default(), Broken::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut hazards = Hazards::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + schedules {
                        break;
                    }
                    if let Ok(more) = std::panic::catch_unwind(|| schedule(seed)) {
                        hazards.add(&more);
                    } else {
                        let (place, text) = BROKEN.take().unwrap_or_default();
                        let mut all = all.lock().unwrap();
                        let (count, first, _) = all.1.entry(place).or_insert((0, seed, text));
                        (*count, *first) = (*count + 1, (*first).min(seed));
                    }
                }
                all.lock().unwrap().0.add(&hazards);
            });
        }
    });
    all.into_inner().unwrap()
}

#[test]
fn whatever_happens_what_is_desired_exists_once_and_nothing_is_reported_that_is_not_so() {
    let schedules = variable("LIFECYCLE_SCHEDULES").unwrap_or(SCHEDULES);
    let first = variable("LIFECYCLE_SEED").unwrap_or_default();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name().is_some() {
            return hook(info);
        }
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        BROKEN.set(Some((place.unwrap_or_default(), info.to_string())));
    }));
    let (hazards, broken) = run(first, schedules);
    let mut out = std::io::stdout();
    for (place, (count, seed, text)) in &broken {
        let _ = writeln!(out, "law {place} failed {count} times, first with LIFECYCLE_SEED={seed}: {text}");
    }
    let _ = writeln!(out, "lifecycle: {schedules} schedules from seed {first}: {hazards}");
    let seeds: Vec<_> = broken.values().map(|(_, seed, _)| seed).collect();
    assert!(
        broken.is_empty(),
        "laws failed; LIFECYCLE_SCHEDULES=1 with one of these as LIFECYCLE_SEED: {seeds:?}"
    );
    let missing = hazards.missing();
    assert!(schedules < SCHEDULES || missing.is_empty(), "{missing:?} never came");
}

#[test]
fn with_nothing_desired_what_is_under_the_prefix_is_pruned_when_asked() {
    let now = SystemTime::UNIX_EPOCH;
    let old =
        NewWebhook::builder("https://managed.example/old".parse().unwrap(), Trigger::LeadCreate).build();
    let webhook = Webhook {
        id: "old".parse().unwrap(),
        event: old.trigger().event().map(Into::into),
        url: Some(old.url().as_str().to_owned()),
        status: Some(WebhookStatus::Enabled),
        description: Some(String::new()),
        properties: Some(String::new()),
        other: Vec::new(),
    };
    let prune = Prune { prefix: "https://managed.example".parse().unwrap(), shown: None };
    for prune in [None, Some(prune)] {
        let asked = prune.is_some();
        let options = ReconcileOptions { prune, ..ReconcileOptions::default() };
        let mut reconciler = Reconciler::<()>::new(Vec::new(), options, Memory::default());
        let (mut lists, mut deleted) = (0, Vec::new());
        loop {
            match reconciler.next(now) {
                Step::List => {
                    lists += 1;
                    reconciler.listed(std::slice::from_ref(&webhook), now);
                }
                Step::Delete(job, id) => {
                    deleted.push(id);
                    reconciler.deleted(job, Ok(()));
                }
                Step::Done => break,
                step => panic!("{step:?}"),
            }
        }
        assert_eq!((lists, deleted), if asked { (2, vec![webhook.id.clone()]) } else { (0, Vec::new()) });
    }
}
