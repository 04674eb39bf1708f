"""The lifecycle of a webhook: list, get, update, delete, create, resolve, ensure, and manifests."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import copy
import inspect
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from datetime import datetime, timedelta, timezone
from textwrap import dedent

import pytest

from leadsquared_webhooks import (
    Applied,
    AsyncClient,
    CallError,
    Changed,
    Client,
    ConfigError,
    ConnectError,
    Difference,
    InconsistentListError,
    InterruptedCallError,
    LeadSquaredWarning,
    Manifest,
    ManifestError,
    NewWebhook,
    Progress,
    Quota,
    QuotaWaitError,
    Reconciled,
    RequestTimeoutError,
    StateError,
    Ticket,
    Trigger,
    UnconfirmedError,
    apply,
    apply_async,
    plan,
    plan_async,
)
from leadsquared_webhooks.testing import Sandbox
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

LEADS = NewWebhook(url="https://example.com/leads", trigger=Trigger.lead_create(), description="leads")
CALLS = NewWebhook(url="https://example.com/calls", trigger=Trigger.lead_activity_create("22"))
with warnings.catch_warnings():
    # The opportunity codes are disputed, which is what the tests are about.
    warnings.simplefilter("ignore")
    DEALS = NewWebhook(url="https://example.com/deals", trigger=Trigger.opportunity_create(["12000"]))
QUICK = 0.3
EMPTY = b'{"RecordCount":0,"Response":[]}'


class Blocking:
    """An asynchronous client with blocking calls, so that every test covers both clients."""

    def __init__(self, client: AsyncClient) -> None:
        """Store the client, and create a separate loop."""
        self._client = client
        self._loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        """Run coroutine functions on the loop."""
        found = getattr(self._client, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *args, **options: self._loop.run_until_complete(found(*args, **options))

    def end(self) -> None:
        """Close the client and the loop."""
        self._loop.run_until_complete(self._client.close())
        self._loop.close()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of client under test."""
    return str(request.param)


@contextlib.contextmanager
def connected(sandbox: Sandbox, kind: str, **settings: Any) -> Iterator[Any]:
    """Connect a client of this kind, without a quota that slows down the test."""
    settings = {"backoff": 0.01, "quota": Quota.unlimited(), **settings}
    if kind == "sync":
        with sandbox.client(**settings) as client:
            yield client
    else:
        blocking = Blocking(sandbox.async_client(**settings))
        yield blocking
        blocking.end()


@pytest.fixture
def client(sandbox: Sandbox, kind: str) -> Iterator[Any]:
    """Return a client of the sandbox."""
    with connected(sandbox, kind) as client:
        yield client


def test_a_list_and_its_filters(client: Any) -> None:
    """The filters are the event in both spellings, the status, the ID and a text."""
    first, second = client.create(LEADS).id, client.create(CALLS).id
    assert client.may_have_changed()
    everything = client.list()
    assert isinstance(everything, tuple)
    assert {one.id for one in everything} == {first, second}
    for event in ("lead_create", "Lead_Post_Create"):
        (lead,) = client.list(event=event)
        assert (lead.id, lead.event, lead.url, lead.status, lead.description) == (
            first,
            "Lead_Post_Create",
            LEADS.url,
            "enabled",
            "leads",
        )
    assert [one.id for one in client.list(id=second)] == [second]
    assert client.list(status="disabled_by_failures") == client.list(status=2) == client.list(event="Lead_Delete") == ()
    assert len(client.list(status="enabled")) == len(client.list(status=0)) == 2
    assert [one.id for one in client.list(text="leads")] == [first]
    (call,) = client.list(event="lead_activity_create")
    for spelling in ("lead-activity-create", "LeadActivity_Post_Create", "2"):
        assert [one.id for one in client.list(event=spelling)] == [call.id]
    assert '"22"' in call.properties
    assert "EventName" in call.other
    with pytest.raises(ConfigError, match="did you mean lead_create"):
        client.list(event="lead_creat")
    for wrong in ({"event": "31"}, {"status": "on"}, {"id": " "}):
        with pytest.raises(ConfigError):
            client.list(**wrong)
    with pytest.raises(TypeError):
        client.list(event=5)


def test_pages_are_fetched_as_needed(sandbox: Sandbox, client: Any) -> None:
    """The list is longer than one page."""
    for number in range(230):
        sandbox.seed_webhook({"WebhookEvent": "3", "URL": f"https://example.com/{number}"})
    listed = client.list()
    assert len({one.id for one in listed}) == len(listed) == 230
    # Three pages, read until two consecutive readings agree.
    assert len(sandbox.requests) == 6


