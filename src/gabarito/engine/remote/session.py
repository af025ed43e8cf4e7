"""One side of a conversation between checker and student process: requests, answers and what they share.

A request is a name of an operation and its arguments; either side may ask, one request at a time, and a side that waits
for an answer serves the requests that come meanwhile, so that a test's callback can be called from student code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol, final

from gabarito.engine import wire
from gabarito.engine.codec import Bridge, CodecError, Heap
from gabarito.engine.remote.graph import Graph

_COLLECT_EVERY = 64


class Channel(Protocol):
    """How the frames of a conversation travel."""

    def send(self, message: wire.Ask | wire.Reply | wire.Failure, fds: Sequence[int]) -> None:
        """Send a message, and descriptors with it."""

    def receive(self) -> tuple[wire.Ask | wire.Reply | wire.Failure, list[int]]:
        """The next message of the conversation, with its descriptors; the caller closes them."""


class Errors(Protocol):
    """How an exception becomes plain data on one side, and an exception again on the other."""

    def tell(self, error: BaseException) -> object:
        """The exception as a value that the heap can send."""

    def raised(self, told: object) -> BaseException:
        """The exception that the other side told of."""


Handler = Callable[..., object]


@final
class Session:
    """One side; `handlers` are the operations that the other side may ask for."""

    def __init__(
        self, side: int, channel: Channel, bridge: Bridge, errors: Errors, handlers: dict[str, Handler]
    ) -> None:
        self.heap = Heap(side, bridge)
        self._channel = channel
        self._errors = errors
        self._handlers = handlers
        self._sent = 0
        self._graph = Graph(self._gradients)

    def ask(self, operation: str, *args: object) -> Any:
        """The other side's answer to a request.

        Raises:
            BaseException: what the operation raised there, as `errors` puts it.
            CodecError: the answer is malformed.
        """
        self._send(wire.Ask, (operation, args), args)
        while True:
            message, fds = self._channel.receive()
            value = self._decode(message, fds)
            if isinstance(message, wire.Failure):
                raise self._errors.raised(value)
            if isinstance(message, wire.Reply):
                return value
            self._answer(*value)

    def serve(self, message: wire.Ask, fds: Sequence[int]) -> None:
        """Answer one request of the other side."""
        self._answer(*self._decode(message, fds))

    def _answer(self, operation: Any, args: Any) -> None:
        try:
            result = self._handlers[operation](*args)
        except BaseException as error:
            self._send(wire.Failure, self._errors.tell(error), None)
            return
        self._send(wire.Reply, result, result)

    def _send(self, kind: Callable[..., Any], value: object, carried: object) -> None:
        body, fds = self.heap.encode((self._graph.origins(carried), value))
        # Only now: what nobody here holds any more may have changed before, and the other side must see that.
        self._channel.send(kind(body, len(fds), tuple(self._forgotten())), fds)

    def _decode(self, message: wire.Conversation, fds: Sequence[int]) -> Any:
        try:
            content = self.heap.decode(message.body, fds)
            self.heap.release(message.gone)
        finally:
            for fd in fds:
                os.close(fd)
        if type(content) is not tuple or len(content) != 2:
            raise CodecError("a message of the conversation has no content")
        origins, value = content
        self._graph.attach(value, origins)
        return value

    def _gradients(self, output: Any, grad: Any, inputs: list[Any], create_graph: bool) -> Sequence[Any]:
        found = self.ask("vjp", [output], [grad], inputs, create_graph)
        if type(found) is not list or len(found) != len(inputs):
            raise TypeError("the other side gave no gradients")
        for each, wanted in zip(found, inputs, strict=True):
            if each is not None and (type(each).__name__ != "Tensor" or each.shape != wanted.shape):
                raise TypeError("the other side gave a gradient of another shape")
        return found

    def _forgotten(self) -> list[int]:
        """Objects that are in use here no longer, now and then: looking costs as much as a small call."""
        self._sent += 1
        return self.heap.collect() if self._sent % _COLLECT_EVERY == 0 else []
