//! The laws of the lifecycle.

use std::time::SystemTime;

use leadsquared_webhooks_core::{
    NewWebhook, Trigger, Webhook, WebhookStatus,
    reconcile::{Memory, Prune, ReconcileOptions, Reconciler, Step},
};

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
