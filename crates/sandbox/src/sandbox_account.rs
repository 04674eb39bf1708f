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

/// One of the accounts of a [`Sandbox`](crate::Sandbox), with its own keys, quota, webhooks, faults
/// and client report. A request belongs to the account with its access key. Clones refer to the
/// same account. `Debug` shows no key.
#[derive(Clone)]
pub struct SandboxAccount {
    pub(crate) state: Shared,
    pub(crate) index: AccountIndex,
}

impl SandboxAccount {
    /// Returns its access key.
    #[must_use]
    pub fn access_key(&self) -> String {
        lock(&self.state).keys(self.index).map(|keys| keys.access_key.clone()).unwrap_or_default()
    }

    /// Returns its secret key.
    #[must_use]
    pub fn secret_key(&self) -> String {
        lock(&self.state).keys(self.index).map(|keys| keys.secret_key.clone()).unwrap_or_default()
    }

    /// Queues a fault for this account, for any call or for [one kind](crate::Fault::on) of call.
    pub fn fault(&self, fault: impl Into<QueuedFault>) {
        lock(&self.state).queue(self.index, [fault.into()]);
    }

    /// Returns the requests to the LeadSquared API with its access key, in order; they are numbered
    /// across the whole sandbox.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).requests(Some(self.index))
    }

    /// Returns the number of requests to the LeadSquared API with its access key.
    #[must_use]
    pub fn request_count(&self) -> usize {
        lock(&self.state).request_count(Some(self.index))
    }

    /// Returns its webhooks, in order of creation.
    #[must_use]
    pub fn webhooks(&self) -> Vec<StoredWebhook> {
        lock(&self.state).webhooks(Some(self.index))
    }

    /// Returns the report of client misuse with its access key.
    #[must_use]
    pub fn client_report(&self) -> ClientReport {
        lock(&self.state).client_report(Some(self.index))
    }

    /// Adds a webhook, as [`Sandbox::seed_webhook`](crate::Sandbox::seed_webhook) does.
    ///
    /// # Errors
    ///
    /// Returns an error if a create with this body would be refused.
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

    /// Sets its quota.
    pub fn set_limits(&self, limits: &[Limit]) {
        lock(&self.state).set(Some(self.index), |settings| settings.limits = limits.to_vec());
    }

    /// Clears its webhooks, requests, faults, misuse and quota history; keys and settings stay.
    pub fn reset(&self) {
        lock(&self.state).reset(Some(self.index));
    }
}

impl fmt::Debug for SandboxAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxAccount").field("index", &self.index).finish_non_exhaustive()
    }
}
