use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::json;

use crate::{
    command::{run, run_against, run_on},
    server::{Reply, Server},
};

const PROPERTIES: &str = r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#;

#[test]
fn shows_all_members_the_unknown_ones_too() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let body = json!({"WebhookEvent": "2", "ActivityEvent": "22", "Description": "calls",
        "WebhookProperties": PROPERTIES});
    let id = sandbox.seed_webhook(&body).unwrap().id;
    let ran = run_on(&sandbox, &["show", &id, "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let json = ran.json();
    let webhook = &json["webhook"];
    assert_eq!((&json["ok"], &webhook["id"]), (&json!(true), &json!(id)));
    assert_eq!(
        (&webhook["event"], &webhook["status"]),
        (&json!("LeadActivity_Post_Create"), &json!("enabled"))
    );
    assert_eq!(webhook["properties"], PROPERTIES);
    assert!(webhook["other"]["CreatedOn"].is_string());

    let ran = run_on(&sandbox, &["show", &id]);
    for reported in [&*id, "LeadActivity_Post_Create", "calls", PROPERTIES, "ModifiedOn"] {
        assert!(ran.stdout.contains(reported), "{reported}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains(" LeadActivity Create "), "a text is shown without quotes: {}", ran.stdout);
}

#[test]
fn what_is_not_there_ends_with_3() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let ran = run_on(&sandbox, &["show", "nobody", "--json"]);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["error"]["kind"]), (3, &json!(false), &json!("not_found")));
    let ran = run_on(&sandbox, &["show", "nobody"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("no webhook nobody"));
    let ran = run(&["show", " ", "--json"]);
    assert!(ran.status == 2 && ran.stderr.contains("a webhook id is not blank"));
}

#[test]
fn headers_that_an_account_reports_are_shown_without_their_values() {
    let server = Server::start([Reply::list(&[json!({
        "WebhookId": "x", "EventCode": "Lead_Post_Create",
        "CustomHeaders": [{"Key": "x-api-key", "Value": "canary"}], "HeaderText": "x-api-key: canary",
    })])]);
    for arguments in
        [&["show", "x"][..], &["show", "x", "--json"], &["list", "--json"], &["list"], &["show", "x", "-vvv"]]
    {
        let ran = run_against(&server, arguments);
        assert_eq!(ran.status, 0);
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{}", ran.stdout);
    }
    let json = run_against(&server, &["show", "x", "--json"]).json();
    assert_eq!(json["webhook"]["other"]["CustomHeaders"], json!([{"Key": "x-api-key", "Value": "••••"}]));
}
