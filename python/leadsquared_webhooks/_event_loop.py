"""How a call of the asynchronous client reaches the event loop that waits for it."""

from __future__ import annotations

import asyncio
import os
from weakref import WeakKeyDictionary

from ._native import Mailbox

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
        ring = self._waiting[number] = asyncio.get_running_loop().create_future()
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
    loop = asyncio.get_running_loop()
    known = _BELLS.get(loop)
    if known is None or known.process != os.getpid():
        known = _BELLS[loop] = Bells(loop)
    return known
