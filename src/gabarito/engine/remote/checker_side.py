"""The checker's end of a conversation: names, operations and gradients of a student's objects, as a contract allows."""

from __future__ import annotations

import sys
from typing import Any, final

from gabarito.engine.codec import CodecError, Opaque
from gabarito.engine.remote.graph import gradients_here
from gabarito.engine.remote.operations import INPLACE, UNARY
from gabarito.engine.remote.owner import PLAIN_TYPES, Owner
from gabarito.engine.remote.policy import Policy
from gabarito.engine.remote.proxies import Remote, RemoteType, describe, error_class, library_class
from gabarito.engine.remote.session import Channel, Session

_MISSING = object()


@final
class CheckerSide:
    """One notebook's objects, seen from outside its process. `policy` is that of the test that is running."""

    def __init__(self, channel: Channel, policy: Policy) -> None:
        self.policy = policy
        self._owner = Owner(first=2)
        self._proxies: dict[int, Any] = {}
        self.session = Session(0, channel, self, self, {"callback": self._callback, "vjp": self._vjp})

    # what tests use

    def name(self, name: str) -> tuple[bool, Any]:
        """Whether the notebook defines this name, and its value."""
        known, value = _pair(self.session.ask("name", name))
        return known is True, value

    def assign(self, name: str, value: Any) -> None:
        """Define a name in the notebook."""
        self.session.ask("assign", name, value)

    def operate(self, operation: str, subject: Any, *args: Any, place: str = "") -> Any:
        """Do an operation on a student's object.

        Raises:
            ViolationError: the contract doesn't allow it here.
            BaseException: what the student's code raised.
        """
        self.policy.check(operation, describe(subject))
        if place:
            result = self.session.ask(place, operation, subject, *args)
        elif operation in UNARY:
            result = self.session.ask("unary", operation, subject)
        elif operation in INPLACE:
            result = self.session.ask("inplace", operation, subject, *args)
        elif operation in ("call", "getattr", "setattr", "setitem", "enter", "exit"):
            result = self.session.ask(operation, subject, *args)
        else:
            result = self.session.ask("binary", operation, subject, *args)
        return result

    # what the session asks

    def export(self, obj: object) -> Opaque:
        """A student's object that goes home, or a callable of the test's."""
        if isinstance(obj, (Remote, RemoteType)):
            opaque: Opaque = obj._gabarito_opaque
            return opaque
        opaque = self._owner.export(obj)
        return Opaque(opaque.oid, opaque.kind, opaque.name)

    def adopt(self, opaque: Opaque) -> object:
        """A stand-in for a student's object, or the test's own that came home."""
        if opaque.kind == "type" and opaque.oid == 0:
            if opaque.name not in PLAIN_TYPES:
                raise CodecError(f"there is no plain type {opaque.name!r}")
            return PLAIN_TYPES[opaque.name]
        if opaque.oid % 2 == 0:
            return self._owner.find(opaque.oid)
        known = self._proxies.get(opaque.oid, _MISSING)
        if known is _MISSING:
            known = self._proxies[opaque.oid] = self._make(opaque)
        return known

    def graph_tensor(self, tensor: Any, oid: int) -> object:
        """A student's result with a history over there: the session gives it one here."""
        return tensor.detach()

    def tell(self, error: BaseException) -> object:
        """An exception that a callback of the test raised."""
        return f"{type(error).__name__}: {error}"

    def raised(self, told: object) -> BaseException:
        """An exception of the student's, as an instance of its nearest class that is known here."""
        if type(told) is not tuple or len(told) != 3 or type(told[0]) is not list or type(told[1]) is not str:
            raise CodecError("an exception was told of in no known way")
        for cls in told[0]:
            found = (
                cls
                if isinstance(cls, type)
                else error_class(cls.removeprefix("builtins."))
                if type(cls) is str
                else None
            )
            if found is not None and issubclass(found, BaseException):
                made = BaseException.__new__(found, told[1])
                made.args = (told[1],)
                made.__dict__["student_traceback"] = told[2]
                return made
        raise CodecError("an exception was told of without a class")

    def _callback(self, function: Any, args: Any, kwargs: Any) -> Any:
        if not callable(function) or isinstance(function, (Remote, RemoteType)):
            raise CodecError("only a callable of the test's can be called back")
        return function(*args, **kwargs)

    def _vjp(self, outputs: Any, grads: Any, inputs: Any, create_graph: Any) -> list[Any]:
        tensors = (*outputs, *grads, *inputs) if all(type(v) is list for v in (outputs, grads, inputs)) else (None,)
        torch = sys.modules.get("torch")
        if torch is None or not all(isinstance(t, torch.Tensor) for t in tensors):
            raise CodecError("gradients were asked for of something else than tensors")
        return gradients_here(outputs, grads, inputs, create_graph is True)

    def _make(self, opaque: Opaque) -> Any:
        if opaque.kind == "class":
            return self._make_class(opaque)
        cls: type[Remote] = Remote
        about = opaque.about.get("class")
        if opaque.kind == "instance" and isinstance(about, Opaque) and about.oid % 2 and about.kind == "class":
            found = self.adopt(about)
            if isinstance(found, RemoteType) and issubclass(found, Remote):
                cls = found
        made = object.__new__(cls)
        Remote.__init__(made, self, opaque)
        return made

    def _make_class(self, opaque: Opaque) -> Any:
        bases = opaque.about.get("bases", ())
        names = [b for b in bases if type(b) is str] if type(bases) is list else []
        if opaque.about.get("is_error") is True:
            base = next((e for n in names if (e := error_class(n.removeprefix("builtins."))) is not None), Exception)
            return type(opaque.name, (base,), {"_gabarito_opaque": opaque})
        space = {"_gabarito_of_class": (self, opaque), "__slots__": ()}
        for name in names:
            library = library_class(name)
            if library is not None:
                try:
                    return RemoteType(opaque.name, (Remote, library), space)
                except TypeError:
                    continue
        return RemoteType(opaque.name, (Remote,), space)


def _pair(value: Any) -> tuple[Any, Any]:
    if type(value) is not tuple or len(value) != 2:
        raise CodecError("a name was told of in no known way")
    return value
