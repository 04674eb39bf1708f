"""The keys and the custom header values are never shown.

The tests search for a canary in everything that can be read.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest

from leadsquared_webhooks import (
    AsyncClient,
    CallError,
    Client,
    ConfigError,
    Difference,
    LeadSquaredError,
    Manifest,
    NewWebhook,
    Progress,
    Quota,
    Ticket,
    Trigger,
    apply,
    plan,
)
from scripted_server import ACCESS_KEY, SECRET_KEY, Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from leadsquared_webhooks.testing import Sandbox

HEADER_VALUE = "canary-header-value"
WEBHOOK = NewWebhook(
    url="https://example.com/hooks",
    trigger=Trigger.lead_create(),
    custom_headers={"x-api-key": HEADER_VALUE},
)
SECRETS = [
    spelling
    for secret in (ACCESS_KEY, SECRET_KEY, HEADER_VALUE)
    for spelling in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
] + ["canary"]


def readable(thing: object) -> str:
    """Return everything that a program, a log or a debugger shows of an object."""
    shown = [repr(thing), str(thing), f"{thing!a}", repr(getattr(thing, "__dict__", ""))]
    if isinstance(thing, BaseException):
        shown += traceback.format_exception_only(thing)
        shown.append(repr(pickle.dumps(thing)))
        shown += [readable(attempt) for attempt in getattr(thing, "attempts", ())]
    if type(thing).__name__ in ("Attempt", "PendingCall"):
        # The attributes of a webhook are the user's own input, and may show its headers.
        shown += [readable(getattr(thing, name)) for name in dir(thing) if name[0] != "_"]
    return "\n".join(shown)


def assert_clean(*things: object) -> None:
    """Search for every encoding of every secret."""
    for thing in things:
        text = readable(thing)
        assert not [secret for secret in SECRETS if secret in text], text


ECHO = (ACCESS_KEY + SECRET_KEY + HEADER_VALUE + quote(ACCESS_KEY, safe="")).encode()
REPLIES = [
    Reply(),
    Reply(401, ECHO),
    Reply(
        500, b'{"Status":"Error","ExceptionType":"MXDuplicateEntryException","ExceptionMessage":"canary-header-value"}'
    ),
    Reply(502, ECHO),
    Reply(200, ECHO),
    Reply(302, ECHO, {"Location": "/?accessKey=canary"}),
    Reply(close=True),
]


@pytest.mark.parametrize("auth", ["query", "headers"])
def test_nothing_that_can_be_read_holds_a_secret(
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    auth: str,
) -> None:
    """Even secrets that a server echoes are hidden, in both clients."""
    caplog.set_level(1)
    settings: dict[str, Any] = {**server.settings(), "auth": auth, "attempts": 1, "quota": Quota.unlimited()}
    client, async_client = Client(**settings), AsyncClient(**settings)
    loop = asyncio.new_event_loop()
    assert_clean(client, async_client, WEBHOOK, WEBHOOK.to_request(), WEBHOOK.trigger)
    for reply in REPLIES:
        for create in (client.create, lambda webhook: loop.run_until_complete(async_client.create(webhook))):
            server.reply(reply)
            try:
                assert_clean(create(WEBHOOK))
            except LeadSquaredError as error:
                assert_clean(error)
    assert_clean(*client.pending(), *async_client.pending(), client.quota)
    loop.run_until_complete(async_client.close())
    loop.close()
    names = {record.name for record in caplog.records}
    assert any(name.startswith("leadsquared_webhooks") for name in names)
    for record in caplog.records:
        assert_clean(record.getMessage(), record.__dict__)


TICKET = Ticket.from_json(
    '{"desired":{"event":"Lead_Post_Create","url":"https://example.com/hooks","properties":null},"sent_at_ms":0}'
)
LISTED = (
    b'{"RecordCount":1,"Response":[{"WebhookId":"b1c4","EventCode":"Lead_Post_Create","StatusCode":0,'
    b'"URL":"https://example.com/hooks","CustomHeaders":[{"Key":"x-api-key","Value":"canary-header-value"}]}]}'
)
TOML = """
[[accounts]]
name = "a"
host = "%s"
access_key_env = "ACCESS"
secret_key_env = "SECRET"

