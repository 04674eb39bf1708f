//! Why a call failed, its outcome, and its attempts.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use http::StatusCode;
use leadsquared_webhooks_core::{
    ApiError, Attempt, ConnectCause, Operation, Outcome, Ticket, UnexpectedResponse, WebhookId, printable,
    response::ResponseError,
    retry::{Failure, RetryAdvice, Stop},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::net::http_client::Cause;

/// The error of a failed call.
///
/// Branch on [`outcome`](Self::outcome) first: not sent, refused by the API, or unknown. No text in
/// it contains a key or a custom header's value, even if the server echoed one.
///
/// As JSON: `operation`, `kind`, `detail`, `outcome`, `may_have_been_applied`, `cause` (why the
/// connection could not be opened), `source` (the underlying errors, as text), `status`,
/// `exception_type`, `limit` (the calls of a rate limit), `window_s` (its window in seconds),
/// `stopped` (why no further attempt was made), `id` (of the webhook concerned), `ticket` (of a
/// create whose outcome is unknown), `attempts`.
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    operation: Operation,
    kind: ErrorKind,
    /// Folded over the attempts, or set by a run.
    outcome: Outcome,
    may_have_been_applied: bool,
    stop: Option<Stop>,
    attempts: Vec<Attempt>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    id: Option<WebhookId>,
    ticket: Option<Ticket>,
}

/// The kind of failure that ended a call: that of its last attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The API returned an error: refused, or unknown for
    /// [`ApiErrorKind::Server`](leadsquared_webhooks_core::ApiErrorKind::Server).
    Api(ApiError),
    /// A response that does not show whether the call was applied: unknown.
    UnexpectedResponse(UnexpectedResponse),
    /// The connection could not be opened: not sent.
    Connect {
        /// The API's host, with its port unless that is the default.
        host: String,
        /// Host and port of the proxy, if one is used.
        proxy: Option<String>,
        /// The reason.
        cause: ConnectCause,
    },
    /// The request was sent and the connection broke before a readable response arrived: unknown.
    Interrupted,
    /// The deadline passed.
    Timeout {
        /// Whether the request was sent. If so, the outcome is unknown.
        sent: bool,
        /// The deadline, counted from the call's admission by the quota.
        after: Duration,
    },
    /// The wait for the quota took too long: not sent.
    QuotaWait {
        /// The maximum wait.
        after: Duration,
    },
    /// A call returned no error, but reading failed to confirm it: unknown.
    Unconfirmed,
    /// A delete returned no error, but the list still shows the webhook: unknown.
    StillListed,
    /// A list contains a different number of webhooks than its `RecordCount`.
    ListIncomplete {
        /// `RecordCount` of the last reading.
        record_count: u32,
        /// The number of webhooks on the pages of that reading.
        listed: usize,
    },
    /// A list of several pages changed between any two readings.
    ListUnstable {
        /// The number of readings.
        readings: u32,
    },
    /// A create must be recorded before it is sent, and the state file could not be written: not
    /// sent.
    Unrecorded,
    /// The call was cancelled before it was sent, or before it was sent again.
    Cancelled,
    /// An update would send an event code whose meaning on this account is unknown: not sent.
    CodesUnknown,
    /// The runtime ended before the call did.
    RuntimeEnded {
        /// Whether an attempt may have been in flight. If so, the outcome is unknown.
        sent: bool,
    },
}

