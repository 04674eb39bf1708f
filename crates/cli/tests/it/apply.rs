use std::time::{Duration, Instant};

use leadsquared_webhooks_sandbox::{Call, CodeTable, Fault, Sandbox};
use serde_json::{Value, json};

use crate::{
    command::Ran,
    server::{Reply, Server},
    world::{World, drafts, keys},
};

/// A world of one account with one existing webhook of this status.
fn with_status(status: u8) -> World {
    let world = World::new(1, 1, 25);
    let account = world.account(0);
    let id = account.seed_webhook(&lead_create("https://owned.example/0")).unwrap().id;
    assert!(account.set_status(&id, status));
    world
}

fn lead_create(url: &str) -> Value {
    json!({"WebhookEvent": "3", "URL": url})
}

fn actions(ran: &Ran) -> Vec<String> {
    let accounts = ran.json()["accounts"].clone();
    let webhooks =
        accounts.as_array().unwrap().iter().flat_map(|account| account["webhooks"].as_array().unwrap());
    webhooks.map(|webhook| webhook["action"].as_str().unwrap_or("failed").to_owned()).collect()
}

#[test]
fn a_plan_reports_what_an_apply_then_does() {
    let world = World::new(2, 3, 25);
    let plan = world.run(&["plan", "webhooks.toml", "--json", "--exit-code"]);
    let json = plan.json();
    assert_eq!((plan.status, &json["ok"], &json["changes"]), (1, &json!(false), &json!(6)));
    let planned = &json["accounts"][1]["webhooks"][2];
    assert_eq!(
        (&planned["event"], &planned["url"]),
        (&json!("Lead_Post_Create"), &json!("https://owned.example/2"))
    );
    assert_eq!((&planned["action"], &planned["state"]), (&json!("created"), &json!({"kind": "absent"})));
    let table = world.run(&["plan", "webhooks.toml"]);
    assert_eq!(table.status, 0);
    for reported in
        ["https://owned.example/2", " create ", "Lead_Post_Create", "planned 6 changes on 2 accounts\n"]
    {
        assert!(table.stdout.contains(reported), "{reported}: {}", table.stdout);
    }
    assert_eq!(world.run(&["plan", "webhooks.toml", "--json"]).json()["ok"], true);
    assert!(world.sandbox.webhooks().is_empty());

    let applied = world.run(&["apply", "webhooks.toml", "--json"]);
    assert_eq!((applied.status, applied.stderr.as_str()), (0, ""));
    assert_eq!((&applied.json()["ok"], actions(&applied)), (&json!(true), vec!["created".to_owned(); 6]));
    world.assert_each_exists_once();
    assert_eq!(world.sandbox.client_report().findings, []);

    let again = world.run(&["apply", "webhooks.toml"]);
    assert!(again.status == 0 && again.stdout.ends_with("applied 6 existed\n"), "{}", again.stdout);
    let plan = world.run(&["plan", "webhooks.toml", "--json", "--exit-code"]);
    assert_eq!((plan.status, &plan.json()["changes"]), (0, &json!(0)));
}

#[test]
fn what_is_managed_and_not_desired_stays_until_it_is_pruned() {
    let world = World::new(1, 1, 25);
    let account = world.account(0);
    let old = account.seed_webhook(&lead_create("https://owned.example/old")).unwrap().id;
    account.seed_webhook(&lead_create("https://elsewhere.example/")).unwrap();
    let plan = world.run(&["plan", "webhooks.toml", "--json"]);
    assert_eq!((&plan.json()["changes"], &plan.json()["accounts"][0]["prune"]), (&json!(1), &json!([])));
    assert_eq!(world.run(&["apply", "webhooks.toml"]).status, 0);
    assert_eq!(account.webhooks().len(), 3);

    let plan = world.run(&["plan", "webhooks.toml", "--prune", "--exit-code"]);
    assert_eq!(plan.status, 1);
    for reported in
        [&*old, " prune ", "Lead_Post_Create", "https://owned.example/old", "planned 1 change on 1 account\n"]
    {
        assert!(plan.stdout.contains(reported), "{reported}: {}", plan.stdout);
    }
    let before = account.request_count();
    let refused = world.run(&["apply", "webhooks.toml", "--prune"]);
    assert!(
        refused.status == 2 && refused.stderr.contains("no terminal to ask on; pass --yes"),
        "{}",
        refused.stderr
    );
    assert_eq!(account.request_count(), before, "nothing was sent");

    let applied = world.run(&["apply", "webhooks.toml", "--prune", "--yes"]);
    assert_eq!(applied.status, 0, "{}", applied.stderr);
    assert!(applied.stdout.ends_with("applied 1 existed, 1 pruned\n"), "{}", applied.stdout);
    for reported in ["a0", &old, "Lead_Post_Create", "https://owned.example/old"] {
        assert!(applied.stderr.contains(reported), "it is shown before: {}", applied.stderr);
    }
    assert_eq!(account.webhooks().len(), 2);
    assert_eq!(world.run(&["plan", "webhooks.toml", "--prune", "--exit-code"]).status, 0);
}

