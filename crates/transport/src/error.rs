//! Why a call failed, what is known of it, and what was tried.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use http::StatusCode;
use leadsquared_webhooks_core::{
    ApiError, Attempt, Outcome, Ticket, UnexpectedResponse,
    response::ResponseError,
    retry::{Failure, Repetition, RetryAdvice, Stop},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::exchange::Cause;

/// A call that failed.
///
/// Branch on [`outcome`](Self::outcome) first: surely not sent, refused by the API, or unknown. No text of it holds a key
/// or a custom header's value, even if the server echoed one.
///
/// As JSON: `kind`, `detail`, `outcome`, `may_have_been_applied`, `status`, `exception_type`, `limit` (the calls of a
/// rate limit), `window_s` (its window in seconds), `stopped` (why no further attempt was made), `ticket`
/// (of a create whose outcome is unknown).
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    stop: Option<Stop>,
    attempts: Vec<Attempt>,
    source: Option<Cause>,
    ticket: Option<Ticket>,
}

/// What kind of failure ended a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The API answered an error: refused, or with [`ApiErrorKind::Server`](leadsquared_webhooks_core::ApiErrorKind::Server) unknown.
    Api(ApiError),
    /// An answer that does not tell whether the call was applied: unknown.
    UnexpectedResponse(UnexpectedResponse),
    /// The connection never opened: surely not sent.
    Connect,
    /// The request left and the connection broke before a readable answer came: unknown.
    Interrupted,
    /// The deadline passed.
    Timeout {
        /// Whether the request had left: then the outcome is unknown.
        sent: bool,
        /// The deadline, counted from the moment that the quota let the call out.
        after: Duration,
    },
    /// It was answered well, and reading could not confirm it: unknown. Only of a delete, whose answer proves nothing.
    Unconfirmed,
    /// What is to be sent must stand in a journal first, and that could not be written: surely not sent.
    Unrecorded,
    /// The wait for the quota lasted too long: surely not sent.
    QuotaWait {
        /// The longest wait that was allowed.
        after: Duration,
    },
}

impl ErrorKind {
    /// The stable name: that of the [`ApiErrorKind`](leadsquared_webhooks_core::ApiErrorKind), or `unexpected_response`, `connect`, `interrupted`, `timeout`,
    /// `unconfirmed`, `unrecorded`, `quota_wait`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Api(error) => error.kind().as_str(),
            Self::UnexpectedResponse(_) => "unexpected_response",
            Self::Connect => "connect",
            Self::Interrupted => "interrupted",
            Self::Timeout { .. } => "timeout",
            Self::Unconfirmed => "unconfirmed",
            Self::Unrecorded => "unrecorded",
            Self::QuotaWait { .. } => "quota_wait",
        }
    }

    /// What is known of the call: surely not sent, refused, or unknown.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.failure().outcome()
    }

    /// What the caller may do about it: never, after this long, or after a backoff. A create that may have been applied is
    /// never to be sent again as it is.
    ///
    /// The client follows this advice itself, as far as its attempts and its deadline reach.
    #[must_use]
    pub fn retry_advice(&self) -> RetryAdvice {
        self.failure().advice(Repetition::MakesATwin)
    }

    /// The failure as the retry decision sees it.
    pub(crate) const fn failure(&self) -> Failure<'_> {
        match self {
            Self::Api(error) => Failure::Api(error),
            Self::Connect | Self::Unrecorded | Self::QuotaWait { .. } | Self::Timeout { sent: false, .. } => {
                Failure::NotSent
            }
            Self::UnexpectedResponse(_)
            | Self::Interrupted
            | Self::Unconfirmed
            | Self::Timeout { sent: true, .. } => Failure::Unknown,
        }
    }

    /// The HTTP status, if an answer came.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::UnexpectedResponse(answer) => Some(answer.status()),
            Self::Connect
            | Self::Interrupted
            | Self::Timeout { .. }
            | Self::Unconfirmed
            | Self::Unrecorded
            | Self::QuotaWait { .. } => None,
        }
    }
}

