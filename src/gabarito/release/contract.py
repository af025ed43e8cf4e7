"""The contract of each test: where it runs, which names come from the student, what it may do with their objects.

It is learned from the instructor's own solution, which is run in two processes: first everything is allowed and
recorded, twice and with other random numbers; then what each call was given is spoilt behind it, to see which tests
need it unchanged, and behind each test, to see which later ones do; then the contract made from all that must do,
twice. A test whose solution can't pass so runs in shared mode, and the reason is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from nbformat import NotebookNode

from gabarito.model import (
    CellReport,
    Contract,
    Job,
    JobCell,
    JobFile,
    Limits,
    Mode,
    NotebookContract,
    NotebookRecord,
    Outcome,
    Report,
    Role,
)
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.job import job_cells
from gabarito.notebook.language import kernel_of
from gabarito.notebook.names import names_of
from gabarito.notebook.needs import is_timed
from gabarito.notebook.otter import with_client
from gabarito.release.beginning import shared_beginning
from gabarito.release.settle import settle
from gabarito.release.trial import Runner

_STIR = JobCell(
    index=-1,
    id="",
    role=Role.PLAIN,
    source="""[__import__("random").random()] + [
    module.rand(1) for name, module in __import__("sys").modules.items() if name in ("numpy.random", "torch")
]""",
)
# What may be another number, or address, each time that a test fails.
_MEASURED = re.compile(r"(?<![\w.])(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w])")
_LONGEST_REASON = 300
_STUDENTS = frozenset({Role.PLAIN, Role.ANSWER, Role.MANUAL})


def learn_contract(
    solved: NotebookNode,
    record: NotebookRecord,
    files: tuple[JobFile, ...],
    limits: Limits,
    run: Runner,
    preload: Sequence[str] = (),
    unsolved: NotebookNode | None = None,
) -> NotebookContract:
    """The contracts of a notebook's tests, learned by running its solution.

    Args:
        unsolved: the notebook without answers, which is to get the same points as in one process.

    Raises:
        EngineError: no worker can be started.
    """
    if kernel := kernel_of(record.kernelspec):
        alone = Contract(mode=Mode.SHARED, reason=f"the notebook runs in the kernel “{kernel}”, tests included")
        tests = {cell.id: alone for cell in record.cells if cell.role is Role.TEST}
        return NotebookContract(name=record.name, basis=record.basis(), tests=tests)
    regions = {cell.id: cell.hidden for cell in record.cells}
    cells = job_cells(solved, lambda cell: regions.get(grade_id(cell) or "", ()))
    found, before = _from_names(solved)
    first = {cell.id: found[cell.index] for cell in cells if cell.role is Role.TEST}
    handled = {cell.id: before[cell.index] for cell in cells if cell.role is Role.TEST}
    learner = _Learner(cells, handled, files, limits, run, preload)
    contracts = learner.learn(first)
    seeds = {cell.id for cell in cells if cell.role is Role.TEST and "seed" in cell.source}
    again = {
        name: replace(first[name], random=True)
        for name, contract in contracts.items()
        if contract.mode is Mode.SHARED and name in seeds
    }
    if again:
        more = learner.learn(contracts | again)
        contracts |= {name: more[name] for name in again if more[name].mode is Mode.TWO_PROCESS}
    empty = job_cells(unsolved, lambda cell: regions.get(grade_id(cell) or "", ())) if unsolved is not None else ()
    contracts = settle(contracts, cells, empty, {cell.id: cell.points for cell in record.cells}, learner.report)
    beginning, why = shared_beginning(cells, empty, lambda run, count: learner.run(run, contracts, beginning=count))
    return NotebookContract(name=record.name, basis=record.basis(), tests=contracts, beginning=beginning, alone=why)


class _Learner:
    """Runs the solution with contracts, and makes better ones of what it sees."""

    def __init__(
        self,
        cells: Sequence[JobCell],
        handled: Mapping[str, frozenset[str]],
        files: tuple[JobFile, ...],
        limits: Limits,
        run: Runner,
        preload: Sequence[str],
    ) -> None:
        """`handled`: by test, the instructor's names that earlier tests use, and may have handed over."""
        self._handled = handled
        self._cells, self._files, self._limits, self._run, self._preload = cells, files, limits, run, preload
        self._turn = 0

    def report(self, cells: Sequence[JobCell], contracts: Mapping[str, Contract]) -> dict[str, CellReport]:
        """What became of each test of these cells, with the same random numbers each time."""
        return _of_tests(self.run(cells, contracts), contracts)

    def learn(self, contracts: Mapping[str, Contract]) -> dict[str, Contract]:
        """The contracts that the solution needs, out of first ones; those that are complete stay as they are."""
        found = {
            name: replace(contract, is_being_written=contract.mode is Mode.TWO_PROCESS and not contract.operations)
            for name, contract in contracts.items()
        }
        for stirred in (False, True):
            reports = self._report(found, stirred=stirred)
            found = {name: _recorded(contract, reports.get(name)) for name, contract in found.items()}
        earlier = {
            name
            for name, told in reports.items()
            if told.learned is not None and not self._handled[name].isdisjoint(told.learned.mutable)
        }
        earlier |= self._needing_earlier(found)
        reports = self._report({name: replace(c, is_poisoned=c.is_being_written) for name, c in found.items()})
        last = max((n for n, cell in enumerate(self._cells) if cell.id in earlier), default=-1)
        before = {cell.id for cell in self._cells[: last + 1]}
        found = {
            name: _judged(contract, reports.get(name), earlier=name in earlier, keeps=name in before)
            for name, contract in found.items()
        }
        for stirred in (False, True):
            reports = self._report(found, stirred=stirred)
            found = {name: _proven(contract, reports.get(name)) for name, contract in found.items()}
        return found

    def _needing_earlier(self, contracts: Mapping[str, Contract]) -> set[str]:
        """The tests that fail while all that earlier ones handed over is spoilt."""
        written = {
            name: replace(c, is_spoiling=True, compare=()) for name, c in contracts.items() if c.is_being_written
        }
        if len(written) < 2:
            return set()
        reports = self._report({**contracts, **written})
        return {n for n in written if (told := reports.get(n)) is None or told.outcome is not Outcome.PASSED}

    def _report(self, contracts: Mapping[str, Contract], *, stirred: bool = False) -> dict[str, CellReport]:
        """What became of each test.

        Args:
            stirred: after each of the student's cells numbers are drawn that the solution does not draw, so that what
                depends on the numbers that are left is seen to differ from one notebook to the next.
        """
        cells: Sequence[JobCell] = self._cells
        if stirred:
            cells = [each for cell in cells for each in ((cell, _STIR) if cell.role in _STUDENTS else (cell,))]
        self._turn += 1
        return _of_tests(self.run(cells, contracts, seed=self._turn), contracts)

    def run(
        self, cells: Sequence[JobCell], contracts: Mapping[str, Contract], *, seed: int = 0, beginning: int = 0
    ) -> Report:
        """What becomes of cells with these contracts; the first ones may be run once for several jobs."""
        job = Job(
            key=f"contract-{seed}",
            cells=tuple(replace(c, contract=contracts[c.id]) if c.id in contracts else c for c in cells),
            files=with_client(cells, self._files),
            limits=self._limits,
            seed=seed,
            exclusive=is_timed(c.source for c in self._cells if c.role in (Role.GIVEN, Role.TEST)),
            beginning=beginning,
        )
        ((_, report),) = list(self._run([job], workers=1, preload=self._preload))
        return report


