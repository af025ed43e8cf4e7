"""The promises of docs/compatibility.md about archives and tables of other systems."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.dbapp import DbStudentImportApp
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from traitlets.config import Config

from gabarito.course import Course
from gabarito.exchange import find_submissions
from gabarito.exchange.collect import collect
from gabarito.exchange.kept import HISTORY
from gabarito.gradebook.roster import Person, import_people, read_people, read_roster
from gabarito.gradebook.writer import open_gradebook
from tests.exchange.archives import save_zip
from tests.exchange.courses import make_course, save
from tests.notebook.released import release, small_source, solve

RELEASED, RECORD = release(small_source())
WORK = nbformat.writes(solve(RELEASED)).encode()
ANA = Person(id="ana", first_name="Ana Maria", last_name="Lima", email="ana@uni.pt", lms_user_id="101")
JOSE = Person(id="jose", first_name="José", last_name="O'Brien", email="jose@uni.pt", lms_user_id="102")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = make_course(tmp_path / "course", small=(RECORD,))
    import_people(made, [ANA, JOSE])
    return made


def handed_in(course: Course) -> dict[str, list[str]]:
    return {s.student: [*s.notebooks, *s.files] for s in find_submissions(course, "small")}


@pytest.mark.parametrize("separator", ["/", "_/", "_"])
def test_moodle(course: Course, tmp_path: Path, separator: str) -> None:
    """In folders, as older versions name them, too, and in files."""
    names = ("Ana Maria Lima_1234567", "José OBrien_1234568")
    files = {f"{name}_assignsubmission_file{separator}Small-1.ipynb": WORK for name in names}
    plot = {f"{names[0]}_assignsubmission_file{separator}plot.png": b"x"}
    collected = collect(course, "small", save_zip(tmp_path / "moodle.zip", files | plot))
    assert collected.is_complete
    assert handed_in(course) == {"ana": ["small", "plot.png"], "jose": ["small"]}


def test_canvas(course: Course, tmp_path: Path) -> None:
    files = {
        "limaanamaria_101_90001_small-2.ipynb": WORK,
        "limaanamaria_101_90002_plot 1.png": b"x",
        "obrienjosé_LATE_102_90003_Small.ipynb": WORK,
    }
    collected = collect(course, "small", save_zip(tmp_path / "canvas.zip", files))
    assert [(e.student, e.is_late) for e in collected.entries] == [("ana", False), ("jose", True)]
    assert collected.is_complete
    assert handed_in(course) == {"ana": ["small", "plot 1.png"], "jose": ["small"]}


def test_the_exchange(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("inbound", "outbound/small"):
        (tmp_path / "exchange" / "c" / name).mkdir(parents=True)
        (tmp_path / "exchange" / "c" / name).chmod(0o777)
    config = Config({"Exchange": {"root": str(tmp_path / "exchange"), "path_includes_course": False}})
    config.CourseDirectory = Config(
        {"course_id": "c", "assignment_id": "small", "root": str(course.root), "db_url": course.db_url}
    )
    monkeypatch.chdir(tmp_path)
    theirs = {
        "config": config,
        "coursedir": CourseDirectory(config=config),
        "authenticator": Authenticator(config=config),
    }
    for number in range(2):
        save(RELEASED if number else solve(RELEASED), tmp_path / "small" / "small.ipynb")
        step = ExchangeSubmit(cache=str(tmp_path / "cache"), **theirs)
        time = f"2026-02-0{number + 1} 12:00:00.000000 UTC"
        monkeypatch.setattr(step, "set_timestamp", partial(setattr, step, "timestamp", time))
        step.start()

    collected = collect(course, "small", tmp_path / "exchange" / "c" / "inbound")
    assert [(e.status.value, e.time) for e in collected.entries] == [
        ("collected", datetime(2026, 2, 2, 12, tzinfo=UTC)),
        ("kept as earlier", datetime(2026, 2, 1, 12, tzinfo=UTC)),
    ]
    (submission,) = find_submissions(course, "small")
    (earlier,) = (course.submitted / HISTORY / submission.student / "small").iterdir()
    assert (earlier / "timestamp.txt").read_text() == "2026-02-01 12:00:00.000000 UTC"
    before = {p: p.stat().st_mtime_ns for p in course.submitted.rglob("*")}
    ExchangeCollect(update=True, **theirs).start()
    assert {p: p.stat().st_mtime_ns for p in course.submitted.rglob("*")} == before


def test_nbgrader_reads_the_roster(course: Course) -> None:
    with Gradebook(course.db_url) as gradebook:
        found = {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students}
    assert found == {
        "ana": ("Ana Maria", "Lima", "ana@uni.pt", "101"),
        "jose": ("José", "O'Brien", "jose@uni.pt", "102"),
    }


def test_nbgraders_own_table(tmp_path: Path) -> None:
    """It says the same to both."""
    text = "id,first_name,last_name,email,lms_user_id\nana,Ana Maria,Lima,ana@uni.pt,101\nbo,,,,\n"
    (tmp_path / "students.csv").write_text(text)
    ours, theirs = make_course(tmp_path / "ours"), make_course(tmp_path / "theirs")
    import_people(ours, read_people(tmp_path / "students.csv"))
    with open_gradebook(theirs):
        pass  # the tables are there now
    step = DbStudentImportApp()
    step.coursedir = CourseDirectory(root=str(theirs.root))
    step.extra_args = [str(tmp_path / "students.csv")]
    step.start()
    assert read_roster(ours) == read_roster(theirs) != []


def test_canvas_export(tmp_path: Path) -> None:
    (tmp_path / "grades.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,small (9001),Current Score\n"
        ",,,,,Manual Posting,\n"
        "    Points Possible,,,,,10.00,(read only)\n"
        '"Lima, Ana Maria",101,s-1,ana,Section 1,8.00,80\n'
        '"Student, Test",999,,5f2ab3,Section 1,,\n'
    )
    assert read_people(tmp_path / "grades.csv") == [
        Person(id="ana", first_name="Ana Maria", last_name="Lima", lms_user_id="101")
    ]


@pytest.mark.parametrize(
    ("text", "id_column"),
    [
        (
            (
                '"First name",Surname,"ID number",Institution,"Email address","Last downloaded from this course"\n'
                "Ana,Lima,ana@uni.pt,,ana@uni.pt,1764406286\n"
            ),
            "",
        ),
        ('"First name","Last name","Email address",Groups\nAna,Lima,ana@uni.pt,"A, G1"\n', "Email address"),
    ],
    ids=["grades", "participants"],
)
def test_moodle_exports(tmp_path: Path, text: str, id_column: str) -> None:
    (tmp_path / "moodle.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_people(tmp_path / "moodle.csv", id_column) == [
        Person(id="ana@uni.pt", first_name="Ana", last_name="Lima", email="ana@uni.pt")
    ]
