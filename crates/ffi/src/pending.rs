//! The creates that are under way, and those whose outcome nobody has taken yet.

use std::{sync::Arc, time::SystemTime};

use leadsquared_webhooks::{Outcome, WebhookDraft};

use crate::ticket::Ticket;

/// A create that is under way, or whose outcome nobody has taken yet.
#[derive(Debug, uniffi::Record)]
pub struct PendingCall {
    /// Which one, to be claimed by it.
    pub id: u64,
    /// What was asked for.
    pub webhook: WebhookDraft,
    /// When it was asked for.
    pub asked_at: SystemTime,
    /// How far it is.
    pub state: PendingState,
    /// What is needed to find out what became of it, once something may have left and nothing is known.
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
    /// It has been let out: an attempt, or a wait between two.
    UnderWay,
    /// It succeeded.
    Created {
        /// The vendor's name for it.
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
            leadsquared_webhooks::PendingState::UnderWay => Self::UnderWay,
            leadsquared_webhooks::PendingState::Created(id) => Self::Created { id: id.to_string() },
            leadsquared_webhooks::PendingState::Failed(outcome) => Self::Failed { outcome },
        }
    }
}
