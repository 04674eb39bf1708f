use serde_json::json;

use crate::raw::{
    ACCESS_KEY, QUERY, SECRET_KEY, call, deleted, lead_field, retrieve_all, sample, sandbox, send, shown,
};

#[tokio::test]
async fn takes_away_the_webhook_and_what_stood_in_its_way() {
    let sandbox = sandbox!();
    let kept = sandbox.seed_webhook(&sample()).unwrap().id;
    let gone = sandbox.seed_webhook(&lead_field("mx_City")).unwrap().id;
    let answer = deleted(&sandbox, &gone.to_uppercase()).await.unwrap();
    assert_eq!((answer.status(), &answer.json()["Status"]), (200, &json!("Success")));
    assert_eq!(shown(&sandbox, &retrieve_all()).await, [kept]);
    assert!(sandbox.seed_webhook(&lead_field("mx_City")).is_ok());
}

#[tokio::test]
async fn refuses_an_id_that_is_missing_or_unknown() {
    let sandbox = sandbox!();
    sandbox.seed_webhook(&sample()).unwrap();
    let target = format!("/v2/Webhook.svc/Delete?{QUERY}");
    assert_eq!(send(&sandbox, "GET", &target, "", b"").await.unwrap().exception().0, 400);
    assert_eq!(deleted(&sandbox, "").await.unwrap().exception().0, 400);
    let (status, exception, _) = deleted(&sandbox, "b1c420d7").await.unwrap().exception();
    assert!(status == 500 && exception.starts_with("MX"));
    assert_eq!(sandbox.webhooks().len(), 1);
}

#[tokio::test]
async fn takes_the_keys_in_the_headers_too_and_no_post() {
    let sandbox = sandbox!();
    let id = sandbox.seed_webhook(&sample()).unwrap().id;
    assert_eq!(call(&sandbox, "Delete", &json!({"webhookId": id})).await.unwrap().status(), 405);
    let headers = format!("x-LSQ-AccessKey: {ACCESS_KEY}\r\nx-LSQ-SecretKey: {SECRET_KEY}\r\n");
    let target = format!("/v2/Webhook.svc/Delete?webhookId={id}");
    assert_eq!(send(&sandbox, "GET", &target, "", b"").await.unwrap().status(), 401);
    assert_eq!(send(&sandbox, "GET", &target, &headers, b"").await.unwrap().status(), 200);
    assert!(sandbox.webhooks().is_empty() && sandbox.client_report().is_clean());
}
