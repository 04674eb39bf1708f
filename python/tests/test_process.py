"""Robustness: signals, forks, exits, threads, spawned children, other interpreters.

Each test covers a fix: without it, this client failed, or a comparable client fails.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from textwrap import dedent

import pytest

from leadsquared_webhooks import Client, NewWebhook, Quota, Trigger
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
EXITS = int(os.environ.get("LEADSQUARED_TEST_EXITS", "40"))


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program in a separate interpreter."""
    return subprocess.Popen(
        [sys.executable, "-c", dedent(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    """Wait for a program that must succeed."""
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, f"exit status {process.returncode}\n{out}\n{err}"
    return out


def once_arrived(server: ScriptedServer, then: Callable[[], None]) -> None:
    """Call a function in another thread when the next request has arrived."""

    def wait() -> None:
        server.arrived.get()
        then()

    threading.Thread(target=wait).start()


def test_ctrl_c_ends_a_blocking_call_and_not_the_create(server: ScriptedServer) -> None:
    """KeyboardInterrupt is immediate; the create continues, and its outcome can be taken."""
    answer = threading.Event()
    server.reply(Reply(after=answer))
    with Client(**server.settings()) as client:
        pressed: list[float] = []

        def press() -> None:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        once_arrived(server, press)
        with pytest.raises(KeyboardInterrupt):
            client.create(WEBHOOK)
        waited = time.monotonic() - pressed[0]
        # The promise is 100 ms; a busy machine may take longer.
        assert waited < 1.0, f"{waited:.3f} s"

        (call,) = client.pending()
        assert (call.state, call.webhook) == ("in_flight", WEBHOOK)
        answer.set()
        # The create ends without a waiter.
        while client.pending()[0].state == "in_flight":
            os.sched_yield()
        created = client.take_outcome(call.id)
        assert created is not None
        assert len(server.received) == 1
        assert client.pending() == ()


def test_an_exception_of_another_signal_ends_a_blocking_call(server: ScriptedServer) -> None:
    """The call raises the handler's exception, and the handler may make other calls."""
    server.reply(Reply(after=threading.Event()))
    with Client(**server.settings()) as client:

        def handler(*_: object) -> None:
            client.create(WEBHOOK)
            raise LookupError

        before = signal.signal(signal.SIGUSR1, handler)
        try:
            once_arrived(server, lambda: os.kill(os.getpid(), signal.SIGUSR1))
            with pytest.raises(LookupError):
                client.create(WEBHOOK)
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert [call.state for call in client.pending()] == ["in_flight"]


def test_the_interpreter_is_free_while_a_call_waits(server: ScriptedServer) -> None:
    """Another Python thread sends the response that this one waits for."""
    answer = threading.Event()
    server.reply(Reply(after=answer))
    once_arrived(server, answer.set)
    with Client(**server.settings()) as client:
        assert client.create(WEBHOOK).attempts[0].sent


def test_threads_share_a_client(sandbox: Sandbox) -> None:
    """Sixteen threads make sixty-four calls: one webhook each, no misuse."""
    with sandbox.client(quota=Quota.unlimited()) as client, concurrent.futures.ThreadPoolExecutor(16) as threads:
        sandbox.fault("delay", ms=30)
        made = list(threads.map(lambda _: client.create(WEBHOOK).id, range(20)))
    assert len(set(made)) == len(sandbox.webhooks) == 20
    assert sandbox.client_report.is_clean


FORK = """
    import asyncio, os, sys, threading
    from leadsquared_webhooks import AsyncClient, Client, NewWebhook, Quota, Trigger

    webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    quota = Quota.unlimited()
    client = Client.from_env(quota=quota)
    async_client = AsyncClient.from_env(quota=quota)
    client.create(webhook)
    asyncio.run(async_client.create(webhook))
    busy = [threading.Thread(target=lambda: [client.create(webhook) for _ in range(10)]) for _ in range(2)]
    for thread in busy:
        thread.start()
    for _ in range(10):
        child = os.fork()
        if child == 0:
            first = client.create(webhook)
            second = asyncio.run(async_client.create(webhook))
            grandchild = os.fork()
            if grandchild == 0:
                client.create(webhook)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == 0
            # A normal exit: everything that the parent created is dropped here, and must not be
            # used.
            sys.exit(0 if first.id != second.id and client.pending() == () else 9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for thread in busy:
        thread.join()
    # The children did not affect the parent's connections and its event queue.
    client.create(webhook)
    asyncio.run(async_client.create(webhook))
    print("done")
"""


@pytest.mark.parametrize("logging", [False, True])
def test_clients_work_in_a_child_after_fork(*, logging: bool) -> None:
    """They also work in grandchildren, and in the parent afterwards, with other threads calling."""
    setup = "import logging; logging.basicConfig(level=1, filename=os.devnull)\n" if logging else ""
    with_sandbox = dedent("""
        import os
        from leadsquared_webhooks.testing import Sandbox
        sandbox = Sandbox(limits=[])
        os.environ.update(LEADSQUARED_HOST=sandbox.host, LEADSQUARED_ACCESS_KEY=sandbox.access_key,
                          LEADSQUARED_SECRET_KEY=sandbox.secret_key)
    """)
    assert output(python(with_sandbox + setup + dedent(FORK))) == "done\n"


# A hanging program or child prints its stacks and ends by SIGALRM. `faulthandler` does not need the
# GIL for that.
WATCHDOG = """
    import faulthandler, os, signal
    faulthandler.register(signal.SIGALRM, all_threads=True, chain=True)
    signal.alarm(50)
    # An alarm is not inherited.
    os.register_at_fork(after_in_child=lambda: signal.alarm(40))

    def well(child):
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status == 0, f"a child ended with status {status}"
        signal.alarm(50)
"""

FORKS = """
    import asyncio, logging, sys, threading
    from leadsquared_webhooks import NewWebhook, Quota, Trigger
    from leadsquared_webhooks.testing import Sandbox

    class Heard(logging.Handler):
        # A handler that writes to a file can hang children on its own: CPython's files have a lock,
        # too.
        def emit(self, record):
            record.getMessage()

    if sys.argv[1] == "with logging":
        logging.basicConfig(level=1, handlers=[Heard()])

    def webhook(*path):
        url = "/".join(["https://example.com", *map(str, path)])
        return NewWebhook(url=url, trigger=Trigger.lead_create())

    sandbox = Sandbox(limits=[], delay=(0, 0.002))
    client = sandbox.client(quota=Quota.unlimited())
    async_client = sandbox.async_client(quota=Quota.unlimited())
    stopped = threading.Event()
    made = []

    def blocking(thread):
        number = 0
        while not stopped.is_set():
            client.create(webhook(thread, number))
            made.append(f"https://example.com/{thread}/{number}")
            number += 1

    async def asynchronous(thread):
        number = 0
        while not stopped.is_set():
            await async_client.create(webhook(thread, number))
            made.append(f"https://example.com/{thread}/{number}")
            number += 1

    busy = [threading.Thread(target=blocking, args=(thread,)) for thread in range(4)]
    busy += [threading.Thread(target=lambda thread=thread: asyncio.run(asynchronous(thread))) for thread in range(4, 6)]
    sys.setswitchinterval(1e-6)
    for thread in busy:
        thread.start()
    for fork in range(int(sys.argv[2])):
        child = os.fork()
        if child == 0:
            if fork % 5 == 0:
                client.create(webhook("child", fork))
            elif fork % 5 == 1:
                asyncio.run(async_client.create(webhook("child", fork)))
            elif fork % 5 == 2:
                sys.exit()
            os._exit(0)
        well(child)
        if fork % 5 < 2:
            made.append(f"https://example.com/child/{fork}")
    stopped.set()
    for thread in busy:
        thread.join()
    # Each thread completed its calls, and each call was made exactly once, despite the forks.
    assert {url.split("/")[3] for url in made} == {"child", *"012345"}
    assert sorted(made) == sorted(webhook.url for webhook in sandbox.webhooks)
    print("done")
"""


@pytest.mark.parametrize(("logging", "forks"), [("with logging", 500), ("without logging", 100)])
def test_a_fork_meets_no_lock(logging: str, forks: int) -> None:
    """Neither parent nor child hangs while six threads call and switch as often as possible."""
    assert output(python(WATCHDOG + FORKS, logging, str(forks))) == "done\n"


MEANWHILE = """
    import datetime, logging, sys, threading
    from leadsquared_webhooks import Manifest, NewWebhook, Quota, Trigger, apply
    from leadsquared_webhooks.testing import Sandbox

    webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
    sandbox = Sandbox(limits=[])
    client = sandbox.client(quota=Quota.unlimited())
    inside, go_on = threading.Event(), threading.Event()
    children = []
    reading, writing = os.pipe()

    def wait():
        inside.set()
        go_on.wait()

    def while_another_thread_is(call):
        thread = threading.Thread(target=call)
        thread.start()
        inside.wait()
        child = os.fork()
        if child == 0:
            go_on.set()
            call()
            os._exit(0)
        well(child)
        go_on.set()
        thread.join()

    def asking_logging():
        get_logger = logging.getLogger
        logging.getLogger = lambda *name: (wait(), get_logger(*name))[1]
        while_another_thread_is(lambda: client.create(webhook))

    def making_a_datetime():
        class Slow(datetime.datetime):
            def __new__(cls, *arguments, **keywords):
                wait()
                return super().__new__(cls, *arguments, **keywords)

        attempt = client.create(webhook).attempts[0]
        datetime.datetime = Slow
        while_another_thread_is(lambda: attempt.started_at)

    def first_using_a_client():
        child = os.fork()
        if child == 0:
            threads = [threading.Thread(target=client.create, args=(webhook,)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os._exit(0)
        well(child)
        assert len(sandbox.webhooks) == 6

    def forked_by(call):
        try:
            call()
        except RuntimeError as refused:
            # The child, at the point of the fork. It can make new calls.
            assert "forked" in str(refused), refused
            client.create(webhook)
            # It lives until the parent has its outcome, and does not affect that.
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
        assert children[0] != 0, "the child was given the parent's outcome"
        os.close(writing)
        well(children[0])

    def during_a_call(handler):
        signal.signal(signal.SIGUSR1, handler)
        client.create(webhook)
        sandbox.fault("delay", ms=300)
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
        forked_by(lambda: client.create(webhook))
        assert len(sandbox.webhooks) == 3

    def handling_a_signal():
        during_a_call(lambda *_: children.append(os.fork()))

    def raising_an_exception():
        def handler(*_):
            children.append(os.fork())
            if children[0] == 0:
                raise RuntimeError("forked")

        during_a_call(handler)

    def hearing_of_progress():
        toml = f'''
        [[accounts]]
        name = "acme"
        host = "{sandbox.host}"
        access_key_env = "KEY"
        secret_key_env = "SECRET"
        webhooks = [{{ url = "https://example.com/leads", trigger = {{ event = "lead_create" }} }}]
        '''
        manifest = Manifest.from_toml(toml, variables={"KEY": sandbox.access_key, "SECRET": sandbox.secret_key})

        def hear(progress):
            if not children:
                children.append(os.fork())

        forked_by(lambda: apply(manifest, on_progress=hear))
        urls = sorted(webhook.url for webhook in sandbox.webhooks)
        assert urls == ["https://example.com/hooks", "https://example.com/leads"]

    globals()[sys.argv[1]]()
    print("done")
"""


@pytest.mark.parametrize("case", ["asking_logging", "making_a_datetime", "first_using_a_client"])
def test_a_child_waits_for_no_thread_that_it_does_not_have(case: str) -> None:
    """A one-time operation is in progress in another thread, or starts in several of the child."""
    assert output(python(WATCHDOG + MEANWHILE, case)) == "done\n"


@pytest.mark.parametrize("case", ["handling_a_signal", "raising_an_exception", "hearing_of_progress"])
def test_a_child_born_in_a_call_leaves_it_to_the_parent(case: str) -> None:
    """A handler forks during a call: the parent gets the outcome, and the child an error."""
    assert output(python(WATCHDOG + MEANWHILE, case)) == "done\n"


def create_in_child(host: str, access_key: str, secret_key: str, webhook: NewWebhook) -> str:
    """Create a pickled webhook."""
    with Client(host=host, access_key=access_key, secret_key=secret_key) as client:
        return client.create(webhook).id


def test_spawned_children_work(sandbox: Sandbox) -> None:
    """A webhook is passed to a spawned process, without a second warning."""
    webhook = NewWebhook(url="https://example.com", trigger=Trigger.lead_create(), custom_headers=[("a", "b")])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        made = pool.apply(create_in_child, (sandbox.host, sandbox.access_key, sandbox.secret_key, webhook))
    assert [hook.id for hook in sandbox.webhooks] == [made]


EXIT = """
    import asyncio, contextlib, logging, os, sys, threading
    from leadsquared_webhooks import CallError, NewWebhook, Quota, Trigger
    from leadsquared_webhooks.testing import Sandbox

    webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())

    def leave_calls_in_flight(seed):
        if seed % 3 == 0:
            # This runs Python code in the threads of the calls, which then end there.
            logging.basicConfig(level=1, filename=os.devnull)
        sandbox = Sandbox(limits=[], delay=(0, 0.004), seed=seed)
        client = sandbox.client(quota=Quota.unlimited())
        begun = threading.Barrier(3)

        def calls():
            begun.wait()
            # The sandbox ends with the process, possibly before this thread.
            with contextlib.suppress(CallError):
                while True:
                    client.create(webhook)

        for _ in range(2):
            threading.Thread(target=calls, daemon=True).start()
        begun.wait()
        if seed % 2:
            async def main():
                calls = sandbox.async_client(quota=Quota.unlimited())
                keep = [asyncio.ensure_future(calls.create(webhook)) for _ in range(4)]
                await keep[0]
            if seed % 4 == 1:
                loop = asyncio.new_event_loop()
                loop.set_exception_handler(lambda *_: None)
                loop.run_until_complete(main())
                loop.close()
            else:
                asyncio.run(main())
        client.create(webhook)

    first, last = map(int, sys.argv[1:])
    if last == first + 1:
        leave_calls_in_flight(first)
        sys.exit()
    in_flight = set()
    for seed in range(first, last):
        child = os.fork()
        if child == 0:
            # The interpreter of the child is finalized normally.
            leave_calls_in_flight(seed)
            sys.exit()
        in_flight.add(child)
        while in_flight and (len(in_flight) == 4 or seed == last - 1):
            ended, status = os.wait()
            in_flight.remove(ended)
            assert status == 0, f"seed {seed}: exit status {os.waitstatus_to_exitcode(status)}"
    print("done")
"""


def test_an_interpreter_exits_with_calls_in_flight() -> None:
    """It does not abort or hang; ``LEADSQUARED_TEST_EXITS`` is the number of runs."""
    process = python(EXIT, "0", str(EXITS))
    out, err = process.communicate(timeout=600)
    assert (process.returncode, out) == (0, "done\n"), err
    assert not re.search("panicked|Fatal|abort|terminate|Traceback", err), err


def test_an_interpreter_that_was_started_for_it_exits_with_calls_in_flight() -> None:
    """The same in processes that were not forked."""
    processes = [python(EXIT, str(seed), str(seed + 1)) for seed in range(8)]
    for process in processes:
        output(process)


SUB_INTERPRETER = """
    import sys
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    {first}
    program = '''if True:
        try:
            import leadsquared_webhooks
        except ImportError as refused:
            text = str(refused)
            assert "subinterpreter" in text, text
        else:
            raise SystemExit("it was imported")
    '''
    for _ in range(3):
        sub = interpreters.create()
        failed = interpreters.{run}(sub, program)
        assert failed is None, failed
        interpreters.destroy(sub)
    import leadsquared_webhooks
    print(leadsquared_webhooks.__version__)
"""


@pytest.mark.parametrize("first", ["import leadsquared_webhooks", ""])
def test_a_sub_interpreter_is_refused(first: str) -> None:
    """An ImportError says so, and the main interpreter still works, in any order of imports."""
    run = "exec" if sys.version_info >= (3, 13) else "run_string"
    assert output(python(SUB_INTERPRETER.format(first=first, run=run))).strip()


IMPORT = """
    import sys
    before = set(sys.modules)
    import leadsquared_webhooks
    loaded = set(sys.modules) - before
    heavy = {"asyncio", "dataclasses", "datetime", "inspect", "json", "logging", "pytest", "socket", "typing"}
    assert not loaded & heavy, loaded & heavy
    import threading
    assert threading.active_count() == 1
    if sys.platform == "linux":
        import os
        assert len(os.listdir("/proc/self/task")) == 1
"""


def test_an_import_loads_and_starts_nothing() -> None:
    """An import loads no slow library, and starts no thread and no runtime."""
    output(python(IMPORT))
