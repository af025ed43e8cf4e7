"""Checking an image: that it is there, that it was built from this gabarito, and what is in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from gabarito.engine.image import (
    LOCK_LABEL,
    PYTHON,
    RECIPE_LABEL,
    TARGET_LABEL,
    TARGETS,
    VERSION_LABEL,
    WORKER_LABEL,
    reference,
)
from gabarito.errors import EngineError
from gabarito.images.listing import Image, find_image
from gabarito.images.program import call
from gabarito.images.recipe import containers, labels

_USER = "20000:20000"
_MOST_TOLD = 3
_LABELLED = {
    VERSION_LABEL: "version",
    WORKER_LABEL: "worker's sources",
    LOCK_LABEL: "pinned packages",
    RECIPE_LABEL: "recipe",
}
_INSIDE = {
    "worker": "the worker's modules can be imported",
    "versions": "packages are those that are pinned",
    "imports": "packages of the course can be imported",
    "programs": "no package manager, no network program",
    "set-user-id": "no file gives rights to who starts it",
    "writable": "nobody but root may write",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `problem` is empty where it is as it should be."""

    name: str
    what: str
    problem: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An image and all findings."""

    image: Image
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not any(f.problem for f in self.findings)


def check_image(program: str, name: str | None = None) -> Checked:
    """Look at an image's labels, and into it.

    Args:
        program: `podman` or `docker`.
        name: the image; by default `gabarito.engine.image.reference("cpu")`.

    Raises:
        EngineError: there is no such image, it can't be started, or the engine fails.
    """
    wanted = name or reference("cpu")
    image = find_image(program, wanted)
    if image is None:
        target = wanted.rpartition(":")[2]
        how = f" --target {target}" if target in TARGETS[1:] else ""
        raise EngineError(f"{program} has no image {wanted}; make it with 'gabarito image build{how}'")
    return Checked(image, (_origin(image), *_inside(program, image)))


def _origin(image: Image) -> Finding:
    what = "built from this gabarito"
    if image.target not in TARGETS:
        problem = f"no label {TARGET_LABEL}: another program built it; run 'gabarito image build'"
        return Finding("origin", what, problem)
    now = labels(image.target)
    differing = [word for label, word in _LABELLED.items() if image.labels.get(label) != now[label]]
    if not differing:
        return Finding("origin", what, "")
    how = f"run 'gabarito image build --target {image.target}'"
    return Finding("origin", what, f"built from another version ({', '.join(differing)} differ); {how}")


def _inside(program: str, image: Image) -> list[Finding]:
    script = Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
    arguments = ["run", "--rm", "--interactive", "--network", "none", "--read-only", "--tmpfs", "/tmp:rw,mode=1777"]  # noqa: S108
    arguments += ["--cap-drop", "all", "--security-opt", "no-new-privileges", "--user", _USER]
    arguments += ["--env", "HOME=/tmp", "--entrypoint", PYTHON, image.reference, "-", *_course_packages()]
    doing = f"looking into {image.reference}"
    said = call(program, *arguments, doing=doing, stdin=script)
    try:
        found = json.loads(said)
        return [Finding(name, what, _told(found[name])) for name, what in _INSIDE.items()]
    except (ValueError, KeyError, TypeError) as e:
        raise EngineError(
            f"{doing} failed: it answers {said[:200]!r} ({e!r}); build it again with 'gabarito image build'"
        ) from None


def _course_packages() -> list[str]:
    lines = (containers() / "packages.in").read_text(encoding="utf-8").splitlines()
    return [found[0] for line in lines if (found := re.match(r"[A-Za-z0-9][\w.-]*", line))]


def _told(problems: list[str]) -> str:
    more = f" and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    return ", ".join(problems[:_MOST_TOLD]) + more
