"""Requests and answers: what travels, what is refused, and what is said of errors."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine import wire
from gabarito.engine.codec import CodecError, Heap
from gabarito.engine.remote.owner import Owner
from gabarito.engine.remote.session import Session
from tests.engine.codec.pair import Ghosts
from tests.engine.remote.pair import Pair


class _Bridge(Ghosts):
    """A bridge that has no stand-ins to look after."""

    def drop(self, number: int) -> None:
        pass

    def settle(self) -> None:
        pass

    def asking(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def aside(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def dropped(self) -> list[int]:
        return []


class _Script:
    """A channel whose other end says what was written down for it."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.answers: list[Any] = []
        self.heap = Heap(1, Ghosts(1))

    def say(self, kind: Any, value: Any, *, gone: tuple[int, ...] = ()) -> None:
        self.answers.append((kind, value, gone))

    def send(self, message: Any, fds: Any) -> None:
        self.sent.append(self.heap.decode(message.body, fds))
        for fd in fds:
            os.close(fd)

    def receive(self) -> tuple[Any, list[int]]:
        kind, value, gone = self.answers.pop(0)
        body, fds = self.heap.encode(value)
        return kind(body, len(fds), gone), fds


def _session(**handlers: Any) -> tuple[Session, _Script, Owner]:
    script, owner = _Script(), Owner(2)
    return Session(0, script, _Bridge(0), handlers, owner), script, owner


def test_a_side_that_waits_answers_what_it_is_asked_meanwhile() -> None:
    session, script, _ = _session(add=lambda a, b: a + b)
    script.say(wire.Ask, (None, ("add", 1, 2)))
    script.say(wire.Reply, ((), "done"))
    assert session.ask("something", 5) == "done"
    assert script.sent == [(None, ("something", 5)), (None, 3)]
    assert session.received == 2


@pytest.mark.parametrize("value", [5, (), ((), 1, 2), [(), 1]])
def test_a_message_without_content_is_refused(value: Any) -> None:
    session, script, _ = _session()
    script.say(wire.Reply, value)
    with pytest.raises(CodecError, match="has no content"):
        session.ask("something")


@pytest.mark.parametrize("error", [5, "ValueError", None])
def test_an_error_that_is_none_is_refused(error: Any) -> None:
    session, script, _ = _session()
    script.say(wire.Failure, ((), error))
    with pytest.raises(CodecError, match="no known way"):
        session.ask("something")


@pytest.mark.parametrize(
    "asked", [5, (), ("nothing",), ("add",), ("add", 5), (["add"],), range(2**62), ["add", 1, 2]], ids=str
)
def test_a_request_that_is_none_fails(asked: Any) -> None:
    session, script, _ = _session(add=lambda a, b: a + b)
    script.say(wire.Ask, ((), asked))
    script.say(wire.Reply, ((), None))
    session.ask("something")
    (_, told) = script.sent[1]
    assert told.opaque.kind in ("ValueError", "KeyError", "TypeError")


def test_numbers_that_the_other_side_dropped_are_let_go() -> None:
    session, script, owner = _session()
    function = test_numbers_that_the_other_side_dropped_are_let_go
    number = owner.number(function)
    script.say(wire.Reply, ((), None), gone=(-number, -99, 77, 0))
    session.ask("something")
    assert not owner.owns(function)


def test_descriptors_are_closed_whatever_comes() -> None:
    session, _, _ = _session()
    read, write = os.pipe()
    os.close(write)
    with pytest.raises(CodecError):
        session.serve(wire.Ask(b"nonsense", 1), [read])
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(read)


CELLS = """
def big(): return b"x" * (1 << 30)
def deep():
    x = ()
    for _ in range(5000): x = (x,)
    return x
class Odd(Exception): pass
def fail(*args): raise Odd(*args)
def fail_deep(): raise Odd(deep())
def f(x): return x
def leave(): raise SystemExit(3)
def interrupt(): raise KeyboardInterrupt
"""


def test_a_result_that_is_too_deep_is_an_error_and_the_conversation_goes_on() -> None:
    with Pair(CELLS) as pair:
        with pytest.raises(ValueError, match="deep"):
            pair["deep"]()
        with pytest.raises(RuntimeError, match="Odd can't be told of"):
            pair["fail_deep"]()
        with pytest.raises(CodecError, match="deep"):
            pair["f"](_deep())
        assert pair["f"](1) == 1
        with pytest.raises(pair["Odd"]) as seen:
            pair["fail"]("x", 2)
        assert seen.value.args == ("x", 2)


def _deep() -> tuple[Any, ...]:
    deep: tuple[Any, ...] = ()
    for _ in range(5000):
        deep = (deep,)
    return deep


def test_whatever_is_raised_over_there_is_raised_here() -> None:
    with Pair(CELLS) as pair:
        for name, kind in (("leave", SystemExit), ("interrupt", KeyboardInterrupt)):
            with pytest.raises(kind):
                pair[name]()


def test_large_arrays_go_by_a_descriptor_and_are_the_same_both_ways() -> None:
    with Pair(CELLS) as pair:
        for big in (np.arange(2.0**17), torch.arange(2**17)):
            assert pair["f"](big) is big
        assert any(message.fds for message in pair.checker_end.sent)


def test_shared_objects_that_nobody_holds_are_collected() -> None:
    with Pair(CELLS) as pair:
        f = pair["f"]
        for n in range(200):
            f([n])
        assert len(pair.checker.session.heap._entries) < 130
        assert len(pair.student.session.heap._entries) < 130


def test_a_student_process_that_dies_is_seen() -> None:
    with Pair(CELLS) as pair:
        pair.student_end.send(wire.Reply(b"nonsense", 0), ())
        with pytest.raises(CodecError):
            pair["f"]
        pair.checker_end.send(wire.Ask(b"nonsense", 0), ())
        pair._thread.join(30)
        assert isinstance(pair.error, CodecError)
        pair.error = None