impl From<ResponseError> for ErrorKind {
    fn from(error: ResponseError) -> Self {
        match error {
            ResponseError::Api(error) => Self::Api(error),
            ResponseError::Unexpected(answer) => Self::UnexpectedResponse(answer),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::UnexpectedResponse(answer) => answer.fmt(f),
            Self::Connect => f.write_str("the connection never opened, and nothing was sent"),
            Self::Interrupted => f.write_str(
                "the request left, the connection broke before an answer came, and the outcome is unknown",
            ),
            Self::Timeout { sent: false, after } => {
                write!(f, "the deadline of {} s passed before anything was sent", after.as_secs_f64())
            }
            Self::Timeout { sent: true, after } => write!(
                f,
                "the request left, no answer came within {} s, and the outcome is unknown",
                after.as_secs_f64()
            ),
            Self::Unconfirmed => {
                f.write_str("it was answered well, reading could not confirm it, and the outcome is unknown")
            }
            Self::Unrecorded => f.write_str("the journal could not be written, and nothing was sent"),
            Self::QuotaWait { after } => {
                write!(f, "the quota let nothing out for {} s, and nothing was sent", after.as_secs_f64())
            }
        }
    }
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        source: Option<Cause>,
        attempts: Vec<Attempt>,
        stop: Option<Stop>,
    ) -> Self {
        Self(Arc::new(Inner { kind, stop, attempts, source, ticket: None }))
    }

    /// A create that was not sent because the journal could not be written.
    pub(crate) fn unwritten(problem: std::io::Error) -> Self {
        Self::new(ErrorKind::Unrecorded, Some(Box::new(problem)), Vec::new(), None)
    }

    /// The same error, with what is needed to find out what became of the create.
    pub(crate) fn with_ticket(self, ticket: Ticket) -> Self {
        let Inner { kind, stop, attempts, source, .. } = match Arc::try_unwrap(self.0) {
            Ok(inner) => inner,
            Err(shared) => return Self(shared),
        };
        Self(Arc::new(Inner { kind, stop, attempts, source, ticket: Some(ticket) }))
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The error of the API, if it answered one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self.kind() {
            ErrorKind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// What is known of the call: surely not sent, refused, or unknown.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.kind.outcome()
    }

    /// Whether a second call could make a twin.
    #[must_use]
    pub fn may_have_been_applied(&self) -> bool {
        self.outcome().may_have_been_applied()
    }

    /// What is needed to find out what became of a create whose outcome is unknown, by
    /// [`Client::resolve`](crate::Client::resolve); nothing for any other call and any other outcome.
    #[must_use]
    pub fn ticket(&self) -> Option<&Ticket> {
        self.0.ticket.as_ref()
    }

    /// What was tried, in order.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// What lies below it, on one line and without the URL, such as `… Connection refused (os error 111)`.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
        let texts: Vec<_> = causes.map(ToString::to_string).collect();
        (!texts.is_empty()).then(|| texts.join(": "))
    }

    /// Why no further attempt was made.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.0.stop
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let limit = self.api().and_then(ApiError::rate_limit);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind().as_str())?;
        map.serialize_entry("detail", &self.to_string())?;
        map.serialize_entry("outcome", &self.outcome())?;
        map.serialize_entry("may_have_been_applied", &self.may_have_been_applied())?;
        map.serialize_entry("status", &self.kind().status().map(|status| status.as_u16()))?;
        map.serialize_entry("exception_type", &self.api().and_then(ApiError::exception_type))?;
        map.serialize_entry("limit", &limit.and_then(|limit| limit.calls))?;
        map.serialize_entry(
            "window_s",
            &limit.and_then(|limit| limit.window).map(|window| window.as_secs()),
        )?;
        map.serialize_entry("stopped", &self.stop().map(Stop::as_str))?;
        map.serialize_entry("ticket", &self.ticket())?;
        map.end()
    }
}
