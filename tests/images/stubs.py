"""A container engine that only says what it is told to say."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_SCRIPT = """#!{python} -IS
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
answers = json.loads((here / "answers.json").read_text())
with (here / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(sys.argv) + "\\n")
for word in sys.argv:
    if word.startswith("id=pip,src="):
        (here / "pip.conf").write_text(pathlib.Path(word.partition("src=")[2]).read_text())
context = pathlib.Path(sys.argv[-1])
if sys.argv[1] == "build" and context.is_dir():
    files = sorted(str(p.relative_to(context)) for p in context.rglob("*") if p.is_file())
    (here / "context.json").write_text(json.dumps(files))
code, out, err = answers.get(" ".join(sys.argv[1:3])) or answers.get(sys.argv[1]) or [0, "", ""]
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


@dataclass(frozen=True)
class Stub:
    """Programs in a folder that is all of PATH, and what they were called with."""

    folder: Path

    def answer(self, command: str, *, code: int = 0, out: str = "", err: str = "", program: str = "podman") -> None:
        """Let it end so when it is called with this command, such as `build` or `image inspect`."""
        path = self.folder / program
        path.write_text(_SCRIPT.format(python=sys.executable))
        path.chmod(0o755)
        known = self.folder / "answers.json"
        answers = json.loads(known.read_text()) if known.exists() else {}
        known.write_text(json.dumps({**answers, command: [code, out, err]}))

    def calls(self) -> list[list[str]]:
        """The arguments of each call, without the program."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line)[1:] for line in path.read_text().splitlines()] if path.exists() else []

    def pip_conf(self) -> str:
        """The configuration that the last build was given."""
        return (self.folder / "pip.conf").read_text()

    def context(self) -> list[str]:
        """Names of the files that the last build was made from."""
        names: list[str] = json.loads((self.folder / "context.json").read_text())
        return names


def inspected(labels: dict[str, str], **more: object) -> str:
    """What `podman image inspect` prints."""
    found = {"Id": "0" * 64, "Created": "2026-02-03T04:05:06.7Z", "Size": 1_800_000_000, "Labels": labels}
    return json.dumps([{**found, **more}])


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    """No program is there until it is given an answer."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Stub(folder)
