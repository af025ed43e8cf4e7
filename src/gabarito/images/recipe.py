"""What an image is made from: the files of `containers/` and this package's own sources."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import gabarito
from gabarito.engine.image import (
    LOCK_LABEL,
    RECIPE_LABEL,
    TARGET_LABEL,
    TARGETS,
    VERSION_LABEL,
    WORKER_LABEL,
    worker_digest,
    worker_files,
)
from gabarito.errors import EngineError, UsageError

_RECIPE = ("Containerfile", "strip.sh", "install.sh")
_EPOCH = 315_532_800  # 1980: builders compare times of files, and a fresh copy must look like the one before


def containers() -> Path:
    """The folder `containers/`: of this checkout, or as it was installed.

    Raises:
        EngineError: it is not there.
    """
    package = Path(gabarito.__file__).parent
    for folder in (package.parents[1] / "containers", package / "containers"):
        if (folder / "Containerfile").is_file():
            return folder
    raise EngineError(
        f"the files that images are made from are missing ({package / 'containers'}); install gabarito again"
    )


def lock(target: str) -> Path:
    """The pinned packages of a target.

    Raises:
        UsageError: there is no such target.
        EngineError: the file is not there.
    """
    if target not in TARGETS:
        raise UsageError(f"no target {target!r}; there are: {', '.join(TARGETS)}")
    path = containers() / f"{target}.lock"
    if not path.is_file():
        raise EngineError(
            f"the pinned packages {path} are missing; make them with 'make lock', or install gabarito again"
        )
    return path


def labels(target: str) -> dict[str, str]:
    """What an image that is up to date is labelled with.

    Raises:
        UsageError: there is no such target.
        EngineError: a file is missing.
    """
    return {
        VERSION_LABEL: gabarito.__version__,
        TARGET_LABEL: target,
        WORKER_LABEL: worker_digest(),
        LOCK_LABEL: _digest(lock(target)),
        RECIPE_LABEL: _digest(*(containers() / name for name in _RECIPE)),
    }


def write_context(folder: Path, target: str) -> None:
    """Fill an empty folder with all that the image is built from, the same each time.

    Raises:
        UsageError: there is no such target.
        EngineError: a file is missing.
    """
    copies = {name: containers() / name for name in _RECIPE}
    copies[f"{target}.lock"] = lock(target)
    copies |= {f"gabarito/{name}": path for name, path in worker_files()}
    for name, source in copies.items():
        to = folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, to)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_EPOCH, _EPOCH))


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
