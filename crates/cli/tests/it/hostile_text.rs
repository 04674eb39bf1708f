//! Text from a server is shown, but never controls the terminal.

use serde_json::{Value, json};

use crate::{
    command::{Ran, against, lsq, run, run_against},
    server::{ACCESS_KEY, Reply, SECRET_KEY, Server},
};

/// Sets the title, clears the screen, writes another line, reverses the text direction, and hides
/// characters.
const HOSTILE: &str = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}2J\r\nerror: b\u{202e}c\u{200b}\u{2066}\u{feff}";
const SHOWN: &str = r"a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}2J\r\nerror: b\u{202e}c\u{200b}\u{2066}\u{feff}";
const DRAFT: &[&str] = &["--event", "lead-create", "--url", "https://a.example"];
const TICKET: &str =
    r#"{"desired":{"event":"Lead_Post_Create","url":"https://a.example","properties":null},"sent_at_ms":0}"#;

fn is_harmless(text: &str) -> bool {
    !text.contains(|c: char| {
        c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{2066}\u{feff}\u{2028}".contains(c)
    })
}

fn success(id: &str) -> Reply {
    Reply::Answer(200, json!({"Status": "Success", "Message": {"Id": id}}).to_string())
}

/// A webhook with hostile text in every member that need not match.
fn webhook(id: &str) -> Value {
    json!({"WebhookId": id, "EventCode": "Lead_Post_Create", "URL": "https://a.example", "StatusCode": 0,
        "Description": HOSTILE, "WebhookProperties": null, HOSTILE: HOSTILE})
}

fn foreign(id: &str) -> Value {
    json!({"WebhookId": id, "EventCode": HOSTILE, "URL": format!("https://a.example/{HOSTILE}"),
        "StatusCode": HOSTILE, "Description": HOSTILE, "WebhookProperties": HOSTILE, HOSTILE: [HOSTILE]})
}

#[test]
fn no_command_lets_a_server_steer_the_terminal() {
    let other = format!("{HOSTILE}'2");
    let draft = |command: &[&'static str]| [command, DRAFT].concat();
    let refused = || vec![Reply::error(400, HOSTILE, HOSTILE)];
    for (arguments, script) in [
        (draft(&["create"]), vec![success(HOSTILE)]),
        (draft(&["create"]), refused()),
        (draft(&["create"]), vec![Reply::error(200, HOSTILE, HOSTILE)]),
        (draft(&["create", "--verify"]), vec![success(HOSTILE), Reply::list(&[foreign(HOSTILE)])]),
        (draft(&["create", "--verify", "--rollback"]), vec![success(HOSTILE), refused().remove(0)]),
        (vec!["list"], vec![Reply::list(&[webhook(HOSTILE), foreign(&other)])]),
        (vec!["list"], refused()),
        (vec!["show", "x"], vec![Reply::list(&[foreign("x")])]),
        (vec!["show", HOSTILE], vec![Reply::list(&[foreign(HOSTILE)])]),
        (vec!["show", HOSTILE], vec![Reply::list(&[])]),
        (vec!["delete", "--yes", HOSTILE], refused()),
        (draft(&["ensure"]), vec![Reply::list(&[webhook(HOSTILE), webhook(&other)])]),
        (draft(&["ensure", "--description", "d"]), vec![Reply::list(&[webhook(HOSTILE)])]),
        (draft(&["ensure"]), refused()),
        (draft(&["update", HOSTILE]), refused()),
        (vec!["resolve", TICKET, "--max-wait", "0"], vec![Reply::list(&[webhook(HOSTILE), webhook(&other)])]),
    ] {
        let server = Server::start(script);
        let arguments = [&arguments[..], &["--attempts", "1"]].concat();
        let ran = run_against(&server, &arguments);
        assert!(server.request_count() > 0, "{arguments:?}: {}", ran.stderr);
        let output = ran.stdout + &ran.stderr;
        assert!(is_harmless(&output), "{arguments:?} prints {output:?}");
        // Escaped as a code point, or in shell quotes as bytes.
        assert!(output.contains(r"\u{202e}") || output.contains(r"\342\200\256"), "{arguments:?}: {output}");
    }
}

#[test]
fn nor_do_a_plan_and_an_apply() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = |name: &str, host: &str| {
        let path = folder.path().join("webhooks.toml");
        let draft = "[[accounts.webhooks]]\nurl = \"https://a.example\"\ntrigger.event = \"lead_create\"\n";
        let text = format!(
            "[[accounts]]\nname = {}\nhost = {host:?}\naccess_key_env = \"A\"\nsecret_key_env = \"S\"\n\
             managed_prefix = \"https://a.example\"\n{draft}",
            json!(name)
        );
        std::fs::write(&path, text).unwrap();
        path
    };
    for script in [
        vec![Reply::list(&[webhook(HOSTILE), webhook("z"), foreign("y")])],
        vec![Reply::error(400, HOSTILE, HOSTILE)],
        vec![Reply::list(&[]), success(HOSTILE), Reply::list(&[foreign(HOSTILE)])],
    ] {
        for command in [
            &["plan"][..],
            &["plan", "--prune"],
            &["apply", "--no-state", "--prune", "--yes", "--consistency-window", "0.001"],
        ] {
            let server = Server::start(script.clone());
            let path = manifest("acme\u{202e}\u{1b}[2J", &server.host());
            let arguments = [command, &[path.to_str().unwrap(), "--attempts", "1"]].concat();
            let ran: Ran = lsq(&arguments).env("A", ACCESS_KEY).env("S", SECRET_KEY).output().unwrap().into();
            assert!(server.request_count() > 0, "{}", ran.stderr);
            let output = ran.stdout + &ran.stderr;
            assert!(is_harmless(&output), "{arguments:?} prints {output:?}");
            assert!(output.contains(r"\u{202e}"), "{arguments:?}: {output}");
        }
    }
}

