"""The client for asyncio: the same methods as ``Client``, awaited."""

from __future__ import annotations

from ._native import AsyncCalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import TypeVar

    from typing_extensions import Self

    from ._aliases import Auth, Codes, QuotaLimit, Seconds
    from ._native import Call, Created, NewWebhook, PendingCall, Quota

    _T = TypeVar("_T")


class AsyncClient:
    """A client of one account for asyncio. Its arguments are those of ``Client``.

    One client serves any number of tasks and any number of event loops, one after the other or at once. What costs time
    runs beside the interpreter, without its lock.

    >>> import asyncio
    >>> async def main():
    ...     async with AsyncClient.from_env() as client:
    ...         webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    ...         return await client.create(webhook)
    >>> len(asyncio.run(main()).id)
    36
    """

    __slots__ = ("__weakref__", "_calls")

    def __init__(
        self,
        *,
        host: str,
        access_key: str,
        secret_key: str,
        auth: Auth | None = None,
        codes: Codes | None = None,
        quota: Quota | QuotaLimit | Sequence[QuotaLimit] | None = None,
        quota_wait: Seconds | None = None,
        timeout: Seconds | None = None,
        connect_timeout: Seconds | None = None,
        attempts: int | None = None,
        backoff: Seconds | None = None,
        longest_backoff: Seconds | None = None,
        root_certificates: Sequence[bytes] | None = None,
        proxies_from_env: bool | None = None,
    ) -> None:
        """Build a client; see ``Client`` for what each setting means.

        Raises ``ConfigError`` with all that is wrong at once.
        """
        self._calls = AsyncCalls(
            host=host,
            access_key=access_key,
            secret_key=secret_key,
            auth=auth,
            codes=codes,
            quota=quota,
            quota_wait=quota_wait,
            timeout=timeout,
            connect_timeout=connect_timeout,
            attempts=attempts,
            backoff=backoff,
            longest_backoff=longest_backoff,
            root_certificates=root_certificates,
            proxies_from_env=proxies_from_env,
        )

    @classmethod
    def from_env(
        cls,
        *,
        auth: Auth | None = None,
        codes: Codes | None = None,
        quota: Quota | QuotaLimit | Sequence[QuotaLimit] | None = None,
        quota_wait: Seconds | None = None,
        timeout: Seconds | None = None,
        connect_timeout: Seconds | None = None,
        attempts: int | None = None,
        backoff: Seconds | None = None,
        longest_backoff: Seconds | None = None,
        root_certificates: Sequence[bytes] | None = None,
        proxies_from_env: bool | None = None,
    ) -> Self:
        """Build a client from ``LEADSQUARED_HOST``, ``LEADSQUARED_ACCESS_KEY`` and ``LEADSQUARED_SECRET_KEY``.

        As ``Client.from_env``. Raises ``ConfigError`` with every variable that is missing or wrong.
        """
        client = cls.__new__(cls)
        client._calls = AsyncCalls.from_env(  # noqa: SLF001 - it is being built
            auth=auth,
            codes=codes,
            quota=quota,
            quota_wait=quota_wait,
            timeout=timeout,
            connect_timeout=connect_timeout,
            attempts=attempts,
            backoff=backoff,
            longest_backoff=longest_backoff,
            root_certificates=root_certificates,
            proxies_from_env=proxies_from_env,
        )
        return client

    async def create(
        self,
        webhook: NewWebhook,
        *,
        timeout: Seconds | None = None,
        attempts: int | None = None,
        quota_wait: Seconds | None = None,
    ) -> Created:
        """Create a webhook and wait for its id: ``POST /v2/Webhook.svc/Create``, *documented*.

        As ``Client.create``, with the same options and exceptions. Cancelling the task (``asyncio.wait_for``, a task
        group) ends the wait **and not the create**: its outcome shows in ``pending`` and is taken by ``claim``.
        """
        return await _finish(self._calls.create(webhook, timeout, attempts, quota_wait))

    def pending(self) -> tuple[PendingCall, ...]:
        """List the creates that are under way, and those whose outcome nobody has taken yet, oldest first.

        Such are there after a cancelled wait, and while another task waits.
        """
        return self._calls.pending()

    async def claim(self, id: int) -> Created | None:  # noqa: A002 - the name in all four languages
        """Wait for a pending create to end and take its outcome; ``None`` when no such create is pending.

        At most 1,024 outcomes are kept; beyond that the oldest are dropped. Raises ``CallError`` as ``create`` does.
        """
        return await _finish(self._calls.claim(id))

    async def settle(self) -> None:
        """Wait until no create is queued or under way.

        A program does so before it ends, so that none is cut off. The outcomes stay, for ``claim``.
        """
        await _finish(self._calls.settle())

    @property
    def quota(self) -> Quota:
        """The account's quota."""
        return self._calls.quota

    async def close(self) -> None:
        """Close the connections.

        Creates are refused afterwards; those that are under way go on, and what is pending can still be claimed.
        """
        self._calls.close()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.close()

    def __repr__(self) -> str:
        """Show the settings without the keys."""
        return f"{type(self).__name__}({self._calls.shown()})"

    def __reduce__(self) -> str:
        """Refuse to be pickled: the keys stay where they are."""
        message = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(message)


async def _finish(call: Call[_T]) -> _T:
    """Wait for a call."""
    from . import _event_loop  # noqa: PLC0415 - asyncio is loaded by whoever uses it, not by the import of this package

    bells = _event_loop.bells()
    while not call.poll(bells.mailbox):
        await bells.next_ring(call.number)
    # From here to the caller nothing waits, so no cancellation can lose the outcome.
    return call.take()
