//! The HTTP server around the state: delays, faults and connections.

use std::{
    convert::Infallible,
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    account::Taken,
    admin,
    call::Call,
    envelope::Answer,
    fault::{Fault, QueuedFault},
    loopback,
    state::{Fate, Request, State},
};

/// The state, shared by every connection and by the library.
pub(crate) type Shared = Arc<Mutex<State>>;

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

type Answered = Response<UnsyncBoxBody<Bytes, Closed>>;

/// The connection is closed without a complete answer.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

/// Serves until `stop` changes.
pub(crate) async fn serve(listener: TcpListener, state: Shared, mut stop: watch::Receiver<bool>) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
            _ = stop.changed() => return,
        };
        let (state, mut stop) = (Arc::clone(&state), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&state), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                // A connection fails when the client disconnects or a fault closes it.
                _ = connection => {}
                _ = stop.changed() => {}
            }
        });
    }
}

async fn answer(state: Shared, request: http::Request<Incoming>) -> Result<Answered, Closed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes().to_vec();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if let Some(name) = path.strip_prefix("/_sandbox/") {
        let answer = loopback::check(&parts.uri, &parts.headers).and_then(|()| {
            admin::answer(&mut lock(&state), &parts.method, name, &query, &body, Instant::now())
        });
        return Ok(plain(answer.unwrap_or_else(std::convert::identity)));
    }
    let request = Request { method: parts.method, path, query, headers: parts.headers, body };
    // A separate task, so that a call in transit arrives even if its sender is gone.
    tokio::spawn(vendor(state, request)).await.unwrap_or(Err(Closed))
}

/// Handles a call to the LeadSquared API, with its latency both ways.
async fn vendor(state: Shared, request: Request) -> Result<Answered, Closed> {
    let (there, back) = lock(&state).travel();
    pause(there).await;
    let arrival = lock(&state).arrive(&request, Instant::now());
    let number = arrival.number;
    let (account, call, fault) = match arrival.fate {
        Fate::Refused(refusal) => {
            lock(&state).answered(number, refusal.status);
            tracing::debug!(number, path = request.path, status = refusal.status, "refused");
            pause(back).await;
            return Ok(plain(refusal));
        }
        Fate::Served { account, call, fault } => (account, call, fault),
    };
    let fault = fault.as_ref();
    if call == Call::Create && fault.is_some_and(|fault| fault.fault().leaves_open()) {
        let visible_after = fault.and_then(QueuedFault::visibility);
        lock(&state).leave_open(account, &request.body, visible_after, Instant::now());
    }
    let taken = Taken { query: &request.query, body: &request.body, fault };
    let apply = || lock(&state).apply(account, call, &taken, number, Instant::now());
    let result = match fault.map(QueuedFault::fault) {
        None => Ok(plain(apply())),
        Some(fault) => fail(fault.clone(), apply).await,
    };
    let status = result.as_ref().ok().map(|answer| answer.status().as_u16());
    if let Some(status) = status {
        lock(&state).answered(number, status);
    }
    tracing::debug!(number, path = request.path, status, "answered");
    pause(back).await;
    result
}

/// Injects a fault, before or after the call is applied.
async fn fail(fault: Fault, apply: impl Fn() -> Answer) -> Result<Answered, Closed> {
    match fault {
        Fault::Delay { ms } => {
            pause(Duration::from_millis(ms)).await;
            Ok(plain(apply()))
        }
        Fault::DelayAnswer { ms } => {
            let answer = apply();
            pause(Duration::from_millis(ms)).await;
            Ok(plain(answer))
        }
        Fault::WrongRecordCount { .. } | Fault::Meanwhile(_) | Fault::LateVisibility { .. } => {
            Ok(plain(apply()))
        }
        Fault::ErrorWith200 { applied } => {
            if applied {
                apply();
            }
            Ok(plain(Answer { status: 200, ..Answer::fault() }))
        }
        Fault::CloseBeforeApply => Err(Closed),
        Fault::ApplyThenClose => {
            apply();
            Err(Closed)
        }
        Fault::ApplyThen500 => {
            apply();
            Ok(plain(Answer::fault()))
        }
        Fault::ApplyThenStall => {
            apply();
            std::future::pending().await
        }
        Fault::Stall => std::future::pending().await,
        Fault::Truncated => Ok(truncated(&apply())),
        Fault::Oversized { bytes } => {
            let status = apply().status;
            Ok(plain(Answer { status, body: " ".repeat(bytes) }))
        }
        Fault::Html { status } => Ok(html(status)),
        Fault::Status { status, body, headers } => {
            let mut answer = plain(Answer { status, body });
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (name.parse::<header::HeaderName>(), HeaderValue::from_str(&value))
                {
                    answer.headers_mut().insert(name, value);
                }
            }
            Ok(answer)
        }
        Fault::ApplyThenStatus { status, body } => {
            apply();
            Ok(plain(Answer { status, body }))
        }
        Fault::RateLimited { limit, window_s, form } => {
            Ok(plain(form.answer(limit, Duration::from_secs(window_s))))
        }
        Fault::Redirect { location } => {
            let mut answer = plain(Answer { status: 307, body: String::new() });
            answer
                .headers_mut()
                .extend(HeaderValue::from_str(&location).map(|value| (header::LOCATION, value)));
            Ok(answer)
        }
    }
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        sleep(duration).await;
    }
}

fn plain(answer: Answer) -> Answered {
    let body = Full::from(answer.body).map_err(|never: Infallible| match never {}).boxed_unsync();
    respond(answer.status, "application/json; charset=utf-8", body)
}

fn html(status: u16) -> Answered {
    let page = "<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>";
    let body = Full::from(page).map_err(|never: Infallible| match never {}).boxed_unsync();
    respond(status, "text/html", body)
}

/// Half of an answer, with the `Content-Length` of the whole.
fn truncated(answer: &Answer) -> Answered {
    let (half, _) = answer.body.as_bytes().split_at(answer.body.len() / 2);
    let body = CutShort { half: Some(Bytes::copy_from_slice(half)), written: false }.boxed_unsync();
    let mut response = respond(answer.status, "application/json; charset=utf-8", body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    response
}

fn respond(status: u16, content_type: &'static str, body: UnsyncBoxBody<Bytes, Closed>) -> Answered {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A body that ends early.
struct CutShort {
    half: Option<Bytes>,
    written: bool,
}

impl Body for CutShort {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if std::mem::replace(&mut self.written, true) {
            return Poll::Ready(Some(Err(Closed)));
        }
        // The connection writes the half while this body is pending, so it is polled once more.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Listens on loopback only.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}
