"""A manifest, planned and applied in asyncio."""

from __future__ import annotations

from ._async_client import finish
from ._native import prepare_apply, prepare_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from ._aliases import Seconds
    from ._native import AccountApplied, AccountPlan, Manifest, Progress


async def plan_async(manifest: Manifest, /) -> tuple[AccountPlan, ...]:
    """Tell what ``apply_async`` would do, and read alone.

    As ``plan``, awaited.
    """
    return await finish(prepare_plan(manifest))


async def apply_async(
    manifest: Manifest,
    /,
    *,
    delete: bool = False,
    remove_surplus: bool = False,
    settling: Seconds | None = None,
    journal: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> tuple[AccountApplied, ...]:
    """Make a manifest true: on each account every wanted webhook exists once.

    As ``apply``, with the same options and exceptions; ``progress`` is called by the event loop. Cancelling the task
    ends the run and not the creates that have left: with a journal the next run goes on there.

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
    (AccountApplied(name="acme", webhooks=1, removed=0, is_done=True),)
    """
    return await finish(prepare_apply(manifest, delete, remove_surplus, settling, journal), progress)
