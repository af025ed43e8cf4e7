"""Notebooks for `otter assign`, read and rewritten; that their scores stay is shown in tests/compat/test_otter.py."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from gabarito.course import Course
from gabarito.errors import CourseError, EngineError, SourceError, UsageError
from gabarito.notebook.cells import grade_id
from gabarito.release import release
from gabarito.release.import_otter import Imported, import_otter
from gabarito.release.import_otter.cases import read_case
from gabarito.release.import_otter.place import Place
from gabarito.release.import_otter.solutions import convert_code
from tests.compat.otter_notebooks import functions, notebook, printed, raw, shown, silent, write, write_lesson
from tests.release.factories import run_here, write_course

HERE = Place("n.ipynb", 3)
MARKERS = ("BEGIN SOLUTION", "END SOLUTION")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def question(*cells: NotebookNode, settings: str = "name: q") -> list[NotebookNode]:
    return [raw("# BEGIN QUESTION", *settings.split("\n")), *cells, raw("# END QUESTION")]


def solution(*cells: NotebookNode) -> list[NotebookNode]:
    return [raw("# BEGIN SOLUTION"), *cells, raw("# END SOLUTION")]


def in_tests(*cells: NotebookNode) -> list[NotebookNode]:
    return [raw("# BEGIN TESTS"), *cells, raw("# END TESTS")]


def bring(tmp_path: Path, *cells: NotebookNode, **options: object) -> tuple[Course, Imported]:
    """A notebook `n.ipynb` of these cells, imported into a new course."""
    course = write_course(tmp_path / "course")
    path = write(tmp_path / "n.ipynb", notebook(*cells))
    return course, import_otter(course, path, **options)  # type: ignore[arg-type]


def made(course: Course, assignment: str = "n") -> list[NotebookNode]:
    return list(nbformat.read(course.source / assignment / "n.ipynb", as_version=4).cells)


def labels(course: Course) -> list[tuple[str | None, float | None]]:
    return [(grade_id(c), c.metadata.nbgrader.get("points")) for c in made(course) if "nbgrader" in c.metadata]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = 1", "x = 1"),
        ("x = 1  # SOLUTION\ny = 2", f"# x = ...\n{BEGIN}\nx = 1\n{END}\ny = 2"),
        ("x[0], y = f(1) # SOLUTION", f"# x[0], y = ...\n{BEGIN}\nx[0], y = f(1)\n{END}"),
        ("x = 1  # SOLUTION NO PROMPT", f"{BEGIN}\nx = 1\n{END}"),
        ("f(1)  #SOLUTION", f"{BEGIN}\nf(1)\n{END}"),
        ("# BEGIN SOLUTION\nx = 1\n\ny = 2\n# END SOLUTION", f"{BEGIN}\nx = 1\n\ny = 2\n{END}"),
        (
            "def f():\n    # BEGIN SOLUTION NO PROMPT\n    return 1\n    # END SOLUTION",
            f"def f():\n    {BEGIN}\n    return 1\n    {END}",
        ),
        (
            '""" # BEGIN PROMPT\nfor i in ...:\n    ...\n""" # END PROMPT\nx = 1  # SOLUTION NO PROMPT',
            f"# for i in ...:\n#     ...\n{BEGIN}\nx = 1\n{END}",
        ),
        ("np.random.seed(1)  # SEED\nx = 1  # SOLUTION NO PROMPT", f"np.random.seed(1)  # SEED\n{BEGIN}\nx = 1\n{END}"),
        # two regions where a block ends between them, and one where only blank lines do
        (
            "def f():\n    return 1  # SOLUTION\n\nz = f()  # SOLUTION",
            f"def f():\n    {BEGIN}\n    return 1\n    {END}\n\n# z = ...\n{BEGIN}\nz = f()\n{END}",
        ),
        ("f(1)  # SOLUTION\n\nf(2)  # SOLUTION", f"{BEGIN}\nf(1)\n\nf(2)\n{END}"),
        # never a part of a statement
        ("x = [\n    1,  # SOLUTION\n]", f"{BEGIN}\nx = [\n    1,\n]\n{END}"),
        ("if a:  # SOLUTION\n    b = 1", f"{BEGIN}\nif a:\n    b = 1\n{END}"),
        ("%matplotlib inline\nx = 1  # SOLUTION NO PROMPT", f"%matplotlib inline\n{BEGIN}\nx = 1\n{END}"),
        ("%%bash\necho 1  # SOLUTION", f"%%bash\n{BEGIN}\necho 1\n{END}"),
        ("x = = 1  # SOLUTION NO PROMPT", f"{BEGIN}\nx = = 1\n{END}"),
    ],
)
def test_solutions_become_regions(source: str, wanted: str) -> None:
    assert convert_code(source, MARKERS, HERE).source == wanted


