//! A sandbox with accounts, and a manifest on disk for them.

use std::{
    fmt::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use leadsquared_webhooks_sandbox::{Limit, Sandbox, SandboxAccount, StoredWebhook};

use crate::command::{Ran, lsq};

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: tempfile::TempDir,
    accounts: usize,
    webhooks: usize,
}

/// The keys of `accounts` accounts.
pub(crate) fn keys(accounts: usize) -> Vec<(String, String)> {
    (0..accounts).map(|number| (format!("u$r{number}"), format!("canary{number}"))).collect()
}

/// `webhooks` drafts in TOML, under the managed prefix.
pub(crate) fn drafts(webhooks: usize) -> Vec<String> {
    let draft =
        |number| format!("url = \"https://owned.example/{number}\"\ntrigger.event = \"lead_create\"\n");
    (0..webhooks).map(draft).collect()
}

impl World {
    /// `accounts` accounts, each with `webhooks` webhooks in the manifest and a quota of `calls` in
    /// 5 s.
    pub(crate) fn new(accounts: usize, webhooks: usize, calls: u32) -> Self {
        let sandbox = Sandbox::builder().accounts(keys(accounts)).start_in_thread().unwrap();
        Self::on(sandbox, accounts, &drafts(webhooks), calls)
    }

    /// A manifest for the accounts of a sandbox, each with these drafts.
    pub(crate) fn on(sandbox: Sandbox, accounts: usize, drafts: &[String], calls: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self { sandbox, folder, accounts, webhooks: drafts.len() };
        for number in 0..accounts {
            world.account(number).set_limits(&[Limit { calls, window: Duration::from_secs(5) }]);
        }
        world.write(drafts, calls);
        world
    }

    pub(crate) fn write(&self, drafts: &[String], calls: u32) {
        let mut toml = String::new();
        for account in 0..self.accounts {
            writeln!(
                toml,
                "[[accounts]]\nname = \"a{account}\"\nhost = \"{}\"\naccess_key_env = \"LSQ_TEST_A{account}\"\n\
                 secret_key_env = \"LSQ_TEST_S{account}\"\nquota = [\"{calls}/5\"]\n\
                 managed_prefix = \"https://owned.example/\"",
                self.sandbox.host()
            )
            .unwrap();
            for draft in drafts {
                writeln!(toml, "[[accounts.webhooks]]\n{draft}").unwrap();
            }
        }
        std::fs::write(self.path("webhooks.toml"), toml).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn account(&self, number: usize) -> SandboxAccount {
        self.sandbox.account(&format!("u$r{number}")).unwrap()
    }

    /// The webhooks of the first account, by id.
    pub(crate) fn webhooks(&self) -> Vec<StoredWebhook> {
        let mut webhooks = self.account(0).webhooks();
        webhooks.sort_by(|one, other| one.id.cmp(&other.id));
        webhooks
    }

    /// How many creates the first account has received.
    pub(crate) fn creates(&self) -> usize {
        let requests = self.account(0).requests();
        requests.iter().filter(|request| request.path.ends_with("/Create")).count()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.prepare(lsq(arguments))
    }

    /// Another program, in the manifest's directory and with its keys.
    pub(crate) fn on_path(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments);
        self.prepare(command)
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path());
        for (number, (access_key, secret_key)) in keys(self.accounts).into_iter().enumerate() {
            command.env(format!("LSQ_TEST_A{number}"), access_key);
            command.env(format!("LSQ_TEST_S{number}"), secret_key);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let ran = Ran::from(self.command(arguments).output().unwrap());
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"));
        ran
    }

    /// Starts a command in the background.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until the sandbox has received `requests` requests in total, or the command has ended.
    pub(crate) fn await_requests(&self, child: &mut Child, requests: usize) {
        while self.sandbox.request_count() < requests && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
    }

    pub(crate) fn assert_each_exists_once(&self) {
        for number in 0..self.accounts {
            let webhooks = self.account(number).webhooks();
            let mut urls: Vec<_> = webhooks.iter().map(|webhook| &webhook.url).collect();
            urls.sort();
            urls.dedup();
            assert_eq!((urls.len(), webhooks.len()), (self.webhooks, self.webhooks));
        }
    }
}
