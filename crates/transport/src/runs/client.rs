//! Ensures, verifies or resolves one webhook.

use std::{sync::Arc, time::Duration};

use leadsquared_webhooks_core::{
    DEFAULT_CONSISTENCY_WINDOW, EventCodes, Identity, NewWebhook, Reconciled, Ticket,
    reconcile::{Memory, ReconcileOptions, Reconciler},
};

use super::{Cancellation, Driver, OnProgress};
use crate::{
    call_error::{Error, ErrorKind},
    client::{
        Client,
        request::{Request, Verb},
    },
    engine::{
        call::BeforeSend,
        created::Created,
        pending::{CallId, Running},
    },
};

/// The request of [`Client::ensure`].
#[derive(Clone, Debug)]
pub struct Ensure {
    webhook: NewWebhook,
    options: EnsureOptions,
    tickets: Vec<Ticket>,
    on_progress: OnProgress,
    cancellation: Cancellation,
}

/// What `ensure` and `apply` have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnsureOptions {
    pub(crate) consistency_window: Duration,
    pub(crate) overwrite: bool,
    pub(crate) keep_mismatch: bool,
    pub(crate) keep_duplicates: bool,
}

impl Default for EnsureOptions {
    fn default() -> Self {
        Self {
            consistency_window: DEFAULT_CONSISTENCY_WINDOW,
            overwrite: false,
            keep_mismatch: false,
            keep_duplicates: false,
        }
    }
}

impl EnsureOptions {
    pub(crate) fn reconcile(self, codes: Option<EventCodes>, tickets: Vec<Ticket>) -> ReconcileOptions {
        let Self { consistency_window, overwrite, keep_mismatch, keep_duplicates } = self;
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

impl Request<Ensure> {
    /// How long after its send a create may still show up. Default: 60 s, a bound chosen by this
    /// library.
    pub fn consistency_window(mut self, window: impl Into<Option<Duration>>) -> Self {
        self.verb.options.consistency_window = window.into().unwrap_or(DEFAULT_CONSISTENCY_WINDOW);
        self
    }

    /// Whether an existing webhook is replaced when it differs or may differ. This replaces its
    /// custom headers, its content type and everything else that cannot be read back. Default: no,
    /// it is kept and its differences are listed.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.verb.options.overwrite = overwrite;
        self
    }

    /// Whether to keep a webhook that was created with a different event or URL than requested.
    /// Default: no, it is deleted again.
    pub fn keep_mismatch(mut self, keep: bool) -> Self {
        self.verb.options.keep_mismatch = keep;
        self
    }

    /// Whether to keep a duplicate that this run created. Default: no, it is deleted again.
    pub fn keep_duplicates(mut self, keep: bool) -> Self {
        self.verb.options.keep_duplicates = keep;
        self
    }

    /// Tickets of creates of the same identity whose outcome is unknown. Nothing is created before
    /// they are resolved.
    pub fn tickets(mut self, tickets: impl IntoIterator<Item = Ticket>) -> Self {
        self.verb.tickets.extend(tickets);
        self
    }

    /// A callback for waits.
    pub fn on_progress(mut self, on_progress: OnProgress) -> Self {
        self.verb.on_progress = on_progress;
        self
    }

    /// Cancels the run. Default: nothing does.
    pub fn cancellation(mut self, cancellation: Cancellation) -> Self {
        self.verb.cancellation = cancellation;
        self
    }
}

impl Verb for Ensure {
    type Output = Reconciled;

    async fn run(self, client: Client) -> Result<Reconciled, Error> {
        let Self { webhook, options, tickets: given, on_progress, cancellation } = self;
        let identity = Identity::of(&webhook);
        let engine = client.engine();
        let _turn = engine.turns.take(&identity).await;
        let mut tickets = engine.pending.tickets(&identity).await;
        tickets.extend(given);
        let tickets = tickets.into_iter().map(|ticket| client.as_sent(ticket)).collect();
        let options_of_run = options.reconcile(engine.codes, tickets);
        let machine = Reconciler::new(vec![webhook], options_of_run, Memory::default());
        client.run_one(machine, &on_progress, &cancellation).await
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

/// The request of [`Client::create_verified`].
#[derive(Clone, Debug)]
pub struct CreateVerified {
    webhook: NewWebhook,
    on_mismatch: OnMismatch,
}

impl Request<CreateVerified> {
    /// What to do with a webhook that was created with a different event or URL than requested.
    /// Default: it is kept.
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        self.verb.on_mismatch = on_mismatch;
        self
    }
}

impl Verb for CreateVerified {
    type Output = Reconciled;

