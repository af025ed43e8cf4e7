"""The `# ASSIGNMENT CONFIG` of an otter notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode

from gabarito.errors import SourceError
from gabarito.release.import_otter.place import Note, Place

_CELLS = "tests are cells here, and students run those"
_PDF = "no PDF is made"
_ZIP = "'gabarito export --format otter' takes the Python that it runs in; say otherwise in environment.yml"
_LEFT = {
    "run_tests": "a release always runs your solution",
    "solutions_pdf": _PDF,
    "template_pdf": _PDF,
    "init_cell": _CELLS,
    "check_all_cell": _CELLS,
    "export_cell": "students hand in the notebook itself",
    "overwrite_requirements": _ZIP,
    "python_version": _ZIP,
    "channel_priority_strict": _ZIP,
    "save_environment": "grading runs the notebook, never a log of it",
    "ignore_modules": "grading runs the notebook, never a log of it",
    "autograder_files": "files are released or not there; tests that need one of these have to bring their data along",
    "student_files": "students hand such files in beside the notebook",
    "plugins": "plugins of otter’s do not run here",
    "runs_on": "notebooks are the same wherever students work",
    "suppress_no_tests_warning": "questions that nobody grades are named",
}


def read_config(cells: list[tuple[Place, NotebookNode]], folder: Path) -> tuple[Any, list[Note]]:
    """Otter's configuration of the assignment, as otter reads it, and what of it has no meaning here.

    Args:
        cells: the configuration cells; usually there is one.
        folder: of the notebook: where a `config_file` lies.

    Raises:
        SourceError: a cell or the file is no YAML, or has what otter doesn't know.
    """
    from otter.assign.assignment import Assignment

    assignment = Assignment(require_valid_keys=True)
    assignment.lang = "python"
    notes = []
    for place, cell in cells:
        config = yaml_of(cell, place)
        if name := config.get("config_file"):
            config = {**_file(folder / str(name), place), **config}
        try:
            assignment.update(config)
        except Exception as e:  # fica raises whatever a value makes it stumble over
            raise place.fault(f"otter refuses this configuration: {e}") from None
        notes += [place.note(text) for text in _left_out(config)]
    return assignment, notes


def yaml_of(cell: NotebookNode, place: Place) -> dict[str, Any]:
    """The settings in a raw cell whose first line is otter's mark.

    Raises:
        SourceError: they are no YAML, or no table of names and values.
    """
    try:
        config = yaml.safe_load(cell.source) or {}
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        raise place.fault(f"no YAML ({getattr(e, 'problem', e)})", mark.line + 1 if mark else 0) from None
    if not isinstance(config, dict):
        raise place.fault(f"settings are lines “name: value”, not {config!r}", 2)
    return config


def _file(path: Path, place: Place) -> dict[str, Any]:
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        raise place.fault(f"its config_file {path} can’t be read: {e}") from None
    if not isinstance(config, dict):
        raise place.fault(f"its config_file {path} has no lines “name: value”")
    return config


def _left_out(config: dict[str, Any]) -> Iterator[str]:
    for key in config.keys() & _LEFT.keys():
        if config[key]:
            yield f"{key} is left out: {_LEFT[key]}"
    tests = config.get("tests") or {}
    if isinstance(tests, dict) and tests.get("url_prefix"):
        yield "tests.url_prefix is left out: students’ tests are cells"


def strings(value: Any, name: str, notebook: str) -> list[str]:
    """A setting that is a list of names.

    Raises:
        SourceError: it is something else.
    """
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise SourceError(f"{notebook}: {name} has to be a list of names, not {value!r}")
