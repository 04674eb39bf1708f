use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{
    command::{Interrupted, run_against, run_on},
    server::{Reply, Server},
};

fn account() -> Sandbox {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    for (code, url) in [("3", "https://a.example"), ("7", "https://b.example"), ("3", "https://c.example")] {
        let body = json!({"WebhookEvent": code, "URL": url, "Description": format!("of {url}")});
        sandbox.seed_webhook(&body).unwrap();
    }
    assert!(sandbox.set_status(&sandbox.webhooks()[2].id, 2));
    sandbox
}

fn urls(listed: &Value) -> Vec<&str> {
    let mut urls: Vec<_> = listed["webhooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|webhook| webhook["url"].as_str().unwrap())
        .collect();
    urls.sort_unstable();
    urls
}

#[test]
fn lists_what_the_account_has_for_people_and_for_programs() {
    let sandbox = account();
    let ran = run_on(&sandbox, &["list", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let json = ran.json();
    assert_eq!(json["ok"], true);
    assert_eq!(urls(&json), ["https://a.example", "https://b.example", "https://c.example"]);

    let ran = run_on(&sandbox, &["list"]);
    assert_eq!(ran.status, 0);
    let id = &sandbox.webhooks()[2].id;
    for reported in
        [id, "Lead_Post_Create", "https://c.example", "disabled_by_failures", "of https://c.example"]
    {
        assert!(ran.stdout.contains(reported), "{reported}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn a_filter_takes_an_event_by_either_name_a_status_and_a_text() {
    let sandbox = account();
    for (filter, expected) in [
        (&["--event", "lead-create"][..], &["https://a.example", "https://c.example"][..]),
        (&["--event", "Lead_Post_Create"], &["https://a.example", "https://c.example"]),
        (&["--event", "Lead_Delete"], &[]),
        (&["--status", "disabled-by-failures"], &["https://c.example"]),
        (&["--status", "0", "--event", "lead_create"], &["https://a.example"]),
        (&["--text", "b.example"], &["https://b.example"]),
        (&["--url-prefix", "HTTPS://B.example:443"], &["https://b.example"]),
        (&["--url-prefix", "https://b.example", "--event", "lead-create"], &[]),
    ] {
        let json = run_on(&sandbox, &[&["list", "--json"], filter].concat()).json();
        assert_eq!(urls(&json), expected, "{filter:?}");
    }
    for (filter, why) in [
        (["--event", "lead-creat"], "did you mean lead-create?"),
        (["--status", "on"], "is not enabled, disabled, disabled-by-failures or a number"),
        (["--url-prefix", "b.example"], "is not the beginning of URLs"),
    ] {
        let ran = run_on(&sandbox, &[&["list"], &filter[..]].concat());
        assert!(ran.status == 2 && ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn nothing_is_an_answer_too() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let ran = run_on(&sandbox, &["list", "--json"]);
    assert_eq!((ran.status, ran.json()), (0, json!({"ok": true, "webhooks": []})));
    let ran = run_on(&sandbox, &["list"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("no webhooks"));
}

#[test]
fn each_end_of_a_read_has_its_exit_status() {
    for (reply, status, kind) in [
        (Reply::error(401, "MXUnAuthorizedAccessException", "no"), 3, "unauthorized"),
        (Reply::Close, 5, "interrupted"),
        (Reply::Answer(200, "<html>".to_owned()), 5, "unexpected_response"),
    ] {
        let server = Server::start([reply]);
        let ran = run_against(&server, &["list", "--json", "--attempts", "1"]);
        assert_eq!((ran.status, ran.json()["error"]["kind"].as_str()), (status, Some(kind)));
    }
    let server = Server::start([Reply::Close, Reply::list(&[])]);
    let ran = run_against(&server, &["list"]);
    assert_eq!((ran.status, server.request_count()), (0, 2), "a read is repeated");
    let closed = ["list", "--json", "--host", "http://127.0.0.1:1", "--attempts", "1"];
    let ran = run_against(&server, &closed);
    assert_eq!((ran.status, &ran.json()["error"]["kind"]), (4, &json!("connect")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_read_at_once() {
    let server = Server::start([Reply::Stall]);
    let list = Interrupted::start(&server, &["list", "--json"]);
    server.await_requests(1);
    list.interrupt();
    let ran = list.end();
    let json = ran.json();
    assert_eq!((ran.status, &json["error"]["kind"]), (4, &json!("cancelled")));
    assert_eq!(json["error"]["may_have_been_applied"], false);
}
