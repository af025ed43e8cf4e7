"""Whatever bytes arrive: one clear error, nothing else, and nothing that was agreed on changes."""

import random
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError, CodecLimits
from tests.engine.codec import forge
from tests.engine.codec.pair import Pair, canonical

_BYTES = forge.text("x")  # any value that is no bytes


def refused(data: bytes, match: str, pair: Pair | None = None, fds: tuple[int, ...] = ()) -> None:
    with pytest.raises(CodecError, match=match):
        (pair or Pair()).heaps[0].decode(data, fds)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    pair = Pair()
    with pytest.raises(CodecError):
        pair.heaps[0].decode(data)
    with pytest.raises(CodecError):
        pair.heaps[0].decode(b"\1" + data)


def _valid(pair: Pair) -> tuple[bytes, list[Any]]:
    mine: list[Any] = [1, {"a": [2.5] * 4, "b": bytearray(b"xyz")}, {1, 2}, ("t", 1j, 2**99, slice(1), range(3))]
    theirs = pair.send(mine)
    theirs.append([theirs, frozenset([1, (2,)]), len, ..., "ÿ"])
    theirs[1]["c"] = None
    data, _ = pair.heaps[1].encode((theirs, theirs[1], len))
    return data, mine


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 30))
def test_mutated_messages_are_read_or_refused(changes: list[tuple[int, int]], cut: int) -> None:
    pair = Pair()
    data, mine = _valid(pair)
    spoiled = bytearray(data)
    for place, value in changes:
        spoiled[place % len(data)] = value
    before = canonical(mine)
    try:
        pair.heaps[0].decode(bytes(spoiled[: len(data) - cut]))
    except CodecError:
        assert canonical(mine) == before
    pair.send([1])  # the heap works on


def test_the_valid_message_is_read() -> None:
    pair = Pair()
    data, mine = _valid(pair)
    assert pair.heaps[0].decode(data)[0] is mine
    assert mine[1]["c"] is None
    assert mine[4][0] is mine


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (forge.message(version=2), "version 2"),
        (forge.message(root=b"\0\0"), "1 bytes too many"),
        (forge.message(root=b""), "malformed"),
        (forge.message(root=b"\xff"), "unknown tag 255"),
        (forge.message(b"\x63" + bytes(8)), "unknown kind 99"),
        (forge.message(root=forge.ref(1)), "object 1, which doesn't exist"),
        (forge.message(forge.container(1, 2)), "number 2, which is taken"),
        (forge.message(forge.container(1, 0)), "number 0, which is taken"),
        (forge.message(forge.container(1, 1), forge.container(2, 1)), "number 1, which is taken"),
        (forge.message(contents=[forge.content(1, b"")]), "object 1, which doesn't exist"),
        (forge.message(forge.container(4, 1), contents=[forge.content(1, _BYTES)]), "something else than bytes"),
        (forge.message(forge.container(1, 1), states=[forge.content(1, b"")]), "wrong kind"),
        (forge.message(forge.container(1, 1), arrays=[forge.filled(1, b"")]), "wrong kind"),
        (forge.message(root=b"\x07" + b"\xff" * 4), "whole number"),
        (forge.message(root=b"\x0c" + b"\xff" * 4), "ends before"),
        (forge.message(root=b"\x0b" + b"\2\0\0\0\xff\xff"), "malformed"),
        (forge.message(root=b"\x0d" + forge.sequence(count=2**31)), "more than 500000 values"),
        (forge.message(root=b"\x0d" + forge.sequence(count=2**31, mode=1)), "more than 500000 values"),
        (forge.message(root=b"\x0d" + forge.sequence(count=1, mode=3)), "unknown way 3"),
        (forge.message(root=(b"\x0d" + forge.sequence(count=1)) * 61 + b"\0"), "deeper than 60"),
        (forge.message(root=b"\x0f" + forge.sequence(b"\0")), "slice of 1 parts"),
        (forge.message(root=b"\x10" + b"\0" * 3), "impossible range"),
        (forge.message(root=b"\x10" + b"\5\0" * 3), "impossible range"),
        (forge.message(root=b"\x13" + forge.sequence()), "without identity"),
        (forge.message(root=b"\x14" + forge.sequence()), "without identity"),
        (forge.message(root=b"\x0e" + forge.sequence(b"\1", b"\1")), "same key twice"),
        (forge.message(root=b"\x0e" + forge.sequence(b"\1", b"\5\1")), "same key twice"),
        (forge.message(root=b"\x12" + bytes(8) + b"\0"), "no string"),
        (forge.message(root=forge.opaque(about=b"\0")), "without names"),
        (forge.message(root=forge.opaque()[:-6] + forge.sequence()), "more than one content"),
        (forge.message(root=forge.opaque()[:-6] + forge.sequence(b"\0", b"\0")), "more than one content"),
        (
            forge.message(root=forge.opaque(about=b"\x14" + forge.sequence(b"\0") + forge.sequence(b"\0"))),
            "without names",
        ),
        (forge.message(forge.container(1, 1), root=forge.opaque(about=forge.ref(1))), "only copies belong"),
        (
            forge.message(
                forge.container(2, 1),
                contents=[forge.content(1, forge.sequence(forge.opaque()) + forge.sequence(b"\0"))],
            ),
            "isn't a plain immutable value",
        ),
        (
            forge.message(forge.container(2, 1), contents=[forge.content(1, forge.sequence(b"\0") + forge.sequence())]),
            "1 keys and 0 values",
        ),
        (
            forge.message(forge.container(3, 1), contents=[forge.content(1, forge.sequence(b"\0" * 2, count=2))]),
            "twice",
        ),
        (forge.message(segment=8), "brings 0 descriptors"),
    ],
)
def test_each_fault_has_its_sentence(data: bytes, match: str) -> None:
    refused(data, match)


