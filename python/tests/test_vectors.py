"""The contract that every language runs: see ``tests/vectors/README.md``."""

from __future__ import annotations

import asyncio
import base64
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadsquared_webhooks import (
    ApiError,
    AsyncClient,
    CallError,
    Client,
    NewWebhook,
    Quota,
    RateLimitError,
    Trigger,
    UnexpectedResponseError,
    ValidationError,
)
from scripted_server import Reply, ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

VECTORS = Path(__file__).parents[2] / "tests" / "vectors"
COMMON = {"id", "why", "evidence"}
KEYS = {
    "build": ({"draft", "request", "warnings"}, {"codes", "custom_headers_form"}),
    "reject": ({"violations"}, {"draft", "draft_text"}),
    "response": ({"status", "expect"}, {"headers", "body", "body_base64"}),
}
EXPECTED = {
    "created": {"id"},
    "api_error": {
        *("kind", "exception_type", "detail", "limit", "window_s", "may_have_been_applied", "retry"),
    },
    "unexpected": {"reason", "may_have_been_applied", "retry"},
}


@dataclass
class Case:
    """One case, and the text of its draft, verbatim from the file."""

    content: dict[str, Any]
    draft_text: str | None

    def __getitem__(self, key: str) -> Any:
        """Return the value of a key."""
        return self.content[key]


def draft_texts(text: str) -> Iterator[str]:
    """Yield the text of each draft from its line: parsing and serializing would change it."""
    for line in text.split("\n"):
        _, found, draft = line.partition(', "draft": ')
        if found:
            yield draft.removesuffix(",").removesuffix("}")


def cases(kind: str) -> list[Case]:
    """Read all cases of a kind, and fail on anything that the README does not document."""
    read: list[Case] = []
    seen: set[str] = set()
    for path in sorted(VECTORS.glob("*/*.json")):
        text = path.read_text("utf-8")
        content = json.loads(text)
        drafts = draft_texts(text)
        for case in content:
            assert case["id"] not in seen, f"{case['id']} is a duplicate"
            seen.add(case["id"])
            if path.parent.name != kind:
                continue
            required, optional = KEYS[kind]
            assert COMMON | required <= case.keys() <= COMMON | required | optional, case["id"]
            draft = next(drafts) if "draft" in case else case.get("draft_text")
            if "draft" in case:
                assert json.loads(str(draft)) == case["draft"], case["id"]
            read.append(Case(case, draft))
    floor = json.loads((VECTORS / "floor.json").read_text("utf-8"))
    assert len(read) >= floor[kind], f"{len(read)} cases of {kind}, {floor[kind]} are the floor"
    return read


def run(kind: str, check: Callable[[Case], None], capsys: pytest.CaptureFixture[str]) -> None:
    """Run every case before reporting failures."""
    failed = []
    all_of_them = cases(kind)
    for case in all_of_them:
        try:
            check(case)
        except Exception as problem:  # noqa: BLE001 - every case is run
            failed.append(f"{case['id']} ({case['why']}): {type(problem).__name__}: {problem}")
    with capsys.disabled():
        print(f" [{len(all_of_them)} {kind} cases]", end="")  # noqa: T201 - the README asks for the number
    assert not failed, "\n".join(failed)


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Both:
    """The blocking and the asynchronous client of one server, called one after the other."""

    def __init__(self, server: ScriptedServer, codes: str = "documented", form: str = "array") -> None:
        """Build both clients."""
        settings: dict[str, Any] = {**server.settings(), "codes": codes, "custom_headers_form": form}
        settings |= {"attempts": 1, "quota": Quota.unlimited()}
        self._blocking = Client(**settings)
        self._asynchronous = AsyncClient(**settings)
        self._loop = asyncio.new_event_loop()

    def creates(self) -> tuple[Callable[[NewWebhook], Any], ...]:
        """Return both ways to create a webhook."""
        return (
            self._blocking.create,
            lambda webhook: self._loop.run_until_complete(self._asynchronous.create(webhook)),
        )

    def close(self) -> None:
        """Close both clients and the loop."""
        self._blocking.close()
        self._loop.run_until_complete(self._asynchronous.close())
        self._loop.close()


@pytest.fixture
def tables(server: ScriptedServer) -> Iterator[dict[tuple[str, str], Both]]:
    """Return both clients for each table of event codes and each form of custom headers."""
    tables = {
        (codes, form): Both(server, codes, form)
        for codes in ("documented", "observed")
        for form in ("array", "json_string")
    }
    yield tables
    for both in tables.values():
        both.close()


