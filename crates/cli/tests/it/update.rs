use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::json;

use crate::{
    command::{Interrupted, run_on},
    server::{Reply, Server},
};

const MOVED: &[&str] = &["--event", "task-create", "--url", "https://moved.example"];

fn account() -> (Sandbox, String) {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let body = json!({"WebhookEvent": "3", "URL": "https://old.example", "Description": "old"});
    let id = sandbox.seed_webhook(&body).unwrap().id;
    (sandbox, id)
}

#[test]
fn replaces_a_webhook_whole() {
    let (sandbox, id) = account();
    let ran = run_on(&sandbox, &[&["update", &id, "--json"], MOVED].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let json = ran.json();
    assert_eq!((&json["ok"], &json["id"], &json["warnings"]), (&json!(true), &json!(id), &json!([])));
    assert_eq!(json["attempts"][0]["result"], "ok");
    let [webhook] = sandbox.webhooks().try_into().unwrap();
    assert_eq!(
        (webhook.event, &*webhook.url, &*webhook.description),
        ("Task_Create", "https://moved.example", "")
    );

    let ran = run_on(&sandbox, &[&["update", &id], MOVED].concat());
    assert!(ran.status == 0 && ran.stdout.contains(&format!("updated {id}")));
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let (sandbox, id) = account();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Update));
    let ran = run_on(&sandbox, &[&["update", &id, "--json"], MOVED].concat());
    assert_eq!((ran.status, ran.json()["attempts"].as_array().unwrap().len()), (0, 2));
}

#[test]
fn each_end_has_its_exit_status() {
    let (sandbox, id) = account();
    let ran = run_on(&sandbox, &[&["update", "nobody", "--json"], MOVED].concat());
    assert_eq!((ran.status, &ran.json()["error"]["outcome"]), (3, &json!("refused")));

    let before = sandbox.request_count();
    let ran = run_on(&sandbox, &["update", &id, "--json", "--event", "task-create"]);
    assert_eq!((ran.status, &ran.json()["error"]["kind"]), (2, &json!("invalid_draft")));
    let ran = run_on(&sandbox, &["update", &id]);
    assert!(ran.status == 2 && ran.stderr.contains("a draft is needed"));
    assert_eq!(sandbox.request_count(), before, "nothing was sent");

    let closed = ["update", &id, "--json", "--host", "http://127.0.0.1:1", "--attempts", "1"];
    assert_eq!(run_on(&sandbox, &[&closed, MOVED].concat()).status, 4);

    sandbox.fault(Fault::ApplyThenClose.on(Call::Update));
    let ran = run_on(&sandbox, &[&["update", &id, "--attempts", "1"], MOVED].concat());
    assert_eq!(ran.status, 5);
    assert!(ran.stderr.contains("the old or the new webhook exists"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn the_first_ctrl_c_waits_for_the_answer_and_the_second_does_not() {
    let server = Server::start([Reply::Stall]);
    let mut update = Interrupted::start(&server, &[&["update", "x", "--json"], MOVED].concat());
    server.await_requests(1);
    update.interrupt();
    assert!(update.line().contains("the update is in flight"));
    update.interrupt();
    let ran = update.end();
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["kind"], &error["outcome"]), (5, &json!("cancelled"), &json!("unknown")));
}
