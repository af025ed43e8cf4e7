"""How `gabarito.testing` measures a student's function: it runs over there, and the verdict is reached here.

CPU time is read from the kernel, by the student process's number, so that no clock of the student's is believed. What
torch does can be seen in the student process only: that is its own word, of which the form is looked at.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median_low
from typing import Any, final

from gabarito.engine import processes
from gabarito.engine.codec import CodecError
from gabarito.testing._elsewhere import Watched

_SINGLES = 3
_NAMES = 10_000
_NAME_LENGTH = 200
_HIGHEST = 1 << 60
_AMOUNTS = ("number of operations", "peak of memory", "amount of work", "number of steps")

Ask = Callable[..., Any]


@final
class Measured:
    """One function of the student process, as `gabarito.testing` looks at it."""

    __slots__ = ("_ask", "_process", "_singles", "name", "overhead", "spent")

    def __init__(self, ask: Ask, name: str, process: int) -> None:
        """`ask` has an operation done on the function over there; `process` is that process's id."""
        self._ask, self._process = ask, process
        self._singles: deque[float] = deque(maxlen=_SINGLES)
        self.name = name[:_NAME_LENGTH]
        self.overhead = self.spent = 0.0

    def seconds(self, args: tuple[Any, ...], times: int) -> float:
        """CPU seconds of the student process for so many calls; a little below 0 where they take next to nothing.

        They are what one call costs less than one call more than so many: so what it costs to be asked is left out, and
        to hand back the arguments that a call has changed.

        Raises:
            RuntimeError: the kernel doesn't tell the process's CPU time.
            CodecError: the answer is malformed.
        """
        # Those of a moment ago, since a machine's speed comes and goes; several, since one may have been disturbed.
        self._singles.append(self._repeat(args, 1))
        single = median_low(self._singles)
        seconds = self._repeat(args, times + 1) - single
        self.overhead = max(0.0, single - max(0.0, seconds) / times)
        return seconds

    def watch(self, args: tuple[Any, ...], *, memory: bool, work: bool, names: tuple[str, ...]) -> tuple[Any, Watched]:
        """What a call returns, and what the student process says was done meanwhile.

        Raises:
            CodecError: the answer is malformed.
        """
        answer = self._ask("watch", args, memory, work, names)
        if type(answer) is not tuple or len(answer) != 2 + len(_AMOUNTS):
            raise CodecError("what torch did was told in no known way")
        result, called, *amounts = answer
        if type(called) is not tuple or len(called) > _NAMES or not all(map(_is_name, called)):
            raise CodecError("names of torch’s operations were told in no known way")
        return result, Watched(called, *map(_amount, amounts, _AMOUNTS))

    def _repeat(self, args: tuple[Any, ...], times: int) -> float:
        before = self._cpu_seconds()
        if self._ask("repeat", args, times) is not None:
            raise CodecError("repeated calls were answered with a value, and have none")
        taken = self._cpu_seconds() - before
        self.spent += taken
        return taken

    def _cpu_seconds(self) -> float:
        try:
            return time.clock_gettime(processes.cpu_clock(self._process))
        except OSError as e:
            raise RuntimeError(f"the CPU time of the notebook’s process can’t be read ({e.strerror})") from None


def _is_name(name: Any) -> bool:
    return type(name) is str and len(name) <= _NAME_LENGTH


def _amount(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value <= _HIGHEST:
        raise CodecError(f"the {what} is told as a {type(value).__name__} that is none")
    return value
