"""Files and folders put in their places so that a failure leaves them as they were."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp


@dataclass(slots=True)
class Swap:
    """Changes to the file system that can be taken back, in reverse order, until `keep` is called."""

    _undo: list[Callable[[], object]] = field(default_factory=list)
    _old: list[Path] = field(default_factory=list)

    def folder(self, new: Path, target: Path) -> None:
        """Move the folder `new` to `target`, in the place of what is there.

        Raises:
            OSError: one of the two can't be moved.
        """
        self._make(target.parent)
        if target.is_dir() or target.is_symlink():
            aside = Path(mkdtemp(prefix=f".{target.name}.old-", dir=target.parent))
            self._old.append(aside)
            self._undo.append(lambda: os.rmdir(aside))
            target.rename(aside / "old")
            self._undo.append(lambda: (aside / "old").rename(target))
        self._undo.append(lambda: _move_back(target, new))
        shutil.move(new, target)

    def files(self, contents: Mapping[Path, bytes | None]) -> None:
        """Write these files, or remove them where the content is None.

        Raises:
            OSError: one of them can't be written or removed.
        """
        for path, content in contents.items():
            before = path.read_bytes() if path.is_file() else None
            if content == before:
                continue
            self._make(path.parent)
            self._undo.append(lambda path=path, before=before: _write(path, before))  # type: ignore[misc]
            _write(path, content)

    def undo(self) -> None:
        """Put everything back as it was."""
        while self._undo:
            self._undo.pop()()
        self._old.clear()

    def keep(self) -> None:
        """Throw away what was replaced."""
        self._undo.clear()
        while self._old:
            shutil.rmtree(self._old.pop(), ignore_errors=True)

    def _make(self, folder: Path) -> None:
        missing = [p for p in (folder, *folder.parents) if not p.exists()]
        for path in reversed(missing):
            path.mkdir()
            self._undo.append(path.rmdir)


def _move_back(target: Path, new: Path) -> None:
    if new.exists():  # a copy to another file system that broke off
        shutil.rmtree(target, ignore_errors=True)
    else:
        shutil.move(target, new)


def recover(target: Path) -> None:
    """Put back what a release that was killed had just moved aside."""
    for aside in target.parent.glob(f".{target.name}.old-*"):
        if (aside / "old").exists() and not target.exists():
            (aside / "old").rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(content)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
