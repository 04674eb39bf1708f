"""Wakes the event loop that waits for a call of the asynchronous client.

This module is imported with the package: a first import during a call could coincide with
``fork()``, and the child would wait for the import lock forever. ``asyncio`` is not imported here,
because only programs that run an event loop need it.
"""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from ._native import WakeQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

_WAKERS: WeakKeyDictionary[asyncio.AbstractEventLoop, Wakers] = WeakKeyDictionary()


class Wakers:
    """The calls that one event loop waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Register a separate wake queue with the loop."""
        self.wake_queue = WakeQueue()
        self.process = os.getpid()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        loop.add_reader(self.wake_queue.fileno(), self._answer)

    async def woken(self, number: int) -> None:
        """Wait until the call of this number is woken."""
        wake = self._waiting[number] = _running_loop().create_future()
        try:
            await wake
        finally:
            self._waiting.pop(number, None)

    def _answer(self) -> None:
        for number in self.wake_queue.take():
            wake = self._waiting.get(number)
            # A call without a waiter was cancelled, or is already awake.
            if wake is not None and not wake.done():
                wake.set_result(None)


def wakers() -> Wakers:
    """Return the wakers of the running loop, and create them if necessary."""
    loop = _running_loop()
    known = _WAKERS.get(loop)
    if known is None or known.process != os.getpid():
        known = _WAKERS[loop] = Wakers(loop)
    return known


def _running_loop() -> asyncio.AbstractEventLoop:
    import asyncio  # noqa: PLC0415 - see above

    return asyncio.get_running_loop()
