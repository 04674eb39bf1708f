"""The blocking client: settings, options, outcomes."""

from __future__ import annotations

import contextlib
import gc
import pickle
import socket
import threading
import warnings
import weakref
from datetime import datetime, timedelta, timezone

import pytest

from leadsquared_webhooks import (
    ApiError,
    AsyncClient,
    Attempt,
    AuthenticationError,
    CallError,
    Client,
    ConfigError,
    ConnectError,
    Created,
    DuplicateError,
    InterruptedCallError,
    LeadSquaredError,
    LeadSquaredWarning,
    NewWebhook,
    NotFoundError,
    Quota,
    QuotaWaitError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    Trigger,
    UnexpectedResponseError,
)
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_field_update("ProspectStage"))
SETTINGS: dict[str, Any] = {"host": "api.leadsquared.com", "access_key": "access", "secret_key": "secret"}


def test_a_create_reports_its_id_and_its_attempts(sandbox: Sandbox) -> None:
    """The attempts include those before the one that succeeded."""
    sandbox.fault("rate_limited", limit=25, window_s=1)
    before = datetime.now(timezone.utc)
    with sandbox.client() as client:
        created = client.create(WEBHOOK)
    (hook,) = sandbox.webhooks
    assert created.id == hook.id
    first, second = created.attempts
    assert (first.result, first.status, first.outcome, first.waited_for) == (
        "rate_limited",
        429,
        "refused",
        "rate_limit",
    )
    assert first.waited is not None
    assert first.waited >= 1
    assert (second.number, second.result, second.sent, second.detail, second.outcome) == (2, "ok", True, None, None)
    assert before - timedelta(seconds=1) <= first.started_at <= second.started_at <= datetime.now(timezone.utc)
    assert pickle.loads(pickle.dumps(created)) == created
    match created:
        case Created(id, (Attempt(number=1), Attempt(number=2))):
            assert id == hook.id
        case _:
            pytest.fail("it does not match")


CASES: list[tuple[Reply, type[CallError], str, str]] = [
    (Reply(401, b"{}"), AuthenticationError, "refused", "unauthorized"),
    (Reply(404, b""), NotFoundError, "refused", "not_found"),
    (Reply(429, b""), RateLimitError, "refused", "rate_limited"),
    (Reply(418, b""), ApiError, "refused", "unrecognized"),
    (
        Reply(500, b'{"Status":"Error","ExceptionType":"MXDuplicateEntryException","ExceptionMessage":"x"}'),
        DuplicateError,
        "refused",
        "duplicate",
    ),
    (Reply(502, b"<html>"), ServerError, "unknown", "server"),
    (Reply(close=True), InterruptedCallError, "unknown", "interrupted"),
    (Reply(200, b"{}"), UnexpectedResponseError, "unknown", "unexpected_response"),
    (Reply(307, b"", {"Location": "http://127.0.0.1:1/"}), UnexpectedResponseError, "unknown", "unexpected_response"),
]


@pytest.mark.parametrize(("reply", "kind", "outcome", "name"), CASES)
def test_a_failure_is_an_exception_of_its_kind(
    server: ScriptedServer,
    reply: Reply,
    kind: type[CallError],
    outcome: str,
    name: str,
) -> None:
    """Its attributes contain all details, and it can be pickled."""
    server.reply(reply)
    with Client(**server.settings(), attempts=1) as client, pytest.raises(CallError) as failed:
        client.create(WEBHOOK)
    error = failed.value
    assert type(error) is kind
    assert isinstance(error, ApiError | TransportError)
    assert (error.outcome, error.kind) == (outcome, name)
    assert error.may_have_been_applied == (outcome == "unknown")
    assert [attempt.result for attempt in error.attempts] == [name]
    assert len(repr(error)) < 80
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.__dict__, str(again)) == (error.__dict__, str(error))


def test_what_was_not_sent(server: ScriptedServer) -> None:
    """A closed port, a full quota, a deadline while waiting for the next attempt."""
    with Client(host="http://127.0.0.1:1", access_key="a", secret_key="b", attempts=2, backoff=0) as client:
        with pytest.raises(ConnectError) as unsent:
            client.create(WEBHOOK)
        assert (unsent.value.outcome, unsent.value.stopped, len(unsent.value.attempts)) == ("not_sent", "attempts", 2)
        assert (unsent.value.cause, "efused" in str(unsent.value.source)) == ("refused", True)
    with Client(**server.settings(), quota="1/60") as client:
        client.create(WEBHOOK)
        with pytest.raises(QuotaWaitError) as waited:
            client.create(WEBHOOK, quota_wait=timedelta(milliseconds=10))
        assert (waited.value.outcome, waited.value.after) == ("not_sent", 0.01)
        assert isinstance(waited.value, TimeoutError)
        assert client.quota.limits == ((1, 60.0),)
    assert len(server.received) == 1


