"""Settings of all tests: how long a hypothesis example takes says more about the machine than about the code.

Workers are plain processes, which start at once, unless a test is about a stronger sandbox.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# How the parameters of tests that grade begin: a sandbox and a mode.
_PLACE = re.compile(r"\[((?:process|bubblewrap|podman)-(?:shared|two-process))-")

settings.register_profile("gabarito", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gabarito")
os.environ["GABARITO_SANDBOX"] = "process"


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Lets tests run side by side that share no worker: those of one file, and of one sandbox and mode, stay together.

    The largest groups begin first.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        place = _PLACE.search(test)
        return f"{file} {place[1]}" if place else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Scheduling:
    """How tests are shared out among processes."""
    return _Scheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a GPU where there is none."""
    if item.get_closest_marker("gpu") is not None and not Path("/dev/nvidiactl").exists():
        pytest.skip("needs a real GPU")
