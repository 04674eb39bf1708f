//! Makes the calls that core's reconciler requests, and reports their results to it.

mod apply;
mod cancellation;
mod client;
mod progress;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use leadsquared_webhooks_core::{
    ApiErrorKind, Attempt, NewWebhook, Operation, Reconciled, Ticket, Webhook, WebhookFilter,
    reconcile::{CreateEnd, Failed, FailedWhy, Finished, Job, Note, Reading, Reconciler, Step},
};
use tokio::time::sleep;

use self::client::EnsureOptions;
pub use self::{
    apply::{AccountApplied, AccountPlan, Applied, ApplyError, DesiredWebhook, ManifestRun, Pruning},
    cancellation::{Cancellation, Changes},
    client::{CreateVerified, Ensure, OnMismatch, Resolve},
    progress::{OnProgress, Progress},
};
use crate::{
    call_error::{Error, ErrorKind},
    client::Client,
    engine::{call::BeforeSend, created::Created, pending::CallId},
    state_file::{Durability, StateError, Store},
};

/// The maximum number of a run's calls that are in flight or queued.
const MOST_AT_ONCE: usize = 64;

/// Makes the calls of one run.
pub(crate) struct Driver<'a> {
    client: &'a Client,
    store: Option<Store>,
    account: &'a str,
    on_progress: &'a OnProgress,
    cancellation: &'a Cancellation,
    /// The attempts in order, each with its job. A list has no job, because it serves all.
    log: Vec<(Option<Job>, Attempt)>,
    own: Vec<CallId>,
    /// Why notes could not be stored.
    unstored: Option<StateError>,
    /// How far the later clock was ahead of `now` when the run began.
    ahead: Duration,
}

/// The results of a run.
pub(crate) struct Driven {
    pub(crate) webhooks: Vec<Result<Reconciled, Error>>,
    pub(crate) pruned: Vec<(Webhook, Result<Reconciled, Error>)>,
    pub(crate) open: Vec<Ticket>,
    /// The attempts of the lists.
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) list_error: Option<Error>,
    pub(crate) unstored: Option<StateError>,
}

/// How a call ended.
enum Event {
    Created(Job, CallId, Result<Created, Error>),
    Updated(Job, Result<Vec<Attempt>, Error>),
    Deleted(Job, Result<Vec<Attempt>, Error>),
}

type InFlight<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Event> + Send + 'a>>>;

impl<'a> Driver<'a> {
    pub(crate) fn new(
        client: &'a Client,
        store: Option<Store>,
        account: &'a str,
        on_progress: &'a OnProgress,
        cancellation: &'a Cancellation,
    ) -> Self {
        let Reading { now, latest } = client.engine().clock.read();
        let ahead = latest.duration_since(now).unwrap_or_default();
        let (log, own) = (Vec::new(), Vec::new());
        Self { client, store, account, on_progress, cancellation, log, own, unstored: None, ahead }
    }