def test_get_update_and_delete(sandbox: Sandbox, client: Any) -> None:
    """A webhook is read, replaced and deleted."""
    id_ = client.create(LEADS).id
    before = client.get(id_)
    assert client.get("b1c420d7-9c3e-11e7-b0ab-02e89b2fb8f4") is None
    sandbox.fault("apply_then_close", on="update")
    changed = client.update(id_, CALLS)
    assert isinstance(changed, Changed)
    assert (changed.id, [attempt.result for attempt in changed.attempts]) == (id_, ["interrupted", "ok"])
    after = client.get(id_)
    assert after.url == CALLS.url
    assert after != before
    sandbox.fault("apply_then_close", on="delete")
    assert client.delete(id_).id == id_
    assert client.get(id_) is None
    assert client.list() == ()
    for name, more in (("get", ()), ("delete", ()), ("update", (LEADS,))):
        with pytest.raises(ConfigError):
            getattr(client, name)(" ", *more)


def test_a_delete_that_cannot_be_confirmed(sandbox: Sandbox, kind: str) -> None:
    """The API accepts the delete, and the list cannot be read."""
    with connected(sandbox, kind, attempts=1) as client:
        id_ = client.create(LEADS).id
        sandbox.fault("close_before_apply", on="retrieve")
        with pytest.raises(UnconfirmedError) as unconfirmed:
            client.delete(id_)
    error = unconfirmed.value
    assert (error.kind, error.outcome, error.ticket) == ("unconfirmed", "unknown", None)
    assert error.source
    assert sandbox.webhooks == ()


def test_a_list_that_does_not_hold_what_it_says(server: ScriptedServer) -> None:
    """It is read again five times, and then reported."""
    for _ in range(5):
        server.reply(Reply(200, b'{"RecordCount":2,"Response":[{"WebhookId":"a"}]}'))
        server.reply(Reply(200, b'{"RecordCount":2,"Response":[]}'))
    with Client(**server.settings()) as client, pytest.raises(InconsistentListError) as incomplete:
        client.list()
    error = incomplete.value
    assert (error.kind, error.operation, error.status) == ("list_incomplete", "retrieve", None)
    assert (error.may_have_been_applied, len(error.attempts)) == (False, 10)


def test_what_was_created_as_something_else(kind: str) -> None:
    """Reading back detects a disputed code, and the create is rolled back on request."""
    with Sandbox(code_table="observed") as sandbox, connected(sandbox, kind) as client:
        verified = client.create_verified(LEADS)
        assert isinstance(verified, Reconciled)
        assert (verified.action, verified.state, verified.why, verified.ok) == ("created", "delivering", None, True)
        assert client.get(verified.id).url == LEADS.url
        for on_mismatch, action in (("keep", "created"), ("roll_back", "rolled_back")):
            result = client.create_verified(DEALS, on_mismatch=on_mismatch)
            assert (result.state, result.action, result.ok) == ("mismatch", action, False)
            (difference,) = result.differences
            assert (difference.field, difference.kind) == ("event", "differs")
            assert difference.desired != difference.found == "Opportunity_Post_Delete"
            (created,) = (result.id, *result.removed) if result.id else result.removed
            assert (client.get(created) is None) == (on_mismatch == "roll_back")
        with pytest.raises(ConfigError, match="on_mismatch"):
            client.create_verified(DEALS, on_mismatch="rollback")
        # Repeated ensures leave nothing behind.
        before = len(sandbox.webhooks)
        for _ in range(3):
            assert client.ensure(DEALS, consistency_window=QUICK).action in {"rolled_back", "created"}
        assert len(sandbox.webhooks) == before


def test_what_nobody_can_verify(kind: str) -> None:
    """A delayed list proves nothing."""
    with Sandbox(visible_after=(60, 60)) as sandbox, connected(sandbox, kind) as client:
        verified = client.create_verified(LEADS)
        assert (verified.state, verified.why, verified.ok) == ("unverified", "not_seen", False)
        assert "not_seen" in repr(verified)


def test_a_create_that_cannot_be_read_back_is_reported_with_its_id(sandbox: Sandbox, kind: str) -> None:
    """The error is that of the whole run, with a ticket."""
    with connected(sandbox, kind, attempts=1) as client:
        sandbox.fault("delay_answer", ms=1, on="retrieve")
        sandbox.fault("close_before_apply", on="retrieve")
        with pytest.raises(UnconfirmedError) as unconfirmed:
            client.ensure(LEADS)
    error = unconfirmed.value
    assert (error.outcome, error.id, len(error.attempts)) == ("unknown", sandbox.webhooks[0].id, 3)
    assert error.ticket is not None
    assert str(error.id) in str(error)


def test_ensures_of_one_webhook_at_once_create_one(sandbox: Sandbox) -> None:
    """Twenty tasks share one client."""

    async def main() -> list[Reconciled]:
        async with sandbox.async_client(quota=Quota.unlimited()) as client:
            return await asyncio.gather(*(client.ensure(LEADS, consistency_window=QUICK) for _ in range(20)))

    results = asyncio.run(main())
    assert sorted(result.action for result in results) == ["created", *["existed"] * 19]
    assert len(sandbox.webhooks) == 1


