use leadsquared_webhooks_sandbox::{Fault, Limit, Misuse, Sandbox};
use serde_json::{Value, json};

use crate::raw::{
    ACCESS_KEY, UTF8, activity, create, create_with, lead_field, retrieve_all, sample, sandbox, send,
};

async fn create_on(sandbox: &Sandbox, account: &str, body: &Value) -> u16 {
    create_with(sandbox, account, &format!("s{account}"), body).await.status()
}

async fn admin(sandbox: &Sandbox, method: &str, name: &str, body: &str) -> (u16, Value) {
    let answer = send(sandbox, method, &format!("/_sandbox/{name}"), "", body.as_bytes()).await.unwrap();
    (answer.status(), answer.json())
}

#[tokio::test]
async fn the_access_key_reports_the_account_and_the_secret_key_must_be_its_own() {
    let sandbox = sandbox!(accounts vec![("u1".to_owned(), "su1".to_owned())]);
    let second = sandbox.add_account("u2", "su2");
    for (access_key, secret_key, status) in [
        ("u1", "su1", 200),
        ("u2", "su2", 200),
        ("u$rcanary1", "s$canary2", 200),
        ("u1", "su2", 401),
        ("u2", "s$canary2", 401),
        ("u3", "su1", 401),
    ] {
        let answer = create_with(&sandbox, access_key, secret_key, &sample()).await;
        assert_eq!(answer.status(), status, "{access_key} {secret_key}");
    }
    let count = |access_key| {
        let account = sandbox.account(access_key).unwrap();
        (account.request_count(), account.requests().len(), account.webhooks().len())
    };
    assert_eq!((count("u1"), count("u2"), count(ACCESS_KEY)), ((2, 2, 1), (2, 2, 1), (1, 1, 1)));
    assert_eq!((sandbox.request_count(), sandbox.requests().len(), sandbox.webhooks().len()), (6, 6, 3));
    assert_eq!(second.requests().iter().map(|request| request.number).collect::<Vec<_>>(), [2, 5]);
    assert_eq!((second.access_key().as_str(), second.secret_key().as_str()), ("u2", "su2"));
    assert!(sandbox.account("u3").is_none());
    assert_eq!(sandbox.access_key(), ACCESS_KEY);
}

#[tokio::test]
async fn the_right_pair_counts_when_the_other_place_holds_another_account() {
    let sandbox = sandbox!(accounts vec![("u1".to_owned(), "su1".to_owned())]);
    let target = "/v2/Webhook.svc/Create?accessKey=u1&secretKey=wrong";
    let headers = format!("{UTF8}x-lsq-accesskey: {ACCESS_KEY}\r\nx-lsq-secretkey: s$canary2\r\n");
    let body = sample().to_string();
    assert_eq!(send(&sandbox, "POST", target, &headers, body.as_bytes()).await.unwrap().status(), 200);
    assert_eq!(sandbox.account(ACCESS_KEY).unwrap().client_report().count(Misuse::KeysTwice), 1);
    assert!(sandbox.account("u1").unwrap().client_report().is_clean());
}

#[tokio::test]
async fn an_access_key_that_is_there_gets_a_new_secret_key_and_keeps_its_webhooks() {
    let sandbox = sandbox!();
    sandbox.add_account("u1", "su1").seed_webhook(&sample()).unwrap();
    sandbox.add_account("u1", "new");
    assert_eq!(create_on(&sandbox, "u1", &sample()).await, 401);
    assert_eq!(create_with(&sandbox, "u1", "new", &sample()).await.status(), 200);
    assert_eq!(sandbox.account("u1").unwrap().webhooks().len(), 2);
}

#[tokio::test]
async fn each_account_has_webhooks_a_quota_faults_and_a_client_report_of_its_own() {
    let sandbox = sandbox!(limits vec![Limit::per_seconds(2, 60)]);
    let (one, two) = (sandbox.add_account("u1", "su1"), sandbox.add_account("u2", "su2"));
    one.fault(Fault::Html { status: 502 });
    assert_eq!(create_on(&sandbox, "u2", &lead_field("mx_City")).await, 200);
    assert_eq!(create_on(&sandbox, "u1", &lead_field("mx_City")).await, 502);
    // Not a duplicate here, but a repeat.
    assert_eq!(create_on(&sandbox, "u1", &lead_field("mx_City")).await, 200);
    assert_eq!(create_on(&sandbox, "u1", &activity("22")).await, 429);
    two.set_limits(&[]);
    for _ in 0..3 {
        assert_eq!(create_on(&sandbox, "u2", &activity("22")).await, 200);
    }
    let kinds = |report: leadsquared_webhooks_sandbox::ClientReport| {
        report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(one.client_report()), [Misuse::AmbiguousCreateRepeated, Misuse::QuotaExceeded]);
    assert_eq!(kinds(two.client_report()), [Misuse::DuplicateCreated; 2]);
    assert_eq!(sandbox.client_report().findings.len(), 4);

    let id = one.webhooks()[0].id.clone();
    assert!(!two.set_status(&id, 2) && one.set_status(&id, 2) && sandbox.set_status(&id, 1));
    one.reset();
    assert_eq!((one.request_count(), one.webhooks().len(), one.client_report().is_clean()), (0, 0, true));
    assert_eq!((two.request_count(), two.webhooks().len(), sandbox.request_count()), (4, 4, 4));
    create_on(&sandbox, "u1", &sample()).await;
    assert_eq!(
        sandbox.requests().last().map(|request| (request.number, request.status)),
        Some((8, Some(200)))
    );
    sandbox.reset();
    create_on(&sandbox, "u1", &sample()).await;
    assert_eq!((sandbox.requests()[0].number, sandbox.webhooks().len()), (1, 1));
}

