//! The ID that LeadSquared assigns to a webhook.

use std::{fmt, str::FromStr};

/// The ID of a webhook on an account.
///
/// Wire names `Id` (response to Create, *documented* and *observed*) and `WebhookId`. Every ID seen
/// so far is a UUID, but this is not documented, so any string that is not blank is accepted.
///
/// # Example
///
/// ```
/// use leadsquared_webhooks_core::WebhookId;
///
/// let id: WebhookId = "b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?;
/// assert_eq!(id.as_str().len(), 36);
/// assert!(" ".parse::<WebhookId>().is_err());
/// # Ok::<(), leadsquared_webhooks_core::InvalidWebhookId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookId(String);

impl WebhookId {
    /// The ID as LeadSquared returned it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WebhookId {
    type Err = InvalidWebhookId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() { Err(InvalidWebhookId) } else { Ok(Self(text.to_owned())) }
    }
}

/// The error for a blank webhook ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook id is not blank")]
pub struct InvalidWebhookId;
