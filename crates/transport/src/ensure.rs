//! One webhook of an identity, once: the calls that core's state machine asks for.

use leadsquared_webhooks_core::{
    ApiErrorKind, CreateEnd, Ensure, EnsureOptions, EnsureStep, Ensured, NewWebhook, Operation, Ticket,
    WebhookFilter,
};
use tokio::time::sleep;

use crate::{
    client::Client,
    error::{Error, ErrorKind},
    options::CallOptions,
    pending::{CallId, Running},
};

impl Client {
    /// Makes sure that one webhook of this event, URL and properties exists, and says what was done: existed, created,
    /// updated, or found disabled, which only a person can mend.
    ///
    /// It looks first, creates only what is surely not there, and reads back what it made; an answer that is lost is looked
    /// for until it shows or the settling time is over. Creates of this client that are under way or unclaimed are waited for.
    /// The custom headers, the content type and the landing pages are not told by the API, so they are not compared: use
    /// [`update`](Self::update) to set them anew.
    ///
    /// On an account that follows the other table of event codes an opportunity event is created as another, which is reported as
    /// different, each time anew: find out which table it is by [`create_verified`](Self::create_verified), once.
    ///
    /// **Several at once** may each look, see nothing and create. Each then sees the other's on reading back, unless the list
    /// is later than that, and reports it as surplus; with `remove_surplus` the one whose id is the greater deletes its own.
    ///
    /// Dropping this future ends the run; a create that has left goes on, and shows in [`pending`](Self::pending) with its
    /// ticket.
    ///
    /// # Errors
    ///
    /// [`Error`], as with [`create`](Self::create). The outcome is unknown, with a ticket, when creates were lost time and again.
    ///
    /// # Panics
    ///
    /// When there is no Tokio runtime around it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn run(client: leadsquared_webhooks::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use leadsquared_webhooks::{EnsureOptions, NewWebhook, Trigger};
    ///
    /// let webhook = NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
    /// let ensured = client.ensure(&webhook, &EnsureOptions::default()).await?;
    /// println!("{} {}", ensured.change.as_str(), ensured.id);
    /// # Ok(()) }
    /// ```
    pub async fn ensure(&self, webhook: &NewWebhook, options: &EnsureOptions) -> Result<Ensured, Error> {
        let mut options = options.clone();
        let mut ensure = Ensure::new(webhook.clone(), self.inner().codes, options.clone());
        let unclaimed = self.inner().pending.tickets(ensure.identity()).await;
        if !unclaimed.is_empty() {
            options.tickets.extend(unclaimed);
            ensure = Ensure::new(webhook.clone(), self.inner().codes, options);
        }
        let filter = WebhookFilter { event: ensure.identity().event().cloned(), ..WebhookFilter::default() };
        let mut own: Vec<CallId> = Vec::new();
        let (mut last_error, mut created) = (None, None);
        loop {
            match ensure.next(self.inner().clock.now()) {
                EnsureStep::Look => {
                    let asked_at = self.inner().clock.now();
                    let mut seen = self.list(&filter).await?;
                    // What was created as another event is not among those of the event.
                    if let Some(id) = &created
                        && !seen.iter().any(|webhook| webhook.id == *id)
                    {
                        seen.extend(self.get(id).await?);
                    }
                    ensure.looked(&seen, asked_at);
                }
                EnsureStep::Wait(time) => sleep(time).await,
                EnsureStep::Create => {
                    let (id, outcome) = self.create_kept(webhook);
                    own.push(id);
                    let end = match outcome.await {
                        Ok(made) => {
                            created = Some(made.id.clone());
                            CreateEnd::Created(made.id)
                        }
                        Err(error) => {
                            let end = create_end(&error);
                            let Some(end) = end else {
                                self.inner().pending.release(&own);
                                return Err(error);
                            };
                            last_error = Some(error);
                            end
                        }
                    };
                    ensure.created(end, self.inner().clock.now());
                }
                EnsureStep::Update(id) => {
                    let _ = self.update(&id, webhook).await?;
                    ensure.updated();
                }
                EnsureStep::Delete(id) => {
                    let _ = self.delete(&id).await?;
                    ensure.deleted();
                }
                EnsureStep::Done(ensured) => {
                    self.inner().pending.release(&own);
                    return Ok(*ensured);
                }
                EnsureStep::GiveUp(ticket) => {
                    self.inner().pending.release(&own);
                    return Err(given_up(last_error, ticket));
                }
            }
        }
    }

    /// Starts a create whose outcome stays among the pending ones until it is released.
    pub(crate) fn create_kept(
        &self,
        webhook: &NewWebhook,
    ) -> (CallId, impl Future<Output = Result<crate::client::Created, Error>> + Send + use<>) {
        self.start(webhook, &CallOptions::default(), Running::kept_outcome)
    }
}

/// What a failed create means for the one who wants it to exist; nothing when it ends the run.
pub(crate) fn create_end(error: &Error) -> Option<CreateEnd> {
    match (error.ticket(), error.kind()) {
        (Some(ticket), _) => Some(CreateEnd::Unknown { sent_at: ticket.sent_at() }),
        (None, ErrorKind::Api(error)) if error.kind() == ApiErrorKind::Duplicate => {
            Some(CreateEnd::Duplicate)
        }
        _ => None,
    }
}

pub(crate) fn given_up(last: Option<Error>, ticket: Option<Ticket>) -> Error {
    match (last, ticket) {
        (Some(error), Some(ticket)) if error.may_have_been_applied() => error.with_ticket(ticket),
        (Some(error), _) => error,
        (None, _) => Error::new(Operation::Create, ErrorKind::RuntimeEnded { sent: true }),
    }
}