impl ErrorKind {
    /// The stable name: that of the [`ApiErrorKind`](leadsquared_webhooks_core::ApiErrorKind), or
    /// `unexpected_response`, `connect`, `interrupted`, `timeout`, `quota_wait`, `unconfirmed`,
    /// `still_listed`, `list_incomplete`, `list_unstable`, `unrecorded`, `cancelled`,
    /// `codes_unknown`, `runtime_ended`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Api(error) => error.kind().as_str(),
            Self::UnexpectedResponse(_) => "unexpected_response",
            Self::Connect { .. } => "connect",
            Self::Interrupted => "interrupted",
            Self::Timeout { .. } => "timeout",
            Self::QuotaWait { .. } => "quota_wait",
            Self::Unconfirmed => "unconfirmed",
            Self::StillListed => "still_listed",
            Self::ListIncomplete { .. } => "list_incomplete",
            Self::ListUnstable { .. } => "list_unstable",
            Self::Unrecorded => "unrecorded",
            Self::Cancelled => "cancelled",
            Self::CodesUnknown => "codes_unknown",
            Self::RuntimeEnded { .. } => "runtime_ended",
        }
    }

    /// The outcome of this failure alone: not sent, refused, or unknown. [`Error::outcome`] also
    /// includes earlier attempts.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.failure().outcome()
    }

    /// Whether the caller may retry, by this failure alone: never, after a given time, or after a
    /// backoff.
    ///
    /// The client already follows this advice, within its attempts and its deadline.
    #[must_use]
    pub fn retry_advice(&self, operation: Operation) -> RetryAdvice {
        self.failure().advice(operation.idempotency())
    }

    /// The failure, as input of the retry decision.
    pub(crate) const fn failure(&self) -> Failure<'_> {
        match self {
            Self::Api(error) => Failure::Api(error),
            Self::Connect { cause, .. } => Failure::Connect(*cause),
            Self::Unrecorded
            | Self::Cancelled
            | Self::CodesUnknown
            | Self::QuotaWait { .. }
            | Self::Timeout { sent: false, .. }
            | Self::RuntimeEnded { sent: false } => Failure::NotSent,
            Self::UnexpectedResponse(_)
            | Self::Interrupted
            | Self::Timeout { sent: true, .. }
            | Self::Unconfirmed
            | Self::StillListed
            | Self::ListIncomplete { .. }
            | Self::ListUnstable { .. }
            | Self::RuntimeEnded { sent: true } => Failure::Unknown,
        }
    }

    /// The HTTP status, if a response arrived.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::UnexpectedResponse(answer) => Some(answer.status()),
            Self::Connect { .. }
            | Self::Interrupted
            | Self::Timeout { .. }
            | Self::QuotaWait { .. }
            | Self::Unconfirmed
            | Self::StillListed
            | Self::ListIncomplete { .. }
            | Self::ListUnstable { .. }
            | Self::Unrecorded
            | Self::Cancelled
            | Self::CodesUnknown
            | Self::RuntimeEnded { .. } => None,
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

/// Says what happened, but not what it means for the call.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::UnexpectedResponse(answer) => answer.fmt(f),
            Self::Connect { host, proxy, cause } => unconnected(host, proxy.as_deref(), *cause, f),
            Self::Interrupted => f.write_str("the connection broke before an answer came"),
            Self::Timeout { sent: false, after } => {
                write!(f, "the deadline of {} s passed before a connection was ready", after.as_secs_f64())
            }
            Self::Timeout { sent: true, after } => {
                write!(f, "no answer came within {} s", after.as_secs_f64())
            }
            Self::QuotaWait { after } => {
                write!(f, "the quota admitted no call for {} s", after.as_secs_f64())
            }
            Self::Unconfirmed => {
                f.write_str("the call was answered without an error, and reading failed to confirm it")
            }
            Self::StillListed => {
                f.write_str("the delete was answered without an error, and the webhook is still listed")
            }
            Self::ListIncomplete { record_count, listed } => {
                write!(f, "the list holds {listed} webhooks, and its RecordCount says {record_count}")
            }
            Self::ListUnstable { readings } => {
                write!(f, "the list keeps changing: no two of {readings} readings agree; list again later")
            }
            Self::Unrecorded => f.write_str("the create could not be recorded in the state file"),
            Self::Cancelled => f.write_str("the call was cancelled"),
            Self::CodesUnknown => f.write_str(
                "the update would send an event code whose meaning on this account is unknown; say which table \
                 (codes) the account follows",
            ),
            Self::RuntimeEnded { .. } => f.write_str("the runtime ended before the call did"),
        }
    }
}

