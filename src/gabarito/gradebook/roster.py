"""The roster: the students of nbgrader's gradebook, and how they come into it from a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec
from nbgrader.api import Assignment, Student, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from gabarito.course import Course
from gabarito.errors import CourseError, GradebookError, UsageError
from gabarito.exchange.students import student_id
from gabarito.gradebook.database import is_there, open_database
from gabarito.gradebook.sheet import Row, Sheet, read_sheet

_LONGEST = 128  # characters: nbgrader's columns
_FIELDS = ("first_name", "last_name", "email", "lms_user_id")
# Headings of nbgrader's own table, of Canvas's gradebook (lib/gradebook_exporter.rb) and of Moodle's tables of grades
# and participants. The first that is there counts.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("sis login id", "username", "id number", "id"),
    "first_name": ("first_name", "first name", "firstname"),
    "last_name": ("last_name", "last name", "surname", "lastname"),
    "email": ("email", "email address"),
    "lms_user_id": ("lms_user_id",),
}
_CANVAS = "sis login id"
_CANVAS_NAME = "student"
_MOODLE_NUMBER = "id number"
_MOST_NAMED = 5


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A student in the roster; empty where nothing is known."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A student whom an import changes."""

    id: str
    fields: dict[str, tuple[str, str]]
    """What was and what is, by column."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import does, or would do."""

    added: tuple[Person, ...]
    updated: tuple[Change, ...]
    unchanged: int
    missing: tuple[str, ...]
    """Ids of the roster's students whom the table doesn't have."""
    removed: tuple[str, ...] = ()
    dry_run: bool = False


def read_roster(course: Course) -> list[Person]:
    """The students of the course's gradebook by id; none where there is no gradebook yet.

    Raises:
        GradebookError: it can't be read.
    """
    if not is_there(course.db_url):
        return []
    database = open_database(course.db_url, writable=False)
    try:
        return database.read(_people)
    finally:
        database.close()


def read_people(path: Path, id_column: str = "") -> list[Person]:
    """The students in a table: one of nbgrader's, or one that Canvas or Moodle has exported.

    Args:
        id_column: the column that has the students' ids; by default nbgrader's `id`, Canvas's `SIS Login ID`, Moodle's
            `Username` or `ID number`.

    Raises:
        UsageError: there is no column of this name.
        CourseError: the file is no table, has no column of ids, or a line has no or an impossible id, a value that is
            too long, or the id or the LMS's id of another line. The message names the line.
    """
    sheet = read_sheet(path)
    columns = _columns(sheet, id_column)
    people: list[Person] = []
    lines: dict[tuple[str, str], int] = {}
    for row in sheet.rows:
        if _CANVAS in row.cells and _is_no_student(row):
            continue
        person = _person(sheet, row, columns)
        for name in ("id", "lms_user_id"):
            value = getattr(person, name)
            if value and lines.setdefault((name, value), row.line) != row.line:
                raise _fault(
                    sheet, row, f"{name} {value!r} is that of line {lines[name, value]}, too; remove one of them"
                )
        people.append(person)
    if not people:
        raise CourseError(f"{path} has no student: it has a line of headings, and nothing below")
    return people


def import_people(
    course: Course, people: Sequence[Person], *, remove_missing: bool = False, dry_run: bool = False
) -> Imported:
    """Add students to the gradebook, or bring their names and addresses up to date, all or none.

    An empty value leaves what is there.

    Args:
        remove_missing: remove students who aren't among these.
        dry_run: say what would be done, and write nothing.

    Raises:
        GradebookError: the gradebook can't be written; somebody who would be removed has a hand-in, a score or an
            extension; or somebody's LMS id is that of another student. Then nothing is written.
    """
    if dry_run and not is_there(course.db_url):
        return _compare([], people, remove_missing=remove_missing, dry_run=True)
    course_id = str(CourseDirectory(config=course.config).course_id)
    database = open_database(course.db_url, course_id=course_id, writable=not dry_run)

    def work(session: Session) -> Imported:
        imported = _compare(_people(session), people, remove_missing=remove_missing, dry_run=dry_run)
        _refuse_graded(session, imported.removed)
        if not dry_run:
            _write(session, imported)
        return imported

    try:
        return database.write(work)
    finally:
        database.close()


def _people(session: Session) -> list[Person]:
    rows = session.execute(select(Student.id, *(getattr(Student, name) for name in _FIELDS)).order_by(Student.id))
    return [Person(**{name: value or "" for name, value in zip(("id", *_FIELDS), row, strict=True)}) for row in rows]


