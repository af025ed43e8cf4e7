"""Archives and folders of hand-ins, as LMSs make them and as attackers do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def save_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """The path, with a zip archive of these files written to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_zip(files))
    return path


def save_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """The path, with these files written below it."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
