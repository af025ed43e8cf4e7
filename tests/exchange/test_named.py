"""Notebooks of a hand-in, whatever an LMS has made of their names."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_notebook

from gabarito.errors import SubmissionError
from gabarito.exchange import named
from gabarito.exchange.named import name_files
from gabarito.model import ReleaseRecord, Role
from tests.notebook.released import cell, release, small_source, solve, source_notebook

SMALL, SMALL_RECORD = release(small_source(), "problem set 1")
OTHER, OTHER_RECORD = release(
    source_notebook(cell(Role.ANSWER, "z = 1", "z"), cell(Role.TEST, "assert z", "z-test", points=1)), "other"
)
ONE = ReleaseRecord(assignment="ps1", notebooks=(SMALL_RECORD,))
TWO = ReleaseRecord(assignment="ps1", notebooks=(SMALL_RECORD, OTHER_RECORD))
FIRST = nbformat.writes(solve(SMALL)).encode()
SECOND = nbformat.writes(OTHER).encode()
EMPTY = nbformat.writes(new_notebook()).encode()
DAMAGED = FIRST[:50]


@pytest.mark.parametrize(
    "name",
    [
        "problem set 1.ipynb",
        "problem_set_1.ipynb",
        "Problem Set 1-2.ipynb",
        "problem_set_1 (1).ipynb",
        "PROBLEM_SET_1.IPYNB",
        "homework.ipynb",
    ],
)
@pytest.mark.parametrize("content", [FIRST, EMPTY, DAMAGED])
def test_the_only_notebook_is_the_one(name: str, content: bytes) -> None:
    found = name_files(ONE, {name: content, "plot.png": b"x"})
    assert found.files == {"plot.png": b"x", "problem set 1.ipynb": content}
    assert found.notebooks == {"problem set 1.ipynb": name}
    assert list(found.files)[-1] == "problem set 1.ipynb"


@pytest.mark.parametrize("content", [FIRST, EMPTY, DAMAGED])
@pytest.mark.parametrize("name", ["problem set 1.ipynb", "Problem_set_1-2.ipynb", "problem_set_1 (1).ipynb"])
def test_of_two_the_name_says_which(name: str, content: bytes) -> None:
    found = name_files(TWO, {name: content, "OTHER.ipynb": SECOND})
    assert found.notebooks == {"problem set 1.ipynb": name, "other.ipynb": "OTHER.ipynb"}


def test_cells_say_more_than_names() -> None:
    found = name_files(TWO, {"other.ipynb": FIRST, "problem set 1.ipynb": SECOND})
    assert found.files == {"other.ipynb": SECOND, "problem set 1.ipynb": FIRST}


def test_one_of_two_came_in() -> None:
    assert name_files(TWO, {"x.ipynb": SECOND}).noticed == ("Not handed in: problem set 1.ipynb.",)


def test_one_that_cannot_be_graded_is_said() -> None:
    (noticed,) = name_files(ONE, {"x.ipynb": DAMAGED}).noticed
    assert noticed.startswith("It can’t be graded: problem set 1.ipynb is cut short")


def test_a_damaged_one_with_both_names() -> None:
    with pytest.raises(SubmissionError, match="none is a notebook of 'ps1'"):
        name_files(TWO, {"problem_set_1-other.ipynb": DAMAGED, "x.ipynb": DAMAGED})


def test_scratch_notebooks_stay_beside() -> None:
    found = name_files(ONE, {"scratch.ipynb": EMPTY, "problem_set_1.ipynb": FIRST})
    assert found.files == {"scratch.ipynb": EMPTY, "problem set 1.ipynb": FIRST}
    assert found.noticed == ("Kept beside it, and not graded: scratch.ipynb.",)


def test_of_several_the_one_with_just_its_name() -> None:
    files = {"problem set 1-Copy1.ipynb": EMPTY, "problem set 1.ipynb": FIRST}
    assert name_files(ONE, files).files == files
    with pytest.raises(SubmissionError, match=r"may all be problem set 1\.ipynb; keep the one that is meant"):
        name_files(ONE, files, trusts_names=False)


def test_several_that_are_the_same_are_one() -> None:
    found = name_files(ONE, {"problem_set_1-1.ipynb": FIRST, "problem_set_1-2.ipynb": FIRST})
    assert found.files == {"problem set 1.ipynb": FIRST}


def test_of_several_none_is_guessed() -> None:
    with pytest.raises(SubmissionError, match=r"'problem_set_1-1.ipynb' and 'problem_set_1-2.ipynb' may all be"):
        name_files(ONE, {"problem_set_1-1.ipynb": FIRST, "problem_set_1-2.ipynb": EMPTY})


def test_a_folder_around_everything_is_left_out() -> None:
    found = name_files(ONE, {"hw/1/x.ipynb": FIRST, "hw/1/data/x.csv": b"1"})
    assert found.files == {"data/x.csv": b"1", "problem set 1.ipynb": FIRST}


@pytest.mark.parametrize("name", ["timestamp.txt", "hw/timestamp.txt"])
def test_a_student_does_not_say_when(name: str) -> None:
    found = name_files(ONE, {name: b"2020-01-01", name.replace("timestamp.txt", "x.ipynb"): FIRST})
    assert found.files == {"problem set 1.ipynb": FIRST}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no notebook came in, but no file; 'ps1' has problem set 1.ipynb"),
        ({"a.pdf": b"", "b/x.ipynb": FIRST}, "no notebook came in, but 'a.pdf', 'b/x.ipynb'"),
        ({"a.ipynb": EMPTY, "b.ipynb": EMPTY}, "'a.ipynb', 'b.ipynb': none is a notebook"),
        ({"a.ipynb": FIRST, "problem set 1.ipynb/x": b""}, "'problem set 1.ipynb' would be a file and a folder"),
        ({"a.ipynb": FIRST, "timestamp.txt/x": b""}, "'timestamp.txt' would be a file and a folder"),
    ],
)
def test_refused(files: dict[str, bytes], why: str) -> None:
    with pytest.raises(SubmissionError, match=why):
        name_files(ONE, files)


def test_one_that_would_lie_where_another_stays() -> None:
    with pytest.raises(SubmissionError, match=r"'problem set 1\.ipynb' and 'x\.ipynb' would both be"):
        name_files(TWO, {"problem set 1.ipynb": SECOND, "other.ipynb": SECOND + b" ", "x.ipynb": FIRST})


def test_a_notebook_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "LARGEST", 100)
    with pytest.raises(SubmissionError, match=r"'x.ipynb' has more than the 0 MiB"):
        name_files(ONE, {"x.ipynb": FIRST})
