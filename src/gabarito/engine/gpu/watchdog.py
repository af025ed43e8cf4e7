"""Ends processes of student code that use more GPU memory than their worker's share."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gabarito.engine import processes
from gabarito.engine.gpu import nvml
from gabarito.engine.gpu.devices import Gpu
from gabarito.engine.gpu.share import GpuShare
from gabarito.errors import EngineError

INTERVAL_SECONDS = 0.2
_BLIND = "GPU memory of student code can't be watched"
_GIB, _MIB = 1 << 30, 1 << 20
_FIRST_PROCESS_NAMESPACE = 0xEFFFFFFC  # the kernel's fixed number of the namespace that it starts with

Look = Callable[[Gpu], Mapping[int, int | None]]
"""Gives GPU memory in bytes by process id, None where that isn't known."""


class Watch:
    """What the watchdog says about one worker."""

    def __init__(self, root: int, share: GpuShare, end_all: Callable[[], None] | None = None) -> None:
        """A worker, of which nothing was ended yet.

        Args:
            root: its process, or that of its container, as this machine numbers it.
            share: what it may use.
            end_all: ends the whole worker, for where this process may not end one of its processes.
        """
        self.root, self.share, self.end_all = root, share, end_all
        self.is_all_ended = False
        self.job = 0
        self.ended = 0, ""

    def begin(self) -> None:
        """A new job begins: what was said of the one before is forgotten."""
        self.job += 1

    def blame(self, job: int, sentence: str) -> None:
        """Something of this job was ended."""
        self.ended = job, sentence

    @property
    def sentence(self) -> str:
        """Why something of the present job was ended, or empty."""
        job, sentence = self.ended
        return sentence if job == self.job else ""


class Watchdog:
    """Looks at the GPUs from outside, where student code can't reach it, and ends what uses too much.

    Give `watch` a worker, and call `step` from time to time, or run it in a thread with `running`.

    Args:
        say: told each thing that can't be watched, once, in a plain sentence.
        look: who uses a GPU; by default what NVML says.
        below: processes below another one.
        end: kills a process.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        look: Look | None = None,
        below: Callable[[int], Sequence[int]] = processes.descendants,
        end: Callable[[int], None] = lambda pid: os.kill(pid, signal.SIGKILL),
    ) -> None:
        self._say = say
        self._look = look or processes_on
        self._below = below
        self._end = end
        self._watches: list[Watch] = []
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def watch(self, root: int, share: GpuShare, end_all: Callable[[], None] | None = None) -> Watch:
        """Watch what the processes below `root` use from now on; arguments as of `Watch`."""
        made = Watch(root, share, end_all)
        with self._lock:
            self._watches.append(made)
        return made

    def forget(self, watch: Watch) -> None:
        """The worker has ended."""
        with self._lock:
            self._watches.remove(watch)

    def step(self) -> None:
        """Look once at each GPU that a watched worker has, and end what uses too much."""
        with self._lock:
            watches = [(watch, watch.job) for watch in self._watches if watch.share.budget_bytes]
        for gpu in dict.fromkeys(watch.share.gpu for watch, _ in watches):
            try:
                used = self._look(gpu)
            except EngineError as e:
                self._say_once(f"{_BLIND}: {e}")
                continue
            if None in used.values():
                self._say_once(
                    f"NVML doesn't say what each process uses of GPU {gpu.index} (so it is with MIG and WSL): there, "
                    "only torch's own allocator holds student code to its share of GPU memory"
                )
            for watch, job in watches:
                if watch.share.gpu == gpu:
                    self._hold(watch, job, used)

    @contextlib.contextmanager
    def running(self, interval: float = INTERVAL_SECONDS) -> Iterator[None]:
        """A block during which a thread looks every `interval` seconds."""
        if not _sees_all_processes():
            self._say_once(
                f"{_BLIND} from inside of a container, where NVML's process numbers "
                "mean nothing: only torch's own allocator holds it to its share"
            )
        stopped = threading.Event()

        def look() -> None:
            try:
                # One session around all looks: opening the first costs much, those inside of it little.
                with nvml.session():
                    while not stopped.wait(interval):
                        self.step()
            except Exception as e:  # whatever it is, nobody watches any more
                self._say_once(f"{_BLIND}: {e}")

        thread = threading.Thread(target=look, name="gpu-watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _hold(self, watch: Watch, job: int, used: Mapping[int, int | None]) -> None:
        """End the largest processes of a worker, as many as are over its share."""
        theirs = sorted(((used.get(pid) or 0, pid) for pid in self._below(watch.root)), reverse=True)
        budget = watch.share.budget_bytes
        total = left = sum(memory for memory, _ in theirs)
        for memory, pid in theirs:
            if left <= budget:
                return
            left -= memory
            before = watch.ended
            # Before it ends: the worker may hear of the end at once, and asks why.
            watch.blame(job, over_budget(total, budget))
            try:
                self._end(pid)
            except ProcessLookupError:
                watch.ended = before
            except OSError as e:
                self._end_all(watch, before, e)
                return

    def _end_all(self, watch: Watch, before: tuple[int, str], e: OSError) -> None:
        """Processes of another user's, as in a container without root's rights, end with their worker."""
        if watch.end_all is None:
            watch.ended = before
            self._say_once(f"student code that uses too much GPU memory can't be ended ({e.strerror})")
            return
        watch.is_all_ended = True
        watch.end_all()

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)


def over_budget(used: int, budget: int) -> str:
    """What is said of a notebook that used so many bytes of GPU memory."""
    told, limit = _amount(used), _amount(budget)
    if told == limit:
        told, limit = f"{used / _MIB:.0f} MiB", f"{budget / _MIB:.0f} MiB"
    return f"the notebook was stopped because it used {told} of GPU memory; the limit is {limit}"


def processes_on(gpu: Gpu) -> dict[int, int | None]:
    """GPU memory in bytes of each process that computes there, as NVML says.

    Raises:
        EngineError: NVML doesn't work, or is gone.
    """
    with nvml.session() as library:
        if library is None:
            raise EngineError(f"NVML, which had found GPU {gpu}, is gone")
        handle = library.nvmlDeviceGetHandleByUUID(gpu.uuid)
        return {p.pid: _bytes(p) for p in library.nvmlDeviceGetComputeRunningProcesses_v3(handle)}


def _bytes(process: Any) -> int | None:
    return None if process.usedGpuMemory is None else int(process.usedGpuMemory)


def _sees_all_processes() -> bool:
    try:
        return os.stat("/proc/self/ns/pid").st_ino == _FIRST_PROCESS_NAMESPACE
    except OSError:
        return False


def _amount(size: int) -> str:
    return f"{size / _GIB:.1f} GiB".replace(".0 ", " ") if size >= _GIB else f"{size / _MIB:.0f} MiB"
