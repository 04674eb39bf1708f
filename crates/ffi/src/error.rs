//! The error of a call or a run, and its conversion from core's errors.

use std::{fmt, sync::Arc, time::Duration};

use leadsquared_webhooks::retry::Stop;
use leadsquared_webhooks::{
    Outcome,
    call::{ConnectCause, Operation},
    core::response::ResponseError,
    error::{
        ApiError, ApiErrorKind, ErrorKind, InvalidManifest, InvalidTicket, InvalidWebhookId,
        UnexpectedReason, UnexpectedResponse, ValidationError, Violation,
    },
    quota::RateLimit,
    retry,
    webhook::Warning,
};

use crate::{
    attempt::{Attempt, WebhookOperation},
    ticket::Ticket,
};

/// The error of a call or a run. The variant determines what to do; no text needs to be parsed. No
/// text contains a key or a custom header's value.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum WebhookError {
    /// The input is invalid, and nothing was sent: fix the request.
    #[error("{detail}")]
    Invalid {
        /// A one-line description.
        detail: String,
        /// The violations, at least one, each with its path.
        violations: Vec<Violation>,
        /// Warnings about the parts that could be parsed: legal values that are a known pitfall.
        warnings: Vec<Warning>,
    },
    /// Nothing was sent: the connection failed, the quota did not admit the call, the deadline
    /// passed first, or the call was cancelled. It is safe to retry.
    #[error("{detail}")]
    NotSent {
        /// A one-line description.
        detail: String,
        /// The details.
        failure: CallFailure,
    },
    /// The API responded that it did not apply the call: wrong keys, invalid input, a duplicate, a
    /// rate limit that outlasted the retries.
    #[error("{detail}")]
    Refused {
        /// A one-line description.
        detail: String,
        /// The details.
        failure: CallFailure,
    },
    /// A request was sent, and no readable response was received: **a change may have been
    /// applied**. After a create, check whether the webhook exists before retrying: `resolve` does,
    /// with the ticket.
    #[error("{detail}")]
    Unknown {
        /// A one-line description.
        detail: String,
        /// The details.
        failure: CallFailure,
    },
}

/// The details of a failed call or run.
#[derive(Clone, Debug, uniffi::Record)]
pub struct CallFailure {
    /// The operation that failed. For a run: the one that ended it.
    pub operation: WebhookOperation,
    /// The kind of the last attempt's failure. An earlier attempt may determine the outcome.
    pub kind: FailureKind,
    /// Why the connection could not be opened, if that failed.
    pub cause: Option<ConnectCause>,
    /// The underlying error, on one line and without the URL.
    pub source: Option<String>,
    /// Whether a change may have been applied. Always false for read-only calls.
    pub may_have_been_applied: bool,
    /// The ID of the webhook concerned, if known: of an update or a delete, or of a create that is
    /// not confirmed.
    pub id: Option<String>,
    /// The record of a create whose outcome is unknown, for `resolve`. Absent for any other call.
    pub ticket: Option<Arc<Ticket>>,
    /// The HTTP status, if a response was received. It may be 200: the body takes precedence
    /// (*observed*).
    pub status: Option<u16>,
    /// `ExceptionType`, verbatim from the server: an open set.
    pub exception_type: Option<String>,
    /// `ExceptionMessage`, verbatim from the server.
    pub exception_message: Option<String>,
    /// The number of calls that a rate-limit message allows.
    pub limit: Option<u32>,
    /// The window that a rate-limit message states.
    pub window: Option<Duration>,
    /// Why the response does not say whether the call was applied.
    pub reason: Option<UnexpectedReason>,
    /// The beginning of the response body, at most 512 bytes, if a response was received.
    pub excerpt: Option<String>,
    /// The attempts, in order. For a run: those of all its calls.
    pub attempts: Vec<Attempt>,
    /// Why no further attempt was made.
    pub stopped: Option<Stop>,
    /// When to retry: never for a create that may have been applied.
    pub retry: RetryAdvice,
}

#[uniffi::export]
impl WebhookError {
    /// Whether a change may have been applied. Always false for read-only calls.
    pub fn may_have_been_applied(&self) -> bool {
        matches!(self, Self::Unknown { failure, .. } if failure.may_have_been_applied)
    }

    /// The outcome of the call or the run. An invalid draft was not sent.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Invalid { .. } | Self::NotSent { .. } => Outcome::NotSent,
            Self::Refused { .. } => Outcome::Refused,
            Self::Unknown { .. } => Outcome::Unknown,
        }
    }
}

