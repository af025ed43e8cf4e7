"""The workers of a Dask scheduler as one executor: each is tried before its first job, and may come and go."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from distributed import Client
from distributed import Future as DaskFuture

from gabarito.engine.cluster.node import end_workers, run_job, try_node
from gabarito.engine.cluster.setup import Setup, Tried
from gabarito.engine.schedule import Crew
from gabarito.errors import EngineError, NodeError

_GPU = "GPU"
_LOOK_SECONDS = 0.5
_LOSSES = 3
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Task:
    """A job on its way, with the future that its owner has."""

    outer: Future[bytes]
    call: Callable[[bytes], bytes]
    body: bytes
    losses: int = 0


@dataclass(slots=True)
class _Node:
    """A Dask worker: how many jobs run there at the same time, and those it has."""

    slots: int
    tasks: dict[_Task, DaskFuture[bytes]] = field(default_factory=dict)


class Nodes(Executor):
    """Use it as a context manager, which gives a `Crew`.

    Nothing but bytes and functions of `gabarito.engine.cluster.node` go to Dask, and nothing but bytes comes back.

    Attributes:
        weak: what workers can't hold on their machines, in plain sentences.
        said: which nodes are not used, and why.
        names: addresses of those that were used.
    """

    def __init__(self, client: Client, setup: Setup, *, patience: float, image: str = "") -> None:
        """Nothing is sent yet.

        Args:
            client: connected to the scheduler.
            setup: what workers are like.
            patience: seconds for which there may be no node at all.
            image: digest of the image that every node must have; by default that of the first.
        """
        self.weak: set[str] = set()
        self.said: set[str] = set()
        self.names: set[str] = set()
        self._client = client
        self._setup = msgspec.json.encode(setup)
        self._resources = {_GPU: 1} if setup.gpus is not None else {}
        self._patience = patience
        self._image = image
        self._changed = threading.Condition()
        self._nodes: dict[str, _Node] = {}
        self._trying: dict[str, DaskFuture[bytes]] = {}
        self._refused: dict[str, str] = {}
        self._waiting: deque[_Task] = deque()
        self._broken: NodeError | None = None
        self._alone_since = time.monotonic()
        self._closed = threading.Event()
        self._looking = threading.Thread(target=self._look_on, daemon=True)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Crew]:
        """A block in which jobs run there.

        Raises:
            NodeError: no node can be used.
        """
        self._looking.start()
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._nodes or self._broken)
                if self._broken is not None:
                    raise self._broken
            yield Crew(self, partial(run_job, self._setup), self.slots)
        finally:
            self.shutdown()

    def slots(self) -> int:
        """How many jobs run at the same time on the nodes that are there."""
        with self._changed:
            return sum(node.slots for node in self._nodes.values())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As of every executor; `fn` takes bytes and gives bytes."""
        (body,) = args
        task = _Task(Future(), fn, body)
        with self._changed:
            self._waiting.append(task)
            self._deal()
        return task.outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all workers of the run, in the middle of jobs too."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._looking.join()
        with self._changed:
            nodes, self._nodes = self._nodes, {}
            lost = [future for node in nodes.values() for future in node.tasks.values()]
        with contextlib.suppress(Exception):  # a scheduler that has gone needs none of this
            self._client.cancel([*lost, *self._trying.values()], force=True)
            there = list(self._client.scheduler_info()["workers"])
            self._client.run(end_workers, self._setup, workers=there, on_error="ignore")

    # Which nodes there are

    def _look_on(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS if self._nodes or self._trying else _LOOK_SECONDS / 5):
            try:
                there = self._client.scheduler_info()["workers"]  # none where it can't be reached again
                self._look_at(there)
            except Exception:
                self._break("the Dask scheduler has gone; what was graded stays: run the command again to go on")
                return
            self._see_whether_any_is_left(len(there))

    def _look_at(self, there: Mapping[str, Mapping[str, Any]]) -> None:
        with self._changed:
            self._lose([address for address in self._nodes if address not in there])
            for address in {*self._trying, *self._refused} - set(there):
                self._trying.pop(address, None)
                self._refused.pop(address, None)
            for address in there.keys() - self._nodes.keys() - self._trying.keys() - self._refused.keys():
                self._try(address, there[address])
            self._deal()
            if self._nodes or self._trying:
                self._alone_since = time.monotonic()

    def _see_whether_any_is_left(self, count: int) -> None:
        if self._nodes or self._trying:
            return
        if count:
            reasons = "".join(f"\n  {address}: {why}" for address, why in sorted(self._refused.items()))
            self._break(f"none of the scheduler's workers can be used{reasons}")
        elif time.monotonic() - self._alone_since > self._patience:
            self._break(
                f"the Dask scheduler has had no worker for {self._patience:g} s; start some with 'dask worker', or "
                "give them more time with c.Gabarito.cluster['wait_seconds']"
            )

    def _try(self, address: str, about: Mapping[str, Any]) -> None:
        offered = about.get("resources", {}).get(_GPU, 0)
        if self._resources and offered < 1:
            self._refuse(address, about, f"it offers no GPU; start it with 'dask worker --resources \"{_GPU}=1\"'")
            return
        slots = min(int(about["nthreads"]), int(offered)) if self._resources else int(about["nthreads"])
        future = self._send(try_node, self._setup, address)
        self._trying[address] = future
        future.add_done_callback(lambda done: self._tried(address, about, slots, done))

    def _tried(self, address: str, about: Mapping[str, Any], slots: int, done: DaskFuture[bytes]) -> None:
        try:
            tried = msgspec.json.decode(done.result(), type=Tried)
        except Exception as e:
            tried = Tried(problem=_said(e))
        with self._changed:
            if self._trying.pop(address, None) is None:
                return
            problem = tried.problem
            if not problem and tried.image != (self._image or tried.image):
                problem = f"it has the image {tried.image[:12]}, and others have {self._image[:12]}; copy it there"
            if problem:
                self._refuse(address, about, problem)
            else:
                self._image = tried.image
                self.weak.update(tried.weak)
                self.names.add(address)
                self._nodes[address] = _Node(slots)
                _log.info("a node is used", extra={"told": {"node": address, "slots": slots}})
                self._deal()
            self._changed.notify_all()

    def _refuse(self, address: str, about: Mapping[str, Any], why: str) -> None:
        self._refused[address] = why
        self.said.add(f"the node {about.get('name', '')} ({address}) is not used: {why}")
        _log.warning("a node is not used", extra={"told": {"node": address, "why": why}})

    def _lose(self, addresses: list[str]) -> None:
        for address in addresses:
            _log.warning("a node went away", extra={"told": {"node": address}})
            for task, future in self._nodes.pop(address).tasks.items():
                future.cancel()
                self._run_elsewhere(task, f"the node {address} went away")

    def _run_elsewhere(self, task: _Task, why: str) -> None:
        task.losses += 1
        if task.losses < _LOSSES:
            self._waiting.appendleft(task)
        else:
            _fail(task, EngineError(f"{why}, and {_LOSSES - 1} others that had the same notebook before"))

    def _break(self, why: str) -> None:
        with self._changed:
            self._broken = NodeError(why)
            tasks = [*self._waiting, *(task for node in self._nodes.values() for task in node.tasks)]
            self._waiting.clear()
            self._nodes.clear()
            for task in tasks:
                _fail(task, self._broken)
            self._changed.notify_all()

    # What runs where

    def _deal(self) -> None:
        """Give what waits to the nodes; each has one job more than it runs, so that it never waits for us."""
        if self._broken is not None:
            while self._waiting:
                _fail(self._waiting.popleft(), self._broken)
        while self._waiting and self._nodes:
            address, node = min(self._nodes.items(), key=lambda each: len(each[1].tasks) - each[1].slots)
            if len(node.tasks) > node.slots:
                return
            task = self._waiting.popleft()
            if task.outer.cancelled():
                continue
            try:
                future = self._send(task.call, task.body, address)
            except Exception:  # the scheduler has gone, which is seen when it is looked at
                self._waiting.appendleft(task)
                return
            node.tasks[task] = future
            future.add_done_callback(partial(self._settle, address, task))

    def _send(self, call: Callable[[bytes], bytes], body: bytes, address: str) -> DaskFuture[bytes]:
        return self._client.submit(
            call, body, pure=False, workers=[address], allow_other_workers=False, resources=self._resources
        )

    def _settle(self, address: str, task: _Task, future: DaskFuture[bytes]) -> None:
        try:
            result, error = future.result(), None
        except BaseException as e:
            result, error = b"", e
        with self._changed:
            node = self._nodes.get(address)
            if node is None or node.tasks.get(task) is not future:
                return  # it runs elsewhere now
            del node.tasks[task]
            if isinstance(error, NodeError):
                self._refused[address] = str(error)
                self.said.add(f"the node {address} is no longer used: {error}")
                self._lose([address])
                self._waiting.appendleft(task)
            elif isinstance(error, EngineError):
                _fail(task, error)
            elif error is not None:
                self._run_elsewhere(task, _said(error))
            elif task.outer.set_running_or_notify_cancel():
                task.outer.set_result(result)
            self._deal()


def _fail(task: _Task, error: EngineError) -> None:
    if task.outer.set_running_or_notify_cancel():
        task.outer.set_exception(error)


def _said(error: BaseException) -> str:
    """What Dask says of a call that didn't get as far as our own code."""
    return f"it can't run a function of gabarito ({type(error).__name__}: {error}); install gabarito and msgspec there"
