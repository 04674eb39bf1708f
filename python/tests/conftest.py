"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripted_server import ScriptedServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsquared_webhooks.testing import Sandbox

pytest_plugins = ["pytester"]


@pytest.fixture
def sandbox(leadsquared_sandbox: Sandbox) -> Sandbox:
    """Return a sandbox of this test's own."""
    return leadsquared_sandbox


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Return a server that is not our sandbox."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the repository's root."""
    return Path(__file__).parents[2]
