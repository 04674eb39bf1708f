use serde_json::json;

use crate::raw::{ACCESS_KEY, QUERY, SECRET_KEY, UTF8, call, create, sample, sample_with, sandbox, send};

const PATH: &str = "/v2/Webhook.svc/Create";

#[tokio::test]
async fn takes_the_keys_in_the_query_or_in_the_headers_and_nothing_else() {
    let sandbox = sandbox!();
    let body = sample().to_string();
    let headers = format!("{UTF8}x-LSQ-AccessKey: {ACCESS_KEY}\r\nx-LSQ-SecretKey: {SECRET_KEY}\r\n");
    for (target, headers, status) in [
        (format!("{PATH}?{QUERY}"), UTF8, 200),
        (PATH.to_owned(), headers.as_str(), 200),
        (PATH.to_owned(), UTF8, 401),
        (format!("{PATH}?accessKey=u%24rcanary1&secretKey=wrong"), UTF8, 401),
        (format!("{PATH}?accessKey=u%24rcanary1"), UTF8, 401),
    ] {
        let answer = send(&sandbox, "POST", &target, headers, body.as_bytes()).await.unwrap();
        assert_eq!(answer.status(), status, "{target}");
        if status == 401 {
            assert_eq!(answer.exception().1, "MXUnAuthorizedAccessException");
        }
    }
    assert_eq!(sandbox.webhooks().len(), 2);
}

#[tokio::test]
async fn knows_no_other_path_and_no_other_method() {
    let sandbox = sandbox!();
    for (method, target, status) in [
        ("POST", "/v2/Nothing", 404),
        ("POST", &format!("/v2/Webhook.svc/Nothing?{QUERY}"), 404),
        ("GET", &format!("{PATH}?{QUERY}"), 405),
        ("POST", &format!("/v2/Webhook.svc/Delete?{QUERY}"), 405),
        ("GET", &format!("/v2/Webhook.svc/Update?{QUERY}"), 405),
        ("PUT", &format!("/v2/Webhook.svc/Retrieve?{QUERY}"), 405),
    ] {
        assert_eq!(send(&sandbox, method, target, UTF8, b"").await.unwrap().status(), status, "{target}");
    }
}

#[tokio::test]
async fn no_key_and_no_headers_value_is_ever_shown() {
    let sandbox = sandbox!();
    create(&sandbox, &sample()).await;
    let update = sample_with(json!({"WebhookId": sandbox.webhooks()[0].id}));
    assert_eq!(call(&sandbox, "Update", &update).await.unwrap().status(), 200);
    send(&sandbox, "POST", &format!("{PATH}?accessKey=canary5&secretKey=canary6"), UTF8, b"canary7").await;
    let account = sandbox.account(ACCESS_KEY).unwrap();
    let mut shown = format!(
        "{sandbox:?}{account:?}{:?}{:?}{:?}",
        sandbox.requests(),
        sandbox.webhooks(),
        sandbox.client_report()
    );
    for view in ["requests", "webhooks", "client-report", "health"] {
        let answer = send(&sandbox, "GET", &format!("/_sandbox/{view}"), "", b"").await.unwrap();
        assert_eq!(answer.status(), 200);
        shown += &answer.body;
    }
    assert!(shown.contains("x-api-key") && !shown.contains("canary"), "{shown}");
}
