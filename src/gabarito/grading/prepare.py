"""From a submission's files to jobs that are ready to run."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from nbgrader.utils import find_all_files
from traitlets.config.loader import LazyConfigValue

import gabarito
from gabarito.course import Course
from gabarito.errors import SubmissionError
from gabarito.exchange import Submission
from gabarito.exchange.readable import read_file, read_submitted
from gabarito.exchange.submissions import TIMESTAMP, ignored_names
from gabarito.grading.gpus import has_timed_tests
from gabarito.model import (
    AssignmentContract,
    Contract,
    Job,
    JobFile,
    NotebookContract,
    NotebookRecord,
    ReleaseRecord,
    Role,
)
from gabarito.notebook.cells import grade_id
from gabarito.notebook.job import job_cells
from gabarito.notebook.language import kernel_of
from gabarito.notebook.otter import with_client
from gabarito.notebook.restore import Restored, restore

_LARGEST_FILES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Prepared:
    """One submission, restored: what to run, by notebook name."""

    submission: Submission
    restored: Mapping[str, Restored]
    jobs: Mapping[str, Job]
    files: tuple[JobFile, ...]
    """Files beside the notebooks, as they are graded and kept."""


def prepare(
    course: Course,
    record: ReleaseRecord,
    submission: Submission,
    given: Mapping[str, bytes],
    contracts: Mapping[str, NotebookContract],
    *,
    secret: bytes,
    late: str = "",
) -> Prepared:
    """Restore a submission's notebooks and make a job of each.

    Args:
        given: the assignment's own data files, which overwrite the student's.
        contracts: what the tests of each notebook may ask of student code; without one they run in shared mode.
        secret: `course_secret`, from which the seeds are made.
        late: what the late penalty depends on; part of the jobs' keys.

    Raises:
        SubmissionError: a notebook, a file or the folder can't be read, the files are too large together, or its
            timestamp is none.
    """
    if submission.problem:
        raise SubmissionError(submission.problem)
    if submission.timestamp is None and submission.stamp is not None and submission.stamp.strip():
        raise SubmissionError(
            f"{submission.folder / TIMESTAMP} holds no time ({submission.stamp[:40].decode(errors='replace')!r}), so "
            "nobody knows whether it is late; write the time of the hand-in, such as 2026-01-31 12:00:00 UTC, or "
            "remove the file"
        )
    files = _files(course, submission, given)
    restored: dict[str, Restored] = {}
    jobs: dict[str, Job] = {}
    for notebook in record.notebooks:
        path = submission.notebooks.get(notebook.name)
        if path is None:
            continue
        restored[notebook.name] = made = restore(read_submitted(read_file(path), path), notebook)
        known = contracts.get(notebook.name)
        jobs[notebook.name] = _job(course, submission, notebook, known, made, files, secret, late)
    if not jobs:
        wanted = " and ".join(f"{n.name}.ipynb" for n in record.notebooks)
        there = ", ".join(f"{name}.ipynb" for name in submission.notebooks)
        found = f"no notebook of this assignment, but {there}" if there else "no notebook"
        raise SubmissionError(f"{submission.folder} holds {found}; this assignment needs {wanted}")
    return Prepared(submission, restored, jobs, files)


@dataclass(frozen=True, slots=True)
class HandIns:
    """Digests of hand-ins as they lie there: one that has not changed needn't be restored. Made by `hand_ins`."""

    _common: Mapping[str, bytes]
    """By notebook, what all hand-ins share."""

    def digests(self, submission: Submission, late: str) -> dict[str, str]:
        """By notebook, of all that `prepare` makes its job from, and of what the job's key holds besides.

        Raises:
            SubmissionError: a file can't be read.
        """
        files = hashlib.sha256(
            msgspec.msgpack.encode((submission.student, submission.timestamp, submission.stamp, late))
        )
        for name, path in sorted(submission.files.items()):
            files.update(f"{name}\0".encode() + _digest_of(path))
        found = {}
        for name in sorted(self._common.keys() & submission.notebooks.keys()):
            digest = files.copy()
            digest.update(self._common[name] + read_file(submission.notebooks[name]))
            found[name] = digest.hexdigest()
        return found


def hand_ins(
    course: Course, record: ReleaseRecord, given: Mapping[str, bytes], contract: AssignmentContract
) -> HandIns:
    """What digests the hand-ins of an assignment; arguments as of `prepare`."""
    files = [(name, hashlib.sha256(content).digest()) for name, content in sorted(given.items())]
    excluded = sorted(_excluded(course, record.assignment))
    shared = (gabarito.__version__, record.assignment, files, contract, course.limits, excluded)
    return HandIns({n.name: hashlib.sha256(msgspec.msgpack.encode((shared, n))).digest() for n in record.notebooks})


