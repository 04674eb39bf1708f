//! The creates that are in flight, and those whose outcome nobody has taken yet.

use std::{sync::Arc, time::SystemTime};

use leadsquared_webhooks::{Cancelled, Outcome, WebhookDraft};

use crate::ticket::Ticket;

/// A create that is in flight, or whose outcome nobody has taken yet.
#[derive(Debug, uniffi::Record)]
pub struct PendingCall {
    /// Which one, to take its outcome or to cancel it by.
    pub id: u64,
    /// What was asked for.
    pub webhook: WebhookDraft,
    /// When it was asked for.
    pub asked_at: SystemTime,
    /// How far it is.
    pub state: PendingState,
    /// The record to resolve it by, once something may have been sent and nothing is known.
    pub ticket: Option<Arc<Ticket>>,
}

impl From<leadsquared_webhooks::PendingCall> for PendingCall {
    fn from(call: leadsquared_webhooks::PendingCall) -> Self {
        let leadsquared_webhooks::PendingCall { id, webhook, asked_at, state, ticket } = call;
        Self {
            id: id.get(),
            webhook: webhook.to_draft(),
            asked_at,
            state: state.into(),
            ticket: ticket.map(Ticket::shared),
        }
    }
}

/// How far a create is.
#[derive(Debug, uniffi::Enum)]
pub enum PendingState {
    /// It waits for the quota; nothing was sent yet.
    Queued,
    /// The quota has admitted it: an attempt, or a wait between two.
    InFlight,
    /// It succeeded.
    Created {
        /// The ID that `LeadSquared` assigned.
        id: String,
    },
    /// It failed.
    Failed {
        /// What is known of it.
        outcome: Outcome,
    },
}

impl From<leadsquared_webhooks::PendingState> for PendingState {
    fn from(state: leadsquared_webhooks::PendingState) -> Self {
        match state {
            leadsquared_webhooks::PendingState::Queued => Self::Queued,
            leadsquared_webhooks::PendingState::InFlight => Self::InFlight,
            leadsquared_webhooks::PendingState::Created(id) => Self::Created { id: id.to_string() },
            leadsquared_webhooks::PendingState::Failed(outcome) => Self::Failed { outcome },
        }
    }
}

/// What a cancel did.
#[uniffi::remote(Enum)]
pub enum Cancelled {
    /// The create is gone from the queue: nothing of it was applied, and nothing more of it is
    /// sent. Whoever waits for it gets an error of the kind `Cancelled`.
    Withdrawn,
    /// A request was sent, and is in flight or was answered: `takeOutcome` takes the outcome. It is
    /// not sent again.
    AlreadySent,
    /// No such create is pending.
    NoSuchCall,
}
