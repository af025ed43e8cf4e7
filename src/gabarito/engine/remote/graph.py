"""The other side's part of a torch graph, as one node of this side's own: its gradients are asked for over there.

A tensor that has a history over there arrives as bare data. With it comes a list of the shared tensors that its
history leads to, and then it is given, in place, a history here: one node whose inputs are those tensors. So a graph
may cross from one process to the other and back, and second derivatives work, since asking for gradients makes such
tensors again.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, final

Gradients = Callable[[Any, Any, list[Any], bool], Sequence[Any]]
"""Asks the other side: of a result, the gradient at it, the inputs, and whether the answer shall have a graph."""
_DEPTH = 4


@final
class Graph:
    """The tensors that both sides share and that want gradients."""

    def __init__(self, gradients: Gradients) -> None:
        self._gradients = gradients
        self._shared: dict[int, weakref.ref[Any]] = {}
        self._function: Any = None
        self._root: Any = None

    def origins(self, value: Any) -> list[tuple[Any, list[Any]]]:
        """For each tensor in a value that goes over and has a history: the shared tensors that it leads to."""
        found = []
        for tensor in _tensors(value):
            if tensor.requires_grad:
                if tensor.grad_fn is not None:
                    found.append((tensor, self._inputs(tensor)))
                self._note(tensor)
        return found

    def attach(self, value: Any, origins: Any) -> None:
        """Give the tensors that came over their history here; `origins` is what the other side said of them.

        Raises:
            TypeError: `origins` is no such list.
        """
        for entry in origins if type(origins) is list else [None]:
            if type(entry) is not tuple or len(entry) != 2 or type(entry[1]) is not list:
                raise TypeError("the history of a tensor was told in no known way")
            tensor, inputs = entry
            if not all(_is_tensor(t) for t in (tensor, *inputs)):
                raise TypeError("the history of something else than a tensor was told")
            if not tensor.requires_grad:
                self._grow(tensor, [t for t in inputs if t.requires_grad and t is not tensor])
        for tensor in _tensors(value):
            if tensor.requires_grad:
                self._note(tensor)

    def _note(self, tensor: Any) -> None:
        self._shared[id(tensor)] = weakref.ref(tensor)
        if len(self._shared) > 1000:
            self._shared = {key: ref for key, ref in self._shared.items() if ref() is not None}

    def _inputs(self, tensor: Any) -> list[Any]:
        """The shared tensors nearest to this one in its history."""
        nodes, leaves = {}, set()
        for ref in self._shared.values():
            shared = ref()
            if shared is None or shared is tensor:
                continue
            if shared.grad_fn is None:
                leaves.add(id(shared))
            else:
                nodes[shared.grad_fn] = shared
        found: dict[int, Any] = {}
        seen: set[Any] = set()
        pending = [tensor.grad_fn]
        while pending:
            node = pending.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            if node in nodes:
                found[id(nodes[node])] = nodes[node]
            elif hasattr(node, "variable"):
                if id(node.variable) in leaves:
                    found[id(node.variable)] = node.variable
            else:
                pending += [following for following, _ in node.next_functions]
        return list(found.values())

    def _grow(self, tensor: Any, inputs: list[Any]) -> None:
        if self._function is None:
            self._function = _function(self._gradients)
            self._root = sys.modules["torch"].zeros((), requires_grad=True)
        self._function.apply(tensor, _Origin(tensor, inputs), self._root, *inputs)


class _Origin:
    """What the node needs and autograd need not see."""

    def __init__(self, tensor: Any, inputs: list[Any]) -> None:
        self.tensor = weakref.ref(tensor)
        self.inputs = inputs


def _function(gradients: Gradients) -> Any:
    torch = sys.modules["torch"]

    class OtherSide(torch.autograd.Function):  # type: ignore[name-defined]
        @staticmethod
        def forward(ctx: Any, tensor: Any, origin: _Origin, root: Any, *inputs: Any) -> Any:
            ctx.mark_dirty(tensor)
            ctx.origin = origin
            return tensor

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            origin: _Origin = ctx.origin
            found: list[Any] = [None] * len(origin.inputs)
            wanted = [i for i, needed in enumerate(ctx.needs_input_grad[3:]) if needed]
            tensor = origin.tensor()
            if tensor is not None and wanted:
                inputs = [origin.inputs[i] for i in wanted]
                for i, each in zip(wanted, gradients(tensor, grad, inputs, torch.is_grad_enabled()), strict=True):
                    found[i] = each
            return None, None, None, *found

    return OtherSide


def gradients_here(
    outputs: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any], create_graph: bool
) -> list[Any]:
    """Vector-Jacobian products of this side's results; None where one doesn't depend on an input."""
    torch = sys.modules["torch"]
    found = torch.autograd.grad(
        list(outputs), list(inputs), list(grads), retain_graph=True, create_graph=create_graph, allow_unused=True
    )
    return list(found)


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensors(value: Any, depth: int = 0) -> Iterator[Any]:
    if _is_tensor(value):
        yield value
    elif depth < _DEPTH and type(value) in (list, tuple, dict):
        for each in value.values() if type(value) is dict else value:
            yield from _tensors(each, depth + 1)
