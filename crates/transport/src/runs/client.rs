//! Ensures, verifies or resolves one webhook.

use std::time::Duration;

use leadsquared_webhooks_core::{
    DEFAULT_CONSISTENCY_WINDOW, EventCodes, Identity, NewWebhook, Reconciled, Ticket,
    reconcile::{Memory, ReconcileOptions, Reconciler},
};

use super::{Cancellation, Driver, OnProgress};
use crate::{
    client::Client,
    engine::{
        call::BeforeSend,
        created::Created,
        options::CallOptions,
        pending::{CallId, Running},
    },
    error::{Error, ErrorKind},
};

/// Options of [`Client::ensure`].
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::EnsureOptions;
///
/// let options = EnsureOptions::builder()
///     .consistency_window(Duration::from_secs(120))
///     .overwrite(true)
///     .build();
/// assert!(!options.keep_duplicates && !options.keep_mismatch);
/// ```
#[derive(Clone, Debug, bon::Builder)]
pub struct EnsureOptions {
    /// How long after its send a create may still show up. Default: 60 s, a bound chosen by this
    /// library.
    #[builder(default = DEFAULT_CONSISTENCY_WINDOW)]
    pub consistency_window: Duration,
    /// Whether an existing webhook is replaced when it differs or may differ. This replaces its
    /// custom headers, its content type and everything else that cannot be read back. Default: no,
    /// it is kept and its differences are listed.
    #[builder(default)]
    pub overwrite: bool,
    /// Whether to keep a webhook that was created with a different event or URL than requested.
    /// Default: no, it is deleted again.
    #[builder(default)]
    pub keep_mismatch: bool,
    /// Whether to keep a duplicate that this run created. Default: no, it is deleted again.
    #[builder(default)]
    pub keep_duplicates: bool,
    /// Tickets of creates of the same identity whose outcome is unknown. Nothing is created before
    /// they are resolved.
    #[builder(default)]
    pub tickets: Vec<Ticket>,
    /// A callback for waits.
    #[builder(default)]
    pub on_progress: OnProgress,
    /// Cancels the run. Default: nothing does.
    #[builder(default)]
    pub cancellation: Cancellation,
}

impl Default for EnsureOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl EnsureOptions {
    pub(crate) fn reconcile(&self, codes: Option<EventCodes>, tickets: Vec<Ticket>) -> ReconcileOptions {
        let Self { consistency_window, overwrite, keep_mismatch, keep_duplicates, .. } = *self;
        ReconcileOptions {
            codes,
            consistency_window,
            overwrite,
            keep_mismatch,
            keep_duplicates,
            prune: None,
            max_wait: None,
            seal: None,
            tickets,
        }
    }
}

/// What to do with a webhook that was created with a different event or URL than requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMismatch {
    /// Keep it; the result names it. The default: nothing is deleted unless requested.
    #[default]
    Keep,
    /// Delete it again.
    RollBack,
}

/// Options of [`Client::resolve`].
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use leadsquared_webhooks::ResolveOptions;
///
/// let one_list = ResolveOptions::builder().max_wait(Duration::ZERO).build();
/// assert_eq!(one_list.consistency_window, Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, bon::Builder)]
pub struct ResolveOptions {
    /// How long after its send a create may still show up. Default: 60 s, a bound chosen by this
    /// library.
    #[builder(default = DEFAULT_CONSISTENCY_WINDOW)]
    pub consistency_window: Duration,
    /// How long this call keeps listing. Default: until the consistency window is over.
    pub max_wait: Option<Duration>,
    /// A callback for waits.
    #[builder(default)]
    pub on_progress: OnProgress,
}

impl Default for ResolveOptions {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Client {
    /// Ensures that one webhook of this event, URL and properties exists. Declarative: safe to run
    /// again.
    ///
    /// It lists first, creates only what is known not to exist, and reads back what it created.
    /// After a lost response it searches for the webhook until it shows up or the consistency
    /// window is over. [`Reconciled::is_ok`] says whether the webhook is as desired. One that was
    /// found disabled is not, because only a person can enable it.
    ///
    /// An existing webhook is adopted as it is, and its [differences](Reconciled::differences) are
    /// listed. A webhook that was created with a different event or URL than requested, as happens
    /// with the disputed codes of the opportunity events, is deleted again.
    ///
    /// Runs of the same identity on one client run one after another. **Concurrent clients**
    /// may each list, see nothing and create. Each then sees the other's webhook on reading back,
    /// unless the list is delayed beyond that; the one whose ID is greater deletes its own.
    ///
    /// Dropping this future ends the run: a create that was not sent is withdrawn; one that was
    /// sent continues, and shows in [`pending`](Self::pending) with its ticket.
    ///
    /// # Errors
    ///
    /// [`Error`] with the outcome of the whole run: unknown, with a ticket, when responses to
    /// creates were lost repeatedly, and with an [ID](Error::id) when a webhook was created but
    /// could not be read back.
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
    /// use leadsquared_webhooks::{EnsureOptions, NewWebhook, Trigger};
    ///
    /// let webhook =
    ///     NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
    /// let result = client.ensure(&webhook, &EnsureOptions::default()).await?;
    /// println!("{} {:?}, as desired: {}", result.action.as_str(), result.id, result.is_ok());
    /// # Ok(()) }
    /// ```
    pub async fn ensure(&self, webhook: &NewWebhook, options: &EnsureOptions) -> Result<Reconciled, Error> {
        let identity = Identity::of(webhook);
        let engine = self.engine();
        let _turn = engine.turns.take(&identity).await;
        let mut tickets = engine.pending.tickets(&identity).await;
        tickets.extend(options.tickets.iter().cloned());
        let tickets = tickets.into_iter().map(|ticket| self.as_sent(ticket)).collect();
        let options_of_run = options.reconcile(engine.codes, tickets);
        let machine = Reconciler::new(vec![webhook.clone()], options_of_run, Memory::default());
        self.run_one(machine, &options.on_progress, &options.cancellation).await
    }

