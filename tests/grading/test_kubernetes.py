"""A class on Kubernetes: dask-kubernetes itself, and Dask's own scheduler and workers, with a stand-in for the cluster.

`make kubernetes` installs dask-kubernetes, and runs this.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gabarito.engine.cluster.connect import KINDS
from gabarito.errors import EngineError
from gabarito.grading.bulk import grade
from tests.grading.courses import hand_in, solved, write_course
from tests.grading.test_cluster import with_settings
from tests.grading.test_resume import copy_of, state

pytest.importorskip("dask_kubernetes", reason="dask-kubernetes is not installed; make kubernetes does so")
# What the packages of others do is none of our tests' faults.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_class_gets_the_scores_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.grading.kubernetes import kubernetes

    course = write_course(tmp_path / "course", "c.Gabarito.sandbox = 'process'")
    for number in range(3):
        hand_in(course, f"student-{number}", small=solved(course, triple=f"triple = None  # {number}"))
    here = copy_of(course, tmp_path / "here")
    assert grade(here, "small").is_complete
    settings = {"image": "course:1", "scheduler_service_type": "LoadBalancer", "quiet": True, "workers": 2}
    with kubernetes(tmp_path) as (cluster, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        run = grade(with_settings(course, {"kubernetes": settings}), "small", cluster="kubernetes")
        assert run.is_complete
        assert (cluster.images, cluster.refused, cluster.most) == ({"course:1"}, [], 2)
        assert cluster.is_empty, "it has given back what it asked for"
    assert state(course) == state(here)


def test_what_a_cluster_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.grading.kubernetes import kubernetes

    course = write_course(tmp_path / "course", "c.Gabarito.sandbox = 'process'")
    hand_in(course, "ana", small=solved(course))
    settings = {"quiet": True, "env": [{"name": "GOOD", "value": "1", "valeu": "2"}]}
    with kubernetes(tmp_path) as (cluster, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        with pytest.raises(EngineError, match="--cluster kubernetes can't be started"):
            grade(with_settings(course, {"kubernetes": settings}), "small", cluster="kubernetes")
        assert any("'valeu' was unexpected" in why for why in cluster.refused)
    assert not course.autograded.exists()
    assert KINDS["kubernetes"].package == "dask-kubernetes"
