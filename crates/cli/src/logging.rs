//! Logging to stderr, if requested.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    filter::{LevelFilter, ParseError, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts logging at the level of `RUST_LOG`, or else of `-v`. Without either, nothing is logged.
///
/// # Errors
///
/// If `RUST_LOG` cannot be parsed; it is then ignored.
pub(crate) fn start(verbose: u8) -> Result<(), ParseError> {
    let asked = Targets::new().with_default(match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    });
    let (filter, read) = match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.is_empty() => match directives.parse::<Targets>() {
            Ok(targets) => (targets, Ok(())),
            Err(problem) => (asked, Err(problem)),
        },
        _ => (asked, Ok(())),
    };
    let colour =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Another subscriber may already be installed if the command runs inside another program.
    let _ = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .finish()
        .with(filter)
        .try_init();
    read
}
