use std::{process::Command, time::Duration};

use leadsquared_webhooks_sandbox::{Call, Fault, QueuedFault, Sandbox};
use serde_json::{Value, json};

use crate::command::{Ran, on, run, run_on, run_with_input};

const DRAFT: &[&str] =
    &["--event", "lead-create", "--url", "https://a.example/it's", "--header", "x: canary"];

fn account() -> Sandbox {
    Sandbox::builder().start_in_thread().unwrap()
}

/// The output of a create whose response was lost.
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
        assert_eq!((ran.status, &json["ok"], &json["action"]), (0, &json!(true), &json!("existed")));
        assert_eq!(
            (&json["id"], &json["state"]),
            (&json!(sandbox.webhooks()[0].id), &json!({"kind": "delivering"}))
        );
        assert_eq!((json["attempts"].as_array().unwrap().len(), json.get("error")), (1, None));
    }
}

#[test]
fn the_report_names_the_command_that_finds_out_and_a_shell_takes_it() {
    let sandbox = account();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let ran = run_on(&sandbox, &[&["create"], DRAFT].concat());
    assert_eq!(ran.status, 5);
    assert!(ran.stderr.contains("the webhook may exist"));
    let (_, reported) = ran.stderr.split_once("lsq-webhooks resolve ").unwrap();
    let line = format!("'{}' resolve {reported}", env!("CARGO_BIN_EXE_lsq-webhooks"));
    let resolve = on(&sandbox, &[]);
    let variables = resolve.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let ran: Ran = Command::new("sh").args(["-c", &line]).envs(variables).output().unwrap().into();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout, format!("existed {}\n", sandbox.webhooks()[0].id));
}

#[test]
fn an_empty_list_proves_nothing_within_the_consistency_window() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::CloseBeforeApply).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json", "--max-wait", "0"]);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["id"]), (5, &json!(false), &Value::Null));
    assert_eq!(json["state"], json!({"kind": "unverified", "why": "not_seen"}));
    assert_eq!(json["error"]["kind"], "unverified");
    let ran = run_on(&sandbox, &["resolve", &ticket, "--max-wait", "0"]);
    assert!(ran.status == 5 && ran.stderr.contains("proves nothing; ask again later"), "{}", ran.stderr);

    let ran = run_on(&sandbox, &["resolve", &ticket, "--json", "--consistency-window", "0.001"]);
    assert_eq!((ran.status, &ran.json()["state"]), (3, &json!({"kind": "absent"})));
    let ran = run_on(&sandbox, &["resolve", &ticket, "--consistency-window", "0.001"]);
    assert!(ran.status == 3 && ran.stderr.contains("may be sent again"));
}

#[test]
fn what_shows_up_late_is_waited_for() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::ApplyThenClose.visible_after(Duration::from_millis(600))).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json"]);
    assert_eq!((ran.status, &ran.json()["id"]), (0, &json!(sandbox.webhooks()[0].id)));
    let waits: Vec<_> = ran.stderr.lines().filter(|line| line.contains("waiting up to")).collect();
    let [wait] = waits.try_into().unwrap();
    let what = "s for Lead_Post_Create to https://a.example/it's: the answer of its create was lost";
    assert!(wait.ends_with(what), "{wait}");
}

#[test]
fn several_are_all_reported_with_the_command_that_leaves_one() {
    let sandbox = account();
    sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://a.example/it's"})).unwrap();
    let ticket = lost(&sandbox, Fault::ApplyThenClose).stdout;
    let ran = run_on(&sandbox, &["resolve", &ticket, "--json"]);
    let json = ran.json();
    let mut ids = sandbox.webhooks().into_iter().map(|webhook| webhook.id).collect::<Vec<_>>();
    ids.sort_unstable();
    assert_eq!((ran.status, &json["id"], &json["duplicates"]), (0, &json!(ids[0]), &json!([ids[1]])));
    let ran = run_on(&sandbox, &["resolve", &ticket]);
    assert!(ran.stderr.contains(&format!("lsq-webhooks delete {}", ids[1])), "{}", ran.stderr);
}

#[test]
fn what_is_no_ticket_is_reported_and_nothing_is_sent() {
    for (ticket, why) in [
        ("{}", "the ticket: not a ticket: missing field"),
        (r#"{"ok":false,"error":{"kind":"duplicate","ticket":null}}"#, "its outcome is known"),
        (r#"{"ok":true,"id":"x"}"#, "the ticket: this output carries no ticket"),
        ("/nowhere.json", "/nowhere.json: No such file"),
    ] {
        let ran = run(&["resolve", ticket, "--json"]);
        assert_eq!((ran.status, &ran.json()["error"]["kind"]), (2, &json!("usage")));
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let ran = run_with_input(&["resolve", "-"], "no JSON");
    assert!(
        ran.status == 2 && ran.stderr.contains("<stdin>:1:2: not JSON: expected ident"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_read_that_fails_leaves_it_unknown_and_the_ticket_is_reported_again() {
    let sandbox = account();
    let ticket = lost(&sandbox, Fault::ApplyThenClose).stdout;
    let closed = ["resolve", &ticket, "--json", "--host", "http://127.0.0.1:1", "--attempts", "1"];
    let ran = run_on(&sandbox, &closed);
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["kind"], &error["outcome"]), (5, &json!("connect"), &json!("unknown")));
    let printed: Value = serde_json::from_str(&ticket).unwrap();
    assert_eq!(error["ticket"]["desired"], printed["error"]["ticket"]["desired"]);
}
