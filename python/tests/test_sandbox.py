"""``leadsquared_webhooks.testing``: the sandbox for users' tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from leadsquared_webhooks import CallError, NewWebhook, Quota, RateLimitError, Trigger
from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(
    url="https://example.com/hooks",
    trigger=Trigger.lead_activity_create("22"),
    description="calls",
    custom_headers={"x-api-key": "a-secret"},
)


def test_it_reports_what_it_received_and_stored(sandbox: Sandbox) -> None:
    """The reports omit the keys and mask the header's value."""
    with sandbox.client() as client:
        created = client.create(WEBHOOK)
    (request,) = sandbox.requests
    assert (request.number, request.method, request.path) == (1, "POST", "/v2/Webhook.svc/Create")
    assert (request.keys, request.authenticated, request.status) == ("query", True, 200)
    assert request.content_type == "application/json; charset=utf-8"
    assert request.body_bytes == len(WEBHOOK.to_request().body)
    assert request.body["CustomHeaders"] == [{"Key": "x-api-key", "Value": "…"}]
    (hook,) = sandbox.webhooks
    assert (hook.id, hook.code, hook.event, hook.description) == (created.id, 2, "LeadActivity_Post_Create", "calls")
    assert hook.properties["ActivityEvent"] == "22"
    assert hook.body["URL"] == hook.url == WEBHOOK.url
    for thing in (sandbox, request, hook, sandbox.client_report):
        assert "a-secret" not in repr(thing)
        assert sandbox.secret_key not in repr(thing)
    sandbox.reset()
    assert (sandbox.requests, sandbox.webhooks) == ((), ())


def test_faults_come_one_by_one(sandbox: Sandbox) -> None:
    """Each fault has its own parameters; an unknown fault is refused immediately."""
    sandbox.fault("html", status=502)
    sandbox.fault("apply_then_close")
    sandbox.fault("status", status=418, body="{}", headers={"X-A": "b"})
    sandbox.fault("rate_limited", limit=10, window_s=60, form="forbidden")
    with sandbox.client(attempts=1) as client:
        kinds: list[str] = []
        for _ in range(3):
            with pytest.raises(CallError) as failed:
                client.create(WEBHOOK)
            kinds.append(failed.value.kind)
        with pytest.raises(RateLimitError) as limited:
            client.create(WEBHOOK)
        assert (limited.value.limit, limited.value.window, limited.value.status) == (10, 60.0, 403)
    assert kinds == ["server", "interrupted", "unrecognized"]
    for wrong in ({"fault": "gremlin"}, {"fault": "delay"}, {"fault": "delay", "ms": 1, "colour": 2}):
        with pytest.raises(ValueError, match=r"gremlin|ms|colour"):
            sandbox.fault(wrong.pop("fault"), **wrong)  # type: ignore[arg-type]


def test_it_reports_misuse() -> None:
    """A client without a local quota exceeds that of the account."""
    with Sandbox(limits=[(2, 60)]) as sandbox, sandbox.client(quota=Quota.unlimited(), attempts=1) as client:
        client.create(WEBHOOK)
        client.create(WEBHOOK)
        with pytest.raises(RateLimitError):
            client.create(WEBHOOK)
        # The duplicate is also reported, although an account may intend it.
        duplicate, finding = sandbox.client_report.findings
        assert (duplicate.kind, duplicate.request) == ("duplicate_created", 2)
        assert (finding.kind, finding.request) == ("quota_exceeded", 3)
        assert finding.sentence
        assert not sandbox.client_report.is_clean
        assert repr(sandbox.client_report) == "ClientReport(duplicate_created, quota_exceeded)"


def test_every_option_is_taken() -> None:
    """Unknown values of options are refused."""
    with (
        Sandbox(
            access_key="access",
            secret_key="secret",
            code_table="observed",
            limits=[(25, 5)],
            rate_limit_form="ok",
            delay=(0, 0.001),
            seed=7,
        ) as sandbox,
        sandbox.client(codes="observed") as client,
    ):
        assert (sandbox.access_key, sandbox.secret_key) == ("access", "secret")
        with pytest.warns(match="disputed"):
            opportunity = NewWebhook(url=WEBHOOK.url, trigger=Trigger.opportunity_create(["12000"]))
        client.create(opportunity)
        assert [hook.event for hook in sandbox.webhooks] == ["Opportunity_Post_Create"]
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=int(sandbox.host.rsplit(":", 1)[1]))
    with pytest.raises(ValueError, match="guessed"):
        Sandbox(code_table="guessed")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="closed"):
        sandbox.reset()


