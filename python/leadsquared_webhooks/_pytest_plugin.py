"""The pytest plugin: the fixture ``leadsquared_sandbox``."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import Sandbox


@pytest.fixture
def leadsquared_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Run a sandbox for the duration of a test, and set the environment that ``from_env`` reads.

    ``.client()`` and ``.async_client()`` return clients of it, and ``.fault(…)`` injects a fault
    into the next call. ``.requests`` and ``.webhooks`` are the received requests and the stored
    webhooks. ``.client_report`` lists misuse by the client.
    """
    from .testing import Sandbox  # noqa: PLC0415 - every run of pytest loads the plugin

    with Sandbox() as sandbox:
        monkeypatch.setenv("LEADSQUARED_HOST", sandbox.host)
        monkeypatch.setenv("LEADSQUARED_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("LEADSQUARED_SECRET_KEY", sandbox.secret_key)
        monkeypatch.delenv("LEADSQUARED_AUTH", raising=False)
        yield sandbox