#[test]
fn what_is_listed_to_show_what_is_pruned_counts_in_the_quota() {
    let world = World::new(1, 0, 2);
    world.account(0).seed_webhook(&lead_create("https://owned.example/old")).unwrap();
    let applied = world.run(&["apply", "webhooks.toml", "--prune", "--yes"]);
    assert_eq!((applied.status, world.webhooks().len()), (0, 0), "{}", applied.stdout);
    assert_eq!(world.account(0).client_report().findings, []);
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_somebody_is_asked_about_what_is_pruned() {
    let world = World::new(1, 1, 25);
    let account = world.account(0);
    let old = account.seed_webhook(&lead_create("https://owned.example/old")).unwrap().id;
    let line = format!("'{}' apply webhooks.toml --prune", env!("CARGO_BIN_EXE_lsq-webhooks"));
    let ask = |answer: &str| {
        // `script` gives the command a terminal.
        let mut child = world
            .on_path("script", &["--quiet", "--return", "--command", &line, "/dev/null"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), answer.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, shown) = ask("n\n");
    assert!(shown.contains(&old) && shown.contains("https://owned.example/old"), "{shown}");
    assert!(shown.contains("Apply, and delete 1 webhook of account a0? [y/N]"), "{shown}");
    assert_eq!((status, account.webhooks().len(), world.creates()), (Some(4), 1, 0));
    let (status, shown) = ask("y\n");
    assert_eq!(status, Some(0), "{shown}");
    assert_eq!(
        account.webhooks().into_iter().map(|webhook| webhook.url).collect::<Vec<_>>(),
        ["https://owned.example/0"]
    );
    let (status, shown) = ask("");
    assert!(status == Some(0) && !shown.contains("[y/N]"), "nothing to ask about: {shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_question_names_the_accounts_and_counts_what_is_pruned_on_each() {
    let world = World::new(7, 0, 25);
    for number in 0..7 {
        for _ in 0..number {
            world.account(number).seed_webhook(&lead_create("https://owned.example/old")).unwrap();
        }
    }
    let line = format!("'{}' apply webhooks.toml --prune", env!("CARGO_BIN_EXE_lsq-webhooks"));
    let asked = world
        .on_path("script", &["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(asked.stdout).unwrap();
    let question = "Apply, and delete 1 webhook of account a1, 2 webhooks of account a2, 3 webhooks of account a3, \
                    4 webhooks of account a4, 5 webhooks of account a5 and 6 webhooks of 1 other account? [y/N]";
    assert!(asked.status.code() == Some(4) && shown.contains(question), "{shown}");
}

#[test]
fn nothing_is_pruned_where_the_list_or_a_desired_webhook_fails_and_the_run_ends() {
    let world = World::new(2, 1, 25);
    for number in 0..2 {
        world.account(number).seed_webhook(&lead_create("https://owned.example/old")).unwrap();
    }
    let ran = Ran::from(
        world
            .command(&["apply", "webhooks.toml", "--prune", "--yes", "--json"])
            .env("LSQ_TEST_S1", "wrong")
            .output()
            .unwrap(),
    );
    assert_eq!((ran.status, &ran.json()["ok"]), (3, &json!(false)));
    assert_eq!((world.account(0).webhooks().len(), world.account(1).webhooks().len()), (1, 1));
    assert_eq!(world.account(1).webhooks()[0].url, "https://owned.example/old");

    let world = World::new(1, 1, 25);
    world.account(0).seed_webhook(&lead_create("https://owned.example/old")).unwrap();
    world
        .account(0)
        .fault(Fault::Status { status: 401, body: String::new(), headers: [].into() }.on(Call::Create));
    let ran = world.run(&["apply", "webhooks.toml", "--prune", "--yes"]);
    assert_eq!((ran.status, world.webhooks().len()), (3, 1));
    assert!(ran.stderr.contains("a0: not pruned, because"), "{}", ran.stderr);
}

#[test]
fn what_was_found_disabled_ends_with_3_in_a_plan_with_an_exit_code_and_in_an_apply() {
    let world = with_status(2);
    let reported = "it was found disabled_by_failures; only a person can enable it, in LeadSquared's UI";
    for (arguments, status) in [
        (&["plan", "webhooks.toml"][..], 0),
        (&["plan", "webhooks.toml", "--exit-code"], 3),
        (&["apply", "webhooks.toml"], 3),
    ] {
        let ran = world.run(arguments);
        assert_eq!(ran.status, status, "{arguments:?}");
        assert!(
            ran.stdout.contains(reported) && ran.stdout.contains("; 1 found disabled\n"),
            "{}",
            ran.stdout
        );
        let json = world.run(&[arguments, &["--json"]].concat()).json();
        assert_eq!(json["ok"], status == 0, "{arguments:?}");
        let webhook = &json["accounts"][0]["webhooks"][0];
        assert_eq!((&webhook["ok"], &webhook["state"]["kind"]), (&json!(false), &json!("disabled")));
    }
}

#[test]
fn what_cannot_be_read_back_is_reported_and_counted_and_alone_ends_with_0() {
    let world = with_status(0);
    world.write(&[format!("{}content_type = \"application/json\"", drafts(1)[0])], 25);
    for command in ["plan", "apply"] {
        let ran = world.run(&[command, "webhooks.toml", "--no-state"]);
        assert_eq!(ran.status, 0, "{command}");
        assert!(ran.stdout.contains("content_type: cannot be read back"), "{}", ran.stdout);
        assert!(ran.stdout.ends_with("; 1 not observable\n"), "{}", ran.stdout);
        let json = world.run(&[command, "webhooks.toml", "--no-state", "--json"]).json();
        assert_eq!((&json["ok"], &json["not_observable"]), (&json!(true), &json!(1)));
    }
    let plan = world.run(&["plan", "webhooks.toml", "--no-state", "--overwrite", "--exit-code"]);
    assert!(plan.status == 1 && plan.stdout.contains("custom_headers: replaced unseen"), "{}", plan.stdout);
    let ran = world.run(&["apply", "webhooks.toml", "--no-state", "--overwrite"]);
    assert!(ran.status == 0 && ran.stdout.contains("applied 1 updated\n"), "{}", ran.stdout);
}

#[test]
fn duplicates_that_were_there_are_reported_by_plan_and_apply_alike() {
    let world = with_status(0);
    world.account(0).seed_webhook(&lead_create("https://owned.example/0")).unwrap();
    let greater = &world.webhooks()[1].id;
    for command in ["plan", "apply"] {
        let ran = world.run(&[command, "webhooks.toml"]);
        let hint = format!("to remove them: lsq-webhooks delete {greater}");
        assert!(ran.status == 0 && ran.stdout.contains(&hint), "{}", ran.stdout);
    }
    assert_eq!(world.webhooks().len(), 2);
}

/// Webhooks whose URLs and properties a server may return in another form.
fn varied() -> Vec<String> {
    let draft = |url: &str, trigger: &str| format!("url = \"{url}\"\ntrigger = {{ {trigger} }}\n");
    vec![
        draft("HTTPS://Owned.Example:443/a/../b?x=1&y=ü", "event = \"lead_create\""),
        draft("https://owned.example?a=1&b=2", "event = \"lead_activity_create\", activity = \"22\""),
        draft("https://owned.example/c", "event = \"lead_field_update\", field = \"mx_City\""),
    ]
}

#[test]
fn three_applies_in_a_row_create_once_in_whatever_form_the_server_answers() {
    let sandbox = Sandbox::builder;
    let worlds = [
        (
            "normalized",
            sandbox().accounts(keys(1)).stores_urls("normalized".parse().unwrap()).start_in_thread(),
        ),
        ("cut:200", sandbox().accounts(keys(1)).stores_urls("cut:200".parse().unwrap()).start_in_thread()),
        (
            "html-escaped",
            sandbox().accounts(keys(1)).stores_urls("html-escaped".parse().unwrap()).start_in_thread(),
        ),
        (
            "object",
            sandbox().accounts(keys(1)).answers_properties("object".parse().unwrap()).start_in_thread(),
        ),
        (
            "extended",
            sandbox().accounts(keys(1)).answers_properties("extended".parse().unwrap()).start_in_thread(),
        ),
        (
            "extended-object",
            sandbox()
                .accounts(keys(1))
                .answers_properties("extended-object".parse().unwrap())
                .start_in_thread(),
        ),
        ("page-cap", sandbox().accounts(keys(1)).page_cap(1.try_into().unwrap()).start_in_thread()),
        ("observed", sandbox().accounts(keys(1)).code_table(CodeTable::Observed).start_in_thread()),
    ];
    for (name, sandbox) in worlds {
        let world = World::on(sandbox.unwrap(), 1, &varied(), 1_000);
        for state in ["--no-state", "--state=w.state"] {
            for run in 1..=3 {
                let ran = world.run(&["apply", "webhooks.toml", "--json", state]);
                assert_eq!(
                    (ran.status, &ran.json()["ok"]),
                    (0, &json!(true)),
                    "{name} {state} {run}: {}",
                    ran.stdout
                );
            }
            assert_eq!((world.creates(), world.webhooks().len()), (3, 3), "{name}");
        }
        let plan = world.run(&["plan", "webhooks.toml", "--exit-code", "--no-state"]);
        assert_eq!(plan.status, 0, "{name}: {}", plan.stdout);
    }
}

/// Worlds in which a webhook is created with a different event or URL, because of its code or its
/// long URL.
fn altering() -> Vec<(&'static str, World)> {
    let opportunity = "url = \"https://owned.example/o\"\n\
                       trigger = { event = \"opportunity_create\", opportunity_types = [\"12000\"] }\n";
    let long =
        format!("url = \"https://owned.example/{}\"\ntrigger.event = \"lead_create\"\n", "x".repeat(200));
    let sandbox = || Sandbox::builder().accounts(keys(1));
    let observed = sandbox().code_table(CodeTable::Observed).start_in_thread().unwrap();
    let cut = sandbox().stores_urls("cut:200".parse().unwrap()).start_in_thread().unwrap();
    vec![
        ("event", World::on(observed, 1, &[opportunity.to_owned()], 1_000)),
        ("URL", World::on(cut, 1, &[long], 1_000)),
    ]
}

#[test]
fn a_mismatch_leaves_nothing_and_ends_with_6_each_time() {
    for (what, world) in altering() {
        for _ in 1..=3 {
            let ran = world.run(&["apply", "webhooks.toml", "--no-state"]);
            assert_eq!((ran.status, world.webhooks().len()), (6, 0), "{}", ran.stdout);
            let reported = format!("it was created with another {what} than requested, and rolled back");
            assert!(ran.stdout.contains(&reported), "{}", ran.stdout);
            assert!(ran.stdout.contains("applied 1 rolled back; 1 created with another event or URL\n"));
        }
        let kept = world.run(&["apply", "webhooks.toml", "--no-state", "--keep-mismatch"]);
        assert_eq!((kept.status, world.webhooks().len()), (6, 1));
        assert!(
            kept.stdout.contains(&format!("`lsq-webhooks delete {}` removes it", world.webhooks()[0].id))
        );
    }
}

#[test]
fn a_mismatch_is_remembered_and_nothing_more_is_created_until_the_draft_or_the_codes_change() {
    for (what, world) in altering() {
        for run in 1..=3 {
            let ran = world.run(&["apply", "webhooks.toml"]);
            assert_eq!(
                (ran.status, world.webhooks().len(), world.creates()),
                (6, 0, 1),
                "{what} {run}: {}",
                ran.stdout
            );
        }
        let ran = world.run(&["apply", "webhooks.toml"]);
        assert!(
            ran.stdout.contains("not created: an earlier create was made into another"),
            "{}",
            ran.stdout
        );
        assert_eq!(world.run(&["plan", "webhooks.toml", "--exit-code"]).status, 6);
        assert_eq!(world.run(&["plan", "webhooks.toml"]).status, 0);
        if what == "event" {
            let toml = std::fs::read_to_string(world.path("webhooks.toml")).unwrap();
            let toml = toml.replace("quota = ", "codes = \"observed\"\nquota = ");
            std::fs::write(world.path("webhooks.toml"), toml).unwrap();
            let ran = world.run(&["apply", "webhooks.toml"]);
            assert_eq!((ran.status, world.webhooks().len(), world.creates()), (0, 1, 2), "{}", ran.stdout);
        }
    }
}

/// Two applies started at once, with a latency of 100 to 300 ms. `APPLY_PAIRS` sets the number of
/// pairs (default 5).
fn pairs_of_applies(states: [&str; 2], judge: impl Fn(&World, u64, [Ran; 2])) {
    let pairs = std::env::var("APPLY_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    for seed in 0..pairs {
        let sandbox = Sandbox::builder()
            .accounts(keys(1))
            .delay((Duration::from_millis(100), Duration::from_millis(300)))
            .seed(seed)
            .start_in_thread()
            .unwrap();
        let world = World::on(sandbox, 1, &drafts(3), 1_000);
        let runs = states.map(|state| world.start(&["apply", "webhooks.toml", "--json", "--state", state]));
        judge(&world, seed, runs.map(|child| Ran::from(child.wait_with_output().unwrap())));
        world.assert_each_exists_once();
    }
}

#[test]
fn two_applies_at_once_with_separate_state_files_leave_each_webhook_once() {
    pairs_of_applies(["one.state", "two.state"], |world, seed, runs| {
        for ran in runs {
            assert_eq!((ran.status, &ran.json()["ok"]), (0, &json!(true)), "{seed}: {}", ran.stdout);
            let mut ids: Vec<_> = world.webhooks().into_iter().map(|webhook| json!(webhook.id)).collect();
            let accounts = ran.json()["accounts"].clone();
            let mut reported: Vec<_> = accounts[0]["webhooks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|webhook| webhook["id"].clone())
                .collect();
            ids.sort_by_key(ToString::to_string);
            reported.sort_by_key(ToString::to_string);
            assert_eq!(reported, ids, "each run names what is there in the end");
        }
    });
}

#[test]
fn of_two_applies_at_once_with_one_state_file_one_applies_and_one_sends_nothing() {
    pairs_of_applies(["one.state"; 2], |world, seed, mut runs| {
        runs.sort_by_key(|ran| ran.status);
        let [applied, refused] = &runs;
        assert_eq!((applied.status, &applied.json()["ok"]), (0, &json!(true)), "{seed}: {}", applied.stdout);
        assert_eq!((refused.status, world.creates()), (2, 3), "{seed}: {}", refused.stderr);
        assert!(refused.stderr.contains("one.state"), "{seed}: {}", refused.stderr);
    });
}

#[test]
fn a_second_apply_with_the_same_state_file_ends_with_2_and_names_the_first() {
    let world = World::new(1, 1, 25);
    world.account(0).fault(Fault::DelayAnswer { ms: 2_000 }.on(Call::Create));
    let mut first = world.start(&["apply", "webhooks.toml", "--json"]);
    world.await_requests(&mut first, 2);
    let pid = first.id().to_string();
    let second = world.run(&["apply", "webhooks.toml"]);
    assert!(second.status == 2 && second.stderr.contains(&pid), "{}", second.stderr);
    assert_eq!(world.sandbox.request_count(), 2, "a plan and nothing else is free to go");
    let waits = world.run(&["apply", "webhooks.toml", "--lock-timeout", "20"]);
    assert!(waits.status == 0 && waits.stdout.ends_with("applied 1 existed\n"), "{}", waits.stderr);
    assert_eq!(Ran::from(first.wait_with_output().unwrap()).status, 0);
    world.assert_each_exists_once();
}

#[test]
fn a_state_file_that_vanishes_after_a_create_ends_with_7_in_place_of_0_and_hides_nothing() {
    for (visible_after, status) in [(Duration::ZERO, 7), (Duration::from_hours(1), 5)] {
        let world = World::new(1, 1, 25);
        let delay = Fault::DelayAnswer { ms: 1_000 };
        world.account(0).fault(delay.on(Call::Create).visible_after(visible_after));
        let mut apply = world.start(&["apply", "webhooks.toml", "--consistency-window", "1"]);
        world.await_requests(&mut apply, 2);
        std::fs::remove_file(world.path("webhooks.toml.state")).unwrap();
        let ran = Ran::from(apply.wait_with_output().unwrap());
        assert_eq!(ran.status, status, "{} {}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(&world.webhooks()[0].id), "{}", ran.stdout);
        let reported = "webhooks.toml.state: it was removed or moved during the run";
        assert!(ran.stderr.contains(reported), "{}", ran.stderr);
        assert!(!world.path("webhooks.toml.state").exists());
    }
}

#[test]
fn a_bad_manifest_is_refused_whole() {
    let world = World::new(1, 1, 25);
    std::fs::write(world.path("bad.toml"), "[[accounts]]\nname = \"x\"\nhost = \"a b\"\naccess_key_env = \"UNSET_1\"\nsecret_key_env = \"UNSET_2\"")
        .unwrap();
    let ran = world.run(&["apply", "bad.toml", "--json"]);
    let fields: Vec<_> = ran.json()["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["field"].clone())
        .collect();
    assert_eq!(
        (ran.status, fields),
        (
            2,
            vec![
                json!("accounts[0].host"),
                json!("accounts[0].access_key_env"),
                json!("accounts[0].secret_key_env")
            ]
        )
    );
    assert!(world.run(&["plan", "nowhere.toml"]).stderr.contains("nowhere.toml: No such file"));
    for command in ["plan", "apply"] {
        let ran = world.run(&[command, "webhooks.toml", "--state", "./webhooks.toml"]);
        assert!(
            ran.status == 2 && ran.stderr.contains("./webhooks.toml: this is the manifest"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(world.sandbox.request_count(), 0);
}

#[test]
fn one_account_that_fails_stops_no_other_and_decides_the_exit_status() {
    let world = World::new(2, 2, 25);
    let wrong = |arguments: &[&str]| {
        Ran::from(world.command(arguments).env("LSQ_TEST_S1", "wrong").output().unwrap())
    };
    let ran = wrong(&["apply", "webhooks.toml", "--json"]);
    assert_eq!((ran.status, &ran.json()["ok"]), (3, &json!(false)));
    let error = &ran.json()["accounts"][1]["webhooks"][0]["error"];
    assert_eq!(
        (&error["kind"], &error["attempts"][0]["operation"]),
        (&json!("unauthorized"), &json!("retrieve"))
    );
    assert_eq!(world.sandbox.webhooks().len(), 2);
    let ran = wrong(&["plan", "webhooks.toml"]);
    assert!(ran.status == 3 && ran.stdout.contains("unreadable"), "{}", ran.stdout);
}

#[test]
fn the_limits_of_calls_are_settings() {
    let server = Server::start([Reply::Stall]);
    let world = World::new(1, 1, 25);
    let toml = std::fs::read_to_string(world.path("webhooks.toml")).unwrap();
    std::fs::write(world.path("webhooks.toml"), toml.replace(&world.sandbox.host(), &server.host())).unwrap();
    for command in ["plan", "apply"] {
        let started = Instant::now();
        let ran = world.run(&[command, "webhooks.toml", "--json", "--timeout", "0.3", "--attempts", "1"]);
        assert!(started.elapsed() < Duration::from_secs(4));
        let error = &ran.json()["accounts"][0]["error"];
        assert_eq!((ran.status, &error["kind"]), (5, &json!("timeout")), "{}", ran.stdout);
        assert!(error["detail"].as_str().unwrap().contains("within 0.3 s"), "{error}");
    }
}

#[test]
fn calls_go_through_the_proxy_that_the_environment_names() {
    let world = World::new(1, 1, 25);
    let toml = std::fs::read_to_string(world.path("webhooks.toml")).unwrap();
    let toml = toml.replace(&world.sandbox.host(), "api-in21.leadsquared.com");
    std::fs::write(world.path("webhooks.toml"), toml).unwrap();
    for command in ["plan", "apply"] {
        let proxy = Server::start([Reply::Answer(407, String::new())]);
        let ran = world
            .command(&[command, "webhooks.toml", "--attempts", "1"])
            .env("HTTPS_PROXY", proxy.host())
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(4), "{command}");
        assert!(proxy.requests()[0].0.starts_with("CONNECT api-in21.leadsquared.com:443 "), "{command}");
    }
}

#[test]
fn a_wait_is_reported_once_with_its_account() {
    let second = Duration::from_millis(2_500);
    let sandbox =
        Sandbox::builder().accounts(keys(1)).visible_after((second, second)).start_in_thread().unwrap();
    let world = World::on(sandbox, 1, &drafts(1), 25);
    let ran = world.run(&["apply", "webhooks.toml"]);
    assert_eq!(ran.status, 0);
    let [line] = ran.stderr.lines().collect::<Vec<_>>().try_into().unwrap();
    let reported = " s for Lead_Post_Create to https://owned.example/0: it was created and the list does not show it yet";
    assert!(line.starts_with("note: a0: waiting up to ") && line.ends_with(reported), "{line}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_waits_for_what_was_sent_and_says_what_was_done() {
    let world = World::new(1, 4, 25);
    world.account(0).fault(Fault::DelayAnswer { ms: 1_500 }.on(Call::Create));
    let mut apply = world.start(&["apply", "webhooks.toml", "--json", "--no-state"]);
    world.await_requests(&mut apply, 5);
    interrupt(&apply);
    let ran = Ran::from(apply.wait_with_output().unwrap());
    assert!(ran.stderr.contains("waiting for the answers of what was sent"), "{}", ran.stderr);
    assert_eq!((ran.status, &ran.json()["ok"]), (5, &json!(false)), "created, and not read back");
    let mut ids: Vec<_> = world.webhooks().into_iter().map(|webhook| webhook.id).collect();
    let accounts = ran.json()["accounts"].clone();
    let errors = accounts[0]["webhooks"].as_array().unwrap().iter().map(|webhook| &webhook["error"]);
    let mut reported: Vec<_> = errors.map(|error| error["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    reported.sort();
    assert_eq!((ids.len(), &ids), (4, &reported), "{}", ran.stdout);
    let note =
        "note: interrupted: 4 created, 0 updated, 0 deleted, 4 not confirmed; wait for a minute, and plan";
    assert!(ran.stderr.lines().any(|line| line == note), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_says_what_was_not_begun_and_how_to_go_on() {
    let world = World::new(1, 30, 5);
    let mut apply = world.start(&["apply", "webhooks.toml"]);
    // The quota admits one list and four creates at once.
    world.await_requests(&mut apply, 5);
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&apply);
    let ran = Ran::from(apply.wait_with_output().unwrap());
    assert_eq!((ran.status, world.webhooks().len()), (5, 4));
    let note = "note: interrupted: 4 created, 0 updated, 0 deleted, 4 not confirmed, 26 not begun; the same command \
                goes on by webhooks.toml.state";
    assert!(ran.stderr.lines().any(|line| line == note), "{}", ran.stderr);
    assert!(ran.stdout.contains("applied 4 failed, 26 not begun"), "{}", ran.stdout);
    let rows = ran.stdout.lines().filter(|line| line.contains("https://owned.example/")).count();
    assert_eq!(rows, 4, "what was not begun is counted: {}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_does_not_wait() {
    let world = World::new(1, 1, 25);
    world.account(0).fault(Fault::Stall.on(Call::Create));
    let mut apply = world.start(&["apply", "webhooks.toml", "--json"]);
    world.await_requests(&mut apply, 2);
    interrupt(&apply);
    let mut line = String::new();
    let mut stderr = std::io::BufReader::new(apply.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
    interrupt(&apply);
    let ran = Ran::from(apply.wait_with_output().unwrap());
    let error = &ran.json()["error"];
    assert_eq!((ran.status, &error["kind"], &error["outcome"]), (5, &json!("cancelled"), &json!("unknown")));
    assert_eq!(
        error["detail"],
        "ended without the answers of what was sent; 0 created, 0 updated, 0 deleted; what was in flight is unknown; \
         the same command finds out by webhooks.toml.state and goes on"
    );
}

#[cfg(unix)]
fn interrupt(child: &std::process::Child) {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

#[test]
fn only_an_interrupted_run_is_resumed_and_an_orderly_end_leaves_nothing_to_resume() {
    let world = World::new(1, 2, 25);
    assert_eq!(world.run(&["apply", "webhooks.toml"]).stderr, "");
    assert_eq!(world.run(&["apply", "webhooks.toml"]).stderr, "", "the state file alone is no interruption");
    // A failed run also ends in good order.
    world.write(&drafts(3), 25);
    world
        .account(0)
        .fault(Fault::Status { status: 401, body: String::new(), headers: [].into() }.on(Call::Create));
    assert_eq!(world.run(&["apply", "webhooks.toml"]).status, 3);
    assert_eq!(world.run(&["apply", "webhooks.toml"]).stderr, "");

    world.write(&drafts(4), 25);
    world.account(0).fault(Fault::Stall.on(Call::Create));
    let mut apply = world.start(&["apply", "webhooks.toml"]);
    let before = world.creates();
    while world.creates() == before && apply.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    apply.kill().unwrap();
    apply.wait().unwrap();
    let ran = world.run(&["apply", "webhooks.toml", "--consistency-window", "2"]);
    let reported = "note: a0: resuming an interrupted run: the outcome of 1 create is looked up first\n";
    assert!(ran.status == 0 && ran.stderr.starts_with(reported), "{}", ran.stderr);
    assert_eq!(world.webhooks().len(), 4);
}

/// `APPLY_ACCOUNTS` sets the number of accounts (default 20), `APPLY_QUOTA` the calls in 5 s
/// (default 25), and `APPLY_KILLS` the number of kills (default 5). With `APPLY_SEED` the kills
/// come at random times instead of after a number of requests.
#[test]
fn an_apply_that_is_killed_at_any_moment_and_started_again_leaves_each_webhook_once() {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (accounts, quota) = (asked("APPLY_ACCOUNTS").unwrap_or(20), asked("APPLY_QUOTA").unwrap_or(25));
    let calls = u32::try_from(quota).unwrap();
    let world = World::new(accounts, 10, calls);
    // Each account takes a list, ten creates and a list; the kills are spread over them.
    let all = 12 * accounts;
    let started = Instant::now();
    let kills = asked("APPLY_KILLS").unwrap_or(5);
    let mut random = asked("APPLY_SEED").map(|seed| fastrand::Rng::with_seed(seed as u64));
    for part in [1, 20, 45, 70, 95].into_iter().take(kills) {
        let mut child = world.start(&["apply", "webhooks.toml", "--consistency-window", "2"]);
        match &mut random {
            Some(random) => std::thread::sleep(Duration::from_millis(random.u64(0..4_000))),
            None => world.await_requests(&mut child, all * part / 100),
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let applied = world.run(&["apply", "webhooks.toml", "--json", "--consistency-window", "2"]);
    assert_eq!(applied.status, 0, "{}", applied.stdout);
    world.assert_each_exists_once();
    assert_eq!(world.sandbox.client_report().findings, []);
    let busiest = (0..accounts).map(|number| world.account(number).request_count()).max().unwrap();
    println!(
        "apply: {accounts} accounts with 10 webhooks, killed {kills} times: {:.1?}, {} calls; the busiest account's {busiest} take \
         {} s at least with {quota} in 5 s",
        started.elapsed(),
        world.sandbox.request_count(),
        5 * ((busiest - 1) / quota)
    );
}
