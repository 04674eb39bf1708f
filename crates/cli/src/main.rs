//! The command `lsq-webhooks`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    leadsquared_webhooks_cli::run(std::env::args_os())
}
