//! How one webhook of an event, URL and properties is ensured, or created and read back.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks::{OnMismatch, OnProgress};

use crate::{ticket::Ticket, wait::Cancellation};

/// How `ensure` goes about it. What is not given has its default.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct EnsureOptions {
    /// How long after it was sent a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub consistency_window: Option<Duration>,
    /// Whether a webhook that is found is replaced when it differs or may differ: that replaces its
    /// custom headers, its content type and all else that cannot be read back. Default: no, it
    /// stays and its differences are listed.
    #[uniffi(default = None)]
    pub overwrite: Option<bool>,
    /// Whether a webhook that was created with another event or URL stays. Default: no, it is
    /// deleted again.
    #[uniffi(default = None)]
    pub keep_mismatch: Option<bool>,
    /// Whether a duplicate that this run created stays. Default: no, it is deleted again.
    #[uniffi(default = None)]
    pub keep_duplicates: Option<bool>,
    /// Creates of the same webhook whose outcome is unknown: before they are resolved nothing is
    /// created. Default: none.
    #[uniffi(default = [])]
    pub tickets: Vec<Arc<Ticket>>,
    /// What ends the run before its end. Default: nothing.
    #[uniffi(default = None)]
    pub cancellation: Option<Arc<Cancellation>>,
}

impl EnsureOptions {
    pub(crate) fn reporting(self, on_progress: OnProgress) -> leadsquared_webhooks::EnsureOptions {
        let Self { consistency_window, overwrite, keep_mismatch, keep_duplicates, tickets, cancellation } =
            self;
        leadsquared_webhooks::EnsureOptions::builder()
            .maybe_consistency_window(consistency_window)
            .maybe_overwrite(overwrite)
            .maybe_keep_mismatch(keep_mismatch)
            .maybe_keep_duplicates(keep_duplicates)
            .tickets(tickets.into_iter().map(|ticket| ticket.0.clone()).collect())
            .on_progress(on_progress)
            .maybe_cancellation(cancellation.map(|cancellation| cancellation.0.clone()))
            .build()
    }
}

/// What is done about a webhook that was created with another event or URL.
#[uniffi::remote(Enum)]
pub enum OnMismatch {
    /// It stays; the result names it. The default: nothing is deleted that nobody asked to delete.
    Keep,
    /// It is deleted again.
    RollBack,
}
