"""Attacks on the grader: one file each, what it does in its name, and the submission made from it.

A file says on top its `family`, what it `tries`, and then has cells parted by `# %%`: `start` and `end` are cells that
the student adds on top and at the end of the lesson; `answer NAME …` is what stands in these answer cells (all other
answers are wrong); `file PATH` is a file beside the notebook.

What is promised about leaks is one rule in two parts. What a hidden test is made of (its source, and what it expects)
never comes out of the student's process, and never into anything that is shown of it. What a hidden test hands to
the student's code is known to that code from then on, and may be in what a later cell shows (`may-show: inputs`); but the
test that handed it over shows none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gabarito.model import JobFile
from tests.submissions.exercises import FOLDER, read_sections


@dataclass(frozen=True)
class Attack:
    """One submission that tries to get, or to learn, or to break, what it must not."""

    name: str
    family: str
    tries: str
    may_show_inputs: bool
    answers: dict[str, str]
    start: tuple[str, ...]
    end: tuple[str, ...]
    files: tuple[JobFile, ...]


@cache
def load_attacks() -> tuple[Attack, ...]:
    """All attacks, by name."""
    found = []
    for path in sorted((FOLDER / "attacks").glob("*.py")):
        told, sections = read_sections(path)
        assert {s.kind for s in sections} <= {"start", "end", "answer", "file"}, path
        found.append(
            Attack(
                name=path.stem,
                family=told["family"],
                tries=told["tries"],
                may_show_inputs=told.get("may-show") == "inputs",
                answers={name: s.source for s in sections if s.kind == "answer" for name in s.rest.split()},
                start=tuple(s.source for s in sections if s.kind == "start"),
                end=tuple(s.source for s in sections if s.kind == "end"),
                files=tuple(JobFile(s.rest, s.source.encode()) for s in sections if s.kind == "file"),
            )
        )
    return tuple(found)
