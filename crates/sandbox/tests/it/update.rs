use std::time::Duration;

use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::raw::{Answer, activity, call, create, lead_field, sample, sample_with, sandbox};

async fn update(sandbox: &Sandbox, id: &str, mut body: Value) -> Answer {
    body["WebhookId"] = json!(id);
    call(sandbox, "Update", &body).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn replaces_all_that_a_create_said_and_keeps_the_rest() {
    let sandbox = sandbox!();
    create(&sandbox, &sample()).await;
    let before = sandbox.webhooks().remove(0);
    assert!(sandbox.set_status(&before.id, 2));
    tokio::time::advance(Duration::from_secs(2)).await;

    let mut body = activity("22");
    body.as_object_mut().unwrap().remove("Description");
    let answer = update(&sandbox, &before.id, body).await;
    assert_eq!(
        (answer.status(), answer.json()),
        (200, json!({"Status": "Success", "Message": {"Id": before.id}}))
    );
    let [after] = sandbox.webhooks().try_into().unwrap();
    assert_eq!((after.id, after.status, after.created_on), (before.id, 2, before.created_on));
    assert_eq!((after.code, after.event, after.description.as_str()), (2, "LeadActivity_Post_Create", ""));
    assert_eq!(after.properties["ActivityEvent"], json!("22"));
    assert!(after.modified_on > before.modified_on);
    assert!(!after.body.to_string().contains("canary"));
}

#[tokio::test]
async fn refuses_what_a_create_refuses() {
    let sandbox = sandbox!(limits vec![]);
    let id = sandbox.seed_webhook(&sample()).unwrap().id;
    let before = sandbox.webhooks();
    for (change, status) in [
        (json!({"URL": "ftp://example.com"}), 400),
        (json!({"Method": "PUT"}), 400),
        (json!({"WebhookProperties": {"nested": "object"}}), 400),
        (json!({"WebhookEvent": "99"}), 500),
        (json!({"WebhookEvent": "2"}), 500),
    ] {
        let body = sample_with(change);
        let (created, updated) =
            (create(&sandbox, &body).await.exception(), update(&sandbox, &id, body).await.exception());
        assert_eq!(updated.0, status);
        assert_eq!(updated, created);
    }
    assert_eq!(sandbox.webhooks(), before);
}

#[tokio::test]
async fn needs_the_id_of_a_webhook_that_is_there() {
    let sandbox = sandbox!();
    sandbox.seed_webhook(&sample()).unwrap();
    for body in [sample(), sample_with(json!({"WebhookId": null})), sample_with(json!({"WebhookId": 1}))] {
        assert_eq!(call(&sandbox, "Update", &body).await.unwrap().exception().0, 400);
    }
    let unknown = "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4";
    let (status, exception, _) = update(&sandbox, unknown, sample()).await.exception();
    assert!(status == 500 && exception.starts_with("MX"));
}

#[tokio::test]
async fn a_field_change_webhook_is_no_duplicate_of_itself_but_of_another() {
    let sandbox = sandbox!();
    let stage = sandbox.seed_webhook(&lead_field("ProspectStage")).unwrap().id;
    let city = sandbox.seed_webhook(&lead_field("mx_City")).unwrap().id;
    assert_eq!(update(&sandbox, &stage, lead_field("ProspectStage")).await.status(), 200);
    let (status, exception, _) = update(&sandbox, &city, lead_field("ProspectStage")).await.exception();
    assert_eq!((status, exception.as_str()), (500, "MXDuplicateEntryException"));
    assert_eq!(update(&sandbox, &stage, lead_field("mx_Zip")).await.status(), 200);
    assert_eq!(update(&sandbox, &city, lead_field("ProspectStage")).await.status(), 200);
}
