use serde_json::json;

use crate::command::{lsq, run, run_with_input};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lead-activity-create.json");

#[test]
fn prints_the_exact_request_as_one_json_object() {
    let ran = run(&["check", EXAMPLE, "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.json(),
        json!({
            "ok": true, "method": "POST", "path": "/v2/Webhook.svc/Create",
            "body": {
                "Description": "calls to the warehouse", "URL": "https://example.com/hooks/leadsquared",
                "Method": "POST", "ContentType": "application/json", "WebhookEvent": "2", "LandingPageUrls": null,
                "IsSpecificLandingPage": false, "NotifyOnFailure": true,
                "WebhookProperties": r#"{"ActivityEvent":"22","ActivityData":"[]","WebPageNames":"[]"}"#,
                "CustomHeaders": [{"Key": "x-api-key", "Value": "replace-this-secret"}], "ActivityEvent": "22",
            },
            "warnings": [],
        })
    );
}

#[test]
fn prints_every_broken_rule_at_once() {
    let draft = r#"{"url": "ftp://x", "trigger": {"event": "task_create", "activity": "22"}, "colour": 1,
        "custom_headers": [{"name": "a b", "value": "canary\n"}]}"#;
    let ran = run_with_input(&["check", "-", "--json"], draft);
    assert_eq!(ran.status, 2);
    let json = ran.json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["warnings"], json!([]));
    let fields: Vec<_> = json["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["colour", "url", "trigger.activity", "custom_headers[0].name", "custom_headers[0].value"]
    );
    assert!(!ran.stdout.contains("canary"));
}

#[test]
fn the_apis_own_body_is_named_and_read_when_asked() {
    let draft = run(&["check", EXAMPLE, "--json"]).json();
    let body = draft["body"].to_string();
    let ran = run_with_input(&["check", "-", "--json"], &body);
    assert_eq!(ran.status, 2);
    let violations = ran.json()["violations"].clone();
    assert_eq!(violations.as_array().unwrap().len(), 1);
    assert_eq!(violations[0]["field"], "draft");
    assert!(violations[0]["problem"].as_str().unwrap().contains("--from-api"));

    let ran = run_with_input(&["check", "-", "--from-api", "--json"], &body);
    assert_eq!((ran.status, ran.json()), (0, draft));

    let opportunity = r#"{"URL": "https://example.com", "WebhookEvent": "31", "OpportunityEvents": ["1"],
        "WebhookProperties": "{\"OpportunityEvents\":[\"1\"],\"IsAsyncEnable\":false}"}"#;
    for codes in ["documented", "observed"] {
        let ran = run_with_input(&["check", "-", "--from-api", "--codes", codes, "--json"], opportunity);
        assert_eq!(ran.json()["body"]["WebhookEvent"], "31", "{codes}");
        assert_eq!(ran.json()["warnings"][0]["field"], "trigger.event", "{codes}: an event and not a number");
    }
    let ran = run_with_input(&["check", "-", "--from-api", "--json"], r#"{"URL": "x", "WebhookEvent": "3"}"#);
    assert_eq!((ran.status, &ran.json()["violations"][0]["field"]), (2, &json!("URL")));
}

#[test]
fn warns_without_refusing() {
    let ran = run(&["check", "--json", "--event", "lead-stage-change", "--url", "http://example.com"]);
    assert_eq!(ran.status, 0);
    let json = ran.json();
    let warnings = json["warnings"].as_array().unwrap();
    assert_eq!(warnings[0]["code"], "insecure_receiver");
    assert_eq!(
        (&warnings[1]["code"], &warnings[1]["field"]),
        (&json!("event_not_creatable"), &json!("trigger.event"))
    );
}

#[test]
fn people_read_tables_that_mask_what_is_secret() {
    let ran = run(&["check", EXAMPLE]);
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.contains("POST /v2/Webhook.svc/Create") && ran.stdout.contains("x-api-key: ••••"));
    assert!(!ran.stdout.contains("replace-this-secret"));
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");

    let ran = run(&["check", "--event", "lead-create", "--url", "/hooks"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("error: --url: \"/hooks\" is relative"), "{}", ran.stderr);
}

