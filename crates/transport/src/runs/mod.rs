//! The calls that core's reconciler asks for, and what came of them.

mod apply;
mod client;
mod progress;
mod turns;

use std::{future::Future, pin::Pin};

use futures_util::{StreamExt, stream::FuturesUnordered};
use leadsquared_webhooks_core::{
    ApiErrorKind, Attempt, NewWebhook, Operation, Reconciled, Ticket, Webhook, WebhookFilter,
    reconcile::{CreateEnd, Failed, FailedWhy, Finished, Job, Note, Reconciler, Step},
};
use tokio::time::sleep;

pub(crate) use self::turns::Turns;
pub use self::{
    apply::{
        AccountApplied, AccountPlan, Applied, ApplyError, ApplyOptions, DesiredWebhook, Pruning, apply, plan,
    },
    client::{EnsureOptions, OnMismatch, ResolveOptions},
    progress::{OnProgress, Progress},
};
use crate::{
    client::{Client, Created},
    error::{Error, ErrorKind},
    pending::CallId,
    state_file::{Durability, StateError, Store},
};

/// How many calls of a run are in flight or queued at most. Each create stands in the state file while it is.
const MOST_AT_ONCE: usize = 64;

/// Makes the calls of one run.
pub(crate) struct Driver<'a> {
    client: &'a Client,
    store: Option<Store>,
    account: &'a str,
    on_progress: &'a OnProgress,
    /// What was tried, in order, and for whom; lists are for all.
    log: Vec<(Option<Job>, Attempt)>,
    own: Vec<CallId>,
    /// Why what happened could not be stored.
    unstored: Option<StateError>,
}

/// What a run did.
pub(crate) struct Driven {
    pub(crate) webhooks: Vec<Result<Reconciled, Error>>,
    pub(crate) pruned: Vec<(Webhook, Result<Reconciled, Error>)>,
    pub(crate) open: Vec<Ticket>,
    /// Of the lists.
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
    ) -> Self {
        Self { client, store, account, on_progress, log: Vec::new(), own: Vec::new(), unstored: None }
    }

    /// Runs to the end. Dropping the future withdraws the creates that were not sent; those that were go on.
    pub(crate) async fn run(mut self, mut machine: Reconciler<Error>) -> Driven {
        let client = self.client;
        let most = client.quota().limits().iter().map(|limit| limit.calls() as usize).min();
        let most = most.unwrap_or(MOST_AT_ONCE).min(MOST_AT_ONCE);
        let mut in_flight = InFlight::new();
        let mut creates: Vec<(Job, Box<NewWebhook>)> = Vec::new();
        let mut ended = 0;
        loop {
            let is_full = in_flight.len() + creates.len() >= most;
            let step = if is_full { Step::Idle } else { machine.next(client.inner().clock.now()) };
            match step {
                Step::Create(job, webhook) => {
                    creates.push((job, webhook));
                    continue;
                }
                Step::Update(job, id, webhook) => in_flight.push(Box::pin(async move {
                    let end = client.update(&id, &webhook).await;
                    Event::Updated(job, end.map(|changed| changed.attempts))
                })),
                Step::Delete(job, id) => in_flight.push(Box::pin(async move {
                    let end = client.delete(&id).await;
                    Event::Deleted(job, end.map(|changed| changed.attempts))
                })),
                waits => {
                    let notes = machine.take_notes();
                    self.send(&mut machine, std::mem::take(&mut creates), notes, &mut in_flight).await;
                    match waits {
                        Step::List => self.list(&mut machine).await,
                        Step::Wait(waiting) => {
                            let time = waiting.time;
                            self.on_progress
                                .call(&Progress::Waiting { account: self.account.to_owned(), waiting });
                            sleep(time).await;
                        }
                        Step::Done => break,
                        _ => {
                            if let Some(event) = in_flight.next().await {
                                self.ended(&mut machine, event);
                            }
                        }
                    }
                }
            }
            if machine.ended() != ended {
                ended = machine.ended();
                self.on_progress.call(&Progress::Webhooks { account: self.account.to_owned(), ended });
            }
        }
        drop(in_flight);
        client.inner().pending.release(&self.own);
        self.finish(machine.finish())
    }

    /// Stores what is to be remembered, and sends the creates that it tells of.
    async fn send(
        &mut self,
        machine: &mut Reconciler<Error>,
        creates: Vec<(Job, Box<NewWebhook>)>,
        notes: Vec<Note>,
        in_flight: &mut InFlight<'a>,
    ) {
        let durability = if creates.is_empty() { Durability::Buffered } else { Durability::Synced };
        if let Err(problem) = self.store(notes, durability).await {
            for (job, _) in creates {
                let error = Error::unrecorded(problem.clone());
                let outcome = error.outcome();
                let now = self.client.inner().clock.now();
                machine.created(job, CreateEnd::Failed { error, outcome }, now);
            }
            tracing::warn!(%problem, "what happened is missing in the state file");
            self.unstored.get_or_insert(problem);
            return;
        }
        for (job, webhook) in creates {
            let (id, outcome) = self.client.create_kept(&webhook);
            self.own.push(id);
            in_flight.push(Box::pin(async move { Event::Created(job, id, outcome.await) }));
        }
    }

    async fn store(&self, notes: Vec<Note>, durability: Durability) -> Result<(), StateError> {
        match &self.store {
            Some(store) if !notes.is_empty() => store.append(notes, durability).await,
            _ => Ok(()),
        }
    }

    async fn list(&mut self, machine: &mut Reconciler<Error>) {
        let asked_at = self.client.inner().clock.now();
        let mut attempts = Vec::new();
        match self.client.read_all(&WebhookFilter::default(), &mut attempts).await {
            Ok(seen) => machine.listed(&seen, asked_at),
            Err(error) => machine.list_failed(&error, error.outcome()),
        }
        self.log.extend(attempts.into_iter().map(|attempt| (None, attempt)));
    }

    /// Tells the machine how a call ended.
    fn ended(&mut self, machine: &mut Reconciler<Error>, event: Event) {
        let now = self.client.inner().clock.now();
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
                    Ok(created) => log(job, &created.attempts),
                    Err(error) => log(job, error.attempts()),
                }
                // What is known now is in the machine.
                self.client.inner().pending.release(&[id]);
                machine.created(job, create_end(outcome, now), now);
            }
            Event::Updated(job, result) => {
                log(job, result.as_deref().unwrap_or_else(|error| error.attempts()));
                machine.updated(job, end(result), now);
            }
            Event::Deleted(job, result) => {
                log(job, result.as_deref().unwrap_or_else(|error| error.attempts()));
                machine.deleted(job, end(result));
            }
        }
    }

    fn finish(self, finished: Finished<Error>) -> Driven {
        let Self { log, unstored, .. } = self;
        let Finished { webhooks, pruned, open, list_error } = finished;
        // The lists of a run for one webhook are that webhook's.
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

/// What the end of a create means for the run.
fn create_end(outcome: Result<Created, Error>, now: std::time::SystemTime) -> CreateEnd<Error> {
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

/// The error of a run: that of the call that ended it, with all that the run knows.
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
    // A list that failed before anything was sent says of itself what is known.
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

/// How many attempts at the end of a log are those of its last call.
fn common_end(log: &[Attempt], last: &[Attempt]) -> usize {
    if log.ends_with(last) { last.len() } else { 0 }
}
