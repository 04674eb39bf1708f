//! Lists the webhooks of an account, and gets one of them.

use futures_util::stream::{self, Stream};
use leadsquared_webhooks_core::{
    ApiErrorKind, Attempt, EventName, Operation, Webhook, WebhookFilter, WebhookId, WebhookPage,
    WebhookStatus,
    reconcile::{DOCUMENTED_PAGE_SIZE, Listing, ListingStep, UnreliableList},
    request, response,
};

use crate::{
    call_error::{Error, ErrorKind},
    client::{
        Client,
        request::{Request, Verb},
    },
    engine::call::{self, Call},
};

/// The request of [`Client::list`].
#[derive(Clone, Debug)]
pub struct List {
    filter: WebhookFilter,
}

impl Request<List> {
    /// Only webhooks with this event.
    pub fn event(mut self, event: impl Into<EventName>) -> Self {
        self.verb.filter.event = Some(event.into());
        self
    }

    /// Only webhooks with this status.
    pub fn status(mut self, status: WebhookStatus) -> Self {
        self.verb.filter.status = Some(status);
        self
    }

    /// Only webhooks whose name or description contains this text, *documented*: URLs are not
    /// searched.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.verb.filter.text = Some(text.into());
        self
    }

    /// All parts of a filter at once, in place of those that were set before.
    pub fn filter(mut self, filter: WebhookFilter) -> Self {
        self.verb.filter = filter;
        self
    }

    /// The pages of one reading, as they arrive, in place of the whole list.
    ///
    /// The list may change between two pages: a webhook may then appear twice or be missing.
    /// Awaiting the request itself reads until two readings agree.
    ///
    /// # Errors
    ///
    /// [`Error`] ends the stream.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: leadsquared_webhooks::Client,
    /// # ) -> Result<(), leadsquared_webhooks::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut pages = std::pin::pin!(client.list().pages());
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} of {}", page.webhooks.len(), page.total);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> impl Stream<Item = Result<WebhookPage, Error>> + Send {
        let Self { client, verb: List { filter } } = self;
        stream::try_unfold((client, filter, Some(1), 0), |(client, filter, number, seen)| async move {
            let Some(number) = number else { return Ok(None) };
            let (page, _) = client.read_page(&filter, number, DOCUMENTED_PAGE_SIZE).await?;
            let seen = seen + page.webhooks.len();
            let is_last =
                page.webhooks.is_empty() || seen >= usize::try_from(page.total).unwrap_or(usize::MAX);
            Ok(Some((page, (client, filter, (!is_last).then(|| number + 1), seen))))
        })
    }
}

impl Verb for List {
    type Output = Vec<Webhook>;

    async fn run(self, client: Client) -> Result<Vec<Webhook>, Error> {
        client.read_all(&self.filter, &mut Vec::new()).await
    }
}

/// The request of [`Client::get`].
#[derive(Clone, Debug)]
pub struct Get {
    id: WebhookId,
}

impl Verb for Get {
    type Output = Option<Webhook>;

    async fn run(self, client: Client) -> Result<Option<Webhook>, Error> {
        let filter = WebhookFilter { id: Some(self.id.clone()), ..WebhookFilter::default() };
        let webhooks = client.read_all(&filter, &mut Vec::new()).await?;
        Ok(webhooks.into_iter().find(|webhook| webhook.id == self.id))
    }
}

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
    /// use leadsquared_webhooks::{Event, webhook::WebhookStatus};
    ///
    /// let broken =
    ///     client.list().event(Event::LeadCreate).status(WebhookStatus::DisabledByFailures).await?;
    /// for webhook in broken {
    ///     println!("{} {:?}", webhook.id, webhook.url);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> Request<List> {
        Request::new(self, List { filter: WebhookFilter::default() })
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
        let once = self.list().attempts(1).client;
        let (page, _) = once.read_page(&WebhookFilter::default(), 1, DOCUMENTED_PAGE_SIZE).await?;
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
    pub fn get(&self, id: &WebhookId) -> Request<Get> {
        Request::new(self, Get { id: id.clone() })
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
                ListingStep::Page { number, size } => match self.read_page(filter, number, size).await {
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
                },
            };
        }
    }

    async fn read_page(
        &self,
        filter: &WebhookFilter,
        number: u32,
        size: u32,
    ) -> Result<(WebhookPage, Vec<Attempt>), Error> {
        let client = self.engine();
        let call = Call {
            operation: Operation::Retrieve,
            request: request::retrieve(filter, number, size),
            secrets: client.secrets.clone(),
            read: response::retrieved,
            before_send: None,
        };
        call::make(client, call, self.defaults, None).await
    }
}
