"""Layouts: archives as nbgrader, Moodle and Canvas make them, and as people lay them out."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.cli.collect import _Layout
from gabarito.errors import SubmissionError, UsageError
from gabarito.exchange.layouts import Laid, Layout, lay_out
from gabarito.exchange.people import Who

EXCHANGE = (
    "ana+ps1+2026-11-29 09:11:26.123456 UTC+Zm9vYmFyYmF6/ps1.ipynb",
    "ana+ps1+2026-11-29 09:11:26.123456 UTC+Zm9vYmFyYmF6/timestamp.txt",
    "ana+ps1+2026-11-30 09:11:26.123456 UTC+Zm9vYmFyYmF7/ps1.ipynb",
    "b+o+ps1+2026-11-29 09:11:26.123456 UTC/data/x.csv",
    "b+o+ps1+2026-11-29 09:11:26.123456 UTC/ps1.ipynb",
    "ana+ps2+2026-11-29 09:11:26.123456 UTC+Zm9vYmFyYmF8/ps2.ipynb",
)
MOODLE_FOLDERS = (
    "Ana Maria Lima_1234567_assignsubmission_file/ps1.ipynb",
    "Ana Maria Lima_1234567_assignsubmission_file/ps1/data.csv",
    "Ana Maria Lima_1234567_assignsubmission_onlinetext/onlinetext.html",
    "Bo OBrien_7_assignsubmission_file_/work (1).ipynb",
)
MOODLE_FILES = (
    "Ana Maria Lima_1234567_assignsubmission_file_ps1.ipynb",
    "Ana Maria Lima_1234567_assignsubmission_file_my_plot.png",
    "Bo OBrien_7_assignsubmission_onlinetext_onlinetext.html",
    "Default group_assignsubmission_file_ps1.ipynb",
)
CANVAS = (
    "limaanamaria_101_5001_ps1-1.ipynb",
    "limaanamaria_101_5002_my_data 2.csv",
    "ñandúobrien_LATE_102_5003_7_ps1.ipynb",
    "kaya_103_text.html",
    "anon_x7Ka2_5004_ps1.ipynb",
    "LATE_anon_y7Ka2_5005_ps1.ipynb",
)
SUBMITTED = ("ana/ps1/ps1.ipynb", "ana/ps1/timestamp.txt", "ana/ps2/ps2.ipynb", "bo/ps1/a/b.csv")
PLAIN = ("Ana Lima/ps1.ipynb", "Ana Lima/x/y.csv", "bo.ipynb", "notes.txt")


def laid(names: tuple[str, ...], layout: Layout | None = None, **more: object) -> Laid:
    return lay_out(names, "it", "ps1", layout, **more)  # type: ignore[arg-type]


def files(found: Laid) -> dict[str, dict[str, str]]:
    return {f.who.label: f.files for f in found.found}


class TestNbgrader:
    def test_the_exchange(self) -> None:
        found = laid(EXCHANGE)
        assert (found.layout, found.unexplained, found.others) == (Layout.EXCHANGE, (), 1)
        assert [(f.who.student, f.time) for f in found.found] == [
            ("ana", datetime(2026, 11, 29, 9, 11, 26, 123456)),
            ("ana", datetime(2026, 11, 30, 9, 11, 26, 123456)),
            ("b+o", datetime(2026, 11, 29, 9, 11, 26, 123456)),
        ]
        assert found.found[0].files == {"ps1.ipynb": EXCHANGE[0], "timestamp.txt": EXCHANGE[1]}
        assert found.found[2].files == {"data/x.csv": EXCHANGE[3], "ps1.ipynb": EXCHANGE[4]}

    def test_a_time_that_is_none(self) -> None:
        (found,) = laid(("ana+ps1+2026-99-99 x/ps1.ipynb",)).found
        assert (found.who.student, found.time) == ("ana", None)

    def test_a_file_beside_the_folders(self) -> None:
        assert laid((*EXCHANGE, "x.ipynb")).unexplained == ("x.ipynb",)

    def test_submitted(self) -> None:
        found = laid(SUBMITTED)
        assert (found.layout, found.others) == (Layout.SUBMITTED, 1)
        assert [f.who for f in found.found] == [Who("ana", student="ana"), Who("bo", student="bo")]
        assert found.found[0].files == {"ps1.ipynb": SUBMITTED[0], "timestamp.txt": SUBMITTED[1]}

    def test_submitted_with_a_folder_around(self) -> None:
        found = laid(tuple(f"course/submitted/{name}" for name in SUBMITTED))
        assert [f.who.student for f in found.found] == ["ana", "bo"]
        assert found.found[1].files == {"a/b.csv": "course/submitted/bo/ps1/a/b.csv"}


class TestMoodle:
    def test_in_folders(self) -> None:
        found = laid(MOODLE_FOLDERS)
        assert (found.layout, found.unexplained) == (Layout.MOODLE, ())
        assert files(found) == {
            "Ana Maria Lima_1234567": {
                "ps1.ipynb": MOODLE_FOLDERS[0],
                "ps1/data.csv": MOODLE_FOLDERS[1],
                "onlinetext.html": MOODLE_FOLDERS[2],
            },
            "Bo OBrien_7": {"work (1).ipynb": MOODLE_FOLDERS[3]},
        }

    def test_a_folder_named_as_the_assignment_in_it(self) -> None:
        assert laid(("Ana_1_assignsubmission_file/ps1/ps1.ipynb",)).layout is Layout.MOODLE

    def test_in_files(self) -> None:
        found = laid(MOODLE_FILES)
        assert found.layout is Layout.MOODLE
        assert [f.who for f in found.found] == [
            Who("Ana Maria Lima_1234567", name="Ana Maria Lima", number="1234567"),
            Who("Bo OBrien_7", name="Bo OBrien", number="7"),
            Who("Default group", name="Default group"),
        ]
        assert found.found[0].files == {"ps1.ipynb": MOODLE_FILES[0], "my_plot.png": MOODLE_FILES[1]}

    def test_the_number_is_nobodys_id(self) -> None:
        assert all(not f.who.lms_user_id for f in laid(MOODLE_FILES).found)

    def test_both_ways_at_once(self) -> None:
        found = laid(("A_1_assignsubmission_file/x.ipynb", "A_1_assignsubmission_file_x.ipynb"))
        assert found.found[0].twice == {"x.ipynb": "A_1_assignsubmission_file_x.ipynb"}


class TestCanvas:
    def test_names(self) -> None:
        found = laid(CANVAS)
        assert (found.layout, found.unexplained) == (Layout.CANVAS, ())
        assert [(f.who, f.is_late) for f in found.found] == [
            (Who("limaanamaria_101", name="limaanamaria", lms_user_id="101"), False),
            (Who("ñandúobrien_102", name="ñandúobrien", lms_user_id="102"), True),
            (Who("kaya_103", name="kaya", lms_user_id="103"), False),
            (Who("anon_x7Ka2"), False),
            (Who("anon_y7Ka2"), True),
        ]
        assert found.found[0].files == {"ps1-1.ipynb": CANVAS[0], "my_data 2.csv": CANVAS[1]}
        assert list(found.found[1].files) == ["7_ps1.ipynb"]
        assert list(found.found[2].files) == ["text.html"]

    def test_unpacked_into_a_folder(self) -> None:
        found = laid(tuple(f"Downloads/submissions/{name}" for name in CANVAS))
        assert found.found[0].files["ps1-1.ipynb"] == f"Downloads/submissions/{CANVAS[0]}"

    def test_two_files_of_one_name(self) -> None:
        (found,) = laid(("a_1_1_x.ipynb", "a_1_2_x.ipynb")).found
        assert (found.files, found.twice) == ({"x.ipynb": "a_1_1_x.ipynb"}, {"x.ipynb": "a_1_2_x.ipynb"})

    def test_a_person_with_two_names(self) -> None:
        assert len(laid(("a_1_1_x.ipynb", "b_1_2_y.ipynb")).found) == 2


class TestPlain:
    def test_folders_and_files(self) -> None:
        found = laid(PLAIN)
        assert (found.layout, found.unexplained) == (Layout.PLAIN, ("notes.txt",))
        assert files(found) == {
            "Ana Lima": {"ps1.ipynb": PLAIN[0], "x/y.csv": PLAIN[1]},
            "bo": {"bo.ipynb": "bo.ipynb"},
        }

    @pytest.mark.parametrize(
        ("names", "known", "labels"),
        [
            (("hw/ana.ipynb", "hw/bo.ipynb"), "ana", ["ana", "bo"]),
            (("hw/ana/x.ipynb", "hw/bo/x.ipynb"), "bo", ["ana", "bo"]),
            (("ana/x.ipynb",), "ana", ["ana"]),
            (("ana/hw/x.ipynb",), "ana", ["ana"]),
            (("a/b/ana/x.ipynb",), "ana", ["ana"]),
            (("ana/x.ipynb",), "nobody", ["ana"]),
        ],
    )
    def test_a_folder_around_everything_is_no_student(
        self, names: tuple[str, ...], known: str, labels: list[str]
    ) -> None:
        found = laid(names, knows=lambda who: who.anything == known)
        assert [f.who.label for f in found.found] == labels


class TestAny:
    def test_what_systems_leave_does_not_count(self) -> None:
        junk = ("__MACOSX/ana/._ps1.ipynb", ".DS_Store", "ana/.ipynb_checkpoints/x.ipynb", "ana/x.pyc", "Thumbs.db")
        assert files(laid((*junk, "ana/ps1.ipynb"), ignored=["*.pyc"])) == {"ana": {"ps1.ipynb": "ana/ps1.ipynb"}}

    @pytest.mark.parametrize("name", ["a_1_2_..", "a_1_2_.hidden", "A_1_assignsubmission_file_.."])
    def test_a_name_that_would_lead_elsewhere(self, name: str) -> None:
        found = laid((name, name.replace("..", "x.ipynb").replace(".hidden", "x.ipynb")))
        assert found.unexplained == (name,)

    def test_two_ways_at_once(self) -> None:
        with pytest.raises(UsageError, match=r"'A_1_assign.*' as moodle has it; 'a_1_2_x.ipynb' as canvas.*--layout"):
            laid(("a_1_2_x.ipynb", "A_1_assignsubmission_file_x.ipynb"))

    def test_one_of_two_ways_is_asked_for(self) -> None:
        found = laid(("a_1_2_x.ipynb", "A_1_assignsubmission_file_x.ipynb"), Layout.CANVAS)
        assert found.layout is Layout.CANVAS
        assert found.unexplained == ("A_1_assignsubmission_file_x.ipynb",)

    def test_another_way_than_it_looks(self) -> None:
        assert [f.who.label for f in laid(("a_1_2_x.ipynb",), Layout.PLAIN).found] == ["a_1_2_x"]

    @pytest.mark.parametrize("layout", Layout)
    def test_nothing_of_that_kind(self, layout: Layout) -> None:
        with pytest.raises(SubmissionError, match=f"named as {layout} has it .*; the first of its 1 files is 'x'"):
            laid(("x",), layout)

    @pytest.mark.parametrize(("names", "seen"), [((), "it has no file"), (("a.pdf", "b"), "its 2 files is 'a.pdf'")])
    def test_nothing(self, names: tuple[str, ...], seen: str) -> None:
        with pytest.raises(SubmissionError, match=r"no hand-in of 'ps1'.*ps1\+TIME/.*\(exchange\)") as raised:
            laid(names)
        assert seen in str(raised.value)

    def test_the_command_line_has_the_same(self) -> None:
        assert [kind.value for kind in _Layout] == ["auto", *Layout]


NAMES = st.text(st.sampled_from("a1_+ ./-") | st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda name: not name.startswith("/") and not {"..", "", "."} & set(name.split("/")) and "\0" not in name
)


@given(
    st.lists(NAMES | st.sampled_from([*EXCHANGE, *MOODLE_FOLDERS, *MOODLE_FILES, *CANVAS, *SUBMITTED]), unique=True),
    st.none() | st.sampled_from(Layout),
)
def test_every_file_is_accounted_for_and_stays_below(names: list[str], layout: Layout | None) -> None:
    try:
        found = laid(tuple(names), layout)
    except (SubmissionError, UsageError):
        return
    taken = [name for f in found.found for name in (*f.files.values(), *f.twice.values())]
    assert len(taken) == len(set(taken))
    assert set(taken) | set(found.unexplained) <= set(names)
    for f in found.found:
        assert f.files
        assert all(not part.startswith(".") and part for path in f.files for part in path.split("/"))
