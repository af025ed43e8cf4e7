"""What a student gets: nothing hidden, and exactly what nbgrader would have made."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from nbformat import NotebookNode

from gabarito.course import Course, load_course
from gabarito.errors import SourceError
from gabarito.gradebook.database import open_database
from gabarito.model import Role
from gabarito.notebook.markers import scan
from gabarito.release import release
from tests.release.factories import (
    DOUBLE,
    answer,
    given,
    graded,
    labelled,
    lesson,
    notebook,
    plain,
    run_here,
    run_perfectly,
    write_course,
    write_notebook,
)

_REAL = Path(__file__).parents[2] / "source"
_SECRET = "s3cret"


def _by_nbgrader(course: Course, root: Path, assignment: str) -> Course:
    """The same course after nbgrader's own `generate_assignment`."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    root.mkdir()
    shutil.copytree(course.source, root / "source")
    for path in course.root.glob("*.*"):
        if path.suffix in (".py", ".ipynb"):
            shutil.copy(path, root)
    theirs = load_course(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log = logging.Logger("nbgrader")
        directory = CourseDirectory(config=theirs.config, log=log)
        directory.assignment_id = assignment
        # nbgrader starts a program to make a new gradebook; this makes the same one
        open_database(theirs.db_url, course_id=directory.course_id).close()
        GenerateAssignment(coursedir=directory, config=theirs.config, log=log).start()
    return theirs


def _files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mode)
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def _rows(course: Course) -> dict[str, list[Any]]:
    """The gradebook without its random ids, rows in the order in which they were made."""
    database = sqlite3.connect(course.root / "gradebook.db")
    cells = "select b.name, b.type, n.name, x.* from base_cell b join notebook n on n.id = b.notebook_id join"
    queries = {
        "assignment": "select name, duedate, course_id from assignment",
        "notebook": "select n.name, kernelspec, a.name from notebook n join assignment a on a.id = n.assignment_id",
        "grade_cells": f"{cells} grade_cells x on x.id = b.id",
        "solution_cells": f"{cells} solution_cells x on x.id = b.id",
        "task_cells": f"{cells} task_cells x on x.id = b.id",
        "source_cell": "select * from source_cell",
        "course": "select * from course",
        "alembic_version": "select * from alembic_version",
    }
    try:
        ids = {row[0] for table in ("base_cell", "notebook") for row in database.execute(f"select id from {table}")}
        ids |= {row[0] for row in database.execute("select id from source_cell")}
        found = {
            name: [tuple(v for v in row if v not in ids) for row in database.execute(query)]
            for name, query in queries.items()
        }
    finally:
        database.close()
    return found | {"course": sorted(found["course"])}


def _same(course: Course, assignment: str, theirs: Course) -> None:
    # What nbgrader doesn't know: notes on the solution, and where otter is to run a test.
    for folder, key in ((theirs.release, "gabarito"), (course.release, "otter")):
        for path in folder.rglob("*.ipynb"):
            notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
            for cell in notebook.cells:
                cell.metadata.pop(key, None)
            nbformat.write(notebook, path)
    assert _files(course.release) == _files(theirs.release)
    assert _rows(course) == _rows(theirs)
    kept = {row[0]: row for row in _checksums(course)}
    for node in course.record(assignment).notebooks:
        for cell in node.cells:
            assert kept[cell.id] == (cell.id, cell.cell_type, cell.locked, cell.source, cell.checksum or None)


def _checksums(course: Course) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(course.root / "gradebook.db")
    try:
        return list(database.execute("select name, cell_type, locked, source, checksum from source_cell"))
    finally:
        database.close()


