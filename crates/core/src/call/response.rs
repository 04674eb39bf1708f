//! Parses responses: an ID, an API error, or a response that leaves the outcome unknown.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};

use crate::{
    account::redact::{LOOKAHEAD, Secrets},
    call::{
        api_error::{ApiError, ApiErrorKind},
        outcome::Outcome,
        rate_limit::RateLimit,
    },
    text::byte_order_mark,
    webhook::{existing::WebhookPage, webhook_id::WebhookId},
    wire::{Envelope, retrieve},
};

/// How much of a body an error contains, in bytes.
pub const EXCERPT_BYTES: usize = 512;

/// How much of the exception type and of its message an error contains, in bytes.
pub const DETAIL_BYTES: usize = 4096;

/// LeadSquared's exception type for a rate limit, at any status (*observed*).
const RATE_LIMIT_TYPE: &str = "MXAPIRateLimitExceededException";

/// A newly created webhook.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebhookCreated {
    /// The ID that LeadSquared assigned.
    pub id: WebhookId,
}

/// Why a response is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The API reported an error, in an envelope or by a status.
    #[error(transparent)]
    Api(ApiError),
    /// The response cannot be interpreted: the outcome is unknown.
    #[error(transparent)]
    Unexpected(UnexpectedResponse),
}

/// A response that does not show whether the call was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedResponse {
    status: StatusCode,
    reason: UnexpectedReason,
    excerpt: String,
}

/// Why a response is an [`UnexpectedResponse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnexpectedReason {
    /// No body.
    Empty,
    /// The body ends in the middle of its JSON.
    Truncated,
    /// The body is not JSON.
    NotJson,
    /// JSON, but neither a success nor an error in this API's format.
    NotAnAnswer,
    /// A success without the ID of the created webhook.
    MissingId,
    /// A redirect. It is not followed, because that would send the keys elsewhere.
    Redirect,
    /// The body is larger than the transport's limit.
    TooLarge,
}

impl UnexpectedReason {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::NotJson => "not_json",
            Self::NotAnAnswer => "not_an_answer",
            Self::MissingId => "missing_id",
            Self::Redirect => "redirect",
            Self::TooLarge => "too_large",
        }
    }
}

impl fmt::Display for UnexpectedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "has no body",
            Self::Truncated => "ends in the middle of its JSON",
            Self::NotJson => "is not JSON",
            Self::NotAnAnswer => "is JSON that this API does not write",
            Self::MissingId => "is a success without an id",
            Self::Redirect => "is a redirect, which is not followed",
            Self::TooLarge => "is larger than is read",
        })
    }
}

impl UnexpectedResponse {
    /// An unexpected response with the body as far as it was read, without the secrets.
    #[must_use]
    pub fn new(status: StatusCode, reason: UnexpectedReason, body: &[u8], secrets: &Secrets) -> Self {
        Self { status, reason, excerpt: excerpt(body, secrets) }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Why the response is unexpected.
    #[must_use]
    pub const fn reason(&self) -> UnexpectedReason {
        self.reason
    }

    /// The beginning of the body, up to [`EXCERPT_BYTES`] bytes.
    #[must_use]
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }

    /// Always [`Outcome::Unknown`].
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        Outcome::Unknown
    }
}

impl fmt::Display for UnexpectedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer {} (status {})", self.reason, self.status.as_u16())
    }
}

impl std::error::Error for UnexpectedResponse {}

/// Parses the response to a create.
///
/// The body takes precedence over the status, because a 200 with an error inside occurs
/// (*observed*). `secrets` are not repeated in errors, even if the server echoes them. `now` is
/// when the response came: a `Retry-After` may be a date.
///
/// # Errors
///
/// - [`ResponseError::Api`] for an envelope with `"Status":"Error"` and for a status of 400 or
///   higher: a refusal, but after a 5xx or a 2xx without an `MX…` type the outcome is unknown.
/// - [`ResponseError::Unexpected`] for everything else except a success with an ID: the outcome is
///   unknown.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use http::{HeaderMap, StatusCode};
/// use leadsquared_webhooks_core::{Secrets, response};
///
/// let secrets = Secrets::default();
/// let now = SystemTime::now();
/// let read = |status, body: &str| {
///     response::created(status, &HeaderMap::new(), body.as_bytes(), &secrets, now)
/// };
/// let created = read(StatusCode::OK, r#"{"Status":"Success","Message":{"Id":"b1c4"}}"#)?;
/// assert_eq!(created.id.as_str(), "b1c4");
/// assert!(read(StatusCode::OK, r#"{"Status":"Success"}"#).is_err());
/// # Ok::<(), response::ResponseError>(())
/// ```
pub fn created(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &Secrets,
    now: SystemTime,
) -> Result<WebhookCreated, ResponseError> {
    read(status, headers, body, secrets, now, |_, envelope| match envelope {
        Some(answer) if answer.is("Success") => match answer.id().and_then(|id| id.parse().ok()) {
            Some(id) => Ok(WebhookCreated { id }),
            None => Err(UnexpectedReason::MissingId),
        },
        _ => Err(UnexpectedReason::NotAnAnswer),
    })
}

