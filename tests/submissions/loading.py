"""Sample submissions: one file a mistake or an attack, its cells parted by `# %%`, what must become of it on top."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gabarito.model import Outcome

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """Cells, the outcome of each, and a part of the sentence said of the first that did not pass."""

    name: str
    cells: tuple[str, ...]
    expect: tuple[Outcome, ...]
    says: str


def load_samples(kind: str) -> list[Sample]:
    """All samples in the folder of this kind, by name."""
    return [_load(path) for path in sorted((FOLDER / kind).glob("*.py"))]


def _load(path: Path) -> Sample:
    head, *cells = path.read_text().split("\n# %%\n")
    told = dict(line.removeprefix("# ").split(": ", 1) for line in head.strip().splitlines())
    return Sample(
        name=path.stem,
        cells=tuple(cell.strip("\n") for cell in cells),
        expect=tuple(Outcome(word) for word in told["expect"].split()),
        says=told.get("says", ""),
    )
