"""A course that moves from otter to Gabarito and out again: otter's own commands give the same scores on each way."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from gabarito.course import Course, load_course
from gabarito.gradebook.table import read_table
from gabarito.grading.bulk import grade
from gabarito.notebook.cells import grade_id
from gabarito.release import release
from gabarito.release.autograder import autograder_export
from gabarito.release.import_otter import import_otter
from tests.compat.otter_notebooks import otter, run_scores, write_lesson

NAME = "vectors"
CONFIG = "c = get_config()\nc.Gabarito.otter_tests = True\nc.Gabarito.two_process = False\n"

# What students write, by a word of the cell that it replaces.
RIGHT = {
    "def area(": "def area(radius):\n    return math.pi * radius**2",
    "def spread(": "def spread(values):\n    return max(values) - min(values)\n\ndoubled = [1, 2]",
    "def mean(": "def mean(values):\n    return sum(values) / len(values)",
}
HALF = {
    "def area(": RIGHT["def area("],
    # wrong on a list whose last number is not the largest
    "def spread(": "def spread(values):\n    return values[-1] - values[0]\n\ndoubled = [1, 2]",
    # what the visible test wants, and no more: nothing, because it is all or nothing
    "def mean(": "def mean(values):\n    return 1.5",
}
STUDENTS = {"solved": RIGHT, "half": HALF, "unsolved": {}}
POINTS = {
    "solved": {"q1.1": 1, "q2": 3.5, "q3": 3},
    "half": {"q1.1": 1, "q2": 3, "q3": 0},
    "unsolved": {"q1.1": 0, "q2": 0, "q3": 0},
}
# What students of otter have in their notebooks; a name that comes behind it in the same cell must be there.
CLIENT = f"import otter\ngrader = otter.Notebook('{NAME}.ipynb')\nimport math"
CALLS = ("grader.check('q3')", "grader.check_all()", "grader.export(pdf=False)")


def answered(blank: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """A student's notebook, with the cells of otter's that an otter course has."""
    made = deepcopy(blank)
    for cell in made.cells:
        for word, answer in answers.items():
            if cell.cell_type == "code" and word in cell.source:
                cell.source = answer
    calls = [new_code_cell(source, id=f"call-{n}") for n, source in enumerate(CALLS)]
    made.cells = [new_code_cell(CLIENT, id="client"), *made.cells, *calls]
    return made


@dataclass(frozen=True)
class World:
    """The same assignment and the same students in otter and here, everything graded."""

    course: Course
    ours: dict[str, dict[str, float | None]]
    """Scores of Gabarito's, by student and cell."""
    folder: Path
    said: dict[str, str]
    """What `otter check` printed, by student."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("otter")
    source = write_lesson(folder / "in")
    otter(("assign", str(source), "out"), folder=folder)  # which runs its tests on its own solution
    root = folder / "course"
    root.mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    course = load_course(root)
    import_otter(course, source)
    release(course, NAME)
    blank = {
        "theirs": nbformat.read(folder / "out" / "student" / f"{NAME}.ipynb", as_version=4),
        "ours": nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4),
    }
    for student, answers in STUDENTS.items():
        for whose, place in (("theirs", folder / "theirs" / student), ("ours", course.submitted / student / NAME)):
            place.mkdir(parents=True)
            nbformat.write(answered(blank[whose], answers), place / f"{NAME}.ipynb")
    grade(course, NAME, workers=1)
    table = read_table(course, NAME)
    ours = {s: {c: v.auto_score for (_, c), v in table.submission(s).scores.items()} for s in STUDENTS}  # type: ignore[union-attr]
    (folder / "ours.zip").write_bytes(autograder_export(course, NAME).content)
    (theirs,) = (folder / "out" / "autograder").glob("*.zip")
    commands: list[tuple[str, ...]] = []
    for student in STUDENTS:
        notebook = str(course.submitted / student / NAME / f"{NAME}.ipynb")
        (folder / student / "ours").mkdir(parents=True)
        (folder / student / "theirs").mkdir()
        if student != "solved":  # what Gradescope runs does that one, and `otter assign` has done the other
            commands.append(("run", "--no-logo", "-a", "ours.zip", "-o", f"{student}/ours", notebook))
            theirs_of = f"theirs/{student}/{NAME}.ipynb"
            commands.append(("run", "--no-logo", "-a", str(theirs), "-o", f"{student}/theirs", theirs_of))
    otter(*commands, folder=folder)
    tests = course.grader_tests / NAME / "tests"
    checks: list[tuple[str, ...]] = []
    for student in STUDENTS:
        place = course.submitted / student / NAME
        shutil.copy(course.release / NAME / "heights.csv", place)
        checks += [("cd", str(place)), ("check", "-t", str(tests), f"{NAME}.ipynb")]
    told = otter(*checks, folder=folder).split("$ check")[1:]
    return World(course, ours, folder, dict(zip(STUDENTS, told, strict=True)))


def by_question(scores: dict[str, float | None]) -> dict[str, float]:
    """Points of cells, added up as otter's questions."""
    starts = {"q1.1": "q1-1-", "q2": "q2-", "q3": "q3"}
    return {q: sum(v or 0 for cell, v in scores.items() if cell.startswith(start)) for q, start in starts.items()}