def test_ensures_of_one_webhook_in_threads_create_one(sandbox: Sandbox) -> None:
    """Twenty threads share one client."""
    with sandbox.client(quota=Quota.unlimited()) as client, concurrent.futures.ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: client.ensure(LEADS, consistency_window=QUICK), range(20)))
    assert sorted(result.action for result in results) == ["created", *["existed"] * 19]
    assert len(sandbox.webhooks) == 1


def test_a_ticket_is_resolved_by_another_client(sandbox: Sandbox, kind: str) -> None:
    """A ticket from JSON is resolved as found, not seen yet, absent, and several."""
    with connected(sandbox, kind) as client:
        sandbox.fault("apply_then_close")
        with pytest.raises(InterruptedCallError) as lost:
            client.create(LEADS)
    ticket = lost.value.ticket
    assert ticket is not None
    assert (ticket.event, ticket.url, ticket.properties) == ("Lead_Post_Create", LEADS.url, None)
    assert abs(ticket.sent_at - datetime.now(timezone.utc)) < timedelta(minutes=1)
    stored = ticket.to_json()
    assert Ticket.from_json(stored) == ticket
    with connected(sandbox, kind) as other:
        found = other.resolve(Ticket.from_json(stored))
        match found:
            case Reconciled(id_, "existed", "delivering"):
                assert id_ == sandbox.webhooks[0].id
            case _:
                pytest.fail(repr(found))
        elsewhere = Ticket.from_json(stored.replace("/leads", "/elsewhere"))
        not_seen = other.resolve(elsewhere, max_wait=0)
        assert (not_seen.id, not_seen.state, not_seen.why) == (None, "unverified", "not_seen")
        assert other.resolve(elsewhere, consistency_window=timedelta(seconds=QUICK)).state == "absent"
        sandbox.seed_webhook({"WebhookEvent": "3", "URL": LEADS.url})
        assert len(other.resolve(ticket).duplicates) == 1
        with pytest.raises(ConfigError):
            other.resolve(ticket, consistency_window=-1)
    with pytest.raises(ValueError, match="not a ticket"):
        Ticket.from_json("[]")


def test_only_an_unknown_create_leaves_a_ticket(sandbox: Sandbox, client: Any, kind: str) -> None:
    """No other call leaves one."""
    sandbox.fault("close_before_apply", on="update")
    sandbox.fault("status", status=401)
    with pytest.raises(CallError) as refused:
        client.create(LEADS)
    assert refused.value.ticket is None
    with (
        connected(sandbox, kind, host="http://127.0.0.1:1", attempts=1) as nowhere,
        pytest.raises(ConnectError) as unsent,
    ):
        nowhere.ensure(LEADS)
    assert unsent.value.ticket is None


FAULTS: list[tuple[str, dict[str, object]]] = [
    ("delay", {"ms": 30}),
    ("close_before_apply", {}),
    ("apply_then_close", {}),
    ("apply_then_500", {}),
    ("truncated", {}),
    ("html", {"status": 502}),
    ("rate_limited", {"limit": 25, "window_s": 1}),
    ("apply_then_close", {"visible_after_ms": 150}),
    ("late_visibility", {"ms": 150}),
]


@pytest.mark.parametrize(("fault", "parameters"), FAULTS)
def test_ensure_leaves_one_webhook_under_each_fault(
    sandbox: Sandbox,
    client: Any,
    fault: str,
    parameters: dict[str, object],
) -> None:
    """The result reports what happened."""
    sandbox.fault(fault, on="create", **parameters)
    ensured = client.ensure(LEADS, consistency_window=QUICK)
    (hook,) = sandbox.webhooks
    assert isinstance(ensured, Reconciled)
    assert (ensured.id, ensured.action, ensured.duplicates, ensured.removed) == (hook.id, "created", (), ())
    assert client.ensure(LEADS, consistency_window=QUICK).action == "existed"
    assert len(sandbox.webhooks) == 1
    assert client.pending() == ()
    assert sandbox.client_report.is_clean


