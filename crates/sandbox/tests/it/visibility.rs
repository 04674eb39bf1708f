use std::time::Duration;

use leadsquared_webhooks_sandbox::{Fault, Sandbox};
use serde_json::json;
use tokio::time::{Instant, advance};

use crate::raw::{call, create, create_raw, deleted, lead_field, retrieve_all, sample, sandbox, shown};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Returns how many milliseconds after its create a webhook shows up.
async fn visible_after(sandbox: &Sandbox) -> u128 {
    create(sandbox, &sample()).await;
    let (count, created) = (sandbox.webhooks().len(), Instant::now());
    while shown(sandbox, &retrieve_all()).await.len() < count {
        advance(MILLISECOND).await;
    }
    created.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn a_webhook_shows_up_at_once_unless_asked_otherwise() {
    assert_eq!(visible_after(&sandbox!()).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_standing_visibility_is_drawn_anew_for_each_create_and_repeats_with_its_seed() {
    let times = async |seed| {
        let range = (Duration::from_millis(20), Duration::from_millis(90));
        let sandbox = sandbox!(visible_after range, seed seed, limits vec![]);
        let mut times = Vec::new();
        for _ in 0..6 {
            times.push(visible_after(&sandbox).await);
        }
        times
    };
    let first = times(1).await;
    assert!(first.iter().all(|time| (19..=91).contains(time)), "{first:?}");
    assert!(first.iter().max() > first.iter().min());
    assert_eq!(first, times(1).await);
    assert_ne!(first, times(2).await);
}

#[tokio::test(start_paused = true)]
async fn a_queued_late_visibility_waits_for_a_create() {
    let sandbox = sandbox!(limits vec![]);
    sandbox.fault(Fault::LateVisibility { ms: 50 });
    shown(&sandbox, &retrieve_all()).await;
    let time = visible_after(&sandbox).await;
    assert!((49..=51).contains(&time), "{time}");
    assert_eq!(visible_after(&sandbox).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_late_webhook_go_together() {
    let sandbox = sandbox!();
    sandbox.fault(Fault::ApplyThenClose.visible_after(Duration::from_secs(3)));
    assert!(create_raw(&sandbox, sample().to_string().as_bytes()).await.is_none());
    assert!(shown(&sandbox, &retrieve_all()).await.is_empty());
    assert_eq!(sandbox.webhooks().len(), 1);
    advance(Duration::from_secs(4)).await;
    assert_eq!(shown(&sandbox, &retrieve_all()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_visible_yet_exists_all_the_same() {
    let range = (Duration::from_hours(1), Duration::from_hours(1));
    let sandbox = sandbox!(visible_after range);
    let id = create(&sandbox, &lead_field("mx_City")).await.json()["Message"]["Id"].clone();
    assert_eq!(create(&sandbox, &lead_field("mx_City")).await.exception().1, "MXDuplicateEntryException");
    let mut update = lead_field("mx_Zip");
    update["WebhookId"] = id.clone();
    assert_eq!(call(&sandbox, "Update", &update).await.unwrap().status(), 200);
    let by_id = json!({"Parameter": {"WebhookId": id}});
    assert!(shown(&sandbox, &by_id).await.is_empty());
    assert_eq!(deleted(&sandbox, id.as_str().unwrap()).await.unwrap().status(), 200);
    assert!(sandbox.webhooks().is_empty());
}
