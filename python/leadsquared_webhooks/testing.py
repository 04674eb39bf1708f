"""A local LeadSquared for your own tests, without an account.

As a context manager, or as the pytest fixture ``leadsquared_sandbox``, which is there once the
package is installed::

    def test_the_hook_is_created(leadsquared_sandbox):
        leadsquared_sandbox.fault("rate_limited", limit=25, window_s=1)
        my_program.subscribe(leadsquared_sandbox.client())
        assert [hook.url for hook in leadsquared_sandbox.webhooks] == ["https://example.com/hooks"]
        assert leadsquared_sandbox.client_report.is_clean

>>> from leadsquared_webhooks.testing import Sandbox
>>> with Sandbox() as sandbox, sandbox.client() as client:
...     created = client.create(NewWebhook(url="https://example.com/hooks", trigger=Trigger.lead_create()))
...     [hook.id for hook in sandbox.webhooks] == [created.id]
True
"""

from __future__ import annotations

from ._native import Finding, ClientReport, ReceivedRequest, Sandbox, StoredWebhook

__all__ = ["Finding", "ClientReport", "ReceivedRequest", "Sandbox", "StoredWebhook"]
