"""Which tests of a notebook may influence which later ones, as far as their code tells without being run.

Two tests in processes of their own meet in what outlives them: names, objects that a name stands for, random numbers,
files, settings of libraries. What can't be told by reading counts as an influence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gabarito.model import JobCell, Mode, Role
from gabarito.notebook.names import BUILTINS, global_names

# Files, settings of libraries, code in texts, and whatever else reaches past the names of a cell.
_WORLD = re.compile(
    r"\b(open|exec|eval|compile|globals|locals|vars|setattr|delattr|__\w+__|get_ipython|(?:monkey)?patch\w*|os|sys|"
    r"Path|shutil|tempfile|subprocess|threading|multiprocessing|save\w*|to_\w*(?:csv|json|pickle|file)|dump\w*|"
    r"set_\w+|use_\w+|seterr\w*|filterwarnings|simplefilter|rcParams|register\w*|backends|enable_\w+|pyplot|plt|"
    r"import_module|builtins|ctypes|gc|signal|cache\w*|lru_cache)\b"
)
# What can put a function of the notebook where no name leads to it.
_LINK = re.compile(
    r"\b(exec|eval|globals|locals|vars|setattr|__\w+__|(?:monkey)?patch\w*|sys|import_module|builtins|ctypes|gc|signal|"
    r"register\w*|get_ipython)\b"
)
# Special names that classes and docstrings have everywhere.
_ORDINARY = re.compile(r"__(?:init|call|len|getitem|iter|next|repr|str|eq|add|mul|matmul|name)__")
_SEED = re.compile(r"seed|set_state|setstate|set_rng_state|fork_rng|default_generator", re.IGNORECASE)
_DRAW = re.compile(
    r"rand|normal|uniform|bernoulli|multinomial|poisson|exponential|perm|shuffle|choice|sampl|drop|init|\bnn\b|module|"
    r"linear|conv|embed|loader|noise|generator|seed|rvs|gabarito|scipy|sklearn|pandas|torchvision|einops",
    re.IGNORECASE,
)
_SEEDS = {
    "torch.manual_seed": "torch",
    "np.random.seed": "numpy",
    "numpy.random.seed": "numpy",
    "random.seed": "random",
}
_LIBRARIES = {
    "torch": re.compile(r"\btorch\b"),
    "numpy": re.compile(r"\b(?:np|numpy)\b"),
    "random": re.compile(r"(?<!\.)\brandom\."),
}
_HARMLESS = frozenset({"dataclass", "staticmethod", "property", "torch.no_grad()"})
_MAGIC = re.compile(r"^\s*(?:[%!]|.*=\s*[%!])", re.MULTILINE)
_LONGEST = 50_000  # characters; no person writes such a cell
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = _FUNCTIONS | ast.ClassDef
# Libraries whose functions keep nothing that tests would see, but for what _WORLD and _SEED name.
_PLAIN = frozenset(
    {"abc", "collections", "copy", "dataclasses", "decimal", "einops", "enum", "fractions", "functools", "gabarito"}
    | {"itertools", "json", "math", "numpy", "operator", "pandas", "random", "re", "scipy", "sklearn", "statistics"}
    | {"string", "time", "torch", "torchvision", "types", "typing", "__future__"}
)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement at the top of a cell: the global names that it binds and uses, and its code without comments."""

    node: ast.stmt
    code: str
    binds: frozenset[str]
    uses: frozenset[str]
    lasts: bool
    """Whether what it makes may be changed by those who use it."""
    touches: frozenset[str]
    """The names that it binds, and those whose attributes or items it sets."""
    is_everywhere: bool
    """Whether it may have put something where no name leads to it."""


@dataclass(frozen=True, slots=True)
class _Test:
    """What a test shares with others."""

    names: frozenset[str]
    """Names that it needs from elsewhere, itself or through the code behind other ones."""
    binds: frozenset[str]
    lasting: frozenset[int]
    """Statements, by position in the notebook, whose objects it gets hold of and may change."""
    draws: bool
    seeds: bool
    seeds_itself: bool


