use leadsquared_webhooks_sandbox::{Call, Fault, ForeignChange, KeysForm, QueuedFault, Sandbox};
use serde_json::{Value, json};

use crate::raw::{
    QUERY, UTF8, activity, call, create, create_raw, exchange, opportunity, retrieve_all, sample, sandbox,
    send, shown,
};

async fn view(sandbox: &Sandbox, name: &str) -> Value {
    send(sandbox, "GET", &format!("/_sandbox/{name}"), "", b"").await.unwrap().json()
}

async fn post(sandbox: &Sandbox, name: &str, body: &str) -> u16 {
    send(sandbox, "POST", &format!("/_sandbox/{name}"), "", body.as_bytes()).await.unwrap().status()
}

#[tokio::test]
async fn reports_what_was_received_and_stored() {
    let sandbox = sandbox!();
    create(&sandbox, &sample()).await;
    let requests = view(&sandbox, "requests").await;
    let mut body = sample();
    body["CustomHeaders"] = json!([{"Key": "x-api-key", "Value": "…"}, {"Key": "x-api-key", "Value": "…"}]);
    assert_eq!(
        requests["requests"],
        json!([{
            "number": 1, "method": "POST", "path": "/v2/Webhook.svc/Create", "keys": "query", "authenticated": true,
            "content_type": "application/json; charset=utf-8", "body": body, "custom_headers_form": "array", "body_bytes": sample().to_string().len(),
            "status": 200,
        }])
    );
    assert_eq!(sandbox.requests()[0].keys, KeysForm::Query);
    let webhooks = view(&sandbox, "webhooks").await;
    assert_eq!(webhooks["webhooks"][0]["id"], json!(sandbox.webhooks()[0].id));
    assert_eq!(view(&sandbox, "client-report").await, json!({"clean": true, "findings": []}));
    assert_eq!(view(&sandbox, "health").await, json!({"ok": true}));
    assert_eq!(sandbox.request_count(), 1);
}

