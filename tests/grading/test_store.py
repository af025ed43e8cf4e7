"""Entries of the store: whole or not there, and never in anybody's way."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gabarito.grading.store import DamagedError, Entry, Store, Whole, key_of, open_store, read_entry, sweep
from gabarito.model import CellReport, Outcome
from tests.grading.children import end_of, fork
from tests.grading.courses import write_course
from tests.grading.reports import ORIGIN

KEY = "ab" + "0" * 62


def entry(key: str = KEY, whole: str = "w", test: str = "t", said: str = "") -> Entry:
    cell = CellReport(index=0, id="c", outcome=Outcome.PASSED, message=said)
    made = Whole(key=whole, cells=(cell,), tests={"x": test}, origin=ORIGIN, cpu_seconds=1.0, is_divisible=True)
    return Entry(key=key, wholes=(made,), tests={test: cell})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".gabarito" / "store")


def written(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"gabarito report 1 " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def test_what_is_put_is_there_again(store: Store) -> None:
    assert store.get(KEY) is None
    store.put(entry(said="ü\0 NaN"))
    assert store.get(KEY) == entry(said="ü\0 NaN")
    assert [key_of(path) for path in store.paths()] == [KEY]
    assert (store.folder.parent / ".gitignore").read_text() == "*\n"
    assert store.problems == []


def test_it_lies_in_the_course_where_git_does_not_look(tmp_path: Path) -> None:
    course = write_course(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    open_store(course).put(entry())
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "nbgrader_config.py" in status.stdout
    assert ".gabarito" not in status.stdout


def test_one_more_report_leaves_the_others_and_the_oldest_goes() -> None:
    found = entry()
    for number in range(1, 10):
        more = entry(whole=f"w{number}", test=f"t{number}")
        found = found.with_whole(more.wholes[0], more.tests)
    assert [w.key for w in found.wholes] == [f"w{n}" for n in range(2, 10)]
    assert set(found.tests) == {f"t{n}" for n in range(2, 10)}
    again = found.with_whole(entry(whole="w2", test="new").wholes[0], entry(test="new").tests)
    assert [w.key for w in again.wholes][-1] == "w2"
    assert len(again.wholes) == 8
    assert again.whole("w2") == again.wholes[-1]
    assert again.whole("w1") is None


_TORN = msgspec.msgpack.encode(entry())
_OTHER = msgspec.msgpack.encode(entry("cd" + "0" * 62))
_LACKS = msgspec.msgpack.encode(msgspec.structs.replace(entry(), tests={}))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no zlib", "is damaged: Error -3"),
        (zlib.compress(b"no msgpack"), "is damaged: "),
        (zlib.compress(_TORN[:-3]), "is damaged: "),
        (zlib.compress(_OTHER), "holds something else than its name says"),
        (zlib.compress(_LACKS), "holds something else than its name says"),
    ],
)
def test_a_damaged_entry_is_left_aside_and_told(store: Store, body: bytes, why: str) -> None:
    path = store.path(KEY)
    written(path, body)
    assert store.get(KEY) is None
    assert store.get(KEY) is None
    (told,) = store.problems
    assert str(path) in told
    assert why in told
    with pytest.raises(DamagedError):
        read_entry(path)
    store.put(entry())
    assert store.get(KEY) == entry()


@pytest.mark.parametrize("cut", [0, 5, 17, 50, 82, 83, 90, -1])
def test_an_entry_that_was_not_all_written(store: Store, cut: int) -> None:
    store.put(entry())
    path = store.path(KEY)
    path.write_bytes(path.read_bytes()[:cut])
    assert store.get(KEY) is None
    assert len(store.problems) == 1


def test_one_bit_that_fell_over(store: Store) -> None:
    store.put(entry())
    path = store.path(KEY)
    content = bytearray(path.read_bytes())
    content[-5] ^= 4
    path.write_bytes(content)
    assert store.get(KEY) is None
    assert "its content is not what was written" in store.problems[0]


def test_what_cannot_be_read(store: Store) -> None:
    store.path(KEY).mkdir(parents=True)
    assert store.get(KEY) is None
    assert "can't be read (Is a directory)" in store.problems[0]


@pytest.mark.parametrize("name", ["write_bytes", "replace", "mkdir"])
def test_a_full_disk_stops_nobody(store: Store, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    store.put(entry())
    before = store.path(KEY).read_bytes()

    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, name, full)
        store.put(entry(whole="w2"))
    assert "can't be written (No space left on device)" in store.problems[0]
    assert store.path(KEY).read_bytes() == before
    assert [p.name for p in store.path(KEY).parent.iterdir()] == [store.path(KEY).name]


def test_a_writer_that_is_killed_leaves_the_old_entry(store: Store) -> None:
    store.put(entry())

    def killed(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGKILL)
        return target

    def work() -> None:
        Path.replace = killed  # type: ignore[method-assign,assignment]
        store.put(entry(whole="w2"))

    assert end_of(fork(work)) == -signal.SIGKILL
    assert store.get(KEY) == entry()
    (draft,) = store.folder.glob("*/*.tmp")
    assert sweep(store, {KEY}).removed == 0
    assert draft.exists(), "its writer may be alive"
    os.utime(draft, (0, 0))
    assert sweep(store, {KEY}, dry_run=True).removed_bytes > 0
    assert draft.exists()
    sweep(store, {KEY})
    assert not draft.exists()
    assert store.get(KEY) == entry()


def test_many_writers_at_once(store: Store) -> None:
    def work(number: int) -> None:
        for turn in range(30):
            store.put(entry(whole=f"w{number}-{turn}", said="x" * 10_000))
            assert store.get(KEY) is not None
        assert store.problems == []

    pids = [fork(lambda n=n: work(n)) for n in range(3)]  # type: ignore[misc]
    assert [end_of(pid) for pid in pids] == [0, 0, 0]
    assert store.get(KEY) is not None
    assert not list(store.folder.glob("*/*.tmp"))


def test_sweeping(store: Store) -> None:
    keys = [f"{n:02x}" + "0" * 62 for n in range(4)]
    for key in keys:
        store.put(entry(key))
    os.utime(store.path(keys[2]), (0, 0))
    assert sweep(store, {keys[0]}, dry_run=True).removed == 3
    old = sweep(store, {keys[0]}, older_than=3600.0)
    assert (old.removed, old.kept) == (1, 3)
    assert old.removed_bytes > 0
    assert [key_of(p) for p in store.paths()] == [keys[0], keys[1], keys[3]]
    store.path(keys[3]).write_bytes(b"damaged")
    assert sweep(store, {keys[0]}).removed == 2
    assert [key_of(p) for p in store.paths()] == [keys[0]]


def test_sweeping_what_another_process_just_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(entry())
    paths = list(store.paths())
    paths[0].unlink()
    monkeypatch.setattr(Store, "paths", lambda self: iter(paths))
    assert sweep(store, ()).removed == 0