@contextlib.contextmanager
def speaking_no_tls() -> Iterator[str]:
    """Run a server that does not support TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(b"220 another protocol\r\n")
                        connection.recv(65_536)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def test_why_a_connection_failed(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has a named cause, and a text with the problem and a remedy: no key, no URL."""
    monkeypatch.setenv("HTTPS_PROXY", server.host)
    vendors, loopback = "api-in21.leadsquared.com", server.host.removeprefix("http://")
    with speaking_no_tls() as other:
        settings = {**server.settings(), "host": f"https://{other}"}
        with Client(**settings) as client, pytest.raises(ConnectError, match=f"connect to {other}: TLS") as tls:
            client.create(WEBHOOK)
    # A retry would not help.
    assert (tls.value.cause, tls.value.outcome, len(tls.value.attempts)) == ("tls_other", "not_sent", 1)
    cases: list[tuple[str, Reply | None, str, list[str]]] = [
        ("http://127.0.0.1:1", None, "refused", ["127.0.0.1:1", "refused"]),
        (vendors, Reply(407), "proxy_authentication_needed", [vendors, loopback, "HTTPS_PROXY=http://USER:PASSWORD@"]),
        (vendors, Reply(403), "proxy_refused", [vendors, loopback, "NO_PROXY"]),
    ]
    for host, reply, cause, parts in cases:
        settings = {**server.settings(), "host": host, "attempts": 1, "proxies_from_env": True}
        for verb, arguments in (("create", (WEBHOOK,)), ("list", ()), ("ensure", (WEBHOOK,))):
            if reply is not None:
                server.reply(reply)
            with Client(**settings) as client, pytest.raises(ConnectError) as unsent:
                getattr(client, verb)(*arguments)
            error = unsent.value
            assert (error.cause, error.kind, error.outcome) == (cause, "connect", "not_sent")
            assert not error.may_have_been_applied
            assert not [part for part in parts if part not in str(error)], str(error)
            assert len(error.attempts) == 1
            assert pickle.loads(pickle.dumps(error)).cause == cause


def test_a_name_that_nobody_knows() -> None:
    """The lookup is not retried, unless the name server does not respond."""
    settings = {**SETTINGS, "host": "nowhere.invalid", "attempts": 2, "backoff": 0}
    with (
        pytest.warns(LeadSquaredWarning, match="nowhere.invalid"),
        Client(**settings) as client,
        pytest.raises(ConnectError) as unsent,
    ):
        client.create(WEBHOOK)
    # The cause depends on the machine.
    attempts = {"name_not_found": 1, "name_server": 2}
    assert len(unsent.value.attempts) == attempts[str(unsent.value.cause)]


def test_keys_that_go_elsewhere_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning points at the line that builds the client."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for host in ("api-in21.leadsquared.com", "http://127.0.0.1:1"):
            Client(**{**SETTINGS, "host": host})
    elsewhere = {**SETTINGS, "host": "api.example"}
    monkeypatch.setenv("LEADSQUARED_HOST", "api.example")
    monkeypatch.setenv("LEADSQUARED_ACCESS_KEY", "access")
    monkeypatch.setenv("LEADSQUARED_SECRET_KEY", "secret")
    makers: list[tuple[Callable[[], object], str]] = [
        (lambda: Client(**elsewhere), "host"),
        (lambda: AsyncClient(**elsewhere), "host"),
        (Client.from_env, "LEADSQUARED_HOST"),
        (AsyncClient.from_env, "LEADSQUARED_HOST"),
    ]
    for make, field in makers:
        with pytest.warns(LeadSquaredWarning, match="api.example") as warned:
            make()
        (warning,) = warned
        assert isinstance(warning.message, LeadSquaredWarning)
        assert (warning.message.code, warning.message.field, warning.filename) == ("foreign_host", field, __file__)


def test_an_answer_that_does_not_come(server: ScriptedServer) -> None:
    """The call ends at its deadline, and the outcome is unknown."""
    server.reply(Reply(after=threading.Event()))
    with Client(**server.settings(), timeout=60) as client, pytest.raises(RequestTimeoutError) as late:
        client.create(WEBHOOK, timeout=timedelta(seconds=0.2))
    assert (late.value.sent, late.value.outcome, late.value.after) == (True, "unknown", 0.2)
    assert isinstance(late.value, TimeoutError)
    assert isinstance(late.value, LeadSquaredError)


