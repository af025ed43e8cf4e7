"""A released notebook as an autograder of otter's: the zip that `otter run`, `otter grade` and Gradescope take."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path
from tempfile import TemporaryDirectory

import gabarito
from gabarito.course import Course
from gabarito.errors import CourseError, EngineError, UsageError
from gabarito.gradebook.export import Export
from gabarito.model import NotebookRecord, RecordCell, ReleaseRecord, Role
from gabarito.notebook.language import kernel_of, language_of
from gabarito.release.otter_files import FOLDER, ends_with_score, otter_file, tested_cells

_NAME = "gabarito"
# What `gabarito.testing` may import besides torch, which a test that needs it imports itself.
_OF_ASSERTIONS = ("mpmath", "numpy")
REQUIREMENTS, ENVIRONMENT, CONFIG = "requirements.txt", "environment.yml", "otter_config.json"


def autograder_export(course: Course, name: str) -> Export:
    """The autograder zip of one notebook, made by `otter generate`.

    In it are the test files of the release, the files beside the notebook, the course's data folders and, where tests
    use them, Gabarito's assertions. Its packages are those of `grader_tests/ASSIGNMENT/requirements.txt` or of the
    released `requirements.txt`, else those that the notebook imports, in the versions that are installed here;
    `environment.yml` and `otter_config.json` in `grader_tests/ASSIGNMENT` are handed to otter.

    Args:
        name: of the assignment; of one with several notebooks, `ASSIGNMENT/NOTEBOOK`.

    Raises:
        CourseError: nothing was released under this name, it has no tests in Python, or a data folder is missing.
        UsageError: it has several notebooks, or none of this name.
        EngineError: otter is not installed, or could not make the file.
    """
    assignment, _, wanted = name.partition("/")
    record = course.record(assignment)
    notebook = _notebook(record, wanted)
    cells = tested_cells(notebook)
    if kernel_of(notebook.kernelspec):
        language = language_of(notebook.kernelspec)
        raise CourseError(f"{notebook.name}.ipynb is in {language}, and otter’s test files are Python; grade it here")
    if not cells:
        raise CourseError(f"{notebook.name}.ipynb has no tests, so there is nothing that otter could run")
    with TemporaryDirectory(prefix="gabarito-otter-") as folder:
        content, missing = _generate(course, record.assignment, notebook, cells, Path(folder))
    several = f"{assignment}-{notebook.name}" if len(record.notebooks) > 1 else assignment
    return Export(f"{several}-autograder.zip", content, tuple(_notes(notebook, cells, missing)))


def _notebook(record: ReleaseRecord, wanted: str) -> NotebookRecord:
    names = [n.name for n in record.notebooks]
    found = record.notebook(wanted.removesuffix(".ipynb") if wanted else names[0])
    choices = ", ".join(f"{record.assignment}/{n}" for n in names)
    if found is None:
        raise UsageError(f"{record.assignment!r} has no notebook {wanted!r}; it has: {choices}")
    if not wanted and len(names) > 1:
        raise UsageError(f"{record.assignment!r} has {len(names)} notebooks, and otter grades one: name {choices}")
    return found


def _generate(
    course: Course, assignment: str, notebook: NotebookRecord, cells: Iterable[RecordCell], scratch: Path
) -> tuple[bytes, list[str]]:
    """The zip, and what was imported that no requirement stands for."""
    if importlib.util.find_spec("otter") is None:
        raise EngineError("otter makes this file, and it is not installed here; pip install otter-grader")
    tests, files, target = scratch / FOLDER, scratch / "files", scratch / "autograder.zip"
    tests.mkdir()
    files.mkdir()
    for cell in cells:
        (tests / f"{cell.id}.py").write_text(otter_file(cell, f"{notebook.name}.ipynb"), encoding="utf-8")
    _link(_beside(course, assignment), files)
    imported = {module.partition(".")[0] for module in notebook.imports}
    if _NAME in imported:
        _copy_assertions(files / _NAME)
    ours = course.grader_tests / assignment
    written = next((p for p in (ours / REQUIREMENTS, files / REQUIREMENTS) if p.is_file()), None)
    requirements, missing = ([], []) if written else _requirements({*imported, *course.options.preload})
    if written is None:
        written = scratch / REQUIREMENTS
        written.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    environment, config = ours / ENVIRONMENT, ours / CONFIG
    command = [
        *(sys.executable, "-m", "otter", "generate", "--tests-dir", tests, "--output-path", target),
        *("--requirements", written, "--python-version", f"{sys.version_info.major}.{sys.version_info.minor}"),
        *(("--environment", environment) if environment.is_file() else ("--no-environment",)),
        *(("--config", config) if config.is_file() else ("--no-config",)),
        *("--", *sorted(path.name for path in files.iterdir())),
    ]
    done = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False)
    if done.returncode or not target.is_file():
        raise EngineError(f"otter could not make the autograder: {_last_line(done.stderr or done.stdout)}")
    return target.read_bytes(), missing


def _beside(course: Course, assignment: str) -> Iterator[Path]:
    """What lies beside the notebook when it is graded."""
    folder = course.release / assignment
    if not folder.is_dir():
        raise CourseError(f"there is no folder {folder}; run 'gabarito release {assignment}' first")
    for path in sorted(folder.iterdir()):
        # Otter puts its own folder of tests in the place of a student's.
        if path.suffix != ".ipynb" and path.name != FOLDER.name:
            yield path
    yield from map(Path, course.data().values())


def _link(paths: Iterable[Path], folder: Path) -> None:
    for path in paths:
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path.resolve())


def _copy_assertions(target: Path) -> None:
    """`gabarito.testing` alone, which needs nothing else of the package: no index of packages need have it."""
    package = Path(gabarito.__file__).parent
    for path in (package / "__init__.py", *sorted((package / "testing").rglob("*.py"))):
        place = target / path.relative_to(package)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())


def _requirements(imported: set[str]) -> tuple[list[str], list[str]]:
    """Packages with the versions that are installed here, and modules that no installed package has."""
    modules = imported - set(sys.stdlib_module_names) - {_NAME}
    if _NAME in imported:
        modules |= {m for m in _OF_ASSERTIONS if importlib.util.find_spec(m) is not None}
    known = packages_distributions()
    packages = {known[module][0] for module in modules if module in known}
    # A local version such as 2.5.1+cpu is on no public index.
    lines = sorted((f"{p}=={version(p).partition('+')[0]}" for p in packages), key=str.casefold)
    return lines, sorted(modules - known.keys())


def _notes(notebook: NotebookRecord, cells: Iterable[RecordCell], missing: Iterable[str]) -> Iterator[str]:
    by_hand = [c.id for c in notebook.cells if c.role in (Role.MANUAL, Role.TASK)]
    if by_hand:
        yield f"a person gives the points of {', '.join(by_hand)}, which otter knows nothing of"
    for cell in cells:
        if ends_with_score(cell):
            yield f"{cell.id} gives all of its points or none in otter, and here a part of them, too"
    for module in missing:
        yield (
            f"the notebook imports {module}, which no package here has; list the packages in "
            f"grader_tests/…/{REQUIREMENTS} and export again"
        )


def _last_line(text: str) -> str:
    return text.strip().rsplit("\n", 1)[-1] or "it said nothing"
