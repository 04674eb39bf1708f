"""``leadsquared_webhooks.testing``: what a user's own tests stand on."""

from __future__ import annotations

import pytest

from leadsquared_webhooks import CallError, NewWebhook, Quota, RateLimitError, Trigger
from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(
    url="https://example.com/hooks",
    trigger=Trigger.lead_activity_create("22"),
    description="calls",
    custom_headers={"x-api-key": "a-secret"},
)


def test_it_tells_what_it_received_and_stored(sandbox: Sandbox) -> None:
    """Without keys, and with the header's value masked."""
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
    for thing in (sandbox, request, hook, sandbox.manners):
        assert "a-secret" not in repr(thing)
        assert sandbox.secret_key not in repr(thing)
    sandbox.reset()
    assert (sandbox.requests, sandbox.webhooks) == ((), ())


def test_faults_come_one_by_one(sandbox: Sandbox) -> None:
    """Each with its own parameters; an unknown one is refused at once."""
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


def test_it_tells_bad_manners() -> None:
    """A client without a quota of its own exceeds the account's."""
    with Sandbox(limits=[(2, 60)]) as sandbox, sandbox.client(quota=Quota.unlimited(), attempts=1) as client:
        client.create(WEBHOOK)
        client.create(WEBHOOK)
        with pytest.raises(RateLimitError):
            client.create(WEBHOOK)
        # The second webhook like the first is told, too; an account may want it.
        twin, finding = sandbox.manners.findings
        assert (twin.kind, twin.request) == ("twin_created", 2)
        assert (finding.kind, finding.request) == ("quota_exceeded", 3)
        assert finding.sentence
        assert not sandbox.manners.is_clean
        assert repr(sandbox.manners) == "Manners(twin_created, quota_exceeded)"


def test_every_option_is_taken() -> None:
    """And one that is none is refused."""
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


def test_the_fixture_runs_in_a_users_tests(pytester: pytest.Pytester) -> None:
    """It is there once the package is installed, and gives ``from_env`` what it needs."""
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
