//! Messages say place and cure, and no secret.

use serde_json::json;

use crate::{
    command::{Ran, run, run_with_input},
    world::World,
};

const URL: [&str; 2] = ["--url", "https://example.com"];

fn check(flags: &[&str]) -> Ran {
    run(&[&["check"], flags].concat())
}

/// What a draft on standard input is answered with.
fn wrong(draft: &str) -> String {
    let ran = run_with_input(&["check", "-"], draft);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{draft}");
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    ran.stderr
}

#[test]
fn an_event_is_read_in_every_spelling_wherever_it_is_asked_for() {
    for event in ["lead-create", "lead_create", "Lead_Post_Create", "lead_post_create", "LEAD-CREATE", "3"] {
        let ran = check(&[&URL[..], &["--json", "--event", event]].concat());
        assert_eq!(ran.json()["body"]["WebhookEvent"], "3", "{event}");
        let draft = json!({"url": "https://example.com", "trigger": {"event": event}}).to_string();
        let ran = run_with_input(&["check", "-", "--json"], &draft);
        assert_eq!(ran.json()["body"]["WebhookEvent"], "3", "{event}");
    }
    let world = World::new(1, 0, 25);
    for event in ["\"lead-create\"", "\"Lead_Post_Create\"", "\"3\"", "3"] {
        world.write(&[format!("url = \"https://owned.example/\"\ntrigger.event = {event}\n")], 25);
        let ran = world.run(&["plan", "webhooks.toml"]);
        assert!(ran.status == 0 && ran.stdout.contains("planned 1 change on 1 account"), "{}", ran.stderr);
    }
}

#[test]
fn a_disputed_number_is_read_by_a_table_alone() {
    let opportunity = ["--event", "31", "--opportunity-type", "1"];
    for (codes, code) in [("documented", "31"), ("observed", "31")] {
        let flags = [&URL[..], &opportunity, &["--codes", codes, "--json"]].concat();
        assert_eq!(check(&flags).json()["body"]["WebhookEvent"], code);
    }
    let ran = check(&[&URL[..], &opportunity].concat());
    assert_eq!(
        (ran.status, ran.stderr.as_str()),
        (
            2,
            "error: --event: event 31 is opportunity-create in the documented code table and opportunity-delete in the \
             observed one; write its name, or say which table (--codes) the account uses\n"
        )
    );
    let draft = r#"{"url": "https://example.com", "trigger": {"event": 31, "opportunity_types": ["1"]}}"#;
    assert!(wrong(draft).contains("event 31 is opportunity_create in the documented code table"));
    assert_eq!(run_with_input(&["check", "-", "--codes", "observed"], draft).status, 0);
    let ran = run(&["list", "--event", "29"]);
    assert!(
        ran.status == 2 && ran.stderr.contains("opportunity-create in the observed one"),
        "{}",
        ran.stderr
    );
}

#[test]
fn flags_are_named_as_they_were_typed() {
    for (flags, says) in [
        (
            &["--event", "2", "--url", "https://a.example"][..],
            "error: lead-activity-create needs --activity CODE, such as 22\n",
        ),
        (
            &["--event", "lead-create", "--activity", "22", "--url", "https://a.example"],
            "error: --activity does not apply to lead-create; leave it out\n",
        ),
        (
            &["--event", "lead-create"],
            "error: --url is missing: where should deliveries go, such as https://example.com/hooks?\n",
        ),
        (
            &["--url", "https://a.example"],
            "error: --event is missing: which event, such as lead-create? lsq-webhooks events lists them\n",
        ),
        (
            &["--event", "lead-creat", "--url", "https://a.example"],
            "error: --event: unknown event \"lead-creat\"; did you mean lead-create? lsq-webhooks events lists them \
             all\n",
        ),
        (
            &["--event", "lead-create", "--url", "https://a.example", "--header", "a b: canary"],
            "error: --header number 1: name: \"a b\" is not an HTTP field name; letters, digits and \
             !#$%&'*+-.^_`|~ are allowed\n",
        ),
    ] {
        let ran = check(flags);
        assert_eq!((ran.status, ran.stderr.as_str(), ran.stdout.as_str()), (2, says, ""));
    }
    let ran = run(&["list", "--event", "leadcreate"]);
    assert!(ran.stderr.contains("did you mean lead-create?"), "{}", ran.stderr);
}

#[test]
fn a_draft_is_refused_with_its_place_and_a_caret() {
    assert_eq!(
        wrong("{\n  \"url\": \"https://a.example\",\n  \"trigger\": {\"event\": \"lead_creat\"}\n}\n"),
        "error: <stdin>:3:15: trigger.event: unknown event \"lead_creat\"; did you mean lead_create?\n  \
         3 |   \"trigger\": {\"event\": \"lead_creat\"}\n    |               ^\n"
    );
    assert_eq!(
        wrong("{\"url\": x}"),
        "error: <stdin>:1:9: not JSON: expected value\n  1 | {\"url\": …\n    |         ^\n"
    );
    assert_eq!(
        wrong("{\n"),
        "error: <stdin>:1:2: not JSON: EOF while parsing an object\n  1 | {\n    |  ^\n"
    );
    for text in ["", " \n", "\u{feff}"] {
        assert_eq!(
            wrong(text),
            "error: <stdin>: the text is empty; the form is {\"url\": \"https://…\", \"trigger\": {\"event\": \
             \"lead_create\"}}\n"
        );
    }
    assert!(wrong("[]").starts_with("error: <stdin>:1:1: a list is not an object; the form is {\"url\""));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("draft.json");
    std::fs::write(&path, "{\"ulr\": 1, \"trigger\": {\"event\": 3}}").unwrap();
    let path = path.to_str().unwrap();
    let ran = run(&["create", path, "--json"]);
    assert!(
        ran.stderr.contains(&format!("error: {path}:1:2: ulr: unknown key; did you mean url?\n")),
        "{}",
        ran.stderr
    );
    let violation = &ran.json()["violations"][0];
    assert_eq!(
        violation,
        &json!({"field": "ulr", "problem": "unknown key; did you mean url?", "line": 1, "column": 2})
    );
}

