//! Pending creates: queued, in flight, or with an outcome that has not been taken yet.

use std::{sync::Arc, time::SystemTime};

use leadsquared_webhooks::{Outcome, call::Cancelled, webhook::WebhookDraft};

use crate::ticket::Ticket;

/// A create that is queued or in flight, or whose outcome has not been taken yet.
#[derive(Debug, uniffi::Record)]
pub struct PendingCall {
    /// The ID with which to take its outcome or to cancel it.
    pub id: u64,
    /// The requested webhook.
    pub webhook: WebhookDraft,
    /// When the create was requested.
    pub asked_at: SystemTime,
    /// Its state.
    pub state: PendingState,
    /// The record to resolve it with, once a request may have been sent and the outcome is unknown.
    pub ticket: Option<Arc<Ticket>>,
}

impl From<leadsquared_webhooks::call::PendingCall> for PendingCall {
    fn from(call: leadsquared_webhooks::call::PendingCall) -> Self {
        let leadsquared_webhooks::call::PendingCall { id, webhook, asked_at, state, ticket } = call;
        Self {
            id: id.get(),
            webhook: webhook.to_draft(),
            asked_at,
            state: state.into(),
            ticket: ticket.map(Ticket::shared),
        }
    }
}

/// The state of a pending create.
#[derive(Debug, uniffi::Enum)]
pub enum PendingState {
    /// It waits for the quota. Nothing was sent yet.
    Queued,
    /// The quota has admitted it: an attempt is in flight, or it waits between two attempts.
    InFlight,
    /// It succeeded.
    Created {
        /// The ID that `LeadSquared` assigned.
        id: String,
    },
    /// It failed.
    Failed {
        /// The outcome of the create.
        outcome: Outcome,
    },
}

impl From<leadsquared_webhooks::call::PendingState> for PendingState {
    fn from(state: leadsquared_webhooks::call::PendingState) -> Self {
        match state {
            leadsquared_webhooks::call::PendingState::Queued => Self::Queued,
            leadsquared_webhooks::call::PendingState::InFlight => Self::InFlight,
            leadsquared_webhooks::call::PendingState::Created(id) => Self::Created { id: id.to_string() },
            leadsquared_webhooks::call::PendingState::Failed(outcome) => Self::Failed { outcome },
        }
    }
}

/// The result of a cancel.
#[uniffi::remote(Enum)]
pub enum Cancelled {
    /// The create was removed from the queue: it was not applied, and nothing more is sent. Callers
    /// waiting for it get an error of kind `Cancelled`.
    Withdrawn,
    /// A request was sent, and is in flight or got a response: `takeOutcome` takes the outcome. The
    /// create is not retried.
    AlreadySent,
    /// No such create is pending.
    NoSuchCall,
}
