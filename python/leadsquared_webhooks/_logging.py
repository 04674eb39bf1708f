"""What the native part told, handed to ``logging``."""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def deliver(records: Iterable[tuple[int, str, float, str]]) -> None:
    """Handle records of a level, a logger's name, a time in seconds since 1970 and a message."""
    for level, name, created, message in records:
        logger = logging.getLogger(name)
        if not logger.isEnabledFor(level):
            continue
        record = logger.makeRecord(name, level, "(native)", 0, message, (), None)
        record.relativeCreated += (created - record.created) * 1000
        record.created = created
        record.msecs = created % 1 * 1000
        logger.handle(record)
