"""The instructor's own code in the checker: given cells and tests, with the student's names as a contract says."""

from __future__ import annotations

import random
import sys
from typing import Any, final

from gabarito.engine.outputs import Outputs
from gabarito.engine.remote.checker_side import CheckerSide
from gabarito.engine.remote.policy import Policy
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.standins import home_of
from gabarito.engine.shell import CellShell, cell_shell
from gabarito.engine.wire import Clear, Done, Message, Rich, Run, Text
from gabarito.model import Contract, Learned, Outcome


@final
class Bench:
    """Runs the instructor's cells of one notebook in this process."""

    def __init__(self, channel: Channel, process: int) -> None:
        """`channel` leads to the student process, `process` is that one's id."""
        self._channel, self._process = channel, process
        self._shell: CellShell | None = None
        self._side: CheckerSide | None = None
        self._outputs = Outputs(0)
        self._lost: BaseException | None = None
        self._is_testing = False
        self.learned: Learned | None = None
        """About the last test, where its contract is being written."""

    def given(self, run: Run) -> None:
        """Run a given cell; what it puts out is the student process's to say, and so are its errors."""
        self._outputs = Outputs(0)
        self._open().run(run)

    def test(self, contract: Contract, run: Run, outputs: Outputs) -> Done:
        """Run a test against the student's names; how it ended is decided here."""
        shell = self._open()
        self._outputs = outputs
        self.learned = None
        policy = Policy(
            run.label,
            None
            if contract.is_being_written
            else {line: frozenset(operations) for line, operations in contract.operations.items()},
            frozenset(contract.lend),
        )
        side = self._converse(policy)
        for name in contract.fetch:
            self._fetch(side, shell, name)
        differing = tuple(name for name in contract.compare if self._fetch_where_other(side, shell, name))
        self._is_testing = True
        try:
            done = shell.run(run)
        finally:
            self._is_testing = False
        if self._lost is not None:
            raise self._lost
        if policy.violation:
            return Done(done.count, "ViolationError", policy.violation, outcome=Outcome.FAILED, lines=done.lines)
        if contract.is_being_written:
            used = {line: tuple(sorted(operations)) for line, operations in policy.used.items()}
            self.learned = Learned(operations=used, differing=differing, lend=tuple(sorted(policy.used_of_ours)))
        for name in contract.give:
            if name in shell.ip.user_ns:
                side.assign(name, shell.ip.user_ns[name])
        return done

    def heard(self, message: Text | Rich | Clear) -> bool:
        """Show what student code puts out while a test runs as the test's own output, redirected as that is."""
        if not self._is_testing or not isinstance(message, Text):
            return False
        (sys.stderr if message.name == "stderr" else sys.stdout).write(message.text)
        return True

    def _open(self) -> CellShell:
        if self._shell is None:
            self._shell = cell_shell()
            self._shell.open(self._collect)
            _draw_new_numbers()
        return self._shell

    def _converse(self, policy: Policy) -> CheckerSide:
        if self._side is None:
            self._side = CheckerSide(_Keeping(self, self._channel), policy, self._process)
        self._side.manners = policy
        return self._side

    def _fetch(self, side: CheckerSide, shell: CellShell, name: str) -> None:
        known, value = side.name(name)
        if known:
            shell.ip.user_ns[name] = value
        else:
            shell.ip.user_ns.pop(name, None)

    def _fetch_where_other(self, side: CheckerSide, shell: CellShell, name: str) -> bool:
        """Whether student code has another value under a name of the instructor's; then the test gets that."""
        missing = object()
        own = shell.ip.user_ns.get(name, missing)
        known, theirs = side.name(name)
        if not known or home_of(theirs) is not None or (own is not missing and _is_same(own, theirs)):
            return False
        shell.ip.user_ns[name] = theirs
        return True

    def _collect(self, message: Message) -> None:
        if isinstance(message, Text | Rich | Clear):
            self._outputs.add(message)

    def lose(self, error: BaseException) -> None:
        """Remember what ended the conversation: no test may swallow it."""
        if self._lost is None:
            self._lost = error


class _Keeping:
    """A channel that remembers its end."""

    def __init__(self, bench: Bench, channel: Channel) -> None:
        self._bench = bench
        self._channel = channel

    def send(self, message: Any, fds: Any) -> None:
        """Send a message, and descriptors with it."""
        try:
            self._channel.send(message, fds)
        except BaseException as e:
            self._bench.lose(e)
            raise

    def receive(self) -> tuple[Any, list[int]]:
        """The next message of the conversation, with its descriptors."""
        try:
            return self._channel.receive()
        except BaseException as e:
            self._bench.lose(e)
            raise


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal throughout, type by type."""
    if type(one) is not type(other):
        return False
    library = type(one).__module__.partition(".")[0]
    if library == "torch" and isinstance(one, sys.modules["torch"].Tensor):
        return bool(sys.modules["torch"].equal(one, other))
    if library == "pandas":
        return bool(one.equals(other))
    if library == "numpy":
        return bool(sys.modules["numpy"].array_equal(one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _draw_new_numbers() -> None:
    """Random inputs of tests are new in each run, and unknown to the student process."""
    random.seed()
    seed = random.SystemRandom().getrandbits(63)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
