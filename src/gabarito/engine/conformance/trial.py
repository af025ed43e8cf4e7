"""One sandbox on trial: a worker in it, what student code finds out there, and what the host sees."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from gabarito.engine.conformance.grounds import DATA_NAME, Grounds
from gabarito.engine.sandbox import Command, Request, Sandbox
from gabarito.engine.template import Template
from gabarito.engine.worker import Worker, WorkerSpec
from gabarito.errors import EngineError
from gabarito.model import Job, JobCell, Limits, Outcome, Report, Role

LIMITS = Limits(
    cell_cpu_seconds=20.0,
    notebook_cpu_seconds=60.0,
    cell_wall_seconds=60.0,
    idle_seconds=20.0,
    memory_bytes=96 << 20,
    output_bytes=1 << 20,
    kept_output_bytes=256 << 10,
    open_files=128,
    processes=32,
    file_bytes=8 << 20,
    scratch_bytes=32 << 20,
)
"""Wide where a slow machine takes longer, tight where something has to be used up."""

T = TypeVar("T")
_WORKERS_OWN_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Tried:
    """A sandbox whose workers import little, so that less has to be used up to reach their limit.

    Attributes:
        inner: the sandbox itself.
        commands: those that it was asked for, in order.
    """

    inner: Sandbox
    commands: list[Command] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The sandbox's."""
        return self.inner.name

    @property
    def image(self) -> str:
        """The sandbox's."""
        return self.inner.image

    @property
    def lacks(self) -> Mapping[str, str]:
        """The sandbox's."""
        return self.inner.lacks

    @property
    def forks_workers(self) -> bool:
        """The sandbox's."""
        return self.inner.forks_workers

    def problem(self) -> str:
        """The sandbox's."""
        return self.inner.problem()

    def command(self, request: Request) -> Command:
        """The sandbox's, with less memory for the worker itself."""
        command = self.inner.command(replace(request, own_bytes=_WORKERS_OWN_BYTES))
        self.commands.append(command)
        return command

    def root(self, command: Command, pid: int) -> int:
        """The sandbox's."""
        return self.inner.root(command, pid)

    def stop(self, command: Command) -> None:
        """As the sandbox does."""
        self.inner.stop(command)

    def advice(self, said: str) -> str:
        """The sandbox's."""
        return self.inner.advice(said)


class Trial:
    """A sandbox on trial. Its worker starts when it is first needed, and again after it has broken."""

    def __init__(self, sandbox: Sandbox, grounds: Grounds, *, forks: bool = False) -> None:
        """Args: what is tried, what lies outside of it, and whether workers are forked from a template."""
        self.sandbox = sandbox
        self._template: Template | None = None
        self._forks = forks
        self.grounds = grounds
        self.spec = WorkerSpec(
            hide=(str(grounds.course),), data={DATA_NAME: str(grounds.data)}, limits=LIMITS, sandbox=Tried(sandbox)
        )
        self._worker: Worker | None = None
        self._done: dict[Callable[[Trial], Any], Any] = {}

    @property
    def worker(self) -> Worker:
        """The worker that runs now.

        Raises:
            EngineError: it does not start.
        """
        if self._worker is None:
            if self._forks and self._template is None:
                self._template = Template(self.spec)
            self._worker = Worker(self.spec, None, self._template)
        return self._worker

    def run(self, *sources: str, limits: Limits = LIMITS) -> Report:
        """The report of a notebook with these cells.

        Raises:
            EngineError: the worker broke; the next run has a fresh one.
        """
        try:
            return self.worker.run(plain_job(*sources, limits=limits))
        except EngineError:
            self.close()
            raise

    def look(self, probe: ModuleType, **given: Any) -> Any:
        """What a probe finds out as student code.

        Raises:
            EngineError: the worker broke, or the probe did not come to its end.
        """
        cell = self.run(cell_of(probe, **given)).cells[0]
        if cell.outcome is not Outcome.PASSED:
            raise EngineError(f"student code that only looks ended as {cell.outcome.value}: {cell.message}")
        return told(cell.outputs)

    def once(self, attempt: Callable[[Trial], T]) -> T:
        """What came of an attempt that several promises look at: it is made once."""
        if attempt not in self._done:
            self._done[attempt] = attempt(self)
        found: T = self._done[attempt]
        return found

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            worker, self._worker = self._worker, None
            worker.close()
        if self._template is not None:
            template, self._template = self._template, None
            template.close()

    def __enter__(self) -> Trial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def plain_job(*sources: str, limits: Limits = LIMITS) -> Job:
    """A job whose cells are all the student's."""
    cells = tuple(JobCell(index=i, id=f"cell-{i}", role=Role.PLAIN, source=source) for i, source in enumerate(sources))
    return Job(key="conformance", cells=cells, limits=limits)


def cell_of(probe: ModuleType, **given: Any) -> str:
    """A cell with a probe's text, which looks and prints what it found as the last line."""
    return f"{inspect.getsource(probe)}\nimport json\nprint(json.dumps(look(json.loads({json.dumps(given)!r}))))\n"


def told(outputs: tuple[dict[str, Any], ...]) -> Any:
    """What a probe printed.

    Raises:
        EngineError: it printed nothing that could be read.
    """
    text = "".join(o.get("text", "") for o in outputs if o.get("name") == "stdout")
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise EngineError(f"student code that only looks printed {text[-200:]!r}") from None
