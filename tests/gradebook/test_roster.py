"""The roster: tables of nbgrader, Canvas and Moodle come in, and nothing goes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.errors import CourseError, GradebookError, UsageError
from gabarito.gradebook.roster import Person, import_people, read_people, read_roster
from tests.exchange.courses import make_course

ANA = Person(id="ana", first_name="Ana Maria", last_name="Lima", email="ana@uni.pt", lms_user_id="101")
BO = Person(id="bo", first_name="Bo", last_name="Ek")
# As lib/gradebook_exporter.rb writes them, with a line for grades that are posted by hand, and the test student.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,ps1 (9001),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Lima, Ana Maria",101,s-1,ana,Section 1,8.00,80
"Ek, Bo",102,s-2,bo,Section 1 and Section 2,,
"Cher",103,s-3,cher,Section 1,N/A,
"Student, Test",999,,5f2ab3,Section 1,,
"""
CANVAS_NAMES = """\
LastName,FirstName,ID,SIS Login ID,Section
Points Possible,,,,
Lima,Ana Maria,101,ana,Section 1
Student,Test,999,5f2ab3,Section 1
"""
MOODLE_GRADES = """\
"First name",Surname,"ID number",Institution,Department,"Email address","Last downloaded from this course"
"Ana Maria",Lima,ana,,Physics,ana@uni.pt,1764406286
"""
MOODLE_PARTICIPANTS = """\
"First name","Last name","Email address",Groups
"Ana Maria",Lima,ana@uni.pt,"A, G1"
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course")


def people(tmp_path: Path, text: str, id_column: str = "") -> list[Person]:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    return read_people(tmp_path / "x.csv", id_column)


class TestTables:
    def test_nbgraders(self, tmp_path: Path) -> None:
        text = "id,first_name,last_name,email,lms_user_id\nana,Ana Maria,Lima,ana@uni.pt,101\nbo,Bo,Ek,,\n"
        assert people(tmp_path, text) == [ANA, BO]

    def test_only_ids(self, tmp_path: Path) -> None:
        assert people(tmp_path, "id\nana\nana@uni.pt\n") == [Person(id="ana"), Person(id="ana@uni.pt")]

    def test_canvas(self, tmp_path: Path) -> None:
        assert people(tmp_path, CANVAS) == [
            Person(id="ana", first_name="Ana Maria", last_name="Lima", lms_user_id="101"),
            Person(id="bo", first_name="Bo", last_name="Ek", lms_user_id="102"),
            Person(id="cher", last_name="Cher", lms_user_id="103"),
        ]

    def test_canvas_with_names_apart_and_semicolons(self, tmp_path: Path) -> None:
        assert people(tmp_path, CANVAS_NAMES.replace(",", ";")) == [
            Person(id="ana", first_name="Ana Maria", last_name="Lima", lms_user_id="101")
        ]

    def test_canvas_by_another_column(self, tmp_path: Path) -> None:
        assert [p.id for p in people(tmp_path, CANVAS.replace("5f2ab3", ""), "sis user id")] == ["s-1", "s-2", "s-3"]

    def test_moodles_grades(self, tmp_path: Path) -> None:
        assert people(tmp_path, MOODLE_GRADES) == [
            Person(id="ana", first_name="Ana Maria", last_name="Lima", email="ana@uni.pt")
        ]

    def test_moodles_number_is_kept_where_it_is_no_id(self, tmp_path: Path) -> None:
        (ana,) = people(tmp_path, MOODLE_GRADES, "Email address")
        assert (ana.id, ana.lms_user_id) == ("ana@uni.pt", "ana")

    def test_moodles_participants(self, tmp_path: Path) -> None:
        with pytest.raises(CourseError, match=r"has no column of ids .* --id 'Email address'"):
            people(tmp_path, MOODLE_PARTICIPANTS)
        assert people(tmp_path, MOODLE_PARTICIPANTS, "Email address") == [
            Person(id="ana@uni.pt", first_name="Ana Maria", last_name="Lima", email="ana@uni.pt")
        ]

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            ("ana,Ana,\n,Bo,\n", "line 3: column 'id' is empty; correct it, or name another column"),
            ("ana,Ana,\nb/o,Bo,\n", "line 3: 'b/o' can't be a student id"),
            ("ana,Ana,\nbo,Bo,\nana,Ana,\n", "line 4: id 'ana' is that of line 2, too; remove one of them"),
            ("ana,Ana,7\nbo,Bo,7\n", "line 3: lms_user_id '7' is that of line 2"),
            (f"ana,{'x' * 129},\n", "line 2: first_name 'xxxxxxxxxxxxxxxxxxxx'… has 129 characters"),
            ("ana,Ana\n", "line 2: it has 2 cells and the first line 3"),
            ("", "has no student"),
        ],
    )
    def test_one_bad_line(self, tmp_path: Path, lines: str, why: str) -> None:
        with pytest.raises(CourseError, match=why):
            people(tmp_path, f"id,first_name,lms_user_id\n{lines}")

    @pytest.mark.parametrize(
        ("column", "hint"), [("Email addres", "did you mean 'Email address'"), ("x", "it has First name, Last name")]
    )
    def test_a_column_that_is_not_there(self, tmp_path: Path, column: str, hint: str) -> None:
        with pytest.raises(UsageError, match=f"--id names '{column}', but .* has no such column; {hint}"):
            people(tmp_path, MOODLE_PARTICIPANTS, column)


class TestImport:
    def test_a_course_without_a_gradebook(self, course: Course) -> None:
        assert read_roster(course) == []
        dry = import_people(course, [ANA], dry_run=True)
        assert (dry.added, dry.dry_run) == ((ANA,), True)
        assert read_roster(course) == []
        assert not (course.root / "gradebook.db").exists()

    def test_new_ones_are_nbgraders_students(self, course: Course) -> None:
        imported = import_people(course, [ANA, BO])
        assert (imported.added, imported.updated, imported.unchanged, imported.missing) == ((ANA, BO), (), 0, ())
        assert read_roster(course) == [ANA, BO]
        with Gradebook(course.db_url) as gradebook:
            found = gradebook.find_student("bo")
            assert (found.first_name, found.email, found.lms_user_id) == ("Bo", None, None)

    def test_changes_are_made_and_empty_cells_change_nothing(self, course: Course) -> None:
        import_people(course, [ANA, BO])
        imported = import_people(course, [Person(id="ana", last_name="Lima-Ek"), BO])
        assert [(c.id, c.fields) for c in imported.updated] == [("ana", {"last_name": ("Lima", "Lima-Ek")})]
        assert (imported.added, imported.unchanged) == ((), 1)
        assert read_roster(course)[0].email == "ana@uni.pt"
        assert read_roster(course)[0].last_name == "Lima-Ek"

    def test_who_is_missing_stays(self, course: Course) -> None:
        import_people(course, [ANA, BO])
        imported = import_people(course, [BO])
        assert (imported.missing, imported.removed) == (("ana",), ())
        assert read_roster(course) == [ANA, BO]

    def test_who_is_missing_goes_if_asked(self, course: Course) -> None:
        import_people(course, [ANA, BO])
        assert import_people(course, [BO], remove_missing=True, dry_run=True).removed == ("ana",)
        assert read_roster(course) == [ANA, BO]
        assert import_people(course, [BO], remove_missing=True).removed == ("ana",)
        assert read_roster(course) == [BO]

    @pytest.mark.parametrize("dry_run", [False, True])
    def test_nobody_with_work_in_the_gradebook_goes(self, course: Course, *, dry_run: bool) -> None:
        others = [Person(id=f"s{n}") for n in range(7)]
        import_people(course, [ANA, *others])
        with Gradebook(course.db_url) as gradebook:
            gradebook.add_assignment("ps1")
            with gradebook.db.no_autoflush:
                for person in others:
                    gradebook.add_submission("ps1", person.id)
        with pytest.raises(GradebookError, match=r"removed: s0 \(ps1\), .*, s4 \(ps1\) and 2 more"):
            import_people(course, [Person(id="ana", last_name="New")], remove_missing=True, dry_run=dry_run)
        with pytest.raises(GradebookError, match=r"removed: s0 \(ps1\)\. Nothing was imported"):
            import_people(course, [ANA, *others[1:]], remove_missing=True, dry_run=dry_run)
        assert read_roster(course) == [ANA, *others]

    def test_two_never_share_an_id_of_the_lms(self, course: Course) -> None:
        import_people(course, [ANA])
        with pytest.raises(GradebookError, match="ana and bo would both have the lms_user_id '101'"):
            import_people(course, [Person(id="bo", lms_user_id="101"), Person(id="cy")])
        assert read_roster(course) == [ANA]

    def test_but_may_swap_or_inherit_it(self, course: Course) -> None:
        import_people(course, [Person(id="a", lms_user_id="1"), Person(id="b", lms_user_id="2")])
        import_people(course, [Person(id="a", lms_user_id="2"), Person(id="b", lms_user_id="1")])
        import_people(course, [Person(id="a", lms_user_id="1")], remove_missing=True)
        assert read_roster(course) == [Person(id="a", lms_user_id="1")]
