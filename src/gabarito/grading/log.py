"""A log file with one JSON object in a line."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec


class _Lines(logging.Formatter):
    """`time`, `level`, `logger`, `message`, and what a record has beside them in `told`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        return msgspec.json.encode(line).decode()


@contextlib.contextmanager
def log_to(path: Path) -> Iterator[None]:
    """A block in which what this package logs is added to a file.

    Raises:
        OSError: it can't be written.
    """
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_Lines())
    logger = logging.getLogger("gabarito")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()
