//! Replacing and deleting a webhook that exists.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use leadsquared_webhooks_core::{
    NewWebhook, Outcome, Secrets, UnexpectedReason, UnexpectedResponse, WebhookId, request, response,
    retry::Repetition,
};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    attempt::Attempt,
    call::{self, Call},
    client::Client,
    error::{Error, ErrorKind},
    options::CallOptions,
};

/// The waits between the looks that confirm a delete.
const CONFIRMATIONS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A webhook that was replaced or deleted, and what it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Changed {
    /// Which one.
    pub id: WebhookId,
    /// What was tried, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

impl Client {
    /// Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, *documented*; that nothing of the old one stays is
    /// *inferred*. It may be repeated, and is, after a lost answer.
    ///
    /// It runs as a task of the client's own: dropping this future ends the wait and not the update.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Outcome::Unknown`] when every answer was lost: the old or the new webhook exists.
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use leadsquared_webhooks::{NewWebhook, Trigger};
    ///
    /// let webhook = NewWebhook::builder("https://example.com/moved".parse()?, Trigger::LeadCreate).build();
    /// let _ = client.update(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?, &webhook).await?;
    /// # Ok(()) }
    /// ```
    pub async fn update(&self, id: &WebhookId, webhook: &NewWebhook) -> Result<Changed, Error> {
        let client = self.inner();
        let request = request::update(id, webhook, client.encoding());
        let secrets = client.secrets.and_headers_of(webhook);
        let attempts = self.change(request, secrets).await?;
        Ok(Changed { id: id.clone(), attempts })
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, *documented*, confirmed by reading, for what it answers is unknown.
    ///
    /// It runs as a task of the client's own: dropping this future ends the wait and not the delete.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`UnexpectedReason::StillThere`] when the list goes on showing it, [`ErrorKind::Unconfirmed`] when it cannot
    /// be read: both leave the outcome unknown.
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let _ = client.delete(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?).await?;
    /// # Ok(()) }
    /// ```
    pub async fn delete(&self, id: &WebhookId) -> Result<Changed, Error> {
        let attempts = match self.change(request::delete(id), self.inner().secrets.clone()).await {
            Ok(attempts) => attempts,
            // The first of two may have done it, and the second is told that there is none.
            Err(error) if was_open(&error) => match self.get(id).await {
                Ok(None) => error.attempts().to_vec(),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        };
        for wait in CONFIRMATIONS {
            sleep(wait).await;
            match self.get(id).await {
                Ok(None) => return Ok(Changed { id: id.clone(), attempts }),
                Ok(Some(_)) => {}
                Err(error) => {
                    return Err(Error::new(ErrorKind::Unconfirmed, Some(error.into()), attempts, None));
                }
            }
        }
        let answer = UnexpectedResponse::new(
            StatusCode::OK,
            UnexpectedReason::StillThere,
            id.as_str().as_bytes(),
            &Secrets::default(),
        );
        Err(Error::new(ErrorKind::UnexpectedResponse(answer), None, attempts, None))
    }

    /// Makes a call that may be repeated, as a task of the client's own.
    async fn change(&self, request: http::Request<Vec<u8>>, secrets: Secrets) -> Result<Vec<Attempt>, Error> {
        let (client, settings) = (Arc::clone(self.inner()), self.settings(CallOptions::default()));
        let call = Call { request, repetition: Repetition::Harmless, secrets, read: response::acknowledged };
        let under_way = client.pending.begin_change();
        let task = tokio::spawn(async move {
            let _under_way = under_way;
            let let_out = || client.pending.note_change();
            call::make(&client, call, &settings, let_out).await.map(|((), log)| log)
        });
        // A task ends without a word only with its runtime.
        let cut_off = |_| Err(Error::new(ErrorKind::Interrupted, None, Vec::new(), None));
        task.await.unwrap_or_else(cut_off)
    }
}

/// Whether nobody knows what an earlier attempt did.
fn was_open(error: &Error) -> bool {
    error.attempts().iter().any(|attempt| attempt.outcome == Some(Outcome::Unknown))
}
