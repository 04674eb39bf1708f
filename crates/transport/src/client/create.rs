//! Creates a webhook.

use std::sync::Arc;

use leadsquared_webhooks_core::NewWebhook;

use crate::{
    call_error::Error,
    client::{
        Client,
        request::{Request, Verb},
    },
    engine::{
        call::{self, BeforeSend},
        created::Created,
        pending::Running,
    },
};

/// The request of [`Client::create`].
#[derive(Clone, Debug)]
pub struct Create {
    webhook: Arc<NewWebhook>,
}

impl Verb for Create {
    type Output = Created;

    async fn run(self, client: Client) -> Result<Created, Error> {
        client.start(self.webhook, None, Running::outcome).await
    }
}

impl Client {
    /// Creates a webhook: `POST /v2/Webhook.svc/Create`, *documented*.
    ///
    /// It is sent again only when it was not applied: no connection could be opened, or the quota
    /// was exceeded.
    ///
    /// Dropping this future (by a timeout, by `select!`) withdraws the create while no attempt is
    /// in flight: it leaves the quota's queue and [`pending`](Self::pending), and nothing more of
    /// it is sent. Dropping the future does not cancel a request that **was already sent**: its
    /// outcome is kept for [`take_outcome`](Self::take_outcome) and shows in
    /// [`pending`](Self::pending), and it is not sent again.
    ///
    /// # Errors
    ///
    /// [`Error`]; its [`outcome`](Error::outcome) distinguishes three cases:
    /// - not sent: no connection, no permit from the quota, or the deadline before anything was
    ///   sent;
    /// - refused: wrong keys, invalid input, a duplicate, or a rate limit that lasted;
    /// - unknown: the response was lost, late, or not readable. Check whether the webhook exists
    ///   before retrying.
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
    ///     NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
    /// let created = client.create(&webhook).await?;
    /// println!("{} after {} attempts", created.id, created.attempts.len());
    /// # Ok(()) }
    /// ```
    pub fn create(&self, webhook: &NewWebhook) -> Request<Create> {
        Request::new(self, Create { webhook: Arc::new(webhook.clone()) })
    }

    /// Starts a create as a separate task. `take` is called before the task runs.
    pub(crate) fn start<T>(
        &self,
        webhook: Arc<NewWebhook>,
        before_send: Option<BeforeSend>,
        take: impl FnOnce(&Running) -> T,
    ) -> T {
        let (settings, engine) = (self.defaults, Arc::clone(self.engine()));
        let running = engine.pending.begin(Arc::clone(&webhook), engine.clock.clone(), engine.quota.clone());
        let taken = take(&running);
        tokio::spawn(async move {
            let outcome = call::create(&engine, &webhook, settings, before_send, &running).await;
            running.end(outcome);
        });
        taken
    }
}