def _of_tests(report: Report, contracts: Mapping[str, Contract]) -> dict[str, CellReport]:
    return {c.id: c for c in report.cells if c.id in contracts}


def _recorded(contract: Contract, report: CellReport | None) -> Contract:
    """The contract with what one more run showed."""
    if not contract.is_being_written:
        return contract
    learned = report.learned if report is not None else None
    if report is None or report.outcome is not Outcome.PASSED or learned is None:
        return _shared(report)
    return replace(
        contract,
        fetch=tuple(sorted({*contract.fetch, *learned.differing})),
        operations=_united(contract.operations, learned.operations),
        lend=tuple(sorted({*contract.lend, *learned.lend})),
        changes=_united(contract.changes, learned.changes),
    )


def _judged(contract: Contract, report: CellReport | None, *, earlier: bool, keeps: bool) -> Contract:
    """The contract, finished: strict where the test failed while what it had handed over was spoilt.

    Args:
        earlier: it failed while what tests before it had handed over was spoilt.
        keeps: what the solution changes matters to a later test.
    """
    if not contract.is_being_written:
        return contract
    strict = report is None or report.outcome is not Outcome.PASSED
    return replace(
        contract,
        is_being_written=False,
        compare=(),
        strict=strict,
        changes=contract.changes if strict or earlier or keeps else {},
        earlier=earlier,
    )


