"""Real Dask workers: what they get to see, what becomes of those that can't be used, and of those that go away."""

from __future__ import annotations

import pickle
import pickletools
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

import gabarito
from gabarito.engine.cluster.connect import Settings, _Tls, open_client
from gabarito.engine.cluster.node import try_node
from gabarito.engine.cluster.nodes import Nodes
from gabarito.engine.cluster.setup import Data, Gpus, Setup
from gabarito.engine.data import data_digest
from gabarito.engine.schedule import Crew, scheduled
from gabarito.errors import EngineError, NodeError
from gabarito.model import Job, Limits, Outcome, Report
from tests.engine.cluster.machines import Machines, certificate, machines
from tests.engine.jobs import TIGHT, job

_WAITS = "import os\nwhile not os.path.exists('signs/go'): pass\n42"


@pytest.fixture(scope="module")
def dask() -> Iterator[Machines]:
    with machines(workers=2) as made:
        yield made


def setup_of(**changed: Any) -> Setup:
    """Workers without a sandbox."""
    settings: dict[str, Any] = {
        "version": gabarito.__version__,
        "preload": (),
        "hide": ("/no/such/folder",),
        "data": {},
        "limits": TIGHT,
        "sandbox": "process",
        "image": "",
    }
    return Setup(**(settings | changed))


@contextmanager
def opened(dask: Machines, patience: float = 60, seconds: float = 30, **changed: Any) -> Iterator[tuple[Crew, Nodes]]:
    """A crew of all workers."""
    with dask.client(seconds) as client:
        nodes = Nodes(client, setup_of(**changed), patience=patience)
        with nodes.opened() as crew:
            yield crew, nodes


def keyed(count: int, source: str = "6 * 7", **settings: Any) -> list[Job]:
    return [Job(key=str(n), cells=job(source).cells, **settings) for n in range(count)]


def values(reports: Mapping[str, Report]) -> set[str | None]:
    return {report.cells[0].value for report in reports.values()}


def _globals(pickled: bytes) -> set[str]:
    """What a pickle names, to be imported where it is read."""
    found, texts = set(), []
    for opcode, argument, _ in pickletools.genops(pickled):
        if isinstance(argument, str):
            texts.append(argument)
        if opcode.name == "GLOBAL":
            found.add(str(argument).replace(" ", "."))
        if opcode.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
    return found


def test_dask_gets_bytes_and_our_own_functions(dask: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    submit = Client.submit

    def recorded(self: Client, function: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
        sent.append((function, *arguments))
        return submit(self, function, *arguments, **settings)

    monkeypatch.setattr(Client, "submit", recorded)
    with opened(dask) as (crew, nodes):
        reports = {report.key: report for _, report in scheduled(keyed(6), crew)}
        assert crew.slots() in (1, 2)
    assert values(reports) == {"42"}
    assert len(reports) == 6
    assert {type(argument) for _, *arguments in sent for argument in arguments} == {bytes}
    assert {name for call in sent for name in _globals(pickle.dumps(call))} == {
        *("functools.partial", "gabarito.engine.cluster.node.run_job", "gabarito.engine.cluster.node.try_node")
    }
    assert {call[0] for call in sent if call[0] is not try_node} == {crew.run}
    assert not nodes.said


def test_a_worker_that_is_killed_costs_nobody_anything(dask: Machines, tmp_path: Path) -> None:
    signs = tmp_path / "signs"
    signs.mkdir()
    (signs / "a").touch()
    data = {"signs": Data(str(signs), data_digest(signs))}
    victim = dask.worker("--name", "victim")
    with opened(dask, data=data, limits=TIGHT) as (crew, nodes):
        client = nodes._client
        (address,) = [a for a, w in client.scheduler_info()["workers"].items() if w["name"] == "victim"]
        with nodes._changed:
            assert nodes._changed.wait_for(lambda: len(nodes._nodes) == 3, timeout=60)
        patient = Limits(cell_cpu_seconds=60, notebook_cpu_seconds=60)

        def kill_then(finished: Any) -> Any:
            if victim.poll() is None:
                assert nodes._nodes[address].tasks, "it has something to do"
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                (signs / "go").touch()
            return finished.get()

        results = scheduled(keyed(9, _WAITS, limits=patient), crew, wait=kill_then)
        reports = {report.key: report for _, report in results}
    assert len(reports) == 9
    assert values(reports) == {"42"}


def test_a_notebook_whose_workers_all_go_away_is_ungraded(dask: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(dask) as (crew, nodes):

        def always_lost(address: str, task: Any, future: Any) -> None:
            with nodes._changed:
                node = nodes._nodes[address]
                if node.tasks.pop(task, None) is not None:
                    nodes._run_elsewhere(task, f"the node {address} went away")
                    nodes._deal()

        monkeypatch.setattr(nodes, "_settle", always_lost)
        ((_, report),) = scheduled(keyed(1), crew)
    assert report.cells[0].outcome is Outcome.UNGRADED
    assert "went away, and 2 others that had the same notebook before" in report.cells[0].message


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"version": "0.0.7"}, f"it has gabarito {gabarito.__version__}, and the run is of 0.0.7; install the same"),
        ({"sandbox": "podman", "image": "no-such-image"}, "the sandbox 'podman' can't be used: "),
        (
            {"data": {"d": Data("/no/such/data", "")}},
            "the data folder 'd' can't be read at /no/such/data (No such file",
        ),
        ({"data": {"d": Data("/usr/share/doc/bash", "0")}}, "/usr/share/doc/bash has other files than where the comm"),
        ({"gpus": Gpus(1, 0)}, "it offers no GPU; start it with 'dask worker --resources \"GPU=1\"'"),
    ],
    ids=["version", "sandbox", "no data", "other data", "gpu"],
)
def test_none_that_can_be_used_is_an_error_at_once(dask: Machines, changed: dict[str, Any], why: str) -> None:
    with (
        pytest.raises(NodeError, match="none of the scheduler's workers can be used") as caught,
        opened(dask, **changed),
    ):
        pass
    assert str(caught.value).count(why) == 2


