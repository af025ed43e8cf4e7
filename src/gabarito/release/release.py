"""One assignment released: checked, tried out, converted, and put in its places all at once."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from gabarito.course import Course
from gabarito.engine import kept_workers
from gabarito.errors import CourseError, SourceError
from gabarito.model import AssignmentContract, Contract, Mode, ReleaseRecord, Role
from gabarito.notebook.language import kernel_of
from gabarito.notebook.lint import Finding, Severity
from gabarito.notebook.markers import Delimiters, has_marker
from gabarito.notebook.syntax import parse_cell
from gabarito.release.convert import Converted
from gabarito.release.draft import Draft, learn_contracts, make_draft
from gabarito.release.otter_files import FOLDER, HEADER, otter_files
from gabarito.release.record import encode_record
from gabarito.release.sources import Source, check_sources, read_sources
from gabarito.release.swap import Swap, recover
from gabarito.release.trial import Runner, TriedCell, try_out
from gabarito.release.weak_lines import WeakLine, find_weak_lines

_SCRATCH = ".gabarito-release-"
MISSED_POINTS = frozenset({"solution", "score"})
"""Rules about what the instructor's own solution gets."""
_UNSURE = frozenset({"marker", "wrong-cell", "cell-type"})  # nbgrader itself refuses some of these
# What `force` lets pass. Where nbgrader can't deal with such a notebook, it refuses it all the same.
_FORCED = MISSED_POINTS | _UNSURE | {"syntax", "data-file", "marker-left"}
Inspector = Callable[[Draft], Iterable[Finding]]
"""A last look at an assignment before it is released."""

_OFF = Contract(mode=Mode.SHARED, reason="c.Gabarito.two_process is off")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedCell:
    """A graded cell as it was released. `solved`, `unsolved` and `mode` are None where a person gives the points."""

    notebook: str
    id: str
    role: Role
    points: float
    hidden: int
    """How many hidden tests it has."""
    solved: float | None = None
    """Points of the instructor's own solution."""
    unsolved: float | None = None
    """Points of the students' version as it is."""
    mode: Mode | None = None
    """Where the test runs."""
    reason: str = ""
    """Why it runs in shared mode, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What was released, where it lies, and what to look at."""

    assignment: str
    notebooks: tuple[str, ...]
    cells: tuple[ReleasedCell, ...]
    findings: tuple[Finding, ...]
    """Warnings; with `force`, also the points that the solution misses."""
    written: tuple[Path, ...]
    """Files that students get first, then the record and the tests."""
    contract: AssignmentContract | None
    """What each test may ask of student code; None where `c.Gabarito.two_process` is off."""
    weak_lines: tuple[WeakLine, ...]
    """Lines of tests whose verdict rests on student code. They stop no release."""
    submissions: int
    """How many submissions the gradebook holds already: their scores are those of the earlier release."""

    @property
    def points(self) -> float:
        """Points of all graded cells."""
        return sum(cell.points for cell in self.cells)


