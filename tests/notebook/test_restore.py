"""Restore: what students do to notebooks, and that none of it costs a point or earns one."""

from __future__ import annotations

import copy
from collections import Counter

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gabarito.model import NotebookRecord, Role
from gabarito.notebook.cells import grade_id, role_of
from gabarito.notebook.restore import Restored, released_source, restore
from tests.notebook.released import ANSWERS, cell, passing, release, small_source, solve, source_notebook

RELEASED, RECORD = release(small_source())
SOLVED = solve(RELEASED)
TESTS = {"double-test", "total-test", "total-kept", "triple-test"}
LOCKED = [c.id for c in RECORD.cells if c.role in (Role.GIVEN, Role.TEST, Role.TASK)]


def place(notebook: NotebookNode, cell_id: str) -> int:
    return ids(notebook).index(cell_id)


def ids(notebook: NotebookNode) -> list[str]:
    return [grade_id(c) or "" for c in notebook.cells]


def named(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return notebook.cells[place(notebook, cell_id)]


def without(notebook: NotebookNode, *cell_ids: str) -> NotebookNode:
    changed = copy.deepcopy(notebook)
    changed["cells"] = [c for c in changed.cells if grade_id(c) not in cell_ids]
    return changed


def inserted(notebook: NotebookNode, where: int, *cells: NotebookNode) -> NotebookNode:
    changed = copy.deepcopy(notebook)
    changed.cells[where:where] = [copy.deepcopy(c) for c in cells]
    return changed


def ordered(notebook: NotebookNode, order: str) -> NotebookNode:
    """The notebook's labelled cells in this order."""
    changed = copy.deepcopy(notebook)
    changed["cells"] = [copy.deepcopy(named(notebook, i)) for i in order.split()]
    return changed


def only_note(restored: Restored) -> str:
    (note,) = restored.notes
    return note


class TestUntouched:
    def test_hidden_tests_come_back_without_a_note(self) -> None:
        restored = restore(SOLVED, RECORD)
        assert restored.notes == ()
        assert "assert double(-1) == -2" in named(restored.notebook, "double-test").source
        assert ids(restored.notebook) == ids(SOLVED)
        assert passing(restored.notebook) == TESTS

    def test_the_released_notebook_is_unanswered(self) -> None:
        assert restore(RELEASED, RECORD).unanswered == {"double", "total", "why", "triple"}
        assert restore(SOLVED, RECORD).unanswered == frozenset()

    def test_the_argument_stays_as_it_is(self) -> None:
        submitted = without(SOLVED, "total-test")
        before = copy.deepcopy(submitted)
        restore(submitted, RECORD)
        assert submitted == before

    def test_outputs_counts_and_widgets_go_and_pictures_stay(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "total").update(outputs=[nbformat.v4.new_output("stream", text="hello")], execution_count=7)
        submitted.metadata["widgets"] = {"state": {}}
        picture = {"plot.png": {"image/png": "AAAA"}}
        named(submitted, "why")["attachments"] = picture
        restored = restore(submitted, RECORD).notebook
        assert named(restored, "total").outputs == []
        assert named(restored, "total").execution_count is None
        assert "widgets" not in restored.metadata
        assert named(restored, "why").attachments == picture
        nbformat.validate(restored)

    @pytest.mark.parametrize("kernelspec", [None, {"name": "r", "display_name": "R"}])
    def test_the_kernel_is_the_released_one(self, kernelspec: dict[str, str] | None) -> None:
        submitted = copy.deepcopy(SOLVED)
        submitted.metadata.pop("kernelspec")
        if kernelspec:
            submitted.metadata["kernelspec"] = kernelspec
        assert restore(submitted, RECORD).notebook.metadata.kernelspec == RECORD.kernelspec

    def test_a_record_without_a_kernel_leaves_the_students(self) -> None:
        record = NotebookRecord(name="small", cells=RECORD.cells)
        assert restore(SOLVED, record).notebook.metadata.kernelspec == SOLVED.metadata.kernelspec


class TestChanged:
    def test_an_edited_test_is_put_back_and_named(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "triple-test").source = "assert True"
        restored = restore(submitted, RECORD)
        assert named(restored.notebook, "triple-test").source == "assert triple(2) == 6"
        assert only_note(restored) == "Cell 'triple-test' was locked but changed; for grading put back as released."

    def test_several_edited_cells_make_one_note(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        for cell_id in ("setup", "total-test", "plot"):
            named(submitted, cell_id).source = "pass"
        restored = restore(submitted, RECORD)
        assert only_note(restored).startswith("Cells 'setup', 'total-test' and 'plot' were locked but changed")
        assert named(restored.notebook, "plot").source == "Plot it.\n### BEGIN MARK SCHEME\naxes\n### END MARK SCHEME"

    def test_line_ends_and_blanks_at_the_end_are_no_change(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "setup").source = "import math  \r\nstart = 2.0\r\n\r\n"
        restored = restore(submitted, RECORD)
        assert restored.notes == ()
        assert named(restored.notebook, "setup").source == "import math\nstart = 2.0"

    def test_a_task_that_was_not_locked_keeps_what_was_written(self) -> None:
        source = source_notebook(cell(Role.TASK, "Plot it.", "plot", points=1, markdown=True))
        source.cells[0].metadata.nbgrader["locked"] = False
        released, record = release(source)
        released.cells[0].source = "Plot it.\n\nMy plot is below."
        restored = restore(released, record)
        assert restored.notebook.cells[0].source == "Plot it.\n\nMy plot is below."
        assert restored.notes == ()
        assert restored.unanswered == frozenset()

    @pytest.mark.parametrize(
        "forged",
        [
            {"grade": False, "solution": True},
            {"points": 100},
            {"points": "many"},
            {"grade": False, "locked": False},
            {"task": True},
        ],
    )
    def test_forged_settings_are_set_back(self, forged: dict[str, object]) -> None:
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "triple-test").metadata.nbgrader.update(forged)
        restored = restore(submitted, RECORD)
        meta = named(restored.notebook, "triple-test").metadata.nbgrader
        assert (meta.grade, meta.solution, meta.locked, meta.task, meta.points) == (True, False, True, False, 2)
        assert "other points or grading settings" in only_note(restored)

    def test_an_answer_turned_into_a_test_stays_an_answer_with_its_code(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "triple").metadata.nbgrader.update(grade=True, solution=False, points=50)
        restored = restore(submitted, RECORD)
        assert role_of(named(restored.notebook, "triple")) is Role.ANSWER
        assert "points" not in named(restored.notebook, "triple").metadata.nbgrader
        assert named(restored.notebook, "triple").source == ANSWERS["triple"]

    def test_code_turned_into_text_and_text_into_code_are_turned_back(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        for cell_id, kind in (("triple", "markdown"), ("why", "code"), ("double-test", "raw")):
            named(submitted, cell_id)["cell_type"] = kind
        named(submitted, "triple")["attachments"] = {}
        restored = restore(submitted, RECORD)
        assert [named(restored.notebook, i).cell_type for i in ("triple", "why", "double-test")] == [
            "code",
            "markdown",
            "code",
        ]
        assert "Cells 'double-test', 'why' and 'triple' were turned from code into text" in only_note(restored)
        assert passing(restored.notebook) == TESTS
        nbformat.validate(restored.notebook)

    @pytest.mark.parametrize("version", [0, 1, 2])
    def test_metadata_of_older_nbgraders(self, version: int) -> None:
        submitted = copy.deepcopy(SOLVED)
        for c in submitted.cells:
            if "nbgrader" in c.metadata and role_of(c) is not Role.TASK:
                c.metadata.nbgrader.pop("task")
                c.metadata.nbgrader["schema_version"] = version
        restored = restore(submitted, RECORD)
        assert restored.notes == ()
        assert restored.notebook == restore(SOLVED, RECORD).notebook


class TestDeleted:
    @pytest.mark.parametrize("cell_id", [*LOCKED, "why"])
    def test_one_cell_is_put_back_where_it_was(self, cell_id: str) -> None:
        restored = restore(without(SOLVED, cell_id), RECORD)
        assert ids(restored.notebook) == ids(SOLVED)
        assert f"Cell {cell_id!r} was missing; put back" in only_note(restored)
        assert passing(restored.notebook) == TESTS

    def test_all_tests(self) -> None:
        restored = restore(without(SOLVED, *TESTS), RECORD)
        assert ids(restored.notebook) == ids(SOLVED)
        assert "Cells 'double-test', 'total-test', 'total-kept' and 'triple-test' were missing" in only_note(restored)

    def test_a_manual_answer_put_back_is_left_to_a_person(self) -> None:
        restored = restore(without(SOLVED, "why"), RECORD)
        assert named(restored.notebook, "why").source == "YOUR ANSWER HERE"
        assert restored.unanswered == frozenset()

    def test_a_manual_answer_put_back_first(self) -> None:
        released, record = release(
            source_notebook(
                cell(Role.MANUAL, "x", "first", points=1, markdown=True), cell(Role.ANSWER, "x = 1", "second")
            )
        )
        restored = restore(without(solve(released, {"second": "x = 2"}), "first"), record)
        assert ids(restored.notebook) == ["first", "second"]
        assert restored.unanswered == {"first"}

    def test_an_answer_is_only_noted(self) -> None:
        restored = restore(without(SOLVED, "triple"), RECORD)
        assert "triple" not in ids(restored.notebook)
        assert "not put back, the answer may stand in another cell" in only_note(restored)

    def test_an_answer_in_a_cell_of_the_students_own_is_found(self) -> None:
        own = new_code_cell(ANSWERS["triple"])
        submitted = inserted(without(SOLVED, "triple", "triple-test"), place(SOLVED, "triple"), own)
        assert passing(restore(submitted, RECORD).notebook) == TESTS

    def test_the_first_cell_goes_before_the_first_that_needs_it(self) -> None:
        own = new_code_cell("half = math.pi / 2")
        submitted = inserted(without(SOLVED, "setup"), 1, own)
        restored = restore(submitted, RECORD).notebook
        assert [c.source[:4] for c in restored.cells[:4]] == ["# Sm", "impo", "half", "Writ"]

    def test_an_empty_notebook(self) -> None:
        restored = restore(new_notebook(), RECORD)
        assert [c.id for c in RECORD.cells if c.role is not Role.ANSWER] == ids(restored.notebook)
        assert "No cell of 'small' is in this notebook" in only_note(restored)
        assert restored.unanswered == {"why"}
        assert passing(restored.notebook) == set()
        nbformat.validate(restored.notebook)

    def test_metadata_dropped_by_another_editor(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        for c in submitted.cells:
            c.metadata.pop("nbgrader", None)
        restored = restore(submitted, RECORD)
        assert passing(restored.notebook) == TESTS
        assert "drops nbgrader’s metadata" in only_note(restored)
        assert Counter(c.source for c in submitted.cells) <= Counter(c.source for c in restored.notebook.cells)

    def test_another_assignments_notebook(self) -> None:
        other, _ = release(source_notebook(cell(Role.ANSWER, "z = 1", "z"), cell(Role.TEST, "assert z", "z-test")))
        restored = restore(other, RECORD)
        assert "No cell of 'small'" in restored.notes[0]
        assert restored.notes[1] == "Cells 'z' and 'z-test' are not of this assignment; taken as the student’s own."
        assert [c.id for c in RECORD.cells if c.role is not Role.ANSWER] == [i for i in ids(restored.notebook) if i]

    def test_a_record_without_cells_changes_nothing(self) -> None:
        restored = restore(new_notebook(cells=[new_code_cell("1")]), NotebookRecord(name="none", cells=()))
        assert restored.notes == ()
        assert [c.source for c in restored.notebook.cells] == ["1"]


class TestSplitAnswers:
    """A student's own cells below an answer are part of it, also for a test that was missing."""

    def test_helper_below_the_answer(self) -> None:
        submitted = solve(RELEASED, {**ANSWERS, "triple": "def triple(x):\n    return factor() * x"})
        submitted = inserted(
            without(submitted, "triple-test"),
            place(submitted, "triple") + 1,
            new_markdown_cell("My helper:"),
            new_code_cell("def factor():\n    return three"),
            new_code_cell("three = 3"),
            new_code_cell("unrelated = 1"),
        )
        restored = restore(submitted, RECORD).notebook
        assert passing(restored) == TESTS
        assert restored.cells[place(restored, "triple-test") - 1].source == "three = 3"

    def test_a_test_above_the_answer(self) -> None:
        submitted = ordered(SOLVED, "setup double-text double-test double total total-test total-kept why triple")
        restored = restore(submitted, RECORD)
        assert passing(restored.notebook) == TESTS
        assert ids(restored.notebook) == [c.id for c in RECORD.cells]


class TestCopies:
    def test_a_copy_of_an_answer_is_run_as_an_ordinary_cell(self) -> None:
        pasted = copy.deepcopy(named(SOLVED, "triple"))
        pasted.source = "def triple(x):\n    return 4 * x"
        submitted = inserted(SOLVED, place(SOLVED, "triple"), pasted)
        restored = restore(submitted, RECORD)
        position = place(restored.notebook, "triple")
        assert [c.source for c in restored.notebook.cells[position : position + 2]] == [
            pasted.source,
            ANSWERS["triple"],
        ]
        assert passing(restored.notebook) == TESTS
        assert only_note(restored) == (
            "Cell 'triple' (2 times) was there more than once; the original counts, the copies are ordinary cells."
        )

    def test_the_copy_that_was_worked_on_is_the_answer(self) -> None:
        untouched = named(RELEASED, "why")
        submitted = inserted(SOLVED, place(SOLVED, "why"), untouched)
        restored = restore(submitted, RECORD)
        assert named(restored.notebook, "why").source == "It is so."
        assert restored.unanswered == frozenset()

    def test_of_answers_worked_on_the_one_in_place_is_kept(self) -> None:
        pasted = copy.deepcopy(named(SOLVED, "double"))
        pasted.source = "def double(x):\n    return x + x"
        restored = restore(inserted(SOLVED, len(SOLVED.cells), pasted), RECORD)
        assert named(restored.notebook, "double").source == ANSWERS["double"]
        assert restored.notebook.cells[-1].source == pasted.source

    def test_the_unchanged_copy_of_a_test_is_the_test(self) -> None:
        pasted = copy.deepcopy(named(SOLVED, "triple-test"))
        pasted.source = "seen = triple(2)"
        restored = restore(inserted(SOLVED, place(SOLVED, "triple-test"), pasted), RECORD)
        position = place(restored.notebook, "triple-test")
        assert restored.notebook.cells[position - 1].source == "seen = triple(2)"
        assert role_of(restored.notebook.cells[position - 1]) is Role.PLAIN
        assert len(restored.notes) == 1

    def test_copies_that_were_all_changed(self) -> None:
        pasted = copy.deepcopy(named(SOLVED, "triple-test"))
        pasted.source = "print('mine')"
        submitted = copy.deepcopy(SOLVED)
        named(submitted, "triple-test").source = "print('first')"
        restored = restore(inserted(submitted, 0, pasted), RECORD)
        assert restored.notebook.cells[0].source == "print('mine')"
        assert passing(restored.notebook) == TESTS
        assert len(restored.notes) == 2

    def test_ids_of_copied_cells_become_unique(self) -> None:
        submitted = inserted(SOLVED, 5, *SOLVED.cells)
        restored = restore(submitted, RECORD).notebook
        assert len({c.id for c in restored.cells}) == len(restored.cells) == 2 * len(SOLVED.cells)


class TestMoved:
    @pytest.mark.parametrize("cell_id", [c.id for c in RECORD.cells])
    @pytest.mark.parametrize("where", range(len(SOLVED.cells)))
    def test_one_cell_moved_anywhere(self, cell_id: str, where: int) -> None:
        submitted = copy.deepcopy(SOLVED)
        submitted.cells.insert(where, submitted.cells.pop(place(submitted, cell_id)))
        restored = restore(submitted, RECORD)
        assert passing(restored.notebook) == TESTS
        assert [i for i in ids(restored.notebook) if i] == [c.id for c in RECORD.cells]

    def test_a_whole_exercise_moved_goes_back(self) -> None:
        submitted = ordered(
            SOLVED, "triple triple-test setup double-text double double-test total total-test total-kept why plot"
        )
        restored = restore(submitted, RECORD)
        assert ids(restored.notebook) == [c.id for c in RECORD.cells]
        assert only_note(restored) == (
            "Cells 'triple' and 'triple-test' were in another place than in the assignment; "
            "put back in order for grading."
        )

    def test_an_answer_that_an_earlier_one_needs_stays_above_it(self) -> None:
        answers = {**ANSWERS, "total": "x = [1, 2, 3]\ny = triple(2)"}
        submitted = ordered(
            solve(RELEASED, answers),
            "setup double-text double double-test triple total total-test total-kept why triple-test plot",
        )
        assert passing(submitted) == TESTS
        restored = restore(submitted, RECORD)
        assert passing(restored.notebook) == TESTS
        assert ids(restored.notebook) == ids(submitted)
        assert only_note(restored) == (
            "Cell 'triple' is in another place than in the assignment; left there, because the code depends on it."
        )

    def test_an_answer_moved_down_to_what_it_needs_stays_below_it(self) -> None:
        answers = {**ANSWERS, "double": "def double(x):\n    return x * two\nassert two"}
        submitted = inserted(
            ordered(
                solve(RELEASED, answers),
                "setup double-text total total-test total-kept why triple triple-test plot double double-test",
            ),
            8,
            new_code_cell("two = 2"),
        )
        assert passing(submitted) == TESTS
        restored = restore(submitted, RECORD)
        assert passing(restored.notebook) == TESTS
        assert place(restored.notebook, "double") > [c.source for c in restored.notebook.cells].index("two = 2")
        assert "Cell 'double' is in another place than in the assignment; left there" in restored.notes[-1]

    def test_names_that_are_there_before_hold_no_answer_back(self) -> None:
        answers = {
            **ANSWERS,
            "double": "def double(x):\n    return int(math.fabs(2)) * x",
            "total": "import math\nx = [1, 2, 3]\ny = sum(x)",
        }
        submitted = ordered(
            solve(RELEASED, answers),
            "setup double-text double-test total total-test total-kept why triple double triple-test plot",
        )
        restored = restore(submitted, RECORD).notebook
        assert ids(restored) == [c.id for c in RECORD.cells]

    def test_a_test_stays_below_the_students_own_cells(self) -> None:
        own = new_code_cell("def helper():\n    return 1")
        submitted = inserted(SOLVED, place(SOLVED, "triple-test"), own)
        restored = restore(submitted, RECORD).notebook
        assert restored.cells.pop(place(SOLVED, "triple-test")).source == own.source
        assert restored == restore(SOLVED, RECORD).notebook


class TestStrangers:
    def test_ids_of_elsewhere_become_ordinary_cells(self) -> None:
        stranger = cell(Role.TEST, "bonus = 1", "bonus", points=100)
        nameless = new_code_cell("free = 1")
        nameless.metadata["nbgrader"] = {"grade": True, "points": 5}
        long = cell(Role.ANSWER, "long = 1", "l" * 80)
        restored = restore(inserted(SOLVED, 3, stranger, nameless, long), RECORD)
        assert [c.source for c in restored.notebook.cells[3:6]] == ["bonus = 1", "free = 1", "long = 1"]
        assert all("nbgrader" not in c.metadata for c in restored.notebook.cells[3:6])
        assert only_note(restored) == (
            f"Cells 'bonus', '(no id)' and '{'l' * 59}…' are not of this assignment; taken as the student’s own."
        )

    def test_empty_settings_on_the_students_own_cells_are_no_news(self) -> None:
        own = new_code_cell("mine = 1")
        own.metadata["nbgrader"] = {"grade": False, "solution": False, "locked": False, "grade_id": "cell-7"}
        odd = new_code_cell("odd = 1")
        odd.metadata["nbgrader"] = "yes"
        restored = restore(inserted(SOLVED, 3, own, odd), RECORD)
        assert restored.notes == ()
        assert "nbgrader" not in restored.notebook.cells[3].metadata
        assert "nbgrader" not in restored.notebook.cells[4].metadata

    def test_a_leftover_never_bears_the_id_of_a_cell_put_back(self) -> None:
        leftover = new_code_cell("assert True", id="triple-test")
        restored = restore(inserted(without(SOLVED, "triple-test"), 11, leftover), RECORD).notebook
        assert named(restored, "triple-test").id == "triple-test"
        assert [c.id for c in restored.cells if c.source == "assert True"] == ["cell-1"]

    def test_ids_that_no_notebook_can_have(self) -> None:
        submitted = copy.deepcopy(SOLVED)
        submitted.cells[0]["id"] = "no good"
        submitted.cells[1]["id"] = 5
        long = cell(Role.TEST, "assert 1", "t" * 70)
        long["id"] = "short"
        released, record = release(source_notebook(long))
        assert restore(submitted, RECORD).notebook.cells[0].id == "cell-1"
        assert restore(submitted, RECORD).notebook.cells[1].id == "setup"
        assert restore(without(released, "t" * 70), record).notebook.cells[0].id == "t" * 56 + "-1"

    def test_metadata_that_no_file_can_hold(self) -> None:
        deep: dict[str, object] = {}
        for _ in range(200):
            deep = {"deep": deep, "list": [deep]} if not deep else {"deep": deep}
        submitted = NotebookNode(
            cells=[
                NotebookNode(cell_type="heading", source="half a \ud83d pair", metadata=None),
                NotebookNode(cell_type="code", source="x = 1", metadata={"own": deep, "tags": ["raises-exception"]}),
            ],
            metadata="none",
        )
        restored = restore(submitted, RECORD).notebook
        nbformat.validate(restored)
        assert "half a ? pair" in nbformat.writes(restored)
        assert next(c for c in restored.cells if c.source == "x = 1").metadata.tags == ["raises-exception"]

    @pytest.mark.parametrize(
        "source",
        ["def (", "\0", "-" * 50_000 + "1", "x" + ".y" * 50_000, "#" * 300_000, "%%bash\ndef f", "%%time\n%ls\n !ls"],
    )
    def test_code_that_nobody_can_read_is_kept(self, source: str) -> None:
        submitted = inserted(without(SOLVED, "triple-test"), place(SOLVED, "triple") + 1, new_code_cell(source))
        restored = restore(submitted, RECORD).notebook
        assert source in [c.source for c in restored.cells]
        assert place(restored, "triple-test") == place(SOLVED, "triple-test")


def test_released_source_cuts_hidden_tests_and_mark_schemes() -> None:
    for known in RECORD.cells:
        assert released_source(known) == named(RELEASED, known.id).source


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "copy", "move", "edit", "strip", "retype", "forge", "insert", "rename", "unsolve"]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.sampled_from(
            ["y = 0", "def helper():\n    return triple(1)", "text", "", "import math as m", "x = (", "math"]
        ),
    ),
    max_size=12,
)