def test_ensure_reports_what_it_did(sandbox: Sandbox, client: Any) -> None:
    """It covers created, existed, adopted, overwritten, disabled, and a duplicate."""
    created = client.ensure(LEADS, consistency_window=QUICK)
    assert (created.action, created.state, created.ok) == ("created", "delivering", True)
    renamed = NewWebhook(url=LEADS.url, trigger=LEADS.trigger, description="all leads")
    adopted = client.ensure(renamed, consistency_window=QUICK)
    assert (adopted.id, adopted.action, adopted.ok) == (created.id, "existed", True)
    assert adopted.differences == (Difference("description", "differs", "all leads", "leads"),)
    assert sandbox.webhooks[0].description == "leads"
    updated = client.ensure(renamed, overwrite=True, consistency_window=QUICK)
    assert (updated.id, updated.action) == (created.id, "updated")
    assert {"differs", "replaced_unseen"} == {difference.kind for difference in updated.differences}
    assert (updated.changes, updated.has_unobservable, adopted.changes) == (True, False, False)
    secret = NewWebhook(url=LEADS.url, trigger=LEADS.trigger, custom_headers={"x-key": "v"})
    assert client.ensure(secret, consistency_window=QUICK).has_unobservable
    assert sandbox.webhooks[0].description == "all leads"
    sandbox.seed_webhook({"WebhookEvent": "3", "URL": LEADS.url, "Description": "all leads"})
    duplicated = client.ensure(renamed, consistency_window=QUICK)
    assert (duplicated.action, duplicated.changes) == ("existed", False)
    assert {duplicated.id, *duplicated.duplicates} == {hook.id for hook in sandbox.webhooks}
    for hook in sandbox.webhooks:
        assert sandbox.set_status(hook.id, 2)
    disabled = client.ensure(renamed, consistency_window=QUICK)
    assert (disabled.state, disabled.why, disabled.ok) == ("disabled", "disabled_by_failures", False)


def test_ensure_waits_for_a_ticket(sandbox: Sandbox, client: Any) -> None:
    """An interrupted create shows up late, and no second one is sent."""
    sandbox.fault("apply_then_close", visible_after_ms=400)
    with pytest.raises(InterruptedCallError) as lost:
        client.create(LEADS)
    with connected(sandbox, "sync") as other:
        ensured = other.ensure(LEADS, consistency_window=5, tickets=[lost.value.ticket])
    assert ensured.id == sandbox.webhooks[0].id
    assert len(sandbox.webhooks) == 1
    with pytest.raises((TypeError, AttributeError)):
        client.ensure(LEADS, tickets=["x"])


def test_an_asynchronous_ensure_that_is_interrupted(server: ScriptedServer) -> None:
    """The run ends; its create continues with a ticket, and the next ensure respects it."""
    answer = threading.Event()

    async def main() -> None:
        async with AsyncClient(**server.settings()) as client:
            server.reply(Reply(200, EMPTY))
            server.reply(Reply(after=answer))
            task = asyncio.create_task(client.ensure(LEADS, consistency_window=QUICK))
            for _ in range(2):
                await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            (call,) = client.pending()
            assert (call.state, call.webhook) == ("in_flight", LEADS)
            assert call.ticket is not None
            assert call.ticket.url == LEADS.url
            answer.set()
            await client.drain()
            (call,) = client.pending()
            assert (call.state, call.ticket) == ("created", None)
            # The ensure finds it, although no other client has listed it.
            item = b'{"RecordCount":1,"Response":[{"WebhookId":"%s","EventCode":"Lead_Post_Create","URL":"%s"}]}'
            server.reply(Reply(200, item % (str(call.webhook_id).encode(), LEADS.url.encode())))
            assert (await client.ensure(LEADS, consistency_window=QUICK)).id == call.webhook_id

    asyncio.run(main())
    assert [one.path.rsplit("/", 1)[1] for one in server.received] == ["Retrieve", "Create", "Retrieve"]


def test_a_wait_that_is_interrupted_sends_nothing_more(server: ScriptedServer) -> None:
    """A read is aborted with its task; a coroutine that is never awaited sends nothing."""

    async def main() -> None:
        async with AsyncClient(**server.settings()) as client:
            server.reply(Reply(after=threading.Event()))
            task = asyncio.create_task(client.list())
            await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            client.list().close()
            server.reply(Reply(200, EMPTY))
            assert await client.list() == ()

    asyncio.run(main())
    assert len(server.received) == 2


def press_ctrl_c_when_arrived(server: ScriptedServer, requests: int) -> None:
    """Press Ctrl-C from another thread after this many requests."""

    def wait() -> None:
        for _ in range(requests):
            server.arrived.get()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait).start()


def test_ctrl_c_ends_an_ensure_and_not_its_create(server: ScriptedServer) -> None:
    """The create continues without a waiter."""
    answer = threading.Event()
    server.reply(Reply(200, EMPTY))
    server.reply(Reply(after=answer))
    press_ctrl_c_when_arrived(server, 2)
    with Client(**server.settings()) as client:
        with pytest.raises(KeyboardInterrupt):
            client.ensure(LEADS)
        (call,) = client.pending()
        assert (call.state, call.ticket is not None) == ("in_flight", True)
        answer.set()
        while client.pending()[0].state == "in_flight":
            os.sched_yield()
        assert client.take_outcome(call.id) is not None


def test_ctrl_c_ends_the_wait_for_an_update_and_not_the_update(server: ScriptedServer) -> None:
    """The update is retried after a lost response, even without a waiter."""
    first = threading.Event()
    server.reply(Reply(after=first, close=True))
    press_ctrl_c_when_arrived(server, 1)
    with Client(**server.settings(), backoff=0) as client:
        with pytest.raises(KeyboardInterrupt):
            client.update("x", LEADS)
        first.set()
        # The second attempt.
        assert server.arrived.get(timeout=30).path.endswith("/Update")
        client.drain()