@pytest.mark.parametrize("student", STUDENTS)
def test_a_notebook_of_otter_assigns_gets_the_same_points_here(world: World, student: str) -> None:
    assert by_question(world.ours[student]) == pytest.approx(POINTS[student])
    if student != "solved":
        theirs = run_scores(world.folder / student / "theirs")
        assert by_question(world.ours[student]) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("student", ["half", "unsolved"])
def test_otter_run_gives_each_cell_of_an_export_its_points(world: World, student: str) -> None:
    theirs = run_scores(world.folder / student / "ours")
    tests = {cell: score for cell, score in world.ours[student].items() if cell not in ("q4", "q5")}
    assert theirs == pytest.approx(tests, abs=1e-5)


@pytest.mark.parametrize("student", STUDENTS)
def test_otter_check_passes_the_same_cells(world: World, student: str) -> None:
    said = world.said[student]
    for cell, score in world.ours[student].items():
        if cell not in ("q4", "q5"):
            passed = "All tests passed!" in said or f"{cell} results: All test cases passed!" in said
            assert passed == bool(score), said
            assert passed or f"{cell} results:\n" in said


def test_gradescope_gets_the_same_total(world: World, tmp_path: Path) -> None:
    autograder = tmp_path / "autograder"
    for name in ("submission", "results"):
        (autograder / name).mkdir(parents=True)
    with zipfile.ZipFile(world.folder / "ours.zip") as archive:
        archive.extractall(autograder / "source")
    source = autograder / "source"
    assert {p.name for p in source.iterdir()} >= {"setup.sh", "run_autograder", "run_otter.py", "environment.yml"}
    assert "/autograder/source/run_otter.py" in (source / "run_autograder").read_text()
    assert "matplotlib" in (source / "environment.yml").read_text()  # as the requirements of the notebook said
    (autograder / "submission_metadata.json").write_text("{}")
    shutil.copy(world.course.submitted / "solved" / NAME / f"{NAME}.ipynb", autograder / "submission")
    program = source / "run_otter.py"
    program.write_text(program.read_text().replace('"/autograder"', repr(str(autograder))))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(run_scores(autograder / "results").values()) == pytest.approx(7.5, abs=1e-4)  # otter rounds each
    shown = [t for t in json.loads((autograder / "results" / "results.json").read_text())["tests"] if "score" in t]
    assert {t["visibility"] for t in shown} == {"hidden"}


def test_students_of_otter_lose_nothing_and_see_nothing_hidden(world: World) -> None:
    path = world.course.autograded / "half" / NAME / f"{NAME}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    calls = [cell for cell in cells if cell.source in (CLIENT, *CALLS)]
    assert len(calls) == 1 + len(CALLS)
    assert not any(o.output_type == "error" for cell in calls for o in cell.outputs)
    (shown,) = calls[1].outputs
    assert "its tests run by themselves" in shown["data"]["text/plain"]
    assert not list(path.parent.glob("otter.py"))


def test_otters_checks_work_where_students_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import otter as client

    folder = shutil.copytree(world.course.release / NAME, world.folder / "student")
    texts = {path.stem: path.read_text() for path in (folder / "tests").glob("*.py")}
    assert set(texts) == {"q1-1-1", "q1-1-2", "q2-1", "q2-3", "q3"}  # none of a test that is hidden as a whole
    assert not any("hidden=True" in text or "mean([5])" in text for text in texts.values())
    monkeypatch.chdir(folder)
    grader = client.Notebook(f"{NAME}.ipynb")
    names: dict[str, object] = {}
    exec(HALF["def mean("], names)
    assert grader.check("q3", names).passed_all  # the hidden test is not there to fail
    assert not grader.check("q3", {}).passed_all
    with pytest.raises(FileNotFoundError):
        grader.check("q2-2", names)


def test_tests_are_marked_where_they_stand(world: World) -> None:
    released = nbformat.read(world.course.release / NAME / f"{NAME}.ipynb", as_version=4)
    marks = {grade_id(cell): cell.metadata["otter"] for cell in released.cells if "otter" in cell.metadata}
    assert marks == {cell: {"tests": [cell]} for cell in world.ours["solved"] if cell not in ("q4", "q5")}