def test_a_larger_solution_is_said() -> None:
    code = convert_code("x = [\n    1,  # SOLUTION\n]", MARKERS, HERE)
    assert [str(note) for note in code.notes] == [
        "cell 3: the solution is the whole statement “x = [ …”, of which otter takes out a part only"
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n# END SOLUTION", "cell 3, line 2: “# END SOLUTION” ends nothing"),
        ("# BEGIN SOLUTION\nx = 1", "cell 3, line 1: “# BEGIN SOLUTION” is never closed"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION", "line 2: “# BEGIN SOLUTION” stands inside what"),
        ('""" # BEGIN PROMPT\n# END SOLUTION', "line 2: “# END SOLUTION” ends nothing"),
    ],
)
def test_a_mark_without_partner_is_refused(source: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        convert_code(source, MARKERS, HERE)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (shown("f(1)", "2"), "assert repr(f(1)) in ('2', 'np.int64(2)')"),
        (
            shown("x = 1\n# about x\nf(x)\n# end", "2"),
            "x = 1\n# about x\nassert repr(f(x)) in ('2', 'np.int64(2)')\n# end",
        ),
        (shown("x = 1; f(x)", "2"), "x = 1\nassert repr(f(x)) in ('2', 'np.int64(2)')"),
        (shown("isinstance(x, int) and x is not None", "True"), "assert isinstance(x, int) and x is not None"),
        (shown("np.allclose(x, 1)", "True"), "assert np.allclose(x, 1)"),
        (shown("not x", "False"), "assert not (not x)"),
        (shown("x == 1", "True"), "assert repr(x == 1) in ('True', 'np.True_')"),  # its “==” may be an array's
        (shown("f(1)", "-0.5"), "assert repr(f(1)) in ('-0.5', 'np.float64(-0.5)')"),
        (shown("f(1)", "'2'"), "assert repr(f(1)) == \"'2'\""),
        (shown("f(1)", "array([1,\n       2])"), "assert repr(f(1)) == 'array([1,\\n       2])'"),
        (silent("assert x == 1"), "assert x == 1"),
        (silent("np.testing.assert_equal(x, 1)"), "np.testing.assert_equal(x, 1)"),
        (silent("# PUBLIC\nassert x"), "assert x"),
        (new_code_cell("np.testing.assert_equal(x, 1)"), "np.testing.assert_equal(x, 1)"),  # never run, and plain
    ],
)
def test_the_output_of_a_test_becomes_an_assertion(cell: NotebookNode, wanted: str) -> None:
    assert read_case(cell, HERE, doctest=True).source == wanted


@pytest.mark.parametrize(
    ("cell", "right", "wrong"),
    [
        (printed("for i in range(x):\n    print(i)", "0\n1\n"), 2, 3),
        (printed("print(x)", "2\n"), 2, 3),
        (
            new_code_cell(
                "print(x) or x",
                outputs=[
                    new_output("stream", name="stdout", text="2\n"),
                    new_output("execute_result", {"text/plain": "2"}, execution_count=1),
                ],
                execution_count=1,
            ),
            2,
            3,
        ),
    ],
)
def test_what_a_test_prints_is_compared(cell: NotebookNode, right: int, wrong: int) -> None:
    source = read_case(cell, HERE, doctest=True).source
    exec(source, {"x": right})
    with pytest.raises(AssertionError):
        exec(source, {"x": wrong})