def test_ctrl_c_ends_the_long_wait_of_a_resolve(server: ScriptedServer) -> None:
    """The wait is between two lists, with nothing in flight."""
    server.reply(Reply(200, EMPTY))
    press_ctrl_c_when_arrived(server, 1)
    ticket = Ticket.from_json(
        '{"desired":{"event":"Lead_Post_Create","url":"https://example.com","properties":null},"sent_at_ms":4000000000000}'
    )
    with Client(**server.settings()) as client, pytest.raises(KeyboardInterrupt):
        client.resolve(ticket)


def test_a_closed_client_refuses_every_call(sandbox: Sandbox, kind: str) -> None:
    """Every call is refused as a create is."""
    with connected(sandbox, kind) as client:
        pass
    if kind == "async":
        client = Blocking(sandbox.async_client())
        client.close()
    ticket = Ticket.from_json('{"desired":{"code":"28","url":"https://a","properties":null},"sent_at_ms":0}')
    for call in (
        client.list,
        lambda: client.get("x"),
        lambda: client.update("x", LEADS),
        lambda: client.delete("x"),
        lambda: client.create_verified(LEADS),
        lambda: client.resolve(ticket),
        lambda: client.ensure(LEADS),
    ):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    assert not client.may_have_changed()
    if kind == "async":
        client.end()


ACCOUNT = """
[[accounts]]
name = "{name}"
host = "{host}"
access_key_env = "ACCESS_{name}"
secret_key_env = "SECRET_{name}"
quota = ["1000/1"]
managed_prefix = "https://hooks.example.com/"
webhooks = [
  {{ url = "https://hooks.example.com/leads", trigger = {{ event = "lead_create" }} }},
  {{ url = "https://hooks.example.com/calls", trigger = {{ event = "lead_activity_create", activity = "22" }} }},
]
"""
SECOND = ("u$rsecond", "s$csecond")


@pytest.fixture
def accounts() -> Iterator[Sandbox]:
    """Return a sandbox of two accounts."""
    with Sandbox(accounts=[SECOND]) as sandbox:
        yield sandbox


def manifest(host: str, keys: dict[str, tuple[str, str]]) -> Manifest:
    """Return a manifest of accounts on one host, from their names and keys."""
    variables: dict[str, str] = {}
    for name, (access, secret) in keys.items():
        variables |= {f"ACCESS_{name}": access, f"SECRET_{name}": secret}
    return Manifest.from_toml("".join(ACCOUNT.format(name=name, host=host) for name in keys), variables=variables)


def two(sandbox: Sandbox) -> Manifest:
    """Return a manifest of both accounts."""
    return manifest(sandbox.host, {"a": (sandbox.access_key, sandbox.secret_key), "b": SECOND})


def applied(kind: str, *args: Any, **options: Any) -> Applied:
    """Apply with the client of this kind."""
    if kind == "sync":
        return apply(*args, **options)
    return asyncio.run(apply_async(*args, **options))


def test_a_manifest_is_planned_and_applied(accounts: Sandbox, kind: str, tmp_path: Path) -> None:
    """Undesired webhooks under the prefix are pruned on request."""
    desired = two(accounts)
    assert [account.name for account in desired.accounts] == ["a", "b"]
    assert [hook.url for hook in desired.accounts[0].webhooks] == [
        "https://hooks.example.com/leads",
        "https://hooks.example.com/calls",
    ]
    plans = plan(desired) if kind == "sync" else asyncio.run(plan_async(desired))
    planned = [[row.result.action for row in account.webhooks if row.result] for account in plans]
    assert planned == [["created", "created"]] * 2
    assert all(account.changes for account in plans)
    old = accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://hooks.example.com/old"})
    accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://elsewhere.example.com/"})
    reported: list[Progress] = []
    state = tmp_path / "state"
    options: dict[str, Any] = {"consistency_window": QUICK, "state": state}
    done = applied(kind, desired, prune=True, on_progress=reported.append, **options)
    assert done.ok
    assert [(account.name, account.ok) for account in done.accounts] == [("a", True), ("b", True)]
    rows = [row for account in done.accounts for row in account.webhooks]
    assert [row.result.action for row in rows if row.result] == ["created"] * 4
    assert [[row.result.id for row in account.pruned if row.result] for account in done.accounts] == [[old.id], []]
    assert len(accounts.webhooks) == 5
    assert sorted(one.account for one in reported if one.kind == "account") == ["a", "b"]
    assert {one.account for one in reported if one.kind == "webhooks" and one.count == 2} == {"a", "b"}
    assert not any(account.changes or account.prune for account in plan(desired, prune=True, state=state))
    again = applied(kind, desired, **options)
    assert [row.result.action for account in again.accounts for row in account.webhooks if row.result] == [
        "existed"
    ] * 4
    assert accounts.client_report.is_clean
    for result in (done, *done.accounts, *rows, *plans):
        assert repr(pickle.loads(pickle.dumps(result))) == repr(result)


