"""The asynchronous client: tasks, cancellation, event loops."""

from __future__ import annotations

import asyncio
import gc
import os
import threading

import pytest

from leadsquared_webhooks import (
    AsyncClient,
    AuthenticationError,
    ConfigError,
    ConnectError,
    Created,
    NewWebhook,
    Quota,
    QuotaWaitError,
    RequestTimeoutError,
    Trigger,
)
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    """Return the factories of the installed event loops."""
    makers: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]
    try:
        import uvloop
    except ImportError:
        return makers
    return [*makers, uvloop.new_event_loop]


@pytest.mark.parametrize("make", loops())
def test_each_event_loop_in_turn_and_at_once(
    sandbox: Sandbox,
    make: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """One client serves a second loop after the first, and several loops in several threads."""
    client = sandbox.async_client(quota=Quota.unlimited())

    def once() -> None:
        loop = make()
        loop.run_until_complete(client.create(WEBHOOK))
        loop.close()

    once()
    once()
    threads = [threading.Thread(target=once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.webhooks) == 6


def test_many_at_once(sandbox: Sandbox) -> None:
    """Each call gets its own outcome, and the quota is respected."""

    async def main() -> None:
        async with sandbox.async_client(quota="20/1") as client:
            made = await asyncio.gather(*(client.create(WEBHOOK) for _ in range(25)))
            assert len({created.id for created in made}) == 25
            assert client.pending() == ()

    asyncio.run(main())
    assert sandbox.client_report.is_clean


def test_cancelling_ends_the_wait_and_not_the_create(server: ScriptedServer) -> None:
    """``asyncio.wait_for`` times out; the create continues, and its outcome can be taken."""
    answer = threading.Event()
    server.reply(Reply(after=answer))

    async def main() -> None:
        async with AsyncClient(**server.settings()) as client:
            task = asyncio.create_task(client.create(WEBHOOK))
            await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            (call,) = client.pending()
            assert call.state == "in_flight"
            answer.set()
            await client.drain()
            (call,) = client.pending()
            assert (call.state, call.webhook_id is not None, call.outcome) == ("created", True, None)
            created = await client.take_outcome(call.id)
            assert created is not None
            assert created.id == call.webhook_id
            assert await client.take_outcome(call.id) is None

    asyncio.run(main())
    assert len(server.received) == 1


def test_no_cancellation_loses_an_outcome(server: ScriptedServer) -> None:
    """A create cancelled at any moment, even before delivery, is either returned or pending."""

    async def main() -> None:
        async with AsyncClient(**server.settings(), quota=Quota.unlimited()) as client:
            returned = 0
            for turn in range(60):
                known = len(client.pending())
                task = asyncio.ensure_future(client.create(WEBHOOK))
                await asyncio.sleep(0)
                # The loop is blocked until the outcome exists, but has not reached its task.
                while client.pending()[known].state != "created":
                    os.sched_yield()
                for _ in range(turn % 6):
                    await asyncio.sleep(0)
                task.cancel()
                (result,) = await asyncio.gather(task, return_exceptions=True)
                returned += isinstance(result, Created)
            assert 0 < returned < 60
            assert all(call.state == "created" for call in client.pending())
            assert returned + len(client.pending()) == len(server.received) == 60

    asyncio.run(main())


def test_a_wait_that_is_dropped_is_no_error(server: ScriptedServer) -> None:
    """A loop that is closed while a create is in flight is never called again."""
    answer = threading.Event()
    server.reply(Reply(after=answer))
    client = AsyncClient(**server.settings())
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.create(WEBHOOK))
    loop.run_until_complete(loop.run_in_executor(None, server.arrived.get))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    del loop, task
    gc.collect()
    answer.set()
    asyncio.run(client.drain())
    assert [call.state for call in client.pending()] == ["created"]


def test_failures_are_raised_in_the_task(sandbox: Sandbox, server: ScriptedServer) -> None:
    """The exceptions and options are those of the blocking client."""

    async def main() -> None:
        wrong = AsyncClient(host=sandbox.host, access_key="wrong", secret_key="wrong")
        with pytest.raises(AuthenticationError) as refused:
            await wrong.create(WEBHOOK)
        assert refused.value.outcome == "refused"

        closed = AsyncClient(host="http://127.0.0.1:1", access_key="a", secret_key="b", attempts=1)
        with pytest.raises(ConnectError) as unsent:
            await closed.create(WEBHOOK)
        assert (unsent.value.outcome, len(unsent.value.attempts)) == ("not_sent", 1)

        server.reply(Reply(after=threading.Event()))
        async with AsyncClient(**server.settings(), quota="1/60") as client:
            with pytest.raises(RequestTimeoutError) as late:
                await client.create(WEBHOOK, timeout=0.2)
            assert (late.value.sent, late.value.after, late.value.may_have_been_applied) == (True, 0.2, True)
            with pytest.raises(QuotaWaitError):
                await client.create(WEBHOOK, quota_wait=0.01)
            with pytest.raises(ConfigError):
                await client.create(WEBHOOK, timeout=-1)

    asyncio.run(main())


def test_a_closed_client_refuses(sandbox: Sandbox) -> None:
    """It can be closed twice, and pending outcomes can still be taken."""

    async def main() -> None:
        client = sandbox.async_client()
        await client.close()
        await client.close()
        with pytest.raises(RuntimeError, match="closed"):
            await client.create(WEBHOOK)
        assert client.pending() == ()
        assert await client.take_outcome(0) is None

    asyncio.run(main())


def test_a_coroutine_that_is_never_awaited_creates_nothing(sandbox: Sandbox) -> None:
    """A coroutine does nothing until it is awaited."""
    coroutine = sandbox.async_client().create(WEBHOOK)
    coroutine.close()
    assert sandbox.requests == ()
