"""What a students' version has for otter: where each test runs and, where the course wants it, its visible tests."""

from __future__ import annotations

import json
from pathlib import Path

from gabarito.errors import SourceError
from gabarito.model import ReleaseRecord
from gabarito.release.otter_files import tested_cells, visible_files


def mark_tests(folder: Path, record: ReleaseRecord) -> None:
    """Say in each test cell of the notebooks in `folder` which of otter's tests runs behind it.

    Without that, otter runs all tests behind the last cell, where a later exercise may have given a name of an earlier
    one another value. nbgrader and Gabarito run each test in its place.
    """
    for known in record.notebooks:
        tests = {cell.id for cell in tested_cells(known)}
        path = folder / f"{known.name}.ipynb"
        notebook = json.loads(path.read_bytes())
        for cell in notebook["cells"]:
            if (found := cell["metadata"].get("nbgrader", {}).get("grade_id")) in tests:
                cell["metadata"]["otter"] = {"tests": [found]}
        if tests:
            text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)  # as nbformat writes it
            path.write_text(text + "\n", encoding="utf-8")


def add_visible_tests(folder: Path, record: ReleaseRecord) -> None:
    """Write what students see of each test as otter's test files beside the notebooks in `folder`.

    Raises:
        SourceError: the instructor has released a file of that name.
    """
    for place, text in visible_files(record).items():
        path = folder / place
        if path.exists():
            raise SourceError(
                f"source/{record.assignment}/{place} is in the way: with c.Gabarito.otter_tests = True the release "
                "writes a file of this name; remove yours, or give the test cell another id"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
