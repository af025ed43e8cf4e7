"""The student process's end of a conversation: looks up names, does operations, asks for gradients."""

from __future__ import annotations

import traceback
from typing import Any, final

from gabarito.engine.codec import Opaque
from gabarito.engine.remote.graph import gradients_here
from gabarito.engine.remote.operations import BINARY, INPLACE, UNARY
from gabarito.engine.remote.owner import Owner, library_name
from gabarito.engine.remote.session import Channel, Session


@final
class StudentSide:
    """Answers the checker's requests about one notebook's namespace."""

    def __init__(self, channel: Channel, namespace: dict[str, Any]) -> None:
        self._names = namespace
        self._owner = Owner(first=1)
        self.session = Session(1, channel, self, self, self._handlers())

    def _handlers(self) -> dict[str, Any]:
        return {
            "name": self._name,
            "assign": self._names.__setitem__,
            "call": self._call,
            "getattr": getattr,
            "setattr": setattr,
            "setitem": _setitem,
            "unary": lambda name, x: UNARY[name](x),
            "binary": lambda name, x, y: BINARY[name](x, y),
            "reflected": lambda name, x, y: BINARY[name](y, x),
            "inplace": lambda name, x, y: INPLACE[name](x, y),
            "enter": lambda x: type(x).__enter__(x),
            "exit": lambda x: type(x).__exit__(x, None, None, None),
            "isinstance": isinstance,
            "issubclass": issubclass,
            "signature": _signature,
            "source": _source,
            "vjp": gradients_here,
        }

    def _name(self, name: str) -> tuple[bool, Any]:
        return (True, self._names[name]) if name in self._names else (False, None)

    def _call(self, function: Any, args: Any, kwargs: Any) -> Any:
        return function(*args, **kwargs)

    def call_back(self, function: _Callback, args: Any, kwargs: Any) -> Any:
        """What a callable of the test's gives."""
        return self.session.ask("callback", function, args, kwargs)

    def export(self, obj: object) -> Opaque:
        """A student's object, or one of the checker's that goes home."""
        if isinstance(obj, _Callback):
            return obj.opaque
        return self._owner.export(obj)

    def adopt(self, opaque: Opaque) -> object:
        """A student's object that came home, or a stand-in for one of the checker's."""
        if opaque.oid % 2:
            return self._owner.find(opaque.oid)
        return _Callback(self, opaque)

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        """A tensor that the test computed."""
        return tensor.detach()

    def tell(self, error: BaseException) -> object:
        """An exception as its classes, its text and its traceback."""
        classes: list[str | Opaque] = []
        for cls in type.mro(type(error)):
            name = library_name(cls)
            classes.append(name if name is not None else self._owner.export(cls))
        try:
            text = str(error)
        except Exception:
            text = ""
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-20)
        return classes, text[:4000], [line[:1000] for line in lines][-60:]

    def raised(self, told: object) -> BaseException:
        """What a callback of the test raised: its class where it is a built-in one."""
        return RuntimeError(str(told))


class _Callback:
    """A callable of the test's, in student code's hands."""

    def __init__(self, side: StudentSide, opaque: Opaque) -> None:
        self._side = side
        self.opaque = opaque

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._side.call_back(self, args, kwargs)


def _setitem(obj: Any, key: Any, value: Any) -> None:
    obj[key] = value


def _signature(function: Any) -> list[tuple[str, int, bool]]:
    import inspect

    found = inspect.signature(function).parameters.values()
    return [(p.name, int(p.kind), p.default is not p.empty) for p in found]


def _source(obj: Any) -> str:
    import inspect

    return inspect.getsource(obj)
