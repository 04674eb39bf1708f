use std::{process::Command, time::Duration};

use leadsquared_webhooks_sandbox::{Call, Fault, QueuedFault, Sandbox};
use serde_json::{Value, json};

use crate::command::{Ran, on, run, run_on, run_with_input};

const DRAFT: &[&str] =
    &["--event", "lead-create", "--url", "https://a.example/it's", "--header", "x: canary"];

fn account() -> Sandbox {
    Sandbox::builder().start_in_thread().unwrap()
}

/// What a create printed whose answer was lost.
fn lost(sandbox: &Sandbox, fault: impl Into<QueuedFault>) -> Ran {
    sandbox.fault(fault.into().on(Call::Create));
    let ran = run_on(sandbox, &[&["create", "--json"], DRAFT].concat());
    assert_eq!(ran.status, 5);
    ran
}

#[test]
fn a_create_that_was_applied_is_found_by_what_it_printed() {
    let sandbox = account();
    let failed = lost(&sandbox, Fault::ApplyThenClose);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, failed.stdout.as_bytes()).unwrap();
    let ticket = failed.json()["error"]["ticket"].to_string();
    assert!(!ticket.contains("canary"));
    for ticket in [file.path().to_str().unwrap(), &ticket] {
        let ran = run_on(&sandbox, &["resolve", ticket, "--json"]);
        let json = ran.json();
        assert_eq!((ran.status, &json["ok"], &json["resolution"]), (0, &json!(true), &json!("found")));
        assert_eq!(json["webhooks"][0]["id"], sandbox.webhooks()[0].id);
        assert_eq!((&json["settled_at_ms"], json.get("error")), (&Value::Null, None));
    }
}

#[test]
fn people_are_told_the_command_that_finds_out_and_a_shell_takes_it() {
    let sandbox = account();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let ran = run_on(&sandbox, &[&["create"], DRAFT].concat());
    assert_eq!(ran.status, 5);
    assert!(ran.stderr.contains("the webhook may exist"));
    let (_, told) = ran.stderr.split_once("lsq-webhooks resolve ").unwrap();
    let line = format!("'{}' resolve {told}", env!("CARGO_BIN_EXE_lsq-webhooks"));
    let resolve = on(&sandbox, &[]);
    let variables = resolve.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let ran: Ran = Command::new("sh").args(["-c", &line]).envs(variables).output().unwrap().into();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("found") && ran.stdout.contains(&sandbox.webhooks()[0].id));
}

#[test]
fn an_empty_list_proves_nothing_before_the_settling_time() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::CloseBeforeApply).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json", "--patience", "0"]);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["resolution"]), (5, &json!(false), &json!("not_seen")));
    assert_eq!((&json["webhooks"], json["settled_at_ms"].is_u64()), (&json!([]), true));
    let ran = run_on(&sandbox, &["resolve", &ticket, "--patience", "0"]);
    assert!(ran.status == 5 && ran.stderr.contains("proves nothing; ask again in "), "{}", ran.stderr);

    let ran = run_on(&sandbox, &["resolve", &ticket, "--json", "--settling", "0.001"]);
    assert_eq!((ran.status, &ran.json()["resolution"]), (3, &json!("absent")));
    let ran = run_on(&sandbox, &["resolve", &ticket, "--settling", "0.001"]);
    assert!(ran.status == 3 && ran.stderr.contains("may be sent again"));
}

#[test]
fn what_shows_up_late_is_waited_for() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::ApplyThenClose.visible_after(Duration::from_millis(600))).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json"]);
    assert_eq!((ran.status, &ran.json()["resolution"]), (0, &json!("found")));
}

#[test]
fn several_are_all_told() {
    let sandbox = account();
    sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://a.example/it's"})).unwrap();
    let ticket = lost(&sandbox, Fault::ApplyThenClose).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json"]);
    let json = ran.json();
    assert_eq!((ran.status, &json["resolution"]), (5, &json!("several")));
    assert_eq!(json["webhooks"].as_array().unwrap().len(), 2);
    let ran = run_on(&sandbox, &["resolve", &ticket]);
    assert!(sandbox.webhooks().iter().all(|webhook| ran.stdout.contains(&webhook.id)));
}

#[test]
fn what_is_no_ticket_is_told_and_nothing_is_sent() {
    for (ticket, why) in [
        ("{}", "the ticket: not a ticket: missing field"),
        (r#"{"ok":false,"error":{"kind":"duplicate","ticket":null}}"#, "its outcome is known"),
        ("/nowhere.json", "/nowhere.json: No such file"),
    ] {
        let ran = run(&["resolve", ticket, "--json"]);
        assert_eq!((ran.status, &ran.json()["error"]["kind"]), (2, &json!("usage")));
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let ran = run_with_input(&["resolve", "-"], "no JSON");
    assert!(ran.status == 2 && ran.stderr.contains("-: not a ticket"), "{}", ran.stderr);
}

#[test]
fn a_read_that_fails_has_its_own_exit_status() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::ApplyThenClose).stdout;
    let closed = ["resolve", &ticket, "--json", "--host", "http://127.0.0.1:1", "--attempts", "1"];
    let ran = run_on(&sandbox, &closed);
    assert_eq!((ran.status, &ran.json()["error"]["kind"]), (4, &json!("connect")));
}
