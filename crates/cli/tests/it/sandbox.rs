use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

use crate::command::{Ran, lsq};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lead-activity-create.json");

/// A sandbox in a separate process, and the variables that it printed.
fn start(arguments: &[&str]) -> (Child, Vec<(String, String)>) {
    let mut child = lsq(&[&["sandbox"], arguments].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap);
    let exports = lines
        .map(|line| {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once("='").unwrap();
            (name.to_owned(), value.strip_suffix('\'').unwrap().to_owned())
        })
        .collect();
    (child, exports)
}

fn stop(mut child: Child) -> Ran {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ran { status: child.wait().unwrap().code().unwrap(), stdout: String::new(), stderr }
}

#[test]
fn prints_lines_for_the_shell_serves_and_reports_misuse_at_its_end() {
    let (child, exports) = start(&["--quota", "1/60"]);
    let names: Vec<_> = exports.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["LEADSQUARED_HOST", "LEADSQUARED_ACCESS_KEY", "LEADSQUARED_SECRET_KEY"]);
    let create =
        || lsq(&["create", EXAMPLE, "--attempts", "1"]).envs(exports.clone()).status().unwrap().code();
    assert_eq!((create(), create()), (Some(0), Some(3)));

    let address = exports[0].1.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /_sandbox/webhooks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let answer = std::io::read_to_string(stream).unwrap();
    assert!(answer.contains("\"LeadActivity_Post_Create\""), "{answer}");

    let ended = stop(child);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("request 2: the call was above the account's quota"), "{}", ended.stderr);
    assert!(ended.stderr.contains("2 requests, 1 webhook, 1 misuse"));
}

#[test]
fn a_duplicate_is_reported_and_is_no_misuse_and_a_webhook_may_show_up_late() {
    let (child, exports) = start(&["--visible-after", "3600000..3600000"]);
    let ran = |arguments: &[&str]| Ran::from(lsq(arguments).envs(exports.clone()).output().unwrap());
    assert_eq!((ran(&["create", EXAMPLE]).status, ran(&["create", EXAMPLE]).status), (0, 0));
    assert_eq!(ran(&["list", "--json"]).json()["webhooks"], serde_json::json!([]));
    let ended = stop(child);
    assert!(ended.stderr.contains("request 2: the account had such a webhook already"), "{}", ended.stderr);
    assert!(ended.stderr.contains("3 requests, 2 webhooks, 0 misuses, 1 duplicate"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (child, exports) = start(&[]);
    let port = exports[0].1.rsplit_once(':').unwrap().1;
    let ran: Ran = lsq(&["sandbox", "--port", port]).output().unwrap().into();
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains(&format!("port {port}: ")), "{}", ran.stderr);
    stop(child);
}

#[test]
fn the_observed_codes_and_delays_are_settings() {
    let (child, exports) = start(&["--codes", "observed", "--delay", "1..5", "--seed", "7"]);
    let arguments = [
        "create",
        "--event",
        "opportunity-create",
        "--opportunity-type",
        "1",
        "--url",
        "https://example.com",
    ];
    let create = |codes| {
        lsq(&[&arguments[..], &["--codes", codes]].concat()).envs(exports.clone()).status().unwrap().code()
    };
    assert_eq!(create("observed"), Some(0));
    assert_eq!(create("documented"), Some(0), "31 means delete on that account, and nobody notices");
    stop(child);
}

#[test]
fn how_lists_answer_is_a_setting() {
    let (child, exports) = start(&[
        "--stores-urls",
        "cut:20",
        "--answers-properties",
        "object",
        "--page-cap",
        "1",
        "--largest-page-size",
        "10",
    ]);
    for _ in 0..2 {
        assert_eq!(lsq(&["create", EXAMPLE]).envs(exports.clone()).status().unwrap().code(), Some(0));
    }
    let variable = |sought: &str| &exports.iter().find(|(name, _)| name == sought).unwrap().1;
    let address = variable("LEADSQUARED_HOST").strip_prefix("http://").unwrap();
    let (access_key, secret_key) = (variable("LEADSQUARED_ACCESS_KEY"), variable("LEADSQUARED_SECRET_KEY"));
    let retrieve = |size: u32| {
        let body = format!(r#"{{"Parameter":{{"Type":"Webhook"}},"Paging":{{"PageSize":{size}}}}}"#);
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /v2/Webhook.svc/Retrieve HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             x-LSQ-AccessKey: {access_key}\r\nx-LSQ-SecretKey: {secret_key}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len(),
        )
        .unwrap();
        let answer = std::io::read_to_string(stream).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str::<serde_json::Value>(body).unwrap()
    };
    let page = retrieve(10);
    let items = page["Response"].as_array().unwrap();
    assert_eq!((items.len(), &page["RecordCount"]), (1, &serde_json::json!(2)));
    assert_eq!(items[0]["URL"].as_str().unwrap().len(), 20);
    assert!(items[0]["WebhookProperties"].is_object());
    assert_eq!(retrieve(11)["ExceptionType"], "MXInvalidInputException");
    stop(child);

    for (flag, value, why) in [
        ("--stores-urls", "cut:0", "is not as-sent, normalized, cut:N with N from 1, or html-escaped"),
        ("--answers-properties", "list", "is not string, object, extended or extended-object"),
        ("--page-cap", "0", "number would be zero"),
        ("--largest-page-size", "-", "invalid digit"),
    ] {
        let ran: Ran = lsq(&["sandbox", flag, value]).output().unwrap().into();
        assert!(ran.status == 2 && ran.stderr.contains(why), "{}", ran.stderr);
    }
}
