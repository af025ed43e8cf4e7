"""What code can do at most, told by reading it: only what is known to be harmless is let through.

Code that is *confined* changes nothing but the global names that it binds, the objects that it reaches from the names
that it uses, and the streams of random numbers; nor can it see anything else. So code of which nothing is used may be
left out, and two pieces of code that reach no object in common don't meet. What is harmless is listed in
`gabarito.notebook.harmless`; whatever else code does, it is not confined.
"""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gabarito.notebook import harmless
from gabarito.notebook.names import BUILTINS
from gabarito.notebook.syntax import runnable

RANDOM = "?random"
"""Stands among names for the streams of random numbers."""
FIGURES = "?figures"
"""Stands there for the figures that are drawn."""
SEED = "?seed"
"""Stands there for the beginning of such a stream."""
CHANCE = "?chance"
"""Stands there for what is another one in each run, such as the clock."""
LUCK = frozenset({CHANCE, RANDOM})
"""What makes one run end otherwise than the next."""
CONVERTS, MODELS = "?converts", "?models"
"""Stand there for calling what only looks at a tensor but changes a model, and for making models."""
DATA = "?data"
"""Stands there for making what may run a function of the notebook's where an element of it is read."""
HANDED = "&"
"""Begins what stands there for a name that is not only called: attributes may be set on what it stands for. `LIBRARY`
stands for all that libraries have: two names there may lead to one function."""
LIBRARY = f"{HANDED}."
SETS = "!"
"""Begins what stands there for setting this attribute of any value."""
_MAGIC = re.compile(r"^\s*(?:[%!]|.*=\s*[%!])", re.MULTILINE)
# What IPython takes for its own although Python could read it, as in `gabarito.engine.shell`. That runs in images
# without `gabarito.notebook`, so each has these patterns; a test holds them together.
_PROMPT = re.compile(r"^\s*In \[\d+\]:", re.MULTILINE)
_ONE_LINE = re.compile(r"\s*(\w+)[^\n]*\s*$")
_LONGEST = 50_000  # characters; no person writes such a cell
# What IPython itself puts among the names of a notebook, beside those that begin with an underscore.
_IPYTHON = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open", "display"})
_HISTORY = re.compile(r"__.*|_+|_i+|_i?\d+|_[iods]h")
_FORBIDDEN = (BUILTINS - harmless.BUILTINS) | _IPYTHON
_INSTRUCTORS_FORBIDDEN = (BUILTINS - harmless.INSTRUCTORS_BUILTINS) | _IPYTHON


@dataclass(frozen=True, slots=True)
class Use:
    """A global name where it is read, with the attributes behind it."""

    name: str
    rest: str
    """Such as `nn.functional.relu`; empty where the name stands alone."""
    how: str
    """`value`, or what it stands for: a `call`, a `type`, a `context`, the `owner` of what is set, an `annotation`."""
    count: int = 0
    """Of a call, how many arguments it has that are no keywords; -1 where it may do more than with these."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A confined statement at the top of a cell."""

    node: ast.stmt
    lines: tuple[int, int]
    """First and last, counted from 1."""
    binds: frozenset[str]
    uses: frozenset[str]
    """Global names that it reads, or that code in it would read when it is called; `RANDOM` and its like too."""
    reads: tuple[Use, ...]
    only_looks: bool
    """Whether it changes no object that it gets hold of, and runs no code that is not known, where nothing is made that
    `MODELS` and `DATA` stand for."""
    imports: tuple[tuple[str, str], ...]
    """Names with what they are imported as."""
    is_fixed: bool
    """Whether nobody can change what it makes: a function, a number, a text."""


class _Unknown(Exception):  # noqa: N818  it is no error
    """The code does what isn't known to be harmless."""


