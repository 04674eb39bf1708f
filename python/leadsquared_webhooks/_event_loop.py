"""How a call of the asynchronous client reaches the event loop that waits for it.

It is imported with the package: a first import during a call could meet ``fork()``, and the child would
wait for the import's lock for ever. ``asyncio`` is imported by whoever runs an event loop.
"""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from ._native import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

_BELLS: WeakKeyDictionary[asyncio.AbstractEventLoop, Bells] = WeakKeyDictionary()


class Bells:
    """The calls that one event loop waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop watch a mailbox of its own."""
        self.mailbox = Mailbox()
        self.process = os.getpid()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        loop.add_reader(self.mailbox.fileno(), self._answer)

    async def next_ring(self, number: int) -> None:
        """Wait until the bell of a call rings."""
        ring = self._waiting[number] = _running_loop().create_future()
        try:
            await ring
        finally:
            self._waiting.pop(number, None)

    def _answer(self) -> None:
        for number in self.mailbox.take():
            ring = self._waiting.get(number)
            # One that nobody waits for any more was cancelled, or has rung already.
            if ring is not None and not ring.done():
                ring.set_result(None)


def bells() -> Bells:
    """Return those of the running loop, made for it if there are none."""
    loop = _running_loop()
    known = _BELLS.get(loop)
    if known is None or known.process != os.getpid():
        known = _BELLS[loop] = Bells(loop)
    return known


def _running_loop() -> asyncio.AbstractEventLoop:
    import asyncio  # noqa: PLC0415 - see above

    return asyncio.get_running_loop()
