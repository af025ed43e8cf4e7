"""People: found without doubt, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.errors import CourseError, SubmissionError
from gabarito.exchange.people import Match, People, Who, read_map
from gabarito.gradebook.roster import Person

ANA = Person(id="ana-lima", first_name="Ana Maria", last_name="Lima dos Santos", email="Ana@uni.pt", lms_user_id="101")
JOSE = Person(id="jose", first_name="José", last_name="Ñandú O'Brien", email="jno@uni.pt", lms_user_id="102")
BO = Person(id="bo", first_name="Bo", last_name="Sørensen-Łuk")
MIA1 = Person(id="mia1", first_name="Mia", last_name="Kaya", email="mia.kaya@uni.de", lms_user_id="104")
MIA2 = Person(id="mia2", first_name="Mia", last_name="Kaya")
NAMELESS = Person(id="x7")
ROSTER = (ANA, JOSE, BO, MIA1, MIA2, NAMELESS)
PEOPLE = People(ROSTER, {})


def moodle(name: str) -> Who:
    return Who(f"{name}_1", name=name, number="1")


def canvas(name: str, user: str) -> Who:
    return Who(f"{name}_{user}", name=name, lms_user_id=user)


def plain(text: str) -> Who:
    return Who(text, anything=text)


@pytest.mark.parametrize(
    "name",
    [
        "Ana Maria Lima dos Santos",
        "Lima dos Santos Ana Maria",
        "Lima dos Santos, Ana Maria",
        "ANA MARIA LIMA DOS SANTOS",
        "ana-maria lima dos santos",
        "limadossantosanamaria",
    ],
)
def test_a_full_name_in_both_orders(name: str) -> None:
    assert PEOPLE.match(moodle(name)) == Match("ana-lima")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Jose Nandu OBrien", "jose"),
        ("Jose\u0301 N\u0303andu\u0301 O\u2019Brien", "jose"),
        ("ñandúobrienjosé", "jose"),
        ("Bo Sorensen Luk", "bo"),
        ("BO SØRENSEN-ŁUK", "bo"),
    ],
)
def test_accents_apostrophes_and_hyphens_do_not_matter(name: str, student: str) -> None:
    assert PEOPLE.match(moodle(name)) == Match(student)


@pytest.mark.parametrize("name", ["Ana Lima", "Ana Maria Lima", "Ana", "Santos", "Ana Maria Clara Lima dos Santos"])
def test_half_a_name_is_nobodys(name: str) -> None:
    assert PEOPLE.match(moodle(name)).student == ""


def test_who_is_near_is_said() -> None:
    assert PEOPLE.match(moodle("Ana Mara Lima dos Santos")).why == (
        "nobody in the roster is called so; near: ana-lima (Ana Maria Lima dos Santos)"
    )
    assert PEOPLE.match(moodle("Zoe")).why == "nobody in the roster is called so"


def test_two_of_one_name() -> None:
    assert PEOPLE.match(moodle("Mia Kaya")) == Match(why="it may be mia1 (Mia Kaya) or mia2 (Mia Kaya)")


def test_an_lms_id_is_stronger_than_a_name() -> None:
    assert PEOPLE.match(canvas("kayamia", "104")) == Match("mia1")
    assert PEOPLE.match(canvas("married", "101")) == Match("ana-lima")


def test_somebody_with_another_lms_id_is_another_person() -> None:
    assert PEOPLE.match(canvas("kayamia", "999")) == Match("mia2")
    assert PEOPLE.match(canvas("limadossantosanamaria", "999")).student == ""


@pytest.mark.parametrize(
    "text",
    ["ana-lima", "ANA-LIMA", "ana@uni.pt", "Ana", "101", "Ana Maria Lima dos Santos", "lima_dos_santos, ana_maria"],
)
def test_whatever_a_person_writes(text: str) -> None:
    assert PEOPLE.match(plain(text)) == Match("ana-lima")


def test_an_id_is_an_id() -> None:
    """Even where it is a part of somebody else's address."""
    people = People((Person(id="ana", email="other@uni.pt"), Person(id="bo", email="ana@uni.pt")), {})
    assert people.match(plain("ana")) == Match("ana")
    assert people.match(plain("ANA")) == Match(why="it may be ana or bo")
    assert people.match(plain("ana@uni.pt")) == Match("bo")


@pytest.mark.parametrize("text", ["", "-", "…", "mia kaya"])
def test_what_says_nothing(text: str) -> None:
    assert PEOPLE.match(plain(text)).student == ""