#[test]
fn flags_make_the_draft_that_a_file_would() {
    let draft = r#"{"url": "https://example.com", "trigger": {"event": "raw", "code": 28, "properties": {"a": 1.50},
        "extra": {"B": "22", "C": [null]}}, "description": "d", "content_type": "text/plain", "notify_on_failure": false,
        "custom_headers": [{"name": "a", "value": "b: c"}, {"name": "d", "value": "e"}]}"#;
    let by_file = run_with_input(&["check", "-", "--json"], draft);
    let by_flags = lsq(&[
        "check",
        "--json",
        "--url",
        "https://example.com",
        "--event",
        "raw",
        "--code",
        "28",
        "--properties",
        r#"{"a": 1.50}"#,
        "--extra",
        r#"B="22""#,
        "--extra",
        "C=[null]",
        "--description",
        "d",
        "--content-type",
        "text/plain",
        "--no-notify",
        "--header",
        "a: b: c",
        "--header-env",
        "d=THE_HEADER",
    ])
    .env("THE_HEADER", "e")
    .output()
    .unwrap();
    assert_eq!(by_file.status, 0, "{}", by_file.stdout);
    assert_eq!(by_file.stdout, String::from_utf8(by_flags.stdout).unwrap());

    for (flags, code) in [
        (&["--event", "landing-page-submission", "--page", "https://p.example", "--page", "b"][..], "1"),
        (&["--event", "lead_field_update", "--field", "ProspectStage"], "26"),
        (&["--event", "opportunity-create", "--opportunity-type", "12000"], "31"),
        (&["--event", "opportunity-create", "--opportunity-type", "12000", "--codes", "observed"], "29"),
        (&["--event", "opportunity-stage-update", "--from", "a", "--to", "b"], "34"),
        (&["--event", "raw", "--code", "99", "--extra", "A=1"], "99"),
    ] {
        let ran = run(&[&["check", "--json", "--url", "https://example.com"], flags].concat());
        assert_eq!(ran.json()["body"]["WebhookEvent"], code, "{flags:?}");
    }
}

#[test]
fn custom_headers_are_sent_in_the_form_that_a_flag_says() {
    let sent = |more: &[&str]| {
        let draft =
            ["check", "--json", "--url", "https://example.com", "--event", "lead-create", "--header", "a: b"];
        run(&[&draft, more].concat()).json()["body"]["CustomHeaders"].clone()
    };
    let array = json!([{"Key": "a", "Value": "b"}]);
    assert_eq!(sent(&[]), array);
    assert_eq!(sent(&["--custom-headers-form", "array"]), array);
    assert_eq!(sent(&["--custom-headers-form", "json-string"]), array.to_string());
}

#[test]
fn flags_that_make_no_draft_are_refused_with_the_same_paths() {
    let ran = run(&["check", "--json", "--event", "lead-create", "--properties", "{}"]);
    let fields: Vec<_> =
        ran.json()["violations"].as_array().unwrap().iter().map(|v| v["field"].clone()).collect();
    assert_eq!((ran.status, fields), (2, vec![json!("url"), json!("trigger.properties")]));
}

#[test]
fn wrong_usage_ends_with_2_and_says_why() {
    for (arguments, why) in [
        (&["check"][..], "a draft is needed"),
        (&["check", EXAMPLE, "--event", "lead-create"], "not both"),
        (&["check", "/nowhere.json"], "/nowhere.json: No such file"),
        (&["check", "--event", "raw", "--extra", "A"], "NAME=JSON"),
        (&["check", "--event", "raw", "--extra", "A={"], "--extra A: not JSON"),
        (&["check", "--event", "raw", "--header", "canary"], "--header number 1: the form is 'name: value'"),
        (&["check", "--event", "raw", "--header-env", "x=NOT_THERE"], "NOT_THERE is not set"),
        (
            &["check", "--event", "raw", "--header-env", "x=canary"],
            "--header-env x: the variable of this name (not shown: it may be a secret",
        ),
        (&["check", "--from-api", "--event", "lead-create"], "--from-api reads a file"),
        (&["check", "--from-api"], "a draft is needed"),
        (&["check", EXAMPLE, "--codes", "guessed"], "\"guessed\" is not documented or observed"),
        (&["check", EXAMPLE, "--custom-headers-form", "text"], "\"text\" is not array or json_string"),
        (&["destroy"], "unrecognized subcommand"),
        (&["create", EXAMPLE, "--timeout", "0"], "seconds above zero"),
        (&["create", EXAMPLE, "--quota", "0/5"], "both above zero"),
        (&["create", EXAMPLE, "--attempts", "0"], "0 is not in 1.."),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("canary"));
    }
}
