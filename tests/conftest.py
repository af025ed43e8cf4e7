"""Settings of all tests: how long a hypothesis example takes says more about the machine than about the code.

Workers are plain processes, which start at once, unless a test is about a stronger sandbox.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("gabarito", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gabarito")
os.environ["GABARITO_SANDBOX"] = "process"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") is not None and not Path("/dev/nvidiactl").exists():
        pytest.skip("needs a real GPU")
