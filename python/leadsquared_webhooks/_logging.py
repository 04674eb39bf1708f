"""Forwards log records of the native module to ``logging``.

This package does not import ``logging``; only programs that use it do.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def level() -> int | None:
    """Return the lowest level that is handled, or ``None`` without a handler."""
    # If ``logging`` is not imported, no handler is set up. An import statement would wait for an
    # import that another thread has begun; in a child after ``fork()``, it would wait forever.
    get_logger = getattr(sys.modules.get("logging"), "getLogger", None)
    if get_logger is None:
        return None
    logger = get_logger("leadsquared_webhooks")
    return logger.getEffectiveLevel() if logger.hasHandlers() else None


def deliver(records: Iterable[tuple[int, str, float, str]]) -> None:
    """Handle records: a level, a logger's name, a time in seconds since 1970 and a message."""
    logging = sys.modules["logging"]
    for level, name, created, message in records:
        logger = logging.getLogger(name)
        if not logger.isEnabledFor(level):
            continue
        record = logger.makeRecord(name, level, "(native)", 0, message, (), None)
        record.relativeCreated += (created - record.created) * 1000
        record.created = created
        record.msecs = created % 1 * 1000
        logger.handle(record)
