"""Fixtures of containers."""

from tests.engines import base_image, cpu_image, podman

__all__ = ["base_image", "cpu_image", "podman"]