def influences(cells: Sequence[JobCell]) -> dict[str, tuple[str, ...]]:
    """For each test, in order, the ids of the earlier tests that its verdict may depend on, and on which those may.

    A test in shared mode may depend on everything before it, and change everything after it; so may one whose code, or
    whose notebook's code, does what can't be followed by reading.

    Args:
        cells: all code cells of a notebook.
    """
    own = [cell for cell in cells if cell.role is not Role.TEST]
    has_seed = any(_SEED.search(cell.source) for cell in own)
    program: list[_Statement] | None = []
    before: dict[str, _Test | None] = {}
    found: dict[str, tuple[str, ...]] = {}
    for cell in cells:
        if cell.role is not Role.TEST:
            more = statements(cell.source)
            program = None if program is None or more is None else [*program, *more]
            continue
        test = _test(cell, program) if program is not None else None
        some = {
            other
            for other, known in before.items()
            if test is None or known is None or _meet(known, test, has_seed=has_seed)
        }
        for other in tuple(some):
            some.update(found[other])
        found[cell.id] = tuple(other for other in before if other in some)
        before[cell.id] = test
    return found


def _meet(earlier: _Test, later: _Test, *, has_seed: bool) -> bool:
    """Whether the later test may end otherwise because the earlier one ran.

    Random numbers of student code are as good after more draws as before, unless they begin at a seed that the
    notebook sets.
    """
    return (
        bool(earlier.binds & later.names)
        or bool(earlier.lasting & later.lasting)
        or (earlier.seeds and later.draws and not later.seeds_itself)
        or (has_seed and earlier.draws and later.draws)
    )


