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
METHODS = {"builder": "__init__"}
SETTINGS = {"retry": ["attempts", "backoff", "longest_backoff"], "proxies": ["proxies_from_env"]}
ONLY_IN_PYTHON = {"close"}
# In Python, cancelling the task or Ctrl-C does this.
ONLY_IN_RUST = {"cancellation"}
# What the command line's `doctor` asks a client for.
DOCTOR = {"probe", "host", "proxy", "server_date"}
# Options of an apply that are one value in Rust, and the corresponding keywords in Python. The
# attempts of earlier calls come with the plans that ``prune`` takes.
APPLY: dict[str, set[str]] = {
    "state": {"state", "lock", "lock_timeout"},
    "settings": set(),
    "cancellation": set(),
    "earlier_attempts": set(),
}
# The request of each call in Rust; its setters are keywords in Python. Those of every request are
# the settings of one call.
OPTIONS = {
    "create": ("client/request.rs", "impl<V> Request<V>"),
    "create_verified": ("runs/client.rs", "impl Request<CreateVerified>"),
    "resolve": ("runs/client.rs", "impl Request<Resolve>"),
    "ensure": ("runs/client.rs", "impl Request<Ensure>"),
    "list": ("client/list.rs", "impl Request<List>"),
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
    (setters,) = re.findall(r"State> ClientBuilder<S> \{$(.*?)^\}$", source, re.MULTILINE | re.DOTALL)
    return [name for name in names if name not in hidden] + re.findall(r"pub fn (\w+)", setters)


def fields(source: str, name: str) -> set[str]:
    """Find the public fields of a struct."""
    (block,) = re.findall(rf"^pub struct {name} \{{$(.*?)^\}}$", source, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^    pub (\w+): ", block, re.MULTILINE))


def impl_block(source: str, header: str) -> str:
    """Find the body of the one ``impl`` block with this header."""
    (found,) = re.findall(rf"^{re.escape(header)} \{{$(.*?)^\}}$", source, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def options_set_by(source: str, header: str) -> set[str]:
    """Find the options that an ``impl`` block sets: its public methods that take ``mut self``."""
    return set(re.findall(r"^    pub fn (\w+)\(\s*mut self\b", impl_block(source, header), re.MULTILINE))


def parameters(function: object) -> set[str]:
    """Return the names of the parameters in a function's signature."""
    assert callable(function)
    return set(inspect.signature(function).parameters)


def test_every_method_has_its_counterpart(repository: Path) -> None:
    """Both clients have every method, under the same name."""
    rust_files = (repository / "crates/transport/src").rglob("*.rs")
    sources = [path.read_text("utf-8") for path in rust_files if path.name != "blocking.rs"]
    clients = [source for source in sources if "\nimpl Client {\n" in source]
    methods = ["builder", *(name for source in clients for name in public_methods(source) if name not in DOCTOR)]
    assert {"create", "update", "pending", "take_outcome", "quota", "from_env", "list", "ensure"} <= set(methods)
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
    """Each setter of a request is a keyword of the call; a filter stands for its parts."""
    for call, (path, header) in OPTIONS.items():
        options = options_set_by((repository / "crates/transport/src" / path).read_text("utf-8"), header) - ONLY_IN_RUST
        assert options
        if "filter" in options:
            parts = fields((repository / "crates/core/src/webhook/filter.rs").read_text("utf-8"), "WebhookFilter")
            assert parts
            options = options - {"filter"} | parts
        for client in (Client, AsyncClient):
            assert parameters(getattr(client, call)) - {"self", "webhook", "ticket"} == options, call


def test_the_manifest_has_its_counterparts(repository: Path) -> None:
    """The functions exist in both forms, with the options of an apply."""
    source = (repository / "crates/transport/src/runs/apply.rs").read_text("utf-8")
    functions = re.findall(r"^    pub async fn (\w+)", impl_block(source, "impl ManifestRun"), re.MULTILINE)
    assert {"plan", "apply"} <= set(functions)
    for name in functions:
        assert hasattr(leadsquared_webhooks, f"{name}_async")
        both = [getattr(leadsquared_webhooks, form) for form in (name, f"{name}_async")]
        assert parameters(both[0]) == parameters(both[1])
    options = options_set_by(source, "impl ManifestRun")
    settings = fields((repository / "crates/transport/src/client/mod.rs").read_text("utf-8"), "ClientSettings")
    assert options
    assert settings
    expected = {"manifest"}.union(
        *(APPLY.get(name, {name}) for name in options),
        *(SETTINGS.get(name, [name]) for name in settings),
    )
    assert parameters(leadsquared_webhooks.apply) == expected


def test_the_check_sees_what_is_new() -> None:
    """The check finds a method and an option that Python lacks."""
    source = "impl Client {\n    pub async fn list(&self) {}\n    fn hidden(&self) {}\n}\n"
    assert public_methods(source) == ["list"]
    assert not hasattr(Client, "hidden")
    source = (
        "impl Request<Ensure> {\n    pub fn new_option(mut self, on: bool) -> Self {\n        self\n    }\n"
        "    pub fn no_option(&self) {}\n}\n"
    )
    assert options_set_by(source, "impl Request<Ensure>") == {"new_option"}
    assert "new_option" not in parameters(Client.ensure)
