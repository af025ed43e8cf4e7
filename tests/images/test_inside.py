from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from gabarito.images import inside


def test_files_that_give_rights_and_files_that_anybody_may_change_are_found(tmp_path: Path) -> None:
    for name in ("good", "su", "group", "open", "tmp/x", "proc/y", "sub/z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(mode=0o644)
    (tmp_path / "su").chmod(0o4755)
    (tmp_path / "group").chmod(0o2755)
    (tmp_path / "open").chmod(0o666)
    (tmp_path / "tmp" / "x").chmod(0o666)
    (tmp_path / "proc" / "y").chmod(0o4755)
    (tmp_path / "sub").chmod(0o777)
    (tmp_path / "link").symlink_to("open")
    found = [sorted(Path(p).name for p in paths) for paths in inside._files(str(tmp_path))]
    assert found == [["group", "su"], ["open", "sub"]]


def test_versions_are_compared_with_the_lock() -> None:
    import numpy

    lock = f"# a comment\nnumpy=={numpy.__version__}\nnumpy==0.1\nno-such-package==1.0\n"
    assert list(inside._versions(lock)) == [f"numpy is {numpy.__version__}, not 0.1", "no-such-package is missing"]


def test_a_build_that_is_not_pinned_is_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda _: "2.13.0+cpu")
    assert list(inside._versions("torch==2.13.0\ntorch==2.13.0+cpu\n")) == []
    assert list(inside._versions("torch==2.13.0+cu130\n")) == ["torch is 2.13.0+cpu, not 2.13.0+cu130"]


def test_packages_are_imported_by_the_names_of_their_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"json": ["Scikit_Learn"], "no_such_module": ["torch"], "_hidden": ["torch"], "other": ["other"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: owners)
    (problem,) = inside._imports(["scikit-learn", "torch"])
    assert problem.startswith("no_such_module: ModuleNotFoundError: ")


def test_a_worker_that_can_not_be_imported_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(inside._worker()) == []
    monkeypatch.setitem(sys.modules, "gabarito.engine.supervisor", None)
    (problem,) = inside._worker()
    assert problem.startswith("ModuleNotFoundError: ")


def test_it_looks_at_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "packages.lock"
    lock.write_text("")
    monkeypatch.setattr(inside, "LOCK", str(lock))
    monkeypatch.setattr(inside, "_files", lambda: ([], ["/x"]))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert inside.look([]) == {
        **{name: [] for name in ("worker", "versions", "imports", "programs", "set-user-id")},
        "writable": ["/x"],
    }
