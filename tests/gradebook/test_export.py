from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import GradebookError, UsageError
from gabarito.gradebook.export import (
    Export,
    canvas_export,
    csv_export,
    json_export,
    moodle_export,
    read_grades,
    refuse_unwritable,
    write_export,
)
from gabarito.gradebook.export.data import Data
from gabarito.gradebook.export.spreadsheet import harmless, identifier, number
from gabarito.gradebook.writer import open_gradebook
from tests.gradebook import factories

PEOPLE: dict[str, dict[str, str]] = {
    "ana": {"first_name": "Ana", "last_name": "Lima", "email": "ana@uni.br", "lms_user_id": "101"},
    "bo": {"first_name": "Bo", "last_name": "Berg", "email": "bo@uni.br", "lms_user_id": "102"},
    "cy": {"first_name": "Cy", "last_name": "Young", "email": "Cy@uni.br", "lms_user_id": "103"},
    "dan": {"first_name": "Dan", "last_name": "Dahl"},
}
_OLD = (
    "ps1: handed in again, or not recorded, since they were graded: 2 (ana, bo): the scores are the old ones; "
    "run 'gabarito grade ps1'."
)
ALL = {"essay", "plot"}
"""Answers that a person would grade: left as they were, they get 0 by themselves."""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """`ana` and `bo` are graded to the end, `cy` waits for a person, `dan` has handed in nothing."""
    made = factories.course(tmp_path)
    with open_gradebook(made) as gradebook:
        gradebook.record(factories.result("ana", {"test-double": 0.1, "test-partial": 0.2}, ALL))
        gradebook.record(factories.result("bo", {"test-double": 2, "test-half": 3}, ALL))
        gradebook.record(factories.result("cy", {"test-two": 2}))
    with Gradebook(made.db_url) as theirs:
        theirs.update_or_create_assignment("ps1", duedate="2024-02-03 10:00:00 UTC")
        for student, names in PEOPLE.items():
            theirs.update_or_create_student(student, **names)
        for student, points in (("ana", 0), ("bo", 1.5)):
            grade = theirs.find_grade("task", "one", "ps1", student)
            grade.manual_score, grade.needs_manual_grade = points, False
        theirs.find_submission_notebook("one", "ps1", "bo").late_submission_penalty = 0.5
        theirs.find_comment("task", "one", "ps1", "bo").manual_comment = "a < b\n=2+2"
        theirs.db.commit()
    return made


def _rows(made: Export, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def _nbgrader(course: Course, *arguments: str) -> None:
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(course.root / "none")}
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
    argv = [sys.executable, "-m", "nbgrader", *arguments]
    subprocess.run(argv, cwd=course.root, env=environment, check=True, stderr=subprocess.PIPE)


def _same_numbers(row: dict[str, str]) -> dict[str, Any]:
    """Its values, with 3 and 3.0, or 0.3 and 0.30000000000000004, being the same."""
    numbers = ("raw_score", "late_submission_penalty", "score", "max_score")
    return {key: pytest.approx(float(value)) if key in numbers else value for key, value in row.items()}


@pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")
def test_rows_and_values_are_those_of_nbgraders_export(course: Course) -> None:
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_submission("ps1", "dan")  # as for an extension
    _nbgrader(course, "export", "--to", "theirs.csv")
    theirs = list(csv.DictReader((course.root / "theirs.csv").read_text().splitlines()))
    made = csv_export(read_grades(course, missing_is_zero=True, partial=True))
    ours = _rows(made)
    assert [r["student_id"] for r in ours] == ["bo", "dan", "ana", "cy"]
    assert list(ours[0]) == list(theirs[0])
    assert list(map(_same_numbers, ours)) == list(map(_same_numbers, theirs))
    assert (ours[0]["raw_score"], ours[0]["late_submission_penalty"], ours[0]["score"]) == ("6.5", "0.5", "6")
    assert ours[2]["score"] == "0.3"


def test_the_courses_own_plug_in_of_nbgrader_exports_our_gradebook(course: Course) -> None:
    plugin = """
from nbgrader.plugins import ExportPlugin
class Totals(ExportPlugin):
    def export(self, gradebook):
        lines = [f"{s.student_id} {s.score} {s.needs_manual_grade}" for s in gradebook.assignment_submissions("ps1")]
        with open(self.to, "w") as file:
            file.write("\\n".join(sorted(lines)))
"""
    (course.root / "totals.py").write_text(plugin)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.ExportApp.plugin_class = 'totals.Totals'\n")
    _nbgrader(course, "export", "--to", "totals.txt")
    assert (course.root / "totals.txt").read_text().splitlines() == [
        "ana 0.30000000000000004 False",
        "bo 6.5 False",
        "cy 2.0 True",
    ]