def release(
    course: Course,
    assignment: str,
    *,
    force: bool = False,
    passing: Collection[str] = (),
    strict: bool = False,
    sandbox: str = "",
    run: Runner | None = None,
    inspect: Inspector | None = None,
) -> Release:
    """Write the students' version, the record and the tests of an assignment, and register it in the gradebook.

    Either all of it happens or nothing: until the last step everything lies in a folder aside.

    Args:
        force: release it even where the instructor's own solution does not get full marks, or something else is wrong
            that nbgrader lets pass.
        passing: rules of findings that stop nothing, without `force`.
        strict: refuse what would only be warned of, except what `force` lets pass.
        sandbox: what the notebooks run in, instead of what the course says: the one that grades, best.
        run: what runs the notebooks, instead of workers that are kept till the end of the release.
        inspect: a last look at what is to be released; what it finds stops the release as any other finding does.

    Raises:
        CourseError: there is no such assignment, or another release is running.
        SourceError: the source can't be released as it is; the message lists every reason.
        GradebookError: the gradebook can't be written, or its submissions don't fit the changed cells.
        EngineError: the sandbox can't be used, or the notebooks could not be run.
        UsageError: there is no sandbox of this name.
    """
    passing = _FORCED if force else frozenset(passing)
    sources = read_sources(course, assignment)
    with (
        _alone(course),
        TemporaryDirectory(prefix=_SCRATCH, dir=course.root) as folder,
        kept_workers() as keeping,
    ):
        found = _warned(check_sources(course, assignment, sources), passing)
        _stop(assignment, found, strict)
        try:
            draft = make_draft(course, assignment, Path(folder), sandbox, run or keeping)
        except SourceError as e:
            # nbgrader doesn't say where; what was let pass may be just what it trips over.
            passed = [f for f in found if f.rule in _UNSURE]
            raise SourceError(_listed(str(e), passed), (*e.findings, *passed)) from None
        converted, record = draft.converted, draft.record
        found += [*_leaks(converted.folder, draft.delimiters), *_unreadable(converted)]
        found = _warned(found, passing)
        _stop(assignment, found, strict)
        tried, ended = try_out(assignment, draft.notebooks(), draft.files, draft.limits, draft.run, draft.preload)
        found += [_located(f, sources) for f in ended]
        found = _warned(found, passing)
        _stop(assignment, found, strict)
        contract = learn_contracts(draft) if course.options.two_process else None
        if inspect is not None:
            known = {(f.rule, f.notebook, f.cell) for f in found}
            more = (_located(f, sources) for f in inspect(replace(draft, contract=contract)))
            found += [f for f in more if (f.rule, f.notebook, f.cell) not in known]
            _stop(assignment, found, strict)
        written, submissions = _publish(course, converted, record, contract)
    return Release(
        assignment=assignment,
        notebooks=tuple(n.name for n in record.notebooks),
        cells=tuple(_cells(record, tried, contract)),
        findings=tuple(found),
        written=written,
        contract=contract,
        weak_lines=find_weak_lines(record, contract) if contract is not None else (),
        submissions=submissions,
    )


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """One release at a time in a course; what a killed one left behind is cleared away."""
    holder = os.open(course.root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseError(f"another release is running in {course.root}; wait until it has ended") from None
        for left in course.root.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(holder)


def _warned(findings: Iterable[Finding], passing: Collection[str]) -> list[Finding]:
    return [replace(f, severity=Severity.WARN) if f.rule in passing else f for f in findings]


def _stop(assignment: str, findings: Collection[Finding], strict: bool) -> None:
    bad = [f for f in findings if f.severity is Severity.REFUSE or (strict and f.rule not in _FORCED)]
    if not bad:
        return
    several = f"{len(bad)} faults" if len(bad) > 1 else "one fault"
    told = _listed(f"{assignment!r} is not released, for {several}:", bad)
    hint = ""
    if all(f.severity is Severity.WARN for f in bad):
        hint = "\nThese are warnings: without --strict it is released all the same."
    elif all(f.rule in _FORCED for f in bad):
        unsure = ", unless nbgrader can’t deal with it" if any(f.rule in _UNSURE for f in bad) else ""
        hint = f"\nWith --force it is released all the same{unsure}."
    misses_points = any(f.rule in MISSED_POINTS for f in bad)
    causes = [f for f in findings if misses_points and f.rule == "cell-fails" and f not in bad]
    if causes:
        told += _listed("\nThis may be why:", causes)
    raise SourceError(told + hint, [*bad, *causes])


def _listed(heading: str, findings: Iterable[Finding]) -> str:
    return "\n".join((heading, *(f"  {finding}" for finding in findings)))


def _leaks(folder: Path, delimiters: Delimiters) -> Iterator[Finding]:
    """A last look: where a marker is left, what it marks is left too."""
    for path in sorted((*folder.rglob("*.ipynb"), *(folder / FOLDER).rglob("*.py"))):
        if has_marker(path.read_text(encoding="utf-8", errors="replace"), delimiters):
            yield Finding(
                severity=Severity.REFUSE,
                rule="marker-left",
                message="it still has a solution or hidden-test marker after nbgrader cleared it, so students would "
                "see what it marks",
                advice="look for the marker in the notebook’s metadata and attachments, and for preprocessors that "
                "nbgrader_config.py turns off",
                notebook=path.name,
            )


def _unreadable(converted: Converted) -> Iterator[Finding]:
    """Code that is Python for the instructor, but no longer without the solution and the hidden tests."""
    for notebook in converted.notebooks:
        if kernel_of(notebook.solved.metadata.get("kernelspec", {})):
            continue
        text = (converted.folder / f"{notebook.name}.ipynb").read_text(encoding="utf-8")
        pairs = zip(notebook.solved.cells, nbformat.reads(text, as_version=4).cells, strict=True)
        for index, (before, after) in enumerate(pairs):
            if after.cell_type != "code" or _syntax_error(before.source) is not None:
                continue
            if (fault := _syntax_error(after.source)) is not None:
                yield Finding(
                    severity=Severity.WARN,
                    rule="cut-syntax",
                    message=f"what students get of this cell is no valid Python ({fault.msg})",
                    advice="leave a line such as “pass” outside the region",
                    cell=after.metadata.get("nbgrader", {}).get("grade_id", ""),
                    index=index,
                    line=fault.lineno,
                    notebook=f"{notebook.name}.ipynb",
                )


def _syntax_error(source: str) -> SyntaxError | None:
    try:
        parse_cell(source)
    except SyntaxError as e:
        return e
    return None


def _located(finding: Finding, sources: tuple[Source, ...]) -> Finding:
    """The finding with the cell's position in the source, where it was known by its id only."""
    for source in sources:
        if source.path.name != finding.notebook or not finding.cell:
            continue
        for index, cell in enumerate(source.notebook.cells):
            if cell.metadata.get("nbgrader", {}).get("grade_id") == finding.cell:
                return replace(finding, index=index)
    return finding


def _publish(
    course: Course, converted: Converted, record: ReleaseRecord, contract: AssignmentContract | None
) -> tuple[tuple[Path, ...], int]:
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy.orm import Session

    from gabarito.gradebook.database import open_database
    from gabarito.release.registered import register_release

    ours = course.grader_tests / record.assignment
    target = course.release / record.assignment
    recover(target, ours)
    contents: dict[Path, bytes | None] = dict.fromkeys(_outdated(ours))
    contents[course.record_path(record.assignment)] = encode_record(record)
    if contract is not None:
        contents[course.contract_path(record.assignment)] = encode_record(contract)
    elif course.contract_path(record.assignment).exists():
        contents[course.contract_path(record.assignment)] = None
    contents |= {ours / path: text.encode() for path, text in otter_files(record).items()}
    given = sorted(p.relative_to(converted.folder) for p in converted.folder.rglob("*") if p.is_file())
    course_id = CourseDirectory(config=course.config).course_id
    swap = Swap()

    def work(session: Session) -> int:
        swap.undo()  # an earlier try, which the gradebook didn't take
        submissions = register_release(session, record, course_id)
        swap.files(contents)
        swap.folder(converted.folder, target)
        return submissions

    database = open_database(course.db_url, course_id=course_id)
    try:
        submissions = database.write(work)
    except OSError as e:
        swap.undo()
        place = e.filename2 or e.filename or course.root
        raise CourseError(
            f"{place} can’t be written ({e.strerror or e}), so nothing was released; "
            "check the disk and that you may write there, then run the release again"
        ) from e
    except BaseException:
        swap.undo()
        raise
    finally:
        database.close()
    swap.keep()
    written = (*(target / path for path in given), *sorted(p for p, text in contents.items() if text is not None))
    return written, submissions


def _outdated(folder: Path) -> Iterator[Path]:
    """Test files that an earlier release wrote; whatever else lies there is somebody's own."""
    for path in sorted((folder / "tests").rglob("*.py")):
        with path.open(encoding="utf-8", errors="replace") as file:
            if file.readline().startswith(HEADER):
                yield path


def _cells(
    record: ReleaseRecord, tried: tuple[TriedCell, ...], contract: AssignmentContract | None
) -> Iterator[ReleasedCell]:
    points = {(t.notebook, t.id): t for t in tried}
    for notebook in record.notebooks:
        contracts = contract.tests(notebook) if contract is not None else {}
        for cell in notebook.cells:
            if cell.role not in (Role.TEST, Role.MANUAL, Role.TASK):
                continue
            ended = points.get((notebook.name, cell.id))
            found = contracts.get(cell.id, _OFF) if ended is not None else None
            yield ReleasedCell(
                notebook=notebook.name,
                id=cell.id,
                role=cell.role,
                points=cell.points,
                hidden=len(cell.hidden),
                solved=ended.solved if ended is not None else None,
                unsolved=ended.unsolved if ended is not None else None,
                mode=found.mode if found is not None else None,
                reason=found.reason if found is not None else "",
            )
