//! One of the accounts that a sandbox hosts.

use std::{fmt, io};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    client_report::ClientReport,
    fault::QueuedFault,
    limits::Limit,
    requests::ReceivedRequest,
    sandbox::refused,
    server::{Shared, lock},
    state::AccountIndex,
    webhooks::StoredWebhook,
};

/// One of the accounts that a [`Sandbox`](crate::Sandbox) hosts: its keys, quota, webhooks, faults
/// and client report are its own. The access key of a request tells whose it is. Clones are the
/// same account. `Debug` shows no key.
#[derive(Clone)]
pub struct SandboxAccount {
    pub(crate) state: Shared,
    pub(crate) index: AccountIndex,
}

impl SandboxAccount {
    /// Its access key.
    #[must_use]
    pub fn access_key(&self) -> String {
        lock(&self.state).keys(self.index).map(|keys| keys.access_key.clone()).unwrap_or_default()
    }

    /// Its secret key.
    #[must_use]
    pub fn secret_key(&self) -> String {
        lock(&self.state).keys(self.index).map(|keys| keys.secret_key.clone()).unwrap_or_default()
    }

    /// Lets one more of its calls go wrong, after those that are queued already: any call, or
    /// [one](crate::Fault::on) alone.
    pub fn fault(&self, fault: impl Into<QueuedFault>) {
        lock(&self.state).queue(self.index, [fault.into()]);
    }

    /// What the vendor's API received with its access key, in order; the numbers are those of the
    /// whole sandbox.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).requests(Some(self.index))
    }

    /// How many requests the vendor's API received with its access key.
    #[must_use]
    pub fn request_count(&self) -> usize {
        lock(&self.state).request_count(Some(self.index))
    }

    /// What it has, in the order of creation.
    #[must_use]
    pub fn webhooks(&self) -> Vec<StoredWebhook> {
        lock(&self.state).webhooks(Some(self.index))
    }

    /// What a well-behaved client would not have done with its access key.
    #[must_use]
    pub fn client_report(&self) -> ClientReport {
        lock(&self.state).client_report(Some(self.index))
    }

    /// Gives it a webhook, as [`Sandbox::seed_webhook`](crate::Sandbox::seed_webhook) does.
    ///
    /// # Errors
    ///
    /// When a create with this body were refused.
    pub fn seed_webhook(&self, body: &Value) -> io::Result<StoredWebhook> {
        let seeded = lock(&self.state).seed_webhook(self.index, body, Instant::now());
        seeded.map_err(refused)
    }

    /// Sets the `StatusCode` of one of its webhooks, as
    /// [`Sandbox::set_status`](crate::Sandbox::set_status) does.
    #[must_use]
    pub fn set_status(&self, id: &str, status: u8) -> bool {
        lock(&self.state).set_status(Some(self.index), id, status)
    }

    /// Gives it a quota of its own.
    pub fn set_limits(&self, limits: &[Limit]) {
        lock(&self.state).set(Some(self.index), |settings| settings.limits = limits.to_vec());
    }

    /// Forgets its webhooks, requests, faults, misuses and its quota's past; keys and settings
    /// stay.
    pub fn reset(&self) {
        lock(&self.state).reset(Some(self.index));
    }
}

impl fmt::Debug for SandboxAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxAccount").field("index", &self.index).finish_non_exhaustive()
    }
}
