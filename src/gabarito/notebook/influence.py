"""Which tests of a notebook may influence which later ones, as far as their code tells without being run.

Two tests in processes of their own meet in what outlives them: names, objects that a name stands for, random numbers.
Files, settings of libraries and all else that code could reach is out of the question only where everything that the
code does is known to be harmless; see `gabarito.notebook.confined`. What can't be told counts as an influence.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gabarito.model import JobCell, Mode, Role
from gabarito.notebook import harmless
from gabarito.notebook.confined import (
    CONVERTS,
    DATA,
    HANDED,
    LUCK,
    MODELS,
    RANDOM,
    SEED,
    SETS,
    Part,
    Program,
    Reached,
    parts_of,
    program_of,
    resolved,
)
from gabarito.notebook.names import global_names

_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_MODULES = frozenset(name.partition(".")[0] for name in harmless.MODULES)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a test: what it shares with others."""

    reached: Reached
    """Names that it uses and doesn't bind itself, and what is behind them in the cells that are no tests."""
    binds: frozenset[str]
    sees: frozenset[str]
    """Names of what others may change, and that it gets hold of."""
    changes: frozenset[str]
    """Of these, what it may change itself, with the names that tests gave to it."""
    draws: bool
    seeds: bool
    seeds_itself: bool
    """Where it draws, whether it begins with seeds for all that it could draw from."""
    is_chance: bool
    """Whether it may end otherwise in the next run: it, or code behind it, draws, or rests on the clock."""


@dataclass(frozen=True, slots=True)
class Influences:
    """What is known of a notebook's tests. Made by `read_influences`."""

    program: Program
    """The cells that are no tests, up to the first that isn't confined."""
    tests: dict[str, Known]
    """By id, those of which enough is known; every other one may depend on all before it, and change all after it."""
    meets: dict[str, tuple[str, ...]]
    """For each test, in order, the ids of the earlier tests that its verdict may depend on, and on which those may."""
    unseen: frozenset[str]
    """Ids of the tests that make no difference to any later cell that is no test."""


