//! Unwritable standard output: the result is on standard error, and the exit status reports it.
#![cfg(target_os = "linux")]

use std::{fs::File, io::pipe, process::Command};

use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::{Value, json};

use crate::{
    command::{Ran, lsq, on, run_on},
    world::World,
};

const DRAFT: &[&str] = &["--event", "lead-create", "--url", "https://a.example"];

fn account() -> Sandbox {
    Sandbox::builder().start_in_thread().unwrap()
}

/// Runs the command with its standard output on a full disk.
fn full(command: &mut Command) -> Ran {
    command.stdout(File::options().write(true).open("/dev/full").unwrap()).output().unwrap().into()
}

/// Runs the command with a closed pipe as its standard output.
fn closed(command: &mut Command) -> Ran {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    command.stdout(writer).output().unwrap().into()
}

/// The JSON object on stderr.
fn object(ran: &Ran) -> Value {
    serde_json::from_str(ran.stderr.lines().find(|line| line.starts_with('{')).unwrap()).unwrap()
}

type Take = fn(&mut Command) -> Ran;

#[test]
fn what_was_done_is_reported_on_stderr_and_ends_with_7() {
    for take in [full as Take, closed] {
        let sandbox = account();
        let run = |arguments: &[&str]| {
            let ran = take(&mut on(&sandbox, arguments));
            assert!(ran.stderr.contains("error: standard output: "), "{}", ran.stderr);
            ran
        };
        let create = run(&[&["create"], DRAFT].concat());
        let id = sandbox.webhooks()[0].id.clone();
        assert_eq!(create.status, 7);
        assert!(create.stderr.lines().any(|line| line == format!("created {id}")), "{}", create.stderr);
        let create = run(&[&["create", "--json"], DRAFT].concat());
        let other = sandbox.webhooks()[1].id.clone();
        assert_eq!((create.status, &object(&create)["id"]), (7, &json!(other)));
        for command in [&["ensure"][..], &["update", &id]] {
            let ran = run(&[command, DRAFT].concat());
            assert!(ran.status == 7 && ran.stderr.contains("ed "), "{command:?}: {}", ran.stderr);
            let ran = run(&[command, DRAFT, &["--json"]].concat());
            assert_eq!((ran.status, &object(&ran)["ok"]), (7, &json!(true)), "{command:?}");
        }
        let delete = run(&["delete", "--yes", &id, &other]);
        assert_eq!((delete.status, sandbox.webhooks().len()), (7, 0), "it goes on with the others");
        for id in [&id, &other] {
            assert!(delete.stderr.contains(&format!("deleted {id}")), "{}", delete.stderr);
        }
    }
}

#[test]
fn what_a_run_over_accounts_did_is_reported_on_stderr_and_ends_with_7() {
    for take in [full as Take, closed] {
        let world = World::new(1, 2, 25);
        let ran = take(&mut world.command(&["apply", "webhooks.toml"]));
        assert_eq!((ran.status, world.sandbox.webhooks().len()), (7, 2));
        for webhook in world.sandbox.webhooks() {
            assert!(ran.stderr.contains(&webhook.id), "{}", ran.stderr);
        }
        let ran = take(&mut world.command(&["apply", "webhooks.toml", "--json"]));
        assert_eq!(
            (ran.status, &object(&ran)["accounts"][0]["webhooks"][1]["action"]),
            (7, &json!("existed"))
        );
    }
}

#[test]
fn a_failure_keeps_its_own_exit_status() {
    for take in [full as Take, closed] {
        let sandbox = account();
        for (fault, status) in [
            (Fault::ApplyThenClose, 5),
            (Fault::Status { status: 401, body: String::new(), headers: [].into() }, 3),
        ] {
            sandbox.fault(fault.on(Call::Create));
            let ran = take(&mut on(&sandbox, &[&["create", "--json"], DRAFT].concat()));
            assert_eq!((ran.status, &object(&ran)["error"]["operation"]), (status, &json!("create")));
        }
        let unsent = ["create", "--json", "--host", "http://127.0.0.1:1", "--attempts", "1"];
        assert_eq!(take(&mut on(&sandbox, &[&unsent, DRAFT].concat())).status, 4);
        let before = sandbox.request_count();
        let ran = take(&mut on(&sandbox, &["create", "--json", "--event", "lead-create"]));
        assert_eq!((ran.status, sandbox.request_count()), (2, before), "nothing was sent");
    }
}

#[test]
fn a_result_that_was_read_is_reported_too_when_the_disk_is_full() {
    let sandbox = account();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Create));
    let ticket = run_on(&sandbox, &[&["create", "--json"], DRAFT].concat()).stdout;
    let id = sandbox.webhooks()[0].id.clone();
    let ran = full(&mut on(&sandbox, &["resolve", &ticket]));
    assert!(ran.status == 7 && ran.stderr.ends_with(&format!("existed {id}\n")), "{}", ran.stderr);
    let ran = full(&mut on(&sandbox, &["resolve", &ticket, "--json"]));
    assert_eq!((ran.status, &object(&ran)["id"]), (7, &json!(id)));
    let ran = full(&mut on(&sandbox, &["list", "--json"]));
    assert_eq!((ran.status, &object(&ran)["webhooks"][0]["id"]), (7, &json!(id)));
    let world = World::new(1, 1, 25);
    assert_eq!(full(&mut world.command(&["plan", "webhooks.toml"])).status, 7);
    assert_eq!(full(&mut lsq(&["completions", "bash"])).status, 7);
}

#[test]
fn a_reader_that_has_read_enough_of_a_read_is_no_error() {
    let sandbox = account();
    sandbox.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://a.example"})).unwrap();
    let id = sandbox.webhooks()[0].id.clone();
    for arguments in [&["list"][..], &["list", "--json"], &["show", &id], &["events"]] {
        let ran = closed(&mut on(&sandbox, arguments));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
    let world = World::new(1, 1, 25);
    let ran = closed(&mut world.command(&["plan", "webhooks.toml", "--json"]));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let ran = closed(&mut on(&sandbox, &["show", "nobody", "--json"]));
    assert_eq!(ran.status, 3, "and what failed has failed");
    assert_eq!(closed(&mut lsq(&["sandbox"])).status, 0, "whose keys nobody can know serves nobody");
}
