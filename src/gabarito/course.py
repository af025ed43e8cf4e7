"""Where a course keeps its things: nbgrader's folders and settings, and ours beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from gabarito.engine.sandbox import AUTO, NAMES, Choice, choose_sandbox
from gabarito.errors import CourseError
from gabarito.model import AssignmentContract, Limits, ReleaseRecord

CONFIG_NAME = "nbgrader_config.py"
_SHORTEST = 0.1  # seconds: less than starting a cell may take


class Gabarito(Configurable):
    """The options of `c.Gabarito` in nbgrader_config.py; each is declared here and nowhere else."""

    _defaults = Limits()

    cell_cpu_seconds = Float(_defaults.cell_cpu_seconds, min=_SHORTEST, help="CPU seconds that one cell may use.").tag(
        config=True
    )
    notebook_cpu_seconds = Float(
        _defaults.notebook_cpu_seconds, min=_SHORTEST, help="CPU seconds that one notebook may use."
    ).tag(config=True)
    cell_wall_seconds = Float(
        _defaults.cell_wall_seconds, min=_SHORTEST, help="Wall seconds of one cell; a backstop, keep it large."
    ).tag(config=True)
    idle_seconds = Float(
        _defaults.idle_seconds, min=_SHORTEST, help="Seconds that a cell may sleep without using any CPU time."
    ).tag(config=True)
    memory_mb = Int(_defaults.memory_bytes >> 20, min=16, help="Resident MiB that one submission may use.").tag(
        config=True
    )
    output_kb = Int(_defaults.output_bytes >> 10, min=1, help="KiB that one cell may write before it is stopped.").tag(
        config=True
    )
    processes = Int(_defaults.processes, min=1, help="Processes and threads that one submission may have.").tag(
        config=True
    )
    preload = List(
        Unicode(),
        help="Packages that a worker imports once, beside those that the released notebooks import.",
    ).tag(config=True)
    two_process = Bool(
        True,
        help="Run tests apart from student code where they can; the release learns which.",
    ).tag(config=True)
    gpus = Unicode(
        "auto", help="Which GPUs grading uses: 'auto', 'none', or indexes such as '0,1'; as the option --gpus."
    ).tag(config=True)
    gpu_slots = Int(1, min=1, help="Notebooks that run on one GPU at the same time.").tag(config=True)
    gpu_memory_mb = Int(
        0, min=0, help="MiB of GPU memory that one submission may use; 0 is the GPU's memory divided by its slots."
    ).tag(config=True)
    require_gpu = List(Unicode(), help="Assignments that are not graded where there is no GPU.").tag(config=True)
    sandbox = Enum(NAMES, default_value=AUTO, help="What workers run in; auto takes the strongest that works.").tag(
        config=True
    )
    image = Unicode("", help="The image that containers run; empty for the one that 'gabarito image build' makes.").tag(
        config=True
    )
    data = List(
        Unicode(), help="Folders of the course that notebooks see beside them, by their last name, read-only."
    ).tag(config=True)
    cluster = Dict(
        help="What --cluster starts and how it connects: 'local', 'slurm', 'kubernetes', 'tls', 'wait_seconds'."
    ).tag(config=True)
    scratch_mb = Int(
        _defaults.scratch_bytes >> 20, min=16, help="MiB that each temporary folder of a worker can hold."
    ).tag(config=True)

    otter_tests = Bool(
        False, help="Whether a release has its visible tests as otter's test files, for students' otter.Notebook."
    ).tag(config=True)
    nbgrader = Bool(
        False, help="Whether nbgrader's own commands grade and release with gabarito; set by configure(c)."
    ).tag(config=True)

    def limits(self) -> Limits:
        """These options as the engine's Limits."""
        return Limits(
            cell_cpu_seconds=self.cell_cpu_seconds,
            notebook_cpu_seconds=self.notebook_cpu_seconds,
            cell_wall_seconds=self.cell_wall_seconds,
            idle_seconds=self.idle_seconds,
            memory_bytes=self.memory_mb << 20,
            output_bytes=self.output_kb << 10,
            processes=self.processes,
            scratch_bytes=self.scratch_mb << 20,
        )


