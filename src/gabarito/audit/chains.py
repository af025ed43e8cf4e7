"""Which cells a test hangs on, read from the names in a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from nbformat import NotebookNode

from gabarito.model import Role
from gabarito.notebook.cells import role_of
from gabarito.notebook.names import Names, names_of

_STUDENTS = frozenset({Role.PLAIN, Role.ANSWER, Role.MANUAL})
_SETTING_UP = frozenset({Role.PLAIN, Role.GIVEN})


class Chains:
    """The code cells of a notebook and what each needs, by their positions in it.

    Rather too much than too little: a cell that uses a student's name may have changed what it stands for.
    """

    def __init__(self, notebook: NotebookNode) -> None:
        self.roles = {i: role_of(c) for i, c in enumerate(notebook.cells) if c.cell_type == "code"}
        self.names: dict[int, Names] = {i: names_of(notebook.cells[i]) for i in self.roles}
        self._needed: dict[int, frozenset[int]] = {}
        makers: dict[str, frozenset[int]] = {}
        for index, names in self.names.items():
            direct = {maker for name in names.needs for maker in makers.get(name, ())}
            self._needed[index] = frozenset(direct).union(*(self._needed[d] for d in direct))
            if self.roles[index] is Role.TEST:
                continue
            for name in names.needs & makers.keys():
                if any(self.roles[maker] in _STUDENTS for maker in makers[name]):
                    makers[name] |= {index}
            makers |= dict.fromkeys(names.binds, frozenset({index}))
        self._setting_up = frozenset(
            i for i, role in self.roles.items() if role in _SETTING_UP and not self._is_of_students(i)
        )

    def _is_of_students(self, index: int) -> bool:
        """Whether a cell needs an answer, so that it can be left out where nobody needs the cell itself."""
        return any(self.roles[i] in (Role.ANSWER, Role.MANUAL) for i in self._needed[index])

    def needed(self, *cells: int) -> frozenset[int]:
        """These cells, all that they need, and what sets the notebook up."""
        return self._setting_up.union(cells, *(self._needed[c] for c in cells))

    def tests(self) -> list[int]:
        """The positions of all tests."""
        return [i for i, role in self.roles.items() if role is Role.TEST]

    def answers(self) -> list[int]:
        """The positions of all answers that tests check."""
        return [i for i, role in self.roles.items() if role is Role.ANSWER]

    def tests_after(self, answer: int) -> list[int]:
        """The tests that an answer's change can be seen by."""
        return [t for t in self.tests() if answer in self._needed[t]]

    def own_tests(self, answer: int) -> list[int]:
        """The tests of this exercise: those that follow it before the next answer, else those that need it."""
        found: list[int] = []
        for index, role in self.roles.items():
            if index > answer and role in (Role.ANSWER, Role.MANUAL):
                break
            if index > answer and role is Role.TEST:
                found.append(index)
        return found or self.tests_after(answer)

    def shared_by_tests(self) -> Iterator[tuple[int, str, int]]:
        """Each test that uses a name of an earlier test, with the name and the earlier test."""
        makers: dict[str, int] = {}
        for index, names in self.names.items():
            is_test = self.roles[index] is Role.TEST
            for name in sorted(names.needs & makers.keys()) if is_test else ():
                yield index, name, makers[name]
            for name in names.binds:
                makers.pop(name, None)
                if is_test:
                    makers[name] = index
