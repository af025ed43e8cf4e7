"""What torch does while a function runs, call by call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gabarito.testing._elsewhere import Watched, elsewhere, measuring_here
from gabarito.testing._storages import Storages

_paused = False


def watch(f: Callable[..., Any], args: tuple[Any, ...], *, memory: bool = False) -> tuple[Any, Watched]:
    """What `f(*args)` returns, and what torch does meanwhile in the process that `f` lives in."""
    there = elsewhere(f)
    if there is not None:
        return there.watch(args, memory=memory)
    with measuring_here():
        return watch_here(f, args, memory=memory)


def watch_here(f: Callable[..., Any], args: tuple[Any, ...], *, memory: bool) -> tuple[Any, Watched]:
    """What `f(*args)` returns, and what torch does meanwhile in this process."""
    names: dict[str, None] = {}
    storages = Storages()
    count = 0

    def function(name: str) -> None:
        if not _paused:
            names[name] = None

    def operation(name: str, inputs: Any, result: Any) -> None:
        nonlocal count
        if not _paused:
            names[name] = None
            count += 1
            if memory:
                storages.after(name, inputs, result)

    with _watching(operation, function):
        result = f(*args)
    return result, Watched(tuple(names), count, storages.most)


@contextmanager
def paused(*, yes: bool = True) -> Iterator[None]:
    """A block that is not watched, whoever watches; or, within such a block, one that is again."""
    global _paused  # noqa: PLW0603
    before, _paused = _paused, yes
    try:
        yield
    finally:
        _paused = before


@contextmanager
def _watching(operation: Callable[[str, Any, Any], None], function: Callable[[str], None]) -> Iterator[None]:
    """Report what torch does in this block.

    Args:
        operation: told each operation that torch carries out, after it ran: its name (`mm`), its arguments as
            (args, kwargs), its result. One function may be many operations; those of a backward pass count too.
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
            operation(plain_name(func.overloadpacket.__name__), (args, kwargs), result)
            return result

    with Operations(), Functions():
        yield


def plain_name(name: str) -> str:
    """The name of an operation without the underscores that mark its variants: `__matmul__`, `addmm_`."""
    return name.strip("_")
