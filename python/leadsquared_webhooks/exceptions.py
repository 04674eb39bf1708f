"""What this package raises, and the warning that it gives.

Branch on ``outcome`` first; no text and no attribute holds a key or a custom header's value::

    LeadSquaredError
    ├── ValidationError (also ValueError)      a webhook that the API would refuse: .violations ├──
    ConfigError (also ValueError)          a client's settings: .problems ├── ManifestError (also
    ValueError)        a manifest that cannot be read: .violations ├── StateError (also OSError)
    the state file of an apply: .path └── CallError                              a call that failed:
    .outcome, .attempts, .cause, .ticket, .id ├── ApiError                           the API
    answered an error: .status, .exception_type, .detail │   ├── AuthenticationError │   ├──
    RateLimitError                 .limit, .window │   ├── DuplicateError │   ├── InvalidInputError
    │   ├── NotFoundError │   └── ServerError                    outcome unknown ├──
    UnconfirmedError                   what reading could not confirm: outcome unknown, .id ├──
    InconsistentListError              a list that does not hold what it says, or keeps changing ├──
    UnrecordedError                    the state file could not be written: not sent ├──
    CodesUnknownError                  an update with a disputed event code: not sent └──
    TransportError                     no answer that can be read ├── ConnectError
    not sent: .cause ├── QuotaWaitError                 not sent (also TimeoutError) ├──
    RequestTimeoutError            .sent says whether (also TimeoutError) ├── InterruptedCallError
    outcome unknown ├── CallCancelledError             cancelled before it was sent, or before it
    was sent again ├── RuntimeEndedError              outcome unknown once it may have been sent └──
    UnexpectedResponseError        outcome unknown: .reason, .status
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
    """Something about a webhook, a client or a manifest that is legal and a known pitfall.

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
    """The path in the draft, such as ``url`` or ``custom_headers[1].name``; the setting or the path in the manifest."""
    problem: str = ""
    """What may go wrong and what to do, on one line."""

    def __init__(self, message: str, **attributes: object) -> None:
        """Keep the message and set the attributes of the class."""
        super().__init__(message)
        self.__dict__.update(attributes)


class LeadSquaredError(Exception):
    """Everything that this package raises about a webhook, a client's settings or a call."""

    def __init__(self, message: str, **attributes: object) -> None:
        """Keep the message and set the attributes of the class."""
        super().__init__(message)
        self.__dict__.update(attributes)


def _short(error: LeadSquaredError, places: list[str]) -> str:
    most = 3
    shown = places[:most] + (["…"] if len(places) > most else [])
    return f"{type(error).__name__}({', '.join(shown)})"


class ValidationError(LeadSquaredError, ValueError):
    """A webhook that the API would refuse: every broken rule at once. Nothing was sent.

    >>> from leadsquared_webhooks import NewWebhook, Trigger, ValidationError
    >>> try:
    ...     NewWebhook(url="/hooks", trigger=Trigger.lead_activity_create(" "))
    ... except ValidationError as error:
    ...     [violation.field for violation in error.violations]
    ['url', 'trigger.activity']
    """

    violations: tuple[Violation, ...] = ()
    """Each broken rule, one or more: ``.field`` is a path in the draft, ``.problem`` the value and the rule."""
    warnings: tuple[LeadSquaredWarning, ...] = ()
    """What is legal and a known pitfall, among the parts that could be read."""

    def __repr__(self) -> str:
        """Show where it is wrong."""
        return _short(self, [violation.field for violation in self.violations])


class ConfigError(LeadSquaredError, ValueError):
    """All that is wrong with a client's settings, or with a call's options."""

    problems: tuple[ConfigProblem, ...] = ()
    """One or more: ``.setting`` names the argument or the variable, ``.problem`` what is wrong with it."""

    def __repr__(self) -> str:
        """Show which settings are wrong."""
        return _short(self, [problem.setting for problem in self.problems])


class ManifestError(LeadSquaredError, ValueError):
    """All that is wrong with a manifest, at once. Nothing was begun."""

    violations: tuple[Violation, ...] = ()
    """Each broken rule, one or more: ``.field`` is a path in the file, ``.problem`` the value and the rule."""

    def __repr__(self) -> str:
        """Show where it is wrong."""
        return _short(self, [violation.field for violation in self.violations])


class StateError(LeadSquaredError, OSError):
    """The state file of an apply cannot be used: it is damaged, in use, or cannot be read, written or locked."""

    path: Path
    """The file."""