fn unconnected(
    host: &str,
    proxy: Option<&str>,
    cause: ConnectCause,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match (proxy, cause) {
        (None, _) => write!(f, "could not connect to {host}: {cause}"),
        // With a proxy, only the proxy is looked up and connected to.
        (
            Some(proxy),
            ConnectCause::NameNotFound
            | ConnectCause::NameServer
            | ConnectCause::Refused
            | ConnectCause::Unreachable,
        ) => write!(f, "could not connect to the proxy {proxy}: {cause}"),
        (Some(proxy), _) => write!(f, "could not connect to {host} through the proxy {proxy}: {cause}"),
    }
}

/// A hint on how to fix it, if there is one.
const fn cure(cause: ConnectCause, proxy: Option<&str>) -> Option<&'static str> {
    match (cause, proxy) {
        (ConnectCause::ProxyAuthenticationNeeded, _) => {
            Some("give a name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT")
        }
        (ConnectCause::ProxyRefused, _) => {
            Some("does the proxy allow this host? NO_PROXY names the hosts to reach without it")
        }
        (ConnectCause::TlsUnknownIssuer, _) => {
            Some("behind a company proxy? SSL_CERT_FILE=ca.pem or root_certificates adds its authority")
        }
        (ConnectCause::TlsExpired, _) => Some("is this machine's clock right?"),
        (ConnectCause::NameNotFound, None) => Some(
            "is the host right? known are api, api-us11, api-in21, api-in22, api-ir31, api-ca12 and api-me61, all \
             under leadsquared.com",
        ),
        (ConnectCause::TlsWrongName, _) => Some("is the host right?"),
        (ConnectCause::TlsOther, None) => Some("does this port speak https?"),
        (ConnectCause::Refused, None) => Some("does a server listen on this port?"),
        (ConnectCause::NameServer | ConnectCause::Unreachable, None) => Some("is this machine online?"),
        (
            ConnectCause::NameNotFound
            | ConnectCause::NameServer
            | ConnectCause::Unreachable
            | ConnectCause::Refused,
            Some(_),
        ) => Some("are HTTPS_PROXY and ALL_PROXY right?"),
        _ => None,
    }
}

impl Error {
    /// A call that failed before any attempt.
    pub(crate) fn new(operation: Operation, kind: ErrorKind) -> Self {
        let outcome = kind.outcome();
        Self(Arc::new(Inner {
            operation,
            kind,
            outcome,
            may_have_been_applied: operation.is_write() && outcome.may_have_been_applied(),
            stop: None,
            attempts: Vec::new(),
            source: None,
            id: None,
            ticket: None,
        }))
    }

    /// The error for a response to a create that was parsed without a call.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use http::{HeaderMap, StatusCode};
    /// use leadsquared_webhooks::{Error, core::{Secrets, response}};
    ///
    /// let (headers, secrets, now) =
    ///     (HeaderMap::new(), Secrets::default(), SystemTime::UNIX_EPOCH);
    /// let answer = response::created(StatusCode::OK, &headers, b"<html>", &secrets, now);
    /// let error = Error::of_create(answer.unwrap_err());
    /// assert!(error.may_have_been_applied());
    /// ```
    #[must_use]
    pub fn of_create(answer: ResponseError) -> Self {
        Self::new(Operation::Create, answer.into())
    }

    /// The same error with the attempts of its call, whose outcome includes more than the last
    /// failure.
    pub(crate) fn after(self, attempts: Vec<Attempt>) -> Self {
        let outcome = Outcome::of_attempts(self.operation(), &attempts).then(self.outcome());
        self.change(|inner| {
            inner.may_have_been_applied = inner.operation.is_write() && outcome.may_have_been_applied();
            inner.outcome = outcome;
            inner.attempts = attempts;
        })
    }

    /// The same error, with the reason why no further attempt was made.
    pub(crate) fn stopped_by(self, stop: Stop) -> Self {
        self.change(|inner| inner.stop = Some(stop))
    }

    /// The same error, with its source.
    pub(crate) fn caused_by(self, source: impl Into<Cause>) -> Self {
        self.change(|inner| inner.source = Some(Arc::from(source.into())))
    }

