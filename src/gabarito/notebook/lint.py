"""What is wrong, or looks wrong, in an instructor's notebook before anything of it is run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from gabarito.model import Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.language import kernel_of
from gabarito.notebook.lint_tests import check_tests
from gabarito.notebook.markers import NBGRADER, Delimiters, Kind, Region, near_markers, scan

_GRADE_ID = re.compile(r"[a-zA-Z0-9_\-]+")
_ATTACHMENT = re.compile(r"!\[.*\]\(attachment:.+?\)")
_GRADED = (Role.TEST, Role.MANUAL, Role.TASK)
_BELONGS = {
    Kind.SOLUTION: ((Role.ANSWER, Role.MANUAL), "an answer cell (autograded or manually graded)"),
    Kind.HIDDEN: ((Role.TEST,), "a test cell (“Autograder tests”)"),
    Kind.MARK_SCHEME: ((Role.TASK,), "a task cell (“Manually graded task”)"),
}
_NAMES = {
    Role.PLAIN: "an ordinary cell",
    Role.GIVEN: "a read-only cell",
    Role.ANSWER: "an answer cell",
    Role.TEST: "a test cell",
    Role.MANUAL: "a manually graded answer",
    Role.TASK: "a task cell",
}


class Severity(StrEnum):
    """Whether a finding stops the release."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of an instructor's notebook, with what to do about it."""

    severity: Severity
    rule: str
    """A short name of the kind of fault, for scripts."""
    message: str
    advice: str
    cell: str = ""
    """The cell's grade id, where it has one."""
    index: int | None = None
    """The cell's position, counted from 0; None where the finding is about the whole notebook or another file."""
    line: int | None = None
    """Line of the cell, counted from 1."""
    notebook: str = ""
    """The file's name; empty until the caller of `check_source` fills it in."""

    @property
    def place(self) -> str:
        """Where it is, in words that count from 1."""
        parts = [self.notebook] if self.notebook else []
        if self.index is not None:
            parts.append(f"cell {self.index + 1}" + (f" ({self.cell})" if self.cell else ""))
        elif self.cell:
            parts.append(f"cell {self.cell}")
        if self.line is not None:
            parts.append(f"line {self.line}")
        return ", ".join(parts)

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.message}; {self.advice}"


def check_source(
    notebook: NotebookNode, delimiters: Delimiters = NBGRADER, *, attachments_refused: bool = True
) -> list[Finding]:
    """Faults of the notebook in the order of its cells; refusals are what nbgrader would only trip over.

    Args:
        notebook: as it was read, its nbgrader metadata not yet upgraded.
        delimiters: the markers that the course uses.
        attachments_refused: whether an attachment in a mark scheme is a fault, as nbgrader's option says: the
            region is cleared for students, the attached picture stays in the file.
    """
    findings = list(_ids(notebook))
    for index, cell in enumerate(notebook.cells):
        faults = [*_metadata(cell), *_markers(cell, delimiters, attachments_refused)]
        if not faults:
            faults = [*_schema(cell), *_points(cell)]
        faults += _near_markers(cell, delimiters)
        findings += [_placed(fault, cell, index) for fault in faults]
    if not kernel_of(notebook.metadata.get("kernelspec", {})):
        for test in check_tests(notebook, delimiters):
            fault = Finding(
                severity=Severity.REFUSE if test.refused else Severity.WARN,
                rule=test.rule,
                message=test.message,
                advice=test.advice,
                line=test.line,
            )
            findings.append(_placed(fault, notebook.cells[test.index], test.index))
    return sorted(findings, key=lambda f: (-1 if f.index is None else f.index, f.line or 0))


def _placed(finding: Finding, cell: NotebookNode, index: int) -> Finding:
    return replace(finding, cell=grade_id(cell) or "", index=index)


def _refuse(rule: str, message: str, advice: str, line: int | None = None) -> Finding:
    return Finding(severity=Severity.REFUSE, rule=rule, message=message, advice=advice, line=line)


def _warn(rule: str, message: str, advice: str, line: int | None = None) -> Finding:
    return Finding(severity=Severity.WARN, rule=rule, message=message, advice=advice, line=line)


def _meta(cell: NotebookNode) -> dict[str, Any] | None:
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else None


def _ids(notebook: NotebookNode) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, cell in enumerate(notebook.cells):
        if role_of(cell) is Role.PLAIN or not (name := grade_id(cell)):
            continue
        if name in first:
            yield _placed(
                _refuse(
                    "duplicate-id",
                    f"the id {name!r} is already that of cell {first[name] + 1}",
                    "give one of the two another id",
                ),
                cell,
                index,
            )
        else:
            first[name] = index