def _test(cell: JobCell, program: Sequence[_Statement]) -> _Test | None:
    """What is to be known of a test; None where that can't be told."""
    contract, own = cell.contract, _own(cell.source)
    if contract is None or contract.mode is Mode.SHARED or contract.give or contract.random or own is None:
        return None
    names, reached = _closure(own.needs | set(contract.fetch), program)
    code = "\n".join(s.code for s in (*own.statements, *(program[i] for i in reached)))
    return _Test(
        names=names,
        binds=own.binds,
        lasting=frozenset(i for i in reached if program[i].lasts),
        draws=bool(_DRAW.search(code)),
        seeds=bool(_SEED.search(code)),
        seeds_itself=_seeds_itself(own.statements, code),
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """What is to be known of a test's own code."""

    statements: tuple[_Statement, ...]
    needs: frozenset[str]
    binds: frozenset[str]


@lru_cache(maxsize=1024)  # of a class all notebooks have the same tests
def _own(source: str) -> _Own | None:
    """None where the code does what can't be followed by reading."""
    own = statements(source)
    if own is None or any(_reaches_out(s.code) or _imports_more(s.node) for s in own):
        return None
    needs, _ = _needed([s.node for s in own], BUILTINS)
    if {name for s in own for name in _stored(s.node)} & {*needs, ""}:
        return None
    return _Own(own, needs, frozenset(name for s in own for name in s.binds))


def _closure(needs: frozenset[str] | set[str], program: Sequence[_Statement]) -> tuple[frozenset[str], list[int]]:
    """The names, and those that the code behind them uses; and the statements that bind any of these."""
    names: set[str] = set()
    reached = {i for i, s in enumerate(program) if s.is_everywhere}
    pending = set(needs) | {name for i in reached for name in program[i].uses}
    while pending:
        names |= pending
        new = {i for i, s in enumerate(program) if i not in reached and s.touches & pending}
        reached |= new
        pending = {name for i in new for name in program[i].uses | program[i].binds} - names
    return frozenset(names), sorted(reached)


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
                statement = _statement(node)
                before, parts = statement.uses, []
                if isinstance(node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | _DEFINITIONS):
                    after = bound | statement.binds
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


def _names(nodes: Sequence[ast.expr]) -> set[str]:
    return {n.id for each in nodes for n in ast.walk(each) if isinstance(n, ast.Name)}


def _seeds_itself(own: Sequence[_Statement], code: str) -> bool:
    """Whether a test begins with seeds, fixed ones, for each library whose random numbers it could draw."""
    done = set()
    for s in own:
        if isinstance(s.node, ast.Import | ast.ImportFrom):
            continue
        call = s.node.value if isinstance(s.node, ast.Expr) else None
        if not isinstance(call, ast.Call) or call.keywords or not all(isinstance(a, ast.Constant) for a in call.args):
            break
        if (library := _SEEDS.get(ast.unparse(call.func))) is None:
            break
        done.add(library)
    return {name for name, words in _LIBRARIES.items() if words.search(code)} <= done


@lru_cache(maxsize=4096)  # of a class most notebooks have the same cells
def statements(source: str) -> tuple[_Statement, ...] | None:
    """The statements at the top of a cell; None where it can't be followed. IPython runs more than Python does."""
    if len(source) > _LONGEST or _MAGIC.search(source):
        return None
    try:
        tree = ast.parse(source)
        found = tuple(map(_statement, tree.body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if any(isinstance(n, ast.alias) and n.name == "*" for n in ast.walk(tree)) else found


def _statement(node: ast.stmt) -> _Statement:
    code = ast.unparse(node)
    binds, uses = global_names(code)
    # Python's own table doesn't count `x += 1` as a use of `x`.
    uses |= binds & _names([n.target for n in ast.walk(node) if isinstance(n, ast.AugAssign)])
    defines = isinstance(node, _DEFINITIONS)
    return _Statement(
        node,
        code,
        frozenset(binds),
        frozenset(uses),
        lasts=_reaches_out(code) or _lasts(node),
        touches=frozenset(binds) if defines else frozenset(binds.union(_stored(node))),
        is_everywhere=not defines and bool(_LINK.search(code)),
    )


def _reaches_out(code: str) -> bool:
    return bool(_WORLD.search(_ORDINARY.sub("", code)))


def _imports_more(node: ast.stmt) -> bool:
    """Whether it imports anything but libraries that keep nothing."""
    for each in ast.walk(node):
        modules: list[str] = []
        if isinstance(each, ast.Import):
            modules = [alias.name for alias in each.names]
        elif isinstance(each, ast.ImportFrom):
            modules = [each.module or ""]
        if not {name.partition(".")[0] for name in modules} <= _PLAIN:
            return True
    return False


def _lasts(node: ast.stmt) -> bool:
    """Whether a statement makes something that can change later."""
    if isinstance(node, ast.Expr | ast.Assert | ast.Pass):
        return False
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _imports_more(node)
    if isinstance(node, _FUNCTIONS):
        return _keeps(node)
    if isinstance(node, ast.ClassDef):
        return _is_decorated(node) or any(map(_lasts, node.body))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return any(_stored(node)) or not _is_fixed(node.value)
    return True


def _keeps(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function may keep something from one call to the next, or changes what it was not given."""
    inside = list(ast.walk(function))
    own = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in inside if isinstance(n, ast.arg)}
    return (
        not set(_stored(function)) <= own
        or any(isinstance(n, ast.Global | ast.Nonlocal) for n in inside)
        or any(isinstance(n, _FUNCTIONS) and _is_decorated(n) for n in inside)
        or not all(_is_fixed(d) for n in inside if isinstance(n, ast.arguments) for d in (*n.defaults, *n.kw_defaults))
        or _imports_more(function)
    )


def _is_decorated(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(each) not in _HARMLESS for each in node.decorator_list)


def _is_fixed(value: ast.expr | None) -> bool:
    """Whether a value is one that nobody can change, or only another name of something."""
    allowed = ast.Constant | ast.Name | ast.Attribute | ast.Tuple | ast.UnaryOp | ast.BinOp
    return value is None or all(
        isinstance(n, allowed | ast.operator | ast.unaryop | ast.expr_context) for n in ast.walk(value)
    )


def _stored(tree: ast.AST) -> Iterator[str]:
    """Names whose attributes or items the code sets or deletes; an empty one for what has no name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            yield root.id if isinstance(root, ast.Name) else ""