def by_keywords(webhook: NewWebhook) -> NewWebhook:
    """Build the same webhook with keyword arguments."""
    trigger = webhook.trigger
    names = {"pages", "activity", "field", "opportunity_types", "from_", "to", "code", "properties", "extra"}
    given = {name: value for name in sorted(names) if (value := getattr(trigger, name)) is not None}
    return NewWebhook(
        url=webhook.url,
        trigger=getattr(Trigger, trigger.event)(**given),
        description=webhook.description,
        content_type=webhook.content_type,
        notify_on_failure=webhook.notify_on_failure,
        custom_headers=webhook.custom_headers,
    )


def test_a_draft_that_is_taken_becomes_this_request(
    server: ScriptedServer,
    tables: dict[tuple[str, str], Both],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run ``build`` with both constructors and both clients."""

    def check(case: Case) -> None:
        codes = case.content.get("codes", "documented")
        form = case.content.get("custom_headers_form", "array")
        expected = case["request"]
        webhook = NewWebhook.from_json(str(case.draft_text))
        assert [{"code": one.code, "field": one.field} for one in webhook.warnings] == case["warnings"]
        request = webhook.to_request(codes=codes, custom_headers_form=form)
        assert (request.method, request.path) == (expected["method"], expected["path"])
        assert json.loads(request.body) == expected["body"]
        again = by_keywords(webhook)
        assert again.to_request(codes=codes, custom_headers_form=form).body == request.body
        assert NewWebhook.from_json(webhook.to_json()) == webhook
        for create in tables[codes, form].creates():
            create(again)
            received = server.received[-1]
            assert (received.method, received.path) == (expected["method"], expected["path"])
            assert received.body == request.body

    run("build", check, capsys)
    assert len(server.received) == 2 * len(cases("build"))


def test_a_draft_that_is_refused_reports_every_broken_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """Run ``reject`` as text and, if possible, as a dict."""

    def check(case: Case) -> None:
        assert ("draft" in case.content) != ("draft_text" in case.content)
        expected = sorted((one["field"], one["problem"]) for one in case["violations"])
        with pytest.raises(ValidationError) as refused:
            NewWebhook.from_json(str(case.draft_text))
        assert sorted((one.field, one.problem) for one in refused.value.violations) == expected
        if isinstance(draft := case.content.get("draft"), dict):
            with pytest.raises(ValidationError) as refused:
                NewWebhook.from_dict(draft)
            assert [one.field for one in refused.value.violations]

    run("reject", check, capsys)


def test_an_answer_means_this(server: ScriptedServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Run ``response`` with both clients."""
    webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())

    def check(case: Case) -> None:
        # Separate clients, because a rate-limit response lowers the quota of its client.
        both = Both(server)
        try:
            ask(case, both)
        finally:
            both.close()

    def ask(case: Case, both: Both) -> None:
        body = base64.b64decode(case["body_base64"]) if "body_base64" in case.content else case["body"].encode()
        ((kind, expected),) = case["expect"].items()
        assert expected.keys() <= EXPECTED[kind]
        for create in both.creates():
            server.reply(Reply(case["status"], body, case.content.get("headers", {})))
            if kind == "created":
                assert create(webhook).id == expected["id"]
                continue
            with pytest.raises(CallError) as failed:
                create(webhook)
            compare(failed.value, kind, expected)
            assert failed.value.status == case["status"]

    run("response", check, capsys)


def compare(error: CallError, kind: str, expected: dict[str, Any]) -> None:
    """Compare an exception with the expectation of a case."""
    assert error.may_have_been_applied == expected["may_have_been_applied"]
    retried = expected["retry"] != "never"
    assert (error.stopped == "attempts") == retried, error.stopped
    if kind == "unexpected":
        assert isinstance(error, UnexpectedResponseError)
        assert error.reason == expected["reason"]
        return
    assert isinstance(error, ApiError)
    assert (error.kind, error.exception_type) == (expected["kind"], expected["exception_type"])
    if "detail" in expected:
        assert error.detail == expected["detail"]
    assert isinstance(error, RateLimitError) == ("limit" in expected)
    if isinstance(error, RateLimitError):
        assert (error.limit, error.window) == (expected["limit"], expected["window_s"])