#[tokio::test]
async fn queues_one_fault_or_a_list_and_refuses_what_is_none() {
    let sandbox = sandbox!();
    assert_eq!(post(&sandbox, "faults", r#"{"fault": "html", "status": 502}"#).await, 200);
    let list = r#"[{"fault": "apply_then_500"}, {"fault": "rate_limited", "limit": 9, "window_s": 5, "form": "forbidden"}]"#;
    assert_eq!(post(&sandbox, "faults", list).await, 200);
    assert_eq!(post(&sandbox, "faults", r#"{"fault": "gremlin"}"#).await, 400);
    assert_eq!(post(&sandbox, "nothing", "").await, 404);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(create_raw(&sandbox, sample().to_string().as_bytes()).await.unwrap().status());
    }
    assert_eq!(statuses, [502, 500, 403, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_may_name_its_call_and_how_late_its_webhook_shows_up() {
    let sandbox = sandbox!();
    let list = r#"[{"fault": "html", "status": 502, "on": "update"}, {"fault": "late_visibility", "ms": 900, "on": null},
        {"fault": "apply_then_500", "visible_after_ms": 800}]"#;
    assert_eq!(post(&sandbox, "faults", list).await, 200);
    for none in [
        r#"{"fault": "stall", "on": "patch"}"#,
        r#"{"fault": "late_visibility"}"#,
        r#"{"on": "update"}"#,
        r#"{"fault": "stall", "visible_after_ms": -1}"#,
        r#"{"fault": "stall", "why": "x"}"#,
        r#"{"fault": "stall", "skip": -1}"#,
        r#"{"fault": "meanwhile"}"#,
        r#"{"fault": "meanwhile", "delete": 1}"#,
        r#"{"fault": "meanwhile", "delete": "x", "why": "x"}"#,
        r#"{"fault": "meanwhile", "rename": "x"}"#,
        r#"{"fault": "wrong_record_count"}"#,
        r#"{"fault": "error_with_200", "applied": "yes"}"#,
    ] {
        assert_eq!(post(&sandbox, "faults", none).await, 400, "{none}");
    }
    let created =
        [create(&sandbox, &sample()).await.status(), create(&sandbox, &activity("22")).await.status()];
    assert_eq!(created, [200, 500]);
    assert!(shown(&sandbox, &retrieve_all()).await.is_empty());
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(shown(&sandbox, &retrieve_all()).await.len(), 2);
    assert_eq!(call(&sandbox, "Update", &sample()).await.unwrap().status(), 502);
}

#[test]
fn a_queued_fault_reads_what_it_writes() {
    for fault in [
        QueuedFault::from(Fault::Stall),
        Fault::Html { status: 502 }.on(Call::Retrieve),
        Fault::LateVisibility { ms: 1 }.on(Call::Create),
        Fault::ApplyThenClose.visible_after(std::time::Duration::from_millis(7)),
        Fault::ErrorWith200 { applied: true }.skip(2),
        Fault::WrongRecordCount { count: 3 }.into(),
        Fault::Meanwhile(ForeignChange::Delete("x".to_owned())).on(Call::Retrieve).skip(1),
        Fault::Meanwhile(ForeignChange::Create(json!({"WebhookEvent": "3"}))).into(),
        Fault::Meanwhile(ForeignChange::Update(json!({"WebhookId": "x"}))).into(),
    ] {
        let text = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<QueuedFault>(&text).unwrap(), fault, "{text}");
    }
    assert_eq!(serde_json::to_value(QueuedFault::from(Fault::Stall)).unwrap(), json!({"fault": "stall"}));
}

#[tokio::test]
async fn gives_a_webhook_and_a_status() {
    let sandbox = sandbox!();
    let body = r#"{"WebhookEvent": "3", "URL": "https://example.com/hooks"}"#;
    let seeded = send(&sandbox, "POST", "/_sandbox/webhooks", "", body.as_bytes()).await.unwrap().json();
    assert_eq!(seeded["event"], json!("Lead_Post_Create"));
    let status = json!({"id": seeded["id"], "status": 2}).to_string();
    assert_eq!(post(&sandbox, "status", &status).await, 200);
    assert_eq!(sandbox.webhooks()[0].status, 2);
    let disabled = r#"{"WebhookEvent": "6", "StatusCode": 1}"#;
    assert_eq!(post(&sandbox, "webhooks", disabled).await, 200);
    let disabled = &sandbox.webhooks()[1];
    assert_eq!((disabled.status, disabled.body.get("StatusCode")), (1, None));
    assert_eq!(post(&sandbox, "webhooks", r#"{"WebhookEvent": "6", "StatusCode": "off"}"#).await, 400);
    assert_eq!(post(&sandbox, "status", r#"{"id": "x", "status": 2}"#).await, 404);
    assert_eq!(post(&sandbox, "status", r#"{"id": "x"}"#).await, 400);
    assert_eq!(post(&sandbox, "webhooks", r#"{"WebhookEvent": "99"}"#).await, 400);
    assert_eq!(post(&sandbox, "webhooks", "[]").await, 400);
    assert_eq!((sandbox.webhooks().len(), sandbox.request_count()), (2, 0));
}

#[tokio::test]
async fn changes_the_settings_that_are_given() {
    let sandbox = sandbox!();
    let change = r#"{"numbers_as_strings": true, "nothing_found": "empty_response"}"#;
    assert_eq!(post(&sandbox, "settings", change).await, 200);
    let answer = call(&sandbox, "Retrieve", &retrieve_all()).await.unwrap();
    assert_eq!(answer.json(), json!({"RecordCount": "0", "Response": []}));

    let change = r#"{"code_table": "observed", "visible_after_ms": [60000, 60000],
        "limits": [{"calls": 2, "window_s": 5}], "rate_limit_form": "forbidden"}"#;
    assert_eq!(post(&sandbox, "settings", change).await, 200);
    create(&sandbox, &opportunity(29)).await;
    assert_eq!(sandbox.webhooks()[0].event, "Opportunity_Post_Create");
    assert_eq!(create(&sandbox, &sample()).await.status(), 403);
    assert_eq!(post(&sandbox, "settings", r#"{"limits": []}"#).await, 200);
    assert!(shown(&sandbox, &retrieve_all()).await.is_empty());
    assert_eq!(post(&sandbox, "settings", r#"{"colour": "red"}"#).await, 400);
}

#[tokio::test]
async fn changes_how_retrieve_answers() {
    let sandbox = sandbox!();
    for none in [
        r#"{"stores_urls": "upside-down"}"#,
        r#"{"stores_urls": "cut:"}"#,
        r#"{"stores_urls": "cut:0"}"#,
        r#"{"answers_properties": "list"}"#,
        r#"{"page_cap": 0}"#,
        r#"{"largest_page_size": 0}"#,
    ] {
        assert_eq!(post(&sandbox, "settings", none).await, 400, "{none}");
    }
    sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://Example.com?a&b"})).unwrap();
    sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://Example.com?a&c"})).unwrap();
    let change = r#"{"stores_urls": "html_escaped", "answers_properties": "extended-object", "page_cap": 1,
        "largest_page_size": 100}"#;
    assert_eq!(post(&sandbox, "settings", change).await, 200);
    let mut body = retrieve_all();
    let answer = call(&sandbox, "Retrieve", &body).await.unwrap().json();
    assert_eq!(answer["Response"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Response"][0]["URL"], json!("https://Example.com?a&amp;c"));
    assert_eq!(answer["Response"][0]["WebhookProperties"]["SandboxFlag"], json!(true));
    body["Paging"] = json!({"PageSize": 101});
    assert_eq!(call(&sandbox, "Retrieve", &body).await.unwrap().status(), 500);
}

#[tokio::test]
async fn a_reset_forgets_all_but_the_settings() {
    let sandbox = sandbox!();
    for _ in 0..26 {
        create(&sandbox, &sample()).await;
    }
    post(&sandbox, "faults", r#"{"fault": "stall"}"#).await;
    assert_eq!(post(&sandbox, "reset", "").await, 200);
    assert_eq!(
        (sandbox.request_count(), sandbox.webhooks().len(), sandbox.client_report().is_clean()),
        (0, 0, true)
    );
    assert_eq!(create(&sandbox, &sample()).await.status(), 200);
}

#[test]
fn a_sandbox_in_a_thread_serves_code_without_async_and_ends_when_dropped() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let address = sandbox.host().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(
        &mut stream,
        b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .unwrap();
    let answer = std::io::read_to_string(&mut stream).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let second =
        Sandbox::builder().port(address.split_once(':').unwrap().1.parse().unwrap()).start_in_thread();
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    assert!(sandbox.secret_key().contains('$') && sandbox.access_key() != sandbox.secret_key());
    drop(sandbox);
    // The listener closes as soon as its thread notices the drop.
    while std::net::TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
}

/// Returns the statuses of a read and of a write request with these headers.
async fn statuses(sandbox: &Sandbox, headers: &str) -> [u16; 2] {
    let fault = br#"{"fault": "stall"}"#;
    let get = exchange(sandbox, &format!("GET /_sandbox/webhooks HTTP/1.1\r\n{headers}"), b"").await;
    let post = exchange(sandbox, &format!("POST /_sandbox/faults HTTP/1.1\r\n{headers}"), fault).await;
    [get, post].map(|answer| answer.unwrap().status())
}

#[tokio::test]
async fn answers_a_host_of_this_machine_alone_and_no_page_of_another_site() {
    let sandbox = sandbox!();
    for headers in [
        "Host: localhost\r\n",
        "Host: LOCALHOST:8080\r\n",
        "Host: 127.0.0.1:1\r\n",
        "Host: 127.9.9.9\r\n",
        "Host: [::1]:8080\r\n",
        "Host: localhost\r\nOrigin: http://localhost:3000\r\n",
        "Host: localhost\r\nOrigin: https://127.0.0.1\r\n",
        "Host: localhost\r\nOrigin: http://[::1]:5173\r\n",
    ] {
        assert_eq!(statuses(&sandbox, headers).await, [200, 200], "{headers}");
    }
    sandbox.reset();
    for headers in [
        "",
        "Host: \r\n",
        "Host: evil.example\r\n",
        "Host: evil.example:8080\r\n",
        "Host: localhost.evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: evil.example@localhost\r\n",
        "Host: 10.0.0.1\r\n",
        "Host: [::2]\r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost\r\nOrigin: https://evil.example\r\n",
        "Host: localhost\r\nOrigin: http://localhost.evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n",
        "Host: localhost\r\nOrigin: \r\n",
        "Host: localhost\r\nOrigin: file://\r\n",
        "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n",
    ] {
        assert_eq!(statuses(&sandbox, headers).await, [403, 403], "{headers}");
    }
    let rebound = "GET http://evil.example/_sandbox/webhooks HTTP/1.1\r\nHost: localhost\r\n";
    let refused = exchange(&sandbox, rebound, b"").await.unwrap();
    assert_eq!(
        (refused.status(), refused.json()),
        (
            403,
            json!({"error": "Host: \"evil.example\" is not localhost, in 127.0.0.0/8 or [::1]; \
                /_sandbox/ answers these alone"})
        )
    );
    let foreign = "GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n";
    assert_eq!(
        exchange(&sandbox, foreign, b"").await.unwrap().json(),
        json!({"error": "Origin: \"https://evil.example\" is not on this machine; \
            /_sandbox/ answers no other site's pages"})
    );
    // None of the faults was queued, and the LeadSquared API does not check the host.
    let target = format!("POST /v2/Webhook.svc/Create?{QUERY} HTTP/1.1\r\nHost: evil.example\r\n{UTF8}");
    let created = exchange(&sandbox, &target, sample().to_string().as_bytes()).await.unwrap();
    assert_eq!(created.status(), 200);
}

#[tokio::test]
async fn a_lone_surrogate_is_refused_in_every_body() {
    let sandbox = sandbox!();
    for (name, body) in [
        ("faults", r#"{"fault": "html", "status": 500, "\ud800": 1}"#),
        ("faults", r#"{"fault": "status", "status": 500, "body": "\ud800"}"#),
        ("webhooks", r#"{"WebhookEvent": "3", "Description": "\udc00"}"#),
        ("status", r#"{"id": "\ud800", "status": 2}"#),
        ("settings", r#"{"stores_urls": "\ud800"}"#),
        ("accounts", r#"{"access_key": "\ud800", "secret_key": "s"}"#),
    ] {
        assert_eq!(post(&sandbox, name, body).await, 400, "{name}");
    }
}
