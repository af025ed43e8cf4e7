"""One page of feedback, as data: a graded notebook, its scores and comments, and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from gabarito.gradebook.hidden import (
    Secrets,
    builtin_error,
    secrets_of,
    visible_source,
    visible_traceback,
)
from gabarito.gradebook.table import CellScore, Exercise, SubmissionScores
from gabarito.model import HiddenRegion, NotebookRecord, Outcome, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.markers import NBGRADER, Delimiters, Kind, hidden_regions, scan

_LABELS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "stopped with an error",
    Outcome.TIMEOUT: "ran out of time",
    Outcome.MEMORY: "ran out of memory",
    Outcome.OUTPUT: "printed too much",
    Outcome.CRASHED: "crashed",
    Outcome.NOT_RUN: "did not run",
    Outcome.UNGRADED: "could not be graded",
}
_BY_CODE = {Outcome.FAILED, Outcome.ERROR}
"""Outcomes whose sentence quotes code; the others' sentences are about limits, and safe to show."""


@dataclass(frozen=True, slots=True)
class HiddenResult:
    """How one hidden test ended, by its title."""

    title: str
    state: str
    """`passed`, `failed` or `unknown`."""

    @property
    def sentence(self) -> str:
        """What happened, for the student."""
        end = {"passed": "passed.", "failed": "did not pass."}.get(self.state, "has no result.")
        return f"Hidden test “{self.title}” {end}"


