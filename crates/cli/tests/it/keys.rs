use std::io::Write;

use crate::{
    command::{Ran, against, lsq, run, run_with_input},
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
        // A server may echo anything that it receives.
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

/// A keys file with this text that only its owner may read.
fn keys_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn a_file_of_keys_that_is_none_is_named_without_its_text() {
    let file = keys_file("LEADSQUARED_HOST=http://127.0.0.1:1\ncanary\nLEADSQUARED_ACCESS_KEY='canary'x\n");
    let path = file.path().to_str().unwrap();
    let ran = run(&[&["create", "--keys-file", path], DRAFT].concat());
    assert_eq!(ran.status, 2);
    for problem in [
        "line 2 is not NAME=value",
        "line 3: LEADSQUARED_ACCESS_KEY goes on behind its closing quote",
        "LEADSQUARED_SECRET_KEY is missing",
    ] {
        assert!(ran.stderr.contains(path) && ran.stderr.contains(problem), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    let ran = run(&[&["create", "--keys-file", "/nowhere"], DRAFT].concat());
    assert!(ran.status == 2 && ran.stderr.contains("/nowhere: No such file"));
}

/// A file and a stale environment may belong to two accounts.
#[test]
fn keys_of_a_file_and_of_the_environment_are_never_mixed() {
    let server = Server::start([Reply::success()]);
    let create = |text: &str| -> Ran {
        let file = keys_file(text);
        let arguments = [&["create", "--keys-file", file.path().to_str().unwrap()], DRAFT].concat();
        against(&server, &arguments).output().unwrap().into()
    };
    let ran = create("LEADSQUARED_SECRET_KEY=canary");
    assert_eq!((ran.status, server.request_count()), (2, 0));
    assert!(ran.stderr.contains("LEADSQUARED_ACCESS_KEY is missing"), "{}", ran.stderr);
    let ran = create("LEADSQUARED_ACCESS_KEY=\nLEADSQUARED_SECRET_KEY=canary");
    assert_eq!((ran.status, server.request_count()), (2, 0));
    assert!(ran.stderr.contains("LEADSQUARED_ACCESS_KEY is not set"), "{}", ran.stderr);

    // The host may come from the environment; a byte order mark does not change a name.
    assert_eq!(create("\u{feff}LEADSQUARED_ACCESS_KEY=a\r\nLEADSQUARED_SECRET_KEY=s\r\n").status, 0);
    assert!(server.requests()[0].0.contains("accessKey=a&secretKey=s "));
}

#[cfg(unix)]
#[test]
fn a_file_of_keys_that_others_may_read_warns() {
    use std::os::unix::fs::PermissionsExt;

    let file = keys_file("LEADSQUARED_ACCESS_KEY=a\nLEADSQUARED_SECRET_KEY=s\n");
    for (mode, warns) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
        let server = Server::start([Reply::success()]);
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
        let arguments = [&["create", "--keys-file", file.path().to_str().unwrap()], DRAFT].concat();
        let ran: Ran = against(&server, &arguments).output().unwrap().into();
        assert_eq!(ran.status, 0);
        assert_eq!(
            ran.stderr.contains("other users of this machine can read"),
            warns,
            "{mode:o}: {}",
            ran.stderr
        );
    }
}

#[test]
fn keys_that_go_to_another_host_than_the_vendors_warn() {
    // The proxy is a closed port: no name is resolved, and nothing leaves this machine.
    let warned = |arguments: &[&str]| {
        let ran: Ran = lsq(&[arguments, &["--attempts", "1"]].concat())
            .env("LEADSQUARED_ACCESS_KEY", ACCESS_KEY)
            .env("LEADSQUARED_SECRET_KEY", SECRET_KEY)
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .output()
            .unwrap()
            .into();
        assert!(!ran.stderr.contains("canary"));
        let (warnings, _): (Vec<_>, Vec<_>) = ran
            .stderr
            .lines()
            .partition(|line| line.starts_with("warning: ") && line.ends_with("(foreign_host)"));
        warnings.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let create = |host| warned(&[&["create", "--host", host], DRAFT].concat());
    assert!(
        create("https://leadsquared.example")[0].starts_with("warning: LEADSQUARED_HOST: the keys go to")
    );
    for host in ["https://api.leadsquared.com", "https://127.0.0.1:1"] {
        assert_eq!(create(host).len(), 0, "{host}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("webhooks.toml");
    let toml = "[[accounts]]\nname = \"a\"\nhost = \"leadsquared.example\"\n\
        access_key_env = \"LEADSQUARED_ACCESS_KEY\"\nsecret_key_env = \"LEADSQUARED_SECRET_KEY\"";
    std::fs::write(&path, toml).unwrap();
    let warnings = warned(&["plan", path.to_str().unwrap()]);
    assert!(warnings[0].starts_with("warning: account \"a\", host: the keys go to"), "{warnings:?}");
}

#[test]
fn a_byte_order_mark_is_skipped_in_every_file_and_on_standard_input() {
    let draft = "\u{feff}{\"url\": \"https://a.example\", \"trigger\": {\"event\": \"lead_create\"}}";
    assert_eq!(run(&["check", keys_file(draft).path().to_str().unwrap()]).status, 0);
    assert_eq!(run_with_input(&["check", "-"], draft).status, 0);

    let server = Server::start([Reply::list(&[])]);
    let ticket = "{\"desired\":{\"event\":\"Lead_Post_Create\",\"url\":\"https://a.example\",\"properties\":null},\"sent_at_ms\":0}";
    for text in [format!("\u{feff}{ticket}"), format!("\u{feff}{{\"error\": {{\"ticket\": {ticket}}}}}")] {
        let file = keys_file(&text);
        let ran: Ran = against(&server, &["resolve", file.path().to_str().unwrap()]).output().unwrap().into();
        assert_eq!(ran.status, 3, "{}", ran.stderr);
    }
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
fn a_key_that_is_none_is_reported_by_its_variable() {
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