class CallError(LeadSquaredError):
    """A call that failed. Its ``outcome`` says what is known of it."""

    operation: Operation
    """Which call failed: ``create``, ``update``, ``delete`` or ``retrieve``."""
    kind: str = ""
    """A stable name: ``unauthorized``, ``rate_limited``, ``connect``, ``timeout``, …"""
    outcome: Outcome = "unknown"
    """``not_sent``: nothing happened; ``refused``: the API said no; ``unknown``: check before trying again.
    All attempts together: once one is unknown, a later failure leaves it so."""
    may_have_been_applied: bool = True
    """Whether what was asked for may have been done: never for a read alone."""
    attempts: tuple[Attempt, ...] = ()
    """What was tried, in order."""
    status: int | None = None
    """The HTTP status of the answer, if one came."""
    stopped: Literal["final", "unsafe", "attempts", "deadline"] | None = None
    """Why no further attempt was made, if one was made at all."""
    cause: ConnectCause | None = None
    """Why the connection could not be opened, if that is what failed last: ``refused``, ``tls_unknown_issuer``, …"""
    source: str | None = None
    """What lies below it, on one line, as the libraries below say it."""
    id: str | None = None
    """The webhook that it is about, where one is known: that of an update or a delete, or one that was created and not
    confirmed."""
    ticket: Ticket | None = None
    """What is needed to find out what became of a create whose outcome is unknown, by ``resolve``."""

    def __repr__(self) -> str:
        """Show what is known of the call."""
        return f"{type(self).__name__}(outcome={self.outcome!r}, status={self.status}, attempts={len(self.attempts)})"


class ApiError(CallError):
    """The API answered an error. Refused, unless it is a ``ServerError``."""

    exception_type: str | None = None
    """``ExceptionType`` as the server wrote it: an open set."""
    detail: str | None = None
    """``ExceptionMessage`` as the server wrote it."""
    excerpt: str = ""
    """The beginning of the answer's body, up to 512 bytes."""
    retry_after: float | None = None
    """The seconds that ``Retry-After`` asks for, as a number or a date. None was ever seen."""


class AuthenticationError(ApiError):
    """The keys are wrong, are for another region, or may not do this. Refused."""


class RateLimitError(ApiError):
    """The account's quota was exceeded until the attempts or the deadline were used up. Refused."""

    limit: int | None = None
    """How many calls the answer allows, if it says so."""
    window: float | None = None
    """In how many seconds, if it says so."""


class DuplicateError(ApiError):
    """Such a webhook exists already. Refused."""


class InvalidInputError(ApiError):
    """The API finds the request at fault. Refused."""


class NotFoundError(ApiError):
    """There is no such API at this host. Refused."""


class ServerError(ApiError):
    """A server fault: a 5xx, or a 200 that says ``Error``, without an ``MX…`` type. The outcome is unknown."""


class UnconfirmedError(CallError):
    """A call was answered without an error, and reading could not confirm it. The outcome is unknown.

    ``kind`` is ``unconfirmed`` when reading failed, and ``still_listed`` when it still shows what
    was deleted. ``id`` names the webhook.
    """


class InconsistentListError(CallError):
    """A list cannot be relied upon.

    It holds another number of webhooks than it says (``list_incomplete``), or keeps changing
    (``list_unstable``).
    """


class UnrecordedError(CallError):
    """A create is only sent when it is recorded first, and the state file could not be written. Not sent."""


class CodesUnknownError(CallError):
    """An update would send an event code whose meaning on this account is unknown: give ``codes``. Not sent."""


class TransportError(CallError):
    """No answer came that can be read."""


class ConnectError(TransportError):
    """The connection could not be opened, for the reason in ``cause``. Not sent."""


class InterruptedCallError(TransportError):
    """The request was sent and the connection broke before an answer came. The outcome is unknown."""


class CallCancelledError(TransportError):
    """The call was cancelled before it was sent, or before it was sent again."""


class RuntimeEndedError(TransportError):
    """The runtime ended before the call did. The outcome is unknown if it may have been sent."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The deadline of the call passed."""

    sent: bool = True
    """Whether the request was sent: then the outcome is unknown."""
    after: float = 0.0
    """The deadline in seconds, counted from the moment that the quota admitted the call."""


class QuotaWaitError(TransportError, TimeoutError):
    """The wait for the quota lasted longer than was allowed. Not sent."""

    after: float = 0.0
    """The longest wait that was allowed, in seconds."""


class UnexpectedResponseError(TransportError):
    """An answer that does not tell whether the call was applied. The outcome is unknown."""

    reason: str = ""
    """``empty``, ``truncated``, ``not_json``, ``not_an_answer``, ``missing_id``, ``redirect`` or ``too_large``."""
    excerpt: str = ""
    """The beginning of the answer's body, up to 512 bytes."""
