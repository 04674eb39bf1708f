"""The client for asyncio: the methods of ``Client`` as coroutines."""

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
    """A client for one account, for asyncio. It takes the same arguments as ``Client``.

    One client serves any number of tasks and event loops, sequentially or concurrently. The work
    runs outside the interpreter, without the GIL.

    >>> import asyncio
    >>> async def main():
    ...     async with AsyncClient.from_env() as client:
    ...         webhook = NewWebhook(
    ...             url="https://example.com/hooks", trigger=Trigger.lead_create()
    ...         )
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
        """Build a client; see ``Client`` for the settings.

        Raises ``ConfigError`` with all problems at once, and warns about a host outside
        leadsquared.com.
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
        """Build a client from environment variables, as ``Client.from_env`` does.

        The variables are ``LEADSQUARED_HOST``, ``LEADSQUARED_ACCESS_KEY`` and
        ``LEADSQUARED_SECRET_KEY``. Raises ``ConfigError`` with every variable that is missing or
        invalid.
        """
        client = cls.__new__(cls)
        client._calls = AsyncCalls.from_env(  # noqa: SLF001 - the instance is under construction
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
        """Create a webhook and return its ID: ``POST /v2/Webhook.svc/Create``, *documented*.

        Takes the same options and raises the same exceptions as ``Client.create``. Cancelling the
        task (``asyncio.wait_for``, a task group) withdraws a create that was not sent: it is
        removed from the queue, ``pending`` and the quota. One that was sent continues: ``pending``
        lists it, and ``take_outcome`` takes its outcome.
        """
        return await finish(self._calls.create(webhook, timeout, attempts, quota_wait))

    async def list(
        self,
        *,
        event: EventName | str | None = None,
        status: Status | str | int | None = None,
        id: str | None = None,  # noqa: A002 - the common name
        text: str | None = None,
    ) -> tuple[Webhook, ...]:
        """List the webhooks of the account: ``POST /v2/Webhook.svc/Retrieve``, *documented*.

        Takes the same options and raises the same exceptions as ``Client.list``.
        """
        return await finish(self._calls.list(event, status, id, text))

    async def get(self, id: str) -> Webhook | None:  # noqa: A002 - the common name
        """Return the webhook with this ID, or ``None`` if the list does not show it."""
        return await finish(self._calls.get(id))

    async def update(self, id: str, webhook: NewWebhook) -> Changed:  # noqa: A002 - the common name
        """Replace a webhook completely: ``POST /v2/Webhook.svc/Update``, *documented*.

        See ``Client.update``. Cancelling the task withdraws an update that was not sent; one that
        was sent continues.
        """
        return await finish(self._calls.update(id, webhook))

    async def delete(self, id: str) -> Changed:  # noqa: A002 - the common name
        """Delete a webhook: ``GET /v2/Webhook.svc/Delete``, *documented*, confirmed by reading.

        See ``Client.delete``. Cancelling the task withdraws a delete that was not sent; one that
        was sent continues.
        """
        return await finish(self._calls.delete(id))

    async def create_verified(self, webhook: NewWebhook, *, on_mismatch: OnMismatch = "keep") -> Reconciled:
        """Create a webhook and read it back: event, URL, state and properties are compared.

        See ``Client.create_verified``. Cancelling the task withdraws a create that was not sent;
        one that was sent continues.
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
        """Resolve a create whose outcome is unknown, by listing.

        See ``Client.resolve``. ``on_progress`` is called on the event loop. **A single empty list
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
        """Ensure that one webhook with this event, URL and properties exists.

        Declarative and safe to run again; see ``Client.ensure``. ``on_progress`` is called on the
        event loop. Cancelling the task withdraws a create that was not sent; one that was sent
        continues, and appears in ``pending`` with its ticket.

        >>> import asyncio
        >>> async def main():
        ...     async with AsyncClient.from_env() as client:
        ...         webhook = NewWebhook(
        ...             url="https://example.com/hooks", trigger=Trigger.lead_create()
        ...         )
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
        """Return whether the quota has admitted any create, update or delete of this client.

        Until then, a program that exits has changed nothing on the account.
        """
        return self._calls.may_have_changed()

    def pending(self) -> tuple[PendingCall, ...]:
        """List the pending creates, oldest first.

        A create is pending while it is queued or in flight, and until its outcome is taken: after a
        cancelled wait, or while another task waits.
        """
        return self._calls.pending()

    def cancel(self, id: int) -> Literal["withdrawn", "already_sent", "no_such_call"]:  # noqa: A002 - the common name
        """Withdraw a pending create that was not sent, by its ``PendingCall.id``.

        See ``Client.cancel``. Callers waiting for it get a ``CallCancelledError``, not sent.
        """
        return self._calls.cancel(id)

    async def take_outcome(self, id: int) -> Created | None:  # noqa: A002 - the common name
        """Wait for a pending create and take its outcome; ``None`` if no such create is pending.

        See ``Client.take_outcome``. Raises ``CallError`` as ``create`` does:
        ``CallCancelledError``, not sent, if the create was withdrawn elsewhere.
        """
        return await finish(self._calls.take_outcome(id))

    async def drain(self) -> None:
        """Wait until no create, update or delete is queued or in flight.

        Call it before the program exits, so that none is interrupted. The outcomes of creates
        remain available to ``take_outcome``.
        """
        await finish(self._calls.drain())

    @property
    def quota(self) -> Quota:
        """The quota that this client uses."""
        return self._calls.quota

    async def close(self) -> None:
        """Close the connections.

        Later calls are refused. Creates in flight continue, and pending outcomes can still be
        taken.
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
        """Refuse pickling, because a pickle would contain the keys."""
        message = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(message)


async def finish(call: Call[_T], on_progress: Callable[[Progress], object] | None = None) -> _T:
    """Wait for a call, and pass on its progress."""
    wakers = _event_loop.wakers()
    try:
        while not call.poll(wakers.wake_queue):
            _report(call, on_progress)
            await wakers.woken(call.number)
        _report(call, on_progress)
        # Nothing is awaited from here to the caller, so no cancellation can lose the outcome.
        return call.take()
    finally:
        call.abandon()


def _report(call: Call[_T], on_progress: Callable[[Progress], object] | None) -> None:
    for progress in call.reported():
        if on_progress is not None:
            on_progress(progress)