#[tokio::test]
async fn an_account_sees_its_own_webhooks_alone() {
    let sandbox = sandbox!();
    let id = sandbox.add_account("u1", "su1").seed_webhook(&sample()).unwrap().id;
    let service = "/v2/Webhook.svc";
    let keys = "accessKey=u%24rcanary1&secretKey=s%24canary2";
    let delete = format!("{service}/Delete?{keys}&webhookId={id}");
    assert_eq!(send(&sandbox, "GET", &delete, "", b"").await.unwrap().status(), 500);
    let all = retrieve_all().to_string();
    for (keys, count) in [(keys, 0), ("accessKey=u1&secretKey=su1", 1)] {
        let retrieve = format!("{service}/Retrieve?{keys}");
        let answer = send(&sandbox, "POST", &retrieve, UTF8, all.as_bytes()).await.unwrap();
        assert_eq!(answer.json()["RecordCount"], json!(count));
    }
}

#[tokio::test]
async fn the_same_over_http() {
    let sandbox = sandbox!(limits vec![]);
    let keys = r#"{"access_key": "u$1", "secret_key": "su$1"}"#;
    assert_eq!(admin(&sandbox, "POST", "accounts", keys).await.0, 200);
    assert_eq!(admin(&sandbox, "POST", "accounts", "{}").await.0, 400);
    assert_eq!(
        admin(&sandbox, "POST", "faults?account=u%241", r#"{"fault": "html", "status": 502}"#).await.0,
        200
    );
    assert_eq!(create(&sandbox, &sample()).await.status(), 200);
    assert_eq!(create_with(&sandbox, "u%241", "su%241", &sample()).await.status(), 502);
    let seed = admin(&sandbox, "POST", "webhooks?account=u%241", r#"{"WebhookEvent": "3"}"#).await.1;
    let status = json!({"id": seed["id"], "status": 2}).to_string();
    assert_eq!(admin(&sandbox, "POST", &format!("status?account={ACCESS_KEY}"), &status).await.0, 404);
    assert_eq!(admin(&sandbox, "POST", "status?account=u%241", &status).await.0, 200);
    for (name, of_one, of_all) in [("webhooks", 1, 2), ("requests", 1, 2)] {
        for (query, count) in [("?account=u%241", of_one), ("", of_all)] {
            let view = admin(&sandbox, "GET", &format!("{name}{query}"), "").await.1;
            assert_eq!(view[name].as_array().unwrap().len(), count, "{name}{query}");
        }
    }
    let limits = r#"{"limits": [{"calls": 0, "window_s": 5}]}"#;
    assert_eq!(admin(&sandbox, "POST", "settings?account=u%241", limits).await.0, 200);
    assert_eq!(create_with(&sandbox, "u%241", "su%241", &sample()).await.status(), 429);
    assert_eq!(create(&sandbox, &sample()).await.status(), 200);
    assert_eq!(admin(&sandbox, "GET", "client-report?account=u%241", "").await.1["clean"], json!(false));
    assert_eq!(admin(&sandbox, "POST", "reset?account=u%241", "").await.0, 200);
    assert_eq!(admin(&sandbox, "GET", "client-report", "").await.1["clean"], json!(true));
    assert_eq!(admin(&sandbox, "GET", "webhooks?account=nobody", "").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn hundreds_of_accounts_work_side_by_side() {
    let keys = |number: usize| (format!("u{number}"), format!("su{number}"));
    let sandbox = std::sync::Arc::new(sandbox!(accounts(0..300).map(keys).collect()));
    let mut creates = tokio::task::JoinSet::new();
    for number in 0..300 {
        let sandbox = std::sync::Arc::clone(&sandbox);
        creates.spawn(async move {
            for _ in 0..=number % 3 {
                assert_eq!(create_on(&sandbox, &format!("u{number}"), &sample()).await, 200);
            }
        });
    }
    creates.join_all().await;
    for number in 0..300 {
        let account = sandbox.account(&format!("u{number}")).unwrap();
        assert_eq!((account.webhooks().len(), account.request_count()), (number % 3 + 1, number % 3 + 1));
    }
    assert!(sandbox.client_report().is_clean() && sandbox.webhooks().len() == 600);
}