def test_who_has_no_score_yet_has_an_empty_cell_and_is_named(course: Course) -> None:
    (course.submitted / "gus" / "ps1").mkdir(parents=True)
    hand_in = course.submitted / "ana" / "ps1"
    hand_in.mkdir(parents=True)
    (hand_in / "timestamp.txt").write_text("2024-02-04 10:30:00 UTC")
    (course.autograded / "bo" / "ps1").mkdir(parents=True)
    made = csv_export(read_grades(course))
    assert {r["student_id"]: r["score"] for r in _rows(made)} == {
        "bo": "6",
        "dan": "",
        "ana": "0.3",
        "cy": "",
        "gus": "",
    }
    assert {r["raw_score"] for r in _rows(made) if not r["score"]} == {""}
    assert made.notes == (
        "ps1: nothing handed in by 1 (dan): no score; '--missing zero' gives them 0.",
        "ps1: a person still has to score something of 1 (cy): no score; '--partial' gives the points so far.",
        "ps1: handed in and not graded: 1 (gus): no score; run 'gabarito grade ps1'.",
        _OLD,
    )
    zero = csv_export(read_grades(course, missing_is_zero=True))
    assert {r["student_id"]: r["score"] for r in _rows(zero)} == {
        "bo": "6",
        "dan": "0",
        "ana": "0.3",
        "cy": "",
        "gus": "",
    }
    assert zero.notes[0] == "ps1: nothing handed in by 1 (dan): 0 points."
    partial = csv_export(read_grades(course, partial=True))
    assert {r["student_id"]: r["score"] for r in _rows(partial)}["cy"] == "2"
    assert partial.notes[1] == "ps1: a person still has to score something of 1 (cy): points so far."


def test_a_late_penalty_takes_no_more_than_there_is(course: Course) -> None:
    with Gradebook(course.db_url) as theirs:
        theirs.find_submission_notebook("one", "ps1", "ana").late_submission_penalty = 4
        theirs.db.commit()
    ana = next(r for r in _rows(csv_export(read_grades(course))) if r["student_id"] == "ana")
    assert (ana["late_submission_penalty"], ana["score"]) == ("4", "0")


def test_an_unknown_assignment_is_told(course: Course) -> None:
    with pytest.raises(GradebookError, match="did you mean 'ps1'"):
        read_grades(course, ["ps9"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (2.0, "2"), (100.0, "100"), (1 / 3, "0.333333"), (-0.0, "0"), (-1.5, "-1.5"), (1e-9, "0")],
)
def test_numbers_have_a_point_and_no_noise(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-Ana", "'-Ana"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "'  =1"),
        ("＝1+1", "'＝1+1"),
        ("Lima; =1+1", "Lima;' =1+1"),
        ("a\n-b", "a\n'-b"),
        ("Ana-Lima = @home", "Ana-Lima = @home"),
        ("O'Neil, 2+2", "O'Neil, 2+2"),
        ("", ""),
    ],
)
def test_text_is_no_formula(text: str, written: str) -> None:
    assert harmless(text) == written


