"""Jobs made from hand-ins, and the key that says what a result depends on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gabarito.course import Course, load_course
from gabarito.errors import SubmissionError
from gabarito.exchange import find_submissions
from gabarito.grading.prepare import Prepared, given_files, prepare
from gabarito.model import Job, Role
from gabarito.notebook.restore import released_source
from tests.grading.courses import hand_in, publish, released, solved, write_course
from tests.notebook.released import small_source


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = write_course(tmp_path)
    hand_in(course, "ana", small=solved(course))
    return course


def _prepared(course: Course, student: str = "ana", secret: bytes = b"s") -> Prepared:
    (submission,) = find_submissions(course, "small", [student])
    return prepare(course, course.record("small"), submission, given_files(course, "small"), {}, secret=secret)


def _job(course: Course, student: str = "ana", secret: bytes = b"s") -> Job:
    return _prepared(course, student, secret).jobs["small"]


def test_hidden_tests_are_in_the_job_and_no_student_is(course: Course) -> None:
    job = _job(course)
    (test,) = [c for c in job.cells if c.id == "double-test"]
    assert "double(-1) == -2" in test.source
    assert [(h.first, h.last, h.title) for h in test.hidden] == [(2, 4, "minus")]
    assert job.limits == course.limits
    assert "ana" not in repr(job)


def test_a_student_cannot_bring_hidden_regions_along(course: Course) -> None:
    answer = "double = lambda x: 2 * x\n### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS"
    hand_in(course, "ana", small=solved(course, double=answer))
    assert all(not c.hidden for c in _job(course).cells if c.role is not Role.TEST)


def test_the_same_hand_in_has_the_same_key(course: Course) -> None:
    assert _job(course) == _job(course)


def test_students_have_keys_of_their_own_and_the_same_answers_the_same_seed(course: Course) -> None:
    hand_in(course, "bo", small=solved(course))
    ana, bo = _job(course), _job(course, "bo")
    assert ana.cells == bo.cells
    assert ana.key != bo.key
    assert ana.seed == bo.seed
    hand_in(course, "ana", small=solved(course, triple="triple = None"))
    assert _job(course).seed != ana.seed
    (hand_in(course, "bo") / "mine.txt").write_text("1")
    assert _job(course, "bo").seed != bo.seed


def test_a_test_that_changes_leaves_the_seed(course: Course) -> None:
    before = _job(course)
    source = small_source()
    source.cells[4].source = source.cells[4].source.replace("double(-1) == -2", "double(-3) == -6")
    publish(course, small=source)
    (course.release / "small" / "given.txt").write_text("1")
    after = _job(course)
    assert after.key != before.key
    assert after.seed == before.seed


def test_nobody_knows_a_seed_without_the_secret(course: Course) -> None:
    job, other = _job(course), _job(course, secret=b"t")
    assert 0 <= job.seed < 2**63
    assert job.seed != other.seed
    assert job.key == other.key, "the key is kept in files that more people read"


def test_the_key_depends_on_whatever_the_result_does(course: Course) -> None:
    keys = [_job(course).key]

    def changed(of: Course = course) -> bool:
        keys.append(_job(of).key)
        return keys[-1] not in keys[:-1]

    hand_in(course, "ana", small=solved(course, triple="triple = None"))
    assert changed()
    hand_in(course, "ana", time="2026-02-01 10:00:00 UTC")
    assert changed()
    (course.submitted / "ana" / "small" / "mine.txt").write_text("1")
    assert changed()
    (course.release / "small" / "given.txt").write_text("1")
    assert changed()
    (course.release / "small" / "given.txt").write_text("2")
    assert changed()
    source = small_source()
    source.cells[4].source = source.cells[4].source.replace("double(-1) == -2", "double(-3) == -6")
    publish(course, small=source)
    assert changed()
    source.cells[4].metadata.nbgrader.points = 7
    publish(course, small=source)
    assert changed()
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Gabarito.output_kb = 5\n")
    assert changed(load_course(course.root))


def test_outputs_and_times_of_files_make_no_difference(course: Course) -> None:
    key = _job(course).key
    notebook = solved(course)
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count = number
    hand_in(course, "ana", small=notebook)
    assert _job(course).key == key


def test_files(course: Course) -> None:
    (course.release / "small" / "data").mkdir()
    (course.release / "small" / "data" / "given.bin").write_bytes(b"\0given")
    folder = hand_in(course, "ana")
    (folder / "data").mkdir()
    (folder / "data" / "given.bin").write_bytes(b"theirs")
    (folder / "data" / "mine.bin").write_bytes(b"mine")
    (folder / "secret").symlink_to("/etc/passwd")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "small-checkpoint.ipynb").write_text("{}")
    files = {f.path: f.content for f in _prepared(course).files}
    assert files == {"data/given.bin": b"\0given", "data/mine.bin": b"mine"}
    assert _job(course).files == _prepared(course).files


def test_a_byte_order_mark_is_no_fault(course: Course) -> None:
    folder = hand_in(course, "ana")
    path = folder / "small.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _job(course).cells


def test_a_file_that_goes_away_is_told(course: Course) -> None:
    folder = hand_in(course, "ana")
    (folder / "mine.txt").write_text("1")
    (submission,) = find_submissions(course, "small")
    (folder / "mine.txt").unlink()
    with pytest.raises(SubmissionError, match=r"mine\.txt can't be read"):
        prepare(course, course.record("small"), submission, {}, {}, secret=b"s")


def test_a_folder_that_can_t_be_read_is_told(course: Course) -> None:
    hand_in(course, "ana")
    (submission,) = find_submissions(course, "small")
    closed = dataclasses.replace(submission, notebooks={}, files={}, problem="it can't be read")
    with pytest.raises(SubmissionError, match=r"^it can't be read$"):
        prepare(course, course.record("small"), closed, {}, {}, secret=b"s")


def test_an_untouched_notebook_is_unanswered(course: Course) -> None:
    hand_in(course, "ana", small=released(course))
    prepared = _prepared(course)
    record = course.record("small").notebooks[0]
    assert prepared.restored["small"].unanswered == {"double", "total", "triple", "why"}
    (cell,) = [c for c in prepared.jobs["small"].cells if c.id == "double"]
    known = record.cell("double")
    assert known is not None
    assert cell.source == released_source(known)
