"""Runs one Job in one sandbox and returns its Report; knows nothing of courses, students or databases."""

from gabarito.engine.pool import kept_workers, run_jobs
from gabarito.engine.worker import Worker, WorkerSpec

__all__ = ["Worker", "WorkerSpec", "kept_workers", "run_jobs"]
