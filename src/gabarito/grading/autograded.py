"""The autograded notebook: what formgrader shows, written so that a kill never leaves half of one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec
import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import split_lines, strip_transient

from gabarito.errors import SubmissionError
from gabarito.model import CellReport, NotebookRecord, Outcome, Report, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.nodes import node

_T = TypeVar("_T")
METADATA = "gabarito"
"""Name of our part of a notebook's and of a cell's metadata."""
_TEMPORARY = ".gabarito-"
_TIMESTAMP = "timestamp.txt"
_NAMES = {
    Outcome.FAILED: "AssertionError",
    Outcome.TIMEOUT: "TimeLimit",
    Outcome.MEMORY: "MemoryLimit",
    Outcome.OUTPUT: "OutputLimit",
    Outcome.CRASHED: "Crashed",
    Outcome.NOT_RUN: "NotRun",
    Outcome.UNGRADED: "NotGraded",
}


def autograded_notebook(
    notebook: NotebookNode, report: Report, record: NotebookRecord, notes: Sequence[str] = (), hand_in: str = ""
) -> NotebookNode:
    """The restored notebook with the outputs, execution counts and outcomes of this report.

    nbgrader's own rule gives the same scores on it (but for output on stderr): a cell that did not pass shows an
    error, one that passed shows none.

    Args:
        notebook: every cell in order; it is not changed.
        report: of the job made from this notebook; its indices count over all cells.
        record: what was released, for the places and titles of hidden tests.
        notes: sentences about what was put back or moved, shown on top of the feedback.
        hand_in: digest of the files that it was made from, which `read_made_from` gives.
    """
    about = {
        "key": report.key,
        "hand_in": hand_in,
        **msgspec.to_builtins(report.origin),
        "notes": [*notes, *report.notes],
    }
    by_index = {cell.index: cell for cell in report.cells}
    count = 0
    cells = []
    for index, cell in enumerate(notebook.cells):
        made, metadata = {**cell}, _without(cell["metadata"], METADATA)
        if cell["cell_type"] == "code":
            found = by_index.get(index)
            has_run = found is not None and found.outcome not in {Outcome.NOT_RUN, Outcome.UNGRADED}
            count += has_run
            number = made["execution_count"] = count if has_run else None
            made["outputs"] = _outputs(found, role_of(cell), number) if found is not None else []
            if found is not None:
                metadata[METADATA] = _about(found, record, grade_id(cell))
        cells.append(node({**made, "metadata": node(metadata)}))
    kept = _without(notebook.metadata, METADATA, "widgets")
    return node({**notebook, "metadata": node({**kept, METADATA: node(about)}), "cells": cells})


def _without(metadata: NotebookNode, *names: str) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name not in names}


def write_autograded(
    folder: Path,
    notebooks: Mapping[str, NotebookNode],
    files: Iterable[tuple[str, bytes]] = (),
    timestamp: datetime | None = None,
    *,
    keep: Collection[str] = (),
    permissions: int = 0o444,
) -> None:
    """Replace what is in `folder` (`autograded/ID/ASSIGNMENT`) by these notebooks and files.

    Each file appears whole or not at all, and the notebooks last: a notebook that is there was graded from the key
    that `read_made_from` gives. What an earlier hand-in left is removed.

    Args:
        notebooks: by name, without `.ipynb`.
        files: relative POSIX paths and contents of the files beside the notebooks.
        keep: names of other notebooks that stay as they are.
        timestamp: when it was handed in, UTC; for `timestamp.txt`, unless that is among `files`.
        permissions: of every file; nbgrader's are read-only.

    Raises:
        SubmissionError: a file's path leads out of the folder.
        OSError: the folder can't be written.
    """
    wanted: dict[Path, bytes] = {folder / _inside(path): content for path, content in files}
    if timestamp is not None:
        wanted.setdefault(folder / _TIMESTAMP, f"{timestamp:%Y-%m-%d %H:%M:%S.%f} UTC".encode())
    kept = {folder / f"{name}.ipynb" for name in keep}
    last = {folder / f"{name}.ipynb": _encoded(found) + b"\n" for name, found in notebooks.items()}
    if folder.is_dir():
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path not in wanted and path not in last and path not in kept:
                path.unlink()
    for path, content in (wanted | last).items():
        if not _holds(path, content, permissions):
            _write(path, content, permissions)


def discard_autograded(folder: Path, keep: Collection[str] = ()) -> None:
    """Remove the notebooks in `folder`, so that none says of the gradebook what is about to be no longer true.

    Args:
        keep: names of notebooks that stay.

    Raises:
        OSError: the folder can't be written.
    """
    for path in folder.glob("*.ipynb"):
        if path.stem not in keep:
            path.unlink()


def read_made_from(path: Path) -> MadeFrom:
    """What this autograded notebook was made from; nothing where that can't be read."""
    found = _decoded(path, _Keyed)
    return found.metadata.gabarito if found is not None else MadeFrom()


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """How the cells ended that have a grade id, by it; none where there is no autograded notebook to be read."""
    read = _decoded(path, _Run)
    cells = read.cells if read is not None else []
    found = ((c.metadata.nbgrader.grade_id, c.metadata.gabarito.outcome) for c in cells)
    return {cell_id: outcome for cell_id, outcome in found if cell_id and outcome is not None}