[[accounts.webhooks]]
url = "https://example.com/hooks"
trigger = { event = "lead_create" }
custom_headers = [{ name = "x-api-key", value_env = "HEADER" }]
"""


def test_nothing_of_the_whole_life_holds_a_secret(server: ScriptedServer, tmp_path: Path) -> None:
    """Results, errors, tickets, manifests, plans and state files hide what a server echoes."""
    variables = {"ACCESS": ACCESS_KEY, "SECRET": SECRET_KEY, "HEADER": HEADER_VALUE}
    manifest = Manifest.from_toml(TOML % server.host, variables=variables)
    state = tmp_path / "state"
    client = Client(**server.settings(), attempts=1, quota=Quota.unlimited())
    assert_clean(manifest, *manifest.accounts, TICKET)
    calls: list[Callable[[], object]] = [
        client.list,
        lambda: client.get("b1c4"),
        lambda: client.update("b1c4", WEBHOOK),
        lambda: client.delete("b1c4"),
        lambda: client.create_verified(WEBHOOK),
        lambda: client.resolve(TICKET, consistency_window=0),
        lambda: client.ensure(WEBHOOK, consistency_window=0),
    ]
    # The manifest's clients retry after a wait, so they do not get every reply.
    of_manifest: list[Callable[[], object]] = [
        lambda: plan(manifest),
        lambda: apply(manifest, consistency_window=0, state=state),
    ]
    reported = 0
    # A server can only echo what a call sends it: a read sends no custom header.
    keys = (ACCESS_KEY + SECRET_KEY + quote(ACCESS_KEY, safe="") + quote(SECRET_KEY, safe="")).encode()
    replies = [Reply(401, keys), Reply(502, keys), Reply(200, keys), Reply(close=True), Reply(200, LISTED)]
    for reply in replies:
        for call in [*calls, *(of_manifest if reply.status == 401 or reply.body is LISTED else [])]:
            server.reply(reply)
            if reply.body is LISTED:
                for _ in range(4):
                    server.reply(reply)
            try:
                result = call()
            except LeadSquaredError as error:
                assert_clean(error, error.__cause__, getattr(error, "ticket", None))
                reported += 1
            else:
                assert_clean(result)
                for part in result if isinstance(result, tuple) else ():
                    assert_clean(part, *getattr(part, "webhooks", ()), getattr(part, "error", None))
            server.skip()
    assert reported > 15
    if state.exists():
        assert_clean(state.read_text("utf-8"))
    client.close()


def test_no_repr_shows_the_values_of_a_query(sandbox: Sandbox) -> None:
    """Receivers use the query for secrets; the ``url`` attribute is complete."""
    webhook = NewWebhook(url="https://example.com/hooks?team=a&secret=canary", trigger=Trigger.lead_create())
    moved = NewWebhook(url="https://example.com/moved?secret=canary", trigger=Trigger.lead_create())
    reported: list[Progress] = []
    with sandbox.client(backoff=0) as client:
        sandbox.fault("apply_then_close", on="create", visible_after_ms=50)
        with pytest.raises(CallError) as lost:
            client.create(webhook)
        ticket = lost.value.ticket
        assert ticket is not None
        (result, listed) = (client.resolve(ticket, on_progress=reported.append), client.list())
        waits = [progress for progress in reported if progress.kind == "waiting"]
        pending = client.pending()
    toml = TOML.replace(', value_env = "HEADER"', ', value = "x"').replace("/hooks", "/moved?secret=canary")
    variables = {"ACCESS": sandbox.access_key, "SECRET": sandbox.secret_key}
    manifest = Manifest.from_toml(toml % sandbox.host, variables=variables)
    (account,) = plan(manifest)
    assert (listed[0].url, ticket.url, account.webhooks[0].url) == (webhook.url, webhook.url, moved.url)
    assert [progress.url for progress in waits] == [webhook.url] * len(waits)
    difference = Difference("url", "differs", moved.url, webhook.url)
    assert "secret=…" in repr(difference)
    for thing in (webhook, lost.value, ticket, result, *listed, *reported, *pending, manifest, *account.webhooks):
        assert "canary" not in repr(thing) + str(thing), thing
    assert "canary" not in repr(difference)


def test_no_setting_that_is_wrong_reports_a_key() -> None:
    """Keys in the wrong argument do not appear either."""
    mistakes: list[dict[str, Any]] = [
        {"host": "https://canary:canary@api.example"},
        {"host": "api.example/?accessKey=canary"},
        {"access_key": " canary"},
        {"secret_key": "canary\n"},
        {"access_key": "canary\N{EURO SIGN}", "auth": "headers", "secret_key": "can\x00ary"},
    ]
    for mistake in mistakes:
        with pytest.raises(ConfigError) as refused:
            Client(**{"host": "api.example", "access_key": "canary", "secret_key": "canary", **mistake})
        assert_clean(refused.value, *refused.value.problems)
    bytes_for_text: Any = b"canary"
    with pytest.raises(TypeError) as mistaken:
        Client(host="api.example", access_key=bytes_for_text, secret_key="canary")
    assert_clean(str(mistaken.value))
    with pytest.raises(TypeError) as mistaken:
        NewWebhook(url="https://example.com", trigger=Trigger.lead_create(), custom_headers={"a": bytes_for_text})
    assert_clean(str(mistaken.value))


def test_logging_hears_nothing_from_below(caplog: pytest.LogCaptureFixture, server: ScriptedServer) -> None:
    """Dependencies log URLs; their records are not forwarded."""
    caplog.set_level(logging.NOTSET)
    with Client(**server.settings()) as client:
        client.create(WEBHOOK)
    ours = [record.name for record in caplog.records if record.name != "asyncio"]
    assert set(ours) == {"leadsquared_webhooks.call"}
