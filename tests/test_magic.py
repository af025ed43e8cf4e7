"""`%gabarito check` in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

import gabarito
from gabarito.engine import shell as engine_shell
from gabarito.errors import UsageError
from tests.exchange.courses import save
from tests.exchange.test_check import put, solved


@pytest.fixture
def ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    for name in ("JPY_SESSION_NAME", "VIRTUAL_ENV"):  # IPython warns of another environment than its own
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell()
    gabarito.load_ipython_extension(made)
    yield made
    made.history_manager.end_session()


def test_a_kernel_runs_the_tests_of_its_own_notebook(tmp_path: Path) -> None:
    notebook = solved()
    notebook.cells.append(new_code_cell("%load_ext gabarito\n%gabarito check"))
    put(tmp_path, notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    told = "".join(str(output) for output in notebook.cells[-1].outputs)
    assert "2 of 2 tests pass: 2.5 of 3 points" in told
    assert "test-two" in told


def test_in_a_notebook_that_is_checked_it_does_nothing(
    ip: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine_shell, "_shells", [object()])
    ip.run_line_magic("gabarito", "check")
    assert "does nothing while" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["", "grade", "check a b"])
def test_what_is_not_known_is_said(ip: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str) -> None:
    ip.run_line_magic("gabarito", line)
    assert "write %gabarito check" in capsys.readouterr().err


def test_which_notebook_asks(
    ip: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Path] = []

    def check(path: Path) -> None:
        asked.append(path)
        raise UsageError("enough")

    monkeypatch.setattr("gabarito.exchange.check.check", check)
    ip.run_line_magic("gabarito", "check")
    assert "there is none in" in capsys.readouterr().err
    save(solved(), tmp_path / "one.ipynb")
    ip.run_line_magic("gabarito", "check")
    save(solved(), tmp_path / "two.ipynb")
    ip.run_line_magic("gabarito", "check")
    assert "one.ipynb, two.ipynb" in capsys.readouterr().err
    ip.run_line_magic("gabarito", "check 'two.ipynb'")
    monkeypatch.setenv("JPY_SESSION_NAME", "course/two.ipynb")
    ip.run_line_magic("gabarito", "check")
    ip.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "one.ipynb")
    ip.run_line_magic("gabarito", "check")
    assert [path.name for path in asked] == ["one.ipynb", "two.ipynb", "two.ipynb", "one.ipynb"]


def test_a_terminal_obeys_no_message(ip: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    ip.run_line_magic("gabarito", "check 'mine\x1b[2J.ipynb'")
    told = capsys.readouterr().err
    assert "mine␛[2J.ipynb" in told