@lru_cache(maxsize=4096)  # of a class most notebooks have the same cells
def parts_of(source: str, *, is_given: bool = False) -> tuple[Part, ...] | None:
    """The statements at the top of a cell; None where one isn't confined, or can't be read as plain Python.

    There are none in a cell that is `broken`: nothing of it is run.

    Args:
        is_given: whether it is the instructor's.
    """
    if len(source) > _LONGEST or "\r" in source or _MAGIC.search(source) or _PROMPT.search(source):
        return None
    if (word := _ONE_LINE.match(source)) and word[1] in harmless.MAGICS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(_part(node, is_given=is_given) for node in ast.parse(source).body)
    except SyntaxError:
        return () if is_broken(source) else None
    except (_Unknown, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=1024)
def is_broken(source: str) -> bool:
    """Whether neither Python nor IPython can read a cell, so that it ends with a syntax error before anything is run.

    That is so with the versions that read it here; how the cell ended says whether it is so where it was run.
    """
    try:
        runnable(source)
    except SyntaxError:
        return True
    except (RecursionError, MemoryError):  # nobody knows
        pass
    return False


def _part(node: ast.stmt, *, is_given: bool) -> Part:
    reader = _Reader(is_given=is_given)
    reader.visit(node)
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return Part(
        node=node,
        lines=(first, node.end_lineno or first),
        binds=frozenset(reader.binds),
        uses=frozenset(reader.uses),
        reads=tuple(dict.fromkeys(reader.reads)),
        only_looks=reader.only_looks,
        imports=tuple(reader.imports),
        is_fixed=_is_fixed(node),
    )


