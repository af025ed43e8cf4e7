"""Which assignments are graded on GPUs, and on which."""

from __future__ import annotations

from gabarito.course import Course
from gabarito.engine.gpu import GpuShare, choose_gpus, share_out
from gabarito.model import NotebookRecord, ReleaseRecord, Role
from gabarito.notebook.needs import is_timed, mentions_gpu


def gpu_shares(course: Course, record: ReleaseRecord, gpus: str | None = None) -> tuple[GpuShare, ...]:
    """The shares of GPUs that an assignment is graded on, one for each worker; none where it is graded on the CPU.

    An assignment uses GPUs where `c.Gabarito.require_gpu` names it, where its released given cells or tests mention one
    (`gabarito.notebook.needs.mentions_gpu`), and where somebody named the GPUs by their indexes.

    Args:
        gpus: as the option `--gpus`; by default `c.Gabarito.gpus`.

    Raises:
        UsageError: a GPU is named that isn't there, or none is allowed where one is required, or more memory is to be
            given out than there is.
        EngineError: one is required, and there is none, or NVML doesn't work.
    """
    options = course.options
    value = options.gpus if gpus is None else gpus
    required = record.assignment if record.assignment in options.require_gpu else ""
    if value.strip() == "auto" and not required and not wants_gpu(record):
        return ()
    chosen = choose_gpus(value, required_by=required)
    return share_out(chosen, slots=options.gpu_slots, budget_bytes=options.gpu_memory_mb << 20)


def wants_gpu(record: ReleaseRecord) -> bool:
    """Whether an assignment's own cells mention a GPU."""
    return any(mentions_gpu(_own_code(notebook)) for notebook in record.notebooks)


def has_timed_tests(notebook: NotebookRecord) -> bool:
    """Whether a verdict of this notebook rests on a clock, so that nobody else may use its GPU meanwhile."""
    return is_timed(_own_code(notebook))


def _own_code(notebook: NotebookRecord) -> list[str]:
    return [c.source for c in notebook.cells if c.cell_type == "code" and c.role in (Role.GIVEN, Role.TEST)]
