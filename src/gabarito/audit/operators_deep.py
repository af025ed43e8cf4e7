"""Faults of programs that compute with arrays and gradients."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gabarito.audit.edits import Edit, Operator, Place, become, called, copied, expression, gone, root

_DIMENSIONS = ("dim", "axis")
_REDUCING = frozenset(
    {
        "sum",
        "mean",
        "std",
        "var",
        "max",
        "min",
        "amax",
        "amin",
        "argmax",
        "argmin",
        "all",
        "any",
        "prod",
        "softmax",
        "log_softmax",
        "logsumexp",
        "norm",
        "cumsum",
        "unsqueeze",
        "squeeze",
        "cat",
        "stack",
        "concatenate",
        "sort",
        "argsort",
        "median",
        "expand_dims",
        "flip",
        "gather",
    }
)
_WITH_TWIN = frozenset(
    {
        "add",
        "sub",
        "mul",
        "div",
        "addmm",
        "addmv",
        "addcmul",
        "addcdiv",
        "addbmm",
        "baddbmm",
        "clamp",
        "exp",
        "log",
        "sqrt",
        "neg",
        "pow",
        "sigmoid",
        "relu",
        "tanh",
        "abs",
        "masked_fill",
        "index_add",
        "index_copy",
        "scatter",
        "scatter_add",
        "t",
        "transpose",
        "unsqueeze",
        "squeeze",
        "floor",
        "ceil",
        "round",
    }
)
_COPYING = {"detach": "detach dropped", "clone": "copy dropped", "copy": "copy dropped", "contiguous": "copy dropped"}
_CASTS = frozenset({"double", "float", "half", "long", "int", "to", "type", "astype"})
_SEEDING = frozenset({"manual_seed", "seed", "manual_seed_all", "seed_all"})
_GENERATORS = frozenset({"default_rng", "RandomState", "Generator", "Random", "SeedSequence"})
_SEEDS = frozenset({"generator", "seed", "random_state", "rng"})
_OTHER_FLOAT = {"float64": "float32", "double": "float32", "float32": "float64"}
_ADDING = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_DISTRIBUTIONS = {
    "randn": "rand",
    "rand": "randn",
    "randn_like": "rand_like",
    "rand_like": "randn_like",
    "normal_": "uniform_",
    "uniform_": "normal_",
    "standard_normal": "random",
    "random": "standard_normal",
}
_LIBRARIES = frozenset({"torch", "np", "numpy", "math", "F", "nn"})
_SMALL = 1e-3

# What a numerically stable function becomes in the hands of somebody who writes down its formula.
_NAIVE = {
    "softplus": "torch.log(1 + torch.exp(x))",
    "logaddexp": "torch.log(torch.exp(x) + torch.exp(y))",
    "sigmoid": "1 / (1 + torch.exp(-x))",
    "expit": "1 / (1 + np.exp(-x))",
    "expm1": "m.exp(x) - 1",
    "log1p": "m.log(1 + x)",
    "logsigmoid": "torch.log(torch.sigmoid(x))",
    "hypot": "(x ** 2 + y ** 2) ** 0.5",
}
_NAIVE_ALONG = {
    "logsumexp": "torch.log(torch.exp(x).sum({}))",
    "log_softmax": "torch.log(torch.softmax(x, {}))",
    "softmax": "torch.exp(x) / torch.exp(x).sum({}, keepdim=True)",
}


def _dimension(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    for at, keyword in enumerate(node.keywords):
        if keyword.arg in _DIMENSIONS and (other := _other_dimension(keyword.value)) is not None:
            keywords = [*node.keywords[:at], copied(keyword, value=other), *node.keywords[at + 1 :]]
            yield Edit(
                (copied(node, keywords=keywords),),
                f"{ast.unparse(keyword)} → {keyword.arg}={ast.unparse(other)}",
            )
    if called(node) in _REDUCING and node.args:
        other = _other_dimension(node.args[-1])
        if other is not None and (len(node.args) > 1 or isinstance(node.func, ast.Attribute)):
            yield become(node, copied(node, args=[*node.args[:-1], other]))


def _other_dimension(value: ast.expr) -> ast.expr | None:
    try:
        number = ast.literal_eval(value)
    except (ValueError, TypeError):
        return None
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return ast.Constant({0: 1, -2: 1}.get(number, 0))


def _keepdim(place: Place) -> Iterator[Edit]:
    node = place.node
    for at, keyword in enumerate(node.keywords if isinstance(node, ast.Call) else ()):
        if keyword.arg in ("keepdim", "keepdims"):
            assert isinstance(node, ast.Call)
            yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))


def _zero_grad(place: Place) -> Iterator[Edit]:
    node = place.node
    match node:
        case ast.Expr(value=ast.Call()) if called(node.value) == "zero_grad":
            yield gone(node)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="zero_", value=ast.Attribute(attr="grad")))):
            yield gone(node)
        case ast.Assign(targets=[ast.Attribute(attr="grad")], value=ast.Constant(value=None)):
            yield gone(node)


def _dropped(place: Place) -> Iterator[Edit]:
    node = place.node
    if _is_method(node, _COPYING):
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        yield become(node, node.func.value)


def _is_method(node: ast.AST, names: frozenset[str] | dict[str, str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names


def _detached(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Return) and node.value is not None and _may_be_tensor(node.value):
        yield become(node, copied(node, value=expression("result.detach()", result=node.value)))


def _may_be_tensor(value: ast.expr) -> bool:
    """Whether it can be a tensor, as far as reading tells: `.item()` and comparisons of Python's are none."""
    if isinstance(value, ast.Call):
        return called(value) not in {"item", "tolist", "float", "int", "len", "str", "bool", "numpy", "tuple", "list"}
    return isinstance(value, ast.Name | ast.BinOp | ast.Attribute | ast.UnaryOp | ast.Subscript)


