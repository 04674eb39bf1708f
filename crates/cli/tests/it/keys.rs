use std::io::Write;

use crate::{
    command::{Ran, against, lsq, run},
    server::{ACCESS_KEY, Reply, SECRET_KEY, Server},
};

const DRAFT: &[&str] =
    &["--event", "lead-create", "--url", "https://example.com", "--header", "x-api-key: canary-header"];

#[test]
fn no_output_shows_a_key_or_a_headers_value_at_trace_level() {
    let echo = format!(
        "<html>{ACCESS_KEY} u%24rcanary-access {SECRET_KEY} s%24canary%2Fsecret%2B%3D canary-header</html>"
    );
    for script in [
        vec![Reply::success()],
        vec![Reply::Answer(500, echo.clone())],
        vec![Reply::Answer(200, echo.clone())],
        vec![Reply::error(400, SECRET_KEY, &echo)],
        vec![Reply::Close],
        vec![Reply::Redirect("http://127.0.0.1:1/".to_owned())],
    ] {
        for auth in ["query", "headers"] {
            for format in [&["--json"][..], &["-vvv"]] {
                let server = Server::start(script.clone());
                let ran: Ran = against(&server, &[&["create", "--auth", auth], DRAFT, format].concat())
                    .env("RUST_LOG", "trace")
                    .output()
                    .unwrap()
                    .into();
                assert!(ran.stderr.contains("hyper_util"), "the log is at trace level");
                for output in [&ran.stdout, &ran.stderr] {
                    assert!(!output.contains("canary"), "{output}");
                }
            }
        }
    }
}

#[test]
fn no_other_command_shows_them_either() {
    const TICKET: &str = r#"{"desired":{"event":"Lead_Post_Create","url":"https://example.com","properties":null},"sent_at_ms":0}"#;
    let keys = format!("<html>{ACCESS_KEY} u%24rcanary-access {SECRET_KEY} s%24canary%2Fsecret%2B%3D");
    for (command, header) in [
        (&["list"][..], ""),
        (&["show", "x"], ""),
        (&["resolve", TICKET], ""),
        (&["delete", "--yes", "x"], ""),
        (&[&["ensure", "--consistency-window", "0.001"], DRAFT].concat(), ""),
        (&[&["update", "x"], DRAFT].concat(), "canary-header"),
        (&[&["create", "--verify", "--rollback"], DRAFT].concat(), "canary-header"),
    ] {
        // What a server knows of the call, it may echo.
        let echo = format!("{keys} {header}");
        for script in [
            vec![Reply::list(&[]), Reply::success(), Reply::list(&[])],
            vec![Reply::list(&[]), Reply::Close],
            vec![Reply::Answer(200, echo.clone())],
            vec![Reply::error(400, SECRET_KEY, &echo)],
        ] {
            for format in ["--json", "-vvv"] {
                let server = Server::start(script.clone());
                let arguments = [command, &[format, "--attempts", "1"]].concat();
                let ran: Ran = against(&server, &arguments).env("RUST_LOG", "trace").output().unwrap().into();
                assert!(server.request_count() > 0 && ran.stderr.contains("hyper_util"), "{command:?}");
                for output in [&ran.stdout, &ran.stderr] {
                    assert!(!output.contains("canary"), "{command:?}: {output}");
                }
            }
        }
    }
}

#[test]
fn tls_is_logged_without_keys_too() {
    let closed = "https://127.0.0.1:1";
    let ran: Ran = lsq(&[&["create", "--host", closed, "--attempts", "1"], DRAFT].concat())
        .env("RUST_LOG", "trace")
        .env("LEADSQUARED_ACCESS_KEY", ACCESS_KEY)
        .env("LEADSQUARED_SECRET_KEY", SECRET_KEY)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.status, 4);
    assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{}", ran.stderr);
}

#[test]
fn keys_are_read_from_a_file_as_a_shell_would_write_it() {
    let server = Server::start([Reply::success()]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "# keys\n\nexport LEADSQUARED_HOST='{}'\nLEADSQUARED_ACCESS_KEY=\"{ACCESS_KEY}\"\n  LEADSQUARED_SECRET_KEY={SECRET_KEY}\n",
        server.host()
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    assert_eq!(run(&[&["create", "--keys-file", path], DRAFT].concat()).status, 0);
    let (head, _) = &server.requests()[0];
    assert!(head.contains("accessKey=u%24rcanary-access&secretKey=s%24canary%2Fsecret%2B%3D"));
}

#[test]
fn a_file_of_keys_that_is_none_is_named_without_its_text() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "LEADSQUARED_HOST=http://127.0.0.1:1\ncanary\n").unwrap();
    let path = file.path().to_str().unwrap();
    let ran = run(&[&["create", "--keys-file", path], DRAFT].concat());
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("line 2 is not NAME=value") && !ran.stderr.contains("canary"),
        "{}",
        ran.stderr
    );
    let ran = run(&[&["create", "--keys-file", "/nowhere"], DRAFT].concat());
    assert!(ran.status == 2 && ran.stderr.contains("/nowhere: No such file"));
}

#[test]
fn keys_are_never_taken_from_arguments() {
    for argument in ["--access-key=canary", "--secret-key=canary"] {
        let ran = run(&[&["create", argument], DRAFT].concat());
        assert_eq!(ran.status, 2);
        assert!(
            ran.stderr.contains("LEADSQUARED_SECRET_KEY") && !ran.stderr.contains("canary"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_key_that_is_none_is_told_by_its_variable() {
    let server = Server::start([Reply::success()]);
    let ran: Ran = against(&server, &[&["create"], DRAFT].concat())
        .env("LEADSQUARED_SECRET_KEY", "canary\n")
        .env("LEADSQUARED_AUTH", "cookie")
        .output()
        .unwrap()
        .into();
    assert_eq!((ran.status, server.request_count()), (2, 0));
    assert!(ran.stderr.contains("LEADSQUARED_SECRET_KEY: the key begins or ends with white space"));
    assert!(ran.stderr.contains("LEADSQUARED_AUTH: \"cookie\" is not query or headers"));
    assert!(!ran.stderr.contains("canary"));
}
