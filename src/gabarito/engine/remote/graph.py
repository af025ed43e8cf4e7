"""The other side's part of a torch graph, as one node of this side's own: its gradients are asked for over there.

A tensor that has a history over there arrives as bare data. With it come the number of that history and a list of what
it leads to, as far as this side knows it: leaves and results that both sides share, and results of this side's. Then
the tensor is given, in place, a history here: one node whose inputs are those. So a graph may cross from one process
to the other and back, and second derivatives work, since asking for gradients makes such tensors again.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, Protocol, final

from gabarito.engine.codec import CodecError

_DEPTH = 4
_MANY = 1000


class Results(Protocol):
    """Numbers of this side's results, until the other side drops them."""

    def number(self, obj: object) -> int:
        """The number of an object."""

    def find(self, number: int) -> Any:
        """The object of a number."""

    def owns(self, obj: object) -> bool:
        """Whether the object still has a number."""


Ask = Callable[[int, Any, list[int], bool, bool], Sequence[Any]]
"""Asks the other side, of a result's number and the gradient at it: the positions of the inputs that are wanted,
whether the answer shall have a graph, and whether leaves that only the other side knows shall get theirs, as `backward`
does."""


@final
class _Result:
    """A tensor of this side's with a history: kept, with what it leads to, as long as the other side may ask for it."""

    __slots__ = ("__weakref__", "inputs", "tensor")

    def __init__(self, tensor: Any, inputs: list[Any]) -> None:
        self.tensor, self.inputs = tensor, inputs


@final
class Graph:
    """The tensors that both sides share and that want gradients."""

    def __init__(
        self, ask: Ask, results: Results, dropped: Callable[[int], None], shared: Callable[[Any], bool]
    ) -> None:
        """`dropped` is told the number of a result whose node is gone; `shared` says which tensors both sides know."""
        self._ask = ask
        self._results = results
        self._dropped = dropped
        self._is_shared = shared
        self._known: dict[int, weakref.ref[Any]] = {}
        self._told: dict[int, weakref.ref[_Result]] = {}
        self._node: Any = None
        self._root: Any = None

    # results that go over

    def origins(self, value: Any) -> tuple[tuple[Any, int, tuple[Any, ...]], ...]:
        """For each tensor in a value that goes over and has a history: the history's number, and what it leads to."""
        found = []
        for tensor in _tensors(value):
            if tensor.requires_grad:
                if tensor.grad_fn is not None and not hasattr(tensor.grad_fn, "gabarito"):
                    result = self._result(tensor)
                    told = tuple(map(_number, result.inputs))
                    found.append((tensor, self._results.number(result), told))
                self._note(tensor)
        return tuple(found)  # a list would be one more shared object

    def answer(self, number: int, grad: Any, wanted: Sequence[int], create_graph: bool, accumulate: bool) -> list[Any]:
        """Vector-Jacobian products of a result; None where it doesn't depend on an input.

        They are partial: what reaches one input through another one is left to the other side, which knows how those
        two hang together.

        Args:
            number: the result's.
            grad: the gradient at it.
            wanted: positions of its inputs, as `origins` told them.
            create_graph: whether the products shall have a graph.
            accumulate: leaves that the other side was not told of get their gradients.

        Raises:
            CodecError: there is no such result, or grad is no tensor.
        """
        torch = sys.modules.get("torch")
        result = self._results.find(number)
        if torch is None or type(result) is not _Result or not _is_tensor(grad):
            raise CodecError("a gradient was asked for of what is no result")
        inputs = [result.inputs[position] for position in wanted]
        cuts = [node.register_prehook(_cut(at)) for node, at in map(_edge, result.inputs) if node is not None]
        found: list[Any] = []
        try:
            if inputs:
                found += torch.autograd.grad(
                    result.tensor, inputs, grad, retain_graph=True, create_graph=create_graph, allow_unused=True
                )
            if accumulate and (leaves := _untold_leaves(result)):
                torch.autograd.backward(
                    result.tensor, grad, retain_graph=True, create_graph=create_graph, inputs=leaves
                )
        finally:
            for cut in cuts:
                cut.remove()
        return found

    def _result(self, tensor: Any) -> _Result:
        told = self._told.get(id(tensor))
        result = told() if told is not None else None
        if result is None or result.tensor is not tensor or not self._results.owns(result):
            result = _Result(tensor, self._inputs(tensor))
            self._told[id(tensor)] = weakref.ref(result)
            if len(self._told) > _MANY:
                self._told = {key: ref for key, ref in self._told.items() if ref() is not None}
        return result

    def _inputs(self, tensor: Any) -> list[Any]:
        """What a history leads to: the nearest tensors that are shared, and results of the other side's, as edges."""
        nodes, leaves = {}, set()
        for ref in self._known.values():
            known = ref()
            if known is None or known is tensor or not self._is_shared(known):
                continue
            if known.grad_fn is None:
                leaves.add(id(known))
            else:
                nodes[known.grad_fn] = known
        found: dict[int, Any] = {}
        for node in _history(tensor.grad_fn, nodes):
            if hasattr(node, "gabarito"):
                found[id(node)] = _gradient_edge(node)
            elif node in nodes:
                found[id(nodes[node])] = nodes[node]
            elif hasattr(node, "variable") and id(node.variable) in leaves:
                found[id(node.variable)] = node.variable
        return list(found.values())

    def _note(self, tensor: Any) -> None:
        self._known[id(tensor)] = weakref.ref(tensor)
        if len(self._known) > _MANY:
            self._known = {key: ref for key, ref in self._known.items() if ref() is not None}

    # results that come

    def attach(self, value: Any, origins: Any) -> None:
        """Give the tensors that came over their history here; `origins` is what the other side said of them.

        Raises:
            CodecError: `origins` is no such list.
        """
        for entry in origins if type(origins) is tuple else [None]:
            if type(entry) is not tuple or len(entry) != 3 or type(entry[1]) is not int or type(entry[2]) is not tuple:
                raise CodecError("the history of a tensor was told in no known way")
            tensor, number, told = entry
            inputs = [self._input(each) for each in told]
            if not _is_tensor(tensor) or not all(map(_is_tensor, inputs)):
                raise CodecError("the history of something else than a tensor was told")
            if not tensor.requires_grad:
                # An input without a gradient stays, so that the others keep their positions.
                self._grow(tensor, _Origin(number, inputs))
        for tensor in _tensors(value):
            if tensor.requires_grad:
                self._note(tensor)

    def _input(self, told: Any) -> Any:
        if type(told) is not int:
            return told
        result = self._results.find(told)
        if type(result) is not _Result:
            raise CodecError("the history of a tensor leads to what is no result")
        return result.tensor

    def _grow(self, tensor: Any, origin: _Origin) -> None:
        if self._node is None:
            self._node = _node(self._ask)
            self._root = sys.modules["torch"].zeros((), requires_grad=True, device="cpu")
        weakref.finalize(origin, self._dropped, origin.number).atexit = False
        self._node.apply(tensor, origin, self._root, *origin.inputs)