def test_an_empty_roster() -> None:
    assert People((), {}).match(moodle("Ana")).why == "the roster is empty: run 'gabarito roster import' first"


def test_who_may_be_meant() -> None:
    people = People(ROSTER, {"x": "bo"})
    assert all(map(people.knows, (plain("ANA"), plain("x"), Who("bo", student="bo"), moodle("Mia Kaya"))))
    assert not any(map(people.knows, (plain("hw"), plain(""), Who("zoe", student="zoe"), moodle("Zoe"))))


class TestIds:
    """What nbgrader's folders are called."""

    def test_a_known_one(self) -> None:
        assert PEOPLE.match(Who("bo", student="bo")) == Match("bo")

    def test_a_new_one(self) -> None:
        assert PEOPLE.match(Who("zoe", student="zoe")) == Match("zoe", is_new=True)

    def test_a_new_one_where_students_are_not_added(self) -> None:
        found = People(ROSTER, {}, takes_new=False).match(Who("zoe", student="zoe"))
        assert found == Match(why="the roster has no 'zoe', and c.Autograde.create_student is off")

    def test_a_name_is_no_id(self) -> None:
        assert PEOPLE.match(Who("ana", student="Ana")) == Match("Ana", is_new=True)

    def test_an_impossible_one(self) -> None:
        assert "can't be a student id" in PEOPLE.match(Who("b+o", student="b+o")).why

    def test_an_impossible_one_in_the_roster(self) -> None:
        people = People((Person(id="../bo", first_name="Bo", last_name="Ek"),), {})
        assert "can't be a student id" in people.match(moodle("Bo Ek")).why


class TestMap:
    def read(self, tmp_path: Path, text: str) -> dict[str, str]:
        (tmp_path / "map.csv").write_text(text, encoding="utf-8")
        return read_map(tmp_path / "map.csv", PEOPLE)

    @pytest.mark.parametrize("key", ["Mia Kaya_4", "Mia Kaya", "4"])
    def test_what_was_said_comes_first(self, tmp_path: Path, key: str) -> None:
        people = People(ROSTER, self.read(tmp_path, f"name,student\n{key},mia1\n"))
        assert people.match(Who("Mia Kaya_4", name="Mia Kaya", number="4")) == Match("mia1")

    def test_it_may_say_students_by_anything(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, "Student;Name\nana@uni.pt;x\nJose Ñandu OBrien;y\nbo;jose\u0301\n")
        assert found == {"x": "ana-lima", "y": "jose", "josé": "bo"}

    def test_moodles_worksheet(self, tmp_path: Path) -> None:
        found = self.read(
            tmp_path,
            'Identifier,"Full name","Email address",Status,Grade\n'
            '"Participant 11","Mia Kaya",mia.kaya@uni.de,Submitted,\n'
            '"Participant 12","A Tutor",tutor@uni.de,,\n'
            ',"No Number",jno@uni.pt,,\n',
        )
        assert found == {"11": "mia1"}
        assert People(ROSTER, found).match(Who("Mia Kaya_11", name="Mia Kaya", number="11")) == Match("mia1")
        assert People(ROSTER, found).match(Who("Mia Kaya_9", name="Mia Kaya", number="9")).student == ""

    @pytest.mark.parametrize("column", ["ID number", "Username"])
    def test_moodles_worksheet_of_other_sites(self, tmp_path: Path, column: str) -> None:
        assert self.read(tmp_path, f'Identifier,"Full name","{column}"\nTeilnehmer/in 11,Mia,mia2\n') == {"11": "mia2"}

    def test_the_same_line_twice_does_no_harm(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "name,student\nx,bo\nx,bo\n") == {"x": "bo"}

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("name,student\nx,bo\ny,nobody\n", "line 3: 'nobody' is no student: nobody in the roster"),
            ("name,student\nx,bo\nx,jose\n", "line 3: 'x' is bo in another line"),
            ("name,student\n,bo\n", "line 2: it has no name"),
            ("who,student\nx,bo\n", "has the columns who, student; it needs 'name'"),
        ],
    )
    def test_wrong_ones(self, tmp_path: Path, text: str, why: str) -> None:
        with pytest.raises(SubmissionError, match=why):
            self.read(tmp_path, text)

    def test_no_table(self, tmp_path: Path) -> None:
        with pytest.raises(CourseError, match="is empty"):
            self.read(tmp_path, "")