def _no_grad(place: Place) -> Iterator[Edit]:
    node = place.node
    if (
        isinstance(node, ast.With)
        and len(node.items) == 1
        and called(node.items[0].context_expr)
        in {
            "no_grad",
            "inference_mode",
        }
    ):
        what = ast.unparse(node.items[0].context_expr)
        yield Edit(tuple(node.body), f"without “with {what}:”")


def _requires_grad(place: Place) -> Iterator[Edit]:
    node = place.node
    if _is_method(node, frozenset({"requires_grad_"})):
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        yield become(node, node.func.value)


def _biased(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Call) or called(node) not in {"std", "var", "cov"}:
        return
    for at, keyword in enumerate(node.keywords):
        if keyword.arg in ("unbiased", "correction", "ddof") and isinstance(keyword.value, ast.Constant):
            value = ast.Constant(not keyword.value.value)
            if keyword.arg != "unbiased":
                value = ast.Constant(int(not keyword.value.value))
            keywords = [*node.keywords[:at], copied(keyword, value=value), *node.keywords[at + 1 :]]
            yield become(node, copied(node, keywords=keywords))
            return
    of_numpy = root(node) in {"np", "numpy"} or any(k.arg == "axis" for k in node.keywords)
    added = ast.keyword("ddof", ast.Constant(1)) if of_numpy else ast.keyword("correction", ast.Constant(0))
    yield become(node, copied(node, keywords=[*node.keywords, added]))


def _transposed(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT") and isinstance(node.ctx, ast.Load):
        yield become(node, node.value)
    elif _is_method(node, frozenset({"t", "transpose", "swapaxes", "permute"})):
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        if root(node.func.value) not in ("torch", "np", "numpy") or not isinstance(node.func.value, ast.Name):
            yield become(node, node.func.value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield become(node, copied(node, left=node.right, right=node.left))
        yield become(node, expression("x.T", x=node))
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and _adds_axis(node.slice):
        yield become(node, copied(node, slice=copied(node.slice, elts=list(reversed(node.slice.elts)))))


def _adds_axis(index: ast.Tuple) -> bool:
    return len(index.elts) == 2 and any(isinstance(e, ast.Constant) and e.value is None for e in index.elts)


def _cast(place: Place) -> Iterator[Edit]:
    node = place.node
    if _is_method(node, _CASTS):
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("torch", "np", "numpy"):
            yield become(node, node.func.value)
    elif isinstance(node, ast.Call):
        for at, keyword in enumerate(node.keywords):
            if keyword.arg == "dtype":
                yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))
    if isinstance(node, ast.Attribute) and node.attr in _OTHER_FLOAT and isinstance(node.value, ast.Name):
        yield become(node, copied(node, attr=_OTHER_FLOAT[node.attr]))
    if isinstance(node, ast.Return) and node.value is not None and _may_be_tensor(node.value):
        yield become(node, copied(node, value=expression("result.float()", result=node.value)))


def _out_of_place(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name.endswith("_") and name[:-1] in _WITH_TWIN:
            yield become(node, copied(node, func=copied(node.func, attr=name[:-1])))
        for at, keyword in enumerate(node.keywords):
            if keyword.arg == "out":
                yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and type(node.op) in _ADDING:
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        yield become(node, ast.Assign([node.target], value, lineno=node.lineno))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0]
        whole = isinstance(target.slice, ast.Slice) and target.slice.lower is target.slice.upper is None
        if isinstance(target.value, ast.Name) and (whole or isinstance(target.slice, ast.Constant)):
            yield become(node, copied(node, targets=[ast.Name(target.value.id, ast.Store())]))


def _in_place(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return
    value, name = node.value, node.targets[0].id
    if isinstance(value, ast.BinOp) and type(value.op) in _ADDING and _is_name(value.left, name):
        yield become(node, ast.AugAssign(ast.Name(name, ast.Store()), value.op, value.right, lineno=node.lineno))


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _loops(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        new = expression("torch.stack([row @ y for row in x])", x=node.left, y=node.right)
        yield become(node, new)
    elif called(node) in ("matmul", "mm") and isinstance(node, ast.Call) and len(node.args) == 2:
        x, y = node.args
        yield become(node, expression("torch.stack([row @ y for row in x])", x=x, y=y))


def _unseeded(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Expr) and called(node.value) in _SEEDING:
        yield gone(node)
    elif called(node) in _GENERATORS and isinstance(node, ast.Call) and (node.args or node.keywords):
        yield become(node, copied(node, args=[], keywords=[]))
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SEEDING and not _is_statement(place):
            yield become(node, node.func.value)
        for at, keyword in enumerate(node.keywords):
            if keyword.arg in _SEEDS:
                yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))


