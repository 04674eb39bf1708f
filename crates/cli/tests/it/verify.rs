//! `create --verify`.

use std::time::Duration;

use leadsquared_webhooks_sandbox::{Call, CodeTable, Fault, Sandbox};
use serde_json::{Value, json};

use crate::command::{run, run_on};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/opportunity-create.json");

fn observed() -> Sandbox {
    Sandbox::builder().code_table(CodeTable::Observed).start_in_thread().unwrap()
}

#[test]
fn says_that_it_is_as_requested() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--codes", "observed", "--json"]);
    assert_eq!((ran.status, &ran.json()["state"]), (0, &json!({"kind": "delivering"})));
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--codes", "observed"]);
    assert!(ran.status == 0 && ran.stdout.contains("created "), "{}", ran.stdout);
    let json = run(&["create", EXAMPLE, "--sandbox", "--json"]).json();
    assert_eq!(json.get("state"), None, "what was not read back has no state");
    let json = run(&["create", EXAMPLE, "--sandbox", "--verify", "--json"]).json();
    assert_eq!((&json["state"], &json["ok"]), (&json!({"kind": "delivering"}), &json!(true)));
}

#[test]
fn another_table_of_codes_is_caught_and_rolled_back() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--rollback", "--json"]);
    assert_eq!(ran.status, 6);
    let json = ran.json();
    assert_eq!((&json["ok"], &json["error"]["kind"]), (&json!(false), &json!("mismatch")));
    assert_eq!((&json["action"], &json["state"]), (&json!("rolled_back"), &json!({"kind": "mismatch"})));
    assert_eq!(
        json["differences"],
        json!([{"field": "event", "kind": "differs", "desired": "Opportunity_Post_Create",
            "found": "Opportunity_Post_Delete"}])
    );
    assert_eq!((&json["id"], json["removed"].as_array().unwrap().len()), (&Value::Null, 1));
    assert_eq!(json["attempts"][0]["result"], "ok");
    assert!(sandbox.webhooks().is_empty(), "nothing is left");
}

#[test]
fn without_a_rollback_it_stays_and_the_report_says_how_to_remove_it() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify"]);
    assert_eq!(ran.status, 6);
    for reported in ["Opportunity_Post_Create", "Opportunity_Post_Delete"] {
        assert!(ran.stdout.contains(reported), "{}", ran.stdout);
    }
    let [webhook] = sandbox.webhooks().try_into().unwrap();
    let hint = format!("`lsq-webhooks delete {}` removes it", webhook.id);
    for reported in [&*hint, "was created with another event than requested, and still exists", "--codes"] {
        assert!(ran.stderr.contains(reported), "{reported}: {}", ran.stderr);
    }
}

#[test]
fn what_does_not_show_yet_is_not_verified() {
    let hour = Duration::from_hours(1);
    let sandbox = Sandbox::builder().visible_after((hour, hour)).start_in_thread().unwrap();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--json"]);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"], &json["action"]), (5, &json!(false), &json!("created")));
    assert_eq!(json["state"], json!({"kind": "unverified", "why": "not_seen"}));
    assert_eq!(json["id"], sandbox.webhooks()[0].id);
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify"]);
    assert!(ran.status == 5 && ran.stderr.contains("not verified: the list does not show it yet"));
    assert!(ran.stdout.contains(&format!("created {}", sandbox.webhooks()[1].id)), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_read_back_is_created_and_not_verified() {
    let sandbox = observed();
    let refused = Fault::Status { status: 401, body: String::new(), headers: [].into() };
    sandbox.fault(refused.clone().on(Call::Retrieve));
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--json"]);
    let error = &ran.json()["error"];
    assert_eq!(
        (ran.status, &error["kind"], &error["outcome"]),
        (5, &json!("unconfirmed"), &json!("unknown"))
    );
    assert_eq!(error["id"], sandbox.webhooks()[0].id);
    sandbox.fault(refused.on(Call::Retrieve));
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify"]);
    let reported = format!("webhook {} was created and is not confirmed", sandbox.webhooks()[1].id);
    assert!(ran.status == 5 && ran.stderr.contains(&reported), "{}", ran.stderr);
}

#[test]
fn a_rollback_needs_a_verification() {
    let ran = run(&["create", EXAMPLE, "--rollback"]);
    assert!(ran.status == 2 && ran.stderr.contains("--verify"), "{}", ran.stderr);
}
