//! Runs the binary.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use leadsquared_webhooks_sandbox::Sandbox;
use serde_json::Value;

use crate::server::{ACCESS_KEY, SECRET_KEY, Server};

pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The JSON object on stdout.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "one line of JSON: {}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The command, in an environment without the project's variables.
pub(crate) fn lsq(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsq-webhooks"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("LEADSQUARED_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    lsq(arguments).output().unwrap().into()
}

pub(crate) fn run_with_input(arguments: &[&str], input: &str) -> Ran {
    let mut child =
        lsq(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// The command, with a sandbox's account.
pub(crate) fn on(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = lsq(arguments);
    command
        .env("LEADSQUARED_HOST", sandbox.host())
        .env("LEADSQUARED_ACCESS_KEY", sandbox.access_key())
        .env("LEADSQUARED_SECRET_KEY", sandbox.secret_key());
    command
}

pub(crate) fn run_on(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    on(sandbox, arguments).output().unwrap().into()
}

pub(crate) fn run_against(server: &Server, arguments: &[&str]) -> Ran {
    against(server, arguments).output().unwrap().into()
}

/// The command as a process that is interrupted later.
pub(crate) struct Interrupted(Child, BufReader<ChildStderr>);

impl Interrupted {
    pub(crate) fn start(server: &Server, arguments: &[&str]) -> Self {
        let mut child =
            against(server, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self(child, stderr)
    }

    /// Sends Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Reads the next line on stderr.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn end(mut self) -> Ran {
        let mut stderr = String::new();
        self.1.read_to_string(&mut stderr).unwrap();
        let Output { status, stdout, .. } = self.0.wait_with_output().unwrap();
        Ran { status: status.code().unwrap(), stdout: String::from_utf8(stdout).unwrap(), stderr }
    }
}

/// The command, with a test server and its keys.
pub(crate) fn against(server: &Server, arguments: &[&str]) -> Command {
    let mut command = lsq(arguments);
    command
        .env("LEADSQUARED_HOST", server.host())
        .env("LEADSQUARED_ACCESS_KEY", ACCESS_KEY)
        .env("LEADSQUARED_SECRET_KEY", SECRET_KEY);
    command
}
