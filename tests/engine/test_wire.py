"""Frames and messages: what was sent is received, and nothing else is accepted."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.engine import wire
from gabarito.errors import EngineError
from gabarito.model import Outcome


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        try:
            os.close(fd)
        except OSError:
            continue


@pytest.mark.parametrize(
    "message",
    [
        wire.Up(),
        wire.Text("stdout", "é\n"),
        wire.Rich({"text/plain": "1", "application/json": {"a": [1, None]}}, {}, is_result=True),
        wire.Done(3, error="E", lines=(1, 2), outcome=Outcome.MEMORY),
        wire.Clear(True),
    ],
)
def test_a_message_arrives_as_it_was_sent(pipe: tuple[int, int], message: wire.Message) -> None:
    wire.send(pipe[1], message)
    assert wire.Reader(pipe[0], wire.FromStudent).read() == message


def test_the_end_of_the_stream_is_none_wherever_it_comes(pipe: tuple[int, int]) -> None:
    whole = wire.encode(wire.Text("stdout", "hello"))
    for cut in range(len(whole)):
        read, write = os.pipe()
        os.write(write, whole[:cut])
        os.close(write)
        assert wire.Reader(read, wire.FromStudent).read() is None
        os.close(read)


def test_a_message_of_another_set_is_refused(pipe: tuple[int, int]) -> None:
    wire.send(pipe[1], wire.Verdict(None))  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="malformed"):
        wire.Reader(pipe[0], wire.FromStudent).read()


def test_a_size_beyond_the_limit_is_refused_before_it_is_read(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\x7f\xff\xff\xff")
    with pytest.raises(EngineError, match="2147483647 bytes was announced; the limit is 64"):
        wire.Reader(pipe[0], wire.FromStudent, limit=64).read()


def test_a_deeply_nested_message_is_refused(pipe: tuple[int, int]) -> None:
    body = b"\x93\xa4Rich" + b"\x81\xa1a" * 5000
    os.write(pipe[1], len(body).to_bytes(4, "big") + body)
    with pytest.raises(EngineError, match="malformed"):
        wire.Reader(pipe[0], wire.FromStudent).read()


@given(st.binary(max_size=200))
def test_random_bytes_are_a_message_or_a_clear_error(body: bytes) -> None:
    read, write = os.pipe()
    os.write(write, len(body).to_bytes(4, "big") + body)
    os.close(write)
    try:
        found = wire.Reader(read, wire.FromStudent).read()
    except EngineError as e:
        found = wire.Text("stderr", str(e))
        assert_malformed(str(e))
    finally:
        os.close(read)
    assert isinstance(found, wire.Message)


def assert_malformed(told: str) -> None:
    assert "malformed" in told


def test_writing_to_nobody_says_so(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(OSError, match="Broken pipe"):
        wire.send(pipe[1], wire.Up())


def test_descriptors_go_along() -> None:
    one, other = socket.socketpair()
    fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]
    wire.send_descriptors(one, fds)
    received = wire.receive_descriptors(other, 40)
    assert len(received) == 40
    for fd in received:
        os.close(fd)
    assert wire.receive_descriptors(other, 0) == []
    for end in (one, other):
        end.close()


@pytest.mark.parametrize("count", [-1, 257])
def test_too_many_descriptors_are_refused(count: int) -> None:
    one, other = socket.socketpair()
    with pytest.raises(EngineError, match="the limit is 256"):
        wire.receive_descriptors(other, count)
    one.close()
    other.close()


def test_descriptors_that_do_not_come_are_missed() -> None:
    one, other = socket.socketpair()
    wire.send_descriptors(one, [os.open(os.devnull, os.O_RDONLY)])
    one.sendall(b"F")
    with pytest.raises(EngineError, match="did not come"):
        wire.receive_descriptors(other, 40)
    one.close()
    other.close()
