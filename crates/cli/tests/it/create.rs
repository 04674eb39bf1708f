use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    command::{Interrupted, Ran, against, lsq, run, run_with_input},
    server::{ACCESS_KEY, Reply, SECRET_KEY, Server},
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lead-activity-create.json");

fn create(server: &Server, more: &[&str]) -> Ran {
    against(server, &[&["create", EXAMPLE, "--json"], more].concat()).output().unwrap().into()
}

#[test]
fn sends_exactly_the_documented_request() {
    let server = Server::start([Reply::success()]);
    let ran = create(&server, &[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let json = ran.json();
    assert_eq!((&json["ok"], &json["id"]), (&json!(true), &json!("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4")));
    assert_eq!(json["attempts"][0]["result"], "ok");

    let [(head, body)] = server.requests().try_into().unwrap();
    assert_eq!(
        head.lines().next().unwrap(),
        "POST /v2/Webhook.svc/Create?accessKey=u%24rcanary-access&secretKey=s%24canary%2Fsecret%2B%3D HTTP/1.1"
    );
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/json; charset=utf-8"));
    assert!(!head.contains("x-lsq-"));
    let checked = run(&["check", EXAMPLE, "--json"]).json();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), checked["body"]);
}

#[test]
fn sends_the_keys_in_the_headers_alone_by_the_environment_or_a_flag() {
    let server = Server::start([Reply::success()]);
    assert_eq!(
        against(&server, &["create", EXAMPLE]).env("LEADSQUARED_AUTH", "headers").status().unwrap().code(),
        Some(0)
    );
    assert_eq!(create(&server, &["--auth", "headers"]).status, 0);
    for (head, _) in server.requests() {
        assert!(head.starts_with("POST /v2/Webhook.svc/Create HTTP/1.1\r\n"));
        assert!(head.contains(&format!("x-lsq-accesskey: {ACCESS_KEY}\r\n")), "{head}");
        assert!(head.contains(&format!("x-lsq-secretkey: {SECRET_KEY}\r\n")));
    }
}

