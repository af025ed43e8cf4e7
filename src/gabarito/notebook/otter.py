"""otter's client library while a notebook is graded: there, and doing nothing.

Its checks would run tests a second time, and look for files that no grader has; an export would take minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gabarito.model import JobCell, JobFile

MODULE = "otter"
_IMPORT = re.compile(rf"^[ \t]*(?:import|from)[ \t]+{MODULE}\b", re.MULTILINE)
_CLIENT = b'''"""Stands in for otter-grader while a notebook is graded: the grader runs the tests, not the notebook."""


class _Later:
    def __init__(self, question):
        self._question = question

    def __repr__(self):
        return f"{self._question}: its tests run by themselves when the notebook is graded"


class Notebook:
    """Does nothing, as otter's own does little while it grades."""

    def __init__(self, *arguments, **options):
        pass

    def check(self, question, *arguments, **options):
        return _Later(question)

    def _nothing(self, *arguments, **options):
        return None

    check_all = export = to_pdf = run_plugin = add_plugin_files = _nothing
'''


def with_client(cells: Iterable[JobCell], files: tuple[JobFile, ...]) -> tuple[JobFile, ...]:
    """The files beside a notebook, and a stand-in for otter's client library where its code imports that.

    A file or folder `otter` that is there already stays what is imported.
    """
    there = {file.path.split("/")[0] for file in files}
    if {MODULE, f"{MODULE}.py"} & there or not any(MODULE in c.source and _IMPORT.search(c.source) for c in cells):
        return files
    return (*files, JobFile(f"{MODULE}.py", _CLIENT, given=True))
