"""Cancelling a wait withdraws a call that was not sent; a call that was sent continues."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading

import pytest

from leadsquared_webhooks import AsyncClient, CallCancelledError, Client, NewWebhook, Quota, Trigger
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

    from leadsquared_webhooks.testing import Sandbox

FIRST, SECOND, THIRD = (
    NewWebhook(url=f"https://example.com/{name}", trigger=Trigger.lead_create()) for name in ("one", "two", "three")
)
# One call at a time: the second is queued until shortly after the response to the first.
ONE_AT_ONCE = (1, 0.05)
EMPTY = b'{"RecordCount":0,"Response":[]}'


async def until(holds: Callable[[], object]) -> None:
    """Let the other tasks run until a condition holds that has no event."""
    for _ in range(10_000_000):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("it never holds")


async def queued(quota: Quota) -> None:
    """Wait until a call is queued for this quota."""
    await until(lambda: quota.waiting)


def when_queued(quota: Quota, then: Callable[[], object]) -> threading.Thread:
    """Call a function in another thread when a call is queued for this quota."""

    def wait() -> None:
        while not quota.waiting:
            os.sched_yield()
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


async def end_by_cancelling(call: Awaitable[object], quota: Quota) -> None:
    """Cancel the task of a queued call."""
    task = asyncio.ensure_future(call)
    await queued(quota)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def end_by_timeout(call: Awaitable[object], _: Quota) -> None:
    """Let the wait for a queued call time out."""
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(call, 0.1)


async def end_by_a_group(call: Awaitable[object], quota: Quota) -> None:
    """Let another task of the group fail while the call is queued."""

    async def fail() -> None:
        await queued(quota)
        raise LookupError

    waiting = asyncio.ensure_future(call)
    with pytest.raises(LookupError):
        await asyncio.gather(waiting, fail())
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


def verbs(server: ScriptedServer) -> list[str]:
    """Return the operations that the server received."""
    return [one.path.rsplit("/", 1)[1] for one in server.received]


@pytest.mark.parametrize("end", [end_by_cancelling, end_by_timeout, end_by_a_group])
@pytest.mark.parametrize("verb", ["create", "create_verified", "update", "delete"])
def test_a_queued_call_is_withdrawn_with_its_task(
    server: ScriptedServer,
    verb: str,
    end: Callable[[Awaitable[object], Quota], Awaitable[None]],
) -> None:
    """It is removed from the queue, ``pending`` and the quota, and is never sent."""
    answer = threading.Event()
    server.reply(Reply(after=answer))

    async def main() -> None:
        quota = Quota(ONE_AT_ONCE)
        async with AsyncClient(**server.settings(), quota=quota) as client:
            first = asyncio.create_task(client.create(FIRST))
            await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
            call: dict[str, Callable[[], Awaitable[object]]] = {
                "create": lambda: client.create(SECOND),
                "create_verified": lambda: client.create_verified(SECOND),
                "update": lambda: client.update("b1c4", SECOND),
                "delete": lambda: client.delete("b1c4"),
            }
            await end(call[verb](), quota)
            # Runs of several calls are dropped by a thread outside the interpreter.
            await until(lambda: not quota.waiting)
            assert [call.webhook for call in client.pending()] == [FIRST]
            answer.set()
            await first
            # The withdrawn call would have been sent before this one, which is queued behind it.
            await client.create(THIRD)

    asyncio.run(main())
    assert verbs(server) == ["Create", "Create"]
    assert THIRD.url.encode() in server.received[1].body


def test_the_queued_create_of_an_ensure_is_withdrawn_with_its_task(server: ScriptedServer) -> None:
    """It is withdrawn even after the run has listed."""
    listed, created = threading.Event(), threading.Event()
    server.reply(Reply(200, EMPTY, after=listed))
    server.reply(Reply(after=created))

    async def main() -> None:
        quota = Quota(ONE_AT_ONCE)
        async with AsyncClient(**server.settings(), quota=quota) as client:
            arrived = asyncio.get_running_loop().run_in_executor
            ensure = asyncio.create_task(client.ensure(SECOND))
            await arrived(None, server.arrived.get)
            # This create is queued before that of the ensure, so it is sent first.
            first = asyncio.create_task(client.create(FIRST))
            await queued(quota)
            listed.set()
            await arrived(None, server.arrived.get)
            await queued(quota)
            assert [call.state for call in client.pending()] == ["in_flight", "queued"]
            ensure.cancel()
            with pytest.raises(asyncio.CancelledError):
                await ensure
            await until(lambda: len(client.pending()) == 1 and not quota.waiting)
            created.set()
            await first
            await client.create(THIRD)

    asyncio.run(main())
    assert verbs(server) == ["Retrieve", "Create", "Create"]
    assert THIRD.url.encode() in server.received[2].body


@pytest.fixture(params=["KeyboardInterrupt", "another"])
def interrupt(request: pytest.FixtureRequest) -> Iterator[tuple[Callable[[], None], type[BaseException]]]:
    """Return a function that interrupts the main thread, and the exception raised there."""
    if request.param == "KeyboardInterrupt":
        yield (lambda: os.kill(os.getpid(), signal.SIGINT)), KeyboardInterrupt
        return

    def handler(*_: object) -> None:
        raise LookupError

    before = signal.signal(signal.SIGUSR1, handler)
    yield (lambda: os.kill(os.getpid(), signal.SIGUSR1)), LookupError
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("verb", ["create", "create_verified", "update", "delete"])
def test_a_queued_call_is_withdrawn_with_its_interrupted_thread(
    server: ScriptedServer,
    verb: str,
    interrupt: tuple[Callable[[], None], type[BaseException]],
) -> None:
    """On Ctrl-C or another signal, it is no longer pending or queued, and is never sent."""
    answer = threading.Event()
    server.reply(Reply(after=answer))
    quota = Quota(ONE_AT_ONCE)
    press, raised = interrupt
    with Client(**server.settings(), quota=quota) as client:
        first = threading.Thread(target=client.create, args=(FIRST,))
        first.start()
        server.arrived.get()
        arguments = {"update": ("b1c4", SECOND), "delete": ("b1c4",)}.get(verb, (SECOND,))
        pressing = when_queued(quota, press)
        with pytest.raises(raised):
            getattr(client, verb)(*arguments)
        pressing.join()
        assert ([call.webhook for call in client.pending()], quota.waiting) == ([FIRST], 0)
        answer.set()
        first.join()
        client.create(THIRD)
    assert verbs(server) == ["Create", "Create"]
    assert THIRD.url.encode() in server.received[1].body


def test_the_queued_create_of_an_ensure_is_withdrawn_with_its_interrupted_thread(
    server: ScriptedServer,
    interrupt: tuple[Callable[[], None], type[BaseException]],
) -> None:
    """It is withdrawn even after the run has listed."""
    listed, created = threading.Event(), threading.Event()
    server.reply(Reply(200, EMPTY, after=listed))
    server.reply(Reply(after=created))
    quota = Quota(ONE_AT_ONCE)
    press, raised = interrupt
    with Client(**server.settings(), quota=quota) as client:
        first = threading.Thread(target=client.create, args=(FIRST,))

        def press_when_queued() -> None:
            server.arrived.get()
            first.start()
            while not quota.waiting:
                os.sched_yield()
            listed.set()
            server.arrived.get()
            while not quota.waiting:
                os.sched_yield()
            press()

        pressing = threading.Thread(target=press_when_queued)
        pressing.start()
        with pytest.raises(raised):
            client.ensure(SECOND)
        pressing.join()
        assert ([call.webhook for call in client.pending()], quota.waiting) == ([FIRST], 0)
        created.set()
        first.join()
        client.create(THIRD)
    assert verbs(server) == ["Retrieve", "Create", "Create"]
    assert THIRD.url.encode() in server.received[2].body


def assert_cancelled(error: object) -> None:
    """Check that the error says that the call was cancelled and not sent."""
    assert isinstance(error, CallCancelledError)
    assert (error.kind, error.outcome, error.may_have_been_applied) == ("cancelled", "not_sent", False)
    assert (error.ticket, error.id, error.cause) == (None, None, None)
    assert "cancelled" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (again.__dict__, str(again)) == (error.__dict__, str(error))


def test_another_task_that_waits_hears_of_the_withdrawal(sandbox: Sandbox) -> None:
    """``take_outcome`` raises when the creating task is cancelled; both raise on ``cancel``."""

    async def main() -> None:
        quota = Quota("1/60")
        async with sandbox.async_client(quota=quota) as client:
            await client.create(FIRST)
            for by_id in (False, True):
                creating = asyncio.create_task(client.create(SECOND))
                await queued(quota)
                (call,) = client.pending()
                assert (call.state, call.ticket) == ("queued", None)
                taking = asyncio.create_task(client.take_outcome(call.id))
                await asyncio.sleep(0)
                if by_id:
                    assert client.cancel(call.id) == "withdrawn"
                    assert_cancelled(*await asyncio.gather(creating, return_exceptions=True))
                else:
                    creating.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await creating
                assert_cancelled(*await asyncio.gather(taking, return_exceptions=True))
                assert (client.pending(), quota.waiting, client.cancel(call.id)) == ((), 0, "no_such_call")

    asyncio.run(main())
    assert len(sandbox.requests) == 1


def test_a_thread_that_waits_hears_of_the_withdrawal(sandbox: Sandbox) -> None:
    """Another thread cancels the create of this one."""
    quota = Quota("1/60")
    with sandbox.client(quota=quota) as client:
        client.create(FIRST)
        answers: list[str] = []
        thread = when_queued(quota, lambda: answers.extend(client.cancel(call.id) for call in client.pending()))
        with pytest.raises(CallCancelledError) as cancelled:
            client.create(SECOND)
        thread.join()
        assert_cancelled(cancelled.value)
        assert (answers, client.pending(), quota.waiting) == (["withdrawn"], (), 0)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_what_was_sent_is_not_called_back(server: ScriptedServer, make: type[Client | AsyncClient]) -> None:
    """``cancel`` returns ``already_sent``, and the outcome is returned."""
    answer = threading.Event()
    server.reply(Reply(after=answer))
    client: Any = make(**server.settings())

    def call(verb: str, *arguments: object) -> Any:
        result = getattr(client, verb)(*arguments)
        return result if make is Client else asyncio.run(result)

    creating = threading.Thread(target=call, args=("create", FIRST))
    creating.start()
    server.arrived.get()
    (pending,) = client.pending()
    assert client.cancel(pending.id) == "already_sent"
    assert client.cancel(pending.id + 1) == "no_such_call"
    answer.set()
    creating.join()
    assert client.cancel(pending.id) == "no_such_call"
    assert call("take_outcome", pending.id) is None
    assert len(server.received) == 1
    call("close")
