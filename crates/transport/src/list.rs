//! What an account has, and one of it.

use http::StatusCode;
use leadsquared_webhooks_core::{
    Operation, Secrets, UnexpectedReason, UnexpectedResponse, Webhook, WebhookFilter, WebhookId, WebhookPage,
    request, response,
};

use crate::{
    call::{self, Call},
    client::Client,
    error::{Error, ErrorKind},
    options::CallOptions,
};

/// How many webhooks are asked for at once. The largest number is unknown; 100 was used (*observed*).
const PAGE: u32 = 100;

/// How often a list is read anew that does not hold what it says: somebody changed something meanwhile.
const MOST_READINGS: u32 = 3;

impl Client {
    /// The webhooks that a filter lets through: `POST /v2/Webhook.svc/Retrieve`, *documented*. Pages are fetched as needed; what
    /// they hold together is checked against the number that the API tells.
    ///
    /// A webhook that was created a moment ago may be missing: how late a list is, is unknown.
    ///
    /// # Errors
    ///
    /// [`Error`], as with [`create`](Self::create); a read may always be repeated.
    /// [`UnexpectedReason::Incomplete`] when the pages do not hold what they say, three times over.
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), leadsquared_webhooks::Error> {
    /// use leadsquared_webhooks::{Event, WebhookFilter};
    ///
    /// for webhook in client.list(&WebhookFilter::builder().event(Event::LeadCreate).build()).await? {
    ///     println!("{} {:?} {:?}", webhook.id, webhook.url, webhook.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn list(&self, filter: &WebhookFilter) -> Result<Vec<Webhook>, Error> {
        let mut readings = 0;
        loop {
            readings += 1;
            match self.read_pages(filter).await? {
                Ok(webhooks) => return Ok(webhooks),
                Err(_) if readings < MOST_READINGS => {}
                Err(problem) => {
                    let answer = UnexpectedResponse::new(
                        StatusCode::OK,
                        UnexpectedReason::Incomplete,
                        problem.as_bytes(),
                        &Secrets::default(),
                    );
                    return Err(Error::new(ErrorKind::UnexpectedResponse(answer), None, Vec::new(), None));
                }
            }
        }
    }

    /// The webhook of this id, or nothing when the list does not show it.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let webhook = client.get(&"b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4".parse()?).await?;
    /// println!("{}", webhook.map_or("not there".to_owned(), |webhook| format!("{:?}", webhook.status)));
    /// # Ok(()) }
    /// ```
    pub async fn get(&self, id: &WebhookId) -> Result<Option<Webhook>, Error> {
        let webhooks = self.list(&WebhookFilter::builder().id(id.clone()).build()).await?;
        Ok(webhooks.into_iter().find(|webhook| webhook.id == *id))
    }

    /// All pages once; what is wrong with them when they do not hold what they say.
    async fn read_pages(&self, filter: &WebhookFilter) -> Result<Result<Vec<Webhook>, String>, Error> {
        let mut webhooks: Vec<Webhook> = Vec::new();
        let mut number = 1;
        loop {
            let page = self.read_page(filter, number).await?;
            let (total, before) = (page.total as usize, webhooks.len());
            for webhook in page.webhooks {
                // A change meanwhile moves others to the next page: they come twice.
                if !webhooks.iter().any(|known| known.id == webhook.id) {
                    webhooks.push(webhook);
                }
            }
            if webhooks.len() < total && webhooks.len() > before {
                number += 1;
            } else if webhooks.len() == total {
                return Ok(Ok(webhooks));
            } else {
                return Ok(Err(format!("RecordCount {total}, and {} came", webhooks.len())));
            }
        }
    }

    async fn read_page(&self, filter: &WebhookFilter, number: u32) -> Result<WebhookPage, Error> {
        let client = self.inner();
        let call = Call {
            operation: Operation::Retrieve,
            request: request::retrieve(filter, number, PAGE),
            secrets: client.secrets.clone(),
            read: response::retrieved,
        };
        let settings = self.settings(CallOptions::default());
        call::make(client, call, &settings, || {}).await.map(|(page, _)| page)
    }
}
