//! Options of an ensure and of a verified create.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::call::{Ensure, OnMismatch, Request};

use crate::{ticket::Ticket, wait::Cancellation};

/// Options of `ensure`. Omitted values have their defaults.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct EnsureOptions {
    /// How long after it was sent a create may still appear in a list. Default: 60 s, a bound
    /// chosen by this library.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// Whether an existing webhook that differs or may differ is replaced, including its custom
    /// headers, its content type and everything else that cannot be read back. Default: false; it
    /// is kept, and its differences are listed.
    #[uniffi(default = None)]
    pub overwrite: Option<bool>,
    /// Whether a webhook that was created with a different event or URL is kept. Default: false; it
    /// is deleted again.
    #[uniffi(default = None)]
    pub keep_mismatch: Option<bool>,
    /// Whether a duplicate that this run created is kept. Default: false; it is deleted again.
    #[uniffi(default = None)]
    pub keep_duplicates: Option<bool>,
    /// Earlier creates of the same webhook whose outcome is unknown. Nothing is created before they
    /// are resolved. Default: none.
    #[uniffi(default = [])]
    pub tickets: Vec<Arc<Ticket>>,
    /// Cancels the run. Default: none.
    #[uniffi(default = None)]
    pub cancellation: Option<Arc<Cancellation>>,
}

impl EnsureOptions {
    pub(crate) fn of(self, request: Request<Ensure>) -> Request<Ensure> {
        let Self { consistency_window, overwrite, keep_mismatch, keep_duplicates, tickets, cancellation } =
            self;
        request
            .consistency_window(consistency_window)
            .overwrite(overwrite.unwrap_or_default())
            .keep_mismatch(keep_mismatch.unwrap_or_default())
            .keep_duplicates(keep_duplicates.unwrap_or_default())
            .tickets(tickets.into_iter().map(|ticket| ticket.0.clone()))
            .cancellation(cancellation.map(|cancellation| cancellation.0.clone()).unwrap_or_default())
    }
}

/// The reaction to a webhook that was created with a different event or URL.
#[uniffi::remote(Enum)]
pub enum OnMismatch {
    /// Keep it; the result names it. The default, because nothing is deleted without being asked
    /// for.
    Keep,
    /// Delete it again.
    RollBack,
}
