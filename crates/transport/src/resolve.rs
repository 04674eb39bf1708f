//! What became of a create whose outcome is unknown.

use std::time::Duration;

use leadsquared_webhooks_core::{DEFAULT_SETTLING, Resolution, Ticket, WebhookFilter};
use tokio::time::{Instant, sleep};

use crate::{client::Client, error::Error};

/// The wait between two looks; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// How a ticket is resolved.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::ResolveOptions;
///
/// let one_look = ResolveOptions::builder().patience(Duration::ZERO).build();
/// assert_eq!(one_look.settling, Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, bon::Builder)]
pub struct ResolveOptions {
    /// How long after its send a create may still show up. Default 60 s, our own bound.
    #[builder(default = DEFAULT_SETTLING)]
    pub settling: Duration,
    /// How long this call looks again. Default: until the settling time is over.
    pub patience: Option<Duration>,
}

impl Default for ResolveOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Client {
    /// Finds out what became of a create by reading: found, several, not seen yet, or absent.
    ///
    /// **An empty list at once proves nothing**: the call may still be on its way, and the list may be late. Only after the
    /// settling time does "not there" mean "not applied".
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
    /// # async fn run(client: leadsquared_webhooks::Client, webhook: leadsquared_webhooks::NewWebhook) -> Result<(), leadsquared_webhooks::Error> {
    /// use leadsquared_webhooks::{Resolution, ResolveOptions};
    ///
    /// let Err(error) = client.create(&webhook).await else { return Ok(()) };
    /// if let Some(ticket) = error.ticket() {
    ///     match client.resolve(ticket, &ResolveOptions::default()).await? {
    ///         Resolution::Found(webhook) => println!("it exists: {}", webhook.id),
    ///         Resolution::Absent => println!("it was not applied"),
    ///         other => println!("{}", other.as_str()),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn resolve(&self, ticket: &Ticket, options: &ResolveOptions) -> Result<Resolution, Error> {
        let filter = WebhookFilter { event: ticket.identity().event().cloned(), ..WebhookFilter::default() };
        let started = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let asked_at = self.inner().clock.now();
            let seen = self.list(&filter).await?;
            let resolution = ticket.resolve(&seen, asked_at, options.settling);
            let Resolution::NotSeen { settled_at } = resolution else { return Ok(resolution) };
            let left = settled_at.duration_since(self.inner().clock.now()).unwrap_or_default();
            if options.patience.is_some_and(|patience| started.elapsed() + wait.min(left) > patience) {
                return Ok(resolution);
            }
            sleep(wait.min(left)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}