@pytest.mark.parametrize(
    "config",
    [
        "",
        'c.CourseDirectory.course_id = "deep"',
        'c.ClearSolutions.code_stub = {"python": "..."}\nc.LockCells.lock_all_cells = True',
        'c.IncludeHeaderFooter.header = "head.ipynb"\nc.CourseDirectory.release_directory = "out"',
        "c.GenerateAssignment.permissions = 600",
    ],
)
def test_it_is_what_nbgrader_makes(tmp_path: Path, config: str) -> None:
    course = write_course(tmp_path / "ours", config, ps1=notebook(*lesson()))
    head = notebook(given("head", "x = 1"))
    head.cells[0]["id"] = "head"  # ids that two cells share are made up anew each time
    write_notebook(course.root / "head.ipynb", head)
    data = course.source / "ps1" / "data" / "numbers.csv"
    data.parent.mkdir()
    data.write_text("1,2\n")
    (data.parent / "__pycache__").mkdir()
    (data.parent / "__pycache__" / "x.pyc").write_text("ignored")
    write_notebook(data.with_name("more.ipynb"), notebook(plain("no notebook of nbgrader’s")))
    release(course, "ps1", run=run_here)
    assert set(_files(course.release / "ps1")) == {"ps1.ipynb", "data/numbers.csv"}
    _same(course, "ps1", _by_nbgrader(course, tmp_path / "theirs", "ps1"))


@pytest.mark.parametrize("assignment", sorted(path.name for path in _REAL.iterdir()))
def test_a_real_assignment_is_what_nbgrader_makes_and_hides_what_is_hidden(tmp_path: Path, assignment: str) -> None:
    course = write_course(tmp_path / "ours")
    shutil.copytree(_REAL / assignment, course.source / assignment)
    release(course, assignment, run=run_perfectly)
    _hides(course, assignment)
    _same(course, assignment, _by_nbgrader(course, tmp_path / "theirs", assignment))


def _hides(course: Course, assignment: str) -> None:
    """No line that stands in a region only, anywhere in the source, is in anything that students get."""
    secret: set[str] = set()
    shown: set[str] = set()
    for path in (course.source / assignment).glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            regions, faults = scan(cell.source)
            assert not faults
            inside = {n for region in regions for n in range(region.first, region.last + 1)}
            for number, line in enumerate(cell.source.split("\n"), start=1):
                (secret if number in inside else shown).add(line.strip())
    shown |= {"", "# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE"}
    given_out = "".join(p.read_text(errors="replace") for p in course.release.rglob("*") if p.is_file())
    lines = set()
    for path in course.release.rglob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            lines |= {line.strip() for line in cell.source.split("\n")}
    assert secret - shown
    assert not (secret - shown) & lines
    # Whatever is long enough not to be a coincidence is nowhere in the files at all, metadata and names included.
    assert [s for s in secret - shown if len(s) > 30 and s in given_out] == []


_TEXT = st.sampled_from(["x = 1", "y = [1,\n     2]", "# a remark", "", "def g():\n    return 2", "print('é “ß”')"])
_HIDDEN = st.builds(
    lambda n, title, code: f"### BEGIN HIDDEN TESTS{title}\nassert '{_SECRET}-{n}'\n{code}\n### END HIDDEN TESTS",
    st.integers(0, 99),
    st.sampled_from(["", f": {_SECRET} title"]),
    _TEXT,
)
_SOLUTION = st.builds(
    lambda n, code: f"### BEGIN SOLUTION\nz = '{_SECRET}-{n}'\n{code}\n### END SOLUTION", st.integers(0, 99), _TEXT
)


def _mixed(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*parts), min_size=1, max_size=4).map("\n".join)


def _made(role: Role, source: str, markdown: bool) -> NotebookNode:
    if role is Role.PLAIN:
        return plain(source)
    points = 1 if role in (Role.TEST, Role.MANUAL, Role.TASK) else None
    return labelled(role, "", source, points, "markdown" if markdown else "code")


