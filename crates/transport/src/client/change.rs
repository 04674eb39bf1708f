//! Updates and deletes an existing webhook.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks_core::{Attempt, NewWebhook, Operation, Secrets, WebhookId, request, response};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    call_error::{Error, ErrorKind},
    client::{
        Client,
        request::{Request, Verb},
    },
    engine::{
        call::{self, Call},
        gate::{Gate, Withdrawing},
    },
};

/// The delays before each list that confirms a delete.
const CONFIRMATIONS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A webhook that was updated or deleted, with the attempts of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The webhook's ID.
    pub id: WebhookId,
    /// The attempts, in order; the last one succeeded.
    pub attempts: Vec<Attempt>,
}

/// The request of [`Client::update`].
#[derive(Clone, Debug)]
pub struct Update {
    id: WebhookId,
    webhook: NewWebhook,
}

impl Verb for Update {
    type Output = Changed;

    async fn run(self, client: Client) -> Result<Changed, Error> {
        let Self { id, webhook } = self;
        let engine = client.engine();
        let request = request::update(&id, &webhook, engine.encoding());
        let secrets = engine.secrets.and_headers_of(&webhook);
        match client.change(Operation::Update, request, secrets).await {
            Ok(attempts) => Ok(Changed { id, attempts }),
            Err(error) => Err(error.with_id(id)),
        }
    }
}

/// The request of [`Client::delete`].
#[derive(Clone, Debug)]
pub struct Delete {
    id: WebhookId,
}

impl Verb for Delete {
    type Output = Changed;

    async fn run(self, client: Client) -> Result<Changed, Error> {
        let Self { id } = self;
        let (mut attempts, failure) = match client
            .change(Operation::Delete, request::delete(&id), client.engine().secrets.clone())
            .await
        {
            Ok(attempts) => (attempts, None),
            // The outcome of an attempt is unknown, and a later one may have been answered with
            // "not found".
            Err(error) if error.may_have_been_applied() => (error.attempts().to_vec(), Some(error)),
            Err(error) => return Err(error.with_id(id.clone())),
        };
        for wait in CONFIRMATIONS {
            sleep(wait).await;
            match client.get(&id).await {
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
}

impl Client {
    /// Replaces a webhook: `POST /v2/Webhook.svc/Update`, *documented*. That nothing of the old
    /// webhook remains is *inferred*. An update is idempotent, so it is retried after a lost
    /// response.
    ///
    /// The update runs as a separate task. Dropping this future withdraws the update while no
    /// attempt is in flight or has an unknown outcome. After that, dropping it does not cancel a
    /// request that was already sent.
    ///
    /// # Errors
    ///
    /// [`Error`]. The outcome is unknown when a response was lost and no later attempt succeeded:
    /// the webhook is then in either its old or its new state.
    ///
    /// # Panics
    ///
    /// If called outside of a Tokio runtime.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: leadsquared_webhooks::Client,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use leadsquared_webhooks::{NewWebhook, Trigger};
    ///
    /// let webhook =
    ///     NewWebhook::builder("https://example.com/moved".parse()?, Trigger::LeadCreate).build();
    /// client.update(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?, &webhook).await?;
    /// # Ok(()) }
    /// ```
    pub fn update(&self, id: &WebhookId, webhook: &NewWebhook) -> Request<Update> {
        Request::new(self, Update { id: id.clone(), webhook: webhook.clone() })
    }

    /// Deletes a webhook: `GET /v2/Webhook.svc/Delete`, *documented*. The delete is confirmed by
    /// listing, because the content of its response is unknown.
    ///
    /// The delete runs as a separate task. Dropping this future withdraws the delete while no
    /// attempt is in flight or has an unknown outcome. After that, dropping it does not cancel a
    /// request that was already sent.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`ErrorKind::StillListed`] when the list still shows the webhook, and
    /// [`ErrorKind::Unconfirmed`] when the list cannot be read. Both leave the outcome unknown. A
    /// delete with an attempt of unknown outcome succeeds when the list does not show the webhook,
    /// whatever a later attempt returned.
    ///
    /// # Panics
    ///
    /// If called outside of a Tokio runtime.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: leadsquared_webhooks::Client,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// client.delete(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?).await?;
    /// # Ok(()) }
    /// ```
    pub fn delete(&self, id: &WebhookId) -> Request<Delete> {
        Request::new(self, Delete { id: id.clone() })
    }

    /// Runs an idempotent call as a separate task.
    async fn change(
        &self,
        operation: Operation,
        request: http::Request<Vec<u8>>,
        secrets: Secrets,
    ) -> Result<Vec<Attempt>, Error> {
        let (client, settings) = (Arc::clone(self.engine()), self.defaults);
        let call = Call { operation, request, secrets, read: response::acknowledged, before_send: None };
        let gate = Arc::new(Gate::new(operation, client.quota.clone()));
        let (running, gate_of_task) = (client.pending.begin_change(), Arc::clone(&gate));
        let task = tokio::spawn(async move {
            let _running = running;
            call::make(&client, call, settings, Some(&gate_of_task)).await.map(|((), log)| log)
        });
        let withdrawing = Withdrawing(gate);
        // A task ends without a result only when its runtime shuts down.
        let ended = |_| {
            let (sent, attempts) = withdrawing.0.interrupted().unwrap_or_default();
            Err(Error::new(operation, ErrorKind::RuntimeEnded { sent }).after(attempts))
        };
        task.await.unwrap_or_else(ended)
    }
}
