"""The floor: cells of many submissions one after another in one warm process, `python floor.py INPUT OUTPUT`.

This is IPython and what the notebooks import, and nothing else. IPython's plainest tracebacks are chosen, because its
default ones take seconds for one endless recursion, and the garbage collector leaves alone what the imports made: the
floor is meant to be as low as a careful instructor's own loop over the submissions would be.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

_BEGAN = time.perf_counter()
_WARM_UP = 2


def main(source: Path, target: Path) -> None:
    """Read imports and submissions from `source`, write to `target` what the start and each submission took."""
    given = json.loads(source.read_text())
    for name in given["imports"]:
        importlib.import_module(name)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    shell = _shell()
    gc.collect()
    gc.freeze()
    start = {"cpu": time.process_time(), "wall": time.perf_counter() - _BEGAN}
    for submission in given["submissions"][:_WARM_UP]:
        _run(shell, submission)
    costs = {s["student"]: _run(shell, s) for s in given["submissions"]}
    target.write_text(json.dumps({"start": start, "submissions": costs}))


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Minimal"
    config.InteractiveShell.colors = "NoColor"
    shell = InteractiveShell.instance(config=config)
    shell.run_cell("None", silent=True)
    return shell


def _run(shell: Any, submission: dict[str, Any]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        shell.reset(new_session=False)
        _seed(submission["seed"])
        for cell in submission["cells"]:
            shell.run_cell(cell, store_history=True)
    finally:
        sys.stdout, sys.stderr = out, err
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _seed(seed: int) -> None:
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