    /// Runs to the end, or until it is cancelled: then creates that were not sent are withdrawn,
    /// and the responses to sent calls are awaited. Dropping the future also withdraws creates that
    /// were not sent; those that were sent continue.
    ///
    /// Boxed, because it would otherwise be part of each caller's future and code.
    pub(crate) fn run(self, machine: Reconciler<Error>) -> Pin<Box<dyn Future<Output = Driven> + Send + 'a>> {
        Box::pin(self.drive(machine))
    }

    async fn drive(mut self, mut machine: Reconciler<Error>) -> Driven {
        let client = self.client;
        let mut in_flight = InFlight::new();
        let (mut ended, mut is_cancelled) = (0, false);
        loop {
            if !is_cancelled && self.cancellation.is_cancelled() {
                is_cancelled = true;
                stop(&mut machine);
                for id in &self.own {
                    let _ = client.cancel(*id);
                }
            }
            let is_full = in_flight.len() >= MOST_AT_ONCE;
            let step = if is_full { Step::Idle } else { machine.next(self.now()) };
            let mut notes = machine.take_notes();
            let open = notes.pop_if(|note| matches!(note, Note::Open(_)));
            // What an update replaces unseen is unknown until the update has ended. The note of
            // that is synced before the update is sent.
            let is_update = matches!(step, Step::Update(..));
            self.store(notes, if is_update { Durability::Synced } else { Durability::Buffered }).await;
            match step {
                Step::Create(job, webhook) => in_flight.push(self.create(job, &webhook, open)),
                Step::Update(job, id, webhook) => in_flight.push(Box::pin(async move {
                    let end = client.update(&id, &webhook).await;
                    Event::Updated(job, end.map(|changed| changed.attempts))
                })),
                Step::Delete(job, id) => in_flight.push(Box::pin(async move {
                    let end = client.delete(&id).await;
                    Event::Deleted(job, end.map(|changed| changed.attempts))
                })),
                Step::List | Step::Wait(_) | Step::Pause(_) if is_cancelled => stop(&mut machine),
                Step::List => self.list(&mut machine).await,
                Step::Wait(waiting) => {
                    let (account, time) = (self.account.to_owned(), waiting.time);
                    self.on_progress.call(&Progress::Waiting { account, waiting });
                    self.pause(time).await;
                }
                Step::Pause(time) => self.pause(time).await,
                Step::Idle => tokio::select! {
                    Some(event) = in_flight.next() => self.ended(&mut machine, event),
                    () = self.cancellation.cancelled(), if !is_cancelled => {}
                    else => {}
                },
                Step::Done => break,
            }
            if machine.ended() != ended {
                ended = machine.ended();
                self.on_progress.call(&Progress::Webhooks { account: self.account.to_owned(), ended });
            }
        }
        client.engine().pending.release(&self.own);
        self.finish(machine.finish())
    }

    /// Waits for this time, unless the run is cancelled.
    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            () = self.cancellation.cancelled() => {}
        }
    }

    /// The time by which windows are measured: that of the later clock, minus what only one clock
    /// has counted since the run began.
    fn now(&self) -> SystemTime {
        self.client.engine().clock.read().now + self.ahead
    }

    /// Starts a create. Its record is stored after the quota admits it and before it is sent.
    fn create(
        &mut self,
        job: Job,
        webhook: &NewWebhook,
        open: Option<Note>,
    ) -> Pin<Box<dyn Future<Output = Event> + Send + 'a>> {
        let before_send = self.store.as_ref().zip(open).map(|(store, open)| {
            let store = store.downgrade();
            let before_send: BeforeSend = Arc::new(move || {
                let (store, open) = (store.clone(), open.clone());
                Box::pin(async move {
                    let store = store.upgrade().ok_or("the run was over before its create was sent")?;
                    Ok(store.append(vec![open], Durability::Synced).await?)
                })
            });
            before_send
        });
        let (id, outcome) = self.client.create_kept(webhook, before_send);
        self.own.push(id);
        Box::pin(async move { Event::Created(job, id, outcome.await) })
    }

    /// Stores notes. A failure does not stop the run, and is reported with its result.
    async fn store(&mut self, notes: Vec<Note>, durability: Durability) {
        let Some(store) = self.store.as_ref().filter(|_| !notes.is_empty()) else { return };
        if let Err(problem) = store.append(notes, durability).await {
            tracing::warn!(%problem, "what happened is missing in the state file");
            self.unstored.get_or_insert(problem);
        }
    }

    async fn list(&mut self, machine: &mut Reconciler<Error>) {
        let asked_at = self.now();
        let (all, mut attempts) = (WebhookFilter::default(), Vec::new());
        tokio::select! {
            seen = self.client.read_all(&all, &mut attempts) => match seen {
                Ok(seen) => machine.listed(&seen, asked_at),
                Err(error) => machine.list_failed(&error, error.outcome()),
            },
            () = self.cancellation.cancelled() => {}
        }
        self.log.extend(attempts.into_iter().map(|attempt| (None, attempt)));
    }

    /// Reports to the machine how a call ended.
    fn ended(&mut self, machine: &mut Reconciler<Error>, event: Event) {
        let now = self.client.engine().clock.latest();
        let mut log = |job, attempts: &[Attempt]| {
            self.log.extend(attempts.iter().map(|attempt| (Some(job), attempt.clone())));
        };
        let end = |end: Result<Vec<Attempt>, Error>| {
            end.map(drop).map_err(|error| {
                let outcome = error.outcome();
                (error, outcome)
            })
        };
        match event {
            Event::Created(job, id, outcome) => {
                match &outcome {
                    Ok(created) => {
                        self.cancellation.count(|changes| changes.created += 1);
                        log(job, &created.attempts);
                    }
                    Err(error) => log(job, error.attempts()),
                }
                // The machine now holds what is known.
                self.client.engine().pending.release(&[id]);
                machine.created(job, create_end(outcome, now), now);
            }
            Event::Updated(job, result) => {
                log(job, result.as_deref().unwrap_or_else(|error| error.attempts()));
                if result.is_ok() {
                    self.cancellation.count(|changes| changes.updated += 1);
                }
                machine.updated(job, end(result), now);
            }
            Event::Deleted(job, result) => {
                log(job, result.as_deref().unwrap_or_else(|error| error.attempts()));
                if result.is_ok() {
                    self.cancellation.count(|changes| changes.deleted += 1);
                }
                machine.deleted(job, end(result));
            }
        }
    }

    fn finish(self, finished: Finished<Error>) -> Driven {
        let Self { log, unstored, .. } = self;
        let Finished { webhooks, pruned, open, list_error } = finished;
        // The lists of a run for one webhook belong to that webhook.
        let is_one = webhooks.len() == 1;
        let of = |job| {
            let mine = log.iter().filter(|(of, _)| *of == Some(job) || is_one && of.is_none());
            mine.map(|(_, attempt)| attempt.clone()).collect::<Vec<_>>()
        };
        let result = |job, result: Result<Reconciled, Failed<Error>>| match result {
            Ok(mut reconciled) => {
                reconciled.attempts = of(job);
                Ok(reconciled)
            }
            Err(failed) => Err(error_of(failed, of(job))),
        };
        let attempts = log.iter().filter(|(of, _)| of.is_none()).map(|(_, attempt)| attempt.clone());
        Driven {
            attempts: attempts.collect(),
            webhooks: webhooks.into_iter().map(|(job, end)| result(job, end)).collect(),
            pruned: pruned.into_iter().map(|(job, webhook, end)| (webhook, result(job, end))).collect(),
            open,
            list_error,
            unstored,
        }
    }
}

