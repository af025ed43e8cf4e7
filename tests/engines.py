"""Container engines for tests: an image of this version, built once, and why there is none."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gabarito.engine.image import IMAGE_NAME
from gabarito.images.build import build_image
from gabarito.images.listing import find_image
from gabarito.images.recipe import labels

ROOT = Path(__file__).parents[1]
BASE = "localhost/gabarito-base:bookworm"
_PROGRAMS = ("podman", "runc", "mmdebstrap")


@pytest.fixture(scope="session")
def podman() -> Iterator[str]:
    """The program, set up so that it works as root on a bare machine."""
    if os.geteuid() != 0:
        pytest.skip("podman: these tests need root")
    if missing := [name for name in _PROGRAMS if not shutil.which(name)]:
        pytest.skip(f"podman: {', '.join(missing)} not installed; 'make engines' installs it on Debian and Ubuntu")
    with pytest.MonkeyPatch.context() as patch:
        if "CONTAINERS_CONF" not in os.environ:
            patch.setenv("CONTAINERS_CONF", str(ROOT / "tests" / "containers.conf"))
        yield "podman"


@pytest.fixture(scope="session")
def base_image(podman: str) -> str:
    """A Debian with Python, made from packages; made once on a machine."""
    made = subprocess.run([ROOT / "scripts" / "base-image", BASE], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"podman: no base image ({made.stderr.strip()[-300:]})")
    return BASE


@pytest.fixture(scope="session")
def cpu_image(podman: str, base_image: str) -> str:
    """An image of these very sources, built where there is none yet."""
    wanted = labels("cpu")
    name = f"{IMAGE_NAME}:test-{wanted['gabarito.worker'][:12]}"
    with open(Path(tempfile.gettempdir(), "gabarito-test-image.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once would do the same work twice
        found = find_image(podman, name)
        if found is None or not found.is_current:
            build_image("cpu", engine=podman, base=base_image, tag=name)
    return name