    /// The same error, with the ticket of the create.
    pub(crate) fn with_ticket(self, ticket: Ticket) -> Self {
        self.change(|inner| inner.ticket = Some(ticket))
    }

    /// The same error, with the ID of the webhook concerned.
    pub(crate) fn with_id(self, id: WebhookId) -> Self {
        self.change(|inner| inner.id = Some(id))
    }

    /// The same error as the end of a run: the attempts of the run's earlier calls come first.
    pub(crate) fn with_attempts(self, mut earlier: Vec<Attempt>) -> Self {
        self.change(|inner| {
            earlier.append(&mut inner.attempts);
            inner.attempts = earlier;
        })
    }

    /// The same error as the end of a run with this outcome.
    pub(crate) fn with_outcome(self, outcome: Outcome) -> Self {
        self.change(|inner| {
            inner.outcome = outcome;
            inner.may_have_been_applied = outcome.may_have_been_applied();
        })
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The API's error, if it returned one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self.kind() {
            ErrorKind::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The outcome of the call over all its attempts: not sent, refused, or unknown. Once an
    /// attempt is unknown, a later failure leaves the call unknown. A read with an unknown outcome
    /// still changed nothing.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Whether the requested change may have been applied. Always false for
    /// [`Client::list`](crate::Client::list) and [`Client::get`](crate::Client::get).
    #[must_use]
    pub fn may_have_been_applied(&self) -> bool {
        self.0.may_have_been_applied
    }

    /// Whether the caller may retry: never, after a given time, or after a backoff. A create that
    /// may have been applied must never be sent again as it is.
    #[must_use]
    pub fn retry_advice(&self) -> RetryAdvice {
        if self.operation() == Operation::Create && self.may_have_been_applied() {
            return RetryAdvice::Never;
        }
        self.kind().retry_advice(self.operation())
    }

    /// The ID of the webhook concerned, if known: that of an update or a delete, or of a webhook
    /// that was created but not confirmed.
    #[must_use]
    pub fn id(&self) -> Option<&WebhookId> {
        self.0.id.as_ref()
    }

    /// The ticket of a create whose outcome is unknown, to be resolved by
    /// [`Client::resolve`](crate::Client::resolve); `None` for any other call and any other
    /// outcome.
    #[must_use]
    pub fn ticket(&self) -> Option<&Ticket> {
        self.0.ticket.as_ref()
    }

    /// The attempts, in order.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// Why the connection could not be opened, if that is the failure: of the call itself, or of
    /// the read that was to confirm it.
    #[must_use]
    pub fn cause(&self) -> Option<ConnectCause> {
        match self.kind() {
            ErrorKind::Connect { cause, .. } => Some(*cause),
            _ => self.source()?.downcast_ref::<Self>()?.cause(),
        }
    }

    /// The underlying errors, on one line and without the URL, such as
    /// `… Connection refused (os error 111)`.
    #[must_use]
    pub fn source_text(&self) -> Option<String> {
        let texts: Vec<_> = self.sources().map(ToString::to_string).collect();
        (!texts.is_empty()).then(|| texts.join(": "))
    }

    fn sources(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(self.source(), |source| (*source).source())
    }

    /// Why no further attempt was made.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.0.stop
    }

