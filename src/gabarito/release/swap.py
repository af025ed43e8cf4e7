"""Files and folders put in their places so that a failure leaves them as they were."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

_NEW, _OLD = ".gabarito-new", ".gabarito-old"


@dataclass(slots=True)
class Swap:
    """Changes to the file system that can be taken back, in reverse order, until `keep` is called.

    What is replaced is moved aside, never copied: taking it back works on a full disk too.
    """

    _undo: ExitStack = field(default_factory=ExitStack)
    _aside: list[Path] = field(default_factory=list)

    def folder(self, new: Path, target: Path) -> None:
        """Move the folder `new` to `target`, in the place of what is there.

        Raises:
            OSError: one of the two can't be moved.
        """
        self._make(target.parent)
        if target.exists() or target.is_symlink():
            aside = Path(mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
            self._undo.callback(aside.rmdir)
            self._move(target, aside / "old")
            self._aside.append(aside)
        self._undo.callback(_move_back, target, new)
        shutil.move(new, target)

    def files(self, contents: Mapping[Path, bytes | None]) -> None:
        """Write these files, or remove them where the content is None.

        Raises:
            OSError: one of them can't be written or removed.
        """
        changed = {path: content for path, content in contents.items() if _content(path) != content}
        for path, content in changed.items():
            if content is not None:
                self._make(path.parent)
                self._undo.callback(_beside(path, _NEW).unlink, missing_ok=True)
                _beside(path, _NEW).write_bytes(content)
        for path, content in changed.items():
            if path.exists():
                self._move(path, _beside(path, _OLD))
                self._aside.append(_beside(path, _OLD))
            if content is not None:
                self._move(_beside(path, _NEW), path)

    def undo(self) -> None:
        """Put everything back as it was."""
        self._undo.close()
        self._aside.clear()

    def keep(self) -> None:
        """Throw away what was replaced."""
        self._undo.pop_all()
        while self._aside:
            _remove(self._aside.pop())

    def _move(self, source: Path, target: Path) -> None:
        def back() -> None:
            if not source.exists() and not source.is_symlink():
                target.rename(source)

        self._undo.callback(back)
        source.rename(target)

    def _make(self, folder: Path) -> None:
        for path in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
            path.mkdir()
            self._undo.callback(path.rmdir)


def recover(target: Path, files: Path) -> None:
    """Put back what a release that was killed had just moved aside: the folder `target`, and files under `files`."""
    for aside in target.parent.glob(f".{target.name}.old-*"):
        _put_back(aside / "old", target)
        _remove(aside)
    for old in files.rglob(f".*{_OLD}"):
        _put_back(old, old.with_name(old.name[1 : -len(_OLD)]))
        _remove(old)
    for new in files.rglob(f".*{_NEW}"):
        _remove(new)


def _put_back(old: Path, target: Path) -> None:
    if old.exists() and not target.exists():
        old.rename(target)


def _move_back(target: Path, new: Path) -> None:
    if new.exists():  # a copy to another file system that broke off
        shutil.rmtree(target, ignore_errors=True)
    else:
        shutil.move(target, new)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.name}{suffix}")


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