def edited(  # noqa: C901
    notebook: NotebookNode, edits: list[tuple[str, int, int, str]]
) -> NotebookNode:
    changed = copy.deepcopy(notebook)
    cells = changed.cells
    for kind, n, j, text in edits:
        if kind == "insert" or not cells:
            cells.insert(j % (len(cells) + 1), new_code_cell(text, id=f"own-{len(cells)}"))
            continue
        i = n % len(cells)
        settings = cells[i].metadata.get("nbgrader", {})
        match kind:
            case "delete":
                del cells[i]
            case "copy":
                cells.insert(j % (len(cells) + 1), copy.deepcopy(cells[i]))
            case "move":
                cells.insert(j % len(cells), cells.pop(i))
            case "edit":
                cells[i].source = text
            case "strip":
                cells[i].metadata.pop("nbgrader", None)
            case "retype":
                cells[i]["cell_type"] = ("code", "markdown", "raw")[j % 3]
            case "forge":
                settings.update(grade=bool(j % 2), solution=bool(j % 3), points=j)
            case "rename":
                settings["grade_id"] = RECORD.cells[j % len(RECORD.cells)].id
            case "unsolve":
                cells[i].source = next((c.source for c in RELEASED.cells if c.id == cells[i].id), text)
    return changed


@settings(max_examples=300, deadline=None)
@given(EDITS)
def test_whatever_is_done_to_a_notebook(edits: list[tuple[str, int, int, str]]) -> None:
    submitted = edited(SOLVED, edits)
    restored = restore(submitted, RECORD)
    cells = restored.notebook.cells
    nbformat.validate(restored.notebook)

    again = restore(restored.notebook, RECORD)
    assert again.notebook == restored.notebook

    places = {i: n for n, i in enumerate(ids(restored.notebook)) if i}
    for known in RECORD.cells:
        assert ids(restored.notebook).count(known.id) == 1 or (
            known.role is Role.ANSWER and known.id not in ids(submitted)
        )
        if known.id in places:
            found = cells[places[known.id]]
            assert role_of(found) is known.role
            assert found.cell_type == known.cell_type
        if known.id in LOCKED:
            assert cells[places[known.id]].source == known.source
            assert not any(places.get(c.id, -1) > places[known.id] for c in RECORD.cells[: RECORD.cells.index(known)])

    def theirs(notebook: NotebookNode) -> list[str]:
        return [c.source for c in notebook.cells if grade_id(c) not in LOCKED]

    assert Counter(theirs(submitted)) <= Counter(theirs(restored.notebook))
    own = [c.id for c in submitted.cells if c.id.startswith("own-") and "nbgrader" not in c.metadata]
    kept = [c.id for c in cells if c.id in own]
    assert kept == list(dict.fromkeys(own))


BLOCKS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3), st.integers(0, 30)), max_size=3)


@settings(max_examples=300, deadline=None)
@given(BLOCKS, st.sets(st.sampled_from(sorted(TESTS))))
def test_what_passed_where_it_was_moved_passes_still(blocks: list[tuple[int, int, int]], gone: set[str]) -> None:
    submitted = without(SOLVED, *gone)
    for n, size, m in blocks:
        start = n % len(submitted.cells)
        block = submitted.cells[start : start + size]
        del submitted.cells[start : start + size]
        to = m % (len(submitted.cells) + 1)
        submitted.cells[to:to] = block
    assert passing(submitted) <= passing(restore(submitted, RECORD).notebook)
