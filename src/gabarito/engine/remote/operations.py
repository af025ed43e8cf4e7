"""The operations that the checker may ask of a student's object, by name; both sides know the same ones."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": operator.abs,
    "invert": operator.invert,
    "bool": bool,
    "len": len,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "int": int,
    "float": float,
    "complex": complex,
    "index": operator.index,
    "round": round,
    "repr": repr,
    "str": str,
    "hash": hash,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name)
    for name in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "lshift", "rshift", "xor"),
        *("eq", "ne", "lt", "le", "gt", "ge", "getitem", "contains", "delitem"),
    )
} | {"and": operator.and_, "or": operator.or_, "pow": pow, "divmod": divmod, "format": format}
INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name)
    for name in ("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "imatmul", "ipow", "iand", "ior", "ixor")
}
HARMLESS = frozenset({"iter", "next", "len", "getitem", "reversed"})
"""Never part of a contract: each right answer may be another kind of sequence."""