_CELLS = st.one_of(
    st.builds(_made, st.just(Role.PLAIN), _mixed(_TEXT), st.just(False)),
    st.builds(_made, st.just(Role.GIVEN), _mixed(_TEXT), st.booleans()),
    st.builds(_made, st.just(Role.ANSWER), _mixed(_TEXT, _SOLUTION), st.just(False)),
    # Without a region, the whole answer is the solution.
    st.builds(_made, st.just(Role.ANSWER), st.just(f"w = '{_SECRET}'"), st.just(False)),
    st.builds(_made, st.just(Role.MANUAL), _mixed(_TEXT, _SOLUTION), st.booleans()),
    st.builds(_made, st.just(Role.TEST), _mixed(_TEXT, _HIDDEN), st.just(False)),
    st.builds(
        _made,
        st.just(Role.TASK),
        st.just(f"Explain.\n### BEGIN MARK SCHEME\n{_SECRET}\n### END MARK SCHEME"),
        st.just(True),
    ),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@hypothesis_given(st.lists(_CELLS, min_size=1, max_size=8), st.text("ab", max_size=2))
def test_no_solution_and_no_hidden_line_is_in_anything_that_students_get(cells: list[NotebookNode], data: str) -> None:
    node = notebook(*(nbformat.from_dict(cell) for cell in cells))
    for position, cell in enumerate(node.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = {**cell.metadata["nbgrader"], "grade_id": f"cell_{position}"}
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{_SECRET} in an output")]
    with TemporaryDirectory() as folder:
        course = write_course(Path(folder) / "ours", ps1=node)
        (course.source / "ps1" / "data.txt").write_text(data)
        release(course, "ps1", run=run_perfectly)
        for path in course.release.rglob("*"):
            assert not path.is_file() or _SECRET.encode() not in path.read_bytes()
        _same(course, "ps1", _by_nbgrader(course, Path(folder) / "theirs", "ps1"))


def test_grader_tests_are_never_released_not_even_through_a_link(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    answers = course.grader_tests / "ps1" / "answers"
    answers.mkdir(parents=True)
    (answers / "right.py").write_text("secret = 1\n")
    link = course.source / "ps1" / "data.txt"
    link.symlink_to(answers / "right.py")
    with pytest.raises(SourceError, match=r"data\.txt leads into grader_tests/"):
        release(course, "ps1", run=run_here)
    link.unlink()
    (course.source / "ps1" / "more").symlink_to(answers)
    release(course, "ps1", run=run_here)
    assert set(_files(course.release)) == {"ps1/ps1.ipynb"}


def test_a_marked_solution_in_a_data_file_is_refused(tmp_path: Path) -> None:
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    (course.source / "ps1" / "helper.py").write_text(DOUBLE)
    with pytest.raises(SourceError, match=r"helper\.py: the file helper\.py has a solution or hidden tests marked"):
        release(course, "ps1", run=run_here)


def test_large_data_files_are_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gabarito.release.sources._SEARCHED_BYTES", 3)
    course = write_course(tmp_path, ps1=notebook(*lesson()))
    (course.source / "ps1" / "large.txt").write_text("BEGIN SOLUTION")
    release(course, "ps1", run=run_here)
    assert (course.release / "ps1" / "large.txt").exists()


@pytest.mark.parametrize("config", ["c.ClearHiddenTests.enabled = False", "c.ClearSolutions.enabled = False"])
def test_preprocessors_that_are_turned_off_release_nothing(tmp_path: Path, config: str) -> None:
    course = write_course(tmp_path, config, ps1=notebook(*lesson()))
    with pytest.raises(SourceError, match="still has a solution or hidden-test marker"):
        release(course, "ps1", run=run_perfectly)
    assert not course.release.exists()


def test_preprocessors_that_are_missing_release_nothing(tmp_path: Path) -> None:
    config = "from nbgrader.preprocessors import SaveCells\nc.GenerateAssignment.preprocessors = [SaveCells]"
    course = write_course(tmp_path, config, ps1=notebook(*lesson()))
    with pytest.raises(SourceError, match="lacks ClearSolutions and ClearHiddenTests"):
        release(course, "ps1", run=run_here)


def test_markers_of_the_courses_own_are_understood(tmp_path: Path) -> None:
    config = (
        'c.ClearHiddenTests.begin_test_delimeter = "SECRET BEGINS"\n'
        'c.ClearHiddenTests.end_test_delimeter = "SECRET ENDS"\n'
    )
    cells = (answer("a", "x = 1"), graded("t", "assert x\n# SECRET BEGINS: more\nassert x == 1\n# SECRET ENDS"))
    cells[0].source = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    course = write_course(tmp_path, config, ps1=notebook(*cells))
    release(course, "ps1", run=run_here)
    assert course.record("ps1").notebooks[0].cells[1].hidden[0].title == "more"
    assert "x == 1" not in (course.release / "ps1" / "ps1.ipynb").read_text()
