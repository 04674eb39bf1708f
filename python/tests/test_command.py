"""The console script: the same command line as the Rust binary."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import leadsquared_webhooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leadsquared_webhooks.testing import Sandbox

SCRIPT = shutil.which("lsq-webhooks", path=str(Path(sys.executable).parent)) or "lsq-webhooks is not installed"
WAYS = [[SCRIPT], [sys.executable, "-m", "leadsquared_webhooks"]]
CREATE = ["create", "--event", "lead-create", "--url", "https://example.com/hooks"]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run the command, with any exit status."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("way", WAYS)
def test_it_creates_and_reports_its_exit_status(way: list[str], sandbox: Sandbox) -> None:
    """The exit status is 0 created, 2 invalid, 3 refused, 4 not sent, 5 unknown."""
    created = run(*way, "--json", *CREATE)
    assert created.returncode == 0, created.stderr
    assert json.loads(created.stdout)["id"] == sandbox.webhooks[0].id
    assert run(*way, "create", "--event", "lead-create", "--url", "/hooks").returncode == 2
    sandbox.fault("status", status=400)
    assert run(*way, *CREATE).returncode == 3
    assert run(*way, *CREATE, "--host", "http://127.0.0.1:1", "--attempts", "1").returncode == 4
    sandbox.fault("apply_then_close")
    assert run(*way, *CREATE).returncode == 5
    version = run(*way, "--version")
    assert version.stdout == f"lsq-webhooks {leadsquared_webhooks.__version__}\n"
    assert "Usage: lsq-webhooks" in run(*way, "--help").stdout


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_ends_its_sandbox(way: list[str]) -> None:
    """It ends as the binary does: immediately, with its report, and without a traceback."""
    process = subprocess.Popen([*way, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("export LEADSQUARED_HOST=")
    os.kill(process.pid, signal.SIGINT)
    _, reported = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "0 requests" in reported
    assert "Traceback" not in reported
