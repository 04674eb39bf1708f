"""The client for asyncio: the same methods as ``Client``, awaited."""

from __future__ import annotations

from . import _event_loop
from ._native import AsyncCalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Literal, TypeVar

    from typing_extensions import Self

    from ._aliases import Auth, Codes, CustomHeadersForm, EventName, OnMismatch, QuotaLimit, Roots, Seconds, Status
    from ._native import (
        Call,
        Changed,
        Created,
        NewWebhook,
        PendingCall,
        Progress,
        Quota,
        Reconciled,
        Ticket,
        Webhook,
    )

    _T = TypeVar("_T")


class AsyncClient:
    """A client of one account for asyncio. Its arguments are those of ``Client``.

    One client serves any number of tasks and any number of event loops, one after the other or at
    once. What costs time runs beside the interpreter, without its lock.

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
        custom_headers_form: CustomHeadersForm | None = None,
        quota: Quota | QuotaLimit | Sequence[QuotaLimit] | None = None,
        quota_wait: Seconds | None = None,
        timeout: Seconds | None = None,
        connect_timeout: Seconds | None = None,
        attempts: int | None = None,
        backoff: Seconds | None = None,
        longest_backoff: Seconds | None = None,
        roots: Roots | None = None,
        root_certificates: Sequence[bytes] | None = None,
        proxies_from_env: bool | None = None,
    ) -> None:
        """Build a client; see ``Client`` for what each setting means.

        Raises ``ConfigError`` with all that is wrong at once, and warns of a host that is not the
        vendor's.
        """
        self._calls = AsyncCalls(
            host=host,
            access_key=access_key,
            secret_key=secret_key,
            auth=auth,
            codes=codes,
            custom_headers_form=custom_headers_form,
            quota=quota,
            quota_wait=quota_wait,
            timeout=timeout,
            connect_timeout=connect_timeout,
            attempts=attempts,
            backoff=backoff,
            longest_backoff=longest_backoff,
            roots=roots,
            root_certificates=root_certificates,
            proxies_from_env=proxies_from_env,
        )

    @classmethod
    def from_env(
        cls,
        *,
        auth: Auth | None = None,
        codes: Codes | None = None,
        custom_headers_form: CustomHeadersForm | None = None,
        quota: Quota | QuotaLimit | Sequence[QuotaLimit] | None = None,
        quota_wait: Seconds | None = None,
        timeout: Seconds | None = None,
        connect_timeout: Seconds | None = None,
        attempts: int | None = None,
        backoff: Seconds | None = None,
        longest_backoff: Seconds | None = None,
        roots: Roots | None = None,
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
            custom_headers_form=custom_headers_form,
            quota=quota,
            quota_wait=quota_wait,
            timeout=timeout,
            connect_timeout=connect_timeout,
            attempts=attempts,
            backoff=backoff,
            longest_backoff=longest_backoff,
            roots=roots,
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

        As ``Client.create``, with the same options and exceptions. Cancelling the task
        (``asyncio.wait_for``, a task group) withdraws a create that was not sent: it leaves the
        queue, ``pending`` and the quota. One that was sent goes on: its outcome shows in
        ``pending`` and is taken by ``take_outcome``.
        """
        return await finish(self._calls.create(webhook, timeout, attempts, quota_wait))

    async def list(
        self,
        *,
        event: EventName | str | None = None,
        status: Status | str | int | None = None,
        id: str | None = None,  # noqa: A002 - the name in all four languages
        text: str | None = None,
    ) -> tuple[Webhook, ...]:
        """List the webhooks that the account has: ``POST /v2/Webhook.svc/Retrieve``, *documented*.

        As ``Client.list``, with the same options and exceptions.
        """
        return await finish(self._calls.list(event, status, id, text))

    async def get(self, id: str) -> Webhook | None:  # noqa: A002 - the name in all four languages
        """Return the webhook of this id, or ``None`` when the list does not show it. As ``Client.get``."""
        return await finish(self._calls.get(id))

    async def update(self, id: str, webhook: NewWebhook) -> Changed:  # noqa: A002 - the name in all four languages
        """Replace a webhook, whole: ``POST /v2/Webhook.svc/Update``, *documented*.

        As ``Client.update``. Cancelling the task withdraws an update that was not sent; one that
        was goes on.
        """
        return await finish(self._calls.update(id, webhook))

    async def delete(self, id: str) -> Changed:  # noqa: A002 - the name in all four languages
        """Delete a webhook: ``GET /v2/Webhook.svc/Delete``, *documented*, confirmed by reading.

        As ``Client.delete``. Cancelling the task withdraws a delete that was not sent; one that was
        goes on.
        """
        return await finish(self._calls.delete(id))

    async def create_verified(self, webhook: NewWebhook, *, on_mismatch: OnMismatch = "keep") -> Reconciled:
        """Create a webhook and read it back: event, URL, state and properties are compared.

        As ``Client.create_verified``. Cancelling the task withdraws a create that was not sent; one
        that was goes on.
        """
        return await finish(self._calls.create_verified(webhook, on_mismatch))

    async def resolve(
        self,
        ticket: Ticket,
        *,
        consistency_window: Seconds | None = None,
        max_wait: Seconds | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Reconciled:
        """Find out what became of a create by reading.

        As ``Client.resolve``; ``on_progress`` is called by the event loop. **An empty list at once
        proves nothing.**
        """
        keywords = {"consistency_window": consistency_window, "max_wait": max_wait}
        return await finish(self._calls.resolve(ticket, keywords), on_progress)

    async def ensure(
        self,
        webhook: NewWebhook,
        *,
        overwrite: bool = False,
        keep_mismatch: bool = False,
        keep_duplicates: bool = False,
        consistency_window: Seconds | None = None,
        tickets: Iterable[Ticket] = (),
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Reconciled:
        """Ensure that one webhook of this event, URL and properties exists: declarative, and safe to run again.

        As ``Client.ensure``; ``on_progress`` is called by the event loop. Cancelling the task
        withdraws a create that was not sent; one that was goes on, and shows in ``pending`` with
        its ticket.

        >>> import asyncio
        >>> async def main():
        ...     async with AsyncClient.from_env() as client:
        ...         webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
        ...         return [(await client.ensure(webhook)).action for _ in range(2)]
        >>> asyncio.run(main())
        ['created', 'existed']
        """
        keywords = {
            "overwrite": overwrite,
            "keep_mismatch": keep_mismatch,
            "keep_duplicates": keep_duplicates,
            "consistency_window": consistency_window,
            "tickets": tickets,
        }
        return await finish(self._calls.ensure(webhook, keywords), on_progress)

    def may_have_changed(self) -> bool:
        """Say whether the quota has admitted any create, update or delete of this client.

        A program that ends before has left no trace on the account.
        """
        return self._calls.may_have_changed()

    def pending(self) -> tuple[PendingCall, ...]:
        """List the creates that are queued or in flight, and those whose outcome nobody has taken yet, oldest first.

        Such are there after a cancelled wait, and while another task waits.
        """
        return self._calls.pending()

    def cancel(self, id: int) -> Literal["withdrawn", "already_sent", "no_such_call"]:  # noqa: A002 - the name in all four languages
        """Withdraw a pending create, by its ``PendingCall.id``, that was not sent.

        As ``Client.cancel``: whoever waits for it gets a ``CallCancelledError``, not sent.
        """
        return self._calls.cancel(id)

    async def take_outcome(self, id: int) -> Created | None:  # noqa: A002 - the name in all four languages
        """Wait for a pending create to end and take its outcome; ``None`` when no such create is pending.

        As ``Client.take_outcome``. Raises ``CallError`` as ``create`` does: ``CallCancelledError``,
        not sent, when another withdrew the create.
        """
        return await finish(self._calls.take_outcome(id))

    async def drain(self) -> None:
        """Wait until no create, update or delete is queued or in flight.

        A program does so before it ends, so that none is interrupted. The outcomes of creates stay,
        for ``take_outcome``.
        """
        await finish(self._calls.drain())

    @property
    def quota(self) -> Quota:
        """The account's quota."""
        return self._calls.quota

    async def close(self) -> None:
        """Close the connections.

        Calls are refused afterwards; creates that are in flight go on, and what is pending can
        still be taken.
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


async def finish(call: Call[_T], on_progress: Callable[[Progress], object] | None = None) -> _T:
    """Wait for a call, and hand on what it reports."""
    wakers = _event_loop.wakers()
    try:
        while not call.poll(wakers.wake_queue):
            _report(call, on_progress)
            await wakers.woken(call.number)
        _report(call, on_progress)
        # From here to the caller nothing waits, so no cancellation can lose the outcome.
        return call.take()
    finally:
        call.abandon()


def _report(call: Call[_T], on_progress: Callable[[Progress], object] | None) -> None:
    for progress in call.reported():
        if on_progress is not None:
            on_progress(progress)
