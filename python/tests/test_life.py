"""The whole life of a webhook: list, get, update, delete, verified create, resolve, ensure, and manifests."""

from __future__ import annotations

import asyncio
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
    AccountApplied,
    AsyncClient,
    CallError,
    Changed,
    Client,
    ConfigError,
    ConnectError,
    Difference,
    Ensured,
    InterruptedCallError,
    JournalError,
    LeadSquaredError,
    Manifest,
    ManifestError,
    MismatchError,
    NewWebhook,
    Progress,
    Quota,
    Resolution,
    Ticket,
    Trigger,
    UnconfirmedError,
    UnexpectedResponseError,
    Verified,
    Webhook,
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
    # The codes of the opportunity events are disputed: here that is the matter.
    warnings.simplefilter("ignore")
    DEALS = NewWebhook(url="https://example.com/deals", trigger=Trigger.opportunity_create(["12000"]))
QUICK = 0.3
EMPTY = b'{"RecordCount":0,"Response":[]}'


class Blocking:
    """An asynchronous client whose calls are awaited at once: every test is one of both clients."""

    def __init__(self, client: AsyncClient) -> None:
        """Take a client, and a loop of its own."""
        self._client = client
        self._loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        """Await what is to be awaited."""
        found = getattr(self._client, name)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *args, **options: self._loop.run_until_complete(found(*args, **options))

    def end(self) -> None:
        """Close both."""
        self._loop.run_until_complete(self._client.close())
        self._loop.close()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which client the test is of."""
    return str(request.param)


@contextlib.contextmanager
def connected(sandbox: Sandbox, kind: str, **settings: Any) -> Iterator[Any]:
    """Connect a client of this kind, without a quota that slows the test down."""
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
    """By event in both spellings, status, id and text."""
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
    assert '"22"' in call.properties
    assert "EventName" in call.other
    for wrong in ({"event": "lead_creat"}, {"status": "on"}, {"id": " "}):
        with pytest.raises(ConfigError):
            client.list(**wrong)
    with pytest.raises(TypeError):
        client.list(event=5)


def test_pages_are_fetched_as_needed(sandbox: Sandbox, client: Any) -> None:
    """More than one page holds."""
    for number in range(230):
        sandbox.seed_webhook({"WebhookEvent": "3", "URL": f"https://example.com/{number}"})
    listed = client.list()
    assert len({one.id for one in listed}) == len(listed) == 230
    assert len(sandbox.requests) == 3


def test_get_update_and_delete(sandbox: Sandbox, client: Any) -> None:
    """One of the account, replaced, and gone."""
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
    """Answered well, and the list cannot be read."""
    with connected(sandbox, kind, attempts=1) as client:
        id_ = client.create(LEADS).id
        sandbox.fault("close_before_apply", on="retrieve")
        with pytest.raises(UnconfirmedError) as unconfirmed:
            client.delete(id_)
    error = unconfirmed.value
    assert (error.kind, error.outcome, error.ticket) == ("unconfirmed", "unknown", None)
    assert error.cause
    assert sandbox.webhooks == ()


def test_a_list_that_does_not_hold_what_it_says(server: ScriptedServer) -> None:
    """Read anew three times, and then told."""
    for _ in range(3):
        server.reply(Reply(200, b'{"RecordCount":2,"Response":[{"WebhookId":"a"}]}'))
        server.reply(Reply(200, b'{"RecordCount":2,"Response":[]}'))
    with Client(**server.settings()) as client, pytest.raises(UnexpectedResponseError) as incomplete:
        client.list()
    assert incomplete.value.reason == "incomplete"


def test_what_was_created_as_something_else(kind: str) -> None:
    """The disputed codes: caught by reading back, and undone when asked."""
    with Sandbox(code_table="observed") as sandbox, connected(sandbox, kind) as client:
        verified = client.create_verified(LEADS)
        assert isinstance(verified, Verified)
        assert (verified.verification, verified.why, client.get(verified.id).url) == ("same", None, LEADS.url)
        for undo in (False, True):
            with pytest.raises(MismatchError) as mismatched:
                client.create_verified(DEALS, undo=undo)
            error = mismatched.value
            assert isinstance(error, LeadSquaredError)
            assert not isinstance(error, CallError)
            assert error.undone == undo
            (difference,) = error.differences
            assert difference.field == "event"
            assert difference.asked != difference.got == error.got.event
            assert error.got.id == error.id
            assert [attempt.result for attempt in error.attempts] == ["ok"]
            assert (client.get(error.id) is None) == undo
            assert len(repr(error)) < 120
            again = pickle.loads(pickle.dumps(error))
            assert (again.__dict__, str(again)) == (error.__dict__, str(error))


def test_what_nobody_can_verify(kind: str) -> None:
    """A list that is late proves nothing."""
    with Sandbox(visible_after=(60, 60)) as sandbox, connected(sandbox, kind) as client:
        verified = client.create_verified(LEADS)
        assert (verified.verification, verified.why) == ("unverified", "not_seen")
        assert "not_seen" in repr(verified)


def test_a_ticket_is_resolved_by_another_client(sandbox: Sandbox, kind: str) -> None:
    """From its JSON: found, not seen yet, absent, several."""
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
            case Resolution("found", (Webhook(id=id_),), None):
                assert id_ == sandbox.webhooks[0].id
            case _:
                pytest.fail(repr(found))
        elsewhere = Ticket.from_json(stored.replace("/leads", "/elsewhere"))
        not_seen = other.resolve(elsewhere, patience=0)
        assert (not_seen.kind, not_seen.webhooks) == ("not_seen", ())
        assert not_seen.settled_at == ticket.sent_at + timedelta(seconds=60)
        assert other.resolve(elsewhere, settling=timedelta(seconds=QUICK)).kind == "absent"
        sandbox.seed_webhook({"WebhookEvent": "3", "URL": LEADS.url})
        assert (other.resolve(ticket).kind, len(other.resolve(ticket).webhooks)) == ("several", 2)
        with pytest.raises(ConfigError):
            other.resolve(ticket, settling=-1)
    with pytest.raises(ValueError, match="not a ticket"):
        Ticket.from_json("[]")


def test_only_an_unknown_create_leaves_a_ticket(sandbox: Sandbox, client: Any, kind: str) -> None:
    """Nothing else may be resolved."""
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
    """And says what is so."""
    sandbox.fault(fault, on="create", **parameters)
    ensured = client.ensure(LEADS, settling=QUICK)
    (hook,) = sandbox.webhooks
    assert isinstance(ensured, Ensured)
    assert (ensured.id, ensured.change, ensured.surplus, ensured.removed) == (hook.id, "created", (), ())
    assert client.ensure(LEADS, settling=QUICK).change == "existed"
    assert len(sandbox.webhooks) == 1
    assert client.pending() == ()
    assert sandbox.manners.is_clean


def test_ensure_tells_what_it_did(sandbox: Sandbox, client: Any) -> None:
    """Created, existed, updated with what differed, found disabled, beside a twin."""
    created = client.ensure(LEADS, settling=QUICK)
    assert (created.change, created.verification, created.why) == ("created", "same", None)
    renamed = NewWebhook(url=LEADS.url, trigger=LEADS.trigger, description="all leads")
    updated = client.ensure(renamed, settling=QUICK)
    assert (updated.id, updated.change) == (created.id, "updated")
    assert updated.differences == (Difference("description", "all leads", "leads"),)
    sandbox.seed_webhook({"WebhookEvent": "3", "URL": LEADS.url, "Description": "all leads"})
    beside = client.ensure(renamed, settling=QUICK)
    assert beside.change == "existed"
    assert {beside.id, *beside.surplus} == {hook.id for hook in sandbox.webhooks}
    for hook in sandbox.webhooks:
        assert sandbox.set_status(hook.id, 2)
    disabled = client.ensure(renamed, settling=QUICK)
    assert (disabled.change, disabled.status) == ("disabled", "disabled_by_failures")


def test_ensure_waits_for_a_ticket(sandbox: Sandbox, client: Any) -> None:
    """A create that was cut off earlier shows up late, and no second is sent."""
    sandbox.fault("apply_then_close", visible_after_ms=400)
    with pytest.raises(InterruptedCallError) as lost:
        client.create(LEADS)
    with connected(sandbox, "sync") as other:
        ensured = other.ensure(LEADS, settling=5, tickets=[lost.value.ticket])
    assert ensured.id == sandbox.webhooks[0].id
    assert len(sandbox.webhooks) == 1
    with pytest.raises((TypeError, AttributeError)):
        client.ensure(LEADS, tickets=["x"])


def test_an_asynchronous_ensure_that_is_cut_off(server: ScriptedServer) -> None:
    """The run ends; its create goes on, shows with its ticket, and the next ensure takes it into account."""
    answer = threading.Event()

    async def main() -> None:
        async with AsyncClient(**server.settings()) as client:
            server.reply(Reply(200, EMPTY))
            server.reply(Reply(after=answer))
            task = asyncio.create_task(client.ensure(LEADS, settling=QUICK))
            for _ in range(2):
                await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            (call,) = client.pending()
            assert (call.state, call.webhook) == ("under_way", LEADS)
            assert call.ticket is not None
            assert call.ticket.url == LEADS.url
            answer.set()
            await client.settle()
            (call,) = client.pending()
            assert (call.state, call.ticket) == ("created", None)
            # It is found although the list shows it to nobody else.
            item = b'{"RecordCount":1,"Response":[{"WebhookId":"%s","EventCode":"Lead_Post_Create","URL":"%s"}]}'
            server.reply(Reply(200, item % (str(call.webhook_id).encode(), LEADS.url.encode())))
            assert (await client.ensure(LEADS, settling=QUICK)).id == call.webhook_id

    asyncio.run(main())
    assert [one.path.rsplit("/", 1)[1] for one in server.received] == ["Retrieve", "Create", "Retrieve"]


def test_a_wait_that_is_cut_off_sends_nothing_more(server: ScriptedServer) -> None:
    """A read is aborted with its task; a coroutine that is never awaited asks nothing."""

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
    """Do so in another thread."""

    def wait() -> None:
        for _ in range(requests):
            server.arrived.get()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait).start()


def test_ctrl_c_ends_an_ensure_and_not_its_create(server: ScriptedServer) -> None:
    """The create goes on without anybody who waits."""
    answer = threading.Event()
    server.reply(Reply(200, EMPTY))
    server.reply(Reply(after=answer))
    press_ctrl_c_when_arrived(server, 2)
    with Client(**server.settings()) as client:
        with pytest.raises(KeyboardInterrupt):
            client.ensure(LEADS)
        (call,) = client.pending()
        assert (call.state, call.ticket is not None) == ("under_way", True)
        answer.set()
        while client.pending()[0].state == "under_way":
            os.sched_yield()
        assert client.claim(call.id) is not None


def test_ctrl_c_ends_the_wait_for_an_update_and_not_the_update(server: ScriptedServer) -> None:
    """Its lost answer is asked for again, though nobody waits."""
    first = threading.Event()
    server.reply(Reply(after=first, close=True))
    press_ctrl_c_when_arrived(server, 1)
    with Client(**server.settings(), backoff=0) as client:
        with pytest.raises(KeyboardInterrupt):
            client.update("x", LEADS)
        first.set()
        # The second attempt.
        assert server.arrived.get(timeout=30).path.endswith("/Update")
        client.settle()


def test_ctrl_c_ends_the_long_wait_of_a_resolve(server: ScriptedServer) -> None:
    """Between two looks, when nothing is under way."""
    server.reply(Reply(200, EMPTY))
    press_ctrl_c_when_arrived(server, 1)
    ticket = Ticket.from_json(
        '{"event":"Lead_Post_Create","url":"https://example.com","properties":null,"sent_at_ms":4000000000000,"known":[]}'
    )
    with Client(**server.settings()) as client, pytest.raises(KeyboardInterrupt):
        client.resolve(ticket)


def test_a_closed_client_refuses_every_call(sandbox: Sandbox, kind: str) -> None:
    """As create does."""
    with connected(sandbox, kind) as client:
        pass
    if kind == "async":
        client = Blocking(sandbox.async_client())
        client.close()
    ticket = Ticket.from_json('{"event":null,"url":"https://a","properties":null,"sent_at_ms":0,"known":[]}')
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
owns = "https://hooks.example.com/"
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
    """Return a manifest of accounts by their names and keys, on one host."""
    variables: dict[str, str] = {}
    for name, (access, secret) in keys.items():
        variables |= {f"ACCESS_{name}": access, f"SECRET_{name}": secret}
    return Manifest.from_toml("".join(ACCOUNT.format(name=name, host=host) for name in keys), variables=variables)


def two(sandbox: Sandbox) -> Manifest:
    """Return a manifest of both accounts."""
    return manifest(sandbox.host, {"a": (sandbox.access_key, sandbox.secret_key), "b": SECOND})


def applied(kind: str, *args: Any, **options: Any) -> tuple[AccountApplied, ...]:
    """Apply in either way."""
    if kind == "sync":
        return apply(*args, **options)
    return asyncio.run(apply_async(*args, **options))


def test_a_manifest_is_planned_and_applied(accounts: Sandbox, kind: str, tmp_path: Path) -> None:
    """Accounts side by side; what it owns and does not want goes when asked."""
    wanted = two(accounts)
    assert [account.name for account in wanted.accounts] == ["a", "b"]
    assert [hook.url for hook in wanted.accounts[0].webhooks] == [
        "https://hooks.example.com/leads",
        "https://hooks.example.com/calls",
    ]
    plans = plan(wanted) if kind == "sync" else asyncio.run(plan_async(wanted))
    assert [[step.step for step in account.wanted] for account in plans] == [["create", "create"]] * 2
    assert not any(account.is_done for account in plans)
    old = accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://hooks.example.com/old"})
    accounts.seed_webhook({"WebhookEvent": "3", "URL": "https://elsewhere.example.com/"})
    told: list[Progress] = []
    journal = tmp_path / "journal"
    done = applied(kind, wanted, delete=True, settling=QUICK, journal=journal, progress=told.append)
    assert [(account.name, account.is_done) for account in done] == [("a", True), ("b", True)]
    assert [ended.change for account in done for ended in account.webhooks if isinstance(ended, Ensured)] == [
        "created"
    ] * 4
    assert (done[0].removed, done[1].removed, done[0].not_removed) == ((old.id,), (), ())
    assert len(accounts.webhooks) == 5
    assert sorted((one.kind, one.account) for one in told) == [
        ("account", "a"),
        ("account", "b"),
        *[("webhook", name) for name in "aabb"],
    ]
    assert not journal.exists()
    assert all(account.is_done and account.unwanted == () for account in plan(wanted))
    assert accounts.manners.is_clean
    for result in (*done, *plans):
        assert repr(pickle.loads(pickle.dumps(result))) == repr(result)


def test_what_fails_on_one_account_stops_no_other(accounts: Sandbox, kind: str) -> None:
    """Its error stands in its place."""
    wanted = manifest(accounts.host, {"a": ("wrong", "wrong"), "b": SECOND})
    unreadable, readable = plan(wanted)
    assert isinstance(unreadable.error, CallError)
    assert (unreadable.error.kind, unreadable.is_done, unreadable.wanted) == ("unauthorized", False, ())
    assert readable.error is None
    failed, done = applied(kind, wanted, settling=QUICK)
    assert (failed.is_done, done.is_done) == (False, True)
    for error in failed.webhooks:
        assert isinstance(error, CallError)
        assert error.outcome == "refused"
    again = pickle.loads(pickle.dumps(failed))
    assert [str(error) for error in again.webhooks] == [str(error) for error in failed.webhooks]


def test_an_apply_that_is_cut_off_is_gone_on_with(server: ScriptedServer, sandbox: Sandbox, tmp_path: Path) -> None:
    """By Ctrl-C: the journal knows the create that had left, and the next run looks before it creates."""
    journal, answer = tmp_path / "journal", threading.Event()
    keys = ("access", "secret")
    server.reply(Reply(200, EMPTY))
    server.reply(Reply(after=answer))
    press_ctrl_c_when_arrived(server, 2)
    with pytest.raises(KeyboardInterrupt):
        apply(manifest(server.host, {"a": keys}), journal=journal)
    answer.set()
    begun = journal.read_text("utf-8")
    assert '"begun"' in begun
    assert not [key for key in keys if f'"{key}"' in begun]
    # What had left was applied, and the next run finds it where it looks.
    hook = sandbox.seed_webhook({"WebhookEvent": "3", "URL": "https://hooks.example.com/leads"})
    (done,) = apply(
        manifest(sandbox.host, {"a": (sandbox.access_key, sandbox.secret_key)}), journal=journal, settling=QUICK
    )
    changes = {ended.id: ended.change for ended in done.webhooks if isinstance(ended, Ensured)}
    assert done.is_done
    assert len(changes) == len(sandbox.webhooks) == 2
    assert hook.id in changes
    assert not journal.exists()


def test_a_cancelled_apply_leaves_its_journal(server: ScriptedServer, tmp_path: Path) -> None:
    """The task ends at once."""
    journal = tmp_path / "journal"

    async def main() -> None:
        server.reply(Reply(200, EMPTY))
        server.reply(Reply(after=threading.Event()))
        task = asyncio.create_task(apply_async(manifest(server.host, {"a": ("access", "secret")}), journal=journal))
        for _ in range(2):
            await asyncio.get_running_loop().run_in_executor(None, server.arrived.get)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert '"begun"' in journal.read_text("utf-8")


def test_what_progress_raises_ends_the_run(accounts: Sandbox, kind: str) -> None:
    """And comes out of it."""

    def enough(progress: Progress) -> None:
        raise LookupError(progress.kind)

    with pytest.raises(LookupError, match="webhook"):
        applied(kind, two(accounts), settling=QUICK, progress=enough)


def test_what_is_wrong_with_a_manifest_is_told_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    accounts: Sandbox,
    kind: str,
) -> None:
    """Every broken rule with its path; the environment is read as it is now."""
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
    again = pickle.loads(pickle.dumps(refused.value))
    assert again.violations == refused.value.violations
    monkeypatch.setenv("ACCESS_a", "canary")
    monkeypatch.setenv("SECRET_a", "canary")
    path = tmp_path / "webhooks.toml"
    path.write_text(ACCOUNT.format(name="a", host="api.example"), "utf-8")
    read = Manifest.from_file(path)
    assert repr(read) == 'Manifest(accounts=["a"])'
    assert "canary" not in repr((read, read.accounts))
    with pytest.raises(FileNotFoundError):
        Manifest.from_file(tmp_path / "none.toml")
    mistaken: Any = {"ACCESS_a": 5}
    with pytest.raises(TypeError):
        Manifest.from_file(path, variables=mistaken)
    with pytest.raises(JournalError) as unwritable:
        applied(kind, two(accounts), journal=tmp_path / "none" / "journal")
    assert isinstance(unwritable.value, OSError)
    assert unwritable.value.path == tmp_path / "none" / "journal"
    assert pickle.loads(pickle.dumps(unwritable.value)).path == unwritable.value.path
    with pytest.raises(ConfigError):
        applied(kind, two(accounts), settling=-1)
    assert accounts.requests == ()


UNWRITABLE = """
    import resource, sys
    from leadsquared_webhooks import Manifest, apply

    manifest = Manifest.from_file(sys.argv[1])
    # From here on no file can grow.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    (account,) = apply(manifest, journal=sys.argv[2])
    for error in account.webhooks:
        print(type(error).__name__, error.kind, error.outcome, error.cause is not None)
