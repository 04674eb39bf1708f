"""The exceptions of this package, and its warning.

Branch on ``outcome`` first. No text and no attribute contains a key or a custom header's value::

    LeadSquaredError
    ├── ValidationError (also ValueError)   a webhook that the API would refuse: .violations
    ├── ConfigError (also ValueError)       invalid client settings: .problems
    ├── ManifestError (also ValueError)     an invalid manifest: .violations
    ├── StateError (also OSError)           an unusable state file of an apply: .path
    └── CallError                           a failed call: .outcome, .attempts, .cause, .ticket, .id
        ├── ApiError                        an error response: .status, .exception_type, .detail
        │   ├── AuthenticationError
        │   ├── RateLimitError              .limit, .window
        │   ├── DuplicateError
        │   ├── InvalidInputError
        │   ├── NotFoundError
        │   └── ServerError                 outcome unknown
        ├── UnconfirmedError                not confirmed by reading: outcome unknown, .id
        ├── InconsistentListError           the list contradicts its record count or keeps changing
        ├── UnrecordedError                 the state file could not be written: not sent
        ├── CodesUnknownError               an update with a disputed event code: not sent
        └── TransportError                  no readable response
            ├── ConnectError                not sent: .cause
            ├── QuotaWaitError              not sent (also TimeoutError)
            ├── RequestTimeoutError         .sent says whether it was sent (also TimeoutError)
            ├── InterruptedCallError        outcome unknown
            ├── CallCancelledError          cancelled before it was sent or retried
            ├── RuntimeEndedError           outcome unknown if it may have been sent
            └── UnexpectedResponseError     outcome unknown: .reason, .status
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from ._aliases import ConnectCause, Operation, Outcome
    from ._native import Attempt, ConfigProblem, Ticket, Violation

__all__ = [
    "ApiError",
    "AuthenticationError",
    "CallCancelledError",
    "CallError",
    "CodesUnknownError",
    "ConfigError",
    "ConnectError",
    "DuplicateError",
    "InconsistentListError",
    "InterruptedCallError",
    "InvalidInputError",
    "LeadSquaredError",
    "LeadSquaredWarning",
    "ManifestError",
    "NotFoundError",
    "QuotaWaitError",
    "RateLimitError",
    "RequestTimeoutError",
    "RuntimeEndedError",
    "ServerError",
    "StateError",
    "TransportError",
    "UnconfirmedError",
    "UnexpectedResponseError",
    "UnrecordedError",
    "ValidationError",
]


class LeadSquaredWarning(UserWarning):
    """A legal value in a webhook, a client or a manifest that is a known pitfall.

    >>> import warnings
    >>> from leadsquared_webhooks import NewWebhook, Trigger
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     _ = NewWebhook(url="http://example.com/hooks", trigger=Trigger.lead_create())
    >>> caught[0].message.code
    'insecure_receiver'
    """

    code: str = ""
    """A stable name, such as ``insecure_receiver`` or ``event_not_creatable``."""
    field: str = ""
    """The path in the draft, such as ``url`` or ``custom_headers[1].name``; the setting or the path
    in the manifest."""
    problem: str = ""
    """What may go wrong and what to do, on one line."""

    def __init__(self, message: str, **attributes: object) -> None:
        """Keep the message and set the attributes of the class."""
        super().__init__(message)
        self.__dict__.update(attributes)


class LeadSquaredError(Exception):
    """The base class of the exceptions about a webhook, a client's settings or a call."""

    def __init__(self, message: str, **attributes: object) -> None:
        """Keep the message and set the attributes of the class."""
        super().__init__(message)
        self.__dict__.update(attributes)


def _short(error: LeadSquaredError, places: list[str]) -> str:
    most = 3
    shown = places[:most] + (["…"] if len(places) > most else [])
    return f"{type(error).__name__}({', '.join(shown)})"


class ValidationError(LeadSquaredError, ValueError):
    """A webhook that the API would refuse. Reports all violations at once; nothing was sent.

    >>> from leadsquared_webhooks import NewWebhook, Trigger, ValidationError
    >>> try:
    ...     NewWebhook(url="/hooks", trigger=Trigger.lead_activity_create(" "))
    ... except ValidationError as error:
    ...     [violation.field for violation in error.violations]
    ['url', 'trigger.activity']
    """

    violations: tuple[Violation, ...] = ()
    """The violations, at least one: ``.field`` is a path in the draft, ``.problem`` the value and
    the rule."""
    warnings: tuple[LeadSquaredWarning, ...] = ()
    """Warnings about the parts that could be parsed."""

    def __repr__(self) -> str:
        """Show the paths of the violations."""
        return _short(self, [violation.field for violation in self.violations])


class ConfigError(LeadSquaredError, ValueError):
    """Invalid client settings or call options. Reports all problems at once."""

    problems: tuple[ConfigProblem, ...] = ()
    """At least one: ``.setting`` is the argument or variable, ``.problem`` says what is wrong."""

    def __repr__(self) -> str:
        """Show which settings are wrong."""
        return _short(self, [problem.setting for problem in self.problems])


