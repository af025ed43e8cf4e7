"""What all reports of a course depend on, beside its notebooks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import gabarito
from gabarito.course import Course
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.sandbox import ProcessSandbox, Sandbox
from gabarito.grading import keys
from gabarito.grading.keys import Surroundings, keys_of, surroundings
from gabarito.model import JobFile
from tests.grading.courses import write_course
from tests.grading.reports import AROUND, job


class _Image(ProcessSandbox):
    """A sandbox that runs an image."""

    image = "sha256:0123"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    folder = tmp_path / "pictures" / "train"
    folder.mkdir(parents=True)
    (folder / "one.png").write_bytes(b"1")
    return write_course(tmp_path, "c.Gabarito.data = ['pictures']")


def _around(
    course: Course,
    sandbox: Sandbox | None = None,
    gpus: tuple[GpuShare, ...] = (),
    preload: tuple[str, ...] = (),
    secret: bytes = b"s",
) -> Surroundings:
    return surroundings(course, sandbox or ProcessSandbox(), gpus, preload, secret)


def test_the_same_is_the_same(course: Course) -> None:
    assert _around(course) == _around(course)
    gpu = GpuShare(Gpu("0", "GPU-1", "A100", 1 << 30))
    other = GpuShare(Gpu("1", "GPU-2", "A100", 1 << 30))
    assert _around(course, gpus=(gpu,)) == _around(course, gpus=(gpu, other)), "two of a kind"


def test_the_engine_is_more_than_its_version(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_around(course).engine]
    found.append(_around(course, _Image()).engine)
    found.append(_around(course, gpus=(GpuShare(Gpu("0", "GPU-1", "A100", 1 << 30)),)).engine)
    found.append(_around(course, gpus=(GpuShare(Gpu("0", "GPU-1", "A100", 1 << 30), 1 << 20),)).engine)
    found.append(_around(course, preload=("torch",)).engine)
    monkeypatch.setattr(gabarito, "__version__", "99")
    found.append(_around(course).engine)
    monkeypatch.setattr(keys, "worker_digest", lambda: "other sources")
    found.append(_around(course).engine)
    assert len(set(found)) == len(found)


def test_libraries_count_where_no_image_holds_them(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, in_image = _around(course), _around(course, _Image())
    (tmp_path / "site" / "torch-99.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, "", str(tmp_path / "site"), str(tmp_path / "missing")])
    assert _around(course).engine != before.engine
    assert _around(course, _Image()) == in_image


def test_data_sets_count_by_names_sizes_and_times(course: Course) -> None:
    found = [_around(course).data]
    path = course.root / "pictures" / "train" / "one.png"
    path.write_bytes(b"22")
    found.append(_around(course).data)
    os.utime(path, (1, 1))
    found.append(_around(course).data)
    path.rename(path.with_name("two.png"))
    found.append(_around(course).data)
    assert len(set(found)) == 4
    made = keys_of(job(), AROUND)
    other = keys_of(job(), Surroundings(engine="engine", data="other", seeds="seeds"))
    assert made.base != other.base
    assert made.basis.given != other.basis.given


def test_the_secret_is_not_told(course: Course) -> None:
    one, other = _around(course, secret=b"s" * 32), _around(course, secret=b"t" * 32)
    assert one.seeds != other.seeds
    assert (b"s" * 32).hex() not in one.seeds
    assert one.engine == other.engine


def test_files_of_students_and_of_instructors() -> None:
    made = keys_of(job(), AROUND)
    theirs = keys_of(replace(job(), files=(JobFile("a.txt", b"1"),)), AROUND)
    ours = keys_of(replace(job(), files=(JobFile("a.txt", b"1", True),)), AROUND)
    assert len({made.base, theirs.base, ours.base}) == 3
    assert theirs.basis.given == made.basis.given
    assert ours.basis.submission == made.basis.submission
