//! A create that is read back.

use std::fmt;

use leadsquared_webhooks_core::{
    Attempt, Difference, NewWebhook, Unverified, Verification, Webhook, WebhookId, verify,
};
use serde::Serialize;

use crate::{
    client::{Client, Created},
    error::Error,
};

/// What is done about a webhook that was created as something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMismatch {
    /// It stays; the error names it. The default: nothing is deleted that nobody asked to delete.
    #[default]
    Keep,
    /// It is deleted again.
    Undo,
}

/// A webhook that now exists, and whether it is what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verified {
    /// The vendor's name for it.
    pub id: WebhookId,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
    /// [`Verification::Same`], or why nobody can tell; what is different is an error.
    pub verification: Verification,
}

/// Why there is no verified webhook.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VerifyError {
    /// The create failed; the error says whether it may have been applied.
    #[error(transparent)]
    Create(#[from] Error),
    /// It succeeded, and something else exists than was asked for.
    #[error(transparent)]
    Mismatch(Mismatch),
}

/// A webhook that was created as something else than was asked for: the disputed codes of the opportunity events do that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The vendor's name for what was created.
    pub id: WebhookId,
    /// What differs, both sides of it.
    pub differences: Vec<Difference>,
    /// What exists, or existed.
    pub got: Box<Webhook>,
    /// Whether it was deleted again.
    pub undone: bool,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, differences, got: _, undone, attempts: _ } = self;
        write!(f, "webhook {id} was created as something else")?;
        for Difference { field, asked, got } in differences {
            write!(f, "; {field}: {asked} was asked for, {got} exists")?;
        }
        f.write_str(if *undone { "; it was deleted again" } else { "" })
    }
}

impl std::error::Error for Mismatch {}

impl Client {
    /// Creates a webhook and reads it back: event, URL, state and properties are compared. This alone tells which of the two
    /// tables of event codes an account follows.
    ///
    /// Dropping this future ends the wait and the reading, and not the create: see [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// [`VerifyError::Create`], as with [`create`](Self::create); [`VerifyError::Mismatch`] when something else exists, or
    /// existed until it was undone.
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use leadsquared_webhooks::{NewWebhook, OnMismatch, OpportunityTypes, Trigger};
    ///
    /// let types = OpportunityTypes::try_from(vec!["12000".parse()?])?;
    /// let webhook = NewWebhook::builder("https://example.com".parse()?, Trigger::OpportunityCreate(types)).build();
    /// let verified = client.create_verified(&webhook, OnMismatch::Undo).await?;
    /// println!("{} is {:?}", verified.id, verified.verification);
    /// # Ok(()) }
    /// ```
    pub async fn create_verified(
        &self,
        webhook: &NewWebhook,
        on_mismatch: OnMismatch,
    ) -> Result<Verified, VerifyError> {
        let Created { id, attempts } = self.create(webhook).await?;
        let verification = match self.get(&id).await {
            Ok(Some(got)) => verify(webhook, self.inner().codes, &got),
            Ok(None) => Verification::Unverified { why: Unverified::NotSeen },
            Err(_) => Verification::Unverified { why: Unverified::NotRead },
        };
        let Verification::Different { differences, got } = verification else {
            return Ok(Verified { id, attempts, verification });
        };
        let undone = on_mismatch == OnMismatch::Undo && self.delete(&id).await.is_ok();
        Err(VerifyError::Mismatch(Mismatch { id, differences, got, undone, attempts }))
    }
}
