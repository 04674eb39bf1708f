"""Every method and setting of the Rust client has a counterpart in both Python clients.

The tests read the Rust source, so additions are noticed.
"""

from __future__ import annotations

import inspect
import re

import leadsquared_webhooks
from leadsquared_webhooks import AsyncClient, Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

# Methods and settings with a different form in Python. All others have the same name.
METHODS = {"builder": "__init__", "create_with": "create"}
SETTINGS = {"retry": ["attempts", "backoff", "longest_backoff"], "proxies": ["proxies_from_env"]}
ONLY_IN_PYTHON = {"close"}
# In Python, cancelling the task or Ctrl-C does this.
ONLY_IN_RUST = {"cancellation"}
# Options of an apply that are one value in Rust, and the corresponding keywords in Python. The
# attempts of earlier calls come with the plans that ``prune`` takes.
APPLY: dict[str, set[str]] = {
    "state": {"state", "lock", "lock_timeout"},
    "settings": set(),
    "cancellation": set(),
    "earlier_attempts": set(),
}
# The options struct of each call in Rust; its fields are keywords in Python.
OPTIONS = {
    "create": ("transport/src/engine/options.rs", "CallOptions"),
    "resolve": ("transport/src/runs/client.rs", "ResolveOptions"),
    "ensure": ("transport/src/runs/client.rs", "EnsureOptions"),
    "list": ("core/src/webhook/filter.rs", "WebhookFilter"),
}


def public_methods(source: str) -> list[str]:
    """Find the methods that ``impl Client`` blocks declare as public."""
    blocks = re.findall(r"^impl Client \{$(.*?)^\}$", source, re.MULTILINE | re.DOTALL)
    assert blocks, "no impl of Client: the reader of this test must follow the source"
    return [
        name for block in blocks for name in re.findall(r"^    pub (?:const )?(?:async )?fn (\w+)", block, re.MULTILINE)
    ]


def builder_settings(source: str) -> list[str]:
    """Find the settings of the builder: the arguments of its constructor, and extra setters."""
    (arguments,) = re.findall(r"^    fn new\((.*?)^    \) ->", source, re.MULTILINE | re.DOTALL)
    names = re.findall(r"^        (?:#\[builder\(start_fn\)\] )?(\w+): ", arguments, re.MULTILINE)
    hidden = re.findall(r'setters\(vis = "pub\(crate\)"\)\)\]\s+(\w+):', arguments)
    (setters,) = re.findall(r"ClientBuilder<S> \{$(.*?)^\}$", source, re.MULTILINE | re.DOTALL)
    return [name for name in names if name not in hidden] + re.findall(r"pub fn (\w+)", setters)


def fields(source: str, name: str) -> set[str]:
    """Find the public fields of a struct."""
    (block,) = re.findall(rf"^pub struct {name} \{{$(.*?)^\}}$", source, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^    pub (\w+): ", block, re.MULTILINE))


def parameters(function: object) -> set[str]:
    """Return the names of the parameters in a function's signature."""
    assert callable(function)
    return set(inspect.signature(function).parameters)


def test_every_method_has_its_counterpart(repository: Path) -> None:
    """Both clients have every method, under the same name."""
    sources = [path.read_text("utf-8") for path in (repository / "crates/transport/src").rglob("*.rs")]
    clients = [source for source in sources if "\nimpl Client {\n" in source and "pub struct Client {\n" not in source]
    methods = ["builder", *(name for source in clients for name in public_methods(source))]
    assert {"create", "create_with", "pending", "take_outcome", "quota", "from_env", "list", "ensure"} <= set(methods)
    for client in (Client, AsyncClient):
        missing = [name for name in methods if not hasattr(client, METHODS.get(name, name))]
        assert not missing, f"{client.__name__} lacks {missing}"


def test_the_two_clients_are_alike() -> None:
    """Both clients have the same methods, parameters and defaults."""
    names = [{name for name in dir(client) if not name.startswith("_")} for client in (Client, AsyncClient)]
    assert names[0] == names[1] >= ONLY_IN_PYTHON
    for name in names[0] - {"quota"}:
        shapes = [
            [
                (one.name, one.kind, one.default)
                for one in inspect.signature(getattr(client, name)).parameters.values()
                if one.name != "self"
            ]
            for client in (Client, AsyncClient)
        ]
        assert shapes[0] == shapes[1], name
    assert parameters(Client) == parameters(AsyncClient)


def test_every_setting_has_its_counterpart(repository: Path) -> None:
    """Each builder setting is a keyword of both clients; ``from_env`` lacks host and keys."""
    source = (repository / "crates/transport/src/client/mod.rs").read_text("utf-8")
    settings = builder_settings(source)
    assert {"host", "credentials", "auth", "codes", "quota", "timeout", "proxies_from_env"} <= set(settings)
    expected = {"access_key", "secret_key"}
    for name in settings:
        if name != "credentials":
            expected |= set(SETTINGS.get(name, [name]))
    for client in (Client, AsyncClient):
        assert parameters(client) == expected
        assert parameters(client.from_env) == expected - {"host", "access_key", "secret_key"}


def test_every_option_of_a_call_has_its_counterpart(repository: Path) -> None:
    """Each field of a call's options is a keyword of the call."""
    for call, (path, name) in OPTIONS.items():
        options = fields((repository / "crates" / path).read_text("utf-8"), name) - ONLY_IN_RUST
        assert options
        for client in (Client, AsyncClient):
            assert parameters(getattr(client, call)) - {"self", "webhook", "ticket"} == options, call


def test_the_manifest_has_its_counterparts(repository: Path) -> None:
    """The functions exist in both forms, with the options of an apply."""
    source = (repository / "crates/transport/src/runs/apply.rs").read_text("utf-8")
    functions = re.findall(r"^pub async fn (\w+)", source, re.MULTILINE)
    assert {"plan", "apply"} <= set(functions)
    for name in functions:
        assert hasattr(leadsquared_webhooks, f"{name}_async")
        both = [getattr(leadsquared_webhooks, form) for form in (name, f"{name}_async")]
        assert parameters(both[0]) == parameters(both[1])
    options = fields(source, "ApplyOptions")
    settings = fields((repository / "crates/transport/src/client/mod.rs").read_text("utf-8"), "ClientSettings")
    assert options
    assert settings
    expected = {"manifest"}.union(
        *(APPLY.get(name, {name}) for name in options),
        *(SETTINGS.get(name, [name]) for name in settings),
    )
    assert parameters(leadsquared_webhooks.apply) == expected


def test_the_check_sees_what_is_new() -> None:
    """The check finds a method that Python lacks."""
    source = "impl Client {\n    pub async fn list(&self) {}\n    fn hidden(&self) {}\n}\n"
    assert public_methods(source) == ["list"]
    assert not hasattr(Client, "hidden")