def test_what_fails_on_one_account_stops_no_other(accounts: Sandbox, kind: str) -> None:
    """The account reports its error."""
    desired = manifest(accounts.host, {"a": ("wrong", "wrong"), "b": SECOND})
    unreadable, readable = plan(desired)
    assert isinstance(unreadable.error, CallError)
    assert (unreadable.error.kind, unreadable.changes) == ("unauthorized", False)
    assert [attempt.result for attempt in unreadable.attempts] == ["unauthorized"]
    assert [attempt.operation for attempt in readable.attempts] == ["retrieve"]
    assert readable.error is None
    for prune in (False, True):
        result = applied(kind, desired, consistency_window=QUICK, prune=prune)
        failed, done = result.accounts
        assert (result.ok, failed.ok, done.ok) == (False, False, True)
        assert isinstance(failed.list_error, CallError)
        assert [attempt.result for attempt in failed.attempts] == ["unauthorized"]
        for row in failed.webhooks:
            assert isinstance(row.error, CallError)
            assert (row.error.outcome, row.error.may_have_been_applied) == ("refused", False)
    again = pickle.loads(pickle.dumps(failed))
    assert [str(row.error) for row in again.webhooks] == [str(row.error) for row in failed.webhooks]


def test_an_apply_that_is_interrupted_leaves_its_creates_in_the_state(server: ScriptedServer, tmp_path: Path) -> None:
    """After Ctrl-C, the next run lists before it creates."""
    state, answer = tmp_path / "state", threading.Event()
    keys = ("access", "secret")
    server.reply(Reply(200, EMPTY))
    server.reply(Reply(after=answer))
    press_ctrl_c_when_arrived(server, 2)
    with pytest.raises(KeyboardInterrupt):
        apply(manifest(server.host, {"a": keys}), state=state)
    answer.set()
    begun = state.read_text("utf-8")
    assert '"open"' in begun
    assert not [key for key in keys if f'"{key}"' in begun]


def test_a_cancelled_apply_leaves_its_state(server: ScriptedServer, tmp_path: Path) -> None:
    """The task ends immediately."""
    state = tmp_path / "state"

    async def main() -> None:
        server.reply(Reply(200, EMPTY))
        server.reply(Reply(after=threading.Event()))
        task = asyncio.create_task(apply_async(manifest(server.host, {"a": ("access", "secret")}), state=state))
        for _ in range(2):
            await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert '"open"' in state.read_text("utf-8")


def enough(progress: Progress) -> None:
    """Receive one progress report, and end the call."""
    raise LookupError(progress.kind)


def test_what_a_call_waits_for_is_reported(sandbox: Sandbox, client: Any) -> None:
    """Waits report the webhook, the reason and the maximum; the callback may end the call."""
    reported: list[Progress] = []
    sandbox.fault("apply_then_close", on="create", visible_after_ms=200)
    assert client.ensure(LEADS, consistency_window=5, on_progress=reported.append).action == "created"
    waits = [progress for progress in reported if progress.kind == "waiting"]
    assert waits
    for wait in waits:
        assert (wait.account, wait.why) == ("", "lost_create")
        assert (wait.event, wait.url) == ("Lead_Post_Create", LEADS.url)
        assert wait.time is not None
        assert wait.at_most is not None
        assert wait.time <= wait.at_most <= 5
        shown = f'why="lost_create", event="Lead_Post_Create", url="{LEADS.url}", at_most={wait.at_most}'
        assert repr(wait) == f'Progress(kind="waiting", account="", count=0, {shown})'
        assert pickle.loads(pickle.dumps(wait)) == wait
    assert reported[-1] == Progress("webhooks", "", 1)
    ticket = Ticket.from_json(
        '{"desired":{"event":"Lead_Post_Create","url":"https://example.com","properties":null},"sent_at_ms":4000000000000}'
    )
    with pytest.raises(LookupError, match="waiting"):
        client.resolve(ticket, on_progress=enough)
    sandbox.fault("late_visibility", on="create", ms=60_000)
    with pytest.raises(LookupError, match="waiting"):
        client.ensure(CALLS, on_progress=enough)


def test_what_progress_raises_ends_the_run(accounts: Sandbox, kind: str) -> None:
    """The run raises the exception of the callback."""
    with pytest.raises(LookupError, match="webhooks"):
        applied(kind, two(accounts), consistency_window=QUICK, on_progress=enough)


