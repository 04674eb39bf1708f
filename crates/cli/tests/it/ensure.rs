use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::{Value, json};

use crate::{
    command::{Interrupted, Ran, on, run_against, run_on},
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
    let (status, mut json) = ensure(&sandbox, &[]);
    let id = sandbox.webhooks()[0].id.clone();
    let attempts = json.as_object_mut().unwrap().remove("attempts").unwrap();
    let calls: Vec<_> = attempts.as_array().unwrap().iter().map(|attempt| &attempt["operation"]).collect();
    assert_eq!(calls, ["retrieve", "create", "retrieve"]);
    assert_eq!(
        (status, json),
        (
            0,
            json!({"ok": true, "id": id, "action": "created", "state": {"kind": "delivering"},
                "differences": [], "duplicates": [], "removed": [], "warnings": []})
        )
    );
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["action"]), (0, &json!("existed")));
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert_eq!((ran.status, ran.stdout), (0, format!("existed {id}\n")));
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.client_report().findings.is_empty());
}

#[test]
fn adopts_what_differs_says_what_and_replaces_it_when_asked_to() {
    let sandbox = account();
    let id = seed(&sandbox, "old");
    let difference = json!({"field": "description", "kind": "differs", "desired": "new", "found": "old"});
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["action"], &json["differences"]), (0, &json!("existed"), &json!([difference])));
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert!(ran.status == 0 && ran.stdout.contains(&format!("existed {id}")), "{}", ran.stdout);
    assert!(
        ["description", "differs", "new", "old"].into_iter().all(|reported| ran.stdout.contains(reported))
    );
    assert_eq!(sandbox.webhooks()[0].description, "old", "nobody asked to replace it");

    let ran = run_on(&sandbox, &[&["ensure", "--overwrite"], DRAFT].concat());
    assert!(ran.status == 0 && ran.stdout.contains(&format!("updated {id}")), "{}", ran.stdout);
    assert!(ran.stdout.contains("replaced unseen"), "{}", ran.stdout);
    assert_eq!(sandbox.webhooks()[0].description, "new");
}

#[test]
fn what_cannot_be_read_back_is_reported_and_alone_ends_with_0() {
    let sandbox = account();
    seed(&sandbox, "new");
    let header = ["--header", "x-api-key: canary"];
    let (status, json) = ensure(&sandbox, &header);
    assert_eq!((status, &json["ok"], &json["action"]), (0, &json!(true), &json!("existed")));
    assert_eq!(
        json["differences"],
        json!([{"field": "custom_headers", "kind": "not_observable", "desired": "x-api-key", "found": null}])
    );
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT, &header].concat());
    assert!(ran.status == 0 && ran.stdout.contains("cannot be read back"), "{}", ran.stdout);
    assert!(ran.stderr.contains("was not compared; --overwrite replaces it"), "{}", ran.stderr);
    assert!(sandbox.requests().iter().all(|request| request.path.ends_with("Retrieve")));
}

#[test]
fn what_was_found_disabled_only_a_person_can_enable() {
    let sandbox = account();
    let id = seed(&sandbox, "new");
    assert!(sandbox.set_status(&id, 2));
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["ok"], &json["action"]), (3, &json!(false), &json!("existed")));
    assert_eq!(
        (&json["state"], &json["error"]["kind"]),
        (&json!({"kind": "disabled", "why": "disabled_by_failures"}), &json!("disabled"))
    );
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert_eq!(ran.status, 3);
    let reported = "it was found disabled_by_failures; only a person can enable it, in LeadSquared's UI";
    assert!(ran.stderr.contains(reported), "{}", ran.stderr);
}

#[test]
fn duplicates_that_were_there_are_reported_with_the_command_that_removes_them() {
    let sandbox = account();
    let mut ids = [seed(&sandbox, "new"), seed(&sandbox, "new")];
    ids.sort_unstable();
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!((status, &json["id"], &json["duplicates"]), (0, &json!(ids[0]), &json!([ids[1]])));
    let ran = run_on(&sandbox, &[&["ensure"], DRAFT].concat());
    assert!(ran.stderr.contains(&format!("lsq-webhooks delete {}", ids[1])), "{}", ran.stderr);
    assert_eq!(sandbox.webhooks().len(), 2, "nothing is deleted that nobody asked to delete");
}