/// Parses a page of Retrieve. `RecordCount` is required: a response without it is not a list, not
/// even an empty one.
///
/// # Errors
///
/// As [`created`]; [`UnexpectedReason::NotAnAnswer`] when it is not a page.
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use http::{HeaderMap, StatusCode};
/// use leadsquared_webhooks_core::{Secrets, response};
///
/// let secrets = Secrets::default();
/// let (headers, now) = (HeaderMap::new(), SystemTime::now());
/// let read = |body: &str| {
///     response::retrieved(StatusCode::OK, &headers, body.as_bytes(), &secrets, now)
/// };
/// assert_eq!(read(r#"{"RecordCount":0}"#)?.webhooks, []);
/// assert_eq!(
///     read(r#"{"RecordCount":"1","Response":[{"WebhookId":"b1c4"}]}"#)?.webhooks[0].id.as_str(),
///     "b1c4"
/// );
/// assert!(read("{}").is_err());
/// # Ok::<(), response::ResponseError>(())
/// ```
pub fn retrieved(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &Secrets,
    now: SystemTime,
) -> Result<WebhookPage, ResponseError> {
    read(status, headers, body, secrets, now, |json, _| {
        retrieve::page(json).ok_or(UnexpectedReason::NotAnAnswer)
    })
}

/// Parses the response to an update or a delete. Its format is unknown: anything that is not an
/// error, and is either JSON or empty, is a success.
///
/// # Errors
///
/// As [`created`].
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
/// use http::{HeaderMap, StatusCode};
/// use leadsquared_webhooks_core::{Secrets, response};
///
/// let secrets = Secrets::default();
/// let (headers, now) = (HeaderMap::new(), SystemTime::now());
/// let read = |body: &str| {
///     response::acknowledged(StatusCode::OK, &headers, body.as_bytes(), &secrets, now)
/// };
/// assert!(read(r#"{"Status":"Success"}"#).is_ok());
/// assert!(read(r#"{"Status":"Error","ExceptionType":"MXInvalidInputException"}"#).is_err());
/// assert!(read("<html>").is_err());
/// ```
pub fn acknowledged(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &Secrets,
    now: SystemTime,
) -> Result<(), ResponseError> {
    match read(status, headers, body, secrets, now, |_, _| Ok(())) {
        Err(ResponseError::Unexpected(answer))
            if answer.reason() == UnexpectedReason::Empty && status.is_success() =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Handles errors and bodies that are not JSON. For the rest, `judge` decides by the text and its
/// envelope.
fn read<T>(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &Secrets,
    now: SystemTime,
    judge: impl FnOnce(&str, Option<&Envelope<'_>>) -> Result<T, UnexpectedReason>,
) -> Result<T, ResponseError> {
    let json = byte_order_mark::skip(body);
    let envelope = Envelope::read(json);
    let known = envelope.as_ref().ok().and_then(Option::as_ref);
    if let Some(error) = api_error(status, headers, body, known, secrets, now) {
        return Err(ResponseError::Api(error));
    }
    let result = match &envelope {
        _ if status.is_redirection() => Err(UnexpectedReason::Redirect),
        Ok(_) => judge(std::str::from_utf8(json).unwrap_or_default(), known),
        Err(_) if json.trim_ascii().is_empty() => Err(UnexpectedReason::Empty),
        Err(problem) if problem.is_eof() || ends_in_a_number(json) => Err(UnexpectedReason::Truncated),
        Err(_) => Err(UnexpectedReason::NotJson),
    };
    result.map_err(|reason| ResponseError::Unexpected(UnexpectedResponse::new(status, reason, body, secrets)))
}

/// Whether JSON ends within its last number, as in `[1.5e`. Reading raw text does not distinguish
/// this from an invalid number.
fn ends_in_a_number(json: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(json).is_err_and(|problem| problem.is_eof())
}

/// The API error in a response, if there is one.
fn api_error(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    envelope: Option<&Envelope<'_>>,
    secrets: &Secrets,
    now: SystemTime,
) -> Option<ApiError> {
    let exception_type = envelope.and_then(Envelope::exception_type);
    let detail = envelope.and_then(Envelope::exception_message);
    let says_error = envelope.is_some_and(|envelope| envelope.is("Error"));
    let is_error = status.as_u16() >= 400 || (says_error && !status.is_redirection());
    let named_rate_limit = exception_type.as_deref() == Some(RATE_LIMIT_TYPE);
    if !is_error && !named_rate_limit {
        return None;
    }
    // A 5xx is a rate limit only if its exception type says so: its text may quote another call.
    let reported = match &detail {
        Some(detail) => RateLimit::in_message(detail),
        None => RateLimit::in_message(&String::from_utf8_lossy(body)),
    };
    let kind = if named_rate_limit
        || status == StatusCode::TOO_MANY_REQUESTS
        || (reported.is_some() && (status == StatusCode::FORBIDDEN || status.is_success()))
    {
        ApiErrorKind::RateLimited(reported.unwrap_or_default())
    } else {
        kind(status, exception_type.as_deref())
    };
    Some(ApiError {
        status,
        kind,
        exception_type: exception_type.map(|text| secrets.scrub_beginning(&text, DETAIL_BYTES)),
        detail: detail.map(|text| secrets.scrub_beginning(&text, DETAIL_BYTES)),
        excerpt: excerpt(body, secrets),
        retry_after: retry_after(headers, now),
    })
}

fn kind(status: StatusCode, exception_type: Option<&str>) -> ApiErrorKind {
    match (exception_type, status.as_u16()) {
        (Some("MXDuplicateEntryException"), _) => ApiErrorKind::Duplicate,
        (Some("MXUnAuthorizedAccessException"), _) => ApiErrorKind::Unauthorized,
        (
            Some(
                "MXInvalidDataTypeException"
                | "MXInvalidInputException"
                | "MXMandatoryAttributeMissingException"
                | "MXUnknownAttributeException"
                | "MXInvalidEntityReferenceException"
                | "MXInvalidActivityException",
            ),
            _,
        ) => ApiErrorKind::InvalidInput,
        // LeadSquared's own rule: an MX type is the caller's mistake and is not retried.
        (Some(other), _) if other.starts_with("MX") => ApiErrorKind::Unrecognized,
        // Without an MX type, a 500 or an error in a 200 is not known to be a refusal.
        (_, ..400 | 500..) => ApiErrorKind::Server,
        (_, 401 | 403) => ApiErrorKind::Unauthorized,
        (_, 404) => ApiErrorKind::NotFound,
        (_, 400 | 413 | 415 | 422) => ApiErrorKind::InvalidInput,
        _ => ApiErrorKind::Unrecognized,
    }
}

/// The longest `Retry-After`, in seconds: the maximum of the clock types in all languages. A larger
/// number means the same.
const LONGEST_WAIT: u64 = i64::MAX.unsigned_abs();

/// `Retry-After`, in whole seconds or as a date (RFC 9110, 10.2.3). A date is relative to the
/// response's own `Date`, so that a wrong local clock does not matter, or to `now` if there is
/// none. A date that has passed is ignored.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit into 64 bits count as the maximum.
        return Some(Duration::from_secs(text.parse().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let answered = headers.get(header::DATE).and_then(|value| date(value.to_str().ok()?.trim()));
    let wait = date(text)?.duration_since(answered.unwrap_or(now)).ok()?;
    (!wait.is_zero()).then_some(wait)
}

/// The beginning of a body as one line of text, without secrets.
fn excerpt(body: &[u8], secrets: &Secrets) -> String {
    let seen = body.get(..EXCERPT_BYTES + LOOKAHEAD).unwrap_or(body);
    let text = secrets.scrub_beginning(&String::from_utf8_lossy(seen), EXCERPT_BYTES);
    text.chars().map(|c| if breaks_a_line(c) { ' ' } else { c }).collect()
}

/// Control characters, and Unicode's two separators that are not control characters.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