    /// Writes what the failure means for the account, after the failure itself.
    fn consequence(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known_by_the_last = self.kind().outcome() == self.outcome();
        match self.outcome() {
            Outcome::NotSent => return f.write_str("; nothing was sent"),
            Outcome::Refused if known_by_the_last => return Ok(()),
            Outcome::Refused => return f.write_str("; an earlier attempt was refused"),
            Outcome::Unknown if !self.may_have_been_applied() => return Ok(()),
            Outcome::Unknown => {}
        }
        if self.operation().is_write() && !known_by_the_last {
            f.write_str("; the outcome of an earlier attempt is unknown")?;
        }
        match (self.operation(), self.id()) {
            (Operation::Create | Operation::Retrieve, Some(id)) => {
                write!(f, "; webhook {} was created and is not confirmed", printable(id.as_str()))
            }
            (Operation::Create | Operation::Retrieve, None) => f.write_str("; the webhook may exist"),
            (Operation::Update, _) => f.write_str("; the update may have been applied"),
            (Operation::Delete, _) => f.write_str("; the delete may have been applied"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)?;
        let ErrorKind::Connect { host: _, proxy, cause } = self.kind() else { return self.consequence(f) };
        if let (ConnectCause::Other | ConnectCause::TlsOther, Some(below)) = (cause, self.sources().last()) {
            write!(f, ": {}", printable(&below.to_string()))?;
        }
        self.consequence(f)?;
        cure(*cause, proxy.as_deref()).map_or(Ok(()), |cure| write!(f, "; {cure}"))
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
        map.serialize_entry("operation", &self.operation())?;
        map.serialize_entry("kind", self.kind().as_str())?;
        map.serialize_entry("detail", &self.to_string())?;
        map.serialize_entry("outcome", &self.outcome())?;
        map.serialize_entry("may_have_been_applied", &self.may_have_been_applied())?;
        map.serialize_entry("cause", &self.cause())?;
        map.serialize_entry("source", &self.source_text())?;
        map.serialize_entry("status", &self.kind().status().map(|status| status.as_u16()))?;
        map.serialize_entry("exception_type", &self.api().and_then(ApiError::exception_type))?;
        map.serialize_entry("limit", &limit.and_then(|limit| limit.calls))?;
        map.serialize_entry(
            "window_s",
            &limit.and_then(|limit| limit.window).map(|window| window.as_secs()),
        )?;
        map.serialize_entry("stopped", &self.stop().map(Stop::as_str))?;
        map.serialize_entry("id", &self.id())?;
        map.serialize_entry("ticket", &self.ticket())?;
        map.serialize_entry("attempts", &self.attempts())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use leadsquared_webhooks_core::{NewWebhook, Trigger};

    use super::*;

    fn ticket() -> Ticket {
        let webhook =
            NewWebhook::builder("https://example.com".parse().unwrap(), Trigger::LeadCreate).build();
        Ticket::new(&webhook, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn an_error_that_is_shared_takes_what_is_added_and_its_clone_stays_as_it_is() {
        let error = Error::new(Operation::Create, ErrorKind::Interrupted);
        let clone = error.clone();
        let error = error.with_ticket(ticket()).with_id("b1c4".parse().unwrap());
        assert_eq!((error.ticket(), error.id()), (Some(&ticket()), Some(&"b1c4".parse().unwrap())));
        assert_eq!((clone.ticket(), clone.id()), (None, None));
    }

    #[test]
    fn a_read_that_ends_a_run_says_what_is_known_of_the_run() {
        let read = Error::new(Operation::Retrieve, ErrorKind::Interrupted);
        assert_eq!(read.to_string(), "the connection broke before an answer came");
        let run = read.clone().with_outcome(Outcome::Unknown);
        assert_eq!(run.to_string(), "the connection broke before an answer came; the webhook may exist");
        assert!(run.may_have_been_applied() && !read.may_have_been_applied());
        assert_eq!(
            run.with_id("b1c4".parse().unwrap()).to_string(),
            "the connection broke before an answer came; webhook b1c4 was created and is not confirmed"
        );
        let nothing = read.with_outcome(Outcome::NotSent);
        assert!(!nothing.may_have_been_applied());
    }

    #[test]
    fn a_create_that_may_have_been_applied_is_never_advised_to_be_sent_again() {
        let error = Error::new(Operation::Create, ErrorKind::Unrecorded).with_outcome(Outcome::Unknown);
        assert_eq!(error.retry_advice(), RetryAdvice::Never);
        assert_eq!(
            Error::new(Operation::Update, ErrorKind::Interrupted).retry_advice(),
            RetryAdvice::Backoff
        );
        assert_eq!(
            Error::new(Operation::Retrieve, ErrorKind::Interrupted).retry_advice(),
            RetryAdvice::Backoff
        );
    }
}