    /// Creates a webhook and reads it back, comparing event, URL, status and properties. Only this
    /// shows which of the two tables of event codes an account follows.
    ///
    /// It does not list first, and does not wait for a delayed list: the result is then
    /// [unverified](leadsquared_webhooks_core::State::Unverified).
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create), and [`ErrorKind::Unconfirmed`], with the ID, when the list
    /// could not be read.
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
    /// use leadsquared_webhooks::{NewWebhook, OnMismatch, OpportunityTypes, Trigger};
    ///
    /// let types = OpportunityTypes::try_from(vec!["12000".parse()?])?;
    /// let webhook =
    ///     NewWebhook::builder("https://example.com".parse()?, Trigger::OpportunityCreate(types))
    ///         .build();
    /// let result = client.create_verified(&webhook, OnMismatch::RollBack).await?;
    /// println!("{} is {}", result.action.as_str(), result.state.as_str());
    /// # Ok(()) }
    /// ```
    pub async fn create_verified(
        &self,
        webhook: &NewWebhook,
        on_mismatch: OnMismatch,
    ) -> Result<Reconciled, Error> {
        let options = EnsureOptions {
            consistency_window: Duration::ZERO,
            keep_mismatch: on_mismatch == OnMismatch::Keep,
            keep_duplicates: true,
            ..EnsureOptions::default()
        };
        let created = self.create(webhook).await?;
        let (id, attempts) = (created.id, created.attempts);
        let now = self.engine().clock.latest();
        let options = options.reconcile(self.engine().codes, Vec::new());
        let machine = Reconciler::verify(webhook.clone(), id, now, options);
        match self.run_one(machine, &OnProgress::default(), &Cancellation::default()).await {
            Ok(mut reconciled) => {
                reconciled.attempts.splice(0..0, attempts);
                Ok(reconciled)
            }
            Err(error) => Err(error.with_attempts(attempts)),
        }
    }

    /// Determines by listing whether a create was applied.
    ///
    /// The result's state is that of the existing webhook,
    /// [`Absent`](leadsquared_webhooks_core::State::Absent) when the create was not applied, or
    /// unverified when it is too early to say: **an empty list right after the create proves
    /// nothing**, because the request may still be in flight and the list delayed. If there are
    /// several webhooks, the result is the first one and its [duplicates](Reconciled::duplicates).
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
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
    /// #     webhook: leadsquared_webhooks::NewWebhook,
    /// # ) -> Result<(), leadsquared_webhooks::Error> {
    /// use leadsquared_webhooks::{ResolveOptions, State};
    ///
    /// let Err(error) = client.create(&webhook).await else { return Ok(()) };
    /// if let Some(ticket) = error.ticket() {
    ///     let result = client.resolve(ticket, &ResolveOptions::default()).await?;
    ///     match (result.id, result.state) {
    ///         (Some(id), _) => println!("it exists: {id}"),
    ///         (None, State::Absent) => println!("it was not applied"),
    ///         (None, state) => println!("{}", state.as_str()),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn resolve(&self, ticket: &Ticket, options: &ResolveOptions) -> Result<Reconciled, Error> {
        let ResolveOptions { consistency_window, max_wait, on_progress } = options;
        let reconcile = ReconcileOptions {
            consistency_window: *consistency_window,
            max_wait: *max_wait,
            ..ReconcileOptions::default()
        };
        let machine = Reconciler::resolve(self.as_sent(ticket.clone()), reconcile);
        self.run_one(machine, on_progress, &Cancellation::default()).await
    }

    /// Starts a create whose outcome stays pending until it is released.
    pub(crate) fn create_kept(
        &self,
        webhook: &NewWebhook,
        before_send: Option<BeforeSend>,
    ) -> (CallId, impl Future<Output = Result<Created, Error>> + Send + use<>) {
        self.start(webhook, &CallOptions::default(), before_send, Running::kept_outcome)
    }

    /// The same ticket with the time at which it counts as sent.
    fn as_sent(&self, ticket: Ticket) -> Ticket {
        let latest = self.engine().clock.done_at(ticket.sent_at());
        ticket.sent_until(latest)
    }

    async fn run_one(
        &self,
        machine: Reconciler<Error>,
        on_progress: &OnProgress,
        cancellation: &Cancellation,
    ) -> Result<Reconciled, Error> {
        let driven = Driver::new(self, None, "", on_progress, cancellation).run(machine).await;
        let ended = || {
            Error::new(
                leadsquared_webhooks_core::Operation::Retrieve,
                ErrorKind::RuntimeEnded { sent: false },
            )
        };
        driven.webhooks.into_iter().next().unwrap_or_else(|| Err(ended()))
    }
}
