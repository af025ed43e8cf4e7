"""Immutable plain values arrive as they were, to the bit."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError, CodecLimits, Opaque
from tests.engine.codec.pair import Ghost, Pair, canonical

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=True)
    | st.complex_numbers()
    | st.text(st.characters(blacklist_categories=[]))
    | st.binary()
    | st.sampled_from([..., NotImplemented, range(3), range(2**70, 0, -7), -0.0])
)
KEYS = st.recursive(_SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5)
_VALUES = st.recursive(
    KEYS | st.slices(9),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.sets(KEYS)
        | st.binary().map(bytearray)
        | st.lists(st.integers(-(2**63), 2**63), min_size=4)
        | st.lists(st.floats(), min_size=4)
    ),
)


@given(_VALUES)
def test_a_value_arrives_as_it_was(value: object) -> None:
    pair = Pair()
    arrived = pair.send(value)
    assert canonical(arrived) == canonical(value)
    assert canonical(pair.back(arrived)) == canonical(value)


def test_numbers_of_which_one_needs_more_than_eight_bytes_arrive() -> None:
    numbers = [*range(20), 2**63]
    assert Pair().send(numbers) == numbers


def test_long_text_arrives() -> None:
    assert Pair().send(("ü" * 200, b"x" * 999)) == ("ü" * 200, b"x" * 999)


def test_a_nan_keeps_its_bits() -> None:
    odd = struct.unpack("<d", bytes.fromhex("0100000000000cff"))[0]
    arrived = Pair().send((odd, [odd] * 5))
    assert struct.pack("<d", arrived[0]) == struct.pack("<d", arrived[1][4]) == bytes.fromhex("0100000000000cff")


@pytest.mark.parametrize(
    "value",
    [type("L", (list,), {})(), len, int, ValueError("x"), iter([]), object(), struct, memoryview(b"x"), "x".join],
)
def test_what_is_not_plain_stays_where_it_is(value: object) -> None:
    pair = Pair()
    first, again = pair.send((value, [value]))
    assert type(first) is Ghost
    assert first is again[0]
    assert first.opaque.kind == type(value).__name__
    assert first.opaque.about == {"bases": ["object"], "size": {"a": (1, 2)}}
    assert pair.back(first) is value


@pytest.mark.parametrize("value", [{len: 1}, {len}, frozenset([len]), {(1, (2, object())): 1}])
def test_containers_with_other_keys_stay_where_they_are(value: object) -> None:
    assert type(Pair().send(value)) is Ghost


def test_a_description_can_be_sent_and_can_hold_others() -> None:
    inner = Opaque(8, "class", "Net")
    arrived = Pair().send(Opaque(4, "object", "net", {"type": inner, "parts": [inner], "in": {1: inner}}))
    assert arrived.opaque == Opaque(4, "object", "net", {"type": inner, "parts": [inner], "in": {1: inner}})


def test_a_description_can_hold_no_objects_with_identity() -> None:
    pair = Pair()
    with pytest.raises(CodecError, match="keys that can't be sent"):
        pair.send(Opaque(4, "object", "net", {"x": {len: 1}}))
    assert type(pair.send(Opaque(4, "object", "net", {"x": {1, 2}})).opaque.about["x"]) is Opaque
    with pytest.raises(CodecError, match="only copies belong"):
        pair.send(Opaque(4, "object", "net", {"x": bytearray()}))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2 ** (8 * 2**18), "whole number"),
        (b"x" * 2**11, "bigger than"),
        ("x" * 2**11, "bigger than"),
        ([0] * 101, "more than 100 values"),
        (["x"] * 101, "more than 100 values"),
        (dict.fromkeys(range(11)), "11 keys"),
        (frozenset(range(11)), "11 keys"),
        (set(range(11)), "11 keys"),
    ],
    ids=range(8),
)
def test_too_much_is_not_sent(value: object, message: str) -> None:
    pair = Pair(CodecLimits(frame_bytes=2**10, nodes=100, dict_keys=10))
    with pytest.raises(CodecError, match=message):
        pair.send(value)
    assert pair.send((1, [2])) == (1, [2])


def test_too_deep_is_not_sent() -> None:
    value: object = ()
    for _ in range(60):
        value = (value,)
    with pytest.raises(CodecError, match="deeper than 60"):
        Pair().send(value)


def test_lists_in_lists_may_be_as_deep_as_they_like() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    arrived = Pair().send(value)
    depth = 0
    while arrived:
        arrived, depth = arrived[0], depth + 1
    assert depth == 5000


def test_the_content_of_a_description_travels_as_values_do() -> None:
    pair, shared = Pair(), [1]
    arrived = pair.send((shared, Opaque(4, "object", "net", {}, (shared, {"a": shared}))))
    assert arrived[1].opaque.content == (arrived[0], {"a": arrived[0]})
    assert arrived[1].opaque.content[0] is arrived[0]
    inner = Opaque(8, "class", "Net")
    content = pair.send(Opaque(6, "object", "net", {}, inner)).opaque.content
    assert isinstance(content, Ghost)  # adopted, unlike one in `about`
    assert content.opaque == inner
