import dataclasses
from pathlib import Path

import pytest

from gabarito.audit.answers import load_answers
from gabarito.errors import CourseError

SHIPPED = Path(__file__).parents[2] / "grader_tests" / "differentiable" / "answers"

GOOD = """
exercise = "double"

[[answer]]
name = "two-times"
right = true
why = "the definition"
scores = {}
source = '''
def double(x):
    return 2 * x
'''

[[answer]]
name = "square"
right = false
why = "equal at 0 and 2 only"
scores = { "test-double" = 0, "test-double-again" = 0.5 }
source = "double = lambda x: x**2"
"""


def write(folder: Path, text: str, name: str = "double.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_reads_answers_sorted_by_name(tmp_path: Path) -> None:
    square, two_times = load_answers(write(tmp_path, GOOD))
    assert (square.exercise, square.name, square.right) == ("double", "square", False)
    assert square.scores == {"test-double": 0.0, "test-double-again": 0.5}
    assert two_times.source == "def double(x):\n    return 2 * x"
    assert two_times.scores == {}


def test_sorts_by_exercise_first(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace('"double"', '"add"'), "add.toml")
    assert [a.exercise for a in load_answers(tmp_path)] == ["add", "add", "double", "double"]


def test_an_answer_is_immutable(tmp_path: Path) -> None:
    answer = load_answers(write(tmp_path, GOOD))[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        answer.scores["test-double"] = 1.0  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('exercise = "double"', "", "exercise"),
        ('exercise = "double"', 'exercise = "triple"', "exercise"),
        ('exercise = "double"', 'exercise = "double"\nexercice = 1', "exercice"),
        ('why = "the definition"\n', "", "why"),
        ('why = "the definition"', "why = 3", "why"),
        ("right = true", 'right = "true"', "right"),
        ("right = true", "right = true\npoints = 3", "points"),
        ('name = "square"', 'name = "two-times"', "name"),
        ('name = "square"', 'name = ""', "name"),
        ('name = "square"\n', "", "name"),
        ("scores = {}", "scores = []", "scores"),
        ("scores = {}", 'scores = { "test-double" = 0 }', "scores"),
        ("0.5", '"half"', "scores"),
        ("0.5", "true", "scores"),
        ("0.5", "-1", "scores"),
        ("0.5", "nan", "scores"),
        ("[[answer]]", "[answer]", "answer"),
    ],
)
def test_malformed_file_is_named_with_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = GOOD.replace(old, new)
    if new == "[answer]":
        text = text[: text.rindex("[answer]")]
    with pytest.raises(CourseError) as caught:
        load_answers(write(tmp_path, text))
    assert "double.toml" in str(caught.value)
    assert repr(key) in str(caught.value)


def test_no_answers_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"double\.toml: key 'answer'"):
        load_answers(write(tmp_path, 'exercise = "double"'))


@pytest.mark.parametrize("content", [b"exercise = ", b"\xff\xfe"])
def test_unreadable_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "double.toml").write_bytes(content)
    with pytest.raises(CourseError, match=r"double\.toml can't be read"):
        load_answers(tmp_path)


def test_missing_or_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="holds no known answers"):
        load_answers(tmp_path)
    with pytest.raises(CourseError, match="no folder of known answers"):
        load_answers(tmp_path / "nowhere")


def test_shipped_answers_show_both_sides_of_every_exercise() -> None:
    by_exercise: dict[str, list[bool]] = {}
    for answer in load_answers(SHIPPED):
        by_exercise.setdefault(answer.exercise, []).append(answer.right)
    assert len(by_exercise) == 10
    for exercise, right in by_exercise.items():
        assert len(right) >= 6, exercise
        assert set(right) == {True, False}, exercise
