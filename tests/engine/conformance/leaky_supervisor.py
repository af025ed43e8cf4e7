"""A supervisor that leaves things out, which the environment names: what it is made of is replaced before it starts."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import msgspec

from gabarito.engine import confine, processes, shell, supervisor, system


def _nothing(*_: Any, **__: Any) -> None:
    """Instead of what should be done."""


def _replace(place: Any, name: str, value: Any) -> None:
    setattr(place, name, value)


def _share_network() -> None:
    unshare = system.unshare
    _replace(system, "unshare", lambda flags: None if flags == system.CLONE_NEWNET else unshare(flags))


def _have_no_view() -> None:
    _replace(supervisor, "private_view", lambda *_: [])


def _let_write() -> None:
    mount = system.mount
    _replace(system, "make_read_only", _nothing)

    def without_read_only(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
        if not flags & system.MS_REMOUNT:
            mount(source, target, kind, flags, options)

    _replace(system, "mount", without_read_only)


def _show_workers() -> None:
    mount = system.mount

    def without_hiding(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
        mount(source, target, kind, flags, "hidepid=0" if kind == "proc" else options)

    _replace(system, "mount", without_hiding)


def _run_as_root() -> None:
    _replace(confine, "pick_users", lambda *_: None)


def _keep_one_user() -> None:
    pair = confine.pick_users()
    _replace(confine, "pick_users", lambda *_: pair)


def _keep_one_folder() -> None:
    def folder(prefix: str) -> str:
        path = f"/tmp/{prefix}kept"
        os.makedirs(path, exist_ok=True)
        return path

    _replace(tempfile, "mkdtemp", folder)
    _leave_files()


def _leave_files() -> None:
    _replace(confine, "remove_folder", _nothing)
    _replace(confine, "remove_files_of", _nothing)


def _filter_nothing() -> None:
    _replace(confine, "_filter_system_calls", _nothing)


def _give_new_privileges() -> None:
    _filter_nothing()
    prctl = system.prctl
    refused = confine._PR_SET_NO_NEW_PRIVS
    _replace(system, "prctl", lambda option, *rest: None if option == refused else prctl(option, *rest))


def _keep_descriptors() -> None:
    _replace(confine, "close_descriptors", _nothing)


def _kill_nothing() -> None:
    def reap_only(pid: int, reap: Callable[[], None], spare: frozenset[int] = frozenset()) -> bool:
        reap()
        return True

    _replace(processes, "kill_all", reap_only)


def _watch_nothing() -> None:
    _replace(supervisor._Run, "_check_limits", _nothing)


def _limit_nothing() -> None:
    _replace(confine, "_limit", _nothing)


def _count_no_output() -> None:
    run = shell.CellShell.run
    _replace(
        shell.CellShell,
        "run",
        lambda self, order: run(self, msgspec.structs.replace(order, output_bytes=1 << 40)),
    )


def _end_after_each() -> None:
    run = supervisor._Run.run
    _replace(supervisor._Run, "run", lambda self: msgspec.structs.replace(run(self), problem="it ends here"))


SUPERVISOR_LEAKS: dict[str, Callable[[], None]] = {
    "shares the network": _share_network,
    "has no view of its own": _have_no_view,
    "lets everything be written": _let_write,
    "shows the worker": _show_workers,
    "runs as root": _run_as_root,
    "keeps one user": _keep_one_user,
    "keeps one folder": _keep_one_folder,
    "leaves files": _leave_files,
    "filters nothing": _filter_nothing,
    "gives new privileges": _give_new_privileges,
    "keeps descriptors": _keep_descriptors,
    "kills nothing": _kill_nothing,
    "watches nothing": _watch_nothing,
    "limits nothing": _limit_nothing,
    "counts no output": _count_no_output,
    "ends after each notebook": _end_after_each,
}

if __name__ == "__main__":
    for leak in os.environ["LEAKS"].split(", "):
        SUPERVISOR_LEAKS.get(leak, _nothing)()
    supervisor.main(sys.argv)
