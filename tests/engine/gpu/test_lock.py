from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gabarito.engine.file_lock import lock_folder
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.gpu.lock import GpuLock
from gabarito.errors import EngineError
from tests.engine.waits import Waits

_GIB = 1 << 30
_GPU = GpuShare(Gpu("0", "GPU-a", "A", 8 * _GIB), 4 * _GIB, 2)
_OTHER = GpuShare(Gpu("1", "GPU-b", "B", 8 * _GIB), 8 * _GIB)
_HOLD = """
import sys
from pathlib import Path
from gabarito.engine.gpu import Gpu, GpuShare
from gabarito.engine.gpu.lock import GpuLock
share = GpuShare(Gpu("0", "GPU-a", "A", 8 << 30), 4 << 30, 2)
with GpuLock(share, Path(sys.argv[1])).hold(alone=sys.argv[2] == "alone"):
    print("held", flush=True)
    sys.stdin.read()
"""


class _OneLook(threading.Event):
    """Stops waiting as soon as somebody would have to wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def _is_free(folder: Path, *, alone: bool, gpu: GpuShare = _GPU) -> bool:
    with GpuLock(gpu, folder).hold(alone=alone, stopped=_OneLook()) as held:
        return held


@contextmanager
def _held_by_a_process(folder: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _HOLD, str(folder), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_as_many_have_a_part_as_there_are_parts(tmp_path: Path) -> None:
    lock = GpuLock(_GPU, tmp_path)
    with lock.hold(alone=False) as first:
        with lock.hold(alone=False) as second:
            assert first
            assert second
            assert not _is_free(tmp_path, alone=False)
        assert _is_free(tmp_path, alone=False)
        assert not _is_free(tmp_path, alone=True)
    assert _is_free(tmp_path, alone=True)


def test_runs_with_shares_of_other_sizes_are_never_given_more_than_there_is(tmp_path: Path) -> None:
    quarter, whole = GpuShare(_GPU.gpu, 2 * _GIB, 4), GpuShare(_GPU.gpu, 8 * _GIB)
    with GpuLock(_GPU, tmp_path).hold(alone=False), GpuLock(quarter, tmp_path).hold(alone=False) as held:
        assert held
        assert not _is_free(tmp_path, alone=False)
        assert not _is_free(tmp_path, alone=False, gpu=whole)
        assert _is_free(tmp_path, alone=False, gpu=quarter)
    with GpuLock(whole, tmp_path).hold(alone=False):
        assert not _is_free(tmp_path, alone=False, gpu=quarter)


def test_a_gpu_that_tells_no_memory_has_its_slots(tmp_path: Path) -> None:
    share = GpuShare(Gpu("2", "GPU-c", "C", 0), 0, 2)
    with GpuLock(share, tmp_path).hold(alone=False), GpuLock(share, tmp_path).hold(alone=False) as held:
        assert held
        assert not _is_free(tmp_path, alone=False, gpu=share)


def test_everybody_may_lock(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert _is_free(tmp_path, alone=False)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o666}


def test_one_has_it_alone(tmp_path: Path) -> None:
    with GpuLock(_GPU, tmp_path).hold(alone=True) as held:
        assert held
        assert not _is_free(tmp_path, alone=False)
        assert not _is_free(tmp_path, alone=True)
    assert _is_free(tmp_path, alone=False)


def test_each_gpu_has_its_own(tmp_path: Path) -> None:
    with GpuLock(_GPU, tmp_path).hold(alone=True):
        assert _is_free(tmp_path, alone=True, gpu=_OTHER)


def test_it_is_let_go_of_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), GpuLock(_GPU, tmp_path).hold(alone=True):
        raise ZeroDivisionError
    assert _is_free(tmp_path, alone=True)


def test_who_comes_later_does_not_go_before_one_who_waits_for_it_alone(tmp_path: Path) -> None:
    lock, waits = GpuLock(_GPU, tmp_path), Waits()
    got: list[bool] = []

    def alone() -> None:
        with lock.hold(alone=True, stopped=waits) as held:
            got.append(held)

    thread = threading.Thread(target=alone)
    with lock.hold(alone=False):
        thread.start()
        waits.begun.wait()
        assert not _is_free(tmp_path, alone=False)
        assert not got
    thread.join()
    assert got == [True]
    assert _is_free(tmp_path, alone=False)


def test_waiting_can_be_ended(tmp_path: Path) -> None:
    lock, waits = GpuLock(_GPU, tmp_path), Waits()
    got: list[bool] = []

    def alone() -> None:
        with lock.hold(alone=True, stopped=waits) as held:
            got.append(held)

    thread = threading.Thread(target=alone)
    with lock.hold(alone=False):
        thread.start()
        waits.begun.wait()
        waits.set()
        thread.join()
        assert got == [False]
        assert _is_free(tmp_path, alone=False), "the turn of one who gave up"


@pytest.mark.parametrize(("how", "alone"), [("shared", True), ("alone", True), ("alone", False)])
def test_processes_count_as_threads_do(tmp_path: Path, how: str, alone: bool) -> None:
    with _held_by_a_process(tmp_path, how):
        assert not _is_free(tmp_path, alone=alone)
        assert how == "alone" or _is_free(tmp_path, alone=False)
    assert _is_free(tmp_path, alone=True)


def test_a_process_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    with _held_by_a_process(tmp_path, "alone") as process:
        process.kill()
        process.wait()
        assert _is_free(tmp_path, alone=True)
        assert len(os.listdir(tmp_path)) == 2


def test_what_a_process_starts_does_not_keep_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with GpuLock(_GPU, tmp_path).hold(alone=True):
            child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
            stack.enter_context(child)
        assert _is_free(tmp_path, alone=True)
        assert child.stdin is not None
        child.stdin.close()


def test_a_file_that_was_cleared_away_is_no_second_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    removed: list[Path] = []

    def open_and_clear_away(path: Path, flags: int, mode: int = 0o777) -> int:
        handle = real(path, flags, mode)
        if path.suffix == ".use" and not removed:
            removed.append(path)
            path.unlink()
        return handle

    monkeypatch.setattr(os, "open", open_and_clear_away)
    with GpuLock(_GPU, tmp_path).hold(alone=True) as held:
        assert held
        assert removed
        assert not _is_free(tmp_path, alone=True)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / f"gabarito-{_GPU.gpu.uuid}.turn").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(EngineError, match=r"the lock .*\.turn can't be opened"),
        GpuLock(_GPU, tmp_path).hold(alone=True),
    ):
        pass


def test_everybody_finds_the_same_folder() -> None:
    assert lock_folder().is_dir()
    assert lock_folder().stat().st_mode & 0o1777 == 0o1777


def test_a_machine_without_such_a_folder_has_the_temporary_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gabarito.engine.file_lock._FOR_ALL", (str(tmp_path / "absent"), str(tmp_path)))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert lock_folder() == tmp_path
