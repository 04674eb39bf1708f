//! A call, from the quota to its outcome: attempts, waits, one deadline, one log.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use leadsquared_webhooks_core::{
    Attempt, NewWebhook, Operation, Outcome, Secrets, Ticket, UnexpectedReason, UnexpectedResponse, request,
    response::{self, ResponseError},
    retry::{Decision, RetryPolicy},
};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use crate::{
    call_error::{Error, ErrorKind},
    engine::{
        CallEvent, Engine,
        created::Created,
        gate::Gate,
        pending::Running,
        quota::{HeldPermit, Seat},
        target,
    },
    net::{
        http_client::{Answer, Cause, End, Lost, Unconnected},
        send_state::SendState,
    },
};

/// The settings of a call: the client's, or those of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) quota_wait: Option<Duration>,
    pub(crate) retry: RetryPolicy,
}

/// Runs after the quota has admitted a call and before its first attempt is sent. An error prevents
/// the attempt.
pub(crate) type BeforeSend = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Cause>> + Send + Sync>;

/// Why an attempt failed, and the HTTP library's error.
struct Failed(ErrorKind, Option<Cause>);

impl Failed {
    fn cancelled() -> Self {
        Self(ErrorKind::Cancelled, None)
    }

    /// Ends the call with this failure, after these attempts.
    fn end(self, operation: Operation, attempts: Vec<Attempt>) -> Error {
        let Self(kind, cause) = self;
        let error = Error::new(operation, kind).after(attempts);
        match cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}

/// A call of the API.
pub(crate) struct Call<T> {
    pub(crate) operation: Operation,
    pub(crate) request: http::Request<Vec<u8>>,
    /// The secrets that no error may repeat.
    pub(crate) secrets: Secrets,
    pub(crate) read: ReadAnswer<T>,
    /// What must have happened before the first attempt is sent.
    pub(crate) before_send: Option<BeforeSend>,
}

/// How core parses the response to a call.
pub(crate) type ReadAnswer<T> =
    fn(StatusCode, &HeaderMap, &[u8], &Secrets, SystemTime) -> Result<T, ResponseError>;

/// Creates a webhook, retrying only attempts that were certainly not applied. An error with an
/// unknown outcome carries a ticket.
pub(crate) async fn create(
    client: &Engine,
    webhook: &NewWebhook,
    settings: Settings,
    before_send: Option<BeforeSend>,
    running: &Running,
) -> Result<Created, Error> {
    let call = Call {
        operation: Operation::Create,
        request: request::create(webhook, client.encoding()),
        secrets: client.secrets.and_headers_of(webhook),
        read: response::created,
        before_send,
    };
    match make(client, call, settings, Some(running.gate())).await {
        Ok((created, attempts)) => Ok(Created { id: created.id, attempts }),
        Err(error) if error.may_have_been_applied() => {
            // Every attempt was sent before now.
            Err(error.with_ticket(Ticket::new(webhook, client.clock.latest())))
        }
        Err(error) => Err(error),
    }
}

/// Makes a call: attempts and waits within one deadline. With a gate, every attempt must be
/// admitted by it.
pub(crate) async fn make<T>(
    client: &Engine,
    call: Call<T>,
    settings: Settings,
    gate: Option<&Gate>,
) -> Result<(T, Vec<Attempt>), Error> {
    let Call { operation, request, secrets, read, before_send } = call;
    let (parts, body) = request.into_parts();
    let body = Bytes::from(body);
    let mut log = Vec::new();
    let mut deadline = None;
    loop {
        let number = u32::try_from(log.len()).map_or(u32::MAX, |earlier| earlier.saturating_add(1));
        let mut attempt = begin(operation, number);

        let admitted = admit(client, settings, before_send.as_ref(), gate, deadline, &mut attempt).await;
        let (permit, send_state) = match admitted {
            Ok(admitted) => admitted,
            Err(failed) => {
                // A cancelled attempt was never made.
                if failed.0 != ErrorKind::Cancelled {
                    fail(&mut attempt, &failed.0);
                    log.push(attempt);
                }
                return Err(failed.end(operation, log));
            }
        };
        if operation.is_write() {
            client.pending.note_change();
        }
        // A connection never polls an empty body: such a call counts as sent from the start.
        if body.is_empty() {
            client.observe(CallEvent::Sent);
        }
        let started = Instant::now();
        let deadline = *deadline.get_or_insert_with(|| later(started, settings.timeout));

        let span = tracing::debug_span!(target: target::CALL, "attempt", number, method = %parts.method, path = parts.uri.path());
        let answer = client.http.send(&parts, &body, deadline, &send_state).instrument(span);
        let Some(answer) = until_withdrawn(gate, answer).await else {
            permit.unsent();
            return Err(Failed::cancelled().end(operation, log));
        };
        if give_back(permit, &answer) && (body.is_empty() || send_state.was_polled()) {
            client.observe(CallEvent::Ended);
        }
        let result = judge(answer, settings, &secrets, read, client.clock.latest());
        attempt.duration = started.elapsed();

        let failed = match result {
            Ok((status, answer)) => {
                attempt.sent = true;
                attempt.status = Some(status);
                tracing::debug!(target: target::CALL, number, status, "done");
                log.push(attempt);
                return Ok((answer, log));
            }
            Err(failed) => failed,
        };
        let kind = &failed.0;
        fail(&mut attempt, kind);
        tracing::debug!(target: target::CALL, number, kind = kind.as_str(), status = attempt.status, "failed");
        let reported = match kind {
            ErrorKind::Api(error) => error.rate_limit(),
            _ => None,
        };
        if let Some(reported) = reported {
            client.quota.lower(reported);
        }
        let left = deadline - Instant::now().min(deadline);
        match settings.retry.decide(operation.idempotency(), &kind.failure(), number, left, fastrand::f64()) {
            Decision::Stop(stop) => {
                log.push(attempt);
                return Err(failed.end(operation, log).stopped_by(stop));
            }
            Decision::Retry { after, waited_for } => {
                attempt.waited_for = Some(waited_for);
                attempt.waited = Some(after);
                log.push(attempt);
                let may_go_on = gate.is_none_or(|gate| gate.rest(&log));
                if !may_go_on || until_withdrawn(gate, sleep(after)).await.is_none() {
                    return Err(Failed::cancelled().end(operation, log));
                }
            }
        }
    }
}

/// Waits for the quota, prepares the first attempt, and passes the gate.
async fn admit(
    client: &Engine,
    settings: Settings,
    before_send: Option<&BeforeSend>,
    gate: Option<&Gate>,
    deadline: Option<Instant>,
    attempt: &mut Attempt,
) -> Result<(HeldPermit, SendState), Failed> {
    let asked = Instant::now();
    let longest = match deadline {
        None => settings.quota_wait,
        Some(deadline) => Some(deadline - asked.min(deadline)),
    };
    let permit = until_withdrawn(gate, wait_for_quota(client, longest, gate)).await;
    attempt.started_at = SystemTime::now();
    attempt.quota_wait = asked.elapsed();
    let Some(permit) = permit.ok_or_else(Failed::cancelled)? else {
        let kind = match deadline {
            None => ErrorKind::QuotaWait { after: longest.unwrap_or_default() },
            Some(_) => ErrorKind::Timeout { sent: false, after: settings.timeout },
        };
        return Err(Failed(kind, None));
    };
    let send_state = client.send_state();
    let prepared = match before_send {
        Some(before_send) if attempt.number == 1 => until_withdrawn(gate, before_send()).await,
        _ => Some(Ok(())),
    };
    let failed = match prepared {
        Some(Ok(())) if gate.is_none_or(|gate| gate.admit(&send_state)) => return Ok((permit, send_state)),
        Some(Err(cause)) => Failed(ErrorKind::Unrecorded, Some(cause)),
        Some(Ok(())) | None => Failed::cancelled(),
    };
    permit.unsent();
    Err(failed)
}

/// A deadline. A timeout that no clock can represent is capped at 100 years.
fn later(start: Instant, timeout: Duration) -> Instant {
    const LIFETIME: Duration = Duration::from_hours(24 * 365 * 100);
    start + timeout.min(LIFETIME)
}

async fn wait_for_quota(
    client: &Engine,
    longest: Option<Duration>,
    gate: Option<&Gate>,
) -> Option<HeldPermit> {
    let own_seat = Seat::default();
    let permit = client.quota.acquire(gate.map_or(&own_seat, Gate::seat));
    match longest {
        None => Some(permit.await),
        Some(longest) => timeout(longest, permit).await.ok(),
    }
}

/// The result of `wait`, or `None` when the call is withdrawn first.
async fn until_withdrawn<T>(gate: Option<&Gate>, wait: impl Future<Output = T>) -> Option<T> {
    let Some(gate) = gate else { return Some(wait.await) };
    tokio::select! {
        biased;
        () = gate.withdrawn() => None,
        value = wait => Some(value),
    }
}

/// Gives the permit back with the result of the attempt. Returns whether nothing of the attempt can
/// arrive at the server any more.
fn give_back(permit: HeldPermit, answer: &Result<Answer, Lost>) -> bool {
    match answer {
        // A closed connection delivers nothing more to the server.
        Ok(_) | Err(Lost::Broken(_)) => permit.answered(),
        Err(Lost::Unsent(_) | Lost::Timeout { sent: false }) => permit.unsent(),
        Err(Lost::Timeout { sent: true }) => {
            permit.lost();
            return false;
        }
    }
    true
}

impl Engine {
    fn send_state(&self) -> SendState {
        match self.observer.clone() {
            Some(observer) => SendState::with_callback(move || observer(CallEvent::Sent)),
            None => SendState::default(),
        }
    }

