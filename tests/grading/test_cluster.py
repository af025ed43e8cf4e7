"""A class on a Dask cluster: the same scores as on this machine, and what is refused before anything is recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from distributed import LocalCluster

from gabarito.course import Course, load_course
from gabarito.engine.cluster.connect import KINDS
from gabarito.errors import CourseError, EngineError, UsageError
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.grading.secret import course_secret
from tests.engine.cluster.machines import Machines, machines
from tests.grading.courses import hand_in, solved, write_course
from tests.grading.slurm import slurm
from tests.grading.test_resume import copy_of, state


@pytest.fixture(scope="module")
def dask() -> Iterator[Machines]:
    with machines(workers=2) as made:
        yield made


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A class with right answers, wrong ones, and notebooks that hit limits, seeds and data."""
    root = tmp_path_factory.mktemp("class") / "course"
    course = write_course(root, "c.Gabarito.sandbox = 'process'\nc.Gabarito.data = ['numbers']")
    (root / "numbers").mkdir()
    (root / "numbers" / "six").write_text("6")
    answers = [
        {},
        {"triple": "triple = None"},
        {"total": "while True: pass"},
        {"triple": "import os; os._exit(3)"},
        {"total": "total = int(open('numbers/six').read())"},
        {"double": "import random; double = lambda x: random.random()\nprint(double(1))"},
    ]
    for number, each in enumerate(answers):
        hand_in(course, f"student-{number}", small=solved(course, **each))
    hand_in(course, "student-x", small=b"{")
    return course


@pytest.fixture
def course(original: Course, tmp_path: Path) -> Course:
    return copy_of(original, tmp_path / "course")


def with_settings(course: Course, settings: dict[str, Any]) -> Course:
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(f"c.Gabarito.cluster = {settings!r}\n")
    return load_course(course.root)


def test_the_scores_are_those_of_this_machine(course: Course, dask: Machines, tmp_path: Path) -> None:
    course_secret(course)
    elsewhere = copy_of(course, tmp_path / "elsewhere")
    here = grade(course, "small")
    there = grade(elsewhere, "small", cluster=dask.address)
    assert there.cluster == dask.address
    assert (there.nodes, there.workers) in ((1, 1), (2, 2), (2, 1))
    assert [(s.student, s.status, s.cells) for s in there.submissions] == [
        (s.student, s.status, s.cells) for s in here.submissions
    ]
    assert state(elsewhere) == state(course)
    assert grade(elsewhere, "small", cluster="tcp://127.0.0.1:1").by_status()[Status.KNOWN] == 6


@pytest.mark.parametrize(
    ("settings", "cluster", "error", "words"),
    [
        ({}, "10.0.0.1", UsageError, "'10.0.0.1' is neither the address of a Dask scheduler, such as tcp://"),
        ({}, "tls://10.0.0.1:8786", CourseError, "needs certificates"),
        ({"slrm": {}}, "slurm", CourseError, "unknown field `slrm`"),
        ({"slurm": {"workers": 0}}, "slurm", CourseError, "Expected `int` >= 1"),
        ({"wait_seconds": 0}, "local", CourseError, "Expected `float` > 0.0"),
        (
            {"tls": {"ca": "x", "cert": "y", "key": "z"}},
            "kubernetes",
            CourseError,
            "can't give its pods the certificates",
        ),
        ({"tls": {"ca": "x", "cert": "y", "key": "z"}}, "local", CourseError, "'x', and .*/x is no file"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    course: Course, settings: dict[str, Any], cluster: str, error: type[Exception], words: str
) -> None:
    course = with_settings(course, settings)
    with pytest.raises(error, match=words):
        grade(course, "small", cluster=cluster)
    assert not (course.root / "gradebook.db").exists()


def test_gpus_of_this_machine_mean_nothing_there(course: Course) -> None:
    with pytest.raises(UsageError, match="--gpus '0' names GPUs of one machine"):
        grade(course, "small", cluster="local", gpus="0")
    course.options.require_gpu = ["small"]
    with pytest.raises(UsageError, match="'small' requires a GPU"):
        grade(course, "small", cluster="local", gpus="none")


def test_a_gpu_that_no_node_offers_is_an_error_at_once(course: Course, dask: Machines) -> None:
    course.options.require_gpu = ["small"]
    with pytest.raises(EngineError, match="it offers no GPU"):
        grade(course, "small", cluster=dask.address)
    assert not course.autograded.exists()


def test_a_package_that_is_missing_is_named(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_kubernetes", None)
    with pytest.raises(EngineError, match="--cluster kubernetes needs dask-kubernetes"):
        grade(course, "small", cluster="kubernetes")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError, match=r"--cluster needs Dask; install it with: pip install 'gabarito\[cluster\]'"):
        grade(course, "small", cluster="kubernetes")


def test_kubernetes_gets_the_courses_settings(course: Course, dask: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for dask-kubernetes, which a test can't have a cluster for."""
    seen: list[Any] = []

    def made(*, name: str, image: str, n_workers: int, custom_cluster_spec: dict[str, Any]) -> LocalCluster:
        seen.append((name, image, n_workers))
        seen.append([custom_cluster_spec["spec"][p]["spec"]["containers"][0]["args"] for p in ("scheduler", "worker")])
        return LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0")

    stand_in = ModuleType(KINDS["kubernetes"].module)
    stand_in.KubeCluster = made  # type: ignore[attr-defined]
    stand_in.make_cluster_spec = _cluster_spec  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dask_kubernetes", ModuleType("dask_kubernetes"))
    monkeypatch.setitem(sys.modules, stand_in.__name__, stand_in)
    changed = with_settings(course, {"kubernetes": {"image": "course:1", "workers": 7}})
    assert grade(changed, "small", students=["student-0"], cluster="kubernetes").is_complete
    assert seen == [("gabarito", "course:1", 7), [["dask", "scheduler", "course:1"], ["own", "worker"]]]
    changed = with_settings(course, {"kubernetes": {"imag": "course:1"}})
    with pytest.raises(EngineError, match=r"can't be started: TypeError: .* unexpected keyword argument 'imag'"):
        grade(changed, "small", cluster="kubernetes", force=True)


def _cluster_spec(name: str, image: str = "") -> dict[str, Any]:
    """In the place of dask-kubernetes' own."""
    commands = {"scheduler": ["dask-scheduler", image], "worker": ["own", "worker"]}
    return {"spec": {part: {"spec": {"containers": [{"args": args}]}} for part, args in commands.items()}}


def test_a_cluster_of_this_machine_is_started_and_ended(course: Course) -> None:
    run = grade(with_settings(course, {"local": {"workers": 1}}), "small", students=["student-0"], cluster="local")
    assert (run.is_complete, run.nodes) == (True, 1)


def test_slurm_runs_the_workers(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"workers": 1, "memory": "1GB", "interface": "lo", "log_directory": str(course.root)}
    with slurm(monkeypatch):
        run = grade(with_settings(course, {"slurm": settings}), "small", students=["student-1"], cluster="slurm")
        greedy = with_settings(course, {"slurm": settings | {"memory": "9TB"}})
        with pytest.raises(EngineError, match="Requested node configuration is not available"):
            grade(greedy, "small", students=["student-1"], cluster="slurm", force=True)
    assert (run.is_complete, run.nodes) == (True, 1)
    assert run.submissions[0].points < run.submissions[0].max_points
