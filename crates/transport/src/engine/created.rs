//! The result of a create.

use leadsquared_webhooks_core::{Attempt, WebhookId};
use serde::Serialize;

/// A webhook that was created, with the attempts of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Created {
    /// The ID that LeadSquared assigned.
    pub id: WebhookId,
    /// The attempts, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}
