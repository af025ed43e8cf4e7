from __future__ import annotations

import pytest

from tests.cli.commands import Gabarito, caller


@pytest.fixture
def gabarito(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gabarito:
    return caller(monkeypatch, capsys)
