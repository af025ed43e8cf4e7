"""Settings of all tests: how long a hypothesis example takes says more about the machine than about the code."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("gabarito", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gabarito")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") is not None and not Path("/dev/nvidiactl").exists():
        pytest.skip("needs a real GPU")
