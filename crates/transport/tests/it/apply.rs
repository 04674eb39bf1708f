//! Manifests, plans and applies over real sockets, in virtual time.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use leadsquared_webhooks::{
    Manifest, Outcome,
    call::{OnProgress, Progress},
    error::{ErrorKind, StateErrorKind},
    manifest::{Applied, DesiredWebhook, ManifestRun, Pruning, StateSettings},
    reconcile::{Action, State},
    webhook::CustomHeadersForm,
};
use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use tokio::time::{Instant, timeout};

/// A sandbox with several accounts, and a manifest with several webhooks for each.
struct World {
    sandbox: Sandbox,
    toml: String,
}

impl World {
    async fn new(accounts: usize, webhooks: usize, quota: &str) -> Self {
        let keys = (0..accounts).map(|number| (format!("u$r{number}"), format!("s$c{number}")));
        let sandbox = Sandbox::builder().accounts(keys.collect()).start().await.unwrap();
        let draft = |number| {
            format!(
                "[[accounts.webhooks]]\nurl = \"https://owned.example/{number}\"\ntrigger.event = \"lead_create\"\n"
            )
        };
        let drafts = (0..webhooks).map(draft).collect::<String>();
        let account = |number| {
            format!(
                "[[accounts]]\nname = \"account {number}\"\nhost = \"{}\"\naccess_key_env = \"A{number}\"\n\
                 secret_key_env = \"S{number}\"\nquota = [\"{quota}\"]\nmanaged_prefix = \"https://owned.example/\"\n{drafts}",
                sandbox.host()
            )
        };
        let toml = (0..accounts).map(account).collect::<String>();
        Self { sandbox, toml }
    }

    fn manifest(&self) -> Manifest {
        let key = |name: &str| {
            let (kind, number) = name.split_at(1);
            Some(format!("{}{number}", if kind == "A" { "u$r" } else { "s$c" }))
        };
        Manifest::parse(&self.toml, key).unwrap()
    }
}

fn with_state(manifest: &Manifest, path: &Path) -> ManifestRun {
    manifest.run().state(StateSettings::new(path))
}

fn all_ok(applied: &Applied) -> bool {
    applied.accounts.iter().all(leadsquared_webhooks::manifest::AccountApplied::is_ok)
}

fn actions(applied: &Applied) -> Vec<Action> {
    let webhooks = applied.accounts.iter().flat_map(|account| &account.webhooks);
    webhooks.map(|webhook| webhook.result.as_ref().unwrap().action).collect()
}

