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


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests run side by side that share no worker: those of one file, and of one sandbox and mode, stay together.

    What takes longest begins first.
    """
    for item in items:
        parameters = getattr(item, "callspec", None)
        place = parameters.params.get("bench") if parameters is not None else None
        item.add_marker(pytest.mark.xdist_group(f"{item.path.name}-{place}"))
    items.sort(key=lambda item: item.path.name != "test_attacks.py")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") is not None and not Path("/dev/nvidiactl").exists():
        pytest.skip("needs a real GPU")
