"""A student process made ready for a test that runs in it: as strong as one process can be, which is not a boundary.

Everything that student code did to the process and that can be undone is undone before the process reads the test: it
is a fresh copy of itself (`gabarito.engine.student`), so no thread is left, nor timer, nor another process; here the
rest is put back. What can't be undone: memory that was written to with ctypes, implementations in the dispatcher of
torch, state inside of libraries, the student's own functions and objects, which the test is going to call and compare.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from gabarito.engine.given_names import GivenNames, find_imports
from gabarito.engine.hooks import Hooks, unshadow
from gabarito.engine.remote.random_states import seed
from gabarito.engine.reset import Interpreter
from gabarito.engine.shell import CellShell
from gabarito.engine.snapshot import Snapshot

_SEEDS = re.compile(r"seed|set_?state|set_rng_state")
_CHANGES_LIBRARIES = re.compile(r"\.\s*\w+\s*=(?!=)|setattr|patch|__dict__|vars\s*\(|\bdel\b|\bexec\b|%run")


class CleanRoom:
    """What one student process needs to know to clean itself; make it before any student code runs.

    Args:
        shell: runs the cells.
        snapshot: the libraries as they were.
    """

    def __init__(self, shell: CellShell, snapshot: Snapshot) -> None:
        self._shell = shell
        self._snapshot = snapshot
        self._own: tuple[object, ...] = (shell,)
        self._names: dict[str, Any] = shell.ip.user_ns
        self._given = GivenNames(self._names, snapshot.meaning)
        self._hooks = Hooks(shell.ip)
        self._interpreter = Interpreter()
        self._may_reseed = True
        self._test = contextlib.ExitStack()
        # Bound before student code can put others in their place.
        self._begin = (self._interpreter.quiet, snapshot.restore)

    def add(self, *own: object) -> None:
        """Add objects of the engine, whose methods must be those of their classes in a test."""
        self._own += own

    def clean(self) -> None:
        """Undo what student code did to this process. The source of the test must not be here yet.

        Until it is over names, imports and IPython's hooks are the instructor's. All of this can drop objects of the
        student's, whose finalizers are student code and see the frames below; so can the collector, which stays off
        until the first statement.
        """
        for each_first in self._begin:
            each_first()
        for each in self._own:
            unshadow(each)
        self._interpreter.reset()
        self._shell.take_streams()
        self._names["__builtins__"] = builtins
        sys.modules["__main__"] = self._shell.ip.user_module
        if self._may_reseed:
            seed(int.from_bytes(os.urandom(4)))
        self._test.enter_context(self._hooks.aside())
        self._test.enter_context(self._interpreter.importing(self._given.modules()))
        self._test.enter_context(self._given.restored())
        gc.disable()

    def leave(self) -> None:
        """Call this after the test: what it needed of the instructor's is the student's again."""
        self._test.close()
        gc.enable()  # of a test without statements none has done so

    def before(self, source: str, *, is_locked: bool) -> Callable[[], None]:
        """Call this before a cell runs, and what it gives afterwards.

        Args:
            source: the cell's.
            is_locked: whether it is the instructor's: what such a cell does to libraries, to random states and to
                imported names is meant.
        """
        if not is_locked:
            self._given.student(source)
            return _nothing
        # A test may count on the numbers that come after an instructor's seed: a right answer must not fail.
        self._may_reseed = self._may_reseed and not _SEEDS.search(source)
        imports = find_imports(source)
        accept = self._snapshot.begin() if _CHANGES_LIBRARIES.search(source) else _nothing

        def after() -> None:
            accept()
            self._given.given(imports)

        return after


def _nothing() -> None:
    pass
