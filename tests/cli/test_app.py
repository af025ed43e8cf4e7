"""What all commands share: help, exit codes, the course, and errors that are sentences."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

import gabarito.cli.context
from gabarito.cli.app import COMMANDS, console, echo_file, print_json, tame
from tests.cli.commands import Gabarito

ARGUMENTS = {
    "receipt": ("verify", "receipt.json"),
    "release": ("small",),
    "audit": ("small",),
    "submit": ("small.ipynb", "--student", "ana"),
    "roster": ("list",),
    "collect": ("small", "small.zip"),
    "grade": ("small",),
    "feedback": ("small",),
    "report": ("small",),
    "export": ("small",),
    "import-otter": ("small.ipynb",),
    "demo": ("small",),
    "regrade": ("small", "--diff"),
    "history": ("small",),
    "store": ("gc",),
}
PARTS = (
    *("image build", "image list", "image check", "receipt verify", "roster import", "roster list"),
    *("store info", "store gc", "store verify"),
)


def test_every_command_is_tried_here() -> None:
    assert {*ARGUMENTS, "image", "doctor", "check"} == set(COMMANDS)  # the last three need no course


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("command", [*COMMANDS, *PARTS])
def test_help_fits_and_has_an_example(gabarito: Gabarito, command: str, width: int) -> None:
    name, *more = command.split()
    done = gabarito(name, *more, "--help", width=width)
    assert done.code == 0
    assert max(map(len, done.output.splitlines())) <= width
    words = done.output.split()
    assert any(word.startswith("Example") for word in words)
    uses = [
        n for n, word in enumerate(words[:-1]) if (word, *words[n + 1 :][: 1 + len(more)]) == ("gabarito", name, *more)
    ]
    assert len(uses) >= 2  # the usage line, and an example
    assert gabarito(name, *more, "-h", width=width).output == done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_all_commands_are_listed(gabarito: Gabarito, command: str) -> None:
    done = gabarito("--help")
    assert (done.code, done.errors) == (0, "")
    assert f" {command} " in done.output
    assert max(map(len, done.output.splitlines())) <= 80


def test_version(gabarito: Gabarito) -> None:
    done = gabarito("--version")
    assert (done.code, done.output) == (0, f"gabarito {importlib.metadata.version('gabarito')}\n")


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "gabarito", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gabarito ")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("grad",), "No such command 'grad'"),
        (("grade",), "Missing argument"),
        (("grade", "small", "--jobs", "0"), "--jobs"),
        (("grade", "small", "--fast"), "No such option: --fast"),
        (("demo", "small", "--size", "many"), "--size"),
        (("submit", "small.ipynb"), "Missing option '--student'"),
        (("--course",), "requires an argument"),
    ],
)
def test_a_wrong_command_is_exit_code_2(gabarito: Gabarito, arguments: tuple[str, ...], why: str) -> None:
    done = gabarito(*arguments)
    assert (done.code, done.output) == (2, "")
    assert why in " ".join(done.errors.split())


def test_no_command_shows_help(gabarito: Gabarito) -> None:
    done = gabarito()
    assert "Usage: gabarito [OPTIONS] COMMAND" in done.output + done.errors
    assert done.code == 2


def test_a_value_that_cannot_be_meant_is_exit_code_2(gabarito: Gabarito, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "small.ipynb").write_text("{}")
    done = gabarito("--course", str(tmp_path), "submit", str(tmp_path / "small.ipynb"), "--student", "../bo")
    assert (done.code, done.output) == (2, "")
    assert done.errors.startswith("error: '../bo' can't be a student id")


@pytest.mark.parametrize("command", ARGUMENTS)
def test_outside_a_course(gabarito: Gabarito, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = gabarito(command, *ARGUMENTS[command])
    assert (done.code, done.output) == (1, "")
    assert done.errors.splitlines()[-1] == (
        f"error: no nbgrader_config.py in {tmp_path} or any folder above it; "
        "go to the course folder, or name it with 'gabarito --course DIR …'"
    )


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_folder_that_is_no_course(gabarito: Gabarito, command: str, tmp_path: Path) -> None:
    done = gabarito("--course", str(tmp_path / "none"), command, *ARGUMENTS[command])
    assert (done.code, done.output) == (1, "")
    assert f"no nbgrader_config.py in {tmp_path / 'none'}; create one" in done.errors


@pytest.mark.parametrize(
    "command", [c for c in ARGUMENTS if c not in ("submit", "receipt", "roster", "store", "import-otter")]
)
def test_an_unknown_assignment(gabarito: Gabarito, command: str, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").touch()
    for name in ("tensors", "optimise"):
        (tmp_path / "source" / name).mkdir(parents=True)
    done = gabarito("--course", str(tmp_path), command, *ARGUMENTS[command])
    assert done.code == 1
    assert done.errors.startswith("error: ")
    assert "Traceback" not in done.errors
    if command not in ("report", "export", "history"):  # which know the gradebook only
        assert "optimise, tensors" in done.errors


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("c = (", "can't be loaded: SyntaxError: '(' was never closed (nbgrader_config.py, line 1)"),
        ("import nonsense", "can't be loaded: ModuleNotFoundError: No module named 'nonsense'"),
        (
            "c.Gabarito.memory_mb = 'much'",
            "'memory_mb' trait of a Gabarito instance expected an int, not the str 'much'",
        ),
        ("c.Gabarito.memory = 5", "c.Gabarito has no option 'memory'; did you mean 'memory_mb'?"),
    ],
)
def test_a_broken_configuration(gabarito: Gabarito, config: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(config)
    done = gabarito("--course", str(tmp_path), "report", "small")
    assert (done.code, done.output) == (1, "")
    assert done.errors.startswith(f"error: {tmp_path}/nbgrader_config.py")
    assert why in done.errors


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left on device", "x.ipynb"), 1, "error: x.ipynb: No space left on device"),
        (OSError("odd"), 1, "error: odd"),
        (KeyboardInterrupt(), 130, "stopped; nothing is left half done: run the command again to go on"),
    ],
)
def test_what_else_may_end_a_command(
    gabarito: Gabarito, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def fail(name: str) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("gabarito.cli.app.importlib.import_module", fail)
        early = gabarito("report", "small")
    monkeypatch.setattr("gabarito.cli.report.course_of", fail)
    late = gabarito("report", "small")
    for done in (early, late):
        assert (done.code, done.output, done.errors.strip()) == (code, "", said)


def test_square_brackets_in_a_message_stay(gabarito: Gabarito, tmp_path: Path) -> None:
    folder = tmp_path / "[red]course[/red]"
    assert "[red]course[/red]" in gabarito("--course", str(folder), "report", "small").errors


@pytest.mark.parametrize("sign", ["\x1b]0;x\x07", "\x1b[2J", "\x9b2J", "\r", "\x7f"])
def test_a_terminal_obeys_no_name_or_message(
    gabarito: Gabarito, sign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = gabarito("--course", str(tmp_path / f"mine{sign}"), "report", "x")
    assert ended.code
    assert "mine" in ended.errors.replace("\n", "")
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in ended.errors.replace("\n", ""))
    table = Table("name")
    table.add_row(f"mine{sign}")
    table.add_row(Text(f"mine{sign}"))
    console.print(table, f"mine{sign}", Text(f"mine{sign}"))
    told = capsys.readouterr().out
    assert told.count("mine") == 4
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in told.replace("\n", ""))


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x9b2J", "\x7f"])
def test_a_terminal_obeys_no_data(
    sign: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    print_json({"name": f"mine{sign}"})
    told = capsys.readouterr().out
    assert json.loads(told) == {"name": f"mine{sign}"}
    assert sign[0] not in told
    echo_file(f"ana,mine{sign}\r\n".encode())
    assert capsys.readouterr().out == f"ana,mine{sign}\r\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    echo_file(f"ana,mine{sign}\r\n".encode())
    told = capsys.readouterr().out
    assert told == f"ana,{tame(f'mine{sign}')}\n"
    assert sign[0] not in told


def test_the_course_is_found_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "source" / "small").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "source" / "small")

    class Context:
        obj = None

    assert gabarito.cli.context.course_of(Context()).root == tmp_path  # type: ignore[arg-type]


def test_commands_start_without_what_only_a_server_of_jupyter_needs() -> None:
    code = (
        "import sys; import gabarito.cli.app as app; app._spare_imports(); import nbgrader.api, nbformat; "
        "print(*[name for name in ('jupyter_server', 'rfc3987_syntax') if sys.modules.get(name)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
