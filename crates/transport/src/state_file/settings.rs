//! The path of a state file, and how concurrent runs that use it are kept apart.

use std::{path::PathBuf, time::Duration};

/// The path of a state file, and how concurrent runs that use it are kept apart.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::manifest::{StateLock, StateSettings};
///
/// let settings = StateSettings::builder("webhooks.toml.state")
///     .manifest("webhooks.toml")
///     .lock(StateLock::Exclusive { timeout: Duration::from_secs(60) })
///     .build();
/// assert_eq!(
///     StateSettings::new("webhooks.toml.state").lock,
///     StateLock::Exclusive { timeout: Duration::ZERO },
/// );
/// assert!(settings.manifest.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, bon::Builder)]
pub struct StateSettings {
    /// The file. It is created if it does not exist; its directory is not. By convention the
    /// manifest's name plus `.state`.
    #[builder(start_fn, into)]
    pub path: PathBuf,
    /// The manifest, which is never used as the state file.
    #[builder(into)]
    pub manifest: Option<PathBuf>,
    /// Whether the file is locked. Default: yes, without waiting for another run.
    #[builder(default)]
    pub lock: StateLock,
}

impl StateSettings {
    /// Settings for this file, with the defaults.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::builder(path).build()
    }
}

/// How concurrent runs that use one state file are kept apart.
///
/// The lock is a file next to the state file, with the same name plus `.lock`. The file remains
/// when the run ends; the operating system releases the lock itself, however the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateLock {
    /// No lock, as with `--no-lock`. Concurrent runs then leave duplicates, or an unusable file.
    Off,
    /// One run at a time.
    Exclusive {
        /// How long to wait for another run to end. Zero: not at all.
        timeout: Duration,
    },
}

impl Default for StateLock {
    fn default() -> Self {
        Self::Exclusive { timeout: Duration::ZERO }
    }
}
