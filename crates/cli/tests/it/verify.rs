//! `create --verify`.

use std::time::Duration;

use leadsquared_webhooks_sandbox::{CodeTable, Sandbox};
use serde_json::json;

use crate::command::{run, run_on};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/opportunity-create.json");

fn observed() -> Sandbox {
    Sandbox::builder().code_table(CodeTable::Observed).start_in_thread().unwrap()
}

#[test]
fn says_that_it_is_what_was_asked_for() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--codes", "observed", "--json"]);
    assert_eq!((ran.status, &ran.json()["verification"]), (0, &json!("same")));
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--codes", "observed"]);
    assert!(ran.status == 0 && ran.stdout.contains("verified it is what was asked for"), "{}", ran.stdout);
    let json = run(&["create", EXAMPLE, "--sandbox", "--json"]).json();
    assert_eq!(json.get("verification"), None, "only what was asked for is told");
    assert_eq!(run(&["create", EXAMPLE, "--sandbox", "--verify", "--json"]).json()["verification"], "same");
}

#[test]
fn another_table_of_codes_is_caught_and_undone() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--undo", "--json"]);
    assert_eq!(ran.status, 6);
    let json = ran.json();
    let error = &json["error"];
    assert_eq!(
        (&json["ok"], &error["kind"], &error["undone"]),
        (&json!(false), &json!("mismatch"), &json!(true))
    );
    assert_eq!(
        error["differences"],
        json!([{"field": "event", "asked": "Opportunity_Post_Create", "got": "Opportunity_Post_Delete"}])
    );
    assert_eq!(error["got"]["id"], error["id"]);
    assert_eq!(
        (&error["may_have_been_applied"], &json["attempts"][0]["result"]),
        (&json!(false), &json!("ok"))
    );
    assert!(sandbox.webhooks().is_empty(), "nothing is left");
}

#[test]
fn without_an_undo_it_stays_and_people_are_told_how_to_remove_it() {
    let sandbox = observed();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify"]);
    assert_eq!(ran.status, 6);
    for told in ["Opportunity_Post_Create", "Opportunity_Post_Delete"] {
        assert!(ran.stdout.contains(told), "{}", ran.stdout);
    }
    let [webhook] = sandbox.webhooks().try_into().unwrap();
    for told in [&*format!("lsq-webhooks delete {}", webhook.id), "was created as something else", "--codes"]
    {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
}

#[test]
fn what_does_not_show_yet_is_not_verified() {
    let hour = Duration::from_hours(1);
    let sandbox = Sandbox::builder().visible_after((hour, hour)).start_in_thread().unwrap();
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify", "--json"]);
    assert_eq!((ran.status, &ran.json()["verification"]), (0, &json!({"unverified": "not_seen"})));
    let ran = run_on(&sandbox, &["create", EXAMPLE, "--verify"]);
    assert!(ran.status == 0 && ran.stderr.contains("not verified: the account does not show it yet"));
}

#[test]
fn an_undo_needs_a_verification() {
    let ran = run(&["create", EXAMPLE, "--undo"]);
    assert!(ran.status == 2 && ran.stderr.contains("--verify"), "{}", ran.stderr);
}
