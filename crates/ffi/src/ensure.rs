//! One webhook of an event, URL and properties, once: how it is gone about, and what was done.

use std::{sync::Arc, time::Duration};

use crate::{
    existing::WebhookStatus,
    ticket::Ticket,
    verify::{Difference, Verification},
};

/// How `ensure` goes about it. What is not given has its default.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct EnsureOptions {
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[uniffi(default = None)]
    pub settling: Option<Duration>,
    /// Whether a webhook that this very run created is deleted when another of its kind turns out to exist. Default: no.
    #[uniffi(default = None)]
    pub remove_surplus: Option<bool>,
    /// Creates of the same webhook that were cut off earlier: before they are settled nothing is created. Default: none.
    #[uniffi(default = [])]
    pub tickets: Vec<Arc<Ticket>>,
}

impl From<EnsureOptions> for leadsquared_webhooks::EnsureOptions {
    fn from(options: EnsureOptions) -> Self {
        let EnsureOptions { settling, remove_surplus, tickets } = options;
        Self::builder()
            .maybe_settling(settling)
            .maybe_remove_surplus(remove_surplus)
            .tickets(tickets.into_iter().map(|ticket| ticket.0.clone()).collect())
            .build()
    }
}

/// What was done so that one webhook exists.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Ensured {
    /// The one that exists.
    pub id: String,
    /// What was done.
    pub change: Change,
    /// Others of the same event, URL and properties, which deliver everything once more.
    pub surplus: Vec<String>,
    /// Those that were created here and deleted again, because another existed.
    pub removed: Vec<String>,
}

impl From<leadsquared_webhooks::Ensured> for Ensured {
    fn from(ensured: leadsquared_webhooks::Ensured) -> Self {
        let leadsquared_webhooks::Ensured { id, change, surplus, removed } = ensured;
        Self {
            id: id.to_string(),
            change: change.into(),
            surplus: surplus.iter().map(ToString::to_string).collect(),
            removed: removed.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Change {
    /// Nothing: it was there.
    Existed,
    /// It was created.
    Created {
        /// Whether it is what was asked for. Different only when the account takes its number for another event.
        verification: Verification,
    },
    /// It was there, and what differed was replaced.
    Updated {
        /// What differed.
        differences: Vec<Difference>,
    },
    /// It is there and does not deliver; only a person can enable it, in the vendor's UI.
    Disabled {
        /// By whom.
        status: WebhookStatus,
    },
}

impl From<leadsquared_webhooks::Change> for Change {
    fn from(change: leadsquared_webhooks::Change) -> Self {
        match change {
            leadsquared_webhooks::Change::Existed => Self::Existed,
            leadsquared_webhooks::Change::Created(verification) => {
                Self::Created { verification: verification.into() }
            }
            leadsquared_webhooks::Change::Updated(differences) => {
                Self::Updated { differences: differences.into_iter().map(Into::into).collect() }
            }
            leadsquared_webhooks::Change::Disabled(status) => Self::Disabled { status: status.into() },
        }
    }
}
