"""Who in the roster somebody is, by what an archive calls them: found without doubt, or not at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from gabarito.errors import SubmissionError, UsageError
from gabarito.exchange.students import student_id
from gabarito.gradebook.roster import Person
from gabarito.gradebook.sheet import read_sheet

# Letters that Unicode doesn't take for others with a mark on them.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_MAPS = (("name", "student"), *(("identifier", column) for column in ("email address", "id number", "username")))
"""Columns of a name and of a student; the second kind are Moodle's, with what the site shows of its users."""


@dataclass(frozen=True, slots=True)
class Who:
    """What an archive says of somebody; empty where it says nothing."""

    label: str
    """All of it, as messages and `--map` call them."""
    student: str = ""
    """An id of nbgrader's."""
    lms_user_id: str = ""
    name: str = ""
    """First and last name in either order, as whole as the archive has it."""
    number: str = ""
    """A number that only the archive and a table of the same assignment know."""
    anything: str = ""
    """An id, an address or a name: whatever a person wrote."""


@dataclass(frozen=True, slots=True)
class Match:
    """Who it is: a student's id, or why nobody can say."""

    student: str = ""
    why: str = ""
    is_new: bool = False
    """Whether the roster doesn't have this id yet."""


class People:
    """The roster, asked for people by what others call them."""

    def __init__(self, roster: Sequence[Person], mapped: Mapping[str, str], *, takes_new: bool = True) -> None:
        """A roster.

        Args:
            mapped: ids of students by the label, name or number of `Who`: what a person has said comes before all else.
            takes_new: whether an id of nbgrader's that the roster doesn't have is a new student's.
        """
        self._roster = {person.id: person for person in roster}
        self._mapped = mapped
        self._takes_new = takes_new
        self._by_lms_id = _index((p.lms_user_id, p.id) for p in roster)
        self._by_name = _index((name, p.id) for p in roster for name in _names(p))
        self._by_word = _index((_word(word), p.id) for p in roster for word in _words(p))

    def match(self, who: Who) -> Match:
        """Who somebody is: what was mapped, then an id, then the name."""
        student = self._said(who) or who.student
        if not student:
            found = self._candidates(who)
            if len(found) != 1:
                return Match(why=self._why(found, who))
            (student,) = found
        try:
            student = student_id(student)
        except UsageError as e:
            return Match(why=str(e))
        if student in self._roster:
            return Match(student)
        if self._takes_new:
            return Match(student, is_new=True)
        return Match(why=f"the roster has no {student!r}, and c.Autograde.create_student is off")

    def knows(self, who: Who) -> bool:
        """Whether the roster, or a person, has somebody who may be meant."""
        return bool(self._said(who)) or who.student in self._roster or bool(self._candidates(who))

    def _said(self, who: Who) -> str:
        return next((self._mapped[key] for key in (who.label, who.name, who.number) if key in self._mapped), "")

    def _candidates(self, who: Who) -> list[str]:
        if who.lms_user_id and (found := self._by_lms_id.get(who.lms_user_id)):
            return found
        if who.anything:
            written = unicodedata.normalize("NFC", who.anything)
            if written in self._roster:
                return [written]
            found = [*self._by_word.get(_word(written), ()), *self._by_name.get(_fold(written), ())]
            return list(dict.fromkeys(found))
        named = self._by_name.get(_fold(who.name), [])
        # Somebody of the same name whose id in the LMS is known to be another one is another person.
        return [i for i in named if not (who.lms_user_id and self._roster[i].lms_user_id)]

    def _why(self, found: Sequence[str], who: Who) -> str:
        if found:
            return f"it may be {' or '.join(map(self._told, found))}"
        if not self._roster:
            return "the roster is empty: run 'gabarito roster import' first"
        near = self._near(who)
        return f"nobody in the roster is called so{f'; near: {near}' if near else ''}"

    def _near(self, who: Who) -> str:
        names = get_close_matches(_fold(who.name or who.anything), self._by_name, n=3, cutoff=0.7)
        ids = dict.fromkeys(i for name in names for i in self._by_name[name])
        return ", ".join(map(self._told, ids))

    def _told(self, student: str) -> str:
        person = self._roster[student]
        name = f"{person.first_name} {person.last_name}".strip()
        return f"{student} ({name})" if name else student


def read_map(path: Path, people: People) -> dict[str, str]:
    """Ids of students by what an archive calls them, from a table with the columns `name` and `student`.

    Moodle's own grading worksheet (`Identifier`, and an address, id number or user name) will do as well.

    Args:
        people: the roster; the second column may hold whatever finds a student there.

    Raises:
        CourseError: the file is no table.
        SubmissionError: a column is missing, a name is there twice with different students, or a student isn't found.
    """
    sheet = read_sheet(path)
    columns = {h.lower() for h in sheet.headings}
    for name, student in _MAPS:
        if {name, student} <= columns:
            break
    else:
        raise SubmissionError(
            f"{path} has the columns {', '.join(sheet.headings)}; it needs 'name' (as the archive has it) and 'student'"
        )
    mapped: dict[str, str] = {}
    for row in sheet.rows:
        key, given = unicodedata.normalize("NFC", row.cells[name]), row.cells[student]
        if name == "identifier":
            key = key.split()[-1] if key else ""  # Participant 1234567, in the site's own language
        match = people.match(Who(given, anything=given))
        if name == "identifier" and not (key and match.student):
            continue  # it has the whole course, tutors and all
        if not key:
            raise SubmissionError(f"{path}, line {row.line}: it has no name; write it as the archive has it")
        if not match.student:
            raise SubmissionError(f"{path}, line {row.line}: {given!r} is no student: {match.why}")
        if mapped.setdefault(key, match.student) != match.student:
            raise SubmissionError(f"{path}, line {row.line}: {key!r} is {mapped[key]} in another line; remove one")
    return mapped


def _index(pairs: Iterable[tuple[str | None, str]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for key, student in pairs:
        if key:
            found.setdefault(key, {})[student] = None
    return {key: list(students) for key, students in found.items()}


def _names(person: Person) -> tuple[str, str]:
    first, last = _fold(person.first_name), _fold(person.last_name)
    return first + last, last + first


def _words(person: Person) -> tuple[str, ...]:
    """What one writes for a person that is no name."""
    return person.id, person.email, person.email.partition("@")[0], person.lms_user_id


def _word(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _fold(name: str) -> str:
    """A name's letters and digits alone, without case and accents: LMSs take out or change all the rest."""
    decomposed = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if c.isalnum())