def _is_fixed(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef(args=arguments):
            return _has_fixed_defaults(arguments)
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(target=ast.Name(), value=value):
            if isinstance(value, ast.Lambda):
                return _has_fixed_defaults(value.args)
            return value is None or _is_constant(value)
    return False


def _has_fixed_defaults(arguments: ast.arguments) -> bool:
    return all(d is None or _is_constant(d) for d in (*arguments.defaults, *arguments.kw_defaults))


def _is_constant(value: ast.expr) -> bool:
    """Whether a value is a number, a text, or a tuple of these."""
    kinds = ast.Constant | ast.Tuple | ast.UnaryOp | ast.BinOp | ast.operator | ast.unaryop | ast.expr_context
    return all(isinstance(each, kinds) for each in ast.walk(value))


_PLAIN = (
    *(ast.Expr, ast.Assign, ast.Assert, ast.If, ast.While, ast.Pass, ast.Break, ast.Continue, ast.Return, ast.Raise),
    *(ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set, ast.List, ast.Tuple, ast.Compare, ast.Starred),
    *(ast.JoinedStr, ast.FormattedValue, ast.Constant, ast.Subscript, ast.Slice, ast.keyword, ast.Delete, ast.For),
    *(ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.Nonlocal, ast.Try),
)
"""What does only what its parts do."""


class _Reader(ast.NodeVisitor):
    """Goes through one statement. Raises `_Unknown` at what isn't known to be harmless."""

    def __init__(self, *, is_given: bool) -> None:
        self._is_given = is_given
        self._forbidden = _INSTRUCTORS_FORBIDDEN if is_given else _FORBIDDEN
        self.binds: set[str] = set()
        self.uses: set[str] = set()
        self.reads: list[Use] = []
        self.only_looks = True
        self.imports: list[tuple[str, str]] = []
        self._scopes: list[set[str]] = []

    def generic_visit(self, node: ast.AST) -> None:
        if not isinstance(node, _PLAIN):
            raise _Unknown
        super().generic_visit(node)

    # names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node, "value")
        else:
            self._bind(node.id, is_deleted=isinstance(node.ctx, ast.Del))

    def _bind(self, name: str, *, is_deleted: bool = False) -> None:
        if name.startswith("__"):
            raise _Unknown
        if not self._scopes and (name in self._forbidden or (name != "_" and _HISTORY.fullmatch(name))):
            raise _Unknown
        if not self._scopes:
            self.binds.add(name)
            if is_deleted:
                self.uses.add(name)

    def _is_local(self, name: str) -> bool:
        return any(name in scope for scope in self._scopes)

    def _read(self, node: ast.expr, how: str, count: int = 0) -> None:
        """A value: a name, perhaps with attributes, or any other expression; `count` is that of `Use`."""
        rest: list[str] = []
        root = node
        while isinstance(root, ast.Attribute):
            rest.insert(0, root.attr)
            root = root.value
        if isinstance(root, ast.Name) and not self._is_local(root.id):
            is_called = how == "call" and not rest and root.id in harmless.CALLED_BUILTINS
            if (root.id in self._forbidden and not is_called) or _HISTORY.fullmatch(root.id):
                raise _Unknown
            self.uses.add(root.id)
            if how != "call" or rest or root.id == "type":  # a class may be given attributes, too
                self.uses.add(f"{HANDED}{root.id}")
            if root.id in harmless.CHANCE_BUILTINS:
                self.uses.add(CHANCE)
            self.reads.append(Use(root.id, ".".join(rest), how, count))
            return
        for name in rest:
            self._attribute(name)
        if how == "call" and not (rest and _is_looked_up(rest[-1], count)):
            self.only_looks = False
        if not isinstance(root, ast.Name):
            self.visit(root)

    def _attribute(self, name: str) -> None:
        self.uses |= _uses_of_attribute(name, is_given=self._is_given)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node, "value")
            return
        if isinstance(node.ctx, ast.Del) or node.attr not in harmless.SET:
            raise _Unknown
        self.only_looks = False
        self.uses.add(f"{SETS}{node.attr}")
        self._read(node.value, "owner")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id == "isinstance" and len(node.args) == 2:
            self._read(node.func, "call")
            self.visit(node.args[0])
            self._types(node.args[1])
        else:
            self._called(node)
            for argument in node.args:
                self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword)

    def _called(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name | ast.Attribute):
            self.only_looks = False
            self.visit(node.func)
            return
        is_known = all(k.arg in harmless.LOOKING_KEYWORDS for k in node.keywords)
        self._read(node.func, "call", len(node.args) if is_known else -1)
        if isinstance(node.func, ast.Name) and node.func.id in harmless.GOING_THROUGH:
            self._go_through(*node.args)

    def _go_through(self, *values: ast.expr) -> None:
        """Whoever goes through an iterator takes from it."""
        self.only_looks = self.only_looks and all(_is_fresh(value) for value in values)

    def _types(self, node: ast.expr) -> None:
        for each in node.elts if isinstance(node, ast.Tuple) else [node]:
            self._read(each, "type")

    def visit_Compare(self, node: ast.Compare) -> None:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self._go_through(right)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.only_looks = self.only_looks and isinstance(node.ctx, ast.Load)
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self.uses.add(CHANCE)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.only_looks = False
        self.generic_visit(node)

    # what binds names

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._unpack(target, node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._loop(node.target, node.iter)
        self.generic_visit(node)

    def _loop(self, target: ast.expr, values: ast.expr) -> None:
        self._go_through(values)
        if isinstance(values, ast.Tuple | ast.List):
            for value in values.elts:
                self._unpack(target, value)
        elif not isinstance(target, ast.Name):
            self.only_looks = False

    def _unpack(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            self._go_through(value)
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            if len(values) == len(target.elts):
                for each, part in zip(target.elts, values, strict=True):
                    self._unpack(each, part)
            elif not all(isinstance(each, ast.Name) for each in target.elts):
                self.only_looks = False

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.only_looks = False
        self.visit(node.target)
        if isinstance(node.target, ast.Name):
            self._read(ast.Name(node.target.id, ast.Load()), "value")
        elif isinstance(node.target, ast.Attribute):
            self._attribute(node.target.attr)
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self._types(node.type)
        if node.name:
            self._bind(node.name, is_deleted=True)
        for each in node.body:
            self.visit(each)

    def visit_With(self, node: ast.With) -> None:
        self.only_looks = False
        for item in node.items:
            if not isinstance(item.context_expr, ast.Call):
                raise _Unknown
            self._read(item.context_expr.func, "context")
            for argument in (*item.context_expr.args, *(k.value for k in item.context_expr.keywords)):
                self.visit(argument)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        for each in node.body:
            self.visit(each)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import(alias.name, alias.asname or alias.name.partition(".")[0], alias)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None or node.module not in harmless.MODULES:
            raise _Unknown
        for alias in node.names:
            if alias.name == "*":
                raise _Unknown
            self._imported(alias.asname or alias.name, f"{node.module}.{alias.name}")

    def _import(self, module: str, name: str, alias: ast.alias) -> None:
        if module not in harmless.MODULES:
            raise _Unknown
        self._imported(name, module if alias.asname else name)

    def _imported(self, name: str, target: str) -> None:
        if self._scopes:  # a name of its own for a library
            raise _Unknown
        self._bind(name)
        self.imports.append((name, target))

    # functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call) or decorator.args or decorator.keywords:
                raise _Unknown
            self._read(decorator.func, "context")
        if node.returns is not None:
            self._annotation(node.returns)
        self._bind(node.name)
        self._function(node.args, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node.args, [node.body])

    def _function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        for each in every:
            if each.annotation is not None:
                self._annotation(each.annotation)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        own = {each.arg for each in every} | set(_bound_in(body))
        if any(name.startswith("__") for name in own):
            raise _Unknown
        self._scopes.append(own)
        for statement in body:
            self.visit(statement)
        self._scopes.pop()

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        own = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        if isinstance(node, ast.SetComp):
            self.uses.add(CHANCE)
        self.visit(node.generators[0].iter)
        self._scopes.append(own)
        for number, generator in enumerate(node.generators):
            if generator.is_async:
                raise _Unknown
            self._loop(generator.target, generator.iter)
            self.visit(generator.target)
            for each in (*([generator.iter] if number else []), *generator.ifs):
                self.visit(each)
        for each in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(each)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def _annotation(self, node: ast.expr) -> None:
        """What an annotation says is kept where confined code can't look."""
        kinds = ast.Attribute | ast.Constant | ast.BitOr | ast.expr_context | ast.List
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                if self._is_local(each.id):
                    continue
                self.uses.add(each.id)
                self.reads.append(Use(each.id, "", "annotation"))
            elif not isinstance(each, kinds | ast.Subscript | ast.Tuple | ast.BinOp):
                raise _Unknown


def _is_fresh(value: ast.expr) -> bool:
    """Whether a value is no iterator that somebody else might go through: it is written out, or was just made."""
    match value:
        case ast.Call(func=ast.Name(id="range")) | ast.Attribute(attr="shape"):
            return True
    return isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Constant | ast.JoinedStr)


def _is_looked_up(method: str, count: int) -> bool:
    """Whether a method with so many arguments only looks at its object; -1 are any."""
    at_one = method in harmless.LOOKING_METHODS_AT_ONE
    return count >= 0 and (method in harmless.LOOKING_METHODS or (at_one and count <= 1))


def _bound_in(body: Sequence[ast.AST]) -> Iterator[str]:
    """Names that a function's own code binds, that of functions within it left out."""
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        pending.extend(ast.iter_child_nodes(node))


def _uses_of_attribute(name: str, *, is_given: bool) -> frozenset[str]:
    """What reading this attribute of any value uses.

    Raises:
        _Unknown: nobody knows.
    """
    if name in harmless.DRAWING_METHODS:
        return frozenset({RANDOM})
    if name not in harmless.METHODS and not (is_given and name in harmless.INSTRUCTORS_METHODS):
        raise _Unknown
    return frozenset({CONVERTS}) if name in harmless.CONVERTING_METHODS else frozenset()


@dataclass(frozen=True, slots=True)
class Reached:
    """What is behind some names."""

    names: frozenset[str]
    """These, and all that the code behind them uses."""
    parts: frozenset[int]
    """Statements that make them, or that may change what they stand for; positions in the program."""


class Program:
    """The confined statements of several cells, in order. Made by `program_of`.

    Attributes:
        parts: the statements.
        counts: how many there are in each of the cells; the cell after these is not confined.
        imports: names that stand for something of a library.
        binds: names that they bind.
        state: names that stand for what may change.
    """

    def __init__(self, parts: Sequence[Part], counts: Sequence[int], imports: Mapping[str, str]) -> None:
        self.parts, self.counts, self.imports = parts, counts, imports
        self.binds = frozenset(name for part in parts for name in part.binds)
        changed = frozenset(name for part in parts if not part.is_fixed for name in part.binds)
        self.state = changed | {FIGURES, RANDOM, SEED}
        self._behind: dict[str, frozenset[str]] = {}
        for part in parts:
            for name in part.binds - changed:
                self._behind[name] = self._behind.get(name, frozenset()) | part.uses
        # A statement that is run joins all that it reaches: through any of these, the others may be changed. What is
        # handed on, under another name perhaps, may be so if some statement sets attributes.
        joined = self.seen if any(name.startswith(SETS) for p in parts for name in p.uses) else self.state.intersection
        joins = [frozenset() if p.is_fixed else joined(self._all_behind(p.binds | p.uses)) for p in parts]
        self._wants = [part.binds | join | part.uses for part, join in zip(parts, joins, strict=True)]
        self._makers: dict[str, list[int]] = {}
        for place, (part, join) in enumerate(zip(parts, joins, strict=True)):
            for name in part.binds | join:
                self._makers.setdefault(name, []).append(place)

    def seen(self, used: Collection[str]) -> frozenset[str]:
        """Of all names that code uses, itself or behind them, those of what others may change.

        Beside what may change, these are functions that it hands on: attributes may be set on them.
        """
        handed = {name for name in used if name.startswith(HANDED) and self._is_lasting(name)}
        return self.state.intersection(used) | handed

    def _is_lasting(self, name: str) -> bool:
        """Whether what is handed on is there for others, too: of a cell, or of a library."""
        own = name.removeprefix(HANDED)
        return (own in self.binds and own not in self.imports) or name == LIBRARY or own == "type"

    @property
    def cells(self) -> int:
        """How many of the cells they are of."""
        return len(self.counts)

    def reached(self, names: Iterable[str], parts: Iterable[int] = ()) -> Reached:
        """What is behind these names and statements."""
        kept = set(parts)
        found = set(names).union(*(self._wants[i] for i in kept))
        pending = list(found)
        while pending:
            for place in self._makers.get(pending.pop(), ()):
                if place not in kept:
                    kept.add(place)
                    pending += self._wants[place] - found
                    found |= self._wants[place]
        return Reached(frozenset(found), frozenset(kept))

    def _all_behind(self, names: frozenset[str]) -> set[str]:
        """The names, and those that functions behind them use."""
        found: set[str] = set()
        pending = set(names)
        while pending:
            found |= pending
            pending = set().union(*(self._behind.get(name, ()) for name in pending)) - found
        return found


def program_of(cells: Iterable[tuple[Sequence[Part] | None, bool]]) -> Program:
    """The statements of these cells, up to the first cell that is not confined.

    Args:
        cells: the statements of each, and whether it is the instructor's.
    """
    known = [(parts, is_given) for parts, is_given in itertools.takewhile(lambda c: c[0] is not None, cells)]
    while True:
        imports: dict[str, str] = {}
        bound: set[str] = set()
        found: list[Part] = []
        for count, (parts, _) in enumerate(known):
            assert parts is not None
            if not _bind(parts, imports, bound):
                del known[count:]
                break
        targets = frozenset(imports.items())
        for count, (parts, is_given) in enumerate(known):
            assert parts is not None
            seen = resolved(tuple(parts), targets, is_given=is_given)
            if seen is None:
                del known[count:]
                break
            found += seen
        else:
            return Program(found, [len(parts or ()) for parts, _ in known], imports)


def _bind(parts: Sequence[Part], imports: dict[str, str], bound: set[str]) -> bool:
    """Take in what these bind; whether a name still stands for one thing of a library, or for none."""
    for part in parts:
        for name, target in part.imports:
            if name in bound or imports.setdefault(name, target) != target:
                return False
        if not part.imports:
            bound |= part.binds
            if not bound.isdisjoint(imports):
                return False
    return True


@lru_cache(maxsize=4096)  # of a class most notebooks have the same cells, and import the same
def resolved(
    parts: tuple[Part, ...], targets: frozenset[tuple[str, str]], *, is_given: bool
) -> tuple[Part, ...] | None:
    """The statements with all that they use, or None where one uses what isn't known to be harmless.

    Args:
        parts: as `parts_of` gives them.
        targets: names that stand for something of a library, with what that is.
        is_given: whether they are the instructor's.
    """
    imports = dict(targets)
    found = []
    for part in parts:
        more: set[str] = set()
        only_looks = part.only_looks
        for use in part.reads:
            seen = _use(use, imports, is_given=is_given)
            if seen is None:
                return None
            more |= seen
            only_looks = only_looks and (use.how != "call" or _only_looks(use, imports))
        found.append(replace(part, uses=part.uses | more, only_looks=only_looks))
    return tuple(found)


def _only_looks(call: Use, imports: Mapping[str, str]) -> bool:
    """Whether a call changes nothing: of a library's function, a built-in one or a method."""
    if call.name in imports:
        path = f"{imports[call.name]}.{call.rest}"
        return call.count >= 0 and (path in harmless.LOOKING or (path in harmless.LOOKING_AT_ONE and call.count <= 1))
    if call.rest:
        return _is_looked_up(call.rest.rpartition(".")[2], call.count)
    return call.count >= 0 and call.name in harmless.LOOKING_BUILTINS


def _use(use: Use, imports: Mapping[str, str], *, is_given: bool) -> frozenset[str] | None:
    """What a use of a name uses beside it; None where nobody knows."""
    if use.name in imports:
        path = f"{imports[use.name]}.{use.rest}" if use.rest else imports[use.name]
        return _use_of_library(use, path, harmless.INSTRUCTORS if is_given else harmless.SAFE)
    if use.how == "context":
        return None
    try:
        attributes = use.rest.split(".") if use.rest else []
        return frozenset().union(*(_uses_of_attribute(name, is_given=is_given) for name in attributes))
    except _Unknown:
        return None


_MAKES = {RANDOM: harmless.DRAWING_TYPES, MODELS: harmless.MODEL_TYPES, DATA: harmless.DATA_TYPES}
_USES = {
    RANDOM: harmless.DRAWS | harmless.INSTRUCTORS_DRAWS | harmless.SEEDS.keys(),
    SEED: harmless.SEEDS.keys(),
    CHANCE: harmless.CHANCE | harmless.INSTRUCTORS_CHANCE,
}


def _use_of_library(use: Use, path: str, allowed: frozenset[str]) -> frozenset[str] | None:
    if use.how == "annotation":
        return frozenset()
    if path in harmless.TYPES or path in harmless.DRAWING_TYPES:
        makes = {name for name, paths in _MAKES.items() if path in paths}
        if use.how == "call" and path in harmless.UNFILLED_TYPES:
            makes.add(CHANCE)
        return frozenset(makes) if use.how in ("call", "type") else None
    if path in harmless.FIGURES:
        return frozenset({FIGURES})
    if path not in (harmless.CONTEXTS if use.how == "context" else allowed) or use.how == "owner":
        return None
    handed = frozenset({LIBRARY}) if use.how == "value" and path not in harmless.FIXED else frozenset()
    return handed.union(name for name, paths in _USES.items() if path in paths)
