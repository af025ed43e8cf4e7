"""Where in a notebook something was found, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from gabarito.errors import SourceError


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was not carried over as it was. `cell` counts from 1; 0 is the notebook as a whole."""

    cell: int
    message: str

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.message}" if self.cell else self.message


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the notebook that is read; `cell` counts from 1."""

    notebook: str
    cell: int
    first_line: int = 1
    """The line of the cell that the text in question begins with."""

    def fault(self, message: str, line: int = 0) -> SourceError:
        """An error that names the cell, and the line where it is known (counted from 1 in the text in question)."""
        where = f", line {self.first_line + line - 1}" if line else ""
        return SourceError(f"{self.notebook}, cell {self.cell}{where}: {message}")

    def note(self, message: str) -> Note:
        """What is to be said about this cell."""
        return Note(self.cell, message)