def test_settings_of_a_test() -> None:
    head = '""" # BEGIN TEST CONFIG\npoints: 1.5\nhidden: true\nfailure_message: too\n  large\n""" # END TEST CONFIG\n'
    case = read_case(shown(f"{head}f(1)", "2"), HERE, doctest=True)
    assert (case.points, case.hidden, case.title, case.notes) == (1.5, True, "too large", ())
    head = '_ = """ # BEGIN TEST CONFIG\nfailure_message: mind the sign\nsuccess_message: yes!\n""" # END TEST CONFIG\n'
    case = read_case(shown(f"{head}f(1)", "2"), HERE, doctest=True)
    assert (case.hidden, case.source) == (False, "# mind the sign\nassert repr(f(1)) in ('2', 'np.int64(2)')")
    assert [n.message.split()[1] for n in case.notes] == ["success_message", "failure_message"]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def test_f(f, x):\n    assert f(1) == x  # why", "test_f(f, x)"),
        ('def test_f(env):\n    assert env["f"](1) == env["x"] + env["x"]', 'test_f({"f": f, "x": x})'),
        ("def test_f(env):\n    assert env.get('f')", "test_f(globals())"),
        ("def test_f(f, *, x):\n    assert f\n\ntest_f(1)", "test_f(f, x=x)"),
    ],
)
def test_a_test_function_is_called(source: str, wanted: str) -> None:
    function = source.split("\n\n", maxsplit=1)[0]
    assert read_case(silent(source), HERE, doctest=False).source == f"{function}\n\n\n{wanted}"


