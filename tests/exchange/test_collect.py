"""Collecting: whole archives of a class, and that nothing of them is lost, guessed or put elsewhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.engine import system
from gabarito.errors import CourseError, GabaritoError, SubmissionError, UsageError
from gabarito.exchange import collect as collecting
from gabarito.exchange import find_submissions, submit
from gabarito.exchange.collect import Collected, Status, collect
from gabarito.exchange.kept import HISTORY
from gabarito.exchange.layouts import Layout
from gabarito.gradebook.roster import Person, import_people
from gabarito.model import Role
from tests.exchange.archives import make_zip, save_folder, save_zip
from tests.exchange.courses import make_course, save
from tests.notebook.released import cell, release, small_source, solve, source_notebook

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)
_, OTHER = release(
    source_notebook(cell(Role.ANSWER, "z = 1", "z"), cell(Role.TEST, "assert z", "t", points=1)), "other"
)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
ROSTER = (
    Person(id="ana", first_name="Ana Maria", last_name="Lima", email="ana@uni.pt", lms_user_id="101"),
    Person(id="bo", first_name="Bo", last_name="Ek", lms_user_id="102"),
    Person(id="mia1", first_name="Mia", last_name="Kaya"),
    Person(id="mia2", first_name="Mia", last_name="Kaya"),
)


def notebook(number: int = 0, made: NotebookNode = SOLVED) -> bytes:
    """A notebook, another one for each number."""
    return nbformat.writes(made).encode() + b"\n" * number


ONE, TWO = notebook(1), notebook(2)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "course"
    import_people(make_course(root, small=(RECORD,), two=(RECORD, OTHER)), ROSTER)
    return root


@pytest.fixture
def course(tmp_path: Path, template: Path) -> Course:
    made = make_course(tmp_path / "course", small=(RECORD,), two=(RECORD, OTHER))
    (made.root / "gradebook.db").write_bytes((template / "gradebook.db").read_bytes())
    return made


@pytest.fixture
def given_zip(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    return lambda files: save_zip(tmp_path / "given.zip", files)


Zip = Callable[[dict[str, bytes]], Path]


def everything(course: Course) -> dict[str, bytes]:
    """All hand-ins, earlier ones too."""
    found = course.submitted.rglob("*") if course.submitted.exists() else []
    return {
        p.relative_to(course.submitted).as_posix(): p.read_bytes() for p in found if p.is_file() and p.name != ".lock"
    }


def told(collected: Collected) -> list[tuple[str, str, str]]:
    return [(e.found, e.status.value, e.student) for e in collected.entries]


def inbound(student: str, time: datetime, content: bytes, *, stamp: str | None = "same") -> dict[str, bytes]:
    """A hand-in as `nbgrader submit` leaves it."""
    text = f"{time:%Y-%m-%d %H:%M:%S.%f} UTC"
    folder = f"{student}+small+{text}+Zm9vYmFyYmF6"
    files = {f"{folder}/small.ipynb": content}
    return (
        files if stamp is None else files | {f"{folder}/timestamp.txt": (text if stamp == "same" else stamp).encode()}
    )


class TestLayouts:
    def test_moodle(self, course: Course, given_zip: Zip) -> None:
        collected = collect(
            course,
            "small",
            given_zip(
                {
                    "Ana Maria Lima_1_assignsubmission_file/Small-1.ipynb": ONE,
                    "Ana Maria Lima_1_assignsubmission_file/data/x.csv": b"1",
                    "Ana Maria Lima_1_assignsubmission_onlinetext/onlinetext.html": b"<p>",
                    "Bo Ek_2_assignsubmission_file_work.ipynb": TWO,
                    "Bo Ek_2_assignsubmission_file_timestamp.txt": b"2020-01-01 00:00:00 UTC",
                    "Mia Kaya_3_assignsubmission_file_small.ipynb": ONE,
                    "Participant_4_assignsubmission_file_small.ipynb": ONE,
                }
            ),
        )
        assert (collected.layout, collected.is_complete) == (Layout.MOODLE, False)
        assert told(collected) == [
            ("Ana Maria Lima_1", "collected", "ana"),
            ("Bo Ek_2", "collected", "bo"),
            ("Mia Kaya_3", "unmatched", ""),
            ("Participant_4", "unmatched", ""),
        ]
        assert everything(course) == {
            "ana/small/small.ipynb": ONE,
            "ana/small/data/x.csv": b"1",
            "ana/small/onlinetext.html": b"<p>",
            "bo/small/small.ipynb": TWO,
        }
        assert collected.entries[0].notebooks == {"small.ipynb": "Small-1.ipynb"}
        assert collected.entries[1].noticed == ("Its timestamp.txt was left out: the student made it.",)
        assert [s.timestamp for s in find_submissions(course, "small")] == [None, None]

    def test_canvas(self, course: Course, given_zip: Zip) -> None:
        collected = collect(
            course,
            "small",
            given_zip(
                {
                    "limaanamaria_101_5001_small-2.ipynb": ONE,
                    "ekbo_LATE_102_5002_small.ipynb": TWO,
                    "ekbo_LATE_102_5003_plot 1.png": b"x",
                    "kayamia_104_5004_small.ipynb": ONE,
                    "anon_x7Ka2_5005_small.ipynb": ONE,
                }
            ),
        )
        assert collected.layout is Layout.CANVAS
        assert everything(course) == {
            "ana/small/small.ipynb": ONE,
            "bo/small/small.ipynb": TWO,
            "bo/small/plot 1.png": b"x",
        }
        assert [(e.found, e.is_late) for e in collected.entries][:2] == [
            ("limaanamaria_101", False),
            ("ekbo_102", True),
        ]

    def test_times_that_a_student_made_are_left_out(self, course: Course, given_zip: Zip) -> None:
        stamps = {f"ekbo_102_{n}_timestamp.txt": b"2020-01-01 00:00:00 UTC" for n in (1, 2)}
        (entry,) = collect(course, "small", given_zip({"ekbo_102_3_small.ipynb": ONE, **stamps})).entries
        assert (entry.status, entry.time) == (Status.COLLECTED, None)
        assert everything(course) == {"bo/small/small.ipynb": ONE}

    def test_canvas_resubmissions_are_not_guessed(self, course: Course, given_zip: Zip) -> None:
        source = given_zip({"ekbo_102_5002_small.ipynb": ONE, "ekbo_102_5003_small-1.ipynb": TWO})
        (entry,) = collect(course, "small", source).entries
        assert (entry.status, entry.student) == (Status.REFUSED, "bo")
        assert "may all be small.ipynb" in entry.message
        assert everything(course) == {}

    def test_the_exchange(self, course: Course, tmp_path: Path) -> None:
        source = save_folder(
            tmp_path / "inbound",
            inbound("ana", NOON, ONE)
            | inbound("ana", NOON + timedelta(hours=1), TWO)
            | inbound("zoe", NOON, ONE, stamp=None)
            | {"bo+other+2026-02-01 12:00:00.000000 UTC+Zm9vYmFyYmF6/other.ipynb": ONE},
        )
        collected = collect(course, "small", source)
        assert [(e.status, e.student, e.is_new, e.time) for e in collected.entries] == [
            (Status.COLLECTED, "ana", False, NOON + timedelta(hours=1)),
            (Status.EARLIER, "ana", False, NOON),
            (Status.COLLECTED, "zoe", True, NOON),
        ]
        assert (collected.others, collected.is_complete) == (1, True)
        assert everything(course) == {
            "ana/small/small.ipynb": TWO,
            "ana/small/timestamp.txt": b"2026-02-01 13:00:00.000000 UTC",
            f"{HISTORY}/ana/small/2026-02-01_12-00-00.000000/small.ipynb": ONE,
            f"{HISTORY}/ana/small/2026-02-01_12-00-00.000000/timestamp.txt": b"2026-02-01 12:00:00.000000 UTC",
            "zoe/small/small.ipynb": ONE,
            "zoe/small/timestamp.txt": b"2026-02-01 12:00:00.000000 UTC",
        }
        before = everything(course)
        assert {e.status for e in collect(course, "small", source).entries} == {Status.REPEATED}
        assert everything(course) == before

    @pytest.mark.parametrize(
        ("stamp", "time", "noticed"),
        [
            (
                "2026-02-01 11:00:00 UTC",
                NOON - timedelta(hours=1),
                "says 2026-02-01 11:00:00 UTC, and its name another",
            ),
            ("yesterday", NOON, "holds no time"),
        ],
    )
    def test_times_that_disagree(
        self, course: Course, tmp_path: Path, stamp: str, time: datetime, noticed: str
    ) -> None:
        (entry,) = collect(course, "small", save_folder(tmp_path / "in", inbound("bo", NOON, ONE, stamp=stamp))).entries
        assert entry.time == time
        assert noticed in entry.noticed[0]

    def test_submitted(self, course: Course, given_zip: Zip) -> None:
        files = {"submitted/bo/small/small.ipynb": ONE, "submitted/bo/small/timestamp.txt": b"2026-02-01 12:00:00 UTC"}
        (entry,) = collect(course, "small", given_zip(files)).entries
        assert (entry.student, entry.time) == ("bo", NOON)

    def test_students_are_not_added_where_the_course_does_not_want_it(self, course: Course, given_zip: Zip) -> None:
        course.config.Autograde.create_student = False
        collected = collect(course, "small", given_zip({"bo/small/small.ipynb": ONE, "zoe/small/small.ipynb": ONE}))
        assert [(e.student, e.status) for e in collected.entries] == [("bo", Status.COLLECTED), ("", Status.UNMATCHED)]

    def test_plain(self, course: Course, given_zip: Zip) -> None:
        files = {"hw/ana@uni.pt/x.ipynb": ONE, "hw/Ek, Bo/y.ipynb": TWO, "hw/mia1.ipynb": ONE, "hw/notes.txt": b""}
        collected = collect(course, "small", given_zip(files))
        assert told(collected) == [
            ("ana@uni.pt", "collected", "ana"),
            ("Ek, Bo", "collected", "bo"),
            ("mia1", "collected", "mia1"),
            ("hw/notes.txt", "refused", ""),
        ]
        assert collected.entries[3].message == "it isn’t named as plain has it"

    def test_it_can_be_said(self, course: Course, given_zip: Zip) -> None:
        source = given_zip({"bo_1_2_small.ipynb": ONE})
        assert collect(course, "small", source, layout=Layout.PLAIN).entries[0].found == "bo_1_2_small"

    def test_an_assignment_of_two_notebooks(self, course: Course, given_zip: Zip) -> None:
        (entry,) = collect(course, "two", given_zip({"bo/two/small.ipynb": ONE})).entries
        assert entry.noticed == ("Not handed in: other.ipynb.",)


class TestWho:
    def test_a_table_says_who(self, course: Course, given_zip: Zip, tmp_path: Path) -> None:
        (tmp_path / "map.csv").write_text("name,student\nMia Kaya_3,mia2\nParticipant_4,bo\n")
        source = given_zip({f"{who}_assignsubmission_file_x.ipynb": ONE for who in ("Mia Kaya_3", "Participant_4")})
        collected = collect(course, "small", source, mapped=tmp_path / "map.csv")
        assert [(e.found, e.student) for e in collected.entries] == [("Participant_4", "bo"), ("Mia Kaya_3", "mia2")]
        assert collected.is_complete

    def test_two_that_would_be_one_student(self, course: Course, given_zip: Zip) -> None:
        collected = collect(course, "small", given_zip({"bo/x.ipynb": ONE, "Bo Ek/x.ipynb": TWO, "ana/x.ipynb": ONE}))
        assert told(collected) == [("ana", "collected", "ana"), ("Bo Ek", "unmatched", ""), ("bo", "unmatched", "")]
        assert collected.entries[2].message == "'Bo Ek' would be bo, too"
        assert list(everything(course)) == ["ana/small/small.ipynb"]

    def test_a_wrong_table_and_nothing_is_written(self, course: Course, given_zip: Zip, tmp_path: Path) -> None:
        (tmp_path / "map.csv").write_text("name,student\nx,nobody\n")
        with pytest.raises(SubmissionError, match="'nobody' is no student"):
            collect(course, "small", given_zip({"bo/x.ipynb": ONE}), mapped=tmp_path / "map.csv")
        assert everything(course) == {}


class TestAgain:
    """One student's hand-ins, one after the other."""

    def bring(self, course: Course, tmp_path: Path, content: bytes, time: datetime | None, **files: bytes) -> Collected:
        number = len(list(tmp_path.glob("bring*")))
        stamp = {"timestamp.txt": f"{time:%Y-%m-%d %H:%M:%S} UTC".encode()} if time else {}
        folder = {f"bo/{n}": c for n, c in {"small.ipynb": content, **stamp, **files}.items()}
        return collect(course, "small", save_folder(tmp_path / f"bring{number}", folder))

    def status(self, *arguments: object, **files: bytes) -> str:
        (entry,) = self.bring(*arguments, **files).entries  # type: ignore[arg-type]
        return entry.status.value

    def test_a_later_one_replaces_all_of_it(self, course: Course, tmp_path: Path) -> None:
        assert self.status(course, tmp_path, ONE, NOON, helper=b"1") == "collected"
        (entry,) = self.bring(course, tmp_path, TWO, NOON + timedelta(hours=1)).entries
        earlier = f"{HISTORY}/bo/small/2026-02-01_12-00-00.000000"
        assert (entry.status, entry.earlier) == (Status.REPLACED, f"submitted/{earlier}")
        assert everything(course) == {
            "bo/small/small.ipynb": TWO,
            "bo/small/timestamp.txt": b"2026-02-01 13:00:00.000000 UTC",
            f"{earlier}/helper": b"1",
            f"{earlier}/small.ipynb": ONE,
            f"{earlier}/timestamp.txt": b"2026-02-01 12:00:00.000000 UTC",
        }

    def test_an_older_one_that_comes_later_is_kept_only(self, course: Course, tmp_path: Path) -> None:
        self.bring(course, tmp_path, TWO, NOON)
        current = everything(course)
        (entry,) = self.bring(course, tmp_path, ONE, NOON - timedelta(hours=1)).entries
        assert (entry.status, entry.earlier) == (
            Status.EARLIER,
            f"submitted/{HISTORY}/bo/small/2026-02-01_11-00-00.000000",
        )
        assert everything(course).items() > current.items()
        assert (course.root / entry.earlier / "small.ipynb").read_bytes() == ONE
        assert self.status(course, tmp_path, ONE, NOON - timedelta(hours=1)) == "repeated"

    def test_the_same_again_keeps_its_time(self, course: Course, tmp_path: Path) -> None:
        self.bring(course, tmp_path, ONE, NOON)
        before = everything(course)
        for time in (NOON, NOON + timedelta(hours=1), NOON - timedelta(hours=1), None):
            assert self.status(course, tmp_path, ONE, time) == "repeated"
        assert everything(course) == before

    def test_one_without_a_time_is_later(self, course: Course, tmp_path: Path) -> None:
        self.bring(course, tmp_path, ONE, NOON)
        assert self.status(course, tmp_path, TWO, None) == "replaced"
        assert find_submissions(course, "small")[0].stamp is None
        assert self.status(course, tmp_path, ONE, NOON) == "replaced"

    def test_an_old_archive_is_said(self, course: Course, tmp_path: Path) -> None:
        for content in (ONE, TWO):
            self.bring(course, tmp_path, content, None)
        (entry,) = self.bring(course, tmp_path, ONE, None).entries
        assert entry.status is Status.REPLACED
        assert entry.noticed == (
            f"It is the same as an earlier one (submitted/{HISTORY}/bo/small/unknown-time): is this an old archive?",
        )

    def test_it_replaces_what_was_submitted_and_its_receipt_stays_good(self, course: Course, tmp_path: Path) -> None:
        from gabarito.exchange.receipt import verify

        receipt = submit(course, save(RELEASED, tmp_path / "small.ipynb"), "bo", assignment="small", now=NOON)
        assert self.status(course, tmp_path, TWO, NOON + timedelta(hours=1)) == "replaced"
        verified = verify(course, receipt)
        assert (verified.is_ours, len(verified.kept), verified.is_current) == (True, 1, False)

    def test_a_student_submits_after_it(self, course: Course, tmp_path: Path) -> None:
        self.bring(course, tmp_path, ONE, NOON)
        receipt = submit(
            course, save(RELEASED, tmp_path / "small.ipynb"), "bo", assignment="small", now=NOON + timedelta(hours=1)
        )
        assert receipt.earlier == f"submitted/{HISTORY}/bo/small/2026-02-01_12-00-00.000000"

    @pytest.mark.parametrize("broken", ["gabarito.exchange.collect.keep", "gabarito.exchange.kept.exchange_paths"])
    def test_a_run_that_was_killed_is_run_again(
        self, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
    ) -> None:
        self.bring(course, tmp_path, ONE, NOON)

        def fail(*_: object) -> None:
            raise OSError("no space left")

        with monkeypatch.context() as patch:
            patch.setattr(broken, fail)
            with pytest.raises(OSError, match="no space left"):
                self.bring(course, tmp_path, TWO, NOON + timedelta(hours=1))
        assert find_submissions(course, "small")[0].notebooks["small"].read_bytes() == ONE
        assert self.status(course, tmp_path, TWO, NOON + timedelta(hours=1)) == "replaced"
        assert os.listdir(course.submitted / HISTORY / "bo" / "small") == ["2026-02-01_12-00-00.000000"]
        assert os.listdir(course.submitted / "bo") == ["small"]

    def test_who_reads_meanwhile_finds_a_whole_one(self, course: Course, tmp_path: Path) -> None:
        """As grading does, and students' hand-ins are never away for a moment."""
        self.bring(course, tmp_path, ONE, NOON)
        path = course.submitted / "bo" / "small" / "small.ipynb"
        done = threading.Event()

        def read() -> set[bytes]:
            seen = set()
            while not done.is_set():
                seen.add(path.read_bytes())
            return seen | {path.read_bytes()}

        with ThreadPoolExecutor(1) as pool:
            reader = pool.submit(read)
            try:
                for hours in range(1, 21):
                    self.bring(course, tmp_path, notebook(hours), NOON + timedelta(hours=hours))
            finally:
                done.set()
            assert notebook(20) in reader.result() <= {ONE, *map(notebook, range(1, 21))}

    def test_where_the_file_system_cannot_swap(
        self, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(system, "_RENAME_EXCHANGE", 1 << 30)  # a flag that no kernel knows
        self.bring(course, tmp_path, ONE, NOON)
        assert self.status(course, tmp_path, TWO, None) == "replaced"
        assert os.listdir(course.submitted / "bo") == ["small"]
        assert (course.submitted / "bo" / "small" / "small.ipynb").read_bytes() == TWO


class TestDryRun:
    def test_it_says_the_same_and_writes_nothing(self, course: Course, tmp_path: Path) -> None:
        save_folder(course.submitted / "bo" / "small", {"small.ipynb": ONE})
        before = everything(course)
        source = save_folder(
            tmp_path / "inbound",
            inbound("ana", NOON, ONE)
            | inbound("ana", NOON + timedelta(hours=1), TWO)
            | inbound("ana", NOON + timedelta(hours=2), TWO)
            | inbound("bo", NOON, TWO),
        )
        dry = collect(course, "small", source, dry_run=True)
        assert everything(course) == before
        wet = collect(course, "small", source)
        assert (dry.dry_run, wet.dry_run) == (True, False)
        assert told(dry) == told(wet)
        assert [e.status.value for e in wet.entries] == ["collected", "repeated", "kept as earlier", "replaced"]

    def test_not_even_a_folder(self, course: Course, given_zip: Zip) -> None:
        collect(course, "small", given_zip({"bo/x.ipynb": ONE}), dry_run=True)
        assert not course.submitted.exists()


class TestLate:
    def test_due_date_and_extension(self, course: Course, tmp_path: Path) -> None:
        with Gradebook(course.db_url) as gradebook:
            gradebook.add_assignment("small", duedate="2026-02-01 12:00:00 UTC")
        with Gradebook(course.db_url) as gradebook:
            with gradebook.db.no_autoflush:
                gradebook.add_submission("small", "bo")
            gradebook.grant_extension("small", "bo", hours=2)
        late = NOON + timedelta(hours=1)
        source = save_folder(tmp_path / "in", inbound("ana", late, ONE) | inbound("bo", late, ONE))
        collected = collect(course, "small", source)
        assert collected.duedate == NOON.replace(tzinfo=None)
        assert [(e.student, e.is_late, e.seconds_late) for e in collected.entries] == [
            ("ana", True, 3600),
            ("bo", False, 0),
        ]

    def test_without_a_gradebook_nobody_is(self, tmp_path: Path) -> None:
        course = make_course(tmp_path / "new", small=(RECORD,))
        collected = collect(course, "small", save_folder(tmp_path / "in", inbound("ana", NOON, ONE)))
        assert (collected.duedate, collected.entries[0].is_late) == (None, False)


class TestArchivesInIt:
    """What students hand in as an archive."""

    def bring(self, course: Course, given_zip: Zip, files: dict[str, bytes]) -> Collected:
        return collect(course, "small", given_zip({f"bo/{n}": c for n, c in files.items()} | {"ana/x.ipynb": ONE}))

    def test_its_files_are_taken(self, course: Course, given_zip: Zip) -> None:
        work = make_zip({"hw/My.ipynb": TWO, "hw/x.csv": b"1", "hw/.git/x": b"", "hw/timestamp.txt": b"2020-01-01"})
        self.bring(course, given_zip, {"work.zip": work})
        assert (course.submitted / "bo" / "small" / "small.ipynb").read_bytes() == TWO
        assert sorted(os.listdir(course.submitted / "bo" / "small")) == ["small.ipynb", "x.csv"]

    def test_and_those_beside_it(self, course: Course, given_zip: Zip) -> None:
        self.bring(course, given_zip, {"work.zip": make_zip({"My.ipynb": TWO}), "plot.png": b"x"})
        assert sorted(os.listdir(course.submitted / "bo" / "small")) == ["plot.png", "small.ipynb"]

    def test_a_file_of_both_is_that_of_the_archive(self, course: Course, given_zip: Zip) -> None:
        self.bring(course, given_zip, {"work.zip": make_zip({"My.ipynb": TWO, "x": b"1"}), "x": b"2"})
        assert (course.submitted / "bo" / "small" / "x").read_bytes() == b"1"

    def test_it_is_only_a_file_where_a_notebook_lies_beside(self, course: Course, given_zip: Zip) -> None:
        self.bring(course, given_zip, {"work.zip": b"whatever", "x.ipynb": TWO})
        assert sorted(os.listdir(course.submitted / "bo" / "small")) == ["small.ipynb", "work.zip"]

    @pytest.mark.parametrize(
        ("work", "why"),
        [
            (b"no zip", "work.zip is no whole zip archive"),
            (make_zip({"../../mia1/small/x.ipynb": TWO}), "leads out of the folder"),
            (make_zip({"bomb": bytes(70 << 20)}), "packed as only a bomb is"),
            (make_zip({"inner.zip": make_zip({"small.ipynb": TWO})}), "no notebook came in, but 'inner.zip'"),
        ],
    )
    def test_a_trick_costs_nobody_else_anything(self, course: Course, given_zip: Zip, work: bytes, why: str) -> None:
        collected = self.bring(course, given_zip, {"work.zip": work})
        assert told(collected) == [("ana", "collected", "ana"), ("bo", "refused", "bo")]
        assert why in collected.entries[1].message
        assert list(everything(course)) == ["ana/small/small.ipynb"]


class TestRefused:
    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, course: Course) -> Iterator[None]:
        yield
        assert not course.submitted.exists() or everything(course) == {}

    def test_an_archive_with_a_trick(self, course: Course, given_zip: Zip) -> None:
        with pytest.raises(SubmissionError, match=r"'\.\./x' in given\.zip isn't taken"):
            collect(course, "small", given_zip({"bo/x.ipynb": ONE, "../x": b""}))

    def test_a_folder_with_a_link(self, course: Course, tmp_path: Path) -> None:
        save_folder(tmp_path / "in", {"ana/x.ipynb": ONE})
        (tmp_path / "in" / "ana" / "data").symlink_to("/etc")
        with pytest.raises(SubmissionError, match=r"'ana/data' in .* is a link"):
            collect(course, "small", tmp_path / "in")

    def test_two_files_of_one_name(self, course: Course, given_zip: Zip) -> None:
        source = given_zip({"ekbo_102_1_small.ipynb": ONE, "ekbo_102_2_small.ipynb": TWO})
        (entry,) = collect(course, "small", source).entries
        assert entry.message == (
            "'small.ipynb' came in twice ('ekbo_102_1_small.ipynb', 'ekbo_102_2_small.ipynb'); remove one of them"
        )

    def test_no_notebook(self, course: Course, given_zip: Zip) -> None:
        (entry,) = collect(course, "small", given_zip({"bo/small/x/y.ipynb": ONE, "bo/small/x.pdf": b""})).entries
        assert entry.status is Status.REFUSED
        assert "no notebook came in, but 'x.pdf', 'x/y.ipynb'" in entry.message

    def test_very_large(self, course: Course, given_zip: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(collecting, "_LARGEST", 100)
        (entry,) = collect(course, "small", given_zip({"bo/x.ipynb": ONE})).entries
        assert "more than the 0 that are taken" in entry.message

    def test_the_courses_own_folder(self, course: Course) -> None:
        (course.submitted / "bo").mkdir(parents=True)
        with pytest.raises(UsageError, match="where this course keeps its hand-ins"):
            collect(course, "small", course.submitted / "bo")

    def test_what_was_not_released(self, course: Course, given_zip: Zip) -> None:
        with pytest.raises(CourseError, match="'large' has not been released"):
            collect(course, "large", given_zip({"bo/x.ipynb": ONE}))


PARTS = st.text(
    st.sampled_from("ab1_+-. ~") | st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8
) | st.sampled_from(
    ["..", ".", "small", "ana", "Bo Ek_2_assignsubmission_file", "small.ipynb", "timestamp.txt", "ekbo_102_3_..", "\\"]
)


@given(
    st.dictionaries(st.lists(PARTS, min_size=1, max_size=4).map("/".join), st.sampled_from([ONE, b"x"]), max_size=6),
    st.sampled_from(Layout),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_random_archives_write_only_hand_ins(
    course: Course, tmp_path: Path, files: dict[str, bytes], layout: Layout
) -> None:
    before = {p for p in tmp_path.rglob("*") if not p.is_relative_to(course.submitted)}
    with suppress(GabaritoError):
        collect(course, "small", save_zip(tmp_path / "given.zip", files), layout=layout)
    after = {p for p in tmp_path.rglob("*") if not p.is_relative_to(course.submitted)}
    assert after - before <= {tmp_path / "given.zip"}
    for path in course.submitted.rglob("*"):
        student, *rest = path.relative_to(course.submitted).parts
        assert student == HISTORY or not rest or rest[0] == "small"
