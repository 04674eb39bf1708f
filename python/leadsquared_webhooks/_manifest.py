"""``plan`` and ``apply`` for asyncio."""

from __future__ import annotations

from ._async_client import finish
from ._native import prepare_apply, prepare_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    from ._aliases import Roots, Seconds
    from ._native import AccountPlan, Applied, Manifest, Progress


async def plan_async(
    manifest: Manifest,
    /,
    *,
    prune: bool | Iterable[AccountPlan] = False,
    overwrite: bool = False,
    keep_mismatch: bool = False,
    keep_duplicates: bool = False,
    consistency_window: Seconds | None = None,
    state: str | os.PathLike[str] | None = None,
    lock: bool = True,
    lock_timeout: Seconds | None = None,
    timeout: Seconds | None = None,
    connect_timeout: Seconds | None = None,
    attempts: int | None = None,
    quota_wait: Seconds | None = None,
    roots: Roots | None = None,
    root_certificates: Sequence[bytes] | None = None,
    proxies_from_env: bool = True,
) -> tuple[AccountPlan, ...]:
    """Return what ``apply_async`` would do, without changing anything.

    Takes the same options and raises the same exceptions as ``plan``.
    """
    keywords = dict(locals())
    return await finish(prepare_plan(keywords.pop("manifest"), keywords))


async def apply_async(
    manifest: Manifest,
    /,
    *,
    prune: bool | Iterable[AccountPlan] = False,
    overwrite: bool = False,
    keep_mismatch: bool = False,
    keep_duplicates: bool = False,
    consistency_window: Seconds | None = None,
    state: str | os.PathLike[str] | None = None,
    lock: bool = True,
    lock_timeout: Seconds | None = None,
    timeout: Seconds | None = None,
    connect_timeout: Seconds | None = None,
    attempts: int | None = None,
    quota_wait: Seconds | None = None,
    roots: Roots | None = None,
    root_certificates: Sequence[bytes] | None = None,
    proxies_from_env: bool = True,
    on_progress: Callable[[Progress], object] | None = None,
) -> Applied:
    """Apply a manifest: ensure that every desired webhook exists once on each account.

    Takes the same options and raises the same exceptions as ``apply``. ``on_progress`` is called on
    the event loop. Cancelling the task withdraws the creates that were not sent; with a state file,
    the next run resolves the others.

    >>> import asyncio
    >>> variables = {"KEY": sandbox.access_key, "SECRET": sandbox.secret_key}
    >>> toml = f'''
    ... [[accounts]]
    ... name = "acme"
    ... host = "{sandbox.host}"
    ... access_key_env = "KEY"
    ... secret_key_env = "SECRET"
    ... webhooks = [{{ url = "https://example.com/leads", trigger = {{ event = "lead_create" }} }}]
    ... '''
    >>> asyncio.run(apply_async(Manifest.from_toml(toml, variables=variables)))
    Applied(accounts=(AccountApplied(name="acme", webhooks=1, pruned=0, ok=True),))
    """
    keywords = dict(locals())
    on_progress = keywords.pop("on_progress")
    return await finish(prepare_apply(keywords.pop("manifest"), keywords), on_progress)