def test_a_connection_that_was_closed_meanwhile_does_not_cost_a_call(server: ScriptedServer) -> None:
    """Nothing monitors the connections between two blocking calls."""
    with Client(**server.settings()) as client:
        client.create(WEBHOOK)
        server.close_connections()
        assert [attempt.result for attempt in client.create(WEBHOOK).attempts] == ["ok"]


def test_all_that_is_wrong_with_the_settings_is_reported_at_once() -> None:
    """The problems name the arguments, in both clients."""
    wrong: dict[str, Any] = {
        "host": "http://api.leadsquared.com",
        "access_key": " ",
        "secret_key": "x\n",
        "auth": "cookie",
        "codes": "guessed",
        "roots": "somewhere",
        "quota": ["25/5", "0/5"],
        "timeout": -1,
        "backoff": float("nan"),
    }
    for make in (Client, AsyncClient):
        with pytest.raises(ConfigError) as refused:
            make(**wrong)
        assert isinstance(refused.value, ValueError)
        assert sorted(one.setting for one in refused.value.problems) == sorted(wrong)
        assert len(repr(refused.value)) < 80
        again = pickle.loads(pickle.dumps(refused.value))
        assert again.problems == refused.value.problems
        with pytest.raises(ConfigError, match="is not set"):
            make(**{**SETTINGS, "host": None})
        for wrong_kind in ({"timeout": "soon"}, {"attempts": "many"}, {"host": 5}, {"quota": 5}, {"colour": "red"}):
            with pytest.raises(TypeError):
                make(**{**SETTINGS, **wrong_kind})


def test_every_setting_is_taken(sandbox: Sandbox) -> None:
    """Every form of every setting is accepted."""
    shared = Quota("10/5", (1000, timedelta(hours=1)))
    settings: dict[str, Any] = {
        "auth": "headers",
        "codes": "observed",
        "quota": shared,
        "quota_wait": 1,
        "timeout": timedelta(seconds=9),
        "connect_timeout": 2.5,
        "attempts": 2,
        "backoff": 0.1,
        "longest_backoff": 1,
        "roots": "bundled",
        "root_certificates": [b""],
        "proxies_from_env": False,
    }
    with sandbox.client(**settings) as client:
        client.create(WEBHOOK)
        client.create(WEBHOOK, timeout=5, attempts=1, quota_wait=2) if len(sandbox.webhooks) == 0 else None
        assert client.quota is shared
        assert repr(client) == f'Client(host="{sandbox.host}", auth="headers", codes="observed")'
    assert sandbox.requests[0].keys == "headers"
    assert repr(shared) == "Quota((10, 5.0), (1000, 3600.0))"
    assert shared.waiting == 0
    assert Quota.unlimited().limits == ()


def test_a_shared_quota_counts_for_both(sandbox: Sandbox) -> None:
    """Two clients of one account share the quota."""
    quota = Quota("1/60")
    with sandbox.client(quota=quota) as first, sandbox.client(quota=quota, quota_wait=0) as second:
        first.create(WEBHOOK)
        with pytest.raises(QuotaWaitError):
            second.create(WEBHOOK)


def test_from_env(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that is missing or invalid is named; keywords take precedence."""
    with Client.from_env(auth="headers", timeout=7) as client:
        client.create(WEBHOOK)
    assert [request.keys for request in sandbox.requests] == ["headers"]
    monkeypatch.setenv("LEADSQUARED_AUTH", "cookie")
    monkeypatch.delenv("LEADSQUARED_HOST")
    for make in (Client.from_env, AsyncClient.from_env):
        with pytest.raises(ConfigError) as refused:
            make()
        assert [one.setting for one in refused.value.problems] == ["LEADSQUARED_HOST", "LEADSQUARED_AUTH"]


def test_a_closed_client_refuses(sandbox: Sandbox) -> None:
    """It can be closed twice, and pending outcomes can still be taken."""
    client = sandbox.client()
    client.create(WEBHOOK)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.create(WEBHOOK)
    assert client.pending() == ()
    assert client.take_outcome(0) is None
    client.drain()


def test_a_client_is_let_go_with_its_last_reference(sandbox: Sandbox) -> None:
    """Nothing keeps the client alive, and it cannot be pickled."""
    client = sandbox.client()
    client.create(WEBHOOK)
    with pytest.raises(TypeError):
        pickle.dumps(client)
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None