class _Origin:
    """What the node needs and autograd need not see."""

    def __init__(self, number: int, inputs: list[Any]) -> None:
        self.number = number
        self.inputs = inputs


def _node(ask: Ask) -> Any:
    torch = sys.modules["torch"]

    class OtherSide(torch.autograd.Function):  # type: ignore[name-defined]
        @staticmethod
        def forward(ctx: Any, tensor: Any, origin: _Origin, root: Any, *inputs: Any) -> Any:
            ctx.mark_dirty(tensor)
            ctx.gabarito = origin.number
            ctx.origin = origin
            # Python's own way to this leaf: it is on the way of `backward`, not of `autograd.grad`.
            ctx.ending = torch.autograd.graph.get_gradient_edge(root).node
            return tensor

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            found: list[Any] = [None] * len(ctx.origin.inputs)
            wanted = [i for i, needed in enumerate(ctx.needs_input_grad[3:]) if needed]
            ends = torch._C._will_engine_execute_node(ctx.ending)
            answer = ask(ctx.gabarito, grad, wanted, torch.is_grad_enabled(), ends)
            for i, each in zip(wanted, answer, strict=True):
                if each is not None and (not _is_tensor(each) or each.shape != ctx.origin.inputs[i].shape):
                    raise CodecError("the other side gave a gradient of another shape")
                found[i] = each
            return None, None, None, *found

    return OtherSide


def _history(node: Any, ends: Container[Any]) -> Iterator[Any]:
    """A node and all that it was computed from, up to nodes in `ends` and those of the other side, which are given."""
    seen: set[Any] = set()
    pending = [node]
    while pending:
        node = pending.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        yield node
        if node not in ends and not hasattr(node, "gabarito"):
            pending += [following for following, _ in node.next_functions]


def _untold_leaves(result: _Result) -> list[Any]:
    """Leaves that a result depends on and that the other side was not told of with it."""
    told = {id(each) for each in result.inputs}
    ends = {node for node, _ in map(_edge, result.inputs)} - {None}
    leaves = {id(leaf): leaf for node in _history(result.tensor.grad_fn, ends) if (leaf := _leaf(node)) is not None}
    return [leaf for key, leaf in leaves.items() if key not in told]


def _leaf(node: Any) -> Any:
    return getattr(node, "variable", None)


def _edge(each: Any) -> tuple[Any, int]:
    """The node and position of an input, a tensor or an edge; no node of a leaf."""
    return (each.grad_fn, each.output_nr) if _is_tensor(each) else (each.node, each.output_nr)


def _gradient_edge(node: Any) -> Any:
    return sys.modules["torch"].autograd.graph.GradientEdge(node, 0)


def _number(each: Any) -> Any:
    """An input as it is told: a shared tensor, or the number of the other side's result."""
    return each if _is_tensor(each) else each.node.gabarito


def _cut(position: int) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """A hook that lets no gradient of a node's result at this position flow any further."""

    def hook(grads: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(None if i == position else grad for i, grad in enumerate(grads))

    return hook


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensors(value: Any) -> list[Any]:
    """The tensors that a value consists of."""
    found: list[Any] = []
    torch = sys.modules.get("torch")
    if torch is not None:
        _collect(found, torch.Tensor, value, 0)
    return found


def _collect(found: list[Any], tensor: type, value: Any, depth: int) -> None:
    kind = type(value)
    if kind is tuple or kind is list or kind is dict:
        if depth < _DEPTH:
            for each in value.values() if kind is dict else value:
                _collect(found, tensor, each, depth + 1)
    elif isinstance(value, tensor):
        found.append(value)