#[test]
fn a_lost_answer_and_a_late_list_make_no_duplicate() {
    let sandbox = Sandbox::builder()
        .visible_after((Duration::from_millis(300), Duration::from_millis(300)))
        .start_in_thread()
        .unwrap();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let (status, json) = ensure(&sandbox, &[]);
    assert_eq!(
        (status, &json["action"], &json["state"]["kind"]),
        (0, &json!("created"), &json!("delivering"))
    );
    assert_eq!(sandbox.webhooks().len(), 1);
    assert!(sandbox.client_report().findings.is_empty());
}

#[test]
fn a_ticket_of_an_earlier_create_is_resolved_first() {
    let sandbox = Sandbox::builder()
        .visible_after((Duration::from_millis(500), Duration::from_millis(500)))
        .start_in_thread()
        .unwrap();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let failed = run_on(&sandbox, &[&["create", "--json"], DRAFT].concat());
    assert_eq!(failed.status, 5);
    let (status, json) = ensure(&sandbox, &["--ticket", &failed.stdout, "--consistency-window", "20"]);
    assert_eq!((status, &json["action"]), (0, &json!("existed")));
    assert_eq!(sandbox.webhooks().len(), 1);

    let before = sandbox.request_count();
    let (status, json) = ensure(&sandbox, &["--ticket", "{}"]);
    assert_eq!((status, &json["error"]["kind"]), (2, &json!("usage")));
    assert_eq!(sandbox.request_count(), before);
}

/// The webhook in a list after a create whose URL was altered.
fn altered() -> Value {
    json!({"WebhookId": "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4", "EventCode": "Lead_Post_Create",
        "URL": "https://elsewhere.example", "StatusCode": 0})
}

