"""The words that all layers share: jobs, limits, outcomes and reports, as plain immutable data."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    """How one cell, or one test, ended."""

    PASSED = "passed"
    FAILED = "failed"  # an assertion of the test said no
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"  # wrote more than the output limit
    CRASHED = "crashed"  # a signal, os._exit
    NOT_RUN = "not_run"  # an earlier cell broke the notebook
    UNGRADED = "ungraded"  # our machinery failed: never costs a point


class Role(StrEnum):
    """What a cell of an assignment is for."""

    PLAIN = "plain"  # anybody's: no nbgrader metadata, or a cell that the student added
    GIVEN = "given"  # locked, not graded
    ANSWER = "answer"  # the student's, checked by test cells
    TEST = "test"  # locked and graded: autograder tests
    MANUAL = "manual"  # the student's, graded by a person
    TASK = "task"  # a description whose answer stands in other cells, graded by a person


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one submission may use. A limit that is hit is an outcome, with a sentence that says which."""

    cell_cpu_seconds: float = 30.0
    notebook_cpu_seconds: float = 300.0
    cell_wall_seconds: float = 600.0
    """Backstop only: a verdict must not depend on who else uses the machine."""
    idle_seconds: float = 20.0
    """A cell whose processes all sleep for so long, without using CPU time, is stopped."""
    memory_bytes: int = 4 * 2**30
    """Resident memory of the submission's processes together, beyond what they share with the worker."""
    output_bytes: int = 16 * 2**20
    """What one cell may write before it is stopped."""
    kept_output_bytes: int = 256 * 2**10
    """What is kept, of one cell's text output, for the autograded notebook."""
    open_files: int = 512
    processes: int = 64
    file_bytes: int = 512 * 2**20
    scratch_bytes: int = 2**30
    """Size of each temporary folder (`/tmp`, `/var/tmp`, `/dev/shm`), which hold the submission's own folder too."""


class HiddenRegion(msgspec.Struct, frozen=True):
    """Hidden tests inside a test cell: lines `first` to `last`, counted from 1, markers included."""

    first: int
    last: int
    title: str


class Mode(StrEnum):
    """Where a test runs."""

    TWO_PROCESS = "two-process"  # in the checker, which never runs student code
    SHARED = "shared"  # in the student's process: a submission that wants to can cheat it


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a test may ask of a notebook, as the instructor's own solution showed it."""

    mode: Mode
    reason: str = ""
    """Why it runs in shared mode, or empty."""
    fetch: tuple[str, ...] = ()
    """Names that come from the student; every other name is the instructor's own."""
    give: tuple[str, ...] = ()
    """Names that the test defines and that cells of the student's read later."""
    compare: tuple[str, ...] = ()
    """While it is being written: the instructor's names, to see whether student code has the same values."""
    is_being_written: bool = False
    """At release, with the instructor's own solution: everything is allowed, and recorded."""
    is_poisoned: bool = False
    """At release: what a call was given is spoilt after it, to see whether the test needs it unchanged."""
    is_spoiling: bool = False
    """At release: all that was handed over is spoilt when the test is over, to see which later ones need it."""
    operations: dict[int, tuple[str, ...]] = {}
    """By line of the test: what it may do with a student's object that is no plain value."""
    lend: tuple[str, ...] = ()
    """What student code may do with attributes of the test's own objects (`getattr read`), besides what is plain."""
    strict: bool = False
    """Whether the verdict needs what the test hands over to stay as it is, but for `changes`."""
    changes: dict[int, tuple[str, ...]] = {}
    """By line: which arguments, by position or name, student code may change there."""
    earlier: bool = False
    """Whether the verdict needs what earlier tests handed over to be as the instructor's own solution leaves it."""
    random: bool = False
    """Whether student code draws from the test's own random numbers: it can foresee them then."""


class JobCell(msgspec.Struct, frozen=True, kw_only=True):
    """One code cell to run."""

    index: int
    """Position in the notebook, counted over all its cells from 0."""
    id: str
    """The cell's grade id, or its notebook id where it has none."""
    role: Role
    source: str
    hidden: tuple[HiddenRegion, ...] = ()
    contract: Contract | None = None
    """Of a test cell; without one it runs in shared mode."""
    timed: bool = False
    """Whether it looks at a clock: then it runs while no other such cell does on this machine."""


class JobFile(msgspec.Struct, frozen=True):
    """A file beside the notebook: a relative POSIX path and its bytes."""

    path: str
    content: bytes
    given: bool = False
    """Whether it is the instructor's, as it was released: then tests in a process of their own see it too."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook of one submission, ready to run; it names no student."""

    key: str
    cells: tuple[JobCell, ...]
    files: tuple[JobFile, ...] = ()
    limits: Limits = Limits()
    seed: int = 0
    """Start of the random state of `random`, numpy and torch."""
    exclusive: bool = False
    """Whether a test is timed: where a GPU is used, nobody else uses it meanwhile."""
    kernel: str = ""
    """The Jupyter kernel that runs a notebook of another language; empty for Python."""
    beginning: int = 0
    """How many of the first cells, all the instructor's, may be run once for all jobs that begin with them."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What a run with the instructor's own solution showed about one test."""

    operations: dict[int, tuple[str, ...]]
    """By line of the test: what it did with students' objects."""
    differing: tuple[str, ...]
    """Names whose value in the student's process is another one than the instructor's."""
    lend: tuple[str, ...] = ()
    """What student code did with attributes of the test's own objects."""
    changes: dict[int, tuple[str, ...]] = {}
    """By line: which arguments student code changed."""
    mutable: tuple[str, ...] = ()
    """The instructor's names that it needs whose values student code could change, if it had them in its hands."""


class CellReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one code cell ended."""

    index: int
    id: str
    outcome: Outcome
    message: str = ""
    """One plain sentence when the outcome isn't `passed`; may quote the student's code."""
    error: str = ""
    """Name of the exception's class, where one was raised."""
    value: str | None = None
    """`text/plain` of the cell's last expression, which nbgrader reads as partial credit."""
    outputs: tuple[dict[str, Any], ...] = ()
    """nbformat v4 outputs, in order."""
    mode: Mode | None = None
    """Where a test cell ran; None for other cells."""
    learned: Learned | None = None
    """Of a test whose contract is being written."""
    in_hidden: int | None = None
    """Position in the cell's `hidden` of the region that was running when the test ended, else None."""
    cpu_seconds: float = 0.0


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What gave a report; empty where nobody knows."""

    engine: str = ""
    """Version of gabarito in the worker."""
    sandbox: str = ""
    image: str = ""
    """Digest of the image that the worker ran, or empty where it ran the machine's own Python."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine says about one Job."""

    key: str
    cells: tuple[CellReport, ...]
    notes: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    origin: Origin = Origin()
    alone: str = ""
    """Why the job ran its first cells itself, where it might have shared them; else empty."""

    def cell(self, index: int) -> CellReport | None:
        """The report of the cell at this position of the notebook, or None where it has none."""
        return next((c for c in self.cells if c.index == index), None)


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a report depends on: for each part a digest, which is another one when the part is."""

    submission: str
    """The student's cells and files."""
    given: str
    """The instructor's cells that are no tests, and files."""
    limits: str
    engine: str
    """The engine, the sandbox and its image or libraries, the GPU, and what workers import beforehand."""
    seeds: str
    """The course's secret."""
    tests: dict[str, str]
    """By grade id: the test's source and contract."""
    stored: str = ""
    """Name of the entry in the store that has the report."""


class RecordCell(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled cell of a released notebook, hidden tests included, solution removed."""

    id: str
    role: Role
    cell_type: str
    source: str
    checksum: str
    """nbgrader's checksum of this cell as its gradebook keeps it (before hidden tests are cleared)."""
    points: float = 0.0
    locked: bool = False
    hidden: tuple[HiddenRegion, ...] = ()


class NotebookRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One released notebook: its labelled cells in order."""

    name: str
    cells: tuple[RecordCell, ...]
    kernelspec: dict[str, Any] = {}
    imports: tuple[str, ...] = ()
    """Modules that its code imports: what a warm worker loads beforehand."""

    def cell(self, cell_id: str) -> RecordCell | None:
        """The labelled cell with this grade id, or None."""
        return next((c for c in self.cells if c.id == cell_id), None)

    @property
    def max_score(self) -> float:
        """Points of all graded cells."""
        return sum(c.points for c in self.cells)

    def basis(self) -> str:
        """SHA-256 of the instructor's cells: what contracts of its tests depend on."""
        cells = [(c.id, c.role.value, c.source) for c in self.cells if c.role in (Role.GIVEN, Role.TEST)]
        return hashlib.sha256(msgspec.json.encode(cells)).hexdigest()


class ReleaseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was released: kept in `grader_tests/ASSIGNMENT/record.json`, never shown to students."""

    assignment: str
    notebooks: tuple[NotebookRecord, ...]
    format: int = 1

    def notebook(self, name: str) -> NotebookRecord | None:
        """The notebook with this name (without `.ipynb`), or None."""
        return next((n for n in self.notebooks if n.name == name), None)


class NotebookContract(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts of one notebook's tests, by grade id, and what they depend on."""

    name: str
    basis: str
    """`NotebookRecord.basis` of the release that they were learned with."""
    tests: dict[str, Contract]
    beginning: tuple[str, ...] = ()
    """The notebook's first cells, where running them once for all submissions gives the same as running them anew."""
    alone: str = ""
    """Why they can't be run once, or empty."""


class AssignmentContract(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept in `grader_tests/ASSIGNMENT/contract.json`."""

    assignment: str
    notebooks: tuple[NotebookContract, ...]
    format: int = 1

    def notebook(self, record: NotebookRecord) -> NotebookContract | None:
        """What is known of a released notebook; None where it was learned with other cells."""
        for notebook in self.notebooks:
            if notebook.name == record.name and notebook.basis == record.basis():
                return notebook
        return None

    def current(self, record: ReleaseRecord) -> dict[str, NotebookContract]:
        """What is known of the notebooks of a release, by name; of none that was learned with other cells."""
        known = {each.name: self.notebook(each) for each in record.notebooks}
        return {name: found for name, found in known.items() if found is not None}

    def tests(self, record: NotebookRecord) -> dict[str, Contract]:
        """The contracts of a released notebook's tests; none where they were learned with other cells."""
        found = self.notebook(record)
        return found.tests if found is not None else {}