/// Stops the machine from starting anything more, because the run is cancelled.
fn stop(machine: &mut Reconciler<Error>) {
    let error = Error::new(Operation::Retrieve, ErrorKind::Cancelled);
    machine.list_failed(&error, error.outcome());
}

/// Converts the result of a create for the reconciler.
fn create_end(outcome: Result<Created, Error>, now: SystemTime) -> CreateEnd<Error> {
    let error = match outcome {
        Ok(created) => return CreateEnd::Created(created.id),
        Err(error) => error,
    };
    if error.may_have_been_applied() {
        let sent_at = error.ticket().map_or(now, Ticket::sent_at);
        return CreateEnd::Unknown { error, sent_at };
    }
    match error.api() {
        Some(api) if api.kind() == ApiErrorKind::Duplicate => CreateEnd::Duplicate(error),
        _ => CreateEnd::Failed { outcome: error.outcome(), error },
    }
}

/// The error of a run: that of the call that ended it, with everything that the run knows.
pub(crate) fn error_of(failed: Failed<Error>, mut attempts: Vec<Attempt>) -> Error {
    let Failed { why, outcome, error, id, ticket } = failed;
    let error = match (why, error) {
        (FailedWhy::NotConfirmed, Some(unread)) => {
            attempts.truncate(attempts.len() - common_end(&attempts, unread.attempts()));
            attempts.extend_from_slice(unread.attempts());
            Error::new(Operation::Create, ErrorKind::Unconfirmed).caused_by(unread)
        }
        (FailedWhy::CodesUnknown, _) => Error::new(Operation::Update, ErrorKind::CodesUnknown),
        (_, Some(error)) => error,
        (_, None) => {
            Error::new(Operation::Create, ErrorKind::RuntimeEnded { sent: outcome.may_have_been_applied() })
        }
    };
    attempts.truncate(attempts.len() - common_end(&attempts, error.attempts()));
    let error = error.with_attempts(attempts);
    // A list that failed before anything was sent already has the right outcome.
    let is_read = error.operation() == Operation::Retrieve && id.is_none() && ticket.is_none();
    let error = if is_read { error } else { error.with_outcome(outcome) };
    let error = match id {
        Some(id) => error.with_id(id),
        None => error,
    };
    match ticket {
        Some(ticket) => error.with_ticket(ticket),
        None => error,
    }
}

/// How many attempts at the end of a log belong to its last call.
fn common_end(log: &[Attempt], last: &[Attempt]) -> usize {
    if log.ends_with(last) { last.len() } else { 0 }
}