def _is_statement(place: Place) -> bool:
    return isinstance(place.parent, ast.Expr)


def _naive(place: Place) -> Iterator[Edit]:
    node = place.node
    match node:
        case ast.Call():
            yield from _naive_call(node)
        case ast.BinOp(op=ast.Sub()) if called(node.right) in ("max", "amax"):
            yield become(node, node.left)
        case ast.BinOp(op=ast.Add()) if _is_small(node.right):
            yield become(node, node.left)


def _naive_call(node: ast.Call) -> Iterator[Edit]:
    name, args = called(node), list(node.args)
    if isinstance(node.func, ast.Attribute) and root(node.func) not in _LIBRARIES:
        args = [node.func.value, *args]
    along = [*(k.value for k in node.keywords if k.arg in _DIMENSIONS), *args[1:]]
    if name in _NAIVE and 1 <= len(args) <= 2:
        library = node.func.value if isinstance(node.func, ast.Attribute) else ast.Name("torch", ast.Load())
        yield become(node, expression(_NAIVE[name], x=args[0], y=args[-1], m=library))
    elif name in _NAIVE_ALONG and args and along:
        yield become(node, expression(_NAIVE_ALONG[name].format(ast.unparse(along[0])), x=args[0]))
    elif name in ("clamp", "clip", "clamp_min") and args:
        yield become(node, args[0])
    elif name == "where" and len(args) == 3:
        for kept in args[1:]:
            yield become(node, kept)


def _is_small(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < _SMALL


def _graph(place: Place) -> Iterator[Edit]:
    node = place.node
    if not isinstance(node, ast.Call):
        return
    for at, keyword in enumerate(node.keywords):
        if keyword.arg in ("create_graph", "retain_graph", "requires_grad"):
            yield become(node, copied(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]]))


def _training(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Expr) and called(node.value) in ("train", "eval", "step"):
        yield gone(node)


def _same(place: Place) -> Iterator[Edit]:
    """One value under two names, where the solution computes it twice (two draws, say)."""
    node = place.node
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return
    body = place.parent.body if hasattr(place.parent, "body") else []
    for other in body if isinstance(body, list) else ():
        if other is node:
            return
        if isinstance(other, ast.Assign) and ast.dump(other.value) == ast.dump(node.value):
            if isinstance(other.targets[0], ast.Name):
                yield become(node, copied(node, value=ast.Name(other.targets[0].id, ast.Load())))
            return


def _distribution(place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, ast.Call) and (other := _DISTRIBUTIONS.get(called(node))) is not None:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield become(node, copied(node, func=copied(node.func, **{field: other})))


DEEP_OPERATORS: tuple[Operator, ...] = (
    Operator("wrong dim", "use an input that is not square, with different values in rows and columns", _dimension),
    Operator("keepdim lost", "compare shape and values for an input that is not square", _keepdim),
    Operator("no zero_grad", "call it twice and compare: gradients must not pile up", _zero_grad),
    Operator(
        "copy or detach dropped",
        "look at the argument afterwards: values, grad and requires_grad must be as before",
        _dropped,
    ),
    Operator("detach added", "differentiate through the result and compare the gradient", _detached),
    Operator("no_grad dropped", "assert that the result does not require a gradient", _no_grad),
    Operator("requires_grad dropped", "ask for the gradient, of an input that doesn't require one too", _requires_grad),
    Operator("biased variance", "compare the deviation of a few numbers (3, say) with the value by hand", _biased),
    Operator(
        "transposed", "use matrices that are neither square nor symmetric, and compare shape and values", _transposed
    ),
    Operator("cast", "compare the dtype of the result, for float32 and for float64 inputs", _cast),
    Operator(
        "in-place dropped", "look at the caller's tensor afterwards (gabarito.testing.assert_in_place)", _out_of_place
    ),
    Operator("in-place added", "assert that the arguments are unchanged afterwards", _in_place),
    Operator(
        "loop instead of vector",
        "count operations for two sizes (gabarito.testing.count_operations) or use assert_faster",
        _loops,
        needs_timing=True,
    ),
    Operator(
        "seed ignored", "call it twice with the same seed and compare; with another seed it must differ", _unseeded
    ),
    Operator("other distribution", "test mean, deviation and shape of the distribution, for every name", _distribution),
    Operator("same value twice", "test that the two don't depend on each other", _same),
    Operator("naive instead of stable", "test values and gradients at large numbers such as ±1000", _naive),
    Operator("graph option dropped", "differentiate the result once more, and compare", _graph),
    Operator("training step dropped", "compare the parameters, or the mode, before and after", _training),
)
