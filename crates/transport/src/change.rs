//! Replacing and deleting a webhook that exists.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks_core::{Attempt, NewWebhook, Operation, Secrets, WebhookId, request, response};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    call::{self, Call},
    client::Client,
    error::{Error, ErrorKind},
    gate::{Gate, Withdrawing},
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
    /// Replaces a webhook, whole: `POST /v2/Webhook.svc/Update`, *documented*; that nothing of the
    /// old one stays is *inferred*. It may be repeated, and is, after a lost answer.
    ///
    /// It runs as a task of the client's own. Dropping this future withdraws the update while no
    /// attempt of it is in flight or unknown; afterwards it does not cancel the update once it was
    /// sent.
    ///
    /// # Errors
    ///
    /// [`Error`]; its outcome is unknown once an answer was lost and no later attempt succeeded:
    /// the webhook is as it was before, or as it was to become.
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
        match self.change(Operation::Update, request, secrets).await {
            Ok(attempts) => Ok(Changed { id: id.clone(), attempts }),
            Err(error) => Err(error.with_id(id.clone())),
        }
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, *documented*, confirmed by reading, for
    /// what it answers is unknown.
    ///
    /// It runs as a task of the client's own. Dropping this future withdraws the delete while no
    /// attempt of it is in flight or unknown; afterwards it does not cancel the delete once it was
    /// sent.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`ErrorKind::StillListed`] when the list goes on showing it,
    /// [`ErrorKind::Unconfirmed`] when it cannot be read: both leave the outcome unknown. A delete
    /// of which an attempt is unknown has succeeded when the list shows no such webhook, whatever a
    /// later attempt was told.
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
        let (mut attempts, failure) =
            match self.change(Operation::Delete, request::delete(id), self.inner().secrets.clone()).await {
                Ok(attempts) => (attempts, None),
                // Nobody knows what an attempt did, and a later one may have been told that there
                // is none.
                Err(error) if error.may_have_been_applied() => (error.attempts().to_vec(), Some(error)),
                Err(error) => return Err(error.with_id(id.clone())),
            };
        for wait in CONFIRMATIONS {
            sleep(wait).await;
            match self.get(id).await {
                Ok(None) => return Ok(Changed { id: id.clone(), attempts }),
                Ok(Some(_)) => {}
                Err(unread) => {
                    attempts.extend_from_slice(unread.attempts());
                    let error = failure.unwrap_or_else(|| {
                        Error::new(Operation::Delete, ErrorKind::Unconfirmed).caused_by(unread)
                    });
                    return Err(error.after(attempts).with_id(id.clone()));
                }
            }
        }
        let error = failure.unwrap_or_else(|| Error::new(Operation::Delete, ErrorKind::StillListed));
        Err(error.after(attempts).with_id(id.clone()))
    }

    /// Makes a call that may be repeated, as a task of the client's own.
    async fn change(
        &self,
        operation: Operation,
        request: http::Request<Vec<u8>>,
        secrets: Secrets,
    ) -> Result<Vec<Attempt>, Error> {
        let (client, settings) = (Arc::clone(self.inner()), self.settings(CallOptions::default()));
        let call = Call { operation, request, secrets, read: response::acknowledged };
        let gate = Arc::new(Gate::new(operation, client.quota.clone()));
        let (running, gate_of_task) = (client.pending.begin_change(), Arc::clone(&gate));
        let task = tokio::spawn(async move {
            let _running = running;
            call::make(&client, call, &settings, Some(&gate_of_task)).await.map(|((), log)| log)
        });
        let withdrawing = Withdrawing(gate);
        // A task ends without a word only with its runtime.
        let ended = |_| {
            let (sent, attempts) = withdrawing.0.interrupted().unwrap_or_default();
            Err(Error::new(operation, ErrorKind::RuntimeEnded { sent }).after(attempts))
        };
        task.await.unwrap_or_else(ended)
    }
}
