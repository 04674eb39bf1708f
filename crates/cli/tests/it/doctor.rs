use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::Arc,
    thread,
};

use leadsquared_webhooks_sandbox::{Call, Fault, RateLimitForm, Sandbox};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, Stream, pki_types::PrivateKeyDer};
use serde_json::{Value, json};

use crate::{
    command::{Ran, against, lsq, on, run_against, run_on},
    server::{ACCESS_KEY, Reply, SECRET_KEY, Server},
};

const NO_HOST: &str = "api.leadsquared.invalid";

/// Runs a command whose environment configures no proxy but this one.
fn run(mut command: Command, proxy: Option<&str>) -> Ran {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    if let Some(proxy) = proxy {
        command.env("HTTPS_PROXY", proxy);
    }
    let ran = Ran::from(command.output().unwrap());
    assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{}{}", ran.stdout, ran.stderr);
    ran
}

/// The command against a host, with keys that no output may show.
fn at(host: &str, arguments: &[&str]) -> Command {
    let mut command = lsq(&[&["doctor", "--host", host], arguments].concat());
    command.env("LEADSQUARED_ACCESS_KEY", ACCESS_KEY).env("LEADSQUARED_SECRET_KEY", SECRET_KEY);
    command
}

/// The check of this name in the JSON.
fn check(json: &Value, name: &str) -> Value {
    let checks = json["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or(&Value::Null).clone()
}

/// The names of the checks with this status.
fn with(json: &Value, status: &str) -> Vec<String> {
    let checks = json["checks"].as_array().unwrap().iter();
    checks
        .filter(|check| check["status"] == status)
        .map(|check| check["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Runs the command with `--json`, which fails at this check, and returns the check's line as text.
fn fails_at(name: &str, status: i32, host: &str, arguments: &[&str], proxy: Option<&str>) -> String {
    let ran = run(at(host, &[arguments, &["--json"]].concat()), proxy);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"]), (status, &json!(false)), "{}", ran.stdout);
    assert_eq!(with(&json, "fail"), [name], "{}", ran.stdout);
    let failed = check(&json, name);
    assert!(failed["cure"].is_string(), "{failed}");
    assert_eq!(json["error"]["outcome"], if status == 5 { "unknown" } else { "not_sent" });
    let ran = run(at(host, arguments), proxy);
    assert_eq!(ran.status, status);
    let line = ran.stdout.lines().find(|line| line.starts_with("fail ")).unwrap();
    assert_eq!(
        line,
        format!(
            "fail {name:<9} {}; {}",
            failed["detail"].as_str().unwrap(),
            failed["cure"].as_str().unwrap()
        )
    );
    line.to_owned()
}

#[test]
fn all_is_well_in_a_sandbox_and_the_api_is_called_once() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    for _ in 0..30 {
        sandbox.seed_webhook(&json!({"WebhookEvent": "3"})).unwrap();
    }
    let ran = run(on(&sandbox, &["doctor"]), None);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let host = sandbox.host();
    let end = host.strip_prefix("http://").unwrap();
    let expected = [
        &format!("ok   host      {host}"),
        "ok   key pair  both keys are set and well-formed, in the environment",
        "ok   auth      the keys are sent in the query",
        &format!("ok   name      {end} was found"),
        &format!("ok   tcp       {end} accepts connections"),
        "ok   proxy     none is set",
        "ok   tls       not used: http to this machine",
        "ok   keys      accepted; the account has 30 webhooks",
        "ok   quota     25 calls in 5 s, kept by each process alone; set by --quota",
        "ok   clock     within 30 s of the API's",
    ];
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
    assert_eq!((sandbox.request_count(), sandbox.client_report().findings.len()), (1, 0));

    let json = run_on(&sandbox, &["doctor", "--json", "--quota", "3/5"]).json();
    assert_eq!((&json["ok"], with(&json, "ok").len()), (&json!(true), 10));
    assert!(check(&json, "quota")["detail"].as_str().unwrap().starts_with("3 calls in 5 s"));
    assert!(json.get("error").is_none());
}

#[test]
fn settings_that_are_missing_or_wrong_end_it_before_a_call() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let mut command = on(&sandbox, &["doctor"]);
    command.env("LEADSQUARED_HOST", "a host").env("LEADSQUARED_SECRET_KEY", "canary ");
    let ran = run(command, None);
    assert_eq!((ran.status, sandbox.request_count()), (2, 0));
    let failed: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with("fail ")).collect();
    assert!(failed.len() == 2 && failed[0].contains("LEADSQUARED_HOST") && failed[0].contains("--host"));
    assert!(failed[1].contains("LEADSQUARED_SECRET_KEY") && failed[1].contains("--keys-file"));

    let ran = run(lsq(&["doctor", "--json"]), None);
    let json = ran.json();
    assert_eq!((ran.status, &json["ok"]), (2, &json!(false)));
    assert_eq!(with(&json, "fail"), ["host", "key_pair"]);
    assert_eq!(json["error"]["kind"], "configuration");
    assert_eq!(with(&json, "skip"), ["name", "tcp", "proxy", "tls", "keys", "quota", "clock"]);
}

#[cfg(unix)]
#[test]
fn the_keys_file_is_checked_for_its_mode() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.env");
    let keys = format!(
        "LEADSQUARED_ACCESS_KEY='{}'\nLEADSQUARED_SECRET_KEY='{}'\n",
        sandbox.access_key(),
        sandbox.secret_key()
    );
    std::fs::write(&path, keys).unwrap();
    let host = sandbox.host();
    let file = path.to_str().unwrap();
    for (mode, status) in [(0o644, "warn"), (0o600, "ok")] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let ran = run(at(&host, &["--json", "--keys-file", file]), None);
        let check = check(&ran.json(), "keys_file");
        assert_eq!((ran.status, &check["status"]), (0, &json!(status)), "{check}");
        assert_eq!(check["cure"].as_str().is_some_and(|cure| cure.contains("chmod 600")), status == "warn");
    }
    let ran = run(at(&host, &["--json", "--keys-file", "/nowhere/keys.env"]), None);
    assert_eq!((ran.status, with(&ran.json(), "fail")), (2, vec!["keys_file".to_owned()]));
}