    fn observe(&self, event: CallEvent) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

#[expect(clippy::result_large_err, reason = "it is taken apart by its only caller")]
fn judge<T>(
    answer: Result<Answer, Lost>,
    settings: Settings,
    secrets: &Secrets,
    read: ReadAnswer<T>,
    now: SystemTime,
) -> Result<(u16, T), Failed> {
    let Answer { status, headers, body, end } = match answer {
        Ok(answer) => answer,
        Err(Lost::Unsent(Unconnected { host, proxy, cause, source })) => {
            return Err(Failed(ErrorKind::Connect { host, proxy, cause }, Some(source)));
        }
        Err(Lost::Broken(cause)) => return Err(Failed(ErrorKind::Interrupted, Some(cause))),
        Err(Lost::Timeout { sent }) => {
            return Err(Failed(ErrorKind::Timeout { sent, after: settings.timeout }, None));
        }
    };
    let kind = match read(status, &headers, &body, secrets, now) {
        Ok(answer) => return Ok((status.as_u16(), answer)),
        Err(ResponseError::Api(error)) => ErrorKind::Api(error),
        Err(ResponseError::Unexpected(unexpected)) => ErrorKind::UnexpectedResponse(match end {
            End::Whole => unexpected,
            End::CutShort => UnexpectedResponse::new(status, UnexpectedReason::Truncated, &body, secrets),
            End::TooLarge => UnexpectedResponse::new(status, UnexpectedReason::TooLarge, &body, secrets),
        }),
    };
    Err(Failed(kind, None))
}

/// An attempt without a result yet.
pub(crate) fn begin(operation: Operation, number: u32) -> Attempt {
    Attempt {
        operation,
        number,
        started_at: SystemTime::now(),
        quota_wait: Duration::ZERO,
        duration: Duration::ZERO,
        sent: false,
        status: None,
        result: "ok",
        detail: None,
        outcome: None,
        waited_for: None,
        waited: None,
    }
}

fn fail(attempt: &mut Attempt, kind: &ErrorKind) {
    let outcome = kind.failure().outcome();
    attempt.sent = outcome != Outcome::NotSent;
    attempt.status = kind.status().map(|status| status.as_u16());
    attempt.result = kind.as_str();
    attempt.detail = Some(kind.to_string());
    attempt.outcome = Some(outcome);
}
