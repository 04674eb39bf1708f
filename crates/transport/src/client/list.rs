//! Lists the webhooks of an account, and gets one of them.

use leadsquared_webhooks_core::{
    ApiErrorKind, Attempt, Operation, Webhook, WebhookFilter, WebhookId, WebhookPage,
    reconcile::{Listing, ListingStep, UnreliableList},
    request, response,
};

use crate::{
    client::Client,
    engine::{
        call::{self, Call},
        options::CallOptions,
    },
    error::{Error, ErrorKind},
};

/// The page size of a probe: the documented one.
const PROBED: u32 = 25;

impl Client {
    /// Lists the webhooks that match a filter: `POST /v2/Webhook.svc/Retrieve`, *documented*. A
    /// list of several pages may change while it is read; it is read until two consecutive readings
    /// agree.
    ///
    /// A webhook that was created a moment ago may be missing: the delay of the list is unknown.
    ///
    /// # Errors
    ///
    /// [`Error`], as for [`create`](Self::create); a read may always be repeated.
    /// [`ErrorKind::ListUnstable`] when the list keeps changing, and [`ErrorKind::ListIncomplete`]
    /// when its pages do not match their `RecordCount`, each after five readings.
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
    /// # ) -> Result<(), leadsquared_webhooks::Error> {
    /// use leadsquared_webhooks::{Event, WebhookFilter};
    ///
    /// for webhook in
    ///     client.list(&WebhookFilter::builder().event(Event::LeadCreate).build()).await?
    /// {
    ///     println!("{} {:?} {:?}", webhook.id, webhook.url, webhook.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn list(&self, filter: &WebhookFilter) -> Result<Vec<Webhook>, Error> {
        self.read_all(filter, &mut Vec::new()).await
    }

    /// Checks that the API can be called: one Retrieve of one page, sent once. Returns the number
    /// of the account's webhooks.
    ///
    /// # Errors
    ///
    /// [`Error`], as for [`create`](Self::create).
    ///
    /// # Panics
    ///
    /// If called outside of a Tokio runtime.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) {
    /// match client.probe().await {
    ///     Ok(webhooks) => println!("the keys are right; the account has {webhooks} webhooks"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    pub async fn probe(&self) -> Result<u32, Error> {
        let once = CallOptions { attempts: Some(1), ..CallOptions::default() };
        let (page, _) = self.read_page(&WebhookFilter::default(), 1, PROBED, once).await?;
        Ok(page.total)
    }

    /// The webhook with this ID, or `None` when the list does not show it.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
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
    /// let webhook = client.get(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?).await?;
    /// println!(
    ///     "{}",
    ///     webhook.map_or("not there".to_owned(), |webhook| format!("{:?}", webhook.status)),
    /// );
    /// # Ok(()) }
    /// ```
    pub async fn get(&self, id: &WebhookId) -> Result<Option<Webhook>, Error> {
        let webhooks = self.list(&WebhookFilter::builder().id(id.clone()).build()).await?;
        Ok(webhooks.into_iter().find(|webhook| webhook.id == *id))
    }

    /// Reads all webhooks. `attempts` receives the attempts, including those of an error.
    pub(crate) async fn read_all(
        &self,
        filter: &WebhookFilter,
        attempts: &mut Vec<Attempt>,
    ) -> Result<Vec<Webhook>, Error> {
        let mut listing = Listing::default();
        let mut step = listing.first();
        loop {
            step = match step {
                ListingStep::Whole(webhooks) => return Ok(webhooks),
                ListingStep::Failed(problem) => {
                    let kind = match problem {
                        UnreliableList::Changing { readings } => ErrorKind::ListUnstable { readings },
                        UnreliableList::Incomplete { total, got, .. } => {
                            ErrorKind::ListIncomplete { record_count: total, listed: got }
                        }
                    };
                    let error = Error::new(Operation::Retrieve, kind);
                    return Err(error.with_attempts(attempts.clone()));
                }
                ListingStep::Page { number, size } => {
                    match self.read_page(filter, number, size, CallOptions::default()).await {
                        Ok((page, log)) => {
                            attempts.extend(log);
                            listing.page(page)
                        }
                        Err(error) => {
                            let earlier = attempts.clone();
                            attempts.extend_from_slice(error.attempts());
                            let refused = error.api().is_some_and(|api| {
                                matches!(api.kind(), ApiErrorKind::InvalidInput | ApiErrorKind::Unrecognized)
                            });
                            match listing.refused().filter(|_| refused) {
                                Some(smaller) => smaller,
                                None => return Err(error.with_attempts(earlier)),
                            }
                        }
                    }
                }
            };
        }
    }

    async fn read_page(
        &self,
        filter: &WebhookFilter,
        number: u32,
        size: u32,
        options: CallOptions,
    ) -> Result<(WebhookPage, Vec<Attempt>), Error> {
        let client = self.engine();
        let call = Call {
            operation: Operation::Retrieve,
            request: request::retrieve(filter, number, size),
            secrets: client.secrets.clone(),
            read: response::retrieved,
        };
        let settings = self.engine().settings(options);
        call::make(client, call, &settings, None).await
    }
}
