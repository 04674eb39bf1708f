"""Create LeadSquared webhooks: validated before the call, never a twin, the quota kept, the keys never shown.

>>> from leadsquared_webhooks import Client, NewWebhook, Trigger
>>> webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_activity_create("22"))
>>> with Client.from_env() as client:  # LEADSQUARED_HOST, LEADSQUARED_ACCESS_KEY, LEADSQUARED_SECRET_KEY
...     created = client.create(webhook)

``Client`` blocks, ``AsyncClient`` is for asyncio; ``leadsquared_webhooks.testing`` has a local LeadSquared for your
tests.
"""

from __future__ import annotations

from ._async_client import AsyncClient
from ._native import (
    Attempt,
    Client,
    ConfigProblem,
    Created,
    NewWebhook,
    PendingCall,
    Quota,
    Request,
    Trigger,
    Violation,
    __version__,
)
from .exceptions import (
    ApiError,
    AuthenticationError,
    CallError,
    ConfigError,
    ConnectError,
    DuplicateError,
    InterruptedCallError,
    InvalidInputError,
    LeadSquaredError,
    LeadSquaredWarning,
    NotFoundError,
    QuotaWaitError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    ValidationError,
)

__all__ = [
    "ApiError",
    "AsyncClient",
    "Attempt",
    "AuthenticationError",
    "CallError",
    "Client",
    "ConfigError",
    "ConfigProblem",
    "ConnectError",
    "Created",
    "DuplicateError",
    "InterruptedCallError",
    "InvalidInputError",
    "LeadSquaredError",
    "LeadSquaredWarning",
    "NewWebhook",
    "NotFoundError",
    "PendingCall",
    "Quota",
    "QuotaWaitError",
    "RateLimitError",
    "Request",
    "RequestTimeoutError",
    "ServerError",
    "TransportError",
    "Trigger",
    "UnexpectedResponseError",
    "ValidationError",
    "Violation",
    "__version__",
]