@dataclass(frozen=True, slots=True)
class Course:
    """One course folder. Paths are absolute; `config` is everything that nbgrader_config.py set."""

    root: Path
    config: Config
    db_url: str
    source: Path
    release: Path
    submitted: Path
    autograded: Path
    feedback: Path
    grader_tests: Path
    options: Gabarito

    @property
    def limits(self) -> Limits:
        """What one submission of this course may use."""
        return self.options.limits()

    def sandbox(self, name: str = "", *, uses_gpu: bool = False) -> Choice:
        """What the workers of this course run in.

        Args:
            name: overrides the environment's GABARITO_SANDBOX, and that overrides the course's own setting.
            uses_gpu: whether workers have GPUs, which takes another image where it is one of gabarito's.

        Raises:
            EngineError: it can't be used here; the message says why and what to do.
        """
        return choose_sandbox(self.sandbox_name(name), self.options.image, "cuda" if uses_gpu else "cpu")

    def sandbox_name(self, name: str = "") -> str:
        """The name of that sandbox, which may be `auto`."""
        return name or os.environ.get("GABARITO_SANDBOX", "") or self.options.sandbox

    def data(self) -> dict[str, str]:
        """The folders that notebooks see beside them, by name.

        Raises:
            CourseError: one of them is missing, or two have the same name.
        """
        found: dict[str, str] = {}
        for given in self.options.data:
            folder = (self.root / given).resolve()
            if not folder.is_dir():
                raise CourseError(f"c.Gabarito.data names {given!r}, but {folder} is no folder; make it or correct it")
            if folder.name in found:
                raise CourseError(
                    f"c.Gabarito.data has two folders named {folder.name!r} ({found[folder.name]} and {folder}); "
                    "rename one of them"
                )
            found[folder.name] = str(folder)
        return found

    def preload(self, record: ReleaseRecord) -> list[str]:
        """The packages that a worker imports beforehand for an assignment, each once."""
        return list(dict.fromkeys([*self.options.preload, *(name for n in record.notebooks for name in n.imports)]))

    def assignments(self) -> list[str]:
        """Names of the assignments that have a source, sorted."""
        return sorted(p.name for p in self.source.glob("*") if p.is_dir()) if self.source.is_dir() else []

    def record_path(self, assignment: str) -> Path:
        """Where the record of what was released is kept."""
        return self.grader_tests / assignment / "record.json"

    def contract_path(self, assignment: str) -> Path:
        """Where the contracts of its tests are kept."""
        return self.grader_tests / assignment / "contract.json"

    def contract(self, assignment: str) -> AssignmentContract:
        """What its tests may ask of student code; an empty one where none was learned.

        Raises:
            CourseError: the file is damaged.
        """
        path = self.contract_path(assignment)
        try:
            return msgspec.json.decode(path.read_bytes(), type=AssignmentContract)
        except FileNotFoundError:
            return AssignmentContract(assignment=assignment, notebooks=())
        except msgspec.MsgspecError as e:
            raise CourseError(
                f"the contract {path} is damaged ({e}); run 'gabarito release {assignment}' again"
            ) from None

    @property
    def secret_path(self) -> Path:
        """Where the secret is kept that the seeds of random numbers are made from."""
        return self.root / ".gabarito" / "secret"

    def record(self, assignment: str) -> ReleaseRecord:
        """What was released under this name.

        Raises:
            CourseError: nothing was released under this name, or the record is damaged.
        """
        path = self.record_path(assignment)
        try:
            return msgspec.json.decode(path.read_bytes(), type=ReleaseRecord)
        except FileNotFoundError:
            raise CourseError(self._not_released(assignment)) from None
        except msgspec.MsgspecError as e:
            raise CourseError(
                f"the release record {path} is damaged ({e}); run 'gabarito release {assignment}' again"
            ) from None

    def _not_released(self, assignment: str) -> str:
        sources = self.assignments()
        if assignment in sources:
            return (
                f"assignment {assignment!r} has not been released (no {self.record_path(assignment)}); "
                f"run 'gabarito release {assignment}' first"
            )
        released = (path.parent.name for path in self.grader_tests.glob("*/record.json"))
        near = get_close_matches(assignment, sorted({*sources, *released}), n=1)
        if near:
            return f"there is no assignment {assignment!r}; did you mean {near[0]!r}?"
        return (
            f"assignment {assignment!r} has not been released and has no source (there are: "
            f"{', '.join(sources) or 'none'}); put its notebook into {self.source / assignment}, "
            f"then run 'gabarito release {assignment}'"
        )


