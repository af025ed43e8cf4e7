"""Known answers: what students hand in for one exercise, right and wrong, and the score that each must get."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gabarito.errors import CourseError

_FILE_KEYS = {"exercise", "answer"}
_ANSWER_KEYS = {"name": str, "right": bool, "why": str, "scores": dict, "source": str}


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """One answer to one exercise, with the score it must get."""

    exercise: str
    """Grade id of the answer cell that it replaces."""
    name: str
    """A few words joined by hyphens; no two answers of an exercise share it."""
    right: bool
    """Whether it deserves full marks (of what is graded automatically)."""
    why: str
    scores: Mapping[str, float]
    """Points by grade id, for every graded cell of the notebook that does not get full marks."""
    source: str
    """The whole source of the cell."""


def load_answers(folder: Path) -> tuple[KnownAnswer, ...]:
    """The known answers in the TOML files of `folder`, sorted by exercise and name.

    A file holds the answers of one exercise: `exercise = "grade-id"`, the same as the file's name, and one `[[answer]]`
    table each with `name`, `right`, `why`, `scores` and `source`. A right answer has no scores: it gets full marks.

    Raises:
        CourseError: the folder does not exist or has no such file, a file can't be read, or a key in it is missing,
            unknown, of the wrong type or contradicts another; the message names file and key.
    """
    if not folder.is_dir():
        raise CourseError(f"no folder of known answers at {folder}; create it with one TOML file per exercise")
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise CourseError(f"{folder} holds no known answers; add one TOML file per exercise")
    found = [answer for path in paths for answer in _load_file(path)]
    return tuple(sorted(found, key=lambda answer: (answer.exercise, answer.name)))


def _load_file(path: Path) -> list[KnownAnswer]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise CourseError(f"{path} can't be read: {e}") from None
    _refuse_unknown(table, _FILE_KEYS, path, "the file")
    exercise = table.get("exercise")
    if exercise != path.stem:
        raise CourseError(
            f"{path}: key 'exercise' is {exercise!r}; it must be the answer cell's grade id and the file's name, "
            f"{path.stem!r}"
        )
    tables = table.get("answer")
    if not isinstance(tables, list) or not tables or not all(isinstance(item, dict) for item in tables):
        raise CourseError(f"{path}: key 'answer' must be one or more [[answer]] tables")
    answers: dict[str, KnownAnswer] = {}
    for number, item in enumerate(tables, start=1):
        answer = _answer(path, exercise, number, item)
        if answer.name in answers:
            raise CourseError(f"{path}: key 'name' is {answer.name!r} in two answers; give each its own")
        answers[answer.name] = answer
    return list(answers.values())


def _answer(path: Path, exercise: str, number: int, table: dict[str, Any]) -> KnownAnswer:
    where = f"answer {table['name']!r}" if isinstance(table.get("name"), str) else f"answer {number}"
    _refuse_unknown(table, set(_ANSWER_KEYS), path, where)
    for key, kind in _ANSWER_KEYS.items():
        if key not in table:
            raise CourseError(f"{path}: {where} has no key {key!r}; add it")
        if not isinstance(table[key], kind):
            raise CourseError(f"{path}: {where}: key {key!r} is {table[key]!r}, not a {_TOML_NAMES[kind]}")
    if not table["name"]:
        raise CourseError(f"{path}: {where}: key 'name' is empty")
    for cell, score in table["scores"].items():
        if isinstance(score, bool) or not isinstance(score, int | float) or not score >= 0:
            raise CourseError(f"{path}: {where}: key 'scores' gives {score!r} to {cell!r}, not a number of points")
    if table["right"] and table["scores"]:
        raise CourseError(
            f"{path}: {where}: key 'scores' must be empty for a right answer, which gets full marks; "
            f"it lists {', '.join(map(repr, table['scores']))}"
        )
    return KnownAnswer(
        exercise=exercise,
        name=table["name"],
        right=table["right"],
        why=table["why"],
        scores=MappingProxyType({cell: float(score) for cell, score in table["scores"].items()}),
        source=table["source"].removesuffix("\n"),
    )


_TOML_NAMES = {str: "string", bool: "true or false", dict: "table"}


def _refuse_unknown(table: Mapping[str, Any], known: set[str], path: Path, where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CourseError(f"{path}: {where} has the unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
