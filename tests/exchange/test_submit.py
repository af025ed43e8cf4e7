"""Handing in: what students really hand in, and that nothing of it is ever lost."""

from __future__ import annotations

import copy
import glob
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.coursedir import CourseDirectory

from gabarito.course import Course
from gabarito.errors import CourseError, SubmissionError, UsageError
from gabarito.exchange import find_submissions, readable, submit
from gabarito.model import NotebookRecord, Role
from tests.exchange.courses import make_course, save
from tests.notebook.released import cell, release, small_source, solve, source_notebook

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)
OTHER_RELEASED, OTHER = release(
    source_notebook(cell(Role.ANSWER, "z = 1", "z"), cell(Role.TEST, "assert z", "z-test", points=1)), "other"
)
NOON = datetime(2026, 2, 1, 12, 0, 0, 250, tzinfo=UTC)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course", small=(RECORD,), other=(OTHER,))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def everything(course: Course) -> dict[str, bytes]:
    found = course.submitted.rglob("*") if course.submitted.exists() else []
    return {p.relative_to(course.submitted).as_posix(): p.read_bytes() for p in found if p.is_file()}


class TestTaken:
    def test_a_whole_notebook(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        receipt = submit(course, path, "ana", now=NOON)
        folder = course.submitted / "ana" / "small"
        assert (folder / "small.ipynb").read_bytes() == path.read_bytes()
        assert (folder / "timestamp.txt").read_text() == "2026-02-01 12:00:00.000250 UTC"
        assert receipt.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert receipt.size == path.stat().st_size
        assert (receipt.student, receipt.assignment, receipt.notebook) == ("ana", "small", "small.ipynb")
        assert (receipt.time, receipt.folder) == (NOON, os.path.join("submitted", "ana", "small"))
        assert (receipt.noticed, receipt.repeated, receipt.earlier) == ((), False, None)

    def test_nbgrader_finds_it_and_its_time(self, course: Course, home: Path) -> None:
        submit(course, save(SOLVED, home / "small.ipynb"), "ana", now=NOON)
        submit(course, save(RELEASED, home / "small.ipynb"), "ana", now=NOON)
        directory = CourseDirectory(root=str(course.root))
        (found,) = glob.glob(directory.format_path("submitted", "*", "small"))
        assert found == str(course.submitted / "ana" / "small")
        assert directory.get_existing_timestamp(found) == NOON.replace(tzinfo=None)
        assert glob.glob(os.path.join(found, "*.ipynb")) == [os.path.join(found, "small.ipynb")]

    def test_the_time_is_utc(self, course: Course, home: Path) -> None:
        local = NOON.astimezone(timezone(timedelta(hours=-3)))
        assert submit(course, save(SOLVED, home / "small.ipynb"), "ana", now=local).time.isoformat().endswith("+00:00")
        assert find_submissions(course, "small")[0].timestamp == NOON.replace(tzinfo=None)

    def test_the_present_is_the_default(self, course: Course, home: Path) -> None:
        before = datetime.now(UTC)
        assert before <= submit(course, save(SOLVED, home / "small.ipynb"), "ana").time <= datetime.now(UTC)

    def test_a_byte_order_mark_is_kept(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert submit(course, path, "ana").noticed == ()
        assert (course.submitted / "ana" / "small" / "small.ipynb").read_bytes() == path.read_bytes()

    @pytest.mark.parametrize(
        "name",
        ["small (1).ipynb", "small-final.ipynb", "small-Copy1.ipynb", "SMALL.ipynb", "small.ipynb.txt", "hw.ipynb"],
    )
    def test_a_renamed_file(self, course: Course, home: Path, name: str) -> None:
        receipt = submit(course, save(SOLVED, home / name), "ana")
        assert receipt.noticed == (f"The file is named {name!r}; it was taken as small.ipynb.",)
        assert (course.submitted / "ana" / "small" / "small.ipynb").is_file()

    def test_cells_count_for_more_than_the_name(self, course: Course, home: Path) -> None:
        assert submit(course, save(OTHER_RELEASED, home / "small.ipynb"), "ana").assignment == "other"

    def test_damage_is_noticed_and_taken(self, course: Course, home: Path) -> None:
        damaged = copy.deepcopy(SOLVED)
        damaged["cells"] = [c for c in damaged.cells if "triple" not in c.source]
        damaged.cells.append(new_code_cell("<<<<<<< mine\nx = 1\n=======\nx = 2\n>>>>>>> theirs"))
        receipt = submit(course, save(damaged, home / "small.ipynb"), "ana")
        assert receipt.noticed == (
            "Cell 'triple-test' was missing; put back for grading.",
            "Cell 'triple' was missing; not put back, the answer may stand in another cell.",
            "Cell 12 holds a git merge conflict (counted from the top): such code does not run.",
        )

    def test_several_conflicts(self, course: Course, home: Path) -> None:
        torn = new_code_cell("<<<<<<< mine\nx = 1\n=======\nx = 2\n>>>>>>> theirs")
        damaged = copy.deepcopy(SOLVED)
        damaged["cells"] = [torn, copy.deepcopy(torn) | {"id": "again"}, *damaged.cells]
        (noticed,) = submit(course, save(nbformat.from_dict(damaged), home / "small.ipynb"), "ana").noticed
        assert noticed.startswith("Cells 1, 2 hold a git merge conflict")

    def test_forgotten_to_save(self, course: Course, home: Path) -> None:
        (noticed,) = submit(course, save(RELEASED, home / "small.ipynb"), "ana").noticed
        assert "every one is as it was released. Was the notebook saved" in noticed

    def test_some_answers_missing(self, course: Course, home: Path) -> None:
        half = solve(RELEASED, {"double": "def double(x):\n    return 2 * x"})
        assert submit(course, save(half, home / "small.ipynb"), "ana").noticed == (
            "Not answered yet: total, why, triple.",
        )

    def test_an_empty_notebook_goes_by_its_name(self, course: Course, home: Path) -> None:
        receipt = submit(course, save(new_notebook(), home / "small.ipynb"), "ana")
        assert "No cell of 'small' is in this notebook" in receipt.noticed[0]

    def test_an_assignment_that_was_named_is_believed(self, course: Course, home: Path) -> None:
        receipt = submit(course, save(new_notebook(), home / "work.ipynb"), "ana", assignment="small")
        assert receipt.notebook == "small.ipynb"

    def test_cells_without_ids_or_with_the_same(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        data = json.loads(path.read_text())
        for c in data["cells"]:
            c["id"] = "same"
        data["cells"][0].pop("id")
        path.write_text(json.dumps(data))
        assert submit(course, path, "ana").noticed == ()

    def test_files_beside_it(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        (home / "plot.png").write_bytes(b"\x89PNG")
        (home / "private.txt").write_text("not handed in")
        assert submit(course, path, "ana", extra=[home / "plot.png"]).files == ("plot.png",)
        assert sorted(os.listdir(course.submitted / "ana" / "small")) == ["plot.png", "small.ipynb", "timestamp.txt"]


class TestAgain:
    def test_an_earlier_hand_in_is_kept_with_its_time(self, course: Course, home: Path) -> None:
        first = save(RELEASED, home / "small.ipynb")
        (home / "plot.png").write_bytes(b"one")
        submit(course, first, "ana", extra=[home / "plot.png"], now=NOON)
        before = first.read_bytes()
        receipt = submit(course, save(SOLVED, first), "ana", now=NOON + timedelta(hours=1))
        assert receipt.earlier == os.path.join("submitted", ".history", "ana", "small", "2026-02-01_12-00-00.000250")
        kept = course.root / receipt.earlier
        assert (kept / "small.ipynb").read_bytes() == before
        assert (kept / "plot.png").read_bytes() == b"one"
        assert (kept / "timestamp.txt").read_text() == "2026-02-01 12:00:00.000250 UTC"
        (found,) = find_submissions(course, "small")
        assert found.timestamp == (NOON + timedelta(hours=1)).replace(tzinfo=None)
        assert found.notebooks["small"].read_bytes() == first.read_bytes()
        assert list(found.files) == ["plot.png"]

    def test_the_same_bytes_again_keep_their_time(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        submit(course, path, "ana", now=NOON)
        before = everything(course)
        receipt = submit(course, path, "ana", now=NOON + timedelta(days=1))
        assert (receipt.repeated, receipt.time, receipt.earlier) == (True, NOON, None)
        assert everything(course) == before

    def test_the_same_notebook_with_another_file_is_new(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        submit(course, path, "ana", now=NOON)
        (home / "plot.png").write_bytes(b"one")
        receipt = submit(course, path, "ana", extra=[home / "plot.png"], now=NOON + timedelta(days=1))
        assert (receipt.repeated, receipt.time) == (False, NOON + timedelta(days=1))

    def test_back_and_forth_loses_nothing(self, course: Course, home: Path) -> None:
        for notebook in (SOLVED, RELEASED, SOLVED, RELEASED):
            submit(course, save(notebook, home / "small.ipynb"), "ana", now=NOON)
        kept = sorted(os.listdir(course.submitted / ".history" / "ana" / "small"))
        assert kept == [f"2026-02-01_12-00-00.000250{n}" for n in ("", "_2", "_3")]

    def test_what_another_program_collected_is_kept_too(self, course: Course, home: Path) -> None:
        folder = course.submitted / "ana" / "small"
        folder.mkdir(parents=True)
        (folder / "small.ipynb").write_text("no notebook at all")
        receipt = submit(course, save(SOLVED, home / "small.ipynb"), "ana", now=NOON)
        assert receipt.earlier is not None
        assert (course.root / receipt.earlier / "small.ipynb").read_text() == "no notebook at all"
        assert receipt.earlier.endswith("unknown-time")

    def test_the_same_as_one_whose_time_is_lost(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        submit(course, path, "ana", now=NOON)
        (course.submitted / "ana" / "small" / "timestamp.txt").unlink()
        assert submit(course, path, "ana", now=NOON + timedelta(days=1)).time == NOON + timedelta(days=1)

    def test_one_that_was_killed_midway_is_done_again(self, course: Course, home: Path) -> None:
        path = save(SOLVED, home / "small.ipynb")
        (course.submitted / "ana" / ".small.new").mkdir(parents=True)
        (course.submitted / "ana" / ".small.new" / "half").write_text("")
        assert find_submissions(course, "small") == []
        submit(course, path, "ana", now=NOON)
        assert sorted(os.listdir(course.submitted / "ana")) == ["small"]
        assert sorted(os.listdir(course.submitted / "ana" / "small")) == ["small.ipynb", "timestamp.txt"]

    def test_one_that_failed_midway_is_no_repetition(
        self, course: Course, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submit(course, save(RELEASED, home / "small.ipynb"), "ana", now=NOON)
        path = save(SOLVED, home / "small.ipynb")
        replace = Path.replace

        def fail(self: Path, target: Path) -> Path:
            if target.suffix == ".ipynb":
                raise OSError("disk full")
            return replace(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", fail)
            with pytest.raises(OSError, match="disk full"):
                submit(course, path, "ana", now=NOON + timedelta(hours=1))
        later = NOON + timedelta(hours=2)
        receipt = submit(course, path, "ana", now=later)
        assert (receipt.repeated, receipt.time) == (False, later)
        assert (course.submitted / "ana" / "small" / "small.ipynb").read_bytes() == path.read_bytes()


class TestRefused:
    """Nothing is written for what can't be read."""

    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, course: Course) -> object:
        yield
        assert everything(course) == {}

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("small.py", b"x = 1", "is a Python program: hand in the .ipynb file"),
            ("small.html", b"\n<!DOCTYPE html><html>", "is a web page"),
            ("small.ipynb", b"<html>login</html>", "is a web page"),
            ("small.zip", b"PK\x03\x04rest", "is a zip archive: unpack it"),
            ("small.ipynb", b"PK\x03\x04rest", "is a zip archive: unpack it"),
            ("small.ipynb.gz", b"\x1f\x8b\x08rest", "is a compressed file"),
            ("small.pdf", b"%PDF-1.5", "is a PDF"),
            ("small.png", b"\x89PNG\r\n", "is a picture"),
            ("small.md", b"# Small", "is a text"),
            ("small.ipynb", b"", "is empty: save it"),
            ("small.ipynb", b"\0" * 100, "is empty: save it"),
            ("small.ipynb", b'{"cells": [', "is cut short"),
            ("small.ipynb", b'{"cells": [{"source": "def dou', "is cut short"),
            ("small.ipynb", b'{"cells": [}', "is damaged in line 1, column 12"),
            ("small.ipynb", b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"b": 2\n>>>>>>> other\n}', "git merge conflict"),
            ("small.ipynb", b"[1, 2]", "is a JSON file without cells"),
            ("small.ipynb", b'{"name": "x"}', "is a JSON file without cells"),
            ("small.ipynb", b"[" * 100_000, "can’t be read as JSON"),
            ("small.ipynb", b'{"x": "\xe9t\xe9"}', "not text in UTF-8"),
            ("small.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "is damaged: "),
            ("small.txt", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "is damaged: "),
        ],
    )
    def test_what_is_no_notebook(self, course: Course, home: Path, name: str, content: bytes, why: str) -> None:
        home.mkdir()
        (home / name).write_bytes(content)
        with pytest.raises(SubmissionError, match=why) as raised:
            submit(course, home / name, "ana")
        assert str(raised.value).startswith(name)

    def test_no_file(self, course: Course, home: Path) -> None:
        with pytest.raises(SubmissionError, match="there is no file"):
            submit(course, home / "small.ipynb", "ana")

    def test_a_folder(self, course: Course, home: Path) -> None:
        home.mkdir()
        with pytest.raises(SubmissionError, match=r"is a folder; name the \.ipynb file in it"):
            submit(course, home, "ana")

    def test_a_file_that_may_not_be_read(self, course: Course, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = save(SOLVED, home / "small.ipynb")

        def refuse(self: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", refuse)
            with pytest.raises(SubmissionError, match="Permission denied"):
                submit(course, path, "ana")

    def test_a_very_large_file(self, course: Course, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readable, "LARGEST", 1000)
        with pytest.raises(SubmissionError, match="clear its outputs"):
            submit(course, save(SOLVED, home / "small.ipynb"), "ana")

    def test_another_course(self, course: Course, home: Path) -> None:
        foreign, _ = release(source_notebook(cell(Role.GIVEN, "1", "setup"), cell(Role.ANSWER, "2", "ex")))
        with pytest.raises(SubmissionError, match=r"not a notebook of this course.*released: other, small"):
            submit(course, save(foreign, home / "work.ipynb"), "ana")

    def test_before_anything_was_released(self, tmp_path: Path, course: Course) -> None:
        with pytest.raises(SubmissionError, match="gabarito release ASSIGNMENT"):
            submit(make_course(tmp_path / "new"), save(SOLVED, tmp_path / "small.ipynb"), "ana")

    def test_an_assignment_that_was_not_released(self, course: Course, home: Path) -> None:
        with pytest.raises(CourseError, match="'large' has not been released"):
            submit(course, save(SOLVED, home / "small.ipynb"), "ana", assignment="large")

    def test_a_path_for_an_id(self, course: Course, home: Path) -> None:
        with pytest.raises(UsageError, match="another folder"):
            submit(course, save(SOLVED, home / "small.ipynb"), "a/../b")

    @pytest.mark.parametrize(
        ("names", "why"),
        [
            (["timestamp.txt"], "give it another name"),
            ([".hidden"], "give it another name"),
            (["more.ipynb"], "hand it in by itself"),
            (["a/x", "b/x"], "two files are named x"),
            (["absent"], "there is no file"),
        ],
    )
    def test_files_beside_it(self, course: Course, home: Path, names: list[str], why: str) -> None:
        path = save(SOLVED, home / "small.ipynb")
        for name in names:
            if name != "absent":
                (home / name).parent.mkdir(exist_ok=True)
                (home / name).write_text("")
        with pytest.raises(SubmissionError, match=why):
            submit(course, path, "ana", extra=[home / name for name in names])


class TestTwoNotebooks:
    @pytest.fixture
    def pair(self, tmp_path: Path) -> Course:
        again = NotebookRecord(name="twin", cells=RECORD.cells)
        return make_course(tmp_path / "pair", both=(RECORD, OTHER), twins=(again,))

    def test_one_after_the_other(self, pair: Course, home: Path) -> None:
        first = submit(pair, save(SOLVED, home / "small.ipynb"), "ana", now=NOON)
        assert first.noticed == ("Still to hand in for both: other.ipynb.",)
        solved = solve(OTHER_RELEASED, {"z": "z = 1"})
        second = submit(pair, save(solved, home / "other.ipynb"), "ana", now=NOON + timedelta(hours=1))
        assert second.noticed == ()
        (found,) = find_submissions(pair, "both")
        assert sorted(found.notebooks) == ["other", "small"]

    def test_the_same_cells_in_two_assignments(self, pair: Course, home: Path) -> None:
        with pytest.raises(SubmissionError, match="may be 'small' of 'both' and 'twin' of 'twins' alike"):
            submit(pair, save(SOLVED, home / "work.ipynb"), "ana")
        assert submit(pair, save(SOLVED, home / "twin.ipynb"), "ana").assignment == "twins"
        assert submit(pair, save(SOLVED, home / "work.ipynb"), "ana", assignment="both").notebook == "small.ipynb"

    def test_an_empty_notebook_of_two(self, pair: Course, home: Path) -> None:
        with pytest.raises(SubmissionError, match=r"none of the notebooks of 'both' \(small.ipynb, other.ipynb\)"):
            submit(pair, save(new_notebook(), home / "work.ipynb"), "ana", assignment="both")

    def test_notebooks_without_labelled_cells(self, tmp_path: Path, home: Path) -> None:
        bare = [NotebookRecord(name=name, cells=()) for name in ("small", "small-2")]
        course = make_course(tmp_path / "bare", one=(bare[0],), two=(bare[0], bare[1]))
        path = save(SOLVED, home / "small-2.ipynb")
        assert submit(course, path, "ana", assignment="one").notebook == "small.ipynb"
        with pytest.raises(SubmissionError, match="name the file as that notebook"):
            submit(course, path, "ana", assignment="two")
