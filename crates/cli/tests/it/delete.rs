use std::{
    process::Stdio,
    sync::{Arc, Barrier},
};

use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use serde_json::json;

use crate::{
    command::{Interrupted, on, run_on},
    server::{Reply, Server},
};

fn account() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    for code in ["3", "6", "7"] {
        let webhook = json!({"WebhookEvent": code, "URL": "https://example.com"});
        sandbox.seed_webhook(&webhook).unwrap();
    }
    let ids = sandbox.webhooks().into_iter().map(|webhook| webhook.id).collect();
    (sandbox, ids)
}

#[test]
fn deletes_one_or_more() {
    let (sandbox, ids) = account();
    let ran = run_on(&sandbox, &["delete", &ids[0], &ids[0], &ids[1], "--yes", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.json(), json!({"ok": true, "deleted": [ids[0], ids[1]], "failed": []}));
    let ran = run_on(&sandbox, &["delete", "-y", &ids[2]]);
    assert_eq!((ran.status, ran.stdout), (0, format!("deleted {}\n", ids[2])));
    assert!(sandbox.webhooks().is_empty());
}

#[test]
fn without_a_terminal_and_a_yes_nothing_is_sent() {
    let (sandbox, ids) = account();
    let ran = run_on(&sandbox, &["delete", &ids[0]]);
    assert!(ran.status == 2 && ran.stderr.contains("no terminal to ask on; pass --yes"), "{}", ran.stderr);
    let ran = run_on(&sandbox, &["delete", &ids[0], "--json"]);
    assert_eq!((ran.status, &ran.json()["error"]["kind"]), (2, &json!("usage")));
    let piped = on(&sandbox, &["delete", &ids[0]]).stdin(Stdio::piped()).output().unwrap();
    assert_eq!(piped.status.code(), Some(2), "a pipe is nobody");
    assert_eq!(run_on(&sandbox, &["delete", "--yes"]).status, 2, "an id is needed");
    assert_eq!((sandbox.request_count(), sandbox.webhooks().len()), (0, 3));
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_somebody_is_asked() {
    let (sandbox, ids) = account();
    let host = sandbox.host().replace("http://", "");
    // `script` gives the command a terminal.
    let ask = |answer: &str| {
        let line = format!("'{}' delete {} {}", env!("CARGO_BIN_EXE_lsq-webhooks"), ids[0], ids[1]);
        let mut child = std::process::Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("LEADSQUARED_HOST", sandbox.host())
            .env("LEADSQUARED_ACCESS_KEY", sandbox.access_key())
            .env("LEADSQUARED_SECRET_KEY", sandbox.secret_key())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), answer.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains(&format!("Delete 2 webhooks of the account on {host}? [y/N]")), "{shown}");
        for (id, event) in [(&ids[0], "Lead_Post_Create"), (&ids[1], "Lead_Post_Update")] {
            let line = shown.lines().find(|line| line.contains(id.as_str())).unwrap();
            assert!(line.contains(event) && line.contains("https://") && line.contains("enabled"), "{line}");
        }
        output.status.code()
    };
    assert_eq!(ask("n\n"), Some(4));
    assert_eq!((sandbox.request_count(), sandbox.webhooks().len()), (1, 3), "the list that is shown");
    assert_eq!(ask("y\n"), Some(0));
    assert_eq!(sandbox.webhooks().len(), 1);
}

#[test]
fn goes_on_after_a_failure_and_the_worst_exit_status_wins() {
    let (sandbox, ids) = account();
    let ran = run_on(&sandbox, &["delete", "--yes", "--json", "nobody", &ids[0], &ids[1]]);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["deleted"]), (3, &json!(false), &json!([ids[0], ids[1]])));
    assert_eq!(
        (&json["failed"][0]["id"], &json["failed"][0]["error"]["outcome"]),
        (&json!("nobody"), &json!("refused"))
    );

    sandbox.fault(Fault::CloseBeforeApply.on(Call::Delete));
    let ran = run_on(&sandbox, &["delete", "--yes", "--attempts", "1", &ids[2], "nobody"]);
    assert_eq!(ran.status, 5, "unknown is worse than refused");
    assert!(
        ran.stderr.contains(&format!("{}: ", ids[2])) && ran.stderr.contains("nobody: "),
        "{}",
        ran.stderr
    );
    let closed = ["delete", "--yes", &ids[2], "--host", "http://127.0.0.1:1", "--attempts", "1"];
    assert_eq!(run_on(&sandbox, &closed).status, 4);
}

#[test]
fn a_lost_answer_is_found_out() {
    let (sandbox, ids) = account();
    sandbox.fault(Fault::ApplyThenClose.on(Call::Delete));
    let ran = run_on(&sandbox, &["delete", "--yes", "--json", &ids[0]]);
    assert_eq!((ran.status, &ran.json()["deleted"]), (0, &json!([ids[0]])));
    assert_eq!(sandbox.webhooks().len(), 2);
}

#[cfg(unix)]
#[test]
fn the_first_ctrl_c_waits_for_the_one_in_flight_and_begins_no_other() {
    let barrier = Arc::new(Barrier::new(2));
    let server = Server::start([Reply::Held(Arc::clone(&barrier)), Reply::list(&[])]);
    let mut delete = Interrupted::start(&server, &["delete", "--yes", "--json", "first", "second"]);
    server.await_requests(1);
    delete.interrupt();
    assert!(delete.line().contains("the delete is in flight"));
    barrier.wait();
    let ran = delete.end();
    let json = ran.json();
    assert_eq!((ran.status, &json["deleted"]), (4, &json!(["first"])));
    let failed = &json["failed"][0];
    assert_eq!((&failed["id"], &failed["error"]["outcome"]), (&json!("second"), &json!("not_sent")));
    assert!(server.requests().iter().all(|(head, _)| !head.contains("second")));
    assert_eq!(
        ran.stderr,
        "note: interrupted: 1 deleted, 1 not begun; this goes on, with the same options: lsq-webhooks delete second\n"
    );
}

#[cfg(unix)]
#[test]
fn the_second_ctrl_c_does_not_wait() {
    let server = Server::start([Reply::Stall]);
    let mut delete = Interrupted::start(&server, &["delete", "--yes", "--json", "first", "second"]);
    server.await_requests(1);
    delete.interrupt();
    delete.line();
    delete.interrupt();
    let ran = delete.end();
    let outcomes: Vec<_> = ran.json()["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failed| failed["error"]["outcome"].clone())
        .collect();
    assert_eq!((ran.status, outcomes), (5, vec![json!("unknown"), json!("not_sent")]));
    assert_eq!(
        ran.stderr,
        "note: interrupted: 0 deleted, 1 not begun, unknown whether deleted: first; this goes on, with the same \
         options: lsq-webhooks delete first second\n"
    );
}
