"""``logging``: records under ``leadsquared_webhooks``, and no cost without a handler."""

from __future__ import annotations

import asyncio
import logging
import sys
import time

import pytest

from leadsquared_webhooks import NewWebhook, Quota, Trigger
from test_process import output, python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leadsquared_webhooks.testing import Sandbox

WEBHOOK = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())


def test_records_have_a_name_a_level_and_their_own_time(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """The time of a record is that of the event, not that of its delivery."""
    caplog.set_level(logging.DEBUG, "leadsquared_webhooks")
    sandbox.fault("rate_limited", limit=25, window_s=1)
    begun = time.time()
    with sandbox.client() as client:
        client.create(WEBHOOK)
    failed, created = [record for record in caplog.records if record.name == "leadsquared_webhooks.call"]
    assert failed.getMessage() == "failed number=1 kind=rate_limited status=429"
    assert created.getMessage() == "done number=2 status=200"
    assert {failed.levelno, created.levelno} == {logging.DEBUG}
    assert begun - 1 <= failed.created <= created.created - 0.9
    assert failed.relativeCreated < created.relativeCreated


def test_the_asynchronous_client_is_heard_too(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """Its records are delivered together with its outcomes."""
    caplog.set_level(logging.DEBUG, "leadsquared_webhooks")

    async def main() -> None:
        async with sandbox.async_client(quota=Quota.unlimited()) as client:
            await asyncio.gather(*(client.create(WEBHOOK) for _ in range(5)))

    asyncio.run(main())
    assert len([record for record in caplog.records if record.getMessage().startswith("done")]) == 5


def test_a_level_that_is_not_asked_for_is_not_kept(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """The level of the logger is read on every call."""
    with sandbox.client() as client:
        caplog.set_level(logging.INFO, "leadsquared_webhooks")
        client.create(WEBHOOK)
        assert caplog.records == []
        caplog.set_level(logging.DEBUG, "leadsquared_webhooks")
        client.create(WEBHOOK)
        assert len(caplog.records) == 1


def test_a_handler_that_fails_costs_no_outcome(
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The failure is reported, and the webhook is returned."""
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: reported.append(unraisable.exc_type))
    caplog.set_level(logging.DEBUG, "leadsquared_webhooks")

    def broken(record: logging.LogRecord) -> bool:
        raise LookupError(record.name)

    logger = logging.getLogger("leadsquared_webhooks.call")
    logger.addFilter(broken)
    try:
        with sandbox.client() as client:
            assert client.create(WEBHOOK).id
    finally:
        logger.removeFilter(broken)
    assert reported == [LookupError]


QUIET = """
    import sys
    from leadsquared_webhooks import NewWebhook, Trigger
    from leadsquared_webhooks.testing import Sandbox
    {imported}
    with Sandbox() as sandbox, sandbox.client() as client:
        client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
    if "logging" in sys.modules:
        import logging
        assert not logging.root.handlers
        assert not logging.getLogger("leadsquared_webhooks").handlers
"""


@pytest.mark.parametrize("imported", ["", "import logging"])
def test_nothing_is_installed_or_printed_by_itself(imported: str) -> None:
    """It holds with and without ``logging`` imported."""
    process = python(QUIET.format(imported=imported))
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def test_logging_is_not_imported_for_nobody() -> None:
    """A program that does not use ``logging`` does not import it."""
    assert output(python(QUIET.format(imported="") + "    print('logging' in sys.modules)\n")).strip() == "False"