impl From<ValidationError> for WebhookError {
    fn from(error: ValidationError) -> Self {
        Self::Invalid {
            detail: error.to_string(),
            violations: error.violations().to_vec(),
            warnings: error.warnings().to_vec(),
        }
    }
}

impl From<InvalidManifest> for WebhookError {
    fn from(error: InvalidManifest) -> Self {
        Self::Invalid {
            detail: error.to_string(),
            violations: error.violations().to_vec(),
            warnings: Vec::new(),
        }
    }
}

impl From<InvalidWebhookId> for WebhookError {
    fn from(problem: InvalidWebhookId) -> Self {
        Self::invalid("id", &problem)
    }
}

impl From<InvalidTicket> for WebhookError {
    fn from(problem: InvalidTicket) -> Self {
        Self::invalid("ticket", &problem)
    }
}

impl From<leadsquared_webhooks::Error> for WebhookError {
    /// The only place that maps a failure to one of the three outcomes.
    fn from(error: leadsquared_webhooks::Error) -> Self {
        let (detail, failure) = (error.to_string(), CallFailure::from(&error));
        match error.outcome() {
            Outcome::NotSent => Self::NotSent { detail, failure },
            Outcome::Refused => Self::Refused { detail, failure },
            Outcome::Unknown => Self::Unknown { detail, failure },
        }
    }
}

impl From<&leadsquared_webhooks::Error> for CallFailure {
    fn from(error: &leadsquared_webhooks::Error) -> Self {
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        let (api, unexpected) = match error.kind() {
            ErrorKind::Api(error) => (Some(error), None),
            ErrorKind::UnexpectedResponse(answer) => (None, Some(answer)),
            _ => (None, None),
        };
        let RateLimit { calls, window } = api.and_then(ApiError::rate_limit).unwrap_or_default();
        Self {
            operation: error.operation(),
            kind: error.kind().into(),
            cause: error.cause(),
            source: error.source_text(),
            may_have_been_applied: error.may_have_been_applied(),
            id: error.id().map(ToString::to_string),
            ticket: error.ticket().cloned().map(Ticket::shared),
            status: error.kind().status().map(|status| status.as_u16()),
            exception_type: text(api.and_then(ApiError::exception_type)),
            exception_message: text(api.and_then(ApiError::detail)),
            limit: calls,
            window,
            reason: unexpected.map(UnexpectedResponse::reason),
            excerpt: text(api.map(ApiError::excerpt).or(unexpected.map(UnexpectedResponse::excerpt))),
            attempts: error.attempts().iter().cloned().map(Into::into).collect(),
            stopped: error.stop(),
            retry: error.retry_advice().into(),
        }
    }
}

impl From<ResponseError> for WebhookError {
    /// The response to a create.
    fn from(error: ResponseError) -> Self {
        leadsquared_webhooks::Error::of_create(error).into()
    }
}

impl From<http::Error> for WebhookError {
    /// A response that is not valid HTTP says nothing about the call.
    fn from(problem: http::Error) -> Self {
        let failure = CallFailure {
            operation: Operation::Create,
            kind: FailureKind::UnexpectedResponse,
            cause: None,
            source: None,
            may_have_been_applied: true,
            id: None,
            ticket: None,
            status: None,
            exception_type: None,
            exception_message: None,
            limit: None,
            window: None,
            reason: None,
            excerpt: None,
            attempts: Vec::new(),
            stopped: None,
            retry: RetryAdvice::Never,
        };
        Self::Unknown { detail: problem.to_string(), failure }
    }
}

impl WebhookError {
    /// A single violation.
    pub(crate) fn invalid(field: &str, problem: &dyn fmt::Display) -> Self {
        let violation = Violation { field: field.to_owned(), problem: problem.to_string() };
        Self::Invalid { detail: violation.to_string(), violations: vec![violation], warnings: Vec::new() }
    }
}

/// The kind of failure that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FailureKind {
    /// The keys are wrong, belong to another region, or lack permission.
    Unauthorized,
    /// The account's quota is exceeded.
    RateLimited,
    /// Such a webhook already exists (*observed* for field changes).
    Duplicate,
    /// The API rejected the request as invalid.
    InvalidInput,
    /// There is no such API at this host.
    NotFound,
    /// The server failed.
    Server,
    /// Another refusal.
    Unrecognized,
    /// The response does not say whether the call was applied.
    UnexpectedResponse,
    /// The connection could not be opened; see `cause`.
    Connect,
    /// The connection broke after the request was sent.
    Interrupted,
    /// The deadline passed.
    Timeout,
    /// The wait for the quota exceeded its limit.
    QuotaWait,
    /// The API accepted a delete, and reading failed to confirm it.
    Unconfirmed,
    /// The API accepted a delete, and the list still shows the webhook.
    StillListed,
    /// The number of webhooks in a list does not match its `RecordCount`.
    ListIncomplete,
    /// A list of several pages changed between every two readings.
    ListUnstable,
    /// A create is recorded before it is sent, and the state file could not be written.
    Unrecorded,
    /// An update would send an event code whose meaning on this account is unknown: set `codes`.
    CodesUnknown,
    /// The call was cancelled before it was sent, or before it was retried.
    Cancelled,
    /// The runtime shut down before the call ended.
    RuntimeEnded,
}