@pytest.mark.parametrize(
    ("cell", "doctest", "message"),
    [
        (silent("x = 1\nx = ="), True, "n.ipynb, cell 3, line 2: the test is no valid Python"),
        (silent("# HIDDEN\n\nx = ="), True, "cell 3, line 3: the test is no valid Python"),
        (silent("# HIDDEN"), True, "the test has no code"),
        (silent("x == 1"), True, "line 1: the test ends with a value, and no output is saved"),
        (new_code_cell("x = 1\nf(x)"), True, "line 2: the test ends with a value, and no output is saved"),
        (
            new_code_cell("f()", outputs=[new_output("error", ename="KeyError", evalue="", traceback=[])]),
            True,
            "the test raised KeyError when it was run",
        ),
        (new_code_cell("f()", outputs=[new_output("display_data", {"image/png": ""})]), True, "shows a picture"),
        (silent('""" # BEGIN TEST CONFIG\npoints: 1'), True, "line 1: “# BEGIN TEST CONFIG” is never closed"),
        (silent('""" # BEGIN TEST CONFIG\npoints: [\n""" # END TEST CONFIG\nf()'), True, "settings are no YAML"),
        (silent('""" # BEGIN TEST CONFIG\npoints\n""" # END TEST CONFIG\nf()'), True, "not 'points'"),
        (silent('""" # BEGIN TEST CONFIG\npoints: two\n""" # END TEST CONFIG\nf()'), True, "not 'two'"),
        (silent("assert f"), False, "a test cell is one function"),
        (silent("def test_f(*f):\n    assert f"), False, r"\* or \*\*"),
    ],
)
def test_a_test_that_cannot_be_understood_is_refused(cell: NotebookNode, doctest: bool, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_case(cell, HERE, doctest=doctest)


def test_doubts_about_a_test_are_said() -> None:
    gap = read_case(printed("print('a\\n\\nb')", "a\n\nb\n"), HERE, doctest=True)
    assert "first blank line" in gap.notes[0].message


@pytest.mark.parametrize(
    ("settings", "own", "wanted"),
    [
        ("name: q", (None, None), [0.5, 0.5]),
        ("name: q\npoints: 3", (None, 1), [2, 1]),
        ("name: q\npoints: [1, 2]", (None, None), [1, 2]),
        ("name: q\npoints:\n    each: 2", (None, None), [2, 2]),
        ("name: q", (3, None), [3, 0]),
    ],
)
def test_points_are_shared_out_as_otter_does(
    tmp_path: Path, settings: str, own: tuple[float | None, ...], wanted: list[float]
) -> None:
    heads = [f'""" # BEGIN TEST CONFIG\npoints: {p}\n""" # END TEST CONFIG\n' if p else "" for p in own]
    cells = in_tests(*(silent(f"{head}assert x") for head in heads))
    course, done = bring(tmp_path, *question(*cells, settings=settings))
    assert labels(course) == [("q-1", wanted[0]), ("q-2", wanted[1])]
    assert done.points == sum(wanted)


def test_settings_that_otter_ignores_are_said(tmp_path: Path) -> None:
    cell = silent('""" # BEGIN TEST CONFIG\nname: first\n""" # END TEST CONFIG\nassert x')
    _, done = bring(tmp_path, *question(*in_tests(cell), settings="name: q\nprivate_points: 1"))
    assert [str(n).split(":")[0] + n.message.split(" is ")[0] for n in done.notes] == [
        "cell 1private_points",
        "cell 3name",
    ]


def test_points_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    cell = silent('""" # BEGIN TEST CONFIG\npoints: 3\n""" # END TEST CONFIG\nassert x')
    with pytest.raises(SourceError, match=r"cell 1: the points of the question 'q' don’t add up: More points"):
        bring(tmp_path, *question(*in_tests(cell), settings="name: q\npoints: 2"))


def test_all_or_nothing_is_one_cell(tmp_path: Path) -> None:
    cells = in_tests(shown("f(1)", "2"), shown("# HIDDEN\nf(2)", "4"))
    course, _ = bring(tmp_path, *question(*cells, settings="name: q\npoints: 3\nall_or_nothing: true"))
    (cell,) = made(course)
    assert labels(course) == [("q", 3)]
    visible, hidden = (f"assert repr({f}) in ('{n}', 'np.int64({n})')" for f, n in (("f(1)", 2), ("f(2)", 4)))
    assert cell.source == f"{visible}\n\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"


def test_answers_in_words(tmp_path: Path) -> None:
    manual = "name: {}\nmanual: true\npoints: 2"
    words = [new_markdown_cell("Because."), new_markdown_cell("And so.")]
    prompt = [raw("# BEGIN PROMPT"), new_markdown_cell("Write:"), raw("# END PROMPT")]
    course, done = bring(
        tmp_path,
        *question(new_markdown_cell("Why?"), *solution(*words), settings=manual.format("a")),
        *question(*prompt, *solution(new_markdown_cell("Yes.")), settings=manual.format("b")),
        *question(*prompt, settings=manual.format("c")),
        *question(new_markdown_cell("Draw it on paper."), settings=manual.format("d")),
        *question(*prompt, *solution(silent("x = 1  # SOLUTION NO PROMPT")), settings=manual.format("e")),
        *question(*solution(new_markdown_cell("It is 1.")), *in_tests(silent("assert x == 1")), settings="name: f"),
    )
    cells = {grade_id(c): c for c in made(course)}
    region = f"{BEGIN}\n{{}}\n{END}".format
    assert cells["a"].source == region("Because.\n\nAnd so.")
    assert cells["b"].source == f"Write:\n\n{region('Yes.')}"
    assert cells["c"].source == f"Write:\n\n{BEGIN}\n{END}"
    assert cells["d"].metadata.nbgrader.task
    assert cells["e"].source == "Write:\n\n### BEGIN SOLUTION\n### END SOLUTION"
    assert labels(course) == [(n, 2) for n in "abcd"] + [("e", 2), ("e-answer", None), ("f", 1)]
    assert [str(n).split(":")[1] for n in done.notes] == [" left out"]


def test_no_prompt_is_lost(tmp_path: Path) -> None:
    prompt = [raw("# BEGIN PROMPT"), new_markdown_cell("Write:"), silent("x = ..."), raw("# END PROMPT")]
    words = new_markdown_cell("It is 1.")
    both = solution(silent("x = 1  # SOLUTION NO PROMPT"), words)
    course, done = bring(
        tmp_path,
        *question(*prompt, *solution(words), *in_tests(silent("assert x == 1")), settings="name: a"),
        *question(*prompt, *both, settings="name: b\nmanual: true\npoints: 1"),
        *question(*prompt, *solution(words), settings="name: c\nmanual: true\npoints: 1"),
    )
    region = f"{BEGIN}\n{{}}\n{END}".format
    written = f"Write:\n\n{region('It is 1.')}"
    assert [c.source for c in made(course)] == [
        *("Write:", "x = ...", "assert x == 1"),
        *(f"x = ...\n{region('x = 1')}", written),
        *("x = ...", written),
    ]
    assert [i for i, _ in labels(course)] == ["a", "b-answer", "b", "c"]
    assert [n.message.split(":")[0] for n in done.notes] == ["left out"]


def test_code_that_a_person_grades(tmp_path: Path) -> None:
    manual = "name: q\nmanual: true\npoints: 2"
    prompt = [raw("# BEGIN PROMPT"), silent("x = ..."), raw("# END PROMPT")]
    cells = solution(silent("y = 1"), silent("z = 1  # SOLUTION"))
    course, _ = bring(tmp_path, *question(*prompt, *cells, settings=manual))
    assert [c.source for c in made(course)] == [
        f"x = ...\ny = 1\n{BEGIN}\n{END}",
        f"# z = ...\n{BEGIN}\nz = 1\n{END}",
    ]
    assert labels(course) == [("q", 2), ("q-answer", None)]


def test_other_code_stays_and_is_locked_in_a_question(tmp_path: Path) -> None:
    included = new_markdown_cell("For all.", metadata={"tags": ["otter_include"]})
    course, done = bring(
        tmp_path,
        shown("x = 1\nx", "1"),
        *question(
            silent("y = 1"), *solution(silent("z = 1"), included), *in_tests(silent("assert z")), settings="name: q"
        ),
    )
    cells = made(course)
    assert [(c.source, "nbgrader" in c.metadata) for c in cells] == [
        ("x = 1\nx", False),
        ("y = 1", True),
        ("z = 1", False),
        ("For all.", False),
        ("assert z", True),
    ]
    assert cells[1].metadata.nbgrader.locked
    assert not any(c.get("outputs") for c in cells)
    assert done.notes == ()


def test_ids_are_told_apart(tmp_path: Path) -> None:
    one = in_tests(silent("assert x"))
    course, done = bring(
        tmp_path, *question(*one, settings="name: 1.1"), *question(*one, settings="name: 1-1"),
        *question(*one, settings="name: 'é'")
    )  # fmt: skip
    assert [i for i, _ in labels(course)] == ["1-1", "1-1-2", "question"]
    assert [n.cell for n in done.notes] == [1, 11]


def test_what_otter_ignores_is_left_out_and_said(tmp_path: Path) -> None:
    course, done = bring(
        tmp_path,
        silent("## Ignore ##\nx = 1"),
        silent("x = 1  # IGNORE\ny = 2\n# BEGIN IGNORE\nz = 3\n# END IGNORE"),
        silent("# BEGIN PLUGIN\nplugin: x\n# END PLUGIN"),
        *question(*in_tests(silent("assert y")), settings="name: q\nexport: true"),
        *question(new_markdown_cell("Think."), settings="name: r"),
    )
    assert [c.source for c in made(course)] == ["y = 2", "assert y", "Think."]
    assert [(n.cell, n.message.split(":")[0].split(",")[0]) for n in done.notes] == [
        (1, "left out"), (2, "4 lines are left out"), (3, "a plugin of otter’s is left out; none runs here"),
        (3, "3 lines are left out"), (4, "export is left out"), (9, "nobody grades the question 'r'"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([silent("x = 1")], "has no raw cell “# BEGIN QUESTION”"),
        ([raw("# BEGIN TESTS")], "cell 1: “# BEGIN TESTS” stands outside of a question"),
        ([raw("# END QUESTION")], "cell 1: it ends a question, and none has begun"),
        ([raw("# BEGIN QUESTION", "name: q")], "cell 1: the question 'q' is never closed"),
        ([*question(raw("# BEGIN QUESTION", "name: r"))], "cell 2: a question begins inside the question 'q'"),
        ([*question(raw("# BEGIN TESTS"))], "cell 2: this tests block is never closed"),
        ([raw("# BEGIN QUESTION", "name: q"), raw("# BEGIN TESTS")], "cell 2: this tests block is never closed"),
        ([*question(raw("# BEGIN TESTS"), raw("# BEGIN SOLUTION"))], "cell 3: .* inside the tests block that cell 2 "),
        ([*question(raw("# END PROMPT"))], "cell 2: “# END PROMPT” ends nothing"),
        ([*question(raw("# BEGIN ANSWER"))], "cell 2, line 1: otter knows no block “ANSWER”"),
        ([*question(settings="points: 1")], "cell 1: the question has no name"),
        ([*question(settings="name: [")], "cell 1, line 2: no YAML"),
        ([*question(settings="just words")], "cell 1, line 2: settings are lines"),
        ([*question(*in_tests(new_markdown_cell("x")))], "cell 3: only code can be a test"),
        ([*question(settings="name: q\nmanual: true")], "cell 1: the question 'q' is “manual: true” and has neither"),
        ([*question(new_markdown_cell("x"), settings="name: q\nmanual: true\npoints: [1]")], "are a number, not"),
        ([silent("# BEGIN IGNORE")], "cell 1: BEGIN IGNORE without END IGNORE"),
        ([silent("# BEGIN PLUGIN")], "cell 1: “# BEGIN PLUGIN” is never closed"),
        ([silent("# END PLUGIN")], "cell 1, line 1: “# END PLUGIN” ends nothing"),
        ([new_markdown_cell("text\n```otter\n# BEGIN QUESTION")], "cell 1: an “```otter” block is never closed"),
        ([new_markdown_cell("**Q**\n```\nBEGIN QUESTION\nname: q\n```")], "cell 1, line 3: “BEGIN QUESTION” is of"),
        ([silent("## Hidden Test ##\nf()")], "cell 1, line 1: .* first format"),
        ([raw("# ASSIGNMENT CONFIG", "nmae: x")], "cell 1: otter refuses this configuration"),
        ([raw("# ASSIGNMENT CONFIG", "name: [")], "cell 1, line 2: no YAML"),
        ([raw("# ASSIGNMENT CONFIG", "config_file: x.yml")], "cell 1: its config_file .* can’t be read"),
        ([raw("# ASSIGNMENT CONFIG", "seed:", "    variable: s"), *question()], "needs a seed.autograder_value"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_by_cell(tmp_path: Path, cells: list[NotebookNode], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        bring(tmp_path, *cells)
    assert not (tmp_path / "course" / "source").exists()


def test_blocks_in_markdown(tmp_path: Path) -> None:
    fence = "```otter\n{}\n```".format
    course, _ = bring(
        tmp_path,
        new_markdown_cell("Before.\n\n" + fence("# BEGIN QUESTION\nname: q") + "\n\nWhat is one?"),
        new_markdown_cell(fence("# BEGIN TESTS")),
        silent("assert x == 1"),
        new_markdown_cell(f"{fence('# END TESTS')}\n{fence('# END QUESTION')}"),
    )
    assert [c.source for c in made(course)] == ["Before.\n", "What is one?", "assert x == 1"]


def test_configuration(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1\n")
    (tmp_path / "more.yml").write_text("name: other\nrequirements: packages.txt\nenvironment: env.yml\n")
    (tmp_path / "packages.txt").write_text("numpy\n")
    (tmp_path / "env.yml").write_text("name: x\n")
    config = raw(
        "# ASSIGNMENT CONFIG", "config_file: more.yml", "name: mine", "files: [data]", "show_question_points: true",
        "solutions_pdf: true", "autograder_files: [secret.csv]", "strip_solutions_from_all_cells: true",
        "seed:", "    variable: seed", "    autograder_value: 7", "    student_value: 3",
        "generate:", "    show_stdout: true", "tests:", "    url_prefix: https://example.org",
    )  # fmt: skip
    text = new_markdown_cell("Draw.")
    course, done = bring(
        tmp_path, config, silent("seed = 1\nx = 2  # SOLUTION NO PROMPT"),
        *question(text, silent("w = 3  # SOLUTION"), *in_tests(silent("assert x")), settings="name: q\npoints: 2"),
        assignment="ps1",
    )  # fmt: skip
    cells = made(course, "ps1")
    assert [c.source for c in cells] == [
        f"seed = 7\n{BEGIN}\nx = 2\n{END}", "Draw.\n\n_Points:_ 2", f"# w = ...\n{BEGIN}\nw = 3\n{END}", "assert x"
    ]  # fmt: skip
    ours = course.grader_tests / "ps1"
    assert {p.name: p.read_text() for p in ours.iterdir() if p.suffix != ".json"} == {
        "requirements.txt": "numpy\n", "environment.yml": "name: x\n",
    }  # fmt: skip
    settings = {"show_stdout": True, "seed": 7, "seed_variable": "seed"}
    assert json.loads((ours / "otter_config.json").read_text()) == settings
    assert (course.source / "ps1" / "data" / "a.csv").read_text() == "1\n"
    assert {n.message.split(" is ")[0].split(" = ")[0] for n in done.notes} == {
        "students get seed", "the assignment 'mine'", "solutions_pdf", "autograder_files", "tests.url_prefix",
    }  # fmt: skip


def test_a_seed_between_cells_is_said(tmp_path: Path) -> None:
    config = raw("# ASSIGNMENT CONFIG", "generate:", "    seed: 42")
    _, done = bring(tmp_path, config, *question(*in_tests(silent("assert x"))))
    assert done.notes[0].message.startswith("otter sets the seed 42 before each cell")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("files: [gone.csv]", "'gone.csv', which can’t be read: No such file"),
        ("files: [../gone.csv]", "does not lie beside it"),
        ("requirements: gone.txt", "'gone.txt', which can’t be read"),
    ],
)
def test_a_file_that_is_missing_is_refused(tmp_path: Path, config: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        bring(tmp_path, raw("# ASSIGNMENT CONFIG", config), *question())
    with pytest.raises(SourceError, match="files has to be a list of names"):
        bring(tmp_path, raw("# ASSIGNMENT CONFIG", "files: [1]"), *question())


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course")
    path = write_lesson(tmp_path)
    done = import_otter(course, path)
    assert [p.name for p in done.written] == ["vectors.ipynb", "heights.csv", "requirements.txt", "otter_config.json"]
    assert import_otter(course, path).written == done.written  # the same again changes nothing
    mine = course.source / "vectors" / "heights.csv"
    mine.write_text("mine")
    with pytest.raises(CourseError, match=r"source/vectors/heights\.csv: already there, so nothing was written"):
        import_otter(course, path)
    assert mine.read_text() == "mine"
    import_otter(course, path, force=True)
    assert mine.read_text() != "mine"


def test_a_notebook_that_is_none_of_ours_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = write_course(tmp_path / "course")
    path = write(tmp_path / "n.ipynb", notebook(*question()))
    with pytest.raises(UsageError, match="can’t be the name of an assignment"):
        import_otter(course, path, "a/b")
    with pytest.raises(SourceError, match="can’t be read: No such file"):
        import_otter(course, tmp_path / "gone.ipynb")
    other = notebook(*question())
    other.metadata.kernelspec = {"name": "ir", "language": "R", "display_name": "R"}
    with pytest.raises(SourceError, match="is in R; only notebooks in Python"):
        import_otter(course, write(tmp_path / "r.ipynb", other))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match="pip install otter-grader"):
        import_otter(course, path)


def test_test_functions_give_the_same_points(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course")
    import_otter(course, write(tmp_path / "n.ipynb", functions()))
    done = release(course, "n", run=run_here)
    assert [(c.id, c.points, c.solved, c.unsolved) for c in done.cells] == [("q1-1", 2, 2, 0), ("q1-2", 2, 2, 0)]
