from __future__ import annotations

import os
from pathlib import Path

import pytest

from gabarito.audit.load import busy


def _children() -> set[int]:
    mine = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(rest[1]) == os.getpid():
            mine.add(pid)
    return mine


def test_the_machine_is_busy_only_inside() -> None:
    before = _children()
    with busy(2) as count:
        assert count == len(_children() - before) == 2
    assert _children() <= before


def test_nothing_burns_on_after_an_error() -> None:
    before = _children()
    with pytest.raises(RuntimeError), busy(1):
        raise RuntimeError
    assert _children() <= before


def test_every_core_is_taken_by_default() -> None:
    with busy() as count:
        assert count == len(os.sched_getaffinity(0))
