//! Logs to stderr, when asked for.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts the log: `RUST_LOG` decides, else how often `-v` was given; nothing is logged without either.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.is_empty() => EnvFilter::new(directives),
        _ => EnvFilter::new(level),
    };
    let colour =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Another subscriber may be there already, when the command runs inside another program.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .try_init();
}
