"""nbgrader's own commands and formgrader's buttons, which grade and release with gabarito.

In a course's nbgrader_config.py::

    from gabarito.nbgrader_plugin import configure; configure(c)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader import converters
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import Execute, SaveCells

from gabarito.course import Course, course_of_nbgrader
from gabarito.errors import GabaritoError


def configure(c: Any) -> None:
    """Have `nbgrader autograde` and `generate_assignment`, NbGraderAPI and formgrader use gabarito in this course."""
    from nbgrader.apps import api, autogradeapp, generateassignmentapp

    c.Gabarito.nbgrader = True
    # nbgrader has no option for these classes. Each looks at its own configuration, so that a course without this
    # line that is worked on in the same process keeps nbgrader's own.
    api.Autograde = autogradeapp.Autograde = GabaritoAutograde
    api.GenerateAssignment = generateassignmentapp.GenerateAssignment = GabaritoGenerateAssignment


class GabaritoAutograde(converters.Autograde):
    """nbgrader's Autograde, which hands its submissions to gabarito's bulk grading."""

    def start(self) -> None:
        """Grade what nbgrader would grade.

        Raises:
            NbGraderException: nothing was handed in, or a submission could not be graded; the others are.
        """
        if not _is_ours(self):
            return super().start()
        if not Execute(parent=self).enabled:
            self.log.warning("--no-execute: nbgrader alone grades, by the outputs that students handed in")
            return super().start()
        self.init_notebooks()
        with _told(self):
            course = course_of_nbgrader(self.coursedir, self.config)
            course.config.Autograde.create_student = self.create_student
            course.config.Autograde.exclude_overwriting = self.exclude_overwriting
            missed = [line for name, found in _by_assignment(self).items() for line in self._grade(course, name, found)]
        if missed:
            raise NbGraderException("\n".join(missed))
        return None

    def _grade(self, course: Course, assignment: str, found: dict[str, list[str]]) -> list[str]:
        """Grade an assignment; one sentence for each submission that could not be graded."""
        from gabarito.grading.bulk import grade
        from gabarito.grading.report import lines_of_run, sentence_of

        if not found:
            return []
        chosen = {Path(path).stem for paths in found.values() for path in paths}
        _run_hooks(self, self.run_pre_convert_hook, assignment, found)
        run = grade(
            course,
            assignment,
            students=sorted(found),
            notebooks=() if self.coursedir.notebook_id == "*" else sorted(chosen),
            force=self.force,
            on_graded=lambda graded: self.log.info("%s", sentence_of(graded)),
        )
        done = {g.student: found[g.student] for g in run.submissions if g.is_recorded}
        for student in done:
            self.set_permissions(assignment, student)
        _run_hooks(self, self.run_post_convert_hook, assignment, done)
        for line in lines_of_run(run):
            self.log.warning("%s", line)
        missed = [sentence_of(g) for g in run.submissions if not g.is_recorded]
        for line in missed:
            self.log.error("%s", line)
        return missed


class GabaritoGenerateAssignment(converters.GenerateAssignment):
    """nbgrader's GenerateAssignment, which releases as `gabarito release` does, with its checks."""

    def start(self) -> None:
        """Release the assignment.

        Raises:
            NbGraderException: there is no such assignment, or it can't be released.
        """
        if not _is_ours(self):
            return super().start()
        if without := self._without_checks():
            self.log.warning("%s: nbgrader alone releases, without gabarito's checks and records", without)
            return super().start()
        before, self.coursedir.student_id = self.coursedir.student_id, "."
        try:
            self.init_notebooks()
            with _told(self):
                course = course_of_nbgrader(self.coursedir, self.config)
                for folder in sorted(self.assignments):
                    self._release(course, Path(folder).name, self.assignments[folder])
        finally:
            self.coursedir.student_id = before
        return None

    def _without_checks(self) -> str:
        """The option that asks for less than a release; empty where there is none."""
        if self.no_database or not SaveCells(parent=self).enabled:
            return "--no-db"
        if not converters.generate_assignment.CheckCellMetadata(parent=self).enabled:
            return "--no-metadata"
        return "--notebook" if self.coursedir.notebook_id != "*" else ""

    def _release(self, course: Course, assignment: str, notebooks: list[str]) -> None:
        from gabarito.release import MISSED_POINTS, release

        if (course.release / assignment).exists() and not self.force:
            self.log.warning(
                "%s is there already: %s was not released again; do it with --force",
                course.release / assignment,
                assignment,
            )
            return
        if not self.create_assignment:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                try:
                    gradebook.find_assignment(assignment)
                except MissingEntry:
                    message = f"no assignment {assignment!r} in the gradebook, and create_assignment is off"
                    self.log.error(message)
                    raise NbGraderException(message) from None
        found = {".": notebooks}
        _run_hooks(self, self.run_pre_convert_hook, assignment, found)
        # nbgrader never runs a solution, so its points stop no release here; they are said.
        made = release(course, assignment, passing=MISSED_POINTS)
        self.set_permissions(assignment, ".")
        _run_hooks(self, self.run_post_convert_hook, assignment, found)
        for finding in made.findings:
            self.log.warning("%s", finding)
        self.log.info("%s is released: %g points, in %s", assignment, made.points, course.release / assignment)


def _is_ours(converter: Any) -> bool:
    return bool(converter.config.Gabarito.get("nbgrader", False))


@contextmanager
def _told(converter: Any) -> Iterator[None]:
    """Our errors as nbgrader tells its own."""
    try:
        yield
    except GabaritoError as e:
        converter.log.error("%s", e)
        raise NbGraderException(str(e)) from e


def _by_assignment(converter: Any) -> dict[str, dict[str, list[str]]]:
    """The notebooks that nbgrader found, by assignment and student."""
    excluded = converter.coursedir.student_id_exclude.split(",")
    found: dict[str, dict[str, list[str]]] = {}
    for folder, notebooks in sorted(converter.assignments.items()):
        student, assignment = Path(folder).parts[-2:]
        students = found.setdefault(assignment, {})
        if student not in excluded:
            students[student] = sorted(notebooks)
    return found


def _run_hooks(converter: Any, hook: Callable[[], None], assignment: str, found: dict[str, list[str]]) -> None:
    """nbgrader's hook for each submission; it reads from the converter what it is about."""
    directory = converter.coursedir
    before = directory.assignment_id, directory.student_id
    try:
        for student, notebooks in found.items():
            directory.assignment_id, directory.student_id = assignment, student
            converter.notebooks = notebooks
            hook()
    finally:
        directory.assignment_id, directory.student_id = before
