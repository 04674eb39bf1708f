//! Why a call failed, made in one place.

use std::{fmt, sync::Arc, time::Duration};

use leadsquared_webhooks::retry::Stop;
use leadsquared_webhooks::{
    ApiErrorKind, ErrorKind, InvalidManifest, InvalidTicket, InvalidWebhookId, Operation, Outcome, RateLimit,
    UnexpectedReason, ValidationError, Violation, Warning, response::ResponseError, retry,
};

use crate::{attempt::Attempt, ticket::Ticket};

/// A call did not do what it was asked for, or nobody knows whether it did. Which of the four it is says what to do; no text
/// need be read, and none holds a key or a custom header's value.
///
/// A webhook that was created as something else than was asked for is none of them: see `createVerified`.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum WebhookError {
    /// What was given breaks rules, and nothing was sent. Mend it.
    #[error("{detail}")]
    Invalid {
        /// All of it, on one line.
        detail: String,
        /// The broken rules, one or more, each with its path.
        violations: Vec<Violation>,
        /// What is legal and still likely to disappoint, among the parts that could be read.
        warnings: Vec<Warning>,
    },
    /// Nothing left: no connection, no turn in the quota, or the deadline came first. Safe to try again.
    #[error("{detail}")]
    NotSent {
        /// Which call failed.
        operation: Operation,
        /// `Connect`, `Timeout`, `QuotaWait`, `Unrecorded` or `RuntimeEnded`.
        kind: FailureKind,
        /// All of it, on one line.
        detail: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Why no further attempt was made.
        stopped: Option<Stop>,
        /// When it may be tried again.
        retry: RetryAdvice,
        /// The webhook that it is about, where one is known.
        id: Option<String>,
    },
    /// The API answered that it did not do it: wrong keys, wrong input, a duplicate, a rate limit that lasted.
    #[error("{detail}")]
    Refused {
        /// Which call failed.
        operation: Operation,
        /// That of the last attempt, which may not have been sent after one that was refused.
        kind: FailureKind,
        /// All of it, on one line.
        detail: String,
        /// The HTTP status of the last attempt, if it was answered. It may be 200: the body is believed first (observed).
        status: Option<u16>,
        /// `ExceptionType` as the server wrote it: an open set.
        exception_type: Option<String>,
        /// `ExceptionMessage` as the server wrote it.
        exception_message: Option<String>,
        /// The calls that the message of a rate limit tells.
        limit: Option<u32>,
        /// The window that the message of a rate limit tells.
        window: Option<Duration>,
        /// The beginning of the answer's body, up to 512 bytes, if an answer came.
        excerpt: Option<String>,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Why no further attempt was made.
        stopped: Option<Stop>,
        /// When it may be tried again.
        retry: RetryAdvice,
        /// The webhook that it is about, where one is known.
        id: Option<String>,
    },
    /// A request was sent, and no readable answer came: **a change may have been applied**. After a create, check whether it
    /// exists before trying again: `resolve` does, by the ticket.
    #[error("{detail}")]
    Unknown {
        /// Which call failed.
        operation: Operation,
        /// That of the last attempt; an earlier one may be what is unknown.
        kind: FailureKind,
        /// All of it, on one line.
        detail: String,
        /// The HTTP status, if an answer came.
        status: Option<u16>,
        /// `ExceptionType` as the server wrote it.
        exception_type: Option<String>,
        /// `ExceptionMessage` as the server wrote it.
        exception_message: Option<String>,
        /// What is odd about an answer that does not tell.
        reason: Option<UnexpectedReason>,
        /// The beginning of the answer's body, up to 512 bytes, if an answer came.
        excerpt: Option<String>,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Why no further attempt was made.
        stopped: Option<Stop>,
        /// When it may be tried again: a create never as it is.
        retry: RetryAdvice,
        /// Whether what was asked for may have been done: never for a read alone.
        may_have_been_applied: bool,
        /// The webhook that it is about, where one is known.
        id: Option<String>,
        /// What is needed to find out what became of a create; nothing for any other call.
        ticket: Option<Arc<Ticket>>,
    },
}