#[test]
fn wrong_keys_are_refused_by_the_call() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let mut command = on(&sandbox, &["doctor", "--json"]);
    command.env("LEADSQUARED_SECRET_KEY", SECRET_KEY);
    let ran = run(command, None);
    let json = ran.json();
    assert_eq!((ran.status, sandbox.request_count()), (3, 1));
    assert_eq!((with(&json, "fail"), &json["error"]["kind"]), (vec!["keys".into()], &json!("unauthorized")));
    assert_eq!((with(&json, "skip"), &check(&json, "clock")["status"]), (vec!["quota".into()], &json!("ok")));
    assert!(check(&json, "keys")["cure"].as_str().unwrap().contains("of another region"));
}

#[test]
fn a_rate_limit_is_not_waited_for() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let limited = Fault::RateLimited { limit: 25, window_s: 5, form: RateLimitForm::TooManyRequests };
    sandbox.fault(limited.on(Call::Retrieve));
    let ran = run_on(&sandbox, &["doctor", "--json"]);
    let json = ran.json();
    assert_eq!((ran.status, sandbox.request_count()), (3, 1), "{json}");
    assert_eq!((with(&json, "fail"), with(&json, "skip")), (vec!["quota".into()], vec!["keys".into()]));
}

#[test]
fn what_is_not_the_api_is_no_proof_of_the_keys() {
    let server = Server::start([Reply::Answer(200, "<html>Log in</html>".to_owned())]);
    let ran = run_against(&server, &["doctor"]);
    assert_eq!((ran.status, server.request_count()), (5, 1));
    assert!(ran.stdout.contains("fail keys ") && ran.stdout.contains("login page"), "{}", ran.stdout);
}

#[test]
fn a_clock_that_differs_is_a_warning() {
    for (date, direction) in
        [("Sun, 06 Nov 1994 08:49:37 GMT", "ahead of"), ("Fri, 31 Dec 2100 00:00:00 GMT", "behind")]
    {
        let server = Server::start([Reply::Dated(date)]);
        let ran = run_against(&server, &["doctor"]);
        assert_eq!(ran.status, 0);
        let line = ran.stdout.lines().find(|line| line.starts_with("warn clock ")).unwrap();
        assert!(line.contains(&format!(" s {direction} the API's; set it")), "{line}");
    }
    let server = Server::start([Reply::list(&[])]);
    let json = run_against(&server, &["doctor", "--json"]).json();
    assert_eq!((&json["ok"], with(&json, "skip")), (&json!(true), vec!["clock".into()]), "no Date");
}