#[test]
fn each_end_has_its_exit_status_and_its_number_of_requests() {
    let limited = Reply::error(
        429,
        "MXAPIRateLimitExceededException",
        "API calls exceeded the limit of 25 in 1 second(s)",
    );
    let disguised = Reply::error(
        200,
        "MXAPIRateLimitExceededException",
        "API calls exceeded the limit of 25 in 1 second(s)",
    );
    let elsewhere = Server::start([Reply::success()]);
    for (script, status, requests, kind) in [
        (vec![limited.clone(), Reply::success()], 0, 2, None),
        (vec![disguised, limited.clone(), Reply::success()], 0, 3, None),
        (vec![limited], 3, 4, Some("rate_limited")),
        (vec![Reply::error(401, "MXUnAuthorizedAccessException", "no")], 3, 1, Some("unauthorized")),
        (vec![Reply::error(500, "MXDuplicateEntryException", "already exists")], 3, 1, Some("duplicate")),
        (vec![Reply::error(200, "MXInvalidInputException", "no")], 3, 1, Some("invalid_input")),
        (vec![Reply::Answer(404, String::new())], 3, 1, Some("not_found")),
        (vec![Reply::Answer(500, "oops".to_owned())], 5, 1, Some("server")),
        (vec![Reply::Answer(503, "<html>".to_owned())], 5, 1, Some("server")),
        (vec![Reply::Answer(200, "<html>".to_owned())], 5, 1, Some("unexpected_response")),
        (vec![Reply::Answer(200, r#"{"Status":"Success"}"#.to_owned())], 5, 1, Some("unexpected_response")),
        (vec![Reply::Redirect(elsewhere.host())], 5, 1, Some("unexpected_response")),
        (vec![Reply::Truncated], 5, 1, Some("unexpected_response")),
        (vec![Reply::Close], 5, 1, Some("interrupted")),
    ] {
        let server = Server::start(script);
        let ran = create(&server, &[]);
        assert_eq!((ran.status, server.request_count()), (status, requests), "{kind:?}: {}", ran.stdout);
        let json = ran.json();
        assert_eq!(json["error"]["kind"].as_str(), kind);
        assert_eq!(json["ok"], kind.is_none());
        assert_eq!(json["attempts"].as_array().unwrap().len(), requests);
        if kind.is_some() {
            assert_eq!(json["error"]["may_have_been_applied"], status == 5);
        }
    }
    assert_eq!(elsewhere.request_count(), 0);
}

#[test]
fn a_server_that_never_answers_ends_the_call_at_its_deadline() {
    let server = Server::start([Reply::Stall]);
    let started = Instant::now();
    let ran = create(&server, &["--timeout", "0.5"]);
    assert!(started.elapsed() >= Duration::from_millis(500));
    assert_eq!((ran.status, server.request_count(), &ran.json()["error"]["kind"]), (5, 1, &json!("timeout")));
}

#[test]
fn a_closed_port_ends_with_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran: Ran =
        lsq(&["create", EXAMPLE, "--json", "--host", &format!("http://{closed}"), "--attempts", "2"])
            .env("LEADSQUARED_ACCESS_KEY", ACCESS_KEY)
            .env("LEADSQUARED_SECRET_KEY", SECRET_KEY)
            .output()
            .unwrap()
            .into();
    let json = ran.json();
    assert_eq!((ran.status, &json["error"]["kind"]), (4, &json!("connect")));
    assert_eq!(json["attempts"].as_array().unwrap().len(), 2);
}

#[test]
fn an_invalid_draft_is_refused_before_anything_is_sent() {
    let server = Server::start([Reply::success()]);
    let ran: Ran = against(&server, &["create", "--json", "--event", "lead-create", "--url", "x"])
        .output()
        .unwrap()
        .into();
    assert_eq!((ran.status, server.request_count()), (2, 0));
    let json = ran.json();
    assert_eq!((&json["ok"], &json["error"]["kind"]), (&json!(false), &json!("invalid_draft")));
    assert_eq!(json["violations"][0]["field"], "url");
    assert_eq!(json["attempts"], json!([]));
}

#[test]
fn missing_variables_are_named_all_at_once() {
    let ran = run(&["create", EXAMPLE]);
    assert_eq!(ran.status, 2);
    for variable in ["LEADSQUARED_HOST", "LEADSQUARED_ACCESS_KEY", "LEADSQUARED_SECRET_KEY"] {
        assert!(ran.stderr.contains(&format!("{variable} is not set")), "{}", ran.stderr);
    }
    let ran = run(&["create", EXAMPLE, "--json"]);
    assert_eq!((ran.status, &ran.json()["error"]["kind"]), (2, &json!("configuration")));
}

#[test]
fn the_embedded_sandbox_shows_what_was_sent_and_what_came_back() {
    let ran = run(&["create", EXAMPLE, "--sandbox"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for shown in ["POST /v2/Webhook.svc/Create", "→ 200", "WebhookEvent", "x-api-key: ••••", "created "]
    {
        assert!(ran.stdout.contains(shown), "{shown}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("replace-this-secret"));

    let json = run(&["create", EXAMPLE, "--sandbox", "--json"]).json();
    assert_eq!(json["sandbox"]["requests"][0]["body"]["CustomHeaders"][0]["Value"], "…");
    let draft = r#"{"url": "https://example.com", "trigger": {"event": "lead_stage_change"}}"#;
    let ran = run_with_input(&["create", "-", "--sandbox"], draft);
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("Webhook Properties is not found") && ran.stderr.contains("event_not_creatable")
    );
}

#[cfg(unix)]
#[test]
fn the_first_ctrl_c_waits_for_the_answer_and_the_second_does_not() {
    let server = Server::start([Reply::Stall]);
    let mut create = Interrupted::start(&server, &["create", EXAMPLE, "--json"]);
    server.await_requests(1);
    create.interrupt();
    let line = create.line();
    assert!(line.contains("a second Ctrl-C ends without it"), "{line}");
    create.interrupt();
    let ran = create.end();
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["may_have_been_applied"]), (5, &json!(true)));
    assert_eq!(error["ticket"]["desired"]["event"], "LeadActivity_Post_Create");
}