@dataclass(frozen=True, slots=True)
class Line:
    """One graded cell in the list on top of the page, and beside the cell."""

    cell: str
    kind: str
    """What to call the cell."""
    state: str
    """`good`, `partial`, `bad` or `open`, which gives its colour."""
    label: str
    score: float
    points: float
    sentences: tuple[str, ...] = ()
    hidden: tuple[HiddenResult, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows. `lines` are by grade id, in the order of the notebook."""

    notebook: NotebookNode
    name: str
    lines: Mapping[str, Line]
    notes: tuple[str, ...]
    score: float
    max_score: float
    penalty: float
    submission: SubmissionScores

    @property
    def waits(self) -> bool:
        """Whether a person still has to score some of it."""
        return any(line.state == "open" for line in self.lines.values())


def make_page(
    notebook: NotebookNode,
    name: str,
    record: NotebookRecord,
    exercises: Sequence[Exercise],
    submission: SubmissionScores,
    delimiters: Delimiters = NBGRADER,
) -> Page:
    """The page of one autograded notebook, ours or nbgrader's.

    The notebook in it is a copy without hidden tests: not in the source of test cells, and in no output.
    """
    shown = deepcopy(notebook)
    regions = {id(cell): _regions(cell, record, delimiters) for cell in shown.cells}
    released = [(c.source, c.hidden) for c in record.cells if c.role in {Role.TEST, Role.GIVEN, Role.TASK}]
    # What the student wrote is no secret to them, though a hidden test may hold the same line.
    secrets = secrets_of([*released, *((c.source, regions[id(c)]) for c in shown.cells)])
    points = {e.cell: e.max_score for e in exercises if e.notebook == name}
    lines: dict[str, Line] = {}
    cause = ""
    for cell in shown.cells:
        cell_id = grade_id(cell)
        if role_of(cell) is Role.ANSWER:
            cause = _cause(cell, secrets)
        hidden = regions[id(cell)]
        if cell_id in points:
            found = submission.scores.get((name, cell_id))
            comment = submission.comments.get((name, cell_id), "")
            lines[cell_id] = _line(cell, cell_id, found, points[cell_id], hidden, secrets, comment, cause)
        _censor(cell, hidden, secrets, delimiters)
    ours = shown.metadata.pop("gabarito", {})
    score = sum(s.score for (n, _), s in submission.scores.items() if n == name)
    penalty = submission.penalties.get(name, 0.0)
    return Page(
        notebook=shown,
        name=name,
        lines=lines,
        notes=tuple(n for n in ours.get("notes", ()) if isinstance(n, str) and not secrets.shown_in(n)),
        score=score - penalty,
        max_score=sum(points.values()),
        penalty=penalty,
        submission=submission,
    )


def _regions(cell: NotebookNode, record: NotebookRecord, delimiters: Delimiters) -> tuple[HiddenRegion, ...]:
    """Hidden regions of a cell: as it was graded, else as it was released, else by its markers."""
    if role_of(cell) is not Role.TEST:
        return ()
    ours = cell.metadata.get("gabarito", {}).get("hidden")
    if ours:
        return tuple(HiddenRegion(h["first"], h["last"], h["title"]) for h in ours)
    released = record.cell(grade_id(cell) or "")
    if released is not None and released.source == cell.source:
        return released.hidden
    return hidden_regions(cell.source, delimiters)


def _line(
    cell: NotebookNode,
    cell_id: str,
    found: CellScore | None,
    points: float,
    hidden: Sequence[HiddenRegion],
    secrets: Secrets,
    comment: str,
    cause: str,
) -> Line:
    role = role_of(cell)
    score = found.score if found else 0.0
    kind = {Role.TEST: "Test", Role.TASK: "Task"}.get(role, "Answer")
    state = "good" if score >= points else "partial" if score > 0 else "bad"
    if found is None or found.is_open:
        state = "open"
    if role is not Role.TEST:
        label = {"open": "waits for a person", "good": "full points", "partial": "scored"}.get(state, "no points")
        return Line(cell_id, kind, state, label, score, points, comment=comment)
    about = cell.metadata.get("gabarito", {})
    outcome = _outcome(cell, about)
    label = _LABELS[outcome]
    if state == "open":
        label = "waits for a person"
    elif outcome is Outcome.PASSED and state != "good":
        label = "partly passed" if state == "partial" else "no points"
    return Line(
        cell_id,
        kind,
        state,
        label,
        score,
        points,
        sentences=(*_sentences(about, outcome, hidden, secrets), *([cause] if cause and outcome in _BY_CODE else [])),
        hidden=tuple(_hidden_results(about, outcome, hidden, full=state == "good")),
        comment=comment,
    )


def _cause(answer: NotebookNode, secrets: Secrets) -> str:
    """Why the tests of this answer may fail though its code was never reached; empty where it ran to its end."""
    about = answer.metadata.get("gabarito", {})
    message = str(about.get("message") or "").strip().split("\n")[0]
    if about.get("outcome") in {None, Outcome.PASSED, Outcome.NOT_RUN} or not message or secrets.shown_in(message):
        return ""
    return f"The answer above it, {grade_id(answer)}, did not run to its end: {message.rstrip('.')}."


def _outcome(cell: NotebookNode, about: Mapping[str, Any]) -> Outcome:
    try:
        return Outcome(about["outcome"])
    except (KeyError, ValueError):  # autograded by nbgrader itself
        failed = any(o.output_type == "error" for o in cell.get("outputs", []))
        return Outcome.FAILED if failed else Outcome.PASSED


def _sentences(
    about: Mapping[str, Any], outcome: Outcome, hidden: Sequence[HiddenRegion], secrets: Secrets
) -> list[str]:
    if outcome is Outcome.PASSED:
        return []
    message = (about.get("message") or "").removeprefix("not run, ")  # the label says so
    if message == "AssertionError":
        message = "A check did not hold."
    safe = "" if secrets.shown_in(message) else message
    position = about.get("in_hidden")
    if isinstance(position, int) and 0 <= position < len(hidden):
        said = HiddenResult(hidden[position].title, "failed").sentence
        if outcome not in _BY_CODE:
            return [said, safe] if safe else [said]
        error = builtin_error(about.get("error") or "")
        return [said if error in {"", "AssertionError"} else f"{said} It stopped with {error}."]
    if hidden and outcome in _BY_CODE:
        # Which part it was is known only to an engine of ours; say no more than is sure.
        return [safe] if about and safe else ["This test cell did not pass."]
    return [safe] if safe else []


def _hidden_results(
    about: Mapping[str, Any], outcome: Outcome, hidden: Sequence[HiddenRegion], *, full: bool
) -> list[HiddenResult]:
    position = about.get("in_hidden")
    results = []
    for number, region in enumerate(hidden):
        if outcome is Outcome.PASSED and full:
            state = "passed"
        elif outcome is not Outcome.PASSED and isinstance(position, int):
            state = "passed" if number < position else "failed" if number == position else "unknown"
        else:
            state = "unknown"
        results.append(HiddenResult(region.title, state))
    return results


def _censor(cell: NotebookNode, hidden: Sequence[HiddenRegion], secrets: Secrets, delimiters: Delimiters) -> None:
    about = cell.metadata.pop("gabarito", {})
    if hidden:
        cell.source = visible_source(cell.source, hidden)
    elif role_of(cell) in {Role.TASK, Role.GIVEN}:
        schemes = [r for r in scan(cell.source, delimiters)[0] if r.kind is Kind.MARK_SCHEME]
        cell.source = visible_source(cell.source, [HiddenRegion(r.first, r.last, r.title) for r in schemes])
    if cell.cell_type != "code":
        return
    if hidden:
        in_hidden = about.get("in_hidden") is not None or "outcome" not in about
        errors = [] if in_hidden else [o for o in cell.outputs if o.output_type == "error"]
        cell.outputs = [_censored_error(o, secrets) for o in errors]
    cell.outputs = [o for o in cell.outputs if not secrets.shown_in(_text(o)) and not _is_repeated(o, about)]


def _censored_error(output: NotebookNode, secrets: Secrets) -> NotebookNode:
    name, value = output.get("ename", ""), output.get("evalue", "")
    if secrets.shown_in(value):
        name, value = builtin_error(name) or "Error", ""
    traceback = visible_traceback(output.get("traceback", []), secrets) or [f"{name}: {value}" if value else name]
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=traceback)


def _is_repeated(output: NotebookNode, about: Mapping[str, Any]) -> bool:
    """Whether an error is nothing but the sentence that stands above the cell."""
    message = about.get("message")
    return (
        output.output_type == "error"
        and bool(message)
        and "".join(output.traceback).endswith(str(message))
        and (len(output.traceback) == 1 and about.get("outcome") not in _BY_CODE)
    )


def _text(value: object) -> str:
    """All text in an output, wherever it stands."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(_text(v) for k, v in value.items() if not str(k).startswith("image/"))
    if isinstance(value, list):
        # nbformat allows text as a list of lines
        return "".join(_text(v) if str(v).endswith("\n") else _text(v) + "\n" for v in value)
    return ""
