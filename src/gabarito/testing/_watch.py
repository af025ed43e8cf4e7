"""What is done while a function runs: by torch, operation by operation, and by Python."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from gabarito.testing._called import Calls
from gabarito.testing._elsewhere import Watched, elsewhere, measuring_here
from gabarito.testing._named import Named
from gabarito.testing._peak import Peak
from gabarito.testing._steps import Steps
from gabarito.testing._work import work_of

_paused = False
_peaks: list[Peak] = []


def watch(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    memory: bool = False,
    work: bool = False,
    names: tuple[str, ...] = (),
) -> tuple[Any, Watched]:
    """What `f(*args)` returns, and what is done meanwhile in the process that `f` lives in.

    Args:
        memory: whether to look at that.
        work: whether to look at the amount of work, and at Python's steps.
        names: of functions, to be told which of them are called; not together with `work`.
    """
    there = elsewhere(f)
    if there is not None:
        return there.watch(args, memory=memory, work=work, names=names)
    with measuring_here():
        return watch_here(f, args, memory=memory, work=work, names=names)


def watch_here(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    memory: bool = False,
    work: bool = False,
    names: tuple[str, ...] = (),
) -> tuple[Any, Watched]:
    """What `f(*args)` returns, and what is done meanwhile in this process; arguments as of `watch`."""
    found: dict[str, None] = {}
    peak, steps = Peak(), Steps(lambda: _paused)
    count = amount = 0

    def function(name: str) -> None:
        if not _paused:
            found[name] = None

    def operation(operation: Any, inputs: Any, result: Any) -> None:
        nonlocal count, amount
        if not _paused:
            name = plain_name(operation.overloadpacket.__name__)
            found[name] = None
            count += 1
            if memory:
                peak.after(name, inputs, result)
            if work:
                amount += work_of(operation, inputs, result)

    # Plain Python can be counted without torch, which takes seconds to import, and named functions where it is missing.
    needs_torch = not work and not (names and importlib.util.find_spec("torch") is None)
    torch_too = _watching(operation, function) if needs_torch or "torch" in sys.modules else _nothing()
    if work and "torch" in sys.modules:
        # Now, or its import would be counted.
        importlib.import_module("torch.utils.flop_counter")
    calls = Calls([Named(name) for name in names], f, lambda: _paused)
    counting = steps if work else calls if names else _nothing()
    with torch_too, _peaking(peak) if memory else _nothing(), counting:
        result = f(*args)
    return result, Watched((*found, *calls.names), count, peak.most, amount, steps.count)


def _nothing() -> AbstractContextManager[object]:
    return nullcontext()


@contextmanager
def _peaking(peak: Peak) -> Iterator[None]:
    with peak:
        _peaks.append(peak)
        try:
            yield
        finally:
            _peaks.remove(peak)


@contextmanager
def paused(*, yes: bool = True) -> Iterator[None]:
    """A block that is not watched, whoever watches; or, within such a block, one that is again."""
    before = _paused
    _pause(yes)
    try:
        yield
    finally:
        _pause(before)


def _pause(yes: bool) -> None:
    global _paused  # noqa: PLW0603
    for peak in _peaks if yes != _paused else ():
        if yes:
            peak.pause()
        else:
            peak.resume()
    _paused = yes


@contextmanager
def _watching(operation: Callable[[Any, Any, Any], None], function: Callable[[str], None]) -> Iterator[None]:
    """Report what torch does in this block.

    Args:
        operation: told each operation that torch carries out, after it ran: its `OpOverload` (`aten.mm.default`), its
            arguments as (args, kwargs), its result. One function may be many operations; those of a backward pass count
            too.
        function: told the name of each torch function or tensor method as Python calls it, before it runs
            (`einsum`, `tolist`).
    """
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode

    class Functions(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            function(plain_name(getattr(func, "__name__", "")))
            return func(*args, **(kwargs or {}))

    class Operations(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            # The default wraps the method below so that its first call imports the whole compiler: seconds.
            return False

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            operation(func, (args, kwargs), result)
            return result

    with Operations(), Functions():
        yield


def plain_name(name: str) -> str:
    """The name of an operation without the underscores that mark its variants: `__matmul__`, `addmm_`."""
    return name.strip("_")