@pytest.mark.parametrize("text", ["-ana", "@bo", "007", "ana+ps@uni.br", "josé.silva", "-"])
def test_ids_stay_what_the_other_program_knows(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", ["=1", "-1+1", "@SUM(A1)", "+a", "-a|b"])
def test_an_id_that_could_do_something_is_written_as_text(text: str) -> None:
    assert identifier(text) == "'" + text


def test_names_that_are_formulas_reach_no_file_as_such(course: Course) -> None:
    with Gradebook(course.db_url) as theirs:
        theirs.add_student("=1")
        theirs.update_or_create_student("-eve", first_name='=HYPERLINK("http://x")', last_name="@x", email="+y@z")
    made = read_grades(course)
    (eve,) = [r for r in _rows(csv_export(made)) if r["student_id"] == "-eve"]
    assert (eve["first_name"], eve["last_name"], eve["email"]) == ('\'=HYPERLINK("http://x")', "'@x", "'+y@z")
    odd = "ids that could be formulas, written with an apostrophe, so that they match no others: 1 (=1)."
    for exported in (csv_export(made), canvas_export(made), moodle_export(made)):
        assert odd in exported.notes
        assert b"'=1," in exported.content
    (eve,) = [r for r in _rows(canvas_export(made)) if r["SIS Login ID"] == "-eve"]
    assert eve["Student"] == '\'@x, =HYPERLINK("http://x")'
    (eve,) = [r for r in _rows(moodle_export(made)) if r["Username"] == "-eve"]
    assert eve["First name"].startswith("'=")


# ---------------------------------------------------------------------------------------------------------- Canvas

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Notes,Warm up (9),ps1 (4711),Assignments Current Score
,,,,,,,Manual Posting,
    Points Possible,,,,,,5,19.00,(read only)
"Lima, Ana",101,,al,Section A,late,4,1.00,80
"Berg, Bo",7,,BO@uni.br,Section A,,4,,80
"=Evil",8,S8,eve,Section A,,4,2.50,80
"Young, Cy",103,,cy,Section A,,4,5.00,80
"Student, Test",,,3f,Section A,,,,
"""


def _template(tmp_path: Path, text: str, name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def test_canvas_gets_a_row_for_each_student_of_the_roster(course: Course) -> None:
    made = canvas_export(read_grades(course), titles={"ps1": "Problem set 1"})
    assert made.content.decode().splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Problem set 1",
        "    Points Possible,,,,,19",
        '"Berg, Bo",102,,bo,,6',
        '"Dahl, Dan",,,dan,,',
        '"Lima, Ana",101,,ana,,0.3',
        '"Young, Cy",103,,cy,,',
    ]
    assert made.notes[-1] == (
        "no number of Canvas as lms_user_id: 1 (dan): it looks for their ids among its logins, then for their names."
    )


def test_only_a_number_is_written_as_canvas_s_own(course: Course) -> None:
    """It would read 101x as 101, who is somebody else."""
    with Gradebook(course.db_url) as theirs:
        theirs.update_or_create_student("dan", lms_user_id="101x")
    (dan,) = [r for r in _rows(canvas_export(read_grades(course))) if r["SIS Login ID"] == "dan"]
    assert (dan["ID"], dan["SIS User ID"]) == ("", "101x")


def test_an_empty_gradebook_is_told(tmp_path: Path) -> None:
    made = factories.course(tmp_path)
    with open_gradebook(made):
        pass
    exported = csv_export(read_grades(made))
    assert _rows(exported) == []
    assert exported.notes == ("the gradebook has no student or no assignment yet; release and grade one first.",)


def test_the_template_of_canvas_is_filled_and_nothing_else_imported(course: Course, tmp_path: Path) -> None:
    made = canvas_export(read_grades(course), _template(tmp_path, CANVAS))
    assert made.content.decode().splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,ps1 (4711)",
        ",,,,,Manual Posting",
        "    Points Possible,,,,,19.00",
        '"Lima, Ana",101,,al,Section A,0.3',
        '"Berg, Bo",7,,BO@uni.br,Section A,6',
        "'=Evil,8,S8,eve,Section A,2.50",
        '"Young, Cy",103,,cy,Section A,5.00',
        '"Student, Test",,,3f,Section A,',
    ]
    assert made.notes[-2:] == (
        "in export.csv and not in the gradebook, left as they are: 1 (=Evil).",
        "in the gradebook and not in export.csv, left out: 1 (dan).",
    )


def test_who_is_excused_in_canvas_stays_so(course: Course, tmp_path: Path) -> None:
    template = CANVAS.replace("4,1.00,80", "4,EX,80").replace(",4,,80", ",4,N/A,80").replace("19.00", "10")
    made = canvas_export(read_grades(course), _template(tmp_path, template))
    assert [r["ps1 (4711)"] for r in _rows(made)] == ["Manual Posting", "10", "EX", "N/A", "2.50", "5.00", ""]
    assert made.notes[-2:] == (
        "ps1 has 19 points here and 10 in Canvas: scores are written as they are here.",
        "ps1: excused in Canvas, or without this assignment, and left so: 2 (ana, bo).",
    )


def test_separator_line_ends_and_mark_are_those_of_the_template(course: Course, tmp_path: Path) -> None:
    lines = [
        "\ufeffLastName;FirstName;ID;SIS User ID;SIS Login ID;Section;ps1 (4711)",
        "    Points Possible;;;;;;19,00",
        "Lima;Ana;101;;al;A;1,00",
    ]
    made = canvas_export(read_grades(course), _template(tmp_path, "\r\n".join(lines)))
    assert made.content.decode() == "\r\n".join([*lines[:2], "Lima;Ana;101;;al;A;0.3", ""])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("ps1 (4711)", "PS1 (4711)"),
            r"no column 'ps1' \(it has: Warm up \(9\), PS1 \(4711\)\); .*--title ps1='TITLE'",
        ),
        (("Warm up (9)", "ps1 (9)"), r"several columns for 'ps1': ps1 \(9\), ps1 \(4711\); say which, with --title"),
        (("Section,Notes", "Group,Notes"), r"no column 'Section' \(it has: .*it should be the gradebook that Canvas"),
        ((",7,,BO@", ",101,,BO@"), r"row 5 of the template .* \(Berg, Bo\) fits ana and bo"),
        (("8,S8,eve", "8,S8,ana"), r"rows 4 and 6 of the template .* both fit ana; remove one"),
        (("8,S8,eve", "8,S8,eve,more,and,more"), "row 6 of the template .* has more cells than its header"),
    ],
)
def test_a_template_that_leaves_a_doubt_is_refused(
    course: Course, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        canvas_export(read_grades(course), _template(tmp_path, CANVAS.replace(*change)))


def test_titles_tell_two_columns_apart(course: Course, tmp_path: Path) -> None:
    template = _template(tmp_path, CANVAS.replace("Warm up (9)", "ps1 (9)"))
    made = canvas_export(read_grades(course), template, {"ps1": "ps1 (9)"})
    assert _rows(made)[2]["ps1 (9)"] == "0.3"


def test_titles_that_cannot_be_meant_are_refused(course: Course, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--title names 'ps3', which is no assignment that is exported"):
        canvas_export(read_grades(course), titles={"ps3": "Warm up"})
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record("ps2"))
    titles = {"ps1": "Warm up", "ps2": "Warm up"}
    with pytest.raises(UsageError, match="two of ps2, ps1 are to go into one column of the template"):
        canvas_export(read_grades(course), _template(tmp_path, CANVAS), titles)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty; download it again"),
        ("Né".encode("latin-1"), "is no UTF-8 text; download it again, or save it as 'CSV UTF-8'"),
        (b'ID,Section\n"a', "is no CSV file"),
        (b"ID,Section,ps1\n55,A,\n", "no row of the template .* fits a student of the gradebook, by ID; give the"),
    ],
)
def test_what_is_no_template_is_refused(course: Course, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told):
        canvas_export(read_grades(course), path)
    with pytest.raises(UsageError, match="can't be read: No such file"):
        canvas_export(read_grades(course), tmp_path / "none.csv")


# ---------------------------------------------------------------------------------------------------------- Moodle

MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments
Participant 1,Ana Lima,ANA@uni.br,Submitted for grading,,19.00,-,
Participant 2,=Bo,bo@uni.br,Submitted for grading,1.00,19.00,"Monday, 5 February 2024, 10:30 AM",<p>Late.</p>
Participant 3,Cy Young,cy@uni.br,Submitted for grading,2.00,19.00,-,<p>Soon.</p>
Participant 4,Eve,eve@uni.br,No submission,,19.00,-,
"""


def test_the_worksheet_of_moodle_is_filled(course: Course, tmp_path: Path) -> None:
    made = moodle_export(read_grades(course), _template(tmp_path, MOODLE + "\n\n"))
    header, ana, bo, cy, eve = MOODLE.splitlines()
    assert made.content.decode().splitlines() == [
        header,
        ana.replace(",,19", ",0.3,19") + "one/essay: No response.<br>one/plot: No response.",
        bo.replace("=Bo", "'=Bo")
        .replace("1.00", "6", 1)
        .replace(
            "<p>Late.</p>",
            "one/essay: No response.<br>one/plot: No response.<br>one/task: a &lt; b<br>=2+2",
        ),
        cy,
        eve,
    ]
    assert made.notes[-2:] == (
        "in export.csv and not in the gradebook, left as they are: 1 (Eve).",
        "in the gradebook and not in export.csv, left out: 1 (dan).",
    )


def test_a_worksheet_with_another_maximum_is_told_and_who_is_above_it(course: Course, tmp_path: Path) -> None:
    made = moodle_export(read_grades(course), _template(tmp_path, MOODLE.replace("19.00", '"5,50"')))
    assert made.notes[-2:] == (
        "ps1 has 19 points here and 5.5 in Moodle: grades are written as they are here.",
        "more than Moodle's maximum, and Moodle will pass over it: the grade of 1 (bo).",
    )


def test_a_worksheet_without_comments_or_maximum(course: Course, tmp_path: Path) -> None:
    rows = ["Identifier,Username,Grade,Last modified (grade)", "Participant 1,ana,,-"]
    made = moodle_export(read_grades(course), _template(tmp_path, "\n".join(rows)))
    assert made.content.decode().splitlines() == [rows[0], "Participant 1,ana,0.3,-"]


def test_a_worksheet_is_for_one_assignment_and_in_english(course: Course, tmp_path: Path) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.register(factories.record("ps2"))
    with pytest.raises(UsageError, match="is for one assignment, not for: ps2, ps1; name one"):
        moodle_export(read_grades(course), _template(tmp_path, MOODLE))
    german = _template(tmp_path, MOODLE.replace("Identifier", "ID"))
    with pytest.raises(UsageError, match=r"no column 'Identifier' .*while Moodle is set to English"):
        moodle_export(read_grades(course, ["ps1"]), german)


def test_no_row_of_moodles_list_lacks_what_people_are_looked_up_by(course: Course) -> None:
    """Moodle would give such a row's grade to the person above it."""
    made = moodle_export(read_grades(course))
    assert [(r["Username"], r["ps1"]) for r in _rows(made)] == [("bo", "6"), ("dan", ""), ("ana", "0.3"), ("cy", "")]
    assert list(_rows(made)[0]) == ["First name", "Last name", "Username", "ps1", "ps1 (feedback)"]
    assert made.notes[-1].startswith("no column 'Email address', for Moodle would give the grades of 1 (dan), without")
    with Gradebook(course.db_url) as theirs:
        theirs.update_or_create_student("dan", email="dan@uni.br")
    assert list(_rows(moodle_export(read_grades(course)))[0])[2:4] == ["Username", "Email address"]


# ------------------------------------------------------------------------------------------------------------ JSON


def test_json_has_everything_and_is_the_same_each_time(course: Course) -> None:
    notebook = factories.executed()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test-half":
            cell.metadata["gabarito"] = {"outcome": "timeout", "message": "…"}
    factories.save(notebook, course.autograded / "bo" / "ps1" / "one.ipynb")
    made = json_export(read_grades(course), course)
    assert made.content == json_export(read_grades(course), course).content
    data = json.loads(made.content)
    assert list(data) == list(Data.__struct_fields__)
    assert data["assignments"] == [{"assignment": "ps1", "duedate": "2024-02-03T10:00:00Z", "max_score": 19.0}]
    assert [s["student"] for s in data["students"]] == ["ana", "bo", "cy", "dan"]
    bo = data["students"][1]
    assert (bo["last_name"], bo["lms_user_id"]) == ("Berg", "102")
    (work,) = bo["assignments"]
    one, two = work.pop("notebooks")
    assert work == {
        "assignment": "ps1",
        "state": "graded",
        "timestamp": "2024-02-03T10:30:00Z",
        "seconds_late": 1800.0,
        "raw_score": 6.5,
        "late_penalty": 0.5,
        "score": 6.0,
        "weak_points": 5.0,
    }
    assert (one["notebook"], one["score"], one["max_score"], one["late_penalty"]) == ("one", 6.5, 17.0, 0.5)
    assert [c["cell"] for c in two["cells"]] == ["test-two"]
    assert one["cells"][1] == {
        "cell": "test-half",
        "score": 3.0,
        "max_score": 3.0,
        "auto_score": 3.0,
        "manual_score": None,
        "extra_credit": None,
        "needs_manual": False,
        "by_hand": False,
        "mode": None,
        "weak": True,
        "outcome": "timeout",
        "comment": None,
    }
    assert (one["cells"][5]["manual_score"], one["cells"][5]["comment"]) == (1.5, "a < b\n=2+2")
    states = {s["student"]: (w["state"], w["score"]) for s in data["students"] for w in s["assignments"]}
    assert states == {
        "ana": ("graded", 0.3),
        "bo": ("graded", 6.0),
        "cy": ("needs_manual", None),
        "dan": ("missing", None),
    }


# ----------------------------------------------------------------------------------------------------------- Files


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grades.csv"
    write_export(path, b"old")

    def half(self: Path, content: bytes) -> int:
        os.write(os.open(self, os.O_CREAT | os.O_WRONLY), content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left") as caught:
        write_export(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["grades.csv"]


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    refuse_unwritable(path, force=False)
    path.write_text("old")
    with pytest.raises(UsageError, match="is there already; replace it with --force"):
        refuse_unwritable(path, force=False)
    refuse_unwritable(path, force=True)
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        refuse_unwritable(tmp_path, force=True)
    with pytest.raises(UsageError, match=r"no folder .*none; make it first"):
        refuse_unwritable(tmp_path / "none" / "grades.csv", force=True)


def test_times_are_those_of_the_hand_ins(course: Course) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.record(factories.result("dan", {}, ALL, timestamp=datetime(2024, 2, 3, 9, 0, 0, 7)))
    times = {r["student_id"]: r["timestamp"] for r in _rows(csv_export(read_grades(course)))}
    assert times["dan"] == "2024-02-03 09:00:00.000007"
