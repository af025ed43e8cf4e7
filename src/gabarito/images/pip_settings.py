"""Where pip finds packages on this machine, told to a pip that runs while an image is built."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Where they lie while the image is built: in /dev, which is in memory then, so that no mount point stays behind.
INSIDE = "/dev/gabarito/host"

_TAKEN = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "timeout", "retries"),
    *("cert", "client-cert"),
)
_PLACES = ("index-url", "extra-index-url", "find-links")
_FILES = ("cert", "client-cert")


@dataclass(frozen=True, slots=True)
class PipSettings:
    """A configuration file for pip, and what of this machine must be mounted for it: path here to path inside."""

    text: str
    mounts: dict[str, str]


def read_pip_settings() -> PipSettings:
    """This machine's settings, from `pip config list`; none where there is no pip."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, errors="replace", check=False
    )
    return translate(done.stdout if done.returncode == 0 else "")


def translate(listed: str) -> PipSettings:
    """What `pip config list` printed, for a pip inside: folders and files of this machine get their paths inside."""
    values = _values(listed)
    mounts: dict[str, str] = {}
    lines = ["[global]"]
    for name in _TAKEN:
        if not (value := values.get(name, "").strip()):
            continue
        if name in _PLACES:
            words = [_inside(word, mounts, is_index=name != "find-links") for word in value.split()]
            lines.append(f"{name} =" + "".join(f"\n    {word}" for word in words))
        elif name in _FILES:
            lines.append(f"{name} = {_mounted(Path(value).expanduser(), mounts)}")
        else:
            lines.append(f"{name} = {value}")
    return PipSettings("\n".join([*lines, ""]), mounts)


def _values(listed: str) -> dict[str, str]:
    """The settings that hold for `pip install`: the environment before files, its own before those for all."""
    ranked: dict[str, tuple[int, str]] = {}
    for scope, name, value in _entries(listed):
        rank = {"global": 0, "install": 1, ":env:": 2}.get(scope, -1)
        if rank >= 0 and rank >= ranked.get(name, (0, ""))[0]:
            ranked[name] = rank, value
    return {name: value for name, (_, value) in ranked.items()}


def _entries(listed: str) -> Iterator[tuple[str, str, str]]:
    for line in listed.splitlines():
        key, separator, quoted = line.partition("=")
        scope, _, name = key.rpartition(".")
        if separator:
            try:
                yield scope, name.replace("_", "-"), str(ast.literal_eval(quoted))
            except (SyntaxError, ValueError):
                continue


def _inside(place: str, mounts: dict[str, str], *, is_index: bool) -> str:
    """An address as it is; a folder of this machine as it is called inside."""
    parts = urlsplit(place)
    if parts.scheme not in ("", "file"):
        return place
    path = Path(unquote(parts.path)).expanduser()
    if not path.exists():
        return place
    # An index in a folder may lead to files beside it (../../files/…).
    if is_index and path.parent != Path("/"):
        inside = f"{_mounted(path.parent, mounts)}/{path.name}"
    else:
        inside = _mounted(path, mounts)
    return f"file://{inside}" if parts.scheme else inside


def _mounted(path: Path, mounts: dict[str, str]) -> str:
    real = str(path.resolve())
    return mounts.setdefault(real, f"{INSIDE}/{len(mounts)}")
