"""The instructor's own code in the checker: given cells and tests, with the student's names as a contract says."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard, final

from gabarito.engine.codec import CodecError
from gabarito.engine.outputs import Outputs
from gabarito.engine.remote.checker_side import CheckerSide
from gabarito.engine.remote.keep import can_change
from gabarito.engine.remote.policy import Policy
from gabarito.engine.remote.random_states import random_states, seed, take_random_states
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.source import answer_inspect
from gabarito.engine.remote.standins import home_of
from gabarito.engine.shell import CellShell, OutputLimitReached, cell_shell
from gabarito.engine.wire import Clear, Done, Message, Rich, Run, Text
from gabarito.model import Contract, Learned, Outcome


@final
class Bench:
    """Runs the instructor's cells of one notebook in this process."""

    def __init__(self, channel: Channel, process: int, seed: int, *, keeps: bool = False) -> None:
        """`channel` leads to the student process, `process` is that one's id.

        Args:
            seed: that of the student process: given cells draw the same numbers there and here.
            keeps: whether a test needs what earlier ones handed over to be as the reference solution leaves it.
        """
        self._keeps = keeps
        self._channel, self.process, self._seed = channel, process, seed
        self._sources: list[str] = []
        self._drawn: dict[str, Any] = {}
        self._is_drawing = ""
        self._has_written_too_much = False
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
        shell = self._open()
        if self._side is not None:
            self._side.restore()
        self._draw_as("given")
        if "__future__" in run.source:  # what it imports is for later cells too, and IPython keeps it
            shell.run(run)
        else:
            shell.test([run], shows_source=True)

    def student_cell(self, source: str) -> None:
        """Take note of a cell of the student's, which is run elsewhere."""
        self._sources.append(source)

    def test(self, contract: Contract, run: Run, outputs: Outputs) -> Done:
        """Run a test against the student's names; how it ended is decided here."""
        shell = self._open()
        self._outputs = outputs
        self._has_written_too_much = False
        self.learned = None
        policy = _policy(run.label, contract)
        side = self._converse(policy)
        self._draw_as("tests")
        self._fetch(side, shell, contract.fetch)
        differing = tuple(name for name in contract.compare if self._fetch_where_other(side, shell, name))
        if contract.earlier:
            side.restore()
        own = ((name, shell.ip.user_ns.get(name)) for name in contract.compare)
        mutable = tuple(name for name, value in own if name not in differing and can_change(value))
        self._is_testing = True
        try:
            done = shell.test([run], shows_source=True)
        finally:
            self._is_testing = False
        if self._lost is not None:
            raise self._lost
        side.mend()
        if contract.is_spoiling:
            side.spoil_all()
        if self._has_written_too_much:
            return Done(done.count, "OutputLimitReached", outcome=Outcome.OUTPUT, lines=done.lines)
        if policy.violation:
            return Done(done.count, "ViolationError", policy.violation, outcome=Outcome.FAILED, lines=done.lines)
        if contract.is_being_written:
            self.learned = Learned(
                operations=_sorted(policy.used),
                differing=differing,
                mutable=mutable,
                lend=tuple(sorted(policy.used_of_ours)),
                changes=_sorted(policy.changed),
            )
        for name in contract.give:
            if name in shell.ip.user_ns:
                with _of_names():
                    side.assign(name, shell.ip.user_ns[name])
        return done

    def heard(self, message: Text | Rich | Clear) -> TypeGuard[Text]:
        """Show what student code puts out while a test runs as the test's own output, redirected as that is."""
        if not self._is_testing or not isinstance(message, Text):
            return False
        try:
            (sys.stderr if message.name == "stderr" else sys.stdout).write(message.text)
        except OutputLimitReached:  # the conversation goes on, or the next test would hear this one's answer
            self._has_written_too_much = True
        return True

    def _draw_as(self, whose: str) -> None:
        """Go on with the random numbers of given cells, which student code sees too, or with those of tests."""
        if self._is_drawing != whose:
            self._drawn[self._is_drawing] = random_states()
            self._is_drawing = whose
            if whose in self._drawn:
                take_random_states(self._drawn[whose])
            elif whose == "given":
                seed(self._seed)
            else:  # new in each run, and unknown to the student process
                seed(random.SystemRandom().getrandbits(63))

    def _open(self) -> CellShell:
        if self._shell is None:
            self._shell = cell_shell()
            self._shell.open(self._collect)
            sys.path[:] = ["", *filter(None, sys.path)]  # it is so already where the first cells were run before
            answer_inspect(self._sources)
        return self._shell

    def _converse(self, policy: Policy) -> CheckerSide:
        if self._side is None:
            self._side = CheckerSide(_Keeping(self, self._channel), policy, self.process, keeps=self._keeps)
        self._side.obey(policy, self.process)
        return self._side

    def _fetch(self, side: CheckerSide, shell: CellShell, names: Sequence[str]) -> None:
        if not names:
            return
        with _of_names():
            found = side.names(names)
        for name, (known, value) in zip(names, found, strict=True):
            if known:
                shell.ip.user_ns[name] = value
            else:
                shell.ip.user_ns.pop(name, None)

    def _fetch_where_other(self, side: CheckerSide, shell: CellShell, name: str) -> bool:
        """Whether student code has another value under a name of the instructor's; then the test gets that."""
        missing = object()
        own = shell.ip.user_ns.get(name, missing)
        with _of_names():
            ((known, theirs),) = side.names((name,))
        if not known or home_of(theirs) is not None or (own is not missing and _is_same(own, theirs)):
            return False
        shell.ip.user_ns[name] = theirs
        return True

    def _collect(self, message: Message) -> None:
        assert isinstance(message, Text | Rich | Clear)
        self._outputs.add(message)

    def lose(self, error: BaseException) -> None:
        """Remember what ended the conversation: no test may swallow it."""
        if self._lost is None:
            self._lost = error


@contextlib.contextmanager
def _of_names() -> Iterator[None]:
    """A block that asks for names outside of a test: what the other side raises there is no error of the test's.

    Raises:
        CodecError: it raised something.
    """
    try:
        yield
    except CodecError:
        raise
    except Exception as e:
        raise CodecError(f"a name was asked for, and {type(e).__name__} was raised") from None


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


_SAME: Mapping[str, Callable[[Any, Any], bool]] = {
    "numpy": lambda one, other: bool(sys.modules["numpy"].array_equal(one, other)),
    "pandas": lambda one, other: bool(one.equals(other)),
    "torch": lambda one, other: bool(
        sys.modules["torch"].equal(one, other) if hasattr(one, "requires_grad") else one == other
    ),
}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal throughout, type by type."""
    if type(one) is not type(other):
        return False
    library = type(one).__module__.partition(".")[0]
    if library in _SAME:
        return _SAME[library](one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _policy(label: str, contract: Contract) -> Policy:
    allowed = {line: frozenset(operations) for line, operations in contract.operations.items()}
    return Policy(
        label,
        None if contract.is_being_written else allowed,
        frozenset(contract.lend),
        strict=contract.strict,
        changes={line: frozenset(places) for line, places in contract.changes.items()},
        earlier=contract.earlier,
        poisoned=contract.is_poisoned,
        random=contract.random,
    )


def _sorted(by_line: Mapping[int, set[str]]) -> dict[int, tuple[str, ...]]:
    return {line: tuple(sorted(words)) for line, words in sorted(by_line.items())}
