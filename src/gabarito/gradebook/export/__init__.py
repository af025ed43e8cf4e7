"""The way out: the gradebook's scores as a file that another program reads."""

from gabarito.gradebook.export.canvas import canvas_export
from gabarito.gradebook.export.data import json_export
from gabarito.gradebook.export.file import Export, refuse_unwritable, write_export
from gabarito.gradebook.export.grades import Grades, read_grades
from gabarito.gradebook.export.moodle import moodle_export
from gabarito.gradebook.export.nbgrader import csv_export

__all__ = [
    "Export",
    "Grades",
    "canvas_export",
    "csv_export",
    "json_export",
    "moodle_export",
    "read_grades",
    "refuse_unwritable",
    "write_export",
]
