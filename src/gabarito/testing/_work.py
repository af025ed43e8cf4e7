"""How much work one operation of torch's is."""

from __future__ import annotations

import contextlib
from typing import Any

_PICKING = frozenset({"index", "index_select", "gather", "take", "embedding"})
"""They read as much as they give, however large what they read from is."""


def work_of(operation: Any, inputs: Any, result: Any) -> int:
    """Additions and multiplications, as `torch.utils.flop_counter` counts them for products, convolutions and
    attention.

    Of all others, elements: as many as the largest tensor has that is read or written; 1 for a view.

    Args:
        operation: torch's `OpOverload`.
        inputs: its arguments as (args, kwargs).
        result: what it gave.
    """
    from torch.utils.flop_counter import flop_registry

    formula = flop_registry.get(operation.overloadpacket)
    if formula is not None:
        with contextlib.suppress(Exception):  # an operation that is called in a way that its formula doesn't know
            return int(formula(*inputs[0], **(inputs[1] or {}), out_val=result))
    if operation.is_view:
        return 1
    name = operation.overloadpacket.__name__
    return max(1, _most(result)) if name in _PICKING else max(1, _most(inputs), _most(result))


def _most(tree: Any) -> int:
    import torch
    from torch.utils._pytree import tree_leaves

    return max((leaf.numel() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)), default=0)