def _columns(sheet: Sheet, id_column: str) -> dict[str, str]:
    """The heading, in lower case, of each column that the table has."""
    there = {h.lower() for h in sheet.headings}
    columns = {
        name: found for name, known in _HEADINGS.items() if (found := next((h for h in known if h in there), ""))
    }
    if _CANVAS in there and "id" in there:
        columns["lms_user_id"] = "id"
    if id_column:
        if id_column.lower() not in there:
            near = get_close_matches(id_column, sheet.headings, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(filter(None, sheet.headings))}"
            raise UsageError(f"--id names {id_column!r}, but {sheet.name} has no such column; {hint}")
        columns["id"] = id_column.lower()
    if _MOODLE_NUMBER in there - {columns.get("id")}:
        columns.setdefault("lms_user_id", _MOODLE_NUMBER)
    if "id" not in columns:
        raise CourseError(
            f"{sheet.name} has no column of ids (it has {', '.join(filter(None, sheet.headings))}); name it 'id', "
            "or say with --id which it is, such as --id 'Email address'"
        )
    return columns


def _is_no_student(row: Row) -> bool:
    """Whether this line of Canvas's says what points are possible, or is its teachers' test student."""
    name = row.cells.get(_CANVAS_NAME) or f"{row.cells.get('lastname')}, {row.cells.get('firstname')}"
    return not row.cells.get("id") or name == "Student, Test"


def _person(sheet: Sheet, row: Row, columns: Mapping[str, str]) -> Person:
    values = {name: row.cells[heading] for name, heading in columns.items()}
    if "last_name" not in columns and _CANVAS in row.cells:
        last, _, first = row.cells.get(_CANVAS_NAME, "").partition(",")
        values |= {"last_name": last.strip(), "first_name": first.strip()}
    if not values["id"]:
        raise _fault(
            sheet, row, f"column {columns['id']!r} is empty; correct it, or name another column of ids with --id"
        )
    try:
        values["id"] = student_id(values["id"])
    except UsageError as e:
        raise _fault(sheet, row, str(e)) from None
    for name, value in values.items():
        if len(value) > _LONGEST:
            raise _fault(
                sheet, row, f"{name} {value[:20]!r}… has {len(value)} characters, more than the {_LONGEST} that fit"
            )
    return Person(**values)


def _fault(sheet: Sheet, row: Row, what: str) -> CourseError:
    return CourseError(f"{sheet.name}, line {row.line}: {what}. Nothing was imported")


def _compare(roster: Iterable[Person], people: Sequence[Person], *, remove_missing: bool, dry_run: bool) -> Imported:
    there = {p.id: p for p in roster}
    given = {p.id for p in people}
    missing = tuple(i for i in there if i not in given)
    added, updated = [], []
    for person in people:
        old = there.get(person.id)
        if old is None:
            added.append(person)
        elif fields := _changed(old, person):
            updated.append(Change(id=person.id, fields=fields))
    _refuse_shared(there, people, missing if remove_missing else ())
    return Imported(
        added=tuple(added),
        updated=tuple(updated),
        unchanged=len(people) - len(added) - len(updated),
        missing=missing,
        removed=missing if remove_missing else (),
        dry_run=dry_run,
    )


def _changed(old: Person, new: Person) -> dict[str, tuple[str, str]]:
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in _FIELDS}
    return {name: (was, becomes) for name, (was, becomes) in pairs.items() if becomes and becomes != was}


def _refuse_shared(there: Mapping[str, Person], people: Sequence[Person], removed: Iterable[str]) -> None:
    """Two students with one LMS id would get each other's work."""
    ids = {i: p.lms_user_id for i, p in there.items()} | {p.id: p.lms_user_id for p in people if p.lms_user_id}
    seen: dict[str, str] = {}
    for student, lms_user_id in ids.items():
        if lms_user_id and student not in removed and seen.setdefault(lms_user_id, student) != student:
            raise GradebookError(
                f"{seen[lms_user_id]} and {student} would both have the lms_user_id {lms_user_id!r}; correct one of "
                "them. Nothing was imported"
            )


def _refuse_graded(session: Session, students: Sequence[str]) -> None:
    if not students:
        return
    found = session.execute(
        select(SubmittedAssignment.student_id, Assignment.name)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(SubmittedAssignment.student_id.in_(students))
        .order_by(SubmittedAssignment.student_id, Assignment.name)
    ).all()
    if found:
        told = ", ".join(f"{student} ({assignment})" for student, assignment in found[:_MOST_NAMED])
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise GradebookError(
            f"the gradebook has hand-ins or extensions of students who would be removed: {told}{more}. Nothing was "
            "imported; import without --remove-missing, or first run 'nbgrader db student remove ID --force'"
        )


def _write(session: Session, imported: Imported) -> None:
    if imported.added:
        rows = [{k: v or None for k, v in msgspec.structs.asdict(person).items()} for person in imported.added]
        session.execute(insert(Student), rows)
    for change in imported.updated:
        values = {name: becomes for name, (_, becomes) in change.fields.items()}
        session.execute(update(Student).where(Student.id == change.id).values(**values))
    if imported.removed:
        session.execute(delete(Student).where(Student.id.in_(imported.removed)))