#[test]
fn what_was_created_with_another_url_is_rolled_back_and_ends_with_6() {
    let deleted = || Reply::Answer(200, r#"{"Status":"Success","Message":{"AffectedRows":1}}"#.to_owned());
    let shown = || Reply::list(&[altered()]);
    let script = || Server::start([Reply::list(&[]), Reply::success(), shown(), deleted(), Reply::list(&[])]);
    let server = script();
    let ran = run_against(&server, &[&["ensure", "--json"], DRAFT].concat());
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["error"]["kind"]), (6, &json!(false), &json!("mismatch")));
    assert_eq!(
        (&json["action"], &json["removed"]),
        (&json!("rolled_back"), &json!([altered()["WebhookId"]]))
    );
    let difference = json!({"field": "url", "kind": "differs", "desired": "https://a.example",
        "found": "https://elsewhere.example"});
    assert_eq!(json["differences"], json!([difference]));
    assert!(server.requests()[3].0.contains("/Delete"));

    let ran = run_against(&script(), &[&["ensure"], DRAFT].concat());
    assert_eq!(ran.status, 6);
    assert!(ran.stdout.contains("rolled back b1c4") && ran.stdout.contains("elsewhere"), "{}", ran.stdout);
    assert!(ran.stderr.contains("with another URL than requested, and rolled back"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--codes"), "the codes are not to blame for a URL");
}

#[test]
fn a_mismatch_that_is_kept_or_cannot_be_rolled_back_ends_with_6_and_names_the_id() {
    let script = [Reply::list(&[]), Reply::success(), Reply::list(&[altered()])];
    let refused = Reply::error(401, "MXUnAuthorizedAccessException", "no");
    for (more, script) in
        [(&["--keep-mismatch"][..], script.to_vec()), (&[], [&script[..], &[refused]].concat())]
    {
        let ran = run_against(&Server::start(script.clone()), &[&["ensure", "--json"], DRAFT, more].concat());
        let json = ran.json();
        assert_eq!(
            (ran.status, &json["action"], &json["id"]),
            (6, &json!("created"), &altered()["WebhookId"])
        );
        let ran = run_against(&Server::start(script), &[&["ensure"], DRAFT, more].concat());
        let hint = "`lsq-webhooks delete b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4` removes it";
        assert!(ran.status == 6 && ran.stderr.contains(hint), "{}", ran.stderr);
    }
}

#[test]
fn two_that_create_at_once_leave_one_and_say_nothing_of_deleting_it() {
    for _ in 0..5 {
        let sandbox = Sandbox::builder()
            .delay((Duration::from_millis(100), Duration::from_millis(300)))
            .start_in_thread()
            .unwrap();
        let start = || {
            let pipe = std::process::Stdio::piped;
            on(&sandbox, &[&["ensure"], DRAFT].concat()).stdout(pipe()).stderr(pipe()).spawn().unwrap()
        };
        let runs = [start(), start()].map(|child| Ran::from(child.wait_with_output().unwrap()));
        let [webhook] = sandbox.webhooks().try_into().unwrap();
        for ran in runs {
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            assert!(ran.stdout.ends_with(&format!(" {}\n", webhook.id)), "{}", ran.stdout);
            assert!(!ran.stderr.contains(&format!("delete {}", webhook.id)), "{}", ran.stderr);
        }
    }
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
    assert_eq!(error["ticket"]["desired"]["url"], "https://a.example");
    let calls: Vec<_> =
        error["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["operation"]).collect();
    assert_eq!(calls, ["retrieve", "create", "retrieve"]);

    let server = Server::start([Reply::list(&[]), Reply::success(), refused()]);
    let ran = run_against(&server, &[&["ensure"], DRAFT].concat());
    let reported = "webhook b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4 was created and is not confirmed";
    assert!(ran.status == 5 && ran.stderr.contains(reported), "{}", ran.stderr);

    let server = Server::start([Reply::list(&[]), Reply::success(), refused()]);
    let json = run_against(&server, &[&["ensure", "--json"], DRAFT].concat()).json();
    assert_eq!(json["error"]["id"], "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_list_at_once_and_a_create_at_the_second() {
    let server = Server::start([Reply::Stall]);
    let ensure = Interrupted::start(&server, &[&["ensure", "--json"], DRAFT].concat());
    server.await_requests(1);
    ensure.interrupt();
    assert_eq!(ensure.end().status, 4);

    let server = Server::start([Reply::list(&[]), Reply::Stall]);
    let mut ensure = Interrupted::start(&server, &[&["ensure", "--json"], DRAFT].concat());
    server.await_requests(2);
    ensure.interrupt();
    assert!(ensure.line().contains("the ensure is in flight"));
    ensure.interrupt();
    let ran = ensure.end();
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["ticket"]["desired"]["url"]), (5, &json!("https://a.example")));

    let server = Server::start([Reply::list(&[]), Reply::Stall]);
    let mut ensure = Interrupted::start(&server, &[&["ensure"], DRAFT].concat());
    server.await_requests(2);
    ensure.interrupt();
    ensure.line();
    ensure.interrupt();
    let ran = ensure.end();
    let reported = "note: the webhook may exist; the same command finds out, and goes on\nnote: give it the create's \
                    ticket: --ticket '{";
    assert!(ran.status == 5 && ran.stderr.contains(reported), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_ctrl_c_after_the_create_ends_the_wait_and_names_what_was_created() {
    let barrier = Arc::new(Barrier::new(2));
    let server = Server::start([Reply::list(&[]), Reply::Held(Arc::clone(&barrier)), Reply::list(&[])]);
    let mut ensure = Interrupted::start(&server, &[&["ensure", "--json"], DRAFT].concat());
    server.await_requests(2);
    ensure.interrupt();
    assert!(ensure.line().contains("the ensure is in flight"));
    barrier.wait();
    let ran = ensure.end();
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["kind"]), (5, &json!("unconfirmed")));
    assert_eq!(error["id"], "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4");
}