#[test]
fn a_host_that_does_not_exist_fails_at_its_name() {
    let line = fails_at("name", 4, NO_HOST, &[], None);
    assert!(line.contains(NO_HOST), "{line}");
    let json = run(at(NO_HOST, &["--json"]), None).json();
    assert_eq!(check(&json, "host")["status"], "warn", "not LeadSquared's");
}

#[test]
fn a_port_on_which_nothing_listens_fails_at_the_connection() {
    let line = fails_at("tcp", 4, "http://127.0.0.1:1", &[], None);
    assert!(line.contains("connection refused; nothing listens there"), "{line}");
}

#[test]
fn a_proxy_that_is_dead_is_named() {
    let line = fails_at("tcp", 4, NO_HOST, &[], Some("http://user:canary@127.0.0.1:1"));
    assert!(line.contains("the proxy 127.0.0.1:1: connection refused; are HTTPS_PROXY"), "{line}");
    let ran = run(at(NO_HOST, &[]), Some("http://127.0.0.1:1"));
    assert!(
        ran.stdout.contains("skip proxy     127.0.0.1:1, from HTTPS_PROXY; not checked"),
        "{}",
        ran.stdout
    );
    let mut command = at(NO_HOST, &[]);
    command.env("NO_PROXY", ".invalid").env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ran = Ran::from(command.output().unwrap());
    assert!(ran.stdout.contains("skip proxy     none: NO_PROXY exempts this host from HTTPS_PROXY"));
}

#[test]
fn a_proxy_that_asks_for_a_password_says_so() {
    let proxy = Server::start([Reply::Answer(407, String::new())]).host();
    let line = fails_at("proxy", 4, NO_HOST, &[], Some(&proxy));
    assert!(line.contains("needs authentication; give a name and a password"), "{line}");
}

#[test]
fn a_port_that_does_not_speak_tls_fails_at_tls() {
    let sandbox = Sandbox::builder().start_in_thread().unwrap();
    let line = fails_at("tls", 4, &sandbox.host().replace("http:", "https:"), &[], None);
    assert!(line.contains("does this port speak https?"), "{line}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("https://{}", silent.local_addr().unwrap());
    let line = fails_at("tls", 4, &host, &["--connect-timeout", "0.5"], None);
    assert!(line.contains("timed out; does this port speak https?"), "{line}");
}

/// Serves TLS on 127.0.0.1 with this certificate, which is written to a file, and answers each
/// request with an empty list.
fn serve_tls(params: &CertificateParams, file: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(file, certificate.pem()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let host = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, config) = (socket.unwrap(), Arc::clone(&config));
            thread::spawn(move || {
                let mut connection = ServerConnection::new(config).unwrap();
                let mut stream = Stream::new(&mut connection, &mut socket);
                // A client that refuses the certificate is gone.
                if stream.read(&mut [0; 8192]).is_ok() {
                    let body = r#"{"RecordCount":0}"#;
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                    stream.write_all((head + body).as_bytes()).unwrap();
                }
            });
        }
    });
    host
}

#[test]
fn a_certificate_is_refused_for_one_of_three_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let trusting = |host: &str| {
        let mut command = at(host, &[]);
        command.env("SSL_CERT_FILE", &file).env_remove("SSL_CERT_DIR");
        run(command, None)
    };
    let params = |name: &str| CertificateParams::new([name.to_owned()]).unwrap();

    let host = serve_tls(&params("127.0.0.1"), &file);
    let line = fails_at("tls", 4, &host, &[], None);
    assert!(line.contains("unknown authority; behind a company proxy"), "{line}");
    let ran = trusting(&host);
    assert!(ran.status == 0 && ran.stdout.contains("ok   tls "), "{}", ran.stdout);

    let host = serve_tls(&params("other.example"), &file);
    let ran = trusting(&host);
    assert!(ran.status == 4 && ran.stdout.contains("certificate for another name; is the host"));

    let mut expired = params("127.0.0.1");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2020, 2, 1);
    let host = serve_tls(&expired, &file);
    let ran = trusting(&host);
    assert!(ran.status == 4 && ran.stdout.contains("is this machine's clock right?"), "{}", ran.stdout);
}

#[test]
fn the_scripted_server_is_called_once_also_when_it_answers_nothing() {
    let server = Server::start([Reply::Close]);
    let ran = Ran::from(against(&server, &["doctor"]).output().unwrap());
    assert_eq!((ran.status, server.request_count()), (5, 1), "{}", ran.stdout);
    assert!(ran.stdout.contains("fail keys "), "{}", ran.stdout);
}
