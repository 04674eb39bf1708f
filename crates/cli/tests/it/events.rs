use crate::command::{Ran, lsq, run};

#[test]
fn lists_the_documented_events_with_codes_needs_and_evidence() {
    let json = run(&["events", "--json"]).json();
    let events = json["events"].as_array().unwrap();
    assert_eq!(events.len(), 18);
    let create = events.iter().find(|event| event["event"] == "opportunity_create").unwrap();
    assert_eq!((create["documented_code"].as_u64(), create["observed_code"].as_u64()), (Some(31), Some(29)));
    assert_eq!(create["needs"], serde_json::json!(["opportunity_types"]));

    let table = run(&["events"]);
    assert_eq!(table.status, 0);
    assert!(table.stdout.contains("lead-activity-create") && table.stdout.contains("evidence"));
}

#[test]
fn completions_help_and_version_are_there() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(&["completions", shell]);
        assert!(ran.status == 0 && ran.stdout.contains("lsq-webhooks"), "{shell}");
    }
    assert!(run(&["--version"]).stdout.starts_with("lsq-webhooks 0."));
    let help = run(&["--help"]);
    assert!(help.status == 0 && help.stdout.contains("5 outcome unknown"));
    assert_eq!(run(&[]).status, 2);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let shell = format!("'{}' events | true", env!("CARGO_BIN_EXE_lsq-webhooks"));
    let output = std::process::Command::new("bash").args(["-o", "pipefail", "-c", &shell]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_rust_log_that_cannot_be_read_is_reported_and_stops_nothing() {
    for (directives, notes) in [
        ("info", 0),
        ("debug", 0),
        ("hyper=trace,leadsquared_webhooks=debug", 0),
        ("leadsquared_webhooks=loud", 1),
    ] {
        let ran: Ran = lsq(&["events"]).env("RUST_LOG", directives).output().unwrap().into();
        assert_eq!((ran.status, ran.stderr.lines().count()), (0, notes), "{directives}: {}", ran.stderr);
    }
}
