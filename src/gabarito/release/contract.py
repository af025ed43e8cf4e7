"""The contract of each test: where it runs, which names come from the student, what it may do with their objects.

It is learned from the instructor's own solution, which is run in two processes: first everything is allowed and
recorded, then the contract made from it must do, several times and with other random numbers. A test whose solution
can't pass so runs in shared mode, and the reason is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
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
    Role,
)
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.job import job_cells
from gabarito.notebook.names import names_of
from gabarito.release.trial import Runner

_TRIALS = 3
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
) -> NotebookContract:
    """The contracts of a notebook's tests, learned by running its solution.

    Raises:
        EngineError: no worker can be started.
    """
    regions = {cell.id: cell.hidden for cell in record.cells}
    cells = job_cells(solved, lambda cell: regions.get(grade_id(cell) or "", ()))
    found = _from_names(solved)
    contracts = {
        cell.id: msgspec.structs.replace(found[cell.index], is_being_written=True)
        for cell in cells
        if cell.role is Role.TEST
    }
    for turn in range(1 + _TRIALS):
        job = Job(key=f"contract-{turn}", cells=_with(cells, contracts), files=files, limits=limits, seed=turn)
        ((_, report),) = list(run([job], workers=1, preload=preload))
        reports = {c.id: c for c in report.cells if c.id in contracts}
        contracts = {name: _next(contract, reports.get(name)) for name, contract in contracts.items()}
    return NotebookContract(name=record.name, basis=record.basis(), tests=contracts)


def _with(cells: Sequence[JobCell], contracts: Mapping[str, Contract]) -> tuple[JobCell, ...]:
    return tuple(
        msgspec.structs.replace(cell, contract=contracts[cell.id]) if cell.id in contracts else cell for cell in cells
    )


def _next(contract: Contract, report: CellReport | None) -> Contract:
    """The contract after one more run."""
    if contract.mode is Mode.SHARED:
        return contract
    if report is None or report.outcome is not Outcome.PASSED:
        return Contract(mode=Mode.SHARED, reason=f"in two processes the solution itself fails: {_why(report)}")
    learned = report.learned
    if not contract.is_being_written or learned is None:
        return contract
    return Contract(
        mode=Mode.TWO_PROCESS,
        fetch=tuple(sorted({*contract.fetch, *learned.differing})),
        give=contract.give,
        operations={line: tuple(sorted(ops)) for line, ops in sorted(learned.operations.items())},
        lend=learned.lend,
    )


def _why(report: CellReport | None) -> str:
    """In one line what was wrong, the same each time: the contract is committed, and a release can be repeated."""
    if report is None:
        return "it was not run"
    message = report.message if report.error == "ViolationError" else _MEASURED.sub("…", report.message)
    message = " ".join(message.split())
    return message if len(message) <= _LONGEST_REASON else f"{message[:_LONGEST_REASON].rstrip()} …"


def _from_names(notebook: NotebookNode) -> dict[int, Contract]:
    """What can be said by reading: which cell binds the names that a test needs, itself or through a helper."""
    names = {index: names_of(cell) for index, cell in enumerate(notebook.cells)}
    binder: dict[str, int] = {}
    found: dict[int, Contract] = {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and role_of(cell) is Role.TEST:
            needed: set[str] = set()
            pending = set(names[index].needs)
            while pending:
                name = pending.pop()
                needed.add(name)
                if name in binder and role_of(notebook.cells[binder[name]]) not in _STUDENTS:
                    pending |= names[binder[name]].needs - needed
            theirs = {n for n in needed if n in binder and role_of(notebook.cells[binder[n]]) in _STUDENTS}
            later = [i for i in names if i > index and role_of(notebook.cells[i]) is not Role.TEST]
            found[index] = Contract(
                mode=Mode.TWO_PROCESS,
                fetch=tuple(sorted(theirs)),
                give=tuple(sorted(names[index].binds & {n for i in later for n in names[i].needs})),
                compare=tuple(sorted(n for n in needed - theirs if n in binder)),
            )
        binder |= dict.fromkeys(names[index].binds, index)
    return found
