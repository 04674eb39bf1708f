use std::{
    fmt::Write as _,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use leadsquared_webhooks_sandbox::{Limit, Sandbox};
use serde_json::json;

use crate::command::{Ran, lsq};

/// A sandbox with so many accounts, and a manifest on disk with so many webhooks for each.
struct World {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    accounts: usize,
    webhooks: usize,
}

impl World {
    fn new(accounts: usize, webhooks: usize, calls: u32) -> Self {
        let keys: Vec<_> =
            (0..accounts).map(|number| (format!("u$r{number}"), format!("canary{number}"))).collect();
        let sandbox = Sandbox::builder().accounts(keys).start_in_thread().unwrap();
        let mut toml = String::new();
        for account in 0..accounts {
            let limit = Limit { calls, window: Duration::from_secs(5) };
            sandbox.account(&format!("u$r{account}")).unwrap().set_limits(&[limit]);
            writeln!(
                toml,
                "[[accounts]]\nname = \"a{account}\"\nhost = \"{}\"\naccess_key_env = \"LSQ_TEST_A{account}\"\n\
                 secret_key_env = \"LSQ_TEST_S{account}\"\nquota = [\"{calls}/5\"]\nowns = \"https://owned.example/\"",
                sandbox.host()
            )
            .unwrap();
            for number in 0..webhooks {
                writeln!(
                    toml,
                    "[[accounts.webhooks]]\nurl = \"https://owned.example/{number}\"\ntrigger.event = \"lead_create\"",
                )
                .unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("webhooks.toml"), toml).unwrap();
        Self { sandbox, folder, accounts, webhooks }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = lsq(arguments);
        command.current_dir(self.folder.path());
        for account in 0..self.accounts {
            command.env(format!("LSQ_TEST_A{account}"), format!("u$r{account}"));
            command.env(format!("LSQ_TEST_S{account}"), format!("canary{account}"));
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::from(self.command(arguments).output().unwrap());
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"));
        ran
    }

    /// Starts an apply and ends it by SIGKILL when the sandbox has received so many requests in all.
    fn kill_at(&self, requests: usize) {
        let mut child: Child = self
            .command(&["apply", "webhooks.toml", "--settling", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while self.sandbox.request_count() < requests && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn assert_each_exists_once(&self) {
        for account in 0..self.accounts {
            let account = self.sandbox.account(&format!("u$r{account}")).unwrap();
            let mut urls: Vec<_> = account.webhooks().into_iter().map(|webhook| webhook.url).collect();
            urls.sort();
            urls.dedup();
            assert_eq!((urls.len(), account.webhooks().len()), (self.webhooks, self.webhooks));
        }
        assert_eq!(self.sandbox.manners().findings, [], "good manners all the time");
    }
}

#[test]
fn a_plan_tells_what_an_apply_then_does() {
    let world = World::new(2, 3, 25);
    let plan = world.run(&["plan", "webhooks.toml", "--json", "--exit-code"]);
    assert_eq!((plan.status, &plan.json()["changes"]), (1, &json!(6)));
    assert_eq!(plan.json()["accounts"][1]["wanted"][2], json!({"step": "create"}));
    let table = world.run(&["plan", "webhooks.toml"]);
    assert!(
        table.status == 0
            && table.stdout.contains("https://owned.example/2")
            && table.stdout.contains("create")
    );
    assert!(world.sandbox.webhooks().is_empty());

    let applied = world.run(&["apply", "webhooks.toml", "--json"]);
    assert_eq!((applied.status, applied.stderr.as_str()), (0, ""));
    assert_eq!(applied.json()["accounts"][0]["webhooks"][0]["change"], "created");
    world.assert_each_exists_once();
    assert!(!world.folder.path().join("webhooks.toml.journal").exists());

    let again = world.run(&["apply", "webhooks.toml"]);
    assert!(again.status == 0 && again.stdout.contains("applied 6 existed"), "{}", again.stdout);
    let plan = world.run(&["plan", "webhooks.toml", "--json", "--exit-code"]);
    assert_eq!((plan.status, &plan.json()["changes"]), (0, &json!(0)));
}

#[test]
fn what_is_owned_and_not_wanted_is_told_and_goes_when_asked() {
    let world = World::new(1, 1, 25);
    let account = world.sandbox.account("u$r0").unwrap();
    account.seed_webhook(&json!({"WebhookEvent": "3", "URL": "https://owned.example/old"})).unwrap();
    assert!(world.run(&["plan", "webhooks.toml"]).stdout.contains("not wanted"));
    assert_eq!(world.run(&["apply", "webhooks.toml"]).status, 0);
    assert_eq!(account.webhooks().len(), 2);
    let applied = world.run(&["apply", "webhooks.toml", "--delete"]);
    assert!(applied.status == 0 && applied.stdout.contains("1 deleted, 1 existed"), "{}", applied.stdout);
    assert_eq!(account.webhooks().len(), 1);
}

#[test]
fn a_bad_manifest_is_refused_whole() {
    let world = World::new(1, 1, 25);
    let path = world.folder.path().join("bad.toml");
    std::fs::write(&path, "[[accounts]]\nname = \"x\"\nhost = \"a b\"\naccess_key_env = \"UNSET_1\"\nsecret_key_env = \"UNSET_2\"")
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
    assert_eq!(world.sandbox.request_count(), 0);
}

#[test]
fn one_account_that_fails_stops_no_other_and_decides_the_exit_status() {
    let world = World::new(2, 2, 25);
    let ran = Ran::from(
        world.command(&["apply", "webhooks.toml", "--json"]).env("LSQ_TEST_S1", "wrong").output().unwrap(),
    );
    assert_eq!((ran.status, &ran.json()["ok"]), (3, &json!(false)));
    assert_eq!(ran.json()["accounts"][1]["webhooks"][0]["error"]["kind"], "unauthorized");
    assert_eq!(world.sandbox.webhooks().len(), 2);
}

/// `APPLY_ACCOUNTS` asks for more than the 20 accounts of every day, `APPLY_QUOTA` for fewer calls in 5 s than 25, `APPLY_KILLS` for
/// fewer ends than 5.
#[test]
fn an_apply_that_is_killed_at_any_moment_and_started_again_leaves_each_webhook_once() {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (accounts, quota) = (asked("APPLY_ACCOUNTS").unwrap_or(20), asked("APPLY_QUOTA").unwrap_or(25));
    let calls = u32::try_from(quota).unwrap();
    let world = World::new(accounts, 10, calls);
    // A look, ten creates and a look for each account; killed within every part of that.
    let all = 12 * accounts;
    let started = Instant::now();
    let kills = asked("APPLY_KILLS").unwrap_or(5);
    for part in [1, 20, 45, 70, 95].into_iter().take(kills) {
        world.kill_at(all * part / 100);
    }
    let applied = world.run(&["apply", "webhooks.toml", "--json", "--settling", "2"]);
    assert_eq!(applied.status, 0, "{}", applied.stdout);
    world.assert_each_exists_once();
    let busiest = (0..accounts)
        .map(|account| world.sandbox.account(&format!("u$r{account}")).unwrap().request_count())
        .max()
        .unwrap();
    println!(
        "apply: {accounts} accounts with 10 webhooks, killed {kills} times: {:.1?}, {} calls; the busiest account's {busiest} take \
         {} s at least with {quota} in 5 s",
        started.elapsed(),
        world.sandbox.request_count(),
        5 * ((busiest - 1) / quota)
    );
}
