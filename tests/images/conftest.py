from __future__ import annotations

from tests.engines import base_image, cpu_image, podman
from tests.images.stubs import stub

__all__ = ["base_image", "cpu_image", "podman", "stub"]
