"""Building the image that workers run in."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gabarito.engine.image import reference
from gabarito.errors import EngineError
from gabarito.images.pip_settings import PipSettings, read_pip_settings
from gabarito.images.program import follow, pick_program
from gabarito.images.recipe import labels, write_context

_MOST_FILES = 1 << 20


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built, and how long it took."""

    reference: str
    engine: str
    target: str
    wall_seconds: float


def build_image(
    target: str = "cpu",
    *,
    engine: str | None = None,
    base: str | None = None,
    tag: str | None = None,
    on_line: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build the image of this version; layers that have not changed are taken from the last time.

    Packages come from where pip finds them on this machine; nothing of that stays in the image.

    Args:
        target: `cpu` or `cuda`.
        engine: `podman` or `docker`; by default the first that is installed.
        base: image of a Debian or Ubuntu with Python to start from; by default a public one.
        tag: name of the image; by default `gabarito.engine.image.reference(target)`.
        on_line: gets each line that the engine prints.

    Raises:
        UsageError: there is no such target or engine.
        EngineError: the engine is missing or fails, or docker would need folders of this machine.
    """
    program = pick_program(engine)
    began = time.monotonic()
    name = tag or reference(target)
    with tempfile.TemporaryDirectory(prefix="gabarito-image-") as folder:
        context = Path(folder, "context")
        context.mkdir()
        write_context(context, target)
        settings = read_pip_settings()
        secret = Path(folder, "pip.conf")
        secret.touch(mode=0o600)  # an address may hold a password
        secret.write_text(settings.text, encoding="utf-8")
        arguments = ["build", "--network", "host", "--target", target, "--tag", name, "--build-arg", f"TARGET={target}"]
        if base is not None:
            arguments += ["--build-arg", f"BASE={base}"]
        for key, value in labels(target).items():
            arguments += ["--label", f"{key}={value}"]
        arguments += ["--secret", f"id=pip,src={secret}"]
        arguments += _docker(settings) if program == "docker" else _podman(settings)
        follow(
            program,
            [*arguments, str(context)],
            doing=f"building {name}",
            on_line=on_line,
            environment={"DOCKER_BUILDKIT": "1"},
        )
    return Built(name, program, target, time.monotonic() - began)


def _podman(settings: PipSettings) -> list[str]:
    soft, hard = (
        _MOST_FILES if limit == resource.RLIM_INFINITY else min(limit, _MOST_FILES)
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    # Podman asks for more files than some machines allow even root; what this process has is allowed.
    arguments = ["--layers", "--ulimit", f"nofile={soft}:{hard}"]
    for here, inside in settings.mounts.items():
        arguments += ["--volume", f"{here}:{inside}:ro"]
    return arguments


def _docker(settings: PipSettings) -> list[str]:
    if settings.mounts:
        raise EngineError(
            "docker can't read folders of this machine while it builds, and pip's settings name "
            f"{', '.join(settings.mounts)} (see 'pip config list'); take '--engine podman', or point pip at an address"
        )
    return ["--progress", "plain"]
