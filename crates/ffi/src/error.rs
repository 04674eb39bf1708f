//! Why a call failed, made in one place.

use std::{fmt, sync::Arc, time::Duration};

use leadsquared_webhooks::retry::Stop;
use leadsquared_webhooks::{
    ApiError, ApiErrorKind, ConnectCause, ErrorKind, InvalidManifest, InvalidTicket, InvalidWebhookId,
    Operation, Outcome, RateLimit, UnexpectedReason, UnexpectedResponse, ValidationError, Violation, Warning,
    response::ResponseError, retry,
};

use crate::{
    attempt::{Attempt, WebhookOperation},
    ticket::Ticket,
};

/// A call or a run failed. Which of the four it is says what to do; no text need be read, and none
/// holds a key or a custom header's value.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum WebhookError {
    /// What was given breaks rules, and nothing was sent: fix the request.
    #[error("{detail}")]
    Invalid {
        /// All of it, on one line.
        detail: String,
        /// The broken rules, one or more, each with its path.
        violations: Vec<Violation>,
        /// What is legal and a known pitfall, among the parts that could be read.
        warnings: Vec<Warning>,
    },
    /// Nothing was sent: no connection, the quota did not admit it, the deadline came first, or it
    /// was cancelled. It is safe to try again.
    #[error("{detail}")]
    NotSent {
        /// All of it, on one line.
        detail: String,
        /// The rest of what is known.
        failure: CallFailure,
    },
    /// The API answered that it did not do it: wrong keys, wrong input, a duplicate, a rate limit
    /// that lasted.
    #[error("{detail}")]
    Refused {
        /// All of it, on one line.
        detail: String,
        /// The rest of what is known.
        failure: CallFailure,
    },
    /// A request was sent, and no readable answer came: **a change may have been applied**. After a
    /// create, check whether it exists before retrying: `resolve` does, by the ticket.
    #[error("{detail}")]
    Unknown {
        /// All of it, on one line.
        detail: String,
        /// The rest of what is known.
        failure: CallFailure,
    },
}

/// What is known of a call or a run that failed.
#[derive(Clone, Debug, uniffi::Record)]
pub struct CallFailure {
    /// Which call failed; of a run the one that ended it.
    pub operation: WebhookOperation,
    /// The kind of its last attempt's failure; an earlier one may be what decides the outcome.
    pub kind: FailureKind,
    /// Why the connection could not be opened, if that is what failed.
    pub cause: Option<ConnectCause>,
    /// What lies below the failure, on one line and without the URL.
    pub source: Option<String>,
    /// Whether what was asked for may have been done: never for a read alone.
    pub may_have_been_applied: bool,
    /// The webhook that it is about, where one is known: that of an update or a delete, or one that
    /// was created and is not confirmed.
    pub id: Option<String>,
    /// The record of a create whose outcome is unknown, for `resolve`; nothing for any other call.
    pub ticket: Option<Arc<Ticket>>,
    /// The HTTP status, if an answer came. It may be 200: the body is believed first (observed).
    pub status: Option<u16>,
    /// `ExceptionType` as the server wrote it: an open set.
    pub exception_type: Option<String>,
    /// `ExceptionMessage` as the server wrote it.
    pub exception_message: Option<String>,
    /// The calls in the message of a rate limit.
    pub limit: Option<u32>,
    /// The window in the message of a rate limit.
    pub window: Option<Duration>,
    /// Why an answer does not say whether the call was applied.
    pub reason: Option<UnexpectedReason>,
    /// The beginning of the answer's body, up to 512 bytes, if an answer came.
    pub excerpt: Option<String>,
    /// What was tried, in order; of a run in all its calls.
    pub attempts: Vec<Attempt>,
    /// Why no further attempt was made.
    pub stopped: Option<Stop>,
    /// When it may be tried again: never for a create that may have been applied.
    pub retry: RetryAdvice,
}

#[uniffi::export]
impl WebhookError {
    /// Whether what was asked for may have been done: never for a read alone.
    pub fn may_have_been_applied(&self) -> bool {
        matches!(self, Self::Unknown { failure, .. } if failure.may_have_been_applied)
    }

