//! Manifests, plans and applies over real sockets, in virtual time.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use leadsquared_webhooks::{
    ApplyManifest, Change, CustomHeadersForm, Manifest, Outcome, Planned, Progress, apply, plan,
};
use leadsquared_webhooks_sandbox::{Call, Fault, Sandbox};
use tokio::time::{Instant, timeout};

/// A sandbox with so many accounts, and a manifest with so many webhooks for each.
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
                 secret_key_env = \"S{number}\"\nquota = [\"{quota}\"]\nowns = \"https://owned.example/\"\n{drafts}",
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

fn with_journal(path: &Path) -> ApplyManifest {
    ApplyManifest::builder().journal(path).build()
}

#[tokio::test(start_paused = true)]
async fn a_plan_reads_and_an_apply_makes_it_true() {
    let world = World::new(3, 4, "25/5").await;
    let manifest = world.manifest();
    let plans = plan(&manifest).await.unwrap();
    assert!(
        plans.iter().all(|account| account.plan.as_ref().unwrap().wanted == [const { Planned::Create }; 4])
    );
    assert!(world.sandbox.webhooks().is_empty());

    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let applied = apply(&manifest, &ApplyManifest::builder().build(), move |progress| {
        telling.lock().unwrap().push(progress);
    })
    .await
    .unwrap();
    assert!(applied.iter().all(|account| account.is_done() && account.webhooks.len() == 4));
    assert_eq!(world.sandbox.webhooks().len(), 12);
    let accounts =
        told.lock().unwrap().iter().filter(|told| matches!(told, Progress::Account { .. })).count();
    assert_eq!((told.lock().unwrap().len(), accounts), (15, 3));

    let plans = plan(&manifest).await.unwrap();
    assert!(plans.iter().all(|account| account.plan.as_ref().unwrap().is_done()));
    // A look, four creates, a look; and a look for each plan.
    assert_eq!(world.sandbox.request_count(), 3 * (1 + 6 + 1));
    assert!(world.sandbox.manners().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_owned_and_not_wanted_goes_only_when_asked() {
    let world = World::new(1, 2, "25/5").await;
    let account = world.sandbox.account("u$r0").unwrap();
    for url in ["https://owned.example/old", "https://other.example/"] {
        account.seed_webhook(&serde_json::json!({"WebhookEvent": "3", "URL": url})).unwrap();
    }
    let apply_with = async |delete| {
        let options = ApplyManifest::builder().delete(delete).build();
        apply(&world.manifest(), &options, |_| {}).await.unwrap().remove(0)
    };
    assert!(apply_with(false).await.removed.is_empty());
    assert_eq!(world.sandbox.webhooks().len(), 4);
    assert_eq!(apply_with(true).await.removed.len(), 1);
    let urls: Vec<_> = world.sandbox.webhooks().into_iter().map(|webhook| webhook.url).collect();
    assert!(!urls.contains(&"https://owned.example/old".to_owned()));
    assert!(urls.contains(&"https://other.example/".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_one_fails_at_stops_no_other() {
    let world = World::new(2, 3, "25/5").await;
    let refused = r#"{"Status":"Error","ExceptionType":"MXInvalidInputException","ExceptionMessage":"no"}"#;
    let refuse = Fault::Status { status: 500, body: refused.to_owned(), headers: [].into() };
    world.sandbox.account("u$r0").unwrap().fault(refuse.on(Call::Create));
    world.sandbox.account("u$r1").unwrap().fault(Fault::ApplyThenClose.on(Call::Create));
    let applied = apply(&world.manifest(), &ApplyManifest::builder().build(), |_| {}).await.unwrap();
    let errors: Vec<_> = applied[0].webhooks.iter().filter_map(|webhook| webhook.as_ref().err()).collect();
    assert_eq!((errors.len(), errors[0].outcome()), (1, Outcome::Refused));
    assert!(applied[1].is_done());
    assert!(world.sandbox.manners().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_read_says_so_for_each_of_its_webhooks() {
    let mut world = World::new(2, 2, "25/5").await;
    world.toml = world.toml.replace("access_key_env = \"A1\"", "access_key_env = \"A7\"");
    let manifest = world.manifest();
    assert_eq!(plan(&manifest).await.unwrap()[1].plan.as_ref().unwrap_err().outcome(), Outcome::Refused);
    let applied = apply(&manifest, &ApplyManifest::builder().build(), |_| {}).await.unwrap();
    assert!(applied[0].is_done());
    assert!(
        applied[1]
            .webhooks
            .iter()
            .all(|webhook| { webhook.as_ref().is_err_and(|error| error.kind().as_str() == "unauthorized") })
    );
}

#[tokio::test(start_paused = true)]
async fn an_apply_is_as_fast_as_the_quota_allows() {
    let world = World::new(20, 10, "4/5").await;
    for account in 0..20 {
        let account = world.sandbox.account(&format!("u$r{account}")).unwrap();
        account.set_limits(&[leadsquared_webhooks_sandbox::Limit::per_seconds(4, 5)]);
    }
    let started = Instant::now();
    let applied = apply(&world.manifest(), &ApplyManifest::builder().build(), |_| {}).await.unwrap();
    assert!(applied.iter().all(leadsquared_webhooks::AccountApplied::is_done));
    // A look, ten creates and a look are twelve calls: three windows, of which the first begins at once.
    assert!(started.elapsed() <= Duration::from_secs(11), "{:?}", started.elapsed());
    assert!(world.sandbox.manners().findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_cut_off_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    for cut in [1, 3, 6, 10, 14, 40, 90] {
        let world = World::new(4, 5, "25/5").await;
        for account in 0..4 {
            let account = world.sandbox.account(&format!("u$r{account}")).unwrap();
            account.fault(Fault::ApplyThenStall.on(Call::Create).visible_after(Duration::from_secs(20)));
            account.fault(
                Fault::DelayAnswer { ms: 3_000 }.on(Call::Create).visible_after(Duration::from_secs(20)),
            );
        }
        let manifest = world.manifest();
        let options = with_journal(&journal);
        let _ = timeout(Duration::from_secs(cut), apply(&manifest, &options, |_| {})).await;
        let applied = apply(&manifest, &options, |_| {}).await.unwrap();
        assert!(applied.iter().all(leadsquared_webhooks::AccountApplied::is_done), "{applied:?}");
        assert_eq!(world.sandbox.webhooks().len(), 20, "cut off after {cut} s");
        assert!(world.sandbox.manners().findings.is_empty(), "{:?}", world.sandbox.manners());
        assert!(!journal.exists(), "all is done");
        let again = apply(&manifest, &options, |_| {}).await.unwrap();
        let existed = |change: &Change| *change == Change::Existed;
        assert!(
            again
                .iter()
                .flat_map(|account| &account.webhooks)
                .all(|webhook| existed(&webhook.as_ref().unwrap().change))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_written_stops_everything_before_anything_is_sent() {
    let world = World::new(1, 1, "25/5").await;
    let error = apply(&world.manifest(), &with_journal(Path::new("/not/there")), |_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("journal /not/there: "), "{error}");
    assert_eq!(world.sandbox.request_count(), 0);
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
        description = "a twin"
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
        Err("accounts[0].custom_headers_form: \"text\" is not array or json_string".to_owned())
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