def test_two_runs_of_one_state_file_are_kept_apart(server: ScriptedServer, tmp_path: Path, kind: str) -> None:
    """The error of the second run names the first; on request the second waits for it."""
    answer, state = threading.Event(), tmp_path / "state"
    desired = manifest(server.host, {"a": ("access", "secret")})
    server.reply(Reply(401, after=answer))
    first = threading.Thread(target=apply, args=(desired,), kwargs={"state": state})
    first.start()
    server.arrived.get()
    with pytest.raises(StateError, match=f"in use by pid {os.getpid()} on host"):
        applied(kind, desired, state=state)
    locked: list[Progress] = []

    def hear(progress: Progress) -> None:
        locked.append(progress)
        enough(progress)

    with pytest.raises(LookupError, match="locked"):
        applied(kind, desired, state=state, lock_timeout=60, on_progress=hear)
    (wait,) = locked
    assert (wait.path, wait.at_most) == (str(state), 60)
    assert f"pid {os.getpid()} " in str(wait.holder)
    # A plan is read-only, and needs no lock.
    server.reply(Reply(200, EMPTY))
    assert plan(desired, state=state)[0].changes
    answer.set()
    first.join()


def test_only_what_plans_showed_is_pruned(accounts: Sandbox, kind: str) -> None:
    """Later webhooks under the prefix are kept, and the plans' calls count in the quota."""
    desired = two(accounts)
    shown = accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://hooks.example.com/shown"})
    plans = plan(desired, prune=True)
    assert [[one.id for one in account.prune] for account in plans] == [[shown.id], []]
    since = accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://hooks.example.com/since"})
    done = applied(kind, desired, prune=pickle.loads(pickle.dumps(plans)), consistency_window=QUICK)
    assert [[row.url for row in account.pruned] for account in done.accounts] == [[shown.url], []]
    assert since.id in {hook.id for hook in accounts.webhooks}
    assert shown.id not in {hook.id for hook in accounts.webhooks}
    slow = ACCOUNT.format(name="a", host=accounts.host).replace("1000/1", "1/60")
    slowed = Manifest.from_toml(slow, variables={"ACCESS_a": accounts.access_key, "SECRET_a": accounts.secret_key})
    before = len(accounts.requests)
    (account,) = applied(kind, slowed, prune=plan(slowed), quota_wait=0.01).accounts
    assert isinstance(account.list_error, QuotaWaitError)
    assert len(accounts.requests) == before + 1
    mistaken: Any = [5]
    with pytest.raises(TypeError):
        applied(kind, desired, prune=mistaken)


def test_an_apply_that_cannot_read_back_names_what_it_created(accounts: Sandbox, kind: str) -> None:
    """The row holds the outcome of the run: unknown, with the ID and a ticket."""
    desired = manifest(accounts.host, {"a": (accounts.access_key, accounts.secret_key)})
    accounts.fault("close_before_apply", on="retrieve", skip=1)
    result = applied(kind, desired, attempts=1)
    assert not result.ok
    errors = [row.error for row in result.accounts[0].webhooks]
    assert {error.id for error in errors if error} == {hook.id for hook in accounts.webhooks}
    for error in errors:
        assert isinstance(error, UnconfirmedError)
        assert (error.outcome, error.ticket is not None, error.attempts[0].operation) == ("unknown", True, "create")
        assert str(error.id) in str(error)


def test_the_clients_of_a_manifest_take_settings(server: ScriptedServer, kind: str) -> None:
    """The clients of a manifest take the same settings as any client."""
    desired = manifest(server.host, {"a": ("access", "secret")})
    settings: dict[str, Any] = {"timeout": 0.1, "attempts": 1, "connect_timeout": 5, "quota_wait": 5}
    settings |= {"roots": "bundled", "root_certificates": [], "proxies_from_env": False}
    for run in (lambda: plan(desired, **settings), lambda: applied(kind, desired, **settings)):
        server.reply(Reply(after=threading.Event()))
        result = run()
        error = result.accounts[0].list_error if isinstance(result, Applied) else result[0].error
        assert isinstance(error, RequestTimeoutError)
        assert (error.after, error.sent, error.may_have_been_applied) == (0.1, True, False)
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"roots": "somewhere"}, ConfigError),
        ({"timeout": -1}, ConfigError),
        ({"overwrite": "yes"}, TypeError),
        ({"colour": "red"}, TypeError),
    ]
    for setting, problem in wrong:
        with pytest.raises(problem):
            applied(kind, desired, **setting)
    assert len(server.received) == 2