def _metadata(cell: NotebookNode) -> Iterator[Finding]:
    role, meta = role_of(cell), _meta(cell)
    if meta is None or role is Role.PLAIN:
        return
    name = meta.get("grade_id")
    if name is None or name == "":
        yield _refuse("missing-id", f"{_NAMES[role]} has no id", "give it one under “Create Assignment”")
    elif not isinstance(name, str) or not _GRADE_ID.fullmatch(name):
        yield _refuse(
            "malformed-id", f"the id {name!r} is malformed", "use only letters from a to z, digits, “_” and “-”"
        )
    if role in _GRADED:
        yield from _bad_points(meta)
    yield from _cell_type(cell.cell_type, role)


def _bad_points(meta: dict[str, Any]) -> Iterator[Finding]:
    points = meta.get("points")
    if points is None:
        yield _refuse("points", "the cell is graded but has no points", "say how many points it is worth; 0 will do")
    elif isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points):
        yield _refuse("points", f"its points are {points!r}, which is no number", "write a number that isn’t negative")
    elif points < 0:
        yield _refuse("points", f"its points are {points:g}", "write a number that isn’t negative")


def _cell_type(cell_type: str, role: Role) -> Iterator[Finding]:
    if role is Role.TASK and cell_type != "markdown":
        yield _refuse("cell-type", f"a task cell is a {cell_type} cell", "change its type to Markdown")
    elif role in (Role.TEST, Role.ANSWER) and cell_type != "code":
        yield _refuse(
            "cell-type",
            f"{_NAMES[role]} is a {cell_type} cell",
            "change its type to Code, or make it a manually graded answer",
        )
    elif role is Role.MANUAL and cell_type not in ("code", "markdown"):
        yield _refuse("cell-type", f"a manually graded answer is a {cell_type} cell", "change its type to Markdown")


def _markers(cell: NotebookNode, delimiters: Delimiters, attachments_refused: bool) -> Iterator[Finding]:
    regions, faults = scan(cell.source, delimiters)
    for fault in faults:
        yield _refuse("marker", fault.message, fault.advice, fault.line)
    role = role_of(cell)
    begins = {kind: begin for kind, begin, _ in delimiters.pairs()}
    for region in regions:
        roles, place = _BELONGS[region.kind]
        if role not in roles:
            yield _refuse(
                "wrong-cell",
                f"“{begins[region.kind]}” stands in {_NAMES[role]}",
                f"this region belongs in {place}: move it, or change what the cell is for",
                region.first,
            )
        elif region.kind is Kind.MARK_SCHEME and attachments_refused:
            yield from _attachments(cell.source, region)


def _near_markers(cell: NotebookNode, delimiters: Delimiters) -> Iterator[Finding]:
    for number, text, marker in near_markers(cell.source, delimiters):
        yield _warn(
            "near-marker",
            f"{text!r} looks like a marker and is none, so students get what follows",
            f"write “{marker}”",
            number,
        )


def _attachments(source: str, region: Region) -> Iterator[Finding]:
    for number, line in enumerate(source.split("\n")[region.first : region.last - 1], start=region.first + 1):
        if _ATTACHMENT.search(line):
            yield _refuse(
                "attachment",
                "the mark scheme has an attached picture, which would stay in the students’ file",
                "link to the picture, or write it into the text as a data: address",
                number,
            )


@cache
def _validator() -> Any:
    return MetadataValidator()


def _schema(cell: NotebookNode) -> Iterator[Finding]:
    meta = cell.metadata.get("nbgrader")
    if meta is None:
        return
    newest = MetadataValidator.schema_version
    version = meta.get("schema_version", 0) if isinstance(meta, dict) else None
    if isinstance(version, int) and version < newest:
        yield _refuse(
            "schema",
            f"its nbgrader metadata is of version {version}, now it is {newest}",
            "run 'nbgrader update' on this notebook",
        )
        return
    try:
        _validator().validate_cell(cell)
    except Exception as e:  # of several libraries, and without a common root
        reason = str(getattr(e, "message", "") or e).strip().split("\n", 1)[0]
        yield _refuse("schema", f"its nbgrader metadata isn’t valid ({reason})", "set the cell’s type again")


def _points(cell: NotebookNode) -> Iterator[Finding]:
    role = role_of(cell)
    meta = _meta(cell)
    if role in _GRADED and meta is not None and meta["points"] == 0:
        yield _warn(
            "no-points", f"{_NAMES[role]} is worth no points", "give it points, or make it a read-only or ordinary cell"
        )
