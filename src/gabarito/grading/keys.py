"""The names of reports: hashes of everything that a job's report, and the verdict of each of its tests, depend on."""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

import gabarito
from gabarito.course import Course
from gabarito.engine.data import data_digest
from gabarito.engine.gpu import GpuShare
from gabarito.engine.image import worker_digest
from gabarito.engine.sandbox import Sandbox
from gabarito.model import Basis, Job, JobCell, Role
from gabarito.notebook.influence import Influences, read_influences

_INSTRUCTORS = frozenset({Role.GIVEN, Role.TEST})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all jobs of a run have in common, as digests. Made by `surroundings`."""

    engine: str
    data: str
    seeds: str
    secret: bytes = field(default=b"", repr=False)
    """From which seeds of parts are made that several hand-ins share; nobody can tell the course's secret by it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of what is to be known about one job. Made by `keys_of`."""

    base: str
    """Of everything but the tests: the name of the store's entry."""
    whole: str
    """Of everything: the name of the report."""
    basis: Basis


def surroundings(
    course: Course,
    sandbox: Sandbox,
    gpus: Sequence[GpuShare],
    preload: Iterable[str],
    secret: bytes,
    *,
    uses_other_gpu: bool = False,
) -> Surroundings:
    """What reports of this course depend on beside its notebooks, as it is now.

    Args:
        gpus: what workers have of GPUs.
        preload: what workers import beforehand.
        secret: the course's secret, of which a digest is taken.
        uses_other_gpu: whether workers have GPUs of other machines, of which nothing is known here.

    Raises:
        CourseError: a data folder is missing.
        OSError: one of its files can't be looked at.
    """
    libraries = [] if sandbox.image else [sys.version, *_installed()]
    shares = sorted({(share.gpu.name, share.gpu.memory_bytes, share.budget_bytes) for share in gpus})
    worker = (gabarito.__version__, worker_digest(), sandbox.name, sandbox.image, libraries)
    engine = (worker, shares, uses_other_gpu, list(preload))
    return Surroundings(
        engine=_digest(engine),
        data=_digest([(n, data_digest(Path(f), with_times=True)) for n, f in sorted(course.data().items())]),
        seeds=hmac.digest(secret, b"name of the secret", "sha256").hex(),
        secret=hmac.digest(secret, b"seeds of shared parts", "sha256"),
    )


def keys_of(job: Job, around: Surroundings) -> Keys:
    """The names of a job's report and of the entry that holds it.

    Where a cell stands is part of them only where messages say so: in cells that have no grade id.
    """
    own = [cell for cell in job.cells if cell.role is not Role.TEST]
    tests = [cell for cell in job.cells if cell.role is Role.TEST]
    basis = Basis(
        submission=_digest(
            ([_plain(c) for c in own if c.role is not Role.GIVEN], [_file(f) for f in job.files if not f.given])
        ),
        given=_digest(
            ([_plain(c) for c in own if c.role is Role.GIVEN], [_file(f) for f in job.files if f.given], around.data)
        ),
        limits=_digest(job.limits),
        engine=around.engine,
        seeds=around.seeds,
        tests={cell.id: _digest(_test(cell)) for cell in tests},
    )
    common = (basis.submission, basis.given, basis.limits, basis.engine, job.seed, job.kernel)
    base = _digest((common, [cell.role in _INSTRUCTORS for cell in own]))
    whole = _digest((base, job.exclusive, [basis.tests.get(cell.id, "") for cell in job.cells]))
    return Keys(base=base, whole=whole, basis=msgspec.structs.replace(basis, stored=base))


@dataclass(frozen=True, slots=True)
class VerdictKeys:
    """The names of the verdicts of one job's tests. Made by `test_keys`."""

    names: Mapping[str, str]
    """By grade id."""
    influences: Influences


def test_keys(job: Job, keys: Keys) -> VerdictKeys:
    """The names of each test's verdict, and which tests it may depend on.

    A verdict depends on everything but the tests, on how many of the other cells stand before the test, on the test
    itself, and on those tests before it that may influence it.
    """
    found: dict[str, str] = {}
    known = read_influences(job.cells, [file.path for file in job.files])
    place = 0
    for cell in job.cells:
        if cell.role is not Role.TEST:
            place += 1
            continue
        others = [found[other] for other in known.meets[cell.id]]
        found[cell.id] = _digest((place, keys.basis.tests[cell.id], others))
    return VerdictKeys(found, known)


def part_key(job: Job, keys: Keys) -> str:
    """The name of what comes of a part of a job in which nothing of the rest makes a difference: of what is run.

    Args:
        job: the part.
        keys: of the whole.
    """
    common = (keys.basis.given, keys.basis.limits, keys.basis.engine, keys.basis.seeds, job.kernel)
    cells = [keys.basis.tests[cell.id] if cell.role is Role.TEST else _plain(cell) for cell in job.cells]
    return _digest((common, job.exclusive, job.beginning, cells))


def part_seed(key: str, around: Surroundings) -> int:
    """63 bits for a part of this name that nobody can tell without the secret."""
    return int.from_bytes(hmac.digest(around.secret, key.encode(), "sha256")[:8], "big") >> 1


def _plain(cell: JobCell) -> tuple[Any, ...]:
    return (cell.role, cell.source, cell.index if cell.role is Role.PLAIN else cell.id)


def _test(cell: JobCell) -> tuple[Any, ...]:
    return (cell.id, cell.source, [(h.first, h.last) for h in cell.hidden], cell.contract, cell.timed)


def _file(file: Any) -> tuple[str, bytes]:
    return file.path, hashlib.sha256(file.content).digest()


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(value)).hexdigest()


def _installed() -> list[str]:
    """Names and versions of the packages that this Python finds, as their folders are called: reading them is slow."""
    folders = [Path(folder) for folder in sys.path if folder and os.path.isdir(folder)]
    return sorted({each.name for folder in folders for each in folder.glob("*.dist-info")})
