import subprocess
import sys

import pytest


def modules_after(code: str) -> set[str]:
    code += "\nimport sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_assertions_needs_no_torch() -> None:
    assert "torch" not in modules_after("import gabarito.testing")


def test_speed_of_plain_python_needs_no_torch() -> None:
    code = "from gabarito.testing import assert_faster\nassert_faster(int, than=lambda: sum(range(999)), by=2)"
    assert "torch" not in modules_after(code)


@pytest.mark.parametrize(
    "call", ["assert_peak_memory(lambda: torch.ones(2) + 1, at_most=99)", "count_operations(lambda: torch.ones(2) + 1)"]
)
def test_watching_torch_does_not_import_its_compiler(call: str) -> None:
    assert "torch._dynamo" not in modules_after(f"import torch\nfrom gabarito.testing import *\n{call}")