#[uniffi::export]
impl WebhookError {
    /// Whether what was asked for may have been done: never for a read alone.
    pub fn may_have_been_applied(&self) -> bool {
        matches!(self, Self::Unknown { may_have_been_applied: true, .. })
    }

    /// What is known of the call; a draft that is invalid was not sent.
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
        let failure = error.kind();
        let (operation, kind, detail) = (error.operation(), FailureKind::from(failure), error.to_string());
        let attempts = error.attempts().iter().cloned().map(Into::into).collect();
        let (stopped, retry) = (error.stop(), error.retry_advice().into());
        let id = error.id().map(ToString::to_string);
        let Answered { status, exception_type, exception_message, limit, window, reason, excerpt } =
            failure.into();
        match error.outcome() {
            Outcome::NotSent => Self::NotSent { operation, kind, detail, attempts, stopped, retry, id },
            Outcome::Refused => Self::Refused {
                operation,
                kind,
                detail,
                status,
                exception_type,
                exception_message,
                limit,
                window,
                excerpt,
                attempts,
                stopped,
                retry,
                id,
            },
            Outcome::Unknown => Self::Unknown {
                operation,
                kind,
                detail,
                status,
                exception_type,
                exception_message,
                reason,
                excerpt,
                attempts,
                stopped,
                retry,
                may_have_been_applied: error.may_have_been_applied(),
                id,
                ticket: error.ticket().cloned().map(Ticket::shared),
            },
        }
    }
}

impl From<ResponseError> for WebhookError {
    /// The answer of a create.
    fn from(error: ResponseError) -> Self {
        leadsquared_webhooks::Error::of_create(error).into()
    }
}

/// What an answer tells of a failure, if one came.
#[derive(Default)]
struct Answered {
    status: Option<u16>,
    exception_type: Option<String>,
    exception_message: Option<String>,
    limit: Option<u32>,
    window: Option<Duration>,
    reason: Option<UnexpectedReason>,
    excerpt: Option<String>,
}

impl From<&ErrorKind> for Answered {
    fn from(failure: &ErrorKind) -> Self {
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        match failure {
            ErrorKind::Api(error) => {
                let RateLimit { calls, window } = error.rate_limit().unwrap_or_default();
                Self {
                    status: Some(error.status().as_u16()),
                    exception_type: text(error.exception_type()),
                    exception_message: text(error.detail()),
                    limit: calls,
                    window,
                    reason: None,
                    excerpt: text(Some(error.excerpt())),
                }
            }
            ErrorKind::UnexpectedResponse(answer) => Self {
                status: Some(answer.status().as_u16()),
                reason: Some(answer.reason()),
                excerpt: text(Some(answer.excerpt())),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

impl From<http::Error> for WebhookError {
    /// No answer that HTTP allows: nobody can tell what it says.
    fn from(problem: http::Error) -> Self {
        Self::Unknown {
            operation: Operation::Create,
            kind: FailureKind::UnexpectedResponse,
            detail: problem.to_string(),
            status: None,
            exception_type: None,
            exception_message: None,
            reason: None,
            excerpt: None,
            attempts: Vec::new(),
            stopped: None,
            retry: RetryAdvice::Never,
            may_have_been_applied: true,
            id: None,
            ticket: None,
        }
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
    /// The connection never opened.
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
    /// A create is only sent when it is recorded first, and the file could not be written.
    Unrecorded,
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
            ErrorKind::Connect => Self::Connect,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Timeout { sent: _, after: _ } => Self::Timeout,
            ErrorKind::QuotaWait { after: _ } => Self::QuotaWait,
            ErrorKind::Unconfirmed => Self::Unconfirmed,
            ErrorKind::StillListed => Self::StillListed,
            ErrorKind::ListIncomplete { record_count: _, listed: _ } => Self::ListIncomplete,
            ErrorKind::ListUnstable { readings: _ } => Self::ListUnstable,
            ErrorKind::Unrecorded => Self::Unrecorded,
            ErrorKind::RuntimeEnded { sent: _ } => Self::RuntimeEnded,
        }
    }
}

/// When a call may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RetryAdvice {
    /// Another one would fail alike, or could make a twin.
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
    /// The call may have been applied, and a second one could make a twin.
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
