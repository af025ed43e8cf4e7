"""One side of a conversation between checker and student process: requests, answers and what they share.

A request is a name of an operation and its arguments; either side may ask, one request at a time, and a side that waits
for an answer serves the requests that come meanwhile, so that a test's callback can be called from student code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, final

from gabarito.engine import wire
from gabarito.engine.codec import Bridge, CodecError, Heap
from gabarito.engine.remote.graph import Graph
from gabarito.engine.remote.owner import Owner

_FEW = 8
"""So many shared objects may be in use no longer before they are looked for, besides as many as are in use."""
_LITTLE = 16 << 20
"""So many more bytes of arrays may be held before that: to look takes less time than to send as much."""


class Channel(Protocol):
    """How the frames of a conversation travel."""

    def send(self, message: wire.Conversation, fds: Sequence[int]) -> None:
        """Send a message, and descriptors with it."""

    def receive(self) -> tuple[wire.Conversation, list[int]]:
        """The next message of the conversation, with its descriptors; the caller closes them."""


class Standins(Bridge, Protocol):
    """The bridge of the heap, and what it knows of its stand-ins."""

    def drop(self, number: int) -> None:
        """Nothing here stands for an object of the other side's any more."""

    def settle(self) -> None:
        """A message has come: ask for what its stand-ins still lack."""

    def dropped(self) -> list[int]:
        """The other side's objects that have no stand-in here any more."""

    def asking(self) -> AbstractContextManager[None]:
        """A block around each request of this side's, which it may refuse."""

    def aside(self) -> AbstractContextManager[None]:
        """A block around what is asked beside the operations on objects: what comes with its answer is looked at."""


@final
class Session:
    """One side; `handlers` are the operations that the other side may ask for."""

    def __init__(
        self, side: int, channel: Channel, bridge: Standins, handlers: Mapping[str, Callable[..., Any]], owner: Owner
    ) -> None:
        self.heap = Heap(side, bridge)
        self.received = 0
        """How many messages have come."""
        self._channel = channel
        self._bridge = bridge
        self._handlers = handlers
        self._owner = owner
        self._enough, self._enough_bytes = _FEW, _LITTLE
        self.graph = Graph(self._gradients, owner, bridge.drop, lambda tensor: self.heap.oid(tensor) is not None)

    def ask(self, operation: str, *args: object) -> Any:
        """The other side's answer to a request.

        Raises:
            BaseException: what the operation raised there.
            CodecError: the answer is malformed.
        """
        with self._bridge.asking():
            self._send(wire.Ask, (operation, *args), args)
            while True:
                message, fds = self._channel.receive()
                value = self._decode(message, fds)
                if isinstance(message, wire.Failure):
                    raise (
                        value
                        if isinstance(value, BaseException)
                        else CodecError("an error was told of in no known way")
                    )
                if isinstance(message, wire.Reply):
                    return value
                self._answer(value)

    def serve(self, message: wire.Ask, fds: Sequence[int]) -> None:
        """Answer one request of the other side."""
        self._answer(self._decode(message, fds))

    def _answer(self, request: Any) -> None:
        try:
            if type(request) is not tuple:  # a range, for one, can have more items than there is memory
                raise TypeError("a request came in no known way")
            operation, *args = request
            result = self._handlers[operation](*args)
        except BaseException as error:
            self._fail(error)
            return
        try:
            self._send(wire.Reply, result, result)
        except CodecError as error:
            self._fail(ValueError(str(error)))

    def _fail(self, error: BaseException) -> None:
        try:
            self._send(wire.Failure, error, None)
        except CodecError as e:
            self._send(wire.Failure, RuntimeError(f"{type(error).__name__} can't be told of: {e}"), None)

    def _send(self, kind: Callable[..., Any], value: object, carried: object) -> None:
        try:
            body, fds = self.heap.encode((self.graph.origins(carried) or None, value))
        except BaseException:
            self._owner.sent(arrived=False)
            raise
        self._owner.sent(arrived=True)
        # Only now: what nobody here holds any more may have changed before, and the other side must see that.
        self._channel.send(kind(body, len(fds), self._forgotten()), fds)

    def _decode(self, message: wire.Conversation, fds: Sequence[int]) -> Any:
        try:
            content = self.heap.decode(message.body, fds)
            self.heap.release(number for number in message.gone if number > 0)
            for number in message.gone:
                if number < 0:
                    self._owner.forget(-number)
        finally:
            for fd in fds:
                os.close(fd)
        self.received += 1
        if type(content) is not tuple or len(content) != 2:
            raise CodecError("a message of the conversation has no content")
        origins, value = content
        self.graph.attach(value, () if origins is None else origins)
        self._bridge.settle()
        return value

    def _gradients(
        self, number: int, grad: Any, wanted: list[int], create_graph: bool, accumulate: bool
    ) -> Sequence[Any]:
        with self._bridge.aside():
            found = self.ask("vjp", number, grad, wanted, create_graph, accumulate)
        if type(found) is not list or len(found) != len(wanted):
            raise CodecError("the other side gave no gradients")
        return found

    def unseen(self) -> set[int]:
        """The shared objects that nobody here can look at any more; the next message says that they are forgotten."""
        found = self.heap.unseen()
        if found:
            self._enough = 0
        return found

    def _forgotten(self) -> tuple[int, ...]:
        """What is in use here no longer: shared objects, and as negative numbers the other side's own.

        Shared objects only now and then: to look for them costs about as much as to see whether they changed.
        """
        gone: list[int] = []
        if len(self.heap) > self._enough or self.heap.memory.held > self._enough_bytes:
            gone = self.heap.collect()
            self._enough = 2 * len(self.heap) + _FEW
            self._enough_bytes = self.heap.memory.held + _LITTLE
        return (*gone, *(-number for number in self._bridge.dropped()))