def _list(sandbox: Sandbox, size: int = 200) -> dict[str, Any]:
    """Return the raw response of a Retrieve."""
    request = urllib.request.Request(  # noqa: S310
        f"{sandbox.host}/v2/Webhook.svc/Retrieve",
        data=json.dumps({"Parameter": {"Type": "Webhook"}, "Paging": {"PageIndex": 1, "PageSize": size}}).encode(),
        headers={"x-LSQ-AccessKey": sandbox.access_key, "x-LSQ-SecretKey": sandbox.secret_key},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        whole: dict[str, Any] = json.load(answer)
    return whole


@pytest.mark.parametrize(
    ("stores_urls", "url"),
    [
        ("as_sent", "https://Example.com?a&b"),
        ("normalized", "https://example.com/?a&b"),
        ("cut:10", "https://Ex"),
        ("html-escaped", "https://Example.com?a&amp;b"),
    ],
)
def test_lists_answer_urls_as_they_are_stored(stores_urls: str, url: str) -> None:
    """The sandbox reports URLs as they were sent."""
    hook = {"WebhookEvent": "3", "URL": "https://Example.com?a&b"}
    with Sandbox(stores_urls=stores_urls, webhooks=[hook]) as sandbox:
        assert [item["URL"] for item in _list(sandbox)["Response"]] == [url]
        assert sandbox.webhooks[0].url == hook["URL"]


def test_lists_answer_as_nobody_has_seen_them() -> None:
    """Pages are capped or refused, properties vary in form, and some webhooks exist initially."""
    hooks = [{"WebhookEvent": "3", "StatusCode": status} for status in (0, 1, 2)]
    with Sandbox(page_cap=2, largest_page_size=50, answers_properties="extended_object", webhooks=hooks) as sandbox:
        assert [hook.status for hook in sandbox.webhooks] == [0, 1, 2]
        page = _list(sandbox, 50)
        assert (page["RecordCount"], len(page["Response"])) == (3, 2)
        assert page["Response"][0]["WebhookProperties"]["SandboxFlag"] is True
        with pytest.raises(urllib.error.HTTPError, match="500") as refused:
            _list(sandbox, 51)
        assert json.load(refused.value)["ExceptionType"] == "MXInvalidInputException"
    mistakes: list[dict[str, Any]] = [
        {"stores_urls": "upside-down"},
        {"answers_properties": "list"},
        {"page_cap": 0},
        {"largest_page_size": 0},
        {"webhooks": [{"WebhookEvent": "99"}]},
    ]
    for wrong in mistakes:
        with pytest.raises(ValueError, match=r"upside-down|list|zero|not found"):
            Sandbox(**wrong)


def test_others_change_the_account_meanwhile_and_answers_can_be_wrong(sandbox: Sandbox) -> None:
    """Each is a separate fault, for its operation."""
    first = sandbox.seed_webhook({"WebhookEvent": "3", "StatusCode": 2})
    assert first.status == 2
    sandbox.fault("wrong_record_count", count=7)
    sandbox.fault("meanwhile", delete=first.id, on="retrieve", skip=1)
    sandbox.fault("meanwhile", create={"WebhookEvent": "6"}, on="retrieve", skip=2)
    sandbox.fault("error_with_200", applied=True, on="retrieve", skip=3)
    assert (_list(sandbox)["RecordCount"], len(sandbox.webhooks)) == (7, 1)
    assert (_list(sandbox)["RecordCount"], len(sandbox.webhooks)) == (0, 0)
    assert (_list(sandbox)["RecordCount"], len(sandbox.webhooks)) == (1, 1)
    assert _list(sandbox)["Status"] == "Error"
    (made,) = sandbox.webhooks
    sandbox.fault("meanwhile", update={"WebhookId": made.id, "Description": "a person's"})
    assert _list(sandbox)["Response"][0]["Description"] == "a person's"


def test_custom_headers_come_in_either_form(sandbox: Sandbox) -> None:
    """The sandbox reports the form, with the values masked."""
    with sandbox.client() as client:
        client.create(WEBHOOK)
    sandbox.seed_webhook({"WebhookEvent": "6", "CustomHeaders": '[{"Key": "x-api-key", "Value": "a-secret"}]'})
    sandbox.seed_webhook({"WebhookEvent": "7"})
    assert [request.custom_headers_form for request in sandbox.requests] == ["array"]
    assert [hook.custom_headers_form for hook in sandbox.webhooks] == ["array", "json_string", None]
    assert json.loads(sandbox.webhooks[1].body["CustomHeaders"]) == [{"Key": "x-api-key", "Value": "…"}]


def test_the_fixture_runs_in_a_users_tests(pytester: pytest.Pytester) -> None:
    """The installed package provides it, and it sets the environment for ``from_env``."""
    pytester.makepyfile(
        """
        from leadsquared_webhooks import Client, NewWebhook, Trigger

        def test_with(leadsquared_sandbox):
            with Client.from_env() as client:
                client.create(NewWebhook(url="https://example.com", trigger=Trigger.lead_create()))
            assert len(leadsquared_sandbox.webhooks) == 1

        def test_another(leadsquared_sandbox):
            assert leadsquared_sandbox.webhooks == ()

        def test_without():
            import os
            assert "LEADSQUARED_HOST" not in os.environ
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)