class ManifestError(LeadSquaredError, ValueError):
    """An invalid manifest. Reports all violations at once; nothing was started."""

    violations: tuple[Violation, ...] = ()
    """The violations, at least one: ``.field`` is a path in the file, ``.problem`` the value and
    the rule."""

    def __repr__(self) -> str:
        """Show the paths of the violations."""
        return _short(self, [violation.field for violation in self.violations])


class StateError(LeadSquaredError, OSError):
    """The state file of an apply is damaged, in use, or cannot be read, written or locked."""

    path: Path
    """The file."""


class CallError(LeadSquaredError):
    """A failed call. Its ``outcome`` says whether it was applied."""

    operation: Operation
    """The operation that failed: ``create``, ``update``, ``delete`` or ``retrieve``."""
    kind: str = ""
    """A stable name: ``unauthorized``, ``rate_limited``, ``connect``, ``timeout``, …"""
    outcome: Outcome = "unknown"
    """``not_sent``: nothing happened; ``refused``: the API refused the call; ``unknown``: check
    before retrying. It covers all attempts: once one is unknown, it stays unknown."""
    may_have_been_applied: bool = True
    """Whether a change may have been applied. Always false for read-only calls."""
    attempts: tuple[Attempt, ...] = ()
    """The attempts, in order."""
    status: int | None = None
    """The HTTP status of the response, if one was received."""
    stopped: Literal["final", "unsafe", "attempts", "deadline"] | None = None
    """Why no further attempt was made, if any attempt was made."""
    cause: ConnectCause | None = None
    """Why the connection could not be opened, if that failed last: ``refused``,
    ``tls_unknown_issuer``, …"""
    source: str | None = None
    """The underlying error, on one line, as the dependencies report it."""
    id: str | None = None
    """The ID of the webhook concerned, if known: of an update or a delete, or of a create that is
    not confirmed."""
    ticket: Ticket | None = None
    """The record of a create whose outcome is unknown, for ``resolve``."""

    def __repr__(self) -> str:
        """Show the outcome, the status and the number of attempts."""
        return f"{type(self).__name__}(outcome={self.outcome!r}, status={self.status}, attempts={len(self.attempts)})"


class ApiError(CallError):
    """The API responded with an error. Refused, unless it is a ``ServerError``."""

    exception_type: str | None = None
    """``ExceptionType``, verbatim from the server: an open set."""
    detail: str | None = None
    """``ExceptionMessage``, verbatim from the server."""
    excerpt: str = ""
    """The beginning of the response body, at most 512 bytes."""
    retry_after: float | None = None
    """The seconds that ``Retry-After`` requests, as a number or a date. Never observed so far."""


class AuthenticationError(ApiError):
    """The keys are wrong, belong to another region, or lack permission. Refused."""


class RateLimitError(ApiError):
    """The account's quota stayed exceeded until the attempts or the deadline ran out. Refused."""

    limit: int | None = None
    """The number of calls that the response allows, if it says so."""
    window: float | None = None
    """The window in seconds, if the response says so."""


class DuplicateError(ApiError):
    """Such a webhook already exists. Refused."""


class InvalidInputError(ApiError):
    """The API rejected the request as invalid. Refused."""


class NotFoundError(ApiError):
    """There is no such API at this host. Refused."""


class ServerError(ApiError):
    """A server error: a 5xx, or a 200 with ``Error``, without an ``MX…`` type. Outcome unknown."""


class UnconfirmedError(CallError):
    """The API accepted a call, and reading could not confirm it. The outcome is unknown.

    ``kind`` is ``unconfirmed`` if reading failed, and ``still_listed`` if the list still shows a
    deleted webhook. ``id`` is the ID of the webhook.
    """


class InconsistentListError(CallError):
    """A list is unreliable.

    The number of its webhooks does not match its record count (``list_incomplete``), or it keeps
    changing (``list_unstable``).
    """


class UnrecordedError(CallError):
    """A create is recorded before it is sent, and the state file could not be written. Not sent."""


class CodesUnknownError(CallError):
    """An update's event code has an unknown meaning on this account. Not sent: set ``codes``."""


class TransportError(CallError):
    """No readable response was received."""


class ConnectError(TransportError):
    """The connection could not be opened, for the reason in ``cause``. Not sent."""


class InterruptedCallError(TransportError):
    """The request was sent, and the connection broke before a response. The outcome is unknown."""


class CallCancelledError(TransportError):
    """The call was cancelled before it was sent, or before it was retried."""


class RuntimeEndedError(TransportError):
    """The runtime shut down before the call ended. Unknown if it may have been sent."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The deadline of the call passed."""

    sent: bool = True
    """Whether the request was sent: then the outcome is unknown."""
    after: float = 0.0
    """The deadline in seconds, counted from the call's admission by the quota."""


class QuotaWaitError(TransportError, TimeoutError):
    """The wait for the quota exceeded its limit. Not sent."""

    after: float = 0.0
    """The limit in seconds."""


class UnexpectedResponseError(TransportError):
    """The response does not say whether the call was applied. The outcome is unknown."""

    reason: str = ""
    """``empty``, ``truncated``, ``not_json``, ``not_an_answer``, ``missing_id``, ``redirect`` or
    ``too_large``."""
    excerpt: str = ""
    """The beginning of the response body, at most 512 bytes."""
