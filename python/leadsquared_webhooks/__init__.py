"""A client for LeadSquared's webhook API.

Webhooks are validated before the call, a create is never retried when that could create a
duplicate, calls stay within the account's quota, and the keys are never shown.

>>> from leadsquared_webhooks import Client, NewWebhook, Trigger
>>> trigger = Trigger.lead_activity_create("22")
>>> webhook = NewWebhook(url="https://example.com/hooks", trigger=trigger)
>>> # Reads LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY and LEADSQUARED_SECRET_KEY.
>>> with Client.from_env() as client:
...     created = client.create(webhook)

``Client`` blocks; ``AsyncClient`` is for asyncio. ``ensure`` ensures that a webhook exists once;
``plan`` and ``apply`` do so for a ``Manifest`` of several accounts.
``leadsquared_webhooks.testing`` provides a local LeadSquared API for tests.
"""

from __future__ import annotations

from ._async_client import AsyncClient
from ._manifest import apply_async, plan_async
from ._native import (
    AccountApplied,
    AccountPlan,
    Applied,
    Attempt,
    Changed,
    Client,
    ConfigProblem,
    Created,
    DesiredWebhook,
    Difference,
    Manifest,
    ManifestAccount,
    NewWebhook,
    PendingCall,
    Progress,
    Quota,
    Reconciled,
    Request,
    Ticket,
    Trigger,
    Violation,
    Webhook,
    __version__,
    apply,
    plan,
)
from .exceptions import (
    ApiError,
    AuthenticationError,
    CallCancelledError,
    CallError,
    CodesUnknownError,
    ConfigError,
    ConnectError,
    DuplicateError,
    InconsistentListError,
    InterruptedCallError,
    InvalidInputError,
    LeadSquaredError,
    LeadSquaredWarning,
    ManifestError,
    NotFoundError,
    QuotaWaitError,
    RateLimitError,
    RequestTimeoutError,
    RuntimeEndedError,
    ServerError,
    StateError,
    TransportError,
    UnconfirmedError,
    UnexpectedResponseError,
    UnrecordedError,
    ValidationError,
)

__all__ = [
    "AccountApplied",
    "AccountPlan",
    "ApiError",
    "Applied",
    "AsyncClient",
    "Attempt",
    "AuthenticationError",
    "CallCancelledError",
    "CallError",
    "Changed",
    "Client",
    "CodesUnknownError",
    "ConfigError",
    "ConfigProblem",
    "ConnectError",
    "Created",
    "DesiredWebhook",
    "Difference",
    "DuplicateError",
    "InconsistentListError",
    "InterruptedCallError",
    "InvalidInputError",
    "LeadSquaredError",
    "LeadSquaredWarning",
    "Manifest",
    "ManifestAccount",
    "ManifestError",
    "NewWebhook",
    "NotFoundError",
    "PendingCall",
    "Progress",
    "Quota",
    "QuotaWaitError",
    "RateLimitError",
    "Reconciled",
    "Request",
    "RequestTimeoutError",
    "RuntimeEndedError",
    "ServerError",
    "StateError",
    "Ticket",
    "TransportError",
    "Trigger",
    "UnconfirmedError",
    "UnexpectedResponseError",
    "UnrecordedError",
    "ValidationError",
    "Violation",
    "Webhook",
    "__version__",
    "apply",
    "apply_async",
    "plan",
    "plan_async",
]