impl From<&ErrorKind> for FailureKind {
    fn from(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::Api(error) => match error.kind() {
                ApiErrorKind::Unauthorized => Self::Unauthorized,
                ApiErrorKind::RateLimited(_) => Self::RateLimited,
                ApiErrorKind::Duplicate => Self::Duplicate,
                ApiErrorKind::InvalidInput => Self::InvalidInput,
                ApiErrorKind::NotFound => Self::NotFound,
                ApiErrorKind::Server => Self::Server,
                ApiErrorKind::Unrecognized => Self::Unrecognized,
            },
            ErrorKind::UnexpectedResponse(_) => Self::UnexpectedResponse,
            ErrorKind::Connect { host: _, proxy: _, cause: _ } => Self::Connect,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Timeout { sent: _, after: _ } => Self::Timeout,
            ErrorKind::QuotaWait { after: _ } => Self::QuotaWait,
            ErrorKind::Unconfirmed => Self::Unconfirmed,
            ErrorKind::StillListed => Self::StillListed,
            ErrorKind::ListIncomplete { record_count: _, listed: _ } => Self::ListIncomplete,
            ErrorKind::ListUnstable { readings: _ } => Self::ListUnstable,
            ErrorKind::Unrecorded => Self::Unrecorded,
            ErrorKind::CodesUnknown => Self::CodesUnknown,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::RuntimeEnded { sent: _ } => Self::RuntimeEnded,
        }
    }
}

/// Why a connection could not be opened. Nothing was sent.
#[uniffi::remote(Enum)]
pub enum ConnectCause {
    /// The host name does not exist.
    NameNotFound,
    /// The host name could not be resolved: no name server responds.
    NameServer,
    /// The host is reachable, but nothing listens on the port.
    Refused,
    /// There is no route to the host.
    Unreachable,
    /// The certificate is self-signed, or its issuer is not trusted.
    TlsUnknownIssuer,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The certificate is for another name.
    TlsWrongName,
    /// TLS failed for another reason, such as a server that does not support it.
    TlsOther,
    /// The proxy requires a user name and a password: 407.
    ProxyAuthenticationNeeded,
    /// The proxy refused to open the tunnel.
    ProxyRefused,
    /// The proxy did not open the tunnel for another reason.
    ProxyOther,
    /// The connection was not established within the connect timeout.
    Timeout,
    /// Any other cause.
    Other,
}

/// When a call may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RetryAdvice {
    /// A retry would fail the same way, or could create a duplicate.
    Never,
    /// After this wait.
    After {
        /// The wait.
        wait: Duration,
    },
    /// After a wait that the caller chooses.
    Backoff,
}

impl From<retry::RetryAdvice> for RetryAdvice {
    fn from(advice: retry::RetryAdvice) -> Self {
        match advice {
            retry::RetryAdvice::Never => Self::Never,
            retry::RetryAdvice::After(wait) => Self::After { wait },
            retry::RetryAdvice::Backoff => Self::Backoff,
        }
    }
}

/// Why no further attempt was made.
#[uniffi::remote(Enum)]
pub enum Stop {
    /// A retry would get the same response.
    Final,
    /// The call may have been applied, and a retry could create a duplicate.
    Unsafe,
    /// The maximum number of attempts was made.
    Attempts,
    /// The wait would exceed the deadline.
    Deadline,
}

/// Why a response does not say whether the call was applied.
#[uniffi::remote(Enum)]
pub enum UnexpectedReason {
    /// The body is empty.
    Empty,
    /// The body ends in the middle of its JSON.
    Truncated,
    /// The body is not JSON.
    NotJson,
    /// The body is JSON, but neither a success nor an error of this API.
    NotAnAnswer,
    /// A success without the ID of the created webhook.
    MissingId,
    /// A redirect. It is not followed, because that would send the keys to another place.
    Redirect,
    /// The body exceeds the size limit.
    TooLarge,
}
