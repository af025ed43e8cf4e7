"""The image for podman. `tests.engines` makes it: when that is there, import `cpu_image` and what it needs from it here."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def cpu_image() -> str:
    pytest.skip("podman: no image for tests")
