"""`%gabarito check` in a notebook: its visible tests, run from top to bottom as grading runs them."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gabarito.errors import GabaritoError, UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_USAGE = "%gabarito check, or %gabarito check NOTEBOOK.ipynb"


def register(ip: InteractiveShell) -> None:
    """Make the magic known to a notebook's shell."""

    def gabarito(line: str) -> None:
        """Run the notebook's visible tests: `%gabarito check [NOTEBOOK.ipynb]`. Save the notebook first."""
        try:
            _gabarito(ip, line)
        except GabaritoError as e:  # a traceback through our own code would help nobody
            from gabarito.cli.app import tame

            print(tame(f"error: {e}"), file=sys.stderr)

    ip.register_magic_function(gabarito, "line", "gabarito")


def _gabarito(ip: InteractiveShell, line: str) -> None:
    if _is_graded():
        print("%gabarito does nothing while the notebook itself is checked or graded")
        return
    command, *rest = shlex.split(line) or [""]
    if command != "check" or len(rest) > 1:
        raise UsageError(f"%gabarito {line.strip()} is not known; write {_USAGE}")
    from gabarito.cli.app import TameConsole
    from gabarito.cli.check import show_checked
    from gabarito.exchange.check import check

    show_checked(check(Path(rest[0]) if rest else _notebook(ip)), TameConsole())


def _is_graded() -> bool:
    """Whether this is a process of the engine's: the notebook that it runs may hold the magic itself."""
    shell = sys.modules.get("gabarito.engine.shell")
    return bool(shell is not None and shell._shells)


def _notebook(ip: InteractiveShell) -> Path:
    """The file of the notebook that asks.

    Jupyter names it in the environment, Visual Studio Code in the notebook's names; else it is the only one here.

    Raises:
        UsageError: that can't be told.
    """
    for named in (ip.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(named, str) and named.endswith(".ipynb"):
            # Jupyter's is relative to where its server was started; the notebook's own folder is the current one.
            for path in (Path(named), Path(Path(named).name)):
                if path.is_file():
                    return path
    found = sorted(Path().glob("*.ipynb"))
    if len(found) == 1:
        return found[0]
    there = f"there are {', '.join(map(str, found))}" if found else f"there is none in {Path.cwd()}"
    raise UsageError(f"which notebook is to be checked can't be told ({there}); write %gabarito check NOTEBOOK.ipynb")
