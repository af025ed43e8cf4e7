"""Where a class is graded that is too large for one machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gabarito
from gabarito.course import Course
from gabarito.engine.cluster.connect import Settings, open_client, read_settings
from gabarito.engine.cluster.setup import Data, Gpus, Setup
from gabarito.engine.data import data_digest
from gabarito.engine.sandbox import AUTO, Sandbox, choose_sandbox, make_sandbox
from gabarito.engine.schedule import Crew
from gabarito.engine.worker import WorkerSpec
from gabarito.errors import CourseError, UsageError
from gabarito.grading.gpus import wants_gpu
from gabarito.model import ReleaseRecord


@dataclass(slots=True)
class Cluster:
    """A run's machines, by `--cluster`.

    Attributes:
        where: a scheduler's address, or what to start.
        weak: collects what workers can't hold on those machines.
        said: collects which machines are not used, and why.
        nodes: how many Dask workers were used.
        slots: how many notebooks ran at the same time, at most.
    """

    course: Course
    where: str
    settings: Settings
    sandbox: Sandbox
    uses_gpu: bool
    weak: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    nodes: int = 0
    slots: int = 0

    @contextlib.contextmanager
    def opened(self, spec: WorkerSpec) -> Iterator[Crew]:
        """A block in which jobs run there, with workers that are so.

        Raises:
            CourseError: a data folder can't be read.
            EngineError: there is no scheduler, or none of its workers can be used.
        """
        options = self.course.options
        setup = Setup(
            version=gabarito.__version__,
            preload=spec.preload,
            hide=spec.hide,
            data={name: _data(path) for name, path in spec.data.items()},
            limits=spec.limits,
            sandbox=self.sandbox.name,
            image=options.image,
            gpus=Gpus(options.gpu_slots, options.gpu_memory_mb << 20) if self.uses_gpu else None,
        )
        with open_client(self.where, self.settings) as (client, patience):
            from gabarito.engine.cluster.nodes import Nodes

            nodes = Nodes(client, setup, patience=patience)
            with nodes.opened() as crew:
                try:
                    yield Crew(crew.executor, crew.run, lambda: self._count(crew.slots()))
                finally:
                    self.weak |= nodes.weak
                    self.said |= nodes.said
                    self.nodes = len(nodes.names)

    def _count(self, slots: int) -> int:
        self.slots = max(self.slots, slots)
        return slots


def cluster_of(course: Course, record: ReleaseRecord, where: str, gpus: str | None, sandbox: str) -> Cluster:
    """The machines of a run; nothing is asked of them yet.

    Args:
        where: a scheduler's address, or what to start.
        gpus: `auto` or `none`; by default the course's setting.
        sandbox: its name; `auto` stands for the strongest that works on this machine, and each of those has to have it.

    Raises:
        UsageError: there is no such sandbox, `where` means nothing, or `gpus` names this machine's own.
        CourseError: `c.Gabarito.cluster` is wrong.
        EngineError: the sandbox is `auto`, and this machine has none.
    """
    settings = read_settings(where, course.options.cluster, course.root)
    value = (course.options.gpus if gpus is None else gpus).strip()
    required = record.assignment in course.options.require_gpu
    if value not in ("auto", "none"):
        raise UsageError(
            f"--gpus {value!r} names GPUs of one machine; with --cluster it is 'auto' or 'none', and Dask workers "
            "offer theirs with --resources GPU=1"
        )
    if required and value == "none":
        raise UsageError(
            f"the assignment {record.assignment!r} requires a GPU (c.Gabarito.require_gpu); use --gpus auto"
        )
    uses_gpu = value == "auto" and (required or wants_gpu(record))
    name, target = course.sandbox_name(sandbox), "cuda" if uses_gpu else "cpu"
    image = course.options.image
    chosen = choose_sandbox(name, image, target).sandbox if name == AUTO else make_sandbox(name, image, target)
    return Cluster(course, where, settings, chosen, uses_gpu)


def _data(path: str) -> Data:
    try:
        return Data(path, data_digest(Path(path)))
    except OSError as e:
        raise CourseError(f"the data folder {path} can't be read ({e.strerror}); correct c.Gabarito.data") from None
