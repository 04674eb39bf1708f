"""A local LeadSquared API for tests, without an account.

Use it as a context manager, or as the pytest fixture ``leadsquared_sandbox``, which the installed
package provides::

    def test_the_hook_is_created(leadsquared_sandbox):
        leadsquared_sandbox.fault("rate_limited", limit=25, window_s=1)
        my_program.subscribe(leadsquared_sandbox.client())
        assert [hook.url for hook in leadsquared_sandbox.webhooks] == ["https://example.com/hooks"]
        assert leadsquared_sandbox.client_report.is_clean

>>> from leadsquared_webhooks.testing import Sandbox
>>> with Sandbox() as sandbox, sandbox.client() as client:
...     webhook = NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create())
...     created = client.create(webhook)
...     [hook.id for hook in sandbox.webhooks] == [created.id]
True
"""

from __future__ import annotations

from ._native import ClientReport, Finding, ReceivedRequest, Sandbox, StoredWebhook

__all__ = ["ClientReport", "Finding", "ReceivedRequest", "Sandbox", "StoredWebhook"]