"""


def test_a_journal_that_cannot_be_written_any_more(sandbox: Sandbox, tmp_path: Path) -> None:
    """Then nothing is sent that it would not know."""
    path = tmp_path / "webhooks.toml"
    path.write_text(ACCOUNT.format(name="a", host=sandbox.host), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", dedent(UNWRITABLE), path, tmp_path / "journal"],
        env={**os.environ, "ACCESS_a": sandbox.access_key, "SECRET_a": sandbox.secret_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.splitlines() == ["UnrecordedError unrecorded not_sent True"] * 2, ended.stderr
    assert sandbox.webhooks == ()


def test_the_new_types_are_values(sandbox: Sandbox, client: Any) -> None:
    """Equal, picklable, short to show, and never changed."""
    sandbox.fault("apply_then_close")
    with pytest.raises(CallError) as lost:
        client.create(CALLS)
    ticket = lost.value.ticket
    ensured = client.ensure(LEADS, settling=QUICK)
    webhook = client.get(ensured.id)
    things = [
        ticket,
        ensured,
        webhook,
        client.resolve(ticket),
        client.create_verified(NewWebhook(url="https://example.com/x", trigger=Trigger.task_create())),
        client.update(webhook.id, LEADS),
        Difference("url", "a", "b"),
        Progress("account", "a"),
        plan(manifest(sandbox.host, {"a": (sandbox.access_key, sandbox.secret_key)}))[0].wanted[0],
    ]
    for thing in things:
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing
        assert copy.deepcopy(thing) == thing
        assert thing != 5
        assert repr(again) == repr(thing)
        assert len(repr(thing)) < 160
        with pytest.raises(AttributeError):
            thing.id = "other"
    assert len({type(thing) for thing in things}) == len(things)
