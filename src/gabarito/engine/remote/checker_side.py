"""The checker's end of a conversation: a notebook's names and objects as a test's contract allows them."""

from __future__ import annotations

import contextlib
import sys
import types
from typing import Any, final

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.kinds import error_class
from gabarito.engine.remote.measuring import Measured
from gabarito.engine.remote.policy import Policy, ViolationError
from gabarito.engine.remote.session import Channel
from gabarito.engine.remote.side import Side
from gabarito.engine.remote.standins import home_of
from gabarito.testing._elsewhere import is_measuring_here

_WRAPPED = (
    "an assertion of gabarito.testing measures a function of the test’s own that uses the student’s code, and that "
    "runs in another process: give the assertion the student’s function itself, and its arguments"
)
_LIBRARIES = (types.FunctionType, types.BuiltinFunctionType, type)


@final
class CheckerSide(Side):
    """One notebook's objects, seen from outside its process. `manners` is the policy of the test that is running."""

    def __init__(self, channel: Channel, policy: Policy, process: int) -> None:
        """`process` is the student process's id."""
        super().__init__(0, channel, policy, shares_libraries=False)
        self._process = process
        self.handlers["warn"] = _warn

    def name(self, name: str) -> tuple[bool, Any]:
        """Whether the notebook defines this name, and its value."""
        found = self.session.ask("name", name)
        if type(found) is not tuple or len(found) != 2:
            raise CodecError("a name was told of in no known way")
        return found[0] is True, found[1]

    def assign(self, name: str, value: Any) -> None:
        """Define a name in the notebook."""
        self.session.ask("assign", name, value)

    def measured(self, subject: Any) -> Measured:
        """What measures a student's function; each measurement counts as a call."""

        def ask(operation: str, *args: Any) -> Any:
            self.manners.check("call", subject)
            return self.session.ask(operation, subject, *args)

        home = home_of(subject)
        return Measured(ask, home.name if home is not None else "", self._process)

    def asking(self) -> contextlib.AbstractContextManager[None]:
        """Nothing is asked for while a function of the test's is measured: what it takes over there is not seen.

        Raises:
            ViolationError: one is.
        """
        if is_measuring_here():
            self.manners.violate(_WRAPPED)
            raise ViolationError(_WRAPPED)
        return contextlib.nullcontext()

    def export(self, obj: object) -> Opaque:
        """A student's object that goes home, the name of something of a library, or an object of the test's."""
        home = home_of(obj)
        if home is not None:
            return home
        if isinstance(obj, (*_LIBRARIES, types.ModuleType)) and (name := _name_in_library(obj)):
            return Opaque(0, "library", name)
        return self.owner.export(obj)


def _name_in_library(obj: Any) -> str:
    """`module:name` under which a library has this object, or empty for what the instructor wrote."""
    if isinstance(obj, types.ModuleType):
        return f"{obj.__name__}:" if sys.modules.get(obj.__name__) is obj and obj.__name__ != "__main__" else ""
    module = getattr(obj, "__module__", None)
    name = getattr(obj, "__qualname__", None)
    for place in (module, *(("torch",) if type(obj) is types.BuiltinFunctionType else ())):
        if not isinstance(place, str) or not isinstance(name, str) or place == "__main__" or place not in sys.modules:
            continue
        found: Any = sys.modules[place]
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is obj:
            return f"{place}:{name}"
    return ""


def _warn(category: Any, text: Any) -> None:
    """Give a warning of the student's here, where the test may look at it."""
    import warnings

    known = error_class(category) if type(category) is str else None
    kind = known if known is not None and issubclass(known, Warning) else UserWarning
    warnings.warn_explicit(str(text)[:4000], kind, "<notebook>", 1)
