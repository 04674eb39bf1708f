"""How a call of the asynchronous client reaches the event loop that waits for it.

It is imported with the package: a first import during a call could meet ``fork()``, and the child
would wait for the import's lock for ever. ``asyncio`` is imported by whoever runs an event loop.
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
        """Let the loop watch a queue of its own."""
        self.wake_queue = WakeQueue()
        self.process = os.getpid()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        loop.add_reader(self.wake_queue.fileno(), self._answer)

    async def woken(self, number: int) -> None:
        """Wait until a call is woken."""
        wake = self._waiting[number] = _running_loop().create_future()
        try:
            await wake
        finally:
            self._waiting.pop(number, None)

    def _answer(self) -> None:
        for number in self.wake_queue.take():
            wake = self._waiting.get(number)
            # One that nobody waits for any more was cancelled, or has woken already.
            if wake is not None and not wake.done():
                wake.set_result(None)


def wakers() -> Wakers:
    """Return those of the running loop, made for it if there are none."""
    loop = _running_loop()
    known = _WAKERS.get(loop)
    if known is None or known.process != os.getpid():
        known = _WAKERS[loop] = Wakers(loop)
    return known


def _running_loop() -> asyncio.AbstractEventLoop:
    import asyncio  # noqa: PLC0415 - see above

    return asyncio.get_running_loop()
