"""What torch does while a block runs, call by call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def watching(
    operation: Callable[[str, Any, Any], None], function: Callable[[str], None] | None = None
) -> Iterator[None]:
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
            if function is not None:
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


def title(f: Callable[..., Any]) -> str:
    """What to call a function in a message."""
    return getattr(f, "__name__", None) or "the function"