def _proven(contract: Contract, report: CellReport | None) -> Contract:
    """The contract, if the solution passes with it."""
    if contract.mode is Mode.SHARED or (report is not None and report.outcome is Outcome.PASSED):
        return contract
    return _shared(report)


def _shared(report: CellReport | None) -> Contract:
    return Contract(mode=Mode.SHARED, reason=f"in two processes the solution itself fails: {_why(report)}")


def _united(one: Mapping[int, tuple[str, ...]], other: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    return {
        line: tuple(sorted({*one.get(line, ()), *other.get(line, ())})) for line in sorted(one.keys() | other.keys())
    }


def _why(report: CellReport | None) -> str:
    """In one line what was wrong, the same each time: the contract is committed, and a release can be repeated."""
    if report is None:
        return "it was not run"
    if not report.message:
        return "nothing was learned of it"
    message = report.message if report.error == "ViolationError" else _MEASURED.sub("…", report.message)
    message = " ".join(message.split())
    return message if len(message) <= _LONGEST_REASON else f"{message[:_LONGEST_REASON].rstrip()} …"


def _from_names(notebook: NotebookNode) -> tuple[dict[int, Contract], dict[int, frozenset[str]]]:
    """What can be said by reading: which cell binds the names that a test needs, itself or through a helper.

    Then by test, the instructor's names that tests before it need, or bind.
    """
    names = {index: names_of(cell) for index, cell in enumerate(notebook.cells)}
    binder: dict[str, int] = {}
    found: dict[int, Contract] = {}
    before: dict[int, frozenset[str]] = {}
    handled: frozenset[str] = frozenset()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and role_of(cell) is Role.TEST:
            needed: set[str] = set()
            # A built-in name is the student's where a student's cell defines it: an answer may be called `round`.
            pending = names[index].needs | (names[index].built_in & binder.keys())
            while pending:
                name = min(pending)
                needed.add(name)
                pending -= {name}
                if name in binder and role_of(notebook.cells[binder[name]]) not in _STUDENTS:
                    used = names[binder[name]]
                    pending |= (used.needs | (used.built_in & binder.keys())) - needed
            theirs = {n for n in needed if n in binder and role_of(notebook.cells[binder[n]]) in _STUDENTS}
            later = [i for i in names if i > index and role_of(notebook.cells[i]) is not Role.TEST]
            found[index] = Contract(
                mode=Mode.TWO_PROCESS,
                fetch=tuple(sorted(theirs)),
                give=tuple(sorted(names[index].binds & {n for i in later for n in names[i].needs})),
                compare=tuple(sorted(n for n in needed - theirs if n in binder)),
            )
            before[index] = handled
            handled |= {*found[index].compare, *names[index].binds}
        binder |= dict.fromkeys(names[index].binds, index)
    return found, before