def test_no_worker_at_all_is_an_error() -> None:
    with machines() as empty, pytest.raises(NodeError, match="no worker for 1 s"), opened(empty, patience=1):
        pass


def test_one_that_fails_is_named_and_the_others_go_on(dask: Machines, tmp_path: Path) -> None:
    """It offers a GPU, and there is none; the other one has what NVML would say there is."""
    odd = dask.worker("--name", "odd", "--resources", "GPU=1", CUDA_VISIBLE_DEVICES="")
    with pytest.raises(NodeError, match="it offers a GPU, and there is no NVIDIA GPU"), opened(dask, gpus=Gpus(1, 0)):
        pass
    odd.kill()
    odd.wait()


def test_a_node_that_breaks_later_is_used_no_more(dask: Machines) -> None:
    with opened(dask) as (crew, nodes):
        with nodes._changed:
            assert nodes._changed.wait_for(lambda: len(nodes._nodes) == 2, timeout=60)
        first = next(iter(nodes._nodes))
        send = nodes._send

        def broken(call: Any, body: bytes, address: str) -> Any:
            return send(_breaks if address == first else call, body, address)

        nodes._send = broken  # type: ignore[method-assign]
        reports = {report.key: report for _, report in scheduled(keyed(5), crew)}
    assert values(reports) == {"42"}
    assert nodes.said == {f"the node {first} is no longer used: no worker can be started"}


def _breaks(body: bytes) -> bytes:
    raise NodeError("no worker can be started")


def test_a_scheduler_that_goes_away_ends_the_run() -> None:
    with machines(workers=1) as doomed, opened(doomed, seconds=2) as (crew, _):
        results = scheduled(keyed(9), crew)
        next(results)
        doomed.close()
        with pytest.raises(NodeError, match="the Dask scheduler has gone; what was graded stays"):
            list(results)


def test_with_certificates(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, to make a certificate")
    made = certificate(tmp_path)
    tls = ("--tls-ca-file", made["ca"], "--tls-cert", made["cert"], "--tls-key", made["key"])
    with machines("--protocol", "tls", *tls, workers=1) as safe:
        assert safe.address.startswith("tls://")
        with open_client(safe.address, Settings(tls=_Tls(**made))) as (client, patience):
            with Nodes(client, setup_of(), patience=patience).opened() as crew:
                ((_, report),) = scheduled(keyed(1), crew)
            assert report.cells[0].value == "42"
        plain = open_client(safe.address.replace("tls", "tcp"), Settings(), seconds=2)
        with pytest.raises(EngineError, match="no Dask scheduler answers at tcp://"), plain:
            pass