#[test]
fn no_line_shows_a_secret() {
    for draft in [
        r#"{"url": "https://canary:canary@a.example?x=canary", "trigger": {"event": "lead_creat"}}"#,
        r#"{"url": "/a?x=canary", "trigger": {"event": "x"}, "custom_headers": [{"name": "a b", "value": "canary"}]}"#,
        r#"{"url": "x", "trigger": {"event": "x"}, "custom_headers": {"x-api-key": "canary"}}"#,
        r#"{"url": "x", "custom_headers": [{"value": "canary" "name": "x"}]}"#,
        r#"{"url": "x", "custom_headers": [{"name": "x, "value": "canary"}]}"#,
        r#"{"url": "x", "custom_headers": [{"name": "x", "value": canary}]}"#,
        "{\"custom_headers\": [{\"name\": \"x\", \"value\": \"canary\n\"}]}",
        "{\"custom_headers\": [{\"name\": \"x\", \"value\": \"canary",
        "canary",
        "\"canary\"",
        "value = \"canary\"",
    ] {
        wrong(draft);
        let ran = run(&["resolve", &format!("{{\"url\": \"https://a.example?x=canary\", {draft}")]);
        assert!(ran.status == 2 && !ran.stderr.contains("canary"), "{}", ran.stderr);
    }
    let world = World::new(1, 1, 25);
    for toml in [
        "[[accounts]]\nname = \"a\"\naccess_key = \"canary\" # canary",
        "[[accounts]]\nname = \"a\"\naccess_key_env = \"canary\"\nsecret_key_env = canary",
        "[[accounts]]\nname = \"a\"\nhost = \"https://canary@a.example\"",
        "[[accounts]]\n[[accounts.webhooks]]\nurl = \"/?x=canary\"\ncustom_headers = [{name = \"a b\", value = \"canary\"}]",
        "[[accounts]]\n[[accounts.webhooks]]\ncustom_headers = [{name = \"a\", value = \"canary}]",
        "[[accounts]]\n[[accounts.webhooks]]\ncustom_headers = [{name = \"a, value = \"canary\"}]",
        "[[accounts]]\n[[accounts.webhooks]]\nvalue = \"\"\"\ncanary\n\"\"\" canary\ncanary = canary",
        "canary",
        "value = 'canary",
    ] {
        std::fs::write(world.path("bad.toml"), toml).unwrap();
        // `World::run` looks for the canary in both outputs.
        for json in [&[][..], &["--json"]] {
            assert_eq!(world.run(&[&["plan", "bad.toml"], json].concat()).status, 2, "{toml}");
        }
    }
}

#[test]
fn a_manifest_is_refused_with_its_place_and_the_accounts_name() {
    let world = World::new(2, 1, 25);
    let toml = std::fs::read_to_string(world.path("webhooks.toml")).unwrap();
    let broken = |from: &str, to: &str| {
        // The last of the two accounts.
        let (before, after) = toml.rsplit_once(from).unwrap();
        std::fs::write(world.path("bad.toml"), format!("{before}{to}{after}")).unwrap();
        let ran = world.run(&["plan", "bad.toml"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        ran.stderr
    };
    assert_eq!(
        broken("\"lead_create\"", "\"lead_creat\""),
        "error: bad.toml:21:9: account \"a1\", webhooks[0].trigger.event: unknown event \"lead_creat\"; did you mean \
         lead_create?\n  21 | trigger.event = \"lead_creat\"\n     |         ^\n"
    );
    assert_eq!(
        broken("LSQ_TEST_A1", "NOPE1"),
        "error: bad.toml:15:1: account \"a1\", access_key_env: NOPE1 is not set\n  15 | access_key_env = \"••••\"\n     \
         | ^\n"
    );
    assert_eq!(
        broken("\"lead_create\"", "lead_create"),
        "error: bad.toml:21:17: manifest: not TOML: string values must be quoted, expected literal string\n  \
         21 | trigger.event = …\n     |                 ^\n"
    );
    let ran = world.run(&["apply", "bad.toml", "--json"]);
    assert_eq!(ran.json()["violations"][0]["line"], 21);
    std::fs::write(world.path("bad.toml"), toml.replace("name = \"a1\"", "name = \"a0\"")).unwrap();
    let violation = world.run(&["plan", "bad.toml", "--json"]).json()["violations"][0].clone();
    assert_eq!(
        (&violation["account"], &violation["line"], &violation["column"]),
        (&json!("a0"), &json!(13), &json!(1))
    );
}

#[test]
fn a_ticket_is_refused_with_its_place() {
    let ran = run_with_input(&["resolve", "-"], "{\"desired\": }");
    assert!(
        ran.stderr.starts_with("error: <stdin>:1:13: not JSON: expected value\n  1 | {\"desired\": …\n"),
        "{}",
        ran.stderr
    );
    assert!(
        run_with_input(&["resolve", "-"], "")
            .stderr
            .starts_with("error: <stdin>: the text is empty; a ticket")
    );
}

#[test]
fn a_reversed_range_is_turned() {
    let ran = run(&["sandbox", "--delay", "500..100"]);
    assert!(ran.stderr.contains("\"500..100\" is reversed; write 100..500"), "{}", ran.stderr);
}