def find_course(start: Path) -> Course:
    """The course at `start` or in the nearest folder above it that has an nbgrader_config.py.

    Raises:
        CourseError: no folder upwards has one, or the file can't be loaded.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return load_course(folder)
    raise CourseError(
        f"no {CONFIG_NAME} in {start} or any folder above it; "
        "go to the course folder, or name it with 'gabarito --course DIR …'"
    )


def load_course(root: Path) -> Course:
    """The course whose nbgrader_config.py lies in `root`.

    Raises:
        CourseError: the file is missing or fails when it is loaded.
    """
    from nbgrader.coursedir import CourseDirectory

    root = root.resolve()
    try:
        with modules_beside(root):
            config = PyFileConfigLoader(CONFIG_NAME, path=str(root)).load_config()
    except ConfigFileNotFound:
        raise CourseError(
            f"no {CONFIG_NAME} in {root}; create one (an empty file will do) or name another folder with --course"
        ) from None
    except (Exception, SystemExit) as e:
        raise CourseError(f"{root / CONFIG_NAME} can't be loaded: {type(e).__name__}: {e}") from e
    config.CourseDirectory.root = str(root)
    try:
        directory = CourseDirectory(config=config)
    except TraitError as e:
        raise CourseError(f"{root / CONFIG_NAME}: {e}") from e
    return _course(root, directory, config)


@contextmanager
def modules_beside(root: Path) -> Iterator[None]:
    """Let modules be imported that lie beside nbgrader_config.py, as nbgrader does, where plug-ins use to be.

    Only inside the block: nothing else in the course may stand for a package, and no worker needs to see the folder.
    """
    place = str(root)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        if place in sys.path:
            sys.path.remove(place)


def course_of_nbgrader(directory: Any, config: Config) -> Course:
    """The course that a program of nbgrader's works on.

    Args:
        directory: its CourseDirectory; what the command line changed there counts.
        config: everything that was set, from all its configuration files and its command line.

    Raises:
        CourseError: its folders lie otherwise than nbgrader's own, or an option is wrong.
    """
    root = Path(directory.root).resolve()
    usual = type(directory).directory_structure.default_value
    if directory.directory_structure != usual:
        raise CourseError(
            f"c.CourseDirectory.directory_structure is {directory.directory_structure!r}, and gabarito knows "
            f"{usual!r} only; remove it, or take 'configure(c)' out of {CONFIG_NAME} to grade with nbgrader alone"
        )
    config = deepcopy(config)
    for name in _SHARED:
        config.CourseDirectory[name] = getattr(directory, name)
    config.CourseDirectory.root = str(root)
    return _course(root, directory, config)


_SHARED = (
    "db_url",
    "course_id",
    "source_directory",
    "release_directory",
    "submitted_directory",
    "autograded_directory",
    "feedback_directory",
    "ignore",
    "student_id_exclude",
    "groupshared",
    "max_file_size",
    "max_dir_size",
)
"""Options of nbgrader's CourseDirectory that a command line may have changed."""


def _course(root: Path, directory: Any, config: Config) -> Course:
    _refuse_unknown(config.Gabarito, root)
    try:
        options = Gabarito(config=config)
        _keep_timeout(options, config)
    except TraitError as e:
        raise CourseError(f"{root / CONFIG_NAME}: {e}") from e
    return Course(
        root=root,
        config=config,
        db_url=directory.db_url,
        source=root / directory.source_directory,
        release=root / directory.release_directory,
        submitted=root / directory.submitted_directory,
        autograded=root / directory.autograded_directory,
        feedback=root / directory.feedback_directory,
        grader_tests=root / "grader_tests",
        options=options,
    )


def _keep_timeout(options: Gabarito, config: Config) -> None:
    """Let nbgrader's limit of a cell hold, where the course sets that one and none of ours."""
    if "Execute" not in config or "timeout" not in config.Execute:
        return
    from nbgrader.preprocessors import Execute

    seconds = Execute(config=config).timeout
    if seconds is None or seconds <= 0:  # nbgrader's way of saying that there is no limit: ours stay
        return
    seconds = max(float(seconds), _SHORTEST)
    for name in ("cell_cpu_seconds", "idle_seconds"):
        if name not in config.Gabarito:
            setattr(options, name, seconds)
    for name in ("notebook_cpu_seconds", "cell_wall_seconds"):
        if name not in config.Gabarito:
            setattr(options, name, max(getattr(options, name), seconds))


def _refuse_unknown(ours: Config, root: Path) -> None:
    known = Gabarito.class_trait_names(config=True)
    for name in ours:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(sorted(known))}"
            raise CourseError(f"{root / CONFIG_NAME}: c.Gabarito has no option {name!r}; {hint}")
