"""The words that all layers share: what goes over a wire comes back the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito import errors
from gabarito.model import (
    CellReport,
    HiddenRegion,
    Job,
    JobCell,
    JobFile,
    Limits,
    NotebookRecord,
    Outcome,
    RecordCell,
    ReleaseRecord,
    Report,
    Role,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_HIDDEN = st.builds(HiddenRegion, st.integers(1, 99), st.integers(1, 99), _TEXT)
_JOBS = st.builds(
    Job,
    key=_TEXT,
    cells=st.lists(
        st.builds(
            JobCell,
            index=st.integers(0, 99),
            id=_TEXT,
            role=st.sampled_from(Role),
            source=_TEXT,
            hidden=st.lists(_HIDDEN, max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    files=st.lists(st.builds(JobFile, _TEXT, st.binary()), max_size=2).map(tuple),
    limits=st.builds(Limits, cell_cpu_seconds=st.floats(0.1, 1e6), memory_bytes=st.integers(0, 2**60)),
    seed=st.integers(0, 2**63 - 1),
)


@given(_JOBS)
def test_a_job_travels_unchanged(job: Job) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=Job) == job


@given(_JOBS)
def test_a_report_travels_unchanged(job: Job) -> None:
    cells = tuple(
        CellReport(
            index=c.index, id=c.id, outcome=Outcome.FAILED, message=c.source, outputs=({"name": c.id},), in_hidden=0
        )
        for c in job.cells
    )
    report = Report(key=job.key, cells=cells, notes=(job.key,))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@pytest.mark.parametrize("value", [Limits(), HiddenRegion(1, 2, "x"), Report(key="", cells=())])
def test_nothing_can_be_changed(value: Any) -> None:
    with pytest.raises(AttributeError, match="immutable"):
        setattr(value, value.__struct_fields__[0], 0)


def test_cells_and_notebooks_are_found_by_name() -> None:
    cells = (
        RecordCell(id="a", role=Role.TEST, cell_type="code", source="", checksum="", points=1.5),
        RecordCell(id="b", role=Role.MANUAL, cell_type="code", source="", checksum="", points=2),
        RecordCell(id="c", role=Role.GIVEN, cell_type="code", source="", checksum=""),
    )
    notebook = NotebookRecord(name="one", cells=cells)
    assert notebook.cell("b") is cells[1]
    assert notebook.cell("z") is None
    assert notebook.max_score == 3.5
    record = ReleaseRecord(assignment="ps1", notebooks=(notebook,))
    assert record.notebook("one") is notebook
    assert record.notebook("two") is None


def test_reports_are_found_by_place() -> None:
    cells = (CellReport(index=3, id="a", outcome=Outcome.PASSED), CellReport(index=5, id="b", outcome=Outcome.ERROR))
    report = Report(key="k", cells=cells)
    assert report.cell(5) is cells[1]
    assert report.cell(4) is None


def test_errors_have_one_root_and_exit_codes_of_a_script() -> None:
    found = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.GabaritoError)]
    assert 1 < len(found) <= 8
    assert all(e.__doc__ for e in found)
    assert {e.__name__: e.exit_code for e in found if e.exit_code != 1} == {"UsageError": 2}
    assert errors.SourceError("wrong", ["a", "b"]).findings == ("a", "b")
