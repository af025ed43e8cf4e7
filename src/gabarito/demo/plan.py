"""Whole notebooks that students hand in: what was done to them, and the score that each must get."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from gabarito.errors import CourseError

BY_HAND: Literal["by hand"] = "by hand"


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a student did to a notebook. Cells are named by grade id."""

    do: Literal["delete", "copy", "move", "edit", "insert", "retype", "strip", "forge"]
    """`copy` pastes a cell with its metadata; `retype` turns code into text or back; `strip` drops nbgrader's metadata,
    of every cell where none is named; `forge` makes a cell worth 100 points and unlocks it."""
    cell: str = ""
    through: str = ""
    """Last cell of what is moved; by default `cell` alone."""
    before: str = ""
    after: str = ""
    source: str | None = None
    type: Literal["code", "markdown"] = "code"


class NotebookSample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One whole notebook with its score."""

    name: str
    why: str
    start: Literal["solved", "released", "empty"] = "solved"
    answered: tuple[str, ...] = ()
    """Answer cells that are solved all the same where it starts as released."""
    picks: tuple[str, ...] = ()
    """Known answers instead of the solution, as `exercise/name`."""
    edits: tuple[Edit, ...] = ()
    scores: dict[str, float | Literal["by hand"]] = {}
    """Points by grade id, of the cells whose score isn't what follows from `start`, `answered` and `picks`."""


class ClassPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the hand-ins of a class are made from, beside the known answers of each exercise."""

    first: tuple[str, ...] = ()
    """Answers that even a small class has, as `exercise/name`."""
    alone: tuple[str, ...] = ()
    """Answers that cost much time or memory, or end the process: each is handed in once, beside right ones."""
    notebook: tuple[NotebookSample, ...] = ()


def load_plan(path: Path) -> ClassPlan:
    """The plan in a TOML file.

    Raises:
        CourseError: it can't be read, a key in it is unknown or of the wrong type, or two notebooks share a name.
    """
    try:
        plan = msgspec.toml.decode(path.read_bytes(), type=ClassPlan)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as e:
        raise CourseError(f"{path} can't be read: {e}") from None
    names = [n.name for n in plan.notebook]
    twice = [n for n in names if names.count(n) > 1]
    if twice:
        raise CourseError(f"{path}: two notebooks are named {twice[0]!r}; give each its own name")
    return plan