def given_files(course: Course, assignment: str) -> dict[str, bytes]:
    """The assignment's own data files by relative POSIX path: from its source as nbgrader, else from its release."""
    folder = course.source / assignment
    if folder.is_dir():
        ignored = [*ignored_names(course), "*.ipynb"]
        found = [Path(p) for p in sorted(find_all_files(str(folder), ignored))]
    else:
        folder = course.release / assignment
        found = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".ipynb"]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def _files(course: Course, submission: Submission, given: Mapping[str, bytes]) -> tuple[JobFile, ...]:
    kept = _excluded(course, submission.assignment)
    contents = dict(given)
    size = sum(map(len, contents.values()))
    for name, path in submission.files.items():
        if name in contents and name not in kept:
            continue
        try:
            size += path.stat().st_size
            if size > _LARGEST_FILES:
                raise SubmissionError(
                    f"its files are larger than {_LARGEST_FILES >> 20} MiB together ({name} is the first too many); "
                    "remove what isn't needed"
                )
            contents[name] = path.read_bytes()
        except OSError as e:
            raise SubmissionError(f"{name} can't be read ({e.strerror})") from None
    return tuple(JobFile(name, contents[name], contents[name] is given.get(name)) for name in sorted(contents))


def _digest_of(path: Path) -> bytes:
    """Of a file's content; of one that is too large to be graded, only its size."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return str(size).encode() if size > _LARGEST_FILES else hashlib.file_digest(file, "sha256").digest()
    except OSError as e:
        raise SubmissionError(f"{path.name} can't be read ({e.strerror})") from None


def _excluded(course: Course, assignment: str) -> set[str]:
    """Names of given files that a student's own ones replace."""
    excluded = course.config.Autograde.get("exclude_overwriting", {})
    if isinstance(excluded, LazyConfigValue):  # from c.Autograde.exclude_overwriting.update(…)
        excluded = excluded.get_value({})
    return set(excluded.get(assignment, ()))


def _job(
    course: Course,
    submission: Submission,
    notebook: NotebookRecord,
    contract: NotebookContract | None,
    restored: Restored,
    files: tuple[JobFile, ...],
    secret: bytes,
    late: str,
) -> Job:
    regions = {cell.id: cell.hidden for cell in notebook.cells}
    contracts: Mapping[str, Contract] = contract.tests if contract is not None else {}
    cells = tuple(
        msgspec.structs.replace(cell, contract=contracts.get(cell.id)) if cell.role is Role.TEST else cell
        for cell in job_cells(restored.notebook, lambda cell: regions.get(grade_id(cell) or "", ()))
    )
    job = Job(
        key="",
        cells=cells,
        files=with_client(cells, files),
        limits=course.limits,
        exclusive=has_timed_tests(notebook),
        kernel=kernel_of(notebook.kernelspec),
    )
    # Everything that the result depends on, so that a submission with the same key needn't be graded again. Not the
    # seed: whoever loses the secret would have to grade everybody again.
    whose = (submission.assignment, submission.student, submission.timestamp)
    about = (gabarito.__version__, notebook.name, [(cell.id, cell.points) for cell in notebook.cells], late)
    key = hashlib.sha256(msgspec.msgpack.encode((about, whose, job))).hexdigest()
    beginning = _beginning(job, contract.beginning) if contract is not None else 0
    seed = _seed(secret, submission.assignment, notebook.name, job)
    return msgspec.structs.replace(job, key=key, seed=seed, beginning=beginning)


def _beginning(job: Job, shared: tuple[str, ...]) -> int:
    """How many cells it shares with other submissions: none where files of the student's lie beside the notebook."""
    first = job.cells[: len(shared)]
    is_common = tuple(cell.id for cell in first) == shared and all(cell.role is Role.GIVEN for cell in first)
    return len(shared) if is_common and all(file.given for file in job.files) else 0


def _seed(secret: bytes, assignment: str, notebook: str, job: Job) -> int:
    """63 bits that nobody can tell without the secret, the same each time that this content is graded.

    They depend on what the student wrote, and on no test: the same answers get the same points, whoever hands them in,
    and a test that is mended leaves the numbers that the others saw.
    """
    cells = [(cell.role, cell.source) for cell in job.cells if cell.role not in (Role.GIVEN, Role.TEST)]
    files = [(file.path, file.content) for file in job.files if not file.given]
    what = b"seed\0" + msgspec.msgpack.encode((assignment, notebook, cells, files))
    return int.from_bytes(hmac.digest(secret, what, "sha256")[:8], "big") >> 1
