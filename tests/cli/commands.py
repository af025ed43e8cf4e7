"""The command line called as from a shell, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gabarito.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    output: str
    errors: str


Gabarito = Callable[..., Ended]


def caller(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gabarito:
    """A function that calls `gabarito` with its arguments."""

    def gabarito(*arguments: str, width: int = 80) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gabarito", *arguments])
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)  # else it is called as pytest was
        monkeypatch.setenv("COLUMNS", str(width))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else int(e.code is not None)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return gabarito
