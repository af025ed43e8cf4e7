"""Which notebooks a kernel has to run, and which one."""

from __future__ import annotations

import pytest

from gabarito.notebook.language import kernel_of, language_of


@pytest.mark.parametrize(
    ("spec", "language", "kernel"),
    [
        ({}, "python", ""),
        ({"name": "python3", "language": "python"}, "python", ""),
        ({"name": "conda-env-teaching-py", "language": "Python"}, "Python", ""),
        ({"name": "conda-env-teaching-py"}, "python", ""),
        ({"name": "ir", "language": "R"}, "R", "ir"),
        ({"name": "ir"}, "R", "ir"),
        ({"name": "julia-1.10"}, "julia", "julia-1.10"),
        ({"language": "R"}, "R", "r"),
    ],
)
def test_the_language_decides(spec: dict[str, str], language: str, kernel: str) -> None:
    assert (language_of(spec), kernel_of(spec)) == (language, kernel)
