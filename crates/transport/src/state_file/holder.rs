//! The holder of a state file's lock, as its lock file names it.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;

/// The beginning of a lock file's text.
pub(super) const BEGINNING: &str = "leadsquared-webhooks lock, held by pid ";

/// The holder of a lock: `pid 4711 on host ci-7 since 2026-01-02T03:04:05Z`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LockHolder {
    /// The process ID.
    pub pid: u32,
    /// The name of the process's host.
    pub host: String,
    /// When the lock was taken; shown and stored in whole seconds.
    pub since: SystemTime,
}

impl LockHolder {
    pub(super) fn this() -> Self {
        let host = gethostname::gethostname();
        let host = host.to_string_lossy().replace(|letter: char| !letter.is_ascii_graphic(), "?");
        Self { pid: std::process::id(), host, since: SystemTime::now() }
    }
}

impl FromStr for LockHolder {
    type Err = ();

    /// Parses the text of a lock file.
    fn from_str(text: &str) -> Result<Self, ()> {
        let parts = || {
            let rest = text.strip_prefix(BEGINNING)?.strip_suffix('\n')?;
            let (pid, rest) = rest.split_once(" on host ")?;
            let (host, since) = rest.split_once(" since ")?;
            let since = since.parse::<Timestamp>().ok()?;
            let since = Duration::from_secs(since.as_second().try_into().ok()?);
            let is_host = host.bytes().all(|byte| byte.is_ascii_graphic());
            let since = SystemTime::UNIX_EPOCH + since;
            is_host.then_some(Self { pid: pid.parse().ok()?, host: host.to_owned(), since })
        };
        parts().ok_or(())
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, host, since } = self;
        write!(f, "pid {pid} on host {host}")?;
        match Timestamp::try_from(*since) {
            Ok(since) => write!(f, " since {since:.0}"),
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_lock_reports_its_holder() {
        let text = "leadsquared-webhooks lock, held by pid 4711 on host ci-7 since 2026-01-02T03:04:05Z\n";
        let holder: LockHolder = text.parse().unwrap();
        assert_eq!(holder.pid, 4711);
        assert_eq!(format!("leadsquared-webhooks lock, held by {holder}\n"), text);
        let this = LockHolder::this().to_string();
        assert!(this.ends_with('Z') && !this.contains('.'), "whole seconds: {this}");
        for other in [
            "",
            text.trim_end(),
            text.trim_start_matches('l'),
            &text.replace("4711", "me"),
            &text.replace("ci-7", "c\u{1b}i"),
        ] {
            assert_eq!(other.parse::<LockHolder>(), Err(()), "{other:?}");
        }
    }
}