    /// What is known of the call or the run; a draft that is invalid was not sent.
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
    /// The one place where a failure becomes one of the three.
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
    /// The answer of a create.
    fn from(error: ResponseError) -> Self {
        leadsquared_webhooks::Error::of_create(error).into()
    }
}

impl From<http::Error> for WebhookError {
    /// No answer that HTTP allows: it says nothing of the call.
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
    /// One value that breaks its rule.
    pub(crate) fn invalid(field: &str, problem: &dyn fmt::Display) -> Self {
        let violation = Violation { field: field.to_owned(), problem: problem.to_string() };
        Self::Invalid { detail: violation.to_string(), violations: vec![violation], warnings: Vec::new() }
    }
}

/// What kind of failure ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FailureKind {
    /// The keys are wrong, are for another region, or may not do this.
    Unauthorized,
    /// The account's quota is exceeded.
    RateLimited,
    /// Such a webhook exists already (observed for field changes).
    Duplicate,
    /// The request is at fault.
    InvalidInput,
    /// No such API at this host.
    NotFound,
    /// The server broke.
    Server,
    /// Another refusal.
    Unrecognized,
    /// An answer that does not tell whether the call was applied.
    UnexpectedResponse,
    /// The connection could not be opened: `cause` says why.
    Connect,
    /// The connection broke after the request left.
    Interrupted,
    /// The deadline passed.
    Timeout,
    /// The wait for the quota lasted too long.
    QuotaWait,
    /// A delete was answered without an error, and reading failed to confirm it.
    Unconfirmed,
    /// A delete was answered without an error, and the list still shows the webhook.
    StillListed,
    /// A list holds another number of webhooks than its `RecordCount` says.
    ListIncomplete,
    /// A list of several pages changed between any two readings.
    ListUnstable,
    /// A create is only sent when it is recorded first, and the state file could not be written.
    Unrecorded,
    /// An update would send an event code whose meaning on this account is unknown: give `codes`.
    CodesUnknown,
    /// The call was cancelled before it was sent, or before it was sent again.
    Cancelled,
    /// The runtime ended before the call did.
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
    /// No host of this name exists.
    NameNotFound,
    /// The name could not be looked up: no name server answers.
    NameServer,
    /// The host is there, and nothing listens on the port.
    Refused,
    /// No route leads to the host.
    Unreachable,
    /// The certificate is signed by itself or by an authority that is not trusted.
    TlsUnknownIssuer,
    /// The certificate has expired, or is not valid yet.
    TlsExpired,
    /// The certificate is for another name.
    TlsWrongName,
    /// TLS failed for another reason, such as a server that does not speak it.
    TlsOther,
    /// The proxy in between wants a user name and a password: 407.
    ProxyAuthenticationNeeded,
    /// The proxy in between answered that it does not open the tunnel.
    ProxyRefused,
    /// The proxy in between opened no tunnel for another reason.
    ProxyOther,
    /// The connection was not ready within the connect timeout.
    Timeout,
    /// None of these.
    Other,
}

/// When a call may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RetryAdvice {
    /// Another one would fail alike, or could create a duplicate.
    Never,
    /// After this long.
    After {
        /// The wait.
        wait: Duration,
    },
    /// After a wait of the caller's own choice.
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
    /// The answer would be the same.
    Final,
    /// The call may have been applied, and a second one could create a duplicate.
    Unsafe,
    /// All attempts are used up.
    Attempts,
    /// The wait would last beyond the deadline.
    Deadline,
}

/// What is odd about an answer that does not tell whether the call was applied.
#[uniffi::remote(Enum)]
pub enum UnexpectedReason {
    /// No body.
    Empty,
    /// The body ends in the middle of its JSON.
    Truncated,
    /// The body is not JSON.
    NotJson,
    /// JSON, but neither a success nor an error as this API writes them.
    NotAnAnswer,
    /// A success without the id of what was created.
    MissingId,
    /// A redirect. It is not followed, for it would carry the keys away.
    Redirect,
    /// The body is larger than is read.
    TooLarge,
}
