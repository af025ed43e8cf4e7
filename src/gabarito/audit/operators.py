"""Faults of any program: another sign, one too many, a line forgotten, a result that doesn't depend on anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gabarito.audit.edits import Edit, Operator, Place, become, called, copied, expression, gone

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_RELATED = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "amax": "amin",
    "amin": "amax",
    "argmax": "argmin",
    "argmin": "argmax",
    "maximum": "minimum",
    "minimum": "maximum",
    "all": "any",
    "any": "all",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "sin": "cos",
    "cos": "sin",
    "floor": "ceil",
    "ceil": "floor",
    "cumsum": "cumprod",
    "append": "extend",
    "sorted": "list",
    "abs": "float",
}
_ORDERLESS = frozenset({"max", "min", "maximum", "minimum", "logaddexp", "isclose", "allclose", "equal", "hypot"})


def _comparison(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _COMPARED[type(node.ops[0])]:
            yield become(node, copied(node, ops=[other()]))


def _arithmetic(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.BinOp | ast.AugAssign) and (other := _COMPUTED.get(type(node.op))):
        yield become(node, copied(node, op=other()))


def _number(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return
    if isinstance(node.value, int) and not isinstance(place.parent, ast.keyword):
        yield become(node, ast.Constant(node.value + 1))
    elif isinstance(node.value, float):
        yield become(node, ast.Constant(node.value + 1.0 if node.value in (0.0, float("inf")) else 2 * node.value))


def _off_by_one(place: Place) -> Iterator[Edit]:
    node = place.node
    if called(node) != "range" or not isinstance(node, ast.Call) or not node.args or node.keywords:
        return
    at = 0 if len(node.args) == 1 else 1
    for sign in ("-", "+"):
        args = list(node.args)
        args[at] = expression(f"end {sign} 1", end=args[at])
        yield become(node, copied(node, args=args))
    if at == 0:
        yield become(node, copied(node, args=[ast.Constant(1), *node.args]))


def _condition(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.If | ast.IfExp):
        changed = expression("not test", test=node.test)
        edit = become(node.test, changed)
        yield Edit((copied(node, test=changed),), f"if {edit.change}")
    elif isinstance(node, ast.BoolOp):
        yield become(node, copied(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield become(node, node.operand)


def _sign(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield become(node, node.operand)


def _truth(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield become(node, ast.Constant(not node.value))


def _line(place: Place) -> Iterator[Edit]:
    node = place.node
    if place.is_docstring:
        return
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Assign() if not _rebinds(place, node) and not _changes_part(node):
            return
        case ast.Expr() | ast.AugAssign() | ast.Assign():
            yield gone(node)


def _changes_part(node: ast.Assign) -> bool:
    return isinstance(node.targets[0], ast.Subscript | ast.Attribute)


def _rebinds(place: Place, node: ast.Assign) -> bool:
    """Whether each name of the assignment means something before it: else the mutant would fail for want of a name."""
    body = place.enclosing or place.tree
    before = {
        n.id
        for n in ast.walk(body)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.lineno < node.lineno
    }
    if place.enclosing is not None:
        before |= {a.arg for a in ast.walk(place.enclosing.args) if isinstance(a, ast.arg)}
    return all(isinstance(target, ast.Name) and target.id in before for target in node.targets)


def _result(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield become(node, copied(node, value=ast.Constant(None)))
    if not isinstance(node.value, ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Compare | ast.BoolOp):
        yield become(node, copied(node, value=expression("0 * result", result=node.value)))


def _argument(place: Place) -> Iterator[Edit]:
    node, function = place.node, place.enclosing
    if not isinstance(node, ast.Return) or node.value is None or function is None:
        return
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in ("self", "cls")]
    for name in names[:2]:
        if not (isinstance(node.value, ast.Name) and node.value.id == name):
            yield become(node, copied(node, value=ast.Name(name, ast.Load())))


def _swapped(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Call) and called(node) not in _ORDERLESS | {"range", "isinstance", "getattr", "zip"}:
        first = node.args[:2]
        if len(first) == 2 and not any(isinstance(a, ast.Starred) for a in first):
            yield become(node, copied(node, args=[*reversed(first), *node.args[2:]]))
    elif isinstance(node, ast.Tuple) and isinstance(place.parent, ast.Return | ast.Call) and len(node.elts) == 2:
        yield become(node, copied(node, elts=list(reversed(node.elts))))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.Pow):
        yield become(node, copied(node, left=node.right, right=node.left))


def _function(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Call) or (other := _RELATED.get(called(node))) is None:
        return
    func = node.func
    yield become(node, copied(node, func=copied(func, **{"attr" if isinstance(func, ast.Attribute) else "id": other})))


def _loop(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.For | ast.While):
        after = f"“for {ast.unparse(node.target)} in …”" if isinstance(node, ast.For) else "“while …”"
        yield Edit((copied(node, body=[*node.body, ast.Break()]),), f"{after} ends after one turn")


def _keyword(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    for at, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))


OPERATORS: tuple[Operator, ...] = (
    Operator("other comparison", "test the border itself, and a value on either side of it", _comparison),
    Operator(
        "other arithmetic", "compare with a value worked out by hand, at numbers other than 0, 1 and 2", _arithmetic
    ),
    Operator("constant result", "compare the result for two inputs whose right results differ", _result),
    Operator("argument returned", "compare the result with the right one where that is not the argument", _argument),
    Operator("off by one", "test 0, 1 and several turns, and the first and the last element", _off_by_one),
    Operator("other number", "compare with values that the number decides, not only with shapes", _number),
    Operator("condition turned round", "test an input for each branch", _condition),
    Operator("sign lost", "compare values whose sign matters", _sign),
    Operator("other truth value", "test what the option decides", _truth),
    Operator("line forgotten", "test what this line does, with an input for which it matters", _line),
    Operator("arguments swapped", "use inputs that differ from each other in shape and value", _swapped),
    Operator("related function", "compare values for inputs where the two functions differ", _function),
    Operator("loop ends early", "use inputs with several elements, and compare all of them", _loop),
    Operator("option forgotten", "test what the option decides", _keyword),
)
