//! Why a call failed, made in one place.

use std::{fmt, sync::Arc, time::Duration};

use leadsquared_webhooks::retry::Stop;
use leadsquared_webhooks::{
    ApiError, ApiErrorKind, ErrorKind, InvalidManifest, InvalidTicket, InvalidWebhookId, Outcome, RateLimit,
    UnexpectedReason, UnexpectedResponse, ValidationError, Violation, Warning, response::ResponseError,
    retry,
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
        /// `Connect`, `Timeout`, `QuotaWait` or `Unrecorded`.
        kind: FailureKind,
        /// All of it, on one line.
        detail: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Why no further attempt was made.
        stopped: Option<Stop>,
        /// When another create may be tried.
        retry: RetryAdvice,
    },
    /// The API answered that it did not do it: wrong keys, wrong input, a duplicate, a rate limit that lasted.
    #[error("{detail}")]
    Refused {
        /// Any but those of the other two.
        kind: FailureKind,
        /// All of it, on one line.
        detail: String,
        /// The HTTP status. It may be 200: the body is believed first (observed).
        status: u16,
        /// `ExceptionType` as the server wrote it: an open set.
        exception_type: Option<String>,
        /// `ExceptionMessage` as the server wrote it.
        exception_message: Option<String>,
        /// The calls that the message of a rate limit tells.
        limit: Option<u32>,
        /// The window that the message of a rate limit tells.
        window: Option<Duration>,
        /// The beginning of the answer's body, up to 512 bytes.
        excerpt: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
        /// Why no further attempt was made.
        stopped: Option<Stop>,
        /// When another create may be tried.
        retry: RetryAdvice,
    },
    /// The request left, and no readable answer came: **it may have been done**. After a create, look before you try again:
    /// `resolve` does, by the ticket.
    #[error("{detail}")]
    Unknown {
        /// `Interrupted`, `Timeout`, `UnexpectedResponse`, `Unconfirmed` or `Server`.
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
        /// When another create may be tried: never as it is.
        retry: RetryAdvice,
        /// What is needed to find out what became of a create; nothing for any other call.
        ticket: Option<Arc<Ticket>>,
    },
}

#[uniffi::export]
impl WebhookError {
    /// Whether a second create could make a twin.
    pub fn may_have_been_applied(&self) -> bool {
        self.outcome().may_have_been_applied()
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
    fn from(error: leadsquared_webhooks::Error) -> Self {
        let ticket = error.ticket().cloned().map(Ticket::shared);
        Self::of(error.kind(), error.attempts(), error.stop(), ticket)
    }
}

impl From<ResponseError> for WebhookError {
    fn from(error: ResponseError) -> Self {
        Self::of(&error.into(), &[], None, None)
    }
}

impl From<http::Error> for WebhookError {
    /// No answer that HTTP allows: nobody can tell what it says.
    fn from(problem: http::Error) -> Self {
        Self::Unknown {
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

    /// The one place where a failure becomes one of the three.
    fn of(
        failure: &ErrorKind,
        attempts: &[leadsquared_webhooks::Attempt],
        stopped: Option<Stop>,
        ticket: Option<Arc<Ticket>>,
    ) -> Self {
        let kind = FailureKind::from(failure);
        let detail = failure.to_string();
        let attempts = attempts.iter().cloned().map(Into::into).collect();
        let retry = failure.retry_advice().into();
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        let (api, unexpected) = match failure {
            ErrorKind::Api(error) => (Some(error), None),
            ErrorKind::UnexpectedResponse(answer) => (None, Some(answer)),
            ErrorKind::Connect
            | ErrorKind::Interrupted
            | ErrorKind::Unconfirmed
            | ErrorKind::Unrecorded
            | ErrorKind::Timeout { sent: _, after: _ }
            | ErrorKind::QuotaWait { after: _ } => (None, None),
        };
        let exception_type = text(api.and_then(ApiError::exception_type));
        let exception_message = text(api.and_then(ApiError::detail));
        match (failure.outcome(), api) {
            (Outcome::NotSent, _) => Self::NotSent { kind, detail, attempts, stopped, retry },
            (Outcome::Refused, Some(error)) => {
                let RateLimit { calls, window } = error.rate_limit().unwrap_or_default();
                Self::Refused {
                    kind,
                    detail,
                    status: error.status().as_u16(),
                    exception_type,
                    exception_message,
                    limit: calls,
                    window,
                    excerpt: error.excerpt().to_owned(),
                    attempts,
                    stopped,
                    retry,
                }
            }
            (Outcome::Refused | Outcome::Unknown, _) => Self::Unknown {
                kind,
                detail,
                status: failure.status().map(|status| status.as_u16()),
                exception_type,
                exception_message,
                reason: unexpected.map(UnexpectedResponse::reason),
                excerpt: text(api.map(ApiError::excerpt).or(unexpected.map(UnexpectedResponse::excerpt))),
                attempts,
                stopped,
                retry,
                ticket,
            },
        }
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
    /// A delete was answered well, and reading could not confirm it.
    Unconfirmed,
    /// What is to be sent must stand in a journal first, and that could not be written.
    Unrecorded,
    /// The deadline passed.
    Timeout,
    /// The wait for the quota lasted too long.
    QuotaWait,
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
            ErrorKind::Unconfirmed => Self::Unconfirmed,
            ErrorKind::Unrecorded => Self::Unrecorded,
            ErrorKind::Timeout { sent: _, after: _ } => Self::Timeout,
            ErrorKind::QuotaWait { after: _ } => Self::QuotaWait,
        }
    }
}

/// When another create may be tried.
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
    /// A list holds fewer or more webhooks than it says.
    Incomplete,
    /// What was deleted is still there.
    StillThere,
}