def read_seconds(path: Path) -> float | None:
    """CPU seconds that the cells of this autograded notebook took; None where there is none to be read."""
    read = _decoded(path, _Run)
    return sum(cell.metadata.gabarito.cpu_seconds for cell in read.cells) if read is not None else None


def _decoded(path: Path, kind: type[_T]) -> _T | None:
    """What of an autograded notebook is of this kind; None where that can't be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None


class MadeFrom(msgspec.Struct, frozen=True):
    """What an autograded notebook was made from."""

    key: str = ""
    """Of the job."""
    hand_in: str = ""
    """Digest of the files that were handed in."""


class _Metadata(msgspec.Struct):
    gabarito: MadeFrom = msgspec.field(default_factory=MadeFrom)


class _Keyed(msgspec.Struct):
    metadata: _Metadata


class _Ended(msgspec.Struct):
    outcome: Outcome | None = None
    cpu_seconds: float = 0.0


class _Named(msgspec.Struct):
    grade_id: str = ""


class _OfCell(msgspec.Struct):
    nbgrader: _Named = msgspec.field(default_factory=_Named)
    gabarito: _Ended = msgspec.field(default_factory=_Ended)


class _Cell(msgspec.Struct):
    metadata: _OfCell


class _Run(msgspec.Struct):
    cells: list[_Cell]


def _about(report: CellReport, record: NotebookRecord, cell_id: str | None) -> NotebookNode:
    released = record.cell(cell_id) if cell_id else None
    hidden = released.hidden if released else ()
    return node(
        {
            "outcome": report.outcome.value,
            "message": report.message,
            "error": report.error,
            "in_hidden": report.in_hidden,
            "hidden": [node({"first": h.first, "last": h.last, "title": h.title}) for h in hidden],
            "cpu_seconds": round(report.cpu_seconds, 3),
            **({"mode": report.mode.value} if report.mode is not None else {}),
        }
    )


def _outputs(report: CellReport, role: Role, count: int | None) -> list[NotebookNode]:
    outputs = [nbformat.from_dict(o) for o in report.outputs]
    if report.outcome is Outcome.PASSED and role is Role.TEST:
        outputs = [o for o in outputs if o.output_type != "error"]
    for output in outputs:
        if output.output_type != "execute_result":
            continue
        if role is Role.TEST and report.outcome is not Outcome.PASSED:
            # nbgrader would read a result that stands before the error as the score
            output.output_type = "display_data"
            output.pop("execution_count", None)
        else:
            output.execution_count = count
    silent = report.outcome is Outcome.PASSED or (report.outcome is Outcome.NOT_RUN and role is not Role.TEST)
    if not silent and not any(o.output_type == "error" for o in outputs):
        name = report.error or _NAMES.get(report.outcome, "Error")
        message = report.message or f"This cell ended as {report.outcome.value!r}."
        outputs.append(nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"]))
    return outputs


def _inside(path: str) -> PurePosixPath:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise SubmissionError(f"the file {path!r} of a submission leads out of its folder; rename or remove it")
    return pure


def _encoded(notebook: NotebookNode) -> bytes:
    """The notebook as nbformat writes it, in a fifth of the time: Python's own JSON is slow where it indents."""
    try:
        content = msgspec.json.encode(split_lines(strip_transient(_copied(notebook))), order="sorted")
    except OverflowError:  # an integer of more than 64 bits, in a student's metadata
        return bytes(nbformat.writes(notebook).encode())
    return msgspec.json.format(content, indent=1)


def _copied(notebook: NotebookNode) -> NotebookNode:
    """A copy down to what nbformat changes as it writes; what metadata and outputs hold is shared."""
    cells = [_copied_cell(cell) for cell in notebook.cells]
    return node({**notebook, "metadata": node(notebook.metadata), "cells": cells})


def _copied_cell(cell: NotebookNode) -> NotebookNode:
    made = {**cell, "metadata": node(cell["metadata"])}
    if "outputs" in cell:
        made["outputs"] = [node({k: _mime_bundle(v) for k, v in output.items()}) for output in cell["outputs"]]
    if "attachments" in cell:
        made["attachments"] = node({name: _mime_bundle(found) for name, found in cell["attachments"].items()})
    return node(made)


def _mime_bundle(value: Any) -> Any:
    return node(value) if isinstance(value, dict) else value


def _holds(path: Path, content: bytes, permissions: int) -> bool:
    """Whether a file is as it is to be."""
    try:
        about = path.lstat()
        is_alike = about.st_mode == stat.S_IFREG | permissions and about.st_size == len(content)
        return is_alike and path.read_bytes() == content
    except OSError:  # there is none, or it can't be read and is replaced
        return False


def _write(path: Path, content: bytes, permissions: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), permissions)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
