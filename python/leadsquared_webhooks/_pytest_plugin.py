"""The pytest plugin: the fixture ``leadsquared_sandbox``."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import Sandbox


@pytest.fixture
def leadsquared_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Run a local LeadSquared for the length of a test, and let ``from_env`` find it.

    ``.client()`` and ``.async_client()`` are clients of it, ``.fault(…)`` lets the next call go
    wrong, ``.requests`` and ``.webhooks`` are what it received and stored, ``.client_report`` tells
    what a good client would not have done.
    """
    from .testing import Sandbox  # noqa: PLC0415 - every run of pytest loads the plugin

    with Sandbox() as sandbox:
        monkeypatch.setenv("LEADSQUARED_HOST", sandbox.host)
        monkeypatch.setenv("LEADSQUARED_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("LEADSQUARED_SECRET_KEY", sandbox.secret_key)
        monkeypatch.delenv("LEADSQUARED_AUTH", raising=False)
        yield sandbox