def influences(cells: Sequence[JobCell], files: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """The `meets` of `read_influences`."""
    return read_influences(cells, files).meets


def read_influences(cells: Sequence[JobCell], files: Collection[str] = ()) -> Influences:
    """Which earlier tests the verdict of each test may depend on.

    A test in shared mode may depend on everything before it, and change everything after it; so may one whose code, or
    whose notebook's code before it, does what isn't known to be harmless.

    Args:
        cells: all code cells of a notebook.
        files: relative POSIX paths of the files beside it. One that is called like a library may be imported instead.
    """
    own = [cell for cell in cells if cell.role is not Role.TEST]
    is_shadowed = any(path.partition("/")[0].partition(".")[0] in _MODULES for path in files)
    sources = (
        []
        if is_shadowed
        else [(parts_of(cell.source, is_given=cell.role is Role.GIVEN), cell.role is Role.GIVEN) for cell in own]
    )
    program = program_of(sources)
    has_seed = any(SEED in part.uses for part in program.parts)
    after = _after(cells, program)
    objects = _Objects(program, [cell.source for cell in cells if cell.role is Role.TEST])
    known: dict[str, Known] = {}
    found: dict[str, tuple[str, ...]] = {}
    place = 0
    is_seeded = False
    for cell in cells:
        if cell.role is not Role.TEST:
            place += 1
            continue
        is_followed = place <= program.cells and not is_shadowed
        test = _known(cell, program, after[cell.id], objects) if is_followed else None
        some = {
            other
            for other in found
            if test is None or other not in known or _meet(known[other], test, has_seed=has_seed, is_seeded=is_seeded)
        }
        is_seeded = is_seeded or test is None or test.seeds
        for other in tuple(some):
            some.update(found[other])
        found[cell.id] = tuple(other for other in found if other in some)
        if test is not None:
            known[cell.id] = test
        else:
            objects.mix()
    unseen = frozenset(test for test in known if _is_unseen(known[test], after[test], has_seed=has_seed))
    return Influences(program, known, found, unseen)


class _Objects:
    """What tests get hold of through one another: the names that they bind, and objects that they bring together."""

    def __init__(self, program: Program, tests: Sequence[str]) -> None:
        """`tests` are the sources of all of them."""
        self._program = program
        self.imports: dict[str, str] = {}
        """Names that tests have imported, with what they are imported as."""
        self._bound: dict[str, frozenset[str]] = {}
        """Names that a test has bound, by what stands for the test…"""
        self._used: dict[str, frozenset[str]] = {}
        """…and all that it uses, itself or code behind it."""
        self._groups: dict[str, frozenset[str]] = {}
        """With what a name, or a test's, was brought together: through any of these, the others may be changed."""
        self._is_mixed = False
        self._kinds = {name for part in program.parts for name in part.uses & _KINDS}
        is_known = all(parts_of(source, is_given=True) is not None for source in tests)
        bound = program.binds.union(*(_names_of(source).bound for source in tests))
        self._may_look = is_known and harmless.LOOKING_BUILTINS.isdisjoint(bound)

    def behind(self, names: frozenset[str]) -> frozenset[str]:
        """Names, with all that is used by the tests that have bound any of them: code of theirs may be behind it."""
        found, left = names, dict(self._bound)
        while more := [test for test, bound in left.items() if not bound.isdisjoint(found)]:
            found = found.union(*(left.pop(test) | self._used[test] for test in more))
        return found

    def seen(self, used: frozenset[str], needed: frozenset[str]) -> frozenset[str]:
        """Of what others may change, what a test gets hold of.

        Args:
            used: names that it uses, itself or code behind it.
            needed: those of them that it has from elsewhere.
        """
        names = self._program.seen(used) | {test for test, bound in self._bound.items() if not bound.isdisjoint(needed)}
        names = names.union(*(self._groups.get(name, ()) for name in names)) - {RANDOM, SEED}
        return names | {_ANYTHING} if self._is_mixed else names

    def changed(self, parts: Sequence[Part], used: Collection[str], seen: frozenset[str]) -> frozenset[str]:
        """Of what a test of these statements gets hold of, what it may change."""
        kinds = self._kinds.union(*(part.uses & _KINDS for part in parts))
        converts = MODELS in kinds and any(CONVERTS in part.uses for part in parts)
        if self._may_look and not converts and DATA not in kinds and all(part.only_looks for part in parts):
            return frozenset()
        if not any(name.startswith(SETS) for name in used):
            seen = frozenset(name for name in seen if not name.startswith(HANDED))
        return seen.union(*(bound for test, bound in self._bound.items() if test in seen))

    def add(self, test: str, names: _TestNames, used: frozenset[str], seen: frozenset[str]) -> None:
        """Take note of what a test has bound, and of what it may have brought together."""
        self._kinds |= used & _KINDS
        self.imports.update(names.imports)
        own = f"{_TEST}{test}"
        self._bound[own], self._used[own] = names.bound, used
        group = seen | {own}
        for name in group:
            self._groups[name] = group

    def mix(self) -> None:
        """A test has been run that may have brought everything together, and replaced any function."""
        self._is_mixed = True
        self._may_look = False


# What may be made so that others do more than to look.
_KINDS = frozenset({MODELS, DATA})
# Begins what stands among names for all that a test has bound.
_TEST = "@"
# Stands there for whatever there is.
_ANYTHING = "?anything"


@dataclass(frozen=True, slots=True)
class _After:
    """What the cells behind a test look at that are no tests; None where nobody knows."""

    used: frozenset[str] | None
    """Names that they reach when they are run."""
    in_checker: frozenset[str] | None
    """Names that given cells use, or code of given cells behind these: they run in the checker, too."""


def _after(cells: Sequence[JobCell], program: Program) -> dict[str, _After]:
    """By test, what stands behind it."""
    count = sum(cell.role is not Role.TEST for cell in cells)
    is_known = count == program.cells
    last = len(program.parts)
    reached = Reached(frozenset(), frozenset())
    given = [parts_of(cell.source, is_given=True) for cell in cells if cell.role is Role.GIVEN]
    place = len(given)
    after = _After(frozenset() if is_known else None, frozenset())
    found = {}
    for cell in reversed(cells):
        if cell.role is Role.TEST:
            found[cell.id] = after
            continue
        used, in_checker = after.used, after.in_checker
        if is_known:
            count -= 1
            last, own = last - program.counts[count], range(last - program.counts[count], last)
            run = reached.parts.union(i for i in own if not program.parts[i].is_fixed)
            reached = program.reached(reached.names, run)
            used = reached.names
        if cell.role is Role.GIVEN:
            place -= 1
            in_checker = _used_by(given, place)
        after = _After(used, in_checker)
    return found


def _used_by(given: Sequence[Sequence[Part] | None], first: int) -> frozenset[str] | None:
    """Names that given cells use from the one at a position on, with those that code of any given cell behind uses."""
    if None in given:
        return None
    parts = [part for cell in given for part in cell or ()]
    found = {name for cell in given[first:] for part in cell or () for name in part.uses}
    while more := {name for part in parts if not part.binds.isdisjoint(found) for name in part.uses} - found:
        found |= more
    return frozenset(found)


def _is_unseen(test: Known, after: _After, *, has_seed: bool) -> bool:
    """Whether nothing behind a test can see what it does."""
    if after.used is None or after.in_checker is None:
        return False
    draws = RANDOM in after.used and (test.seeds or (has_seed and test.draws))
    is_seen = _ANYTHING in test.changes or not test.changes.isdisjoint(after.used)
    return not draws and not is_seen and test.binds.isdisjoint(after.in_checker)


def _meet(earlier: Known, later: Known, *, has_seed: bool, is_seeded: bool) -> bool:
    """Whether the later test may end otherwise because the earlier one ran.

    Random numbers are as good after more draws as before, unless they begin at a seed that is set.

    Args:
        has_seed: a cell of the notebook sets one, perhaps in the student's process.
        is_seeded: a test before may set one in the checker.
    """
    return (
        not earlier.binds.isdisjoint(later.reached.names)
        or not earlier.changes.isdisjoint(later.sees)
        or (earlier.seeds and later.draws and not later.seeds_itself)
        or (earlier.draws and later.draws and (has_seed or (is_seeded and not later.seeds_itself)))
    )


def _known(cell: JobCell, program: Program, after: _After, objects: _Objects) -> Known | None:
    """What is to be known of a test, of which `objects` takes note; None where that can't be told."""
    contract, parts = cell.contract, parts_of(cell.source, is_given=True)
    if contract is None or contract.mode is Mode.SHARED or contract.give or contract.random or parts is None:
        return None
    names = _names_of(cell.source)
    imports = {**objects.imports, **program.imports}
    for name, target in names.imports:
        if (name in program.binds and name not in imports) or imports.setdefault(name, target) != target:
            return None
    if not names.made.isdisjoint(imports):
        return None
    own = resolved(parts, frozenset(imports.items()), is_given=True)
    if own is None:
        return None
    uses, handed = _uses_of(own)
    reached = program.reached(names.needed.union(contract.fetch, handed))
    if (behind := objects.behind(reached.names)) != reached.names:
        reached = program.reached(behind)
    used = reached.names | uses
    sees = objects.seen(used, reached.names)
    changes = objects.changed(own, used, sees)
    if changes or names.bound:
        objects.add(cell.id, names, used, sees)
    return Known(
        reached=reached,
        # What it has fetched stays in the checker, where later given cells find it.
        binds=names.bound.union(n for n in contract.fetch if after.in_checker is None or n in after.in_checker),
        sees=sees,
        changes=changes,
        draws=RANDOM in used,
        seeds=SEED in used,
        seeds_itself=RANDOM in used and _seeds_itself(own, imports, reached, program),
        is_chance=cell.timed or not used.isdisjoint(LUCK),
    )


@lru_cache(maxsize=1024)  # of a class all notebooks have the same tests
def _uses_of(parts: tuple[Part, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a test's statements use, and those of them that it hands on."""
    uses = frozenset(name for part in parts for name in part.uses)
    return uses, frozenset(name for name in uses if name.startswith(HANDED))


@dataclass(frozen=True, slots=True)
class _TestNames:
    """The names of a confined test."""

    needed: frozenset[str]
    """From elsewhere."""
    bound: frozenset[str]
    made: frozenset[str]
    """Of those, what is not only imported."""
    imports: tuple[tuple[str, str], ...]
    """Names with what they are imported as."""


@lru_cache(maxsize=1024)  # of a class all notebooks have the same tests
def _names_of(source: str) -> _TestNames:
    parts = parts_of(source, is_given=True) or ()
    needed, _ = _needed([part.node for part in parts], frozenset())
    return _TestNames(
        needed=needed,
        bound=frozenset(name for part in parts for name in part.binds),
        made=frozenset(name for part in parts if not part.imports for name in part.binds),
        imports=tuple(each for part in parts for each in part.imports),
    )


def _needed(nodes: Sequence[ast.stmt], bound: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Names that code uses before it has surely bound them itself, and those that it has surely bound at its end.

    Args:
        bound: names that are bound before.
    """
    needs: set[str] = set()
    for node in nodes:
        after = bound
        match node:
            case ast.For() | ast.With():
                items = [(node.target, node.iter)] if isinstance(node, ast.For) else _items(node)
                before, inside = _used([value for _, value in items]), bound
                for target, _ in items:
                    before |= _used([target]) - _stored_names(target)
                    inside |= _stored_names(target)
                parts = [(node.body, inside), (getattr(node, "orelse", []), bound)]
            case ast.If() | ast.While():
                before, parts = _used([node.test]), [(node.body, bound), (node.orelse, bound)]
            case ast.Try():
                before, parts = _used([h.type for h in node.handlers if h.type is not None]), [(node.body, bound)]
                parts += [(h.body, bound | ({h.name} if h.name else set())) for h in node.handlers]
                parts += [([*node.body, *node.orelse], bound), (node.finalbody, bound)]
            case _:
                binds, before, parts = *_names(node), []
                if isinstance(node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | _DEFINITIONS):
                    after = bound | binds
        needs |= before - bound
        ends = []
        for body, known in parts:
            more, end = _needed(body, known)
            needs |= more
            ends.append(end)
        bound = after | (ends[0] & ends[1] if isinstance(node, ast.If) else frozenset())
    return frozenset(needs), bound


def _items(node: ast.With) -> list[tuple[ast.expr, ast.expr]]:
    return [(item.optional_vars or ast.Tuple([], ast.Store()), item.context_expr) for item in node.items]


def _used(expressions: Sequence[ast.expr]) -> frozenset[str]:
    """Global names in expressions, and where they are targets, in those that are set."""
    return frozenset(name for each in expressions for name in global_names(ast.unparse(each))[1])


def _stored_names(target: ast.expr) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _names(node: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """The global names that a statement binds, and those that it uses."""
    binds, uses = global_names(ast.unparse(node))
    # Python's own table doesn't count `x += 1` and `del x` as a use of `x`.
    targets = [n.target for n in ast.walk(node) if isinstance(n, ast.AugAssign)]
    uses |= binds & {n.id for each in targets for n in ast.walk(each) if isinstance(n, ast.Name)}
    uses |= binds & {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
    return frozenset(binds), frozenset(uses)


def _seeds_itself(own: Sequence[Part], imports: Mapping[str, str], reached: Reached, program: Program) -> bool:
    """Whether a test begins with seeds, fixed ones, for each library whose random numbers it could draw."""
    done = set()
    for part in own:
        if part.imports:
            continue
        call = part.node.value if isinstance(part.node, ast.Expr) else None
        if not isinstance(call, ast.Call) or call.keywords or not all(isinstance(a, ast.Constant) for a in call.args):
            break
        paths = {f"{imports.get(use.name, '')}.{use.rest}" for use in part.reads}
        if len(paths) != 1 or (library := harmless.SEEDS.get(paths.pop())) is None:
            break
        done.add(library)
    everything = [*own, *(program.parts[i] for i in reached.parts)]
    used = {imports[use.name].partition(".")[0] for part in everything for use in part.reads if use.name in imports}
    return used & set(harmless.SEEDS.values()) <= done