#[tokio::test(start_paused = true)]
async fn a_plan_reads_and_an_apply_carries_it_out() {
    let world = World::new(3, 4, "25/5").await;
    let manifest = world.manifest();
    let plans = manifest.run().plan().await.unwrap();
    for planned in plans.iter().flat_map(|account| &account.webhooks) {
        let planned = planned.result.as_ref().unwrap();
        assert_eq!((planned.action, planned.state), (Action::Created, State::Absent));
    }
    assert!(plans.iter().all(|account| account.changes() && account.attempts.len() == 1));
    assert!(world.sandbox.webhooks().is_empty());

    let progress = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&progress);
    let on_progress = OnProgress::new(move |progress| telling.lock().unwrap().push(progress.clone()));
    let applied = manifest.run().on_progress(on_progress).apply().await.unwrap();
    assert!(all_ok(&applied));
    assert_eq!(world.sandbox.webhooks().len(), 12);
    let progress = progress.lock().unwrap().clone();
    let accounts = progress.iter().filter(|progress| matches!(progress, Progress::Account { .. }));
    assert_eq!(accounts.count(), 3);
    let ended = progress.iter().filter(|progress| matches!(progress, Progress::Webhooks { ended: 4, .. }));
    assert_eq!(ended.count(), 3);

    let plans = manifest.run().plan().await.unwrap();
    assert!(!plans.iter().any(leadsquared_webhooks::manifest::AccountPlan::changes));
    // Per account: a list, four creates and a list; and a list for each plan.
    assert_eq!(world.sandbox.request_count(), 3 * (1 + 6 + 1));
    assert!(world.sandbox.client_report().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_under_the_prefix_and_not_desired_is_pruned_only_when_asked_and_as_it_was_shown() {
    let world = World::new(1, 2, "25/5").await;
    let account = world.sandbox.account("u$r0").unwrap();
    let seed =
        |url: &str| account.seed_webhook(&serde_json::json!({"WebhookEvent": "3", "URL": url})).unwrap();
    for url in ["https://owned.example/old", "https://owned.example.evil.example/", "https://other.example/"]
    {
        seed(url);
    }
    let apply_with =
        async |prune| world.manifest().run().prune(prune).apply().await.unwrap().accounts.remove(0);
    assert!(apply_with(Pruning::Nothing).await.pruned.is_empty());
    assert_eq!(world.sandbox.webhooks().len(), 5);

    let shown = world.manifest().run().prune(Pruning::All).plan().await.unwrap().remove(0);
    assert_eq!(shown.prune.len(), 1);
    assert!(shown.changes());
    // A webhook created after the plan was not shown, and is kept.
    seed("https://owned.example/later");
    let pruning = Pruning::Shown([(shown.name, shown.prune)].into());
    let pruned = apply_with(pruning).await.pruned;
    assert_eq!((pruned.len(), &*pruned[0].url), (1, "https://owned.example/old"));
    assert!(pruned[0].is_ok());
    let urls: Vec<_> = world.sandbox.webhooks().into_iter().map(|webhook| webhook.url).collect();
    assert_eq!(urls.len(), 5);
    assert!(urls.contains(&"https://owned.example/later".to_owned()));
    assert_eq!(apply_with(Pruning::All).await.pruned.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_pruned_where_a_desired_webhook_failed() {
    let world = World::new(1, 1, "25/5").await;
    let account = world.sandbox.account("u$r0").unwrap();
    account
        .seed_webhook(&serde_json::json!({"WebhookEvent": "3", "URL": "https://owned.example/old"}))
        .unwrap();
    account.fault(refused().on(Call::Create));
    let applied = world.manifest().run().prune(Pruning::All).apply().await.unwrap().accounts.remove(0);
    assert!(!applied.is_ok() && applied.pruned.is_empty());
    assert_eq!(world.sandbox.webhooks().len(), 1);
}

fn refused() -> Fault {
    let refused = r#"{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"no"}"#;
    Fault::Status { status: 500, body: refused.to_owned(), headers: [].into() }
}

#[tokio::test(start_paused = true)]
async fn what_one_fails_at_stops_no_other() {
    let world = World::new(2, 3, "25/5").await;
    world.sandbox.account("u$r0").unwrap().fault(refused().on(Call::Create));
    world.sandbox.account("u$r1").unwrap().fault(Fault::ApplyThenClose.on(Call::Create));
    let applied = world.manifest().run().apply().await.unwrap();
    let webhooks = &applied.accounts[0].webhooks;
    let errors: Vec<_> = webhooks.iter().filter_map(|webhook| webhook.result.as_ref().err()).collect();
    assert_eq!((errors.len(), errors[0].outcome()), (1, Outcome::Refused));
    assert!(applied.accounts[1].is_ok());
    assert!(world.sandbox.client_report().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_read_says_so_and_the_run_ends_with_prune_too() {
    let mut world = World::new(2, 2, "25/5").await;
    world.toml = world.toml.replace("access_key_env = \"A1\"", "access_key_env = \"A7\"");
    let manifest = world.manifest();
    let plans = manifest.run().plan().await.unwrap();
    assert_eq!(plans[1].error.as_ref().unwrap().outcome(), Outcome::Refused);
    for prune in [Pruning::Nothing, Pruning::All] {
        let applied = manifest.run().prune(prune).apply().await.unwrap();
        assert!(applied.accounts[0].is_ok() && !applied.accounts[1].is_ok());
        let is_unauthorized = |webhook: &DesiredWebhook| {
            webhook.result.as_ref().is_err_and(|error| error.kind().as_str() == "unauthorized")
        };
        assert!(applied.accounts[1].webhooks.iter().all(is_unauthorized));
        assert!(applied.accounts[1].list_error.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn an_apply_is_as_fast_as_the_quota_allows() {
    let world = World::new(20, 10, "4/5").await;
    for account in 0..20 {
        let account = world.sandbox.account(&format!("u$r{account}")).unwrap();
        account.set_limits(&[leadsquared_webhooks_sandbox::Limit::per_seconds(4, 5)]);
    }
    let started = Instant::now();
    let applied = world.manifest().run().apply().await.unwrap();
    assert!(all_ok(&applied));
    // A list, ten creates and a list are twelve calls: three windows, the first of which begins at
    // once.
    assert!(started.elapsed() <= Duration::from_secs(11), "{:?}", started.elapsed());
    assert!(world.sandbox.client_report().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn creates_of_one_account_go_side_by_side() {
    let world = World::new(1, 30, "25/5").await;
    let account = world.sandbox.account("u$r0").unwrap();
    for _ in 0..30 {
        account.fault(Fault::DelayAnswer { ms: 400 }.on(Call::Create));
    }
    let started = Instant::now();
    let applied = world.manifest().run().apply().await.unwrap();
    assert!(all_ok(&applied));
    // 32 calls need two windows of 25 calls, the first of which begins at once: 5 s, plus the
    // responses of both. Sequentially they would take 12 s. Everything is read back at most a
    // second later.
    let creates =
        applied.accounts[0].webhooks.iter().flat_map(|webhook| &webhook.result.as_ref().unwrap().attempts);
    let longest = creates.map(|attempt| attempt.quota_wait + attempt.duration).max().unwrap();
    assert!(longest <= Duration::from_millis(5_900), "{longest:?}");
    assert!(started.elapsed() <= longest + Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(world.sandbox.webhooks().len(), 30);
    assert!(world.sandbox.client_report().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_interrupted_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    for (number, cut) in [1, 3, 6, 10, 14, 40, 90].into_iter().enumerate() {
        let state = folder.path().join(format!("state-{number}"));
        let world = World::new(4, 5, "25/5").await;
        for account in 0..4 {
            let account = world.sandbox.account(&format!("u$r{account}")).unwrap();
            account.fault(Fault::ApplyThenStall.on(Call::Create).visible_after(Duration::from_secs(20)));
            account.fault(
                Fault::DelayAnswer { ms: 3_000 }.on(Call::Create).visible_after(Duration::from_secs(20)),
            );
        }
        let manifest = world.manifest();
        let run = with_state(&manifest, &state);
        let _ = timeout(Duration::from_secs(cut), run.apply()).await;
        let applied = run.apply().await.unwrap();
        assert!(all_ok(&applied), "{applied:?}");
        assert_eq!(world.sandbox.webhooks().len(), 20, "interrupted after {cut} s");
        assert!(world.sandbox.client_report().findings.is_empty(), "{:?}", world.sandbox.client_report());
        let again = run.apply().await.unwrap();
        assert!(actions(&again).iter().all(|action| *action == Action::Existed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_file_that_cannot_be_written_stops_everything_before_anything_is_sent() {
    let world = World::new(1, 1, "25/5").await;
    let error = with_state(&world.manifest(), Path::new("/not/there/state")).apply().await.unwrap_err();
    assert!(error.to_string().contains("/not/there/state"), "{error}");
    assert_eq!(world.sandbox.request_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_state_file_that_vanishes_is_reported_with_all_that_was_done_and_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let world = World::new(1, 2, "25/5").await;
    let gone = state.clone();
    let vanishes = move |progress: &Progress| {
        if let Progress::Webhooks { .. } = progress {
            let _ = fs::remove_file(&gone);
        }
    };
    let run = with_state(&world.manifest(), &state).on_progress(OnProgress::new(vanishes));
    let applied = run.apply().await.unwrap();
    assert!(all_ok(&applied), "{applied:?}");
    assert_eq!(actions(&applied), [Action::Created, Action::Created]);
    let problem = applied.state_error.unwrap();
    assert!(matches!(problem.kind, StateErrorKind::Gone), "{problem}");
    assert!(!state.exists());
}

#[tokio::test(start_paused = true)]
async fn no_create_is_sent_once_the_state_file_has_vanished() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let world = World::new(1, 2, "25/5").await;
    let first = serde_json::json!({"WebhookEvent": "3", "URL": "https://owned.example/0"});
    let account = world.sandbox.account("u$r0").unwrap();
    account.seed_webhook(&first).unwrap();
    let gone = state.clone();
    let vanishes = move |progress: &Progress| {
        // After the list.
        if let Progress::Webhooks { ended: 1, .. } = progress {
            fs::remove_file(&gone).unwrap();
        }
    };
    let run = with_state(&world.manifest(), &state).on_progress(OnProgress::new(vanishes));
    let applied = run.apply().await.unwrap();
    let results: Vec<_> = applied.accounts[0].webhooks.iter().map(|webhook| &webhook.result).collect();
    assert_eq!(results[0].as_ref().unwrap().action, Action::Existed);
    let error = results[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (&ErrorKind::Unrecorded, Outcome::NotSent), "{error}");
    let cause = std::error::Error::source(error).unwrap().to_string();
    assert!(cause.contains("it was removed or moved during the run"), "{cause}");
    assert_eq!(world.sandbox.webhooks().len(), 1);
    assert!(applied.state_error.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_open_create_that_nothing_desires_any_more_is_kept_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let world = World::new(2, 1, "25/5").await;
    for account in ["u$r0", "u$r1"] {
        let account = world.sandbox.account(account).unwrap();
        account.fault(Fault::Stall.on(Call::Create));
    }
    let cut = timeout(Duration::from_secs(10), with_state(&world.manifest(), &state).apply()).await;
    assert!(cut.is_err());
    let one = World { toml: world.toml.split("[[accounts]]").nth(1).unwrap().to_owned(), ..world };
    let one = World { toml: format!("[[accounts]]{}", one.toml), ..one };
    for _ in 0..2 {
        let applied = with_state(&one.manifest(), &state).apply().await.unwrap();
        assert!(all_ok(&applied), "{applied:?}");
        let [ticket] = applied.open.as_slice() else { panic!("{applied:?}") };
        assert_eq!(ticket.identity().url(), "https://owned.example/0");
    }
}

#[test]
fn a_manifest_is_refused_for_everything_that_is_wrong_with_it() {
    let toml = r#"
        colour = "red"
        [[accounts]]
        name = "one"
        host = "http://api.example"
        access_key_env = "UNSET"
        secret_key_env = "KEY"
        auth = "cookie"
        quota = ["25/5", "0/5"]
        [[accounts.webhooks]]
        url = "example.com"
        trigger = { event = "lead_activity_create" }
        custom_headers = [{ name = "x y", value_env = "UNSET" }]
        [[accounts]]
        name = "one"
        host = "api.leadsquared.com"
        access_key_env = "KEY"
        secret_key_env = 7
        [[accounts]]
        name = "two"
        host = "api.leadsquared.com"
        access_key_env = "KEY"
        secret_key_env = "KEY"
        [[accounts.webhooks]]
        url = "https://example.com"
        trigger = { event = "lead_create" }
        [[accounts.webhooks]]
        url = "https://example.com"
        trigger = { event = "lead_create" }
        description = "a duplicate"
    "#;
    let error = Manifest::parse(toml, |name| (name == "KEY").then(|| "canary".to_owned())).unwrap_err();
    let lines: Vec<_> = error.violations().iter().map(ToString::to_string).collect();
    assert!(!lines.join(" ").contains("canary"));
    let fields: Vec<_> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "colour",
            "accounts[0].host",
            "accounts[0].access_key_env",
            "accounts[0].auth",
            "accounts[0].quota[1]",
            "accounts[0].webhooks[0].custom_headers[0].value_env",
            "accounts[0].webhooks[0].url",
            "accounts[0].webhooks[0].trigger.activity",
            "accounts[0].webhooks[0].custom_headers[0].name",
            "accounts[1].secret_key_env",
            "accounts[2].webhooks[1]",
        ]
    );
    assert_eq!(Manifest::parse("[", |_| None).unwrap_err().violations()[0].field, "manifest");
    assert_eq!(Manifest::parse("", |_| None).unwrap_err().to_string(), "accounts: missing, or empty");
}

#[test]
fn an_account_says_in_which_form_it_takes_custom_headers() {
    let of = |line: &str| {
        let toml = format!(
            r#"
            [[accounts]]
            name = "one"
            host = "api.leadsquared.com"
            access_key_env = "A"
            secret_key_env = "S"
            {line}
            "#
        );
        Manifest::parse(&toml, |_| Some("key".to_owned()))
            .map(|manifest| manifest.accounts[0].custom_headers_form)
            .map_err(|error| error.to_string())
    };
    assert_eq!(of(""), Ok(CustomHeadersForm::Array));
    assert_eq!(of("custom_headers_form = \"json_string\""), Ok(CustomHeadersForm::JsonString));
    assert_eq!(
        of("custom_headers_form = \"text\""),
        Err("7:13: account \"one\", custom_headers_form: \"text\" is not array or json_string".to_owned())
    );
}

#[test]
fn a_key_in_the_place_of_its_variables_name_is_not_shown() {
    let toml = r#"
        [[accounts]]
        name = "one"
        host = "api.leadsquared.com"
        access_key_env = "u$rcanary"
        secret_key_env = "c4na7y"
        [[accounts.webhooks]]
        url = "https://example.com"
        trigger = { event = "lead_create" }
        custom_headers = [{ name = "x-api-key", value_env = "CANARY-HEADER" }]
    "#;
    let error = Manifest::parse(toml, |_| None).unwrap_err();
    assert_eq!(error.violations().len(), 3);
    for canary in ["canary", "c4na7y", "CANARY"] {
        assert!(!error.to_string().contains(canary), "{error}");
    }
}

#[test]
fn a_secret_header_comes_from_a_variable_and_is_shown_nowhere() {
    let toml = r#"
        [[accounts]]
        name = "one"
        host = "api.leadsquared.com"
        access_key_env = "A"
        secret_key_env = "S"
        [[accounts.webhooks]]
        url = "https://example.com"
        trigger = { event = "lead_create" }
        custom_headers = [{ name = "x-api-key", value_env = "H" }]
    "#;
    let manifest = Manifest::parse(toml, |name| Some(format!("canary-{name}"))).unwrap();
    let header = &manifest.accounts[0].webhooks[0].custom_headers().as_slice()[0];
    assert_eq!(header.value.expose(), "canary-H");
    assert!(!format!("{manifest:?}").contains("canary"));
}
