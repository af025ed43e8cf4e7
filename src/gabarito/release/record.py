"""The record of a release: every labelled cell as it was released, hidden tests included."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from nbformat import NotebookNode

from gabarito.model import AssignmentContract, NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.language import kernel_of
from gabarito.notebook.markers import Delimiters, hidden_regions
from gabarito.notebook.syntax import imports_of
from gabarito.release.convert import ConvertedNotebook


def make_record(
    assignment: str, notebooks: Iterable[ConvertedNotebook], delimiters: Delimiters, local: Collection[str] = ()
) -> ReleaseRecord:
    """What was released.

    Args:
        local: names of modules that lie beside the notebooks, which no worker can load beforehand.
    """
    return ReleaseRecord(
        assignment=assignment,
        notebooks=tuple(
            NotebookRecord(
                name=n.name,
                cells=tuple(_cell(cell, delimiters) for cell in n.unsolved.cells if role_of(cell) is not Role.PLAIN),
                kernelspec=_spec(n),
                imports=() if kernel_of(_spec(n)) else tuple(sorted(imports_of(n.solved.cells, local))),
            )
            for n in notebooks
        ),
    )


def _spec(notebook: ConvertedNotebook) -> dict[str, Any]:
    return dict(notebook.unsolved.metadata.get("kernelspec", {}))


def encode_record(record: ReleaseRecord | AssignmentContract) -> bytes:
    """The record, or a contract, as indented JSON with a newline at its end: the same bytes for the same release."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def _cell(cell: NotebookNode, delimiters: Delimiters) -> RecordCell:
    meta, role = cell.metadata.nbgrader, role_of(cell)
    return RecordCell(
        id=grade_id(cell) or "",
        role=role,
        cell_type=cell.cell_type,
        source=cell.source,
        checksum=meta.get("checksum") or "",
        points=float(meta["points"]) if role in (Role.TEST, Role.MANUAL, Role.TASK) else 0.0,
        locked=role is Role.TEST or (role in (Role.GIVEN, Role.TASK) and bool(meta.get("locked"))),
        hidden=hidden_regions(cell.source, delimiters) if role is Role.TEST else (),
    )
