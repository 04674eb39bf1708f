"""Runs every example: docstrings, the package's README, the files in ``examples``."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import leadsquared_webhooks
from leadsquared_webhooks import exceptions, testing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsquared_webhooks.testing import Sandbox

ROOT = Path(__file__).parents[2]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def documented() -> Iterator[tuple[str, str]]:
    """Yield the docstrings of the public names, each with its name."""
    for module in (leadsquared_webhooks, exceptions, testing):
        yield module.__name__, module.__doc__ or ""
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isroutine(thing):
                yield name, thing.__doc__ or ""
            if not inspect.isclass(thing) or thing.__module__ not in {
                module.__name__,
                f"{module.__name__}._async_client",
            }:
                continue
            yield name, thing.__doc__ or ""
            for attribute, value in vars(thing).items():
                if attribute[0] != "_":
                    yield f"{name}.{attribute}", inspect.getdoc(getattr(thing, attribute)) or ""
                    del value


DOCUMENTED = dict(documented())
EXAMPLES = sorted(name for name, text in DOCUMENTED.items() if ">>>" in text)


def test_there_is_something_to_run() -> None:
    """A wrong path must not pass as a success."""
    assert len(EXAMPLES) >= 15, EXAMPLES
    assert {"Client.create", "Client.ensure", "NewWebhook", "AsyncClient", "Sandbox", "apply"} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of(name: str, leadsquared_sandbox: Sandbox) -> None:
    """Run the example against a separate sandbox."""
    names = {**vars(leadsquared_webhooks), **vars(testing), "sandbox": leadsquared_sandbox}
    parsed = doctest.DocTestParser().get_doctest(DOCUMENTED[name], names, name, None, 0)
    reported: list[str] = []
    failed, ran = doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(parsed, out=reported.append)
    assert ran
    assert not failed, "".join(reported)


def test_every_public_name_is_documented() -> None:
    """Each class, method and attribute has a docstring."""
    undocumented = [name for name, text in DOCUMENTED.items() if not text.strip()]
    # Attributes of exceptions have their docstring below them, where editors find it.
    assert not [name for name in undocumented if not name.split(".")[0].endswith(("Error", "Warning"))]


def test_the_help_of_create_reads_well() -> None:
    """The help contains the purpose, units, errors and an example."""
    text = inspect.getdoc(leadsquared_webhooks.Client.create) or ""
    for part in ("POST /v2/Webhook.svc/Create", "seconds", "Raises", "CallError", "not_sent", "unknown", ">>>"):
        assert part in text, part
    assert str(inspect.signature(leadsquared_webhooks.Client.create)) == (
        "(self, /, webhook, *, timeout=None, attempts=None, quota_wait=None)"
    )


def blocks(path: Path) -> list[str]:
    """Return the Python code blocks of a Markdown file."""
    return re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


SNIPPETS = blocks(ROOT / "python" / "README.md")


def run(program: Path) -> str:
    """Run a program that must succeed."""
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_the_snippets_of_the_readme(number: int, leadsquared_sandbox: Sandbox, pytester: pytest.Pytester) -> None:
    """Run each snippet verbatim; run a snippet with a test under pytest."""
    snippet = SNIPPETS[number]
    if "def test_" in snippet:
        pytester.makepyfile(snippet)
        pytester.runpytest_subprocess().assert_outcomes(passed=1)
        return
    assert run(pytester.makepyfile(snippet))
    assert leadsquared_sandbox.client_report.is_clean


@pytest.mark.parametrize(("name", "webhooks"), [("create.py", 1), ("create_async.py", 2)])
def test_the_examples_create(name: str, webhooks: int, leadsquared_sandbox: Sandbox) -> None:
    """Run the examples against the sandbox, configured by the environment."""
    reported = run(ROOT / "examples" / name)
    assert reported.splitlines() == [f"created {hook.id}" for hook in leadsquared_sandbox.webhooks]
    assert len(leadsquared_sandbox.webhooks) == webhooks
    assert len((ROOT / "examples" / name).read_text("utf-8").splitlines()) <= 16


def test_the_readme_has_the_example() -> None:
    """The README quotes the example verbatim."""
    assert (ROOT / "examples" / "create.py").read_text("utf-8") in SNIPPETS