    async fn run(self, client: Client) -> Result<Reconciled, Error> {
        let Self { webhook, on_mismatch } = self;
        let options = EnsureOptions {
            consistency_window: Duration::ZERO,
            keep_mismatch: on_mismatch == OnMismatch::Keep,
            keep_duplicates: true,
            ..EnsureOptions::default()
        };
        let created = client.create(&webhook).await?;
        let (id, attempts) = (created.id, created.attempts);
        let now = client.engine().clock.latest();
        let options = options.reconcile(client.engine().codes, Vec::new());
        let machine = Reconciler::verify(webhook, id, now, options);
        match client.run_one(machine, &OnProgress::default(), &Cancellation::default()).await {
            Ok(mut reconciled) => {
                reconciled.attempts.splice(0..0, attempts);
                Ok(reconciled)
            }
            Err(error) => Err(error.with_attempts(attempts)),
        }
    }
}

/// The request of [`Client::resolve`].
#[derive(Clone, Debug)]
pub struct Resolve {
    ticket: Ticket,
    consistency_window: Duration,
    max_wait: Option<Duration>,
    on_progress: OnProgress,
}

impl Request<Resolve> {
    /// How long after its send a create may still show up. Default: 60 s, a bound chosen by this
    /// library.
    pub fn consistency_window(mut self, window: impl Into<Option<Duration>>) -> Self {
        self.verb.consistency_window = window.into().unwrap_or(DEFAULT_CONSISTENCY_WINDOW);
        self
    }

    /// How long this call keeps listing. Default: until the consistency window is over.
    pub fn max_wait(mut self, max_wait: impl Into<Option<Duration>>) -> Self {
        self.verb.max_wait = max_wait.into();
        self
    }

    /// A callback for waits.
    pub fn on_progress(mut self, on_progress: OnProgress) -> Self {
        self.verb.on_progress = on_progress;
        self
    }
}

impl Verb for Resolve {
    type Output = Reconciled;

    async fn run(self, client: Client) -> Result<Reconciled, Error> {
        let Self { ticket, consistency_window, max_wait, on_progress } = self;
        let options = ReconcileOptions { consistency_window, max_wait, ..ReconcileOptions::default() };
        let machine = Reconciler::resolve(client.as_sent(ticket), options);
        client.run_one(machine, &on_progress, &Cancellation::default()).await
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
    /// use leadsquared_webhooks::{NewWebhook, Trigger};
    ///
    /// let webhook =
    ///     NewWebhook::builder("https://example.com/hooks".parse()?, Trigger::LeadCreate).build();
    /// let result = client.ensure(&webhook).await?;
    /// println!("{} {:?}, as desired: {}", result.action.as_str(), result.id, result.is_ok());
    /// # Ok(()) }
    /// ```
    pub fn ensure(&self, webhook: &NewWebhook) -> Request<Ensure> {
        let ensure = Ensure {
            webhook: webhook.clone(),
            options: EnsureOptions::default(),
            tickets: Vec::new(),
            on_progress: OnProgress::default(),
            cancellation: Cancellation::default(),
        };
        Request::new(self, ensure)
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
    /// use leadsquared_webhooks::{NewWebhook, Trigger, call::OnMismatch, event::OpportunityTypes};
    ///
    /// let types = OpportunityTypes::try_from(vec!["12000".parse()?])?;
    /// let webhook =
    ///     NewWebhook::builder("https://example.com".parse()?, Trigger::OpportunityCreate(types))
    ///         .build();
    /// let result = client.create_verified(&webhook).on_mismatch(OnMismatch::RollBack).await?;
    /// println!("{} is {}", result.action.as_str(), result.state.as_str());
    /// # Ok(()) }
    /// ```
    pub fn create_verified(&self, webhook: &NewWebhook) -> Request<CreateVerified> {
        Request::new(self, CreateVerified { webhook: webhook.clone(), on_mismatch: OnMismatch::Keep })
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
    /// use leadsquared_webhooks::reconcile::State;
    ///
    /// let Err(error) = client.create(&webhook).await else { return Ok(()) };
    /// if let Some(ticket) = error.ticket() {
    ///     let result = client.resolve(ticket).await?;
    ///     match (result.id, result.state) {
    ///         (Some(id), _) => println!("it exists: {id}"),
    ///         (None, State::Absent) => println!("it was not applied"),
    ///         (None, state) => println!("{}", state.as_str()),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn resolve(&self, ticket: &Ticket) -> Request<Resolve> {
        let resolve = Resolve {
            ticket: ticket.clone(),
            consistency_window: DEFAULT_CONSISTENCY_WINDOW,
            max_wait: None,
            on_progress: OnProgress::default(),
        };
        Request::new(self, resolve)
    }

    /// Starts a create whose outcome stays pending until it is released.
    pub(crate) fn create_kept(
        &self,
        webhook: &NewWebhook,
        before_send: Option<BeforeSend>,
    ) -> (CallId, impl Future<Output = Result<Created, Error>> + Send + use<>) {
        self.start(Arc::new(webhook.clone()), before_send, Running::kept_outcome)
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
