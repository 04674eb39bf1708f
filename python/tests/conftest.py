"""Fixtures for all tests."""

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
    """Return a separate sandbox for this test."""
    return leadsquared_sandbox


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Return a scripted server."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return Path(__file__).parents[2]