def test_every_tag_with_every_short_rest_is_read_or_refused() -> None:
    random.seed(1)
    for tag in range(256):
        for size in range(40):
            try:
                Pair().heaps[0].decode(forge.message(root=bytes([tag]) + random.randbytes(size)))
            except CodecError:
                continue


def test_a_message_over_the_limit_is_not_looked_at() -> None:
    limits = CodecLimits(frame_bytes=100)
    refused(bytes(101), "101 bytes; the limit is 100", Pair(limits))


def test_numbers_of_values_are_checked_before_memory_is_used() -> None:
    nested = b"".join(b"\x0d" + forge.sequence(count=500_000) for _ in range(50))
    tracemalloc.start()
    try:
        refused(forge.message(root=nested + b"\0" * 450_000), "more than 500000 values")
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_too_many_keys_are_refused() -> None:
    keys = b"\x0e" + forge.sequence(*(forge.number(i) for i in range(11)))
    refused(forge.message(root=keys), "11 keys; the limit is 10", Pair(CodecLimits(dict_keys=10)))


def test_colliding_keys_in_many_dicts_are_refused() -> None:
    mersenne = 2**61 - 1
    colliding = b"\x0e" + forge.sequence(*(forge.number(i * mersenne % 2**63) for i in range(400)))
    many = b"\x0d" + forge.sequence(*[colliding] * 7)
    limits = CodecLimits(dict_keys=1000)
    refused(forge.message(root=many), "too many keys", Pair(limits))
    few = b"\x0d" + forge.sequence(*[colliding] * 6)
    assert len(Pair(limits).heaps[0].decode(forge.message(root=few))) == 6


def test_keys_that_are_slow_to_compare_are_refused() -> None:
    sets = [b"\x0e" + forge.sequence(*(forge.number(i) for i in range(n, n + 300))) for n in range(300)]
    refused(forge.message(root=b"\x0e" + forge.sequence(*sets)), "too many keys", Pair(CodecLimits(dict_keys=1000)))
    tuples = [b"\x0d" + forge.sequence(*(forge.number(i) for i in range(n, n + 300))) for n in range(100)]
    refused(forge.message(root=b"\x0e" + forge.sequence(*tuples)), "too many keys", Pair(CodecLimits(dict_keys=1000)))
    assert len(Pair().heaps[0].decode(forge.message(root=b"\x0e" + forge.sequence(*tuples)))) == 100


def test_only_so_many_objects_can_be_left_here() -> None:
    pair = Pair(CodecLimits(nodes=30))
    pair.heaps[0].decode(forge.message(*(forge.container(1, 1 + 2 * i) for i in range(20))))
    more = forge.message(*(forge.container(1, 101 + 2 * i) for i in range(11)))
    refused(more, "more can't be held", pair)
    assert len(pair.heaps[0].collect()) == 20
    pair.heaps[0].decode(more)


def test_not_even_one_value_over_the_limit_is_read() -> None:
    refused(forge.message(), "more than 0 values", Pair(CodecLimits(nodes=0)))


def test_an_unknown_number_that_comes_home_is_refused() -> None:
    pair = Pair()
    refused(forge.message(root=forge.opaque(oid=4)), "KeyError", pair)


def test_a_bridge_may_refuse_in_its_own_words() -> None:
    class Violation(Exception):
        pass

    def adopt(_: object) -> object:
        raise Violation

    pair = Pair()
    pair.bridges[0].adopt = adopt  # type: ignore[assignment]
    with pytest.raises(Violation):
        pair.back(len)
    assert pair.back([1]) == [1]
