use std::time::Duration;

use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::{Value, json};

use crate::{
    command::{Interrupted, run_against, run_on},
    server::{Reply, Server},
};

const DRAFT: &[&str] = &["--event", "lead-create", "--url", "https://a.example", "--description", "new"];
fn account() -> Sandbox {
    Sandbox::builder().start_in_thread().unwrap()
}

fn seed(sandbox: &Sandbox, description: &str) -> String {
    let body = json!({"WebhookEvent": "3", "URL": "https://a.example", "Description": description});
    sandbox.seed_webhook(&body).unwrap().id
}

fn ensure(sandbox: &Sandbox, more: &[&str]) -> (i32, Value) {
    let ran = run_on(sandbox, &[&["ensure", "--json"], DRAFT, more].concat());
    (ran.status, ran.json())
}

#[test]
fn creates_what_is_not_there_and_leaves_what_is() {
    let sandbox = account();
    let (status, json) = ensure(&sandbox, &[]);
    let id = sandbox.webhooks()[0].id.clone();
    assert_eq!(
        (status, json),
        (
            0,
            json!({"ok": true, "id": id, "change": "created", "differences": [], "status": null,
                "verification": "same", "surplus": [], "removed": [], "warnings": []})
        )
    );
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["change"], &json["verification"]), (0, &json!("existed"), &Value::Null));
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert_eq!((ran.status, ran.stdout), (0, format!("existed {id}\n")));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.manners().findings.is_empty());
}

#[test]
fn updates_what_differs_and_says_what() {
    let sandbox = account();
    let id = seed(&sandbox, "old");
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert!(ran.status == 0 && ran.stdout.contains(&format!("updated {id}")), "{}", ran.stdout);
    assert!(["description", "new", "old"].into_iter().all(|told| ran.stdout.contains(told)));
    assert_eq!(sandbox.webhooks()[0].description, "new");

    sandbox.reset();
    seed(&sandbox, "old");
    let (_, json) = ensure(&sandbox, &[]);
    assert_eq!(json["differences"], json!([{"field": "description", "asked": "new", "got": "old"}]));
}

#[test]
fn what_is_disabled_only_a_person_can_mend() {
    let sandbox = account();
    let id = seed(&sandbox, "new");
    assert!(sandbox.set_status(&id, 2));
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["ok"], &json["change"]), (3, &json!(false), &json!("disabled")));
    assert_eq!(
        (&json["status"], &json["error"]["kind"]),
        (&json!("disabled_by_failures"), &json!("disabled"))
    );
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("only a person can enable it, in the vendor's UI"), "{}", ran.stderr);
}

#[test]
fn twins_are_told_with_the_command_that_removes_them() {
    let sandbox = account();
    let mut ids = [seed(&sandbox, "new"), seed(&sandbox, "new")];
    ids.sort_unstable();
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["id"], &json["surplus"]), (0, &json!(ids[0]), &json!([ids[1]])));
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert!(ran.stderr.contains(&format!("lsq-webhooks delete {}", ids[1])), "{}", ran.stderr);
    assert_eq!(sandbox.webhooks().len(), 2, "nothing is deleted that nobody asked to delete");
}

#[test]
fn a_lost_answer_and_a_late_list_make_no_twin() {
    let sandbox = Sandbox::builder()
        .visible_after((Duration::from_millis(300), Duration::from_millis(300)))
        .start_in_thread()
        .unwrap();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["change"], &json["verification"]), (0, &json!("created"), &json!("same")));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.manners().findings.is_empty());
}

#[test]
fn a_ticket_of_an_earlier_create_is_settled_first() {
    let sandbox = Sandbox::builder()
        .visible_after((Duration::from_millis(500), Duration::from_millis(500)))
        .start_in_thread()
        .unwrap();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let failed = run_on(&sandbox, &[&["create", "--json"], DRAFT].concat());
    assert_eq!(failed.status, 5);
    let (status, json) =
        ensure(&sandbox, &["--ticket", &failed.stdout, "--remove-surplus", "--settling", "20"]);
    assert_eq!((status, &json["change"]), (0, &json!("existed")));
    assert_eq!(sandbox.webhooks().len(), 1);

    let before = sandbox.request_count();
    let (status, json) = ensure(&sandbox, &["--ticket", "{}"]);
    assert_eq!((status, &json["error"]["kind"]), (2, &json!("usage")));
    assert_eq!(sandbox.request_count(), before);
}

#[test]
fn what_was_created_as_something_else_ends_with_6() {
    let got = json!({"WebhookId": "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", "EventCode": "Lead_Post_Create",
        "URL": "https://elsewhere.example", "StatusCode": 0});
    let script =
        || Server::start([Reply::list(&[]), Reply::success(), Reply::list(std::slice::from_ref(&got))]);
    let ran = run_against(&script(), &[&["ensure", "--json"], DRAFT].concat());
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["error"]["kind"]), (6, &json!(false), &json!("mismatch")));
    assert_eq!((&json["change"], &json["verification"]), (&json!("created"), &json!("different")));
    let difference =
        json!({"field": "url", "asked": "https://a.example", "got": "https://elsewhere.example"});
    assert_eq!(json["differences"], json!([difference]));

    let ran = run_against(&script(), &[&["ensure"], DRAFT].concat());
    assert_eq!(ran.status, 6);
    assert!(ran.stdout.contains("elsewhere") && ran.stderr.contains("as something else"), "{}", ran.stderr);
}

#[test]
fn a_call_that_fails_has_the_exit_status_of_its_outcome() {
    let sandbox = account();
    sandbox.fault(Fault::Status {
        status: 401,
        body: r#"{"Status":"Error","ExceptionType":"MXUnAuthorizedAccessException"}"#.to_owned(),
        headers: std::collections::BTreeMap::new(),
    });
    assert_eq!(ensure(&sandbox, &[]).0, 3);
    assert_eq!(ensure(&sandbox, &["--host", "http://127.0.0.1:1", "--attempts", "1"]).0, 4);
}

#[test]
fn a_read_that_fails_after_a_create_does_not_hide_the_create() {
    let refused = || Reply::error(401, "MXUnAuthorizedAccessException", "no");
    let server = Server::start([Reply::list(&[]), Reply::Close, refused()]);
    let ran = run_against(&server, &[&["ensure", "--json"], DRAFT].concat());
    let error = &ran.json()["error"];
    assert_eq!(
        (ran.status, &error["kind"], &error["outcome"]),
        (5, &json!("unauthorized"), &json!("unknown"))
    );
    assert_eq!(error["ticket"]["url"], "https://a.example");

    let server = Server::start([Reply::list(&[]), Reply::success(), refused()]);
    let ran = run_against(&server, &[&["ensure"], DRAFT].concat());
    let told = "webhook b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4 was created before";
    assert!(ran.status == 5 && ran.stderr.contains(told), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_look_at_once_and_a_create_at_the_second() {
    let server = Server::start([Reply::Stall]);
    let ensure = Interrupted::start(&server, &[&["ensure", "--json"], DRAFT].concat());
    server.await_requests(1);
    ensure.interrupt();
    assert_eq!(ensure.end().status, 4);

    let server = Server::start([Reply::list(&[]), Reply::Stall]);
    let mut ensure = Interrupted::start(&server, &[&["ensure", "--json"], DRAFT].concat());
    server.await_requests(2);
    ensure.interrupt();
    assert!(ensure.line().contains("the ensure is under way"));
    ensure.interrupt();
    let ran = ensure.end();
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["ticket"]["url"]), (5, &json!("https://a.example")));
}
