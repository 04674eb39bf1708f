//! Errors returned by the API.

use std::{fmt, time::Duration};

use http::StatusCode;

use crate::{
    call::{outcome::Outcome, rate_limit::RateLimit},
    text::printable::printable,
};

/// The kind of an API error. The raw exception type, an open set, is available as
/// [`ApiError::exception_type`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiErrorKind {
    /// The keys are wrong, for another region, or not permitted to do this: 401, 403,
    /// `MXUnAuthorizedAccessException`.
    Unauthorized,
    /// The quota is exceeded: 429, or a 403 or a 200 that says so (*observed*).
    RateLimited(RateLimit),
    /// Such a webhook already exists: `MXDuplicateEntryException` (*observed*).
    Duplicate,
    /// The request is invalid: 400 and similar, or one of the `MX…` types that say so.
    InvalidInput,
    /// No such API: 404.
    NotFound,
    /// A server error: a 5xx, or a 2xx that says `Error`, without an `MX…` type. **The outcome is
    /// unknown.**
    Server,
    /// Another refusal.
    Unrecognized,
}

impl ApiErrorKind {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::RateLimited(_) => "rate_limited",
            Self::Duplicate => "duplicate",
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Server => "server",
            Self::Unrecognized => "unrecognized",
        }
    }

    /// A short description.
    const fn headline(self) -> &'static str {
        match self {
            Self::Unauthorized => "the keys are wrong, of another region, or may not do this",
            Self::RateLimited(_) => "the account's quota is exceeded",
            Self::Duplicate => "such a webhook already exists",
            Self::InvalidInput => "the API refused the request",
            Self::NotFound => "no such API at this host",
            Self::Server => "the server failed",
            Self::Unrecognized => "the API refused",
        }
    }
}

/// An error response. Its `Display` output is [printable].
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use http::{HeaderMap, StatusCode};
/// use leadsquared_webhooks_core::{ApiErrorKind, Secrets, response::{self, ResponseError}};
///
/// let body = br#"{"Status":"Error","ExceptionType":"MXDuplicateEntryException",
///     "ExceptionMessage":"already exists"}"#;
/// let (status, headers) = (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new());
/// let answer = response::created(status, &headers, body, &Secrets::default(), SystemTime::now());
/// let Err(ResponseError::Api(error)) = answer else { panic!("an error of the API") };
/// assert_eq!(error.kind(), ApiErrorKind::Duplicate);
/// assert!(!error.outcome().may_have_been_applied());
/// assert_eq!(
///     error.to_string(),
///     "such a webhook already exists: already exists (status 500, MXDuplicateEntryException)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) kind: ApiErrorKind,
    pub(crate) exception_type: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) excerpt: String,
    pub(crate) retry_after: Option<Duration>,
}

impl ApiError {
    /// The HTTP status. It may be 200: the body takes precedence (*observed*).
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> ApiErrorKind {
        self.kind
    }

    /// `ExceptionType` as returned by the server, up to
    /// [`DETAIL_BYTES`](crate::call::response::DETAIL_BYTES) bytes: an open set.
    #[must_use]
    pub fn exception_type(&self) -> Option<&str> {
        self.exception_type.as_deref()
    }

    /// `ExceptionMessage` as returned by the server, up to
    /// [`DETAIL_BYTES`](crate::call::response::DETAIL_BYTES) bytes.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The beginning of the body, up to [`EXCERPT_BYTES`](crate::call::response::EXCERPT_BYTES)
    /// bytes.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }

    /// The wait requested by `Retry-After`, in seconds or as a date. No response with this header
    /// was ever seen; if one comes, it is honoured.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The limit in the message of a rate-limit error, if it is one.
    #[must_use]
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        match self.kind {
            ApiErrorKind::RateLimited(limit) => Some(limit),
            _ => None,
        }
    }

    /// Refused, or unknown after a server error.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.kind {
            ApiErrorKind::Server => Outcome::Unknown,
            ApiErrorKind::Unauthorized
            | ApiErrorKind::RateLimited(_)
            | ApiErrorKind::Duplicate
            | ApiErrorKind::InvalidInput
            | ApiErrorKind::NotFound
            | ApiErrorKind::Unrecognized => Outcome::Refused,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.headline())?;
        if let Some(detail) = &self.detail {
            write!(f, ": {}", printable(detail))?;
        }
        write!(f, " (status {}", self.status.as_u16())?;
        if let Some(exception) = &self.exception_type {
            write!(f, ", {}", printable(exception))?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}