#[test]
fn a_file_and_an_argument_are_shown_and_not_obeyed_either() {
    for arguments in [
        &["check", "--event", HOSTILE, "--url", HOSTILE][..],
        &["check", "--event", "lead-create", "--url", "https://a.example", "--description", HOSTILE],
        &["create", HOSTILE],
        &["resolve", HOSTILE],
        &["plan", HOSTILE],
    ] {
        let ran = run(arguments);
        let output = ran.stdout + &ran.stderr;
        assert!(is_harmless(&output), "{arguments:?} prints {output:?}");
        assert!(output.contains(r"\u{202e}"), "{arguments:?}: {output}");
    }
}

#[test]
fn what_is_suggested_is_one_word_of_the_shell_for_each_id() {
    let id = |tail: &str| format!("a\u{1b}[2J'; touch x #{tail}");
    let server = Server::start([Reply::list(&[webhook(&id("")), webhook(&id("2"))])]);
    let ran = run_against(&server, &[&["ensure"], DRAFT].concat());
    let (_, suggested) = ran.stderr.split_once("lsq-webhooks delete ").unwrap();
    let line = format!("printf %s {}", suggested.lines().next().unwrap());
    let printed = std::process::Command::new("bash").args(["-c", &line]).output().unwrap().stdout;
    assert_eq!(String::from_utf8(printed).unwrap(), id("2"));
}

#[test]
fn json_is_for_programs_and_reports_it_as_it_came() {
    let server = Server::start([success(HOSTILE)]);
    let ran = run_against(&server, &[&["create", "--json"], DRAFT].concat());
    assert_eq!((ran.status, &ran.json()["id"]), (0, &json!(HOSTILE)));
    let server = Server::start([Reply::list(&[webhook(HOSTILE)])]);
    let ran: Ran = against(&server, &["list", "--json"]).output().unwrap().into();
    let listed = &ran.json()["webhooks"][0];
    assert_eq!((&listed["id"], &listed["description"]), (&json!(HOSTILE), &json!(HOSTILE)));
    let server = Server::start([Reply::error(400, "MXOther", HOSTILE)]);
    let ran = run_against(&server, &[&["create", "--json"], DRAFT].concat());
    let detail = ran.json()["error"]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(SHOWN), "the text for people is shown so everywhere: {detail}");
}