def test_what_is_wrong_with_a_manifest_is_reported_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    accounts: Sandbox,
    kind: str,
) -> None:
    """Every violation has its path, and the environment is read at the time of the call."""
    text = ACCOUNT.format(name="a", host="http://api.example") + "colour = 1\n"
    with pytest.raises(ManifestError) as refused:
        Manifest.from_toml(text)
    assert isinstance(refused.value, ValueError)
    assert [violation.field for violation in refused.value.violations] == [
        "accounts[0].host",
        "accounts[0].access_key_env",
        "accounts[0].secret_key_env",
        "accounts[0].colour",
    ]
    assert '5:1: account "a", access_key_env: ' in str(refused.value)
    again = pickle.loads(pickle.dumps(refused.value))
    assert again.violations == refused.value.violations
    monkeypatch.setenv("ACCESS_a", "canary")
    monkeypatch.setenv("SECRET_a", "canary")
    path = tmp_path / "webhooks.toml"
    path.write_text(ACCOUNT.format(name="a", host="api.example"), "utf-8")
    with pytest.warns(LeadSquaredWarning, match="not below leadsquared.com") as warned:
        read = Manifest.from_file(path)
    assert [warning.filename for warning in warned] == [__file__]
    assert [(warning.code, warning.field) for warning in read.warnings] == [("foreign_host", "accounts[0].host")]
    with pytest.raises(StateError, match="this is the manifest"):
        applied(kind, read, state=path)
    assert repr(read) == 'Manifest(accounts=["a"])'
    assert "canary" not in repr((read, read.accounts))
    with pytest.raises(FileNotFoundError):
        Manifest.from_file(tmp_path / "none.toml")
    mistaken: Any = {"ACCESS_a": 5}
    with pytest.raises(TypeError):
        Manifest.from_file(path, variables=mistaken)
    with pytest.raises(StateError) as unwritable:
        applied(kind, two(accounts), state=tmp_path / "none" / "state")
    assert isinstance(unwritable.value, OSError)
    assert unwritable.value.path == tmp_path / "none" / "state"
    assert pickle.loads(pickle.dumps(unwritable.value)).path == unwritable.value.path
    with pytest.raises(ConfigError):
        applied(kind, two(accounts), consistency_window=-1)
    assert accounts.requests == ()


UNWRITABLE = """
    import resource, sys
    from leadsquared_webhooks import Manifest, apply

    manifest = Manifest.from_file(sys.argv[1])
    # From here on, no file can grow.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        for account in apply(manifest, state=sys.argv[2]).accounts:
            for row in account.webhooks:
                print(type(row.error).__name__, row.error.kind, row.error.outcome, row.error.source is not None)
    except Exception as error:
        print(type(error).__name__)
"""


def test_a_state_file_that_cannot_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is sent that cannot be recorded."""
    path = tmp_path / "webhooks.toml"
    path.write_text(ACCOUNT.format(name="a", host=sandbox.host), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", dedent(UNWRITABLE), path, tmp_path / "state"],
        env={**os.environ, "ACCESS_a": sandbox.access_key, "SECRET_a": sandbox.secret_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.splitlines() == ["StateError"], ended.stderr
    assert sandbox.webhooks == ()


def test_a_state_file_that_vanishes_loses_no_result(server: ScriptedServer, tmp_path: Path, kind: str) -> None:
    """The created webhook is reported, and that it is not in the state file."""
    answer, state = threading.Event(), tmp_path / "state"
    keys = {"ACCESS_a": "access", "SECRET_a": "secret"}
    one = ACCOUNT.format(name="a", host=server.host).replace('"lead_activity_create", activity = "22"', '"lead_create"')
    desired = Manifest.from_toml(one.replace("hooks.example.com/calls", "hooks.example.com/other"), variables=keys)
    server.reply(Reply(200, EMPTY))
    server.reply(Reply(after=answer))

    def vanish() -> None:
        for _ in range(2):
            server.arrived.get()
        state.unlink()
        answer.set()

    thread = threading.Thread(target=vanish)
    thread.start()
    done = applied(kind, desired, state=state, attempts=1, timeout=5, consistency_window=0)
    thread.join()
    (account,) = done.accounts
    assert "removed or moved" in str(done.state_error or account.state_error)
    assert not done.ok
    made = [row.error.id for row in account.webhooks if row.error and row.error.id]
    made += [row.result.id for row in account.webhooks if row.result and row.result.id]
    assert made
    assert pickle.loads(pickle.dumps(done)).state_error == done.state_error


def test_the_new_types_are_values(sandbox: Sandbox, client: Any) -> None:
    """They have equality, pickling and a short ``repr``, and are immutable."""
    sandbox.fault("apply_then_close")
    with pytest.raises(CallError) as lost:
        client.create(CALLS)
    ticket = lost.value.ticket
    ensured = client.ensure(LEADS, consistency_window=QUICK)
    webhook = client.get(ensured.id)
    things = [
        ticket,
        ensured,
        webhook,
        client.update(webhook.id, LEADS),
        Difference("url", "differs", "a", "b"),
        Progress("account", "a", 0),
    ]
    for thing in things:
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing
        assert copy.deepcopy(thing) == thing
        assert thing != 5
        assert repr(again) == repr(thing)
        assert len(repr(thing)) < 160
        if type(thing) in {Reconciled, Difference, Progress}:
            assert hash(again) == hash(thing)
        with pytest.raises(AttributeError):
            thing.id = "other"
    assert len({type(thing) for thing in things}) == len(things)
