"""Mutable objects are the same object on both sides, message after message: a model in one process can't tell."""

import copy
import struct
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gabarito.engine.codec import CodecError
from tests.engine.codec import forge
from tests.engine.codec.pair import Pair, canonical

_ATOMS = st.integers(-5, 300) | st.text(max_size=3) | st.booleans() | st.sampled_from([0.0, -0.0, None, 1.5])


class TwoProcesses(RuleBasedStateMachine):
    """Objects by number: in the model, where there is one of each, and on each side that knows it."""

    @initialize()
    def begin(self) -> None:
        self.pair = Pair()
        self.turn = 0
        self.model: dict[int, Any] = {}
        self.sides: tuple[dict[int, Any], dict[int, Any]] = ({}, {})
        self.count = 0

    def put(self, obj: Any, twin: Any) -> None:
        self.model[self.count] = obj
        self.sides[self.turn][self.count] = twin
        self.count += 1

    def pick(self, data: st.DataObject, *kinds: type) -> tuple[Any, Any] | None:
        known = [number for number, obj in self.sides[self.turn].items() if type(obj) in kinds]
        if not known:
            return None
        number = data.draw(st.sampled_from(known))
        return self.model[number], self.sides[self.turn][number]

    def element(self, data: st.DataObject) -> tuple[Any, Any]:
        """Something to put into a container: in the model, and here."""
        picked = self.pick(data, list, dict, set, bytearray) if data.draw(st.booleans()) else None
        if picked is None:
            atom = data.draw(_ATOMS)
            return atom, atom
        return ((picked[0],), (picked[1],)) if data.draw(st.booleans()) else picked

    @rule(make=st.sampled_from([list, dict, set, bytearray]))
    def new(self, make: Any) -> None:
        self.put(make(), make())

    @rule(data=st.data())
    def change_list(self, data: st.DataObject) -> None:
        if picked := self.pick(data, list):
            element = self.element(data)
            act = data.draw(st.sampled_from(["append", "pop", "set", "reverse", "clear", "numbers"]))
            for obj, value in zip(picked, element, strict=True):
                if act == "append":
                    obj.append(value)
                elif act == "pop" and obj:
                    obj.pop(0)
                elif act == "set" and obj:
                    obj[-1] = value
                elif act == "reverse":
                    obj.reverse()
                elif act == "clear":
                    obj.clear()
                elif act == "numbers":
                    obj.extend([1.5] * 5)

    @rule(data=st.data(), key=_ATOMS)
    def change_dict(self, data: st.DataObject, key: Any) -> None:
        if picked := self.pick(data, dict):
            element = self.element(data)
            act = data.draw(st.sampled_from(["set", "pop", "replace"]))
            for obj, value in zip(picked, element, strict=True):
                if act == "set":
                    obj[key] = value
                elif act == "pop":
                    obj.pop(key, None)
                else:
                    for known in obj:
                        obj[known] = value

    @rule(data=st.data(), key=_ATOMS)
    def change_set(self, data: st.DataObject, key: Any) -> None:
        if picked := self.pick(data, set):
            for obj in picked:
                obj ^= {key}

    @rule(data=st.data(), content=st.binary(max_size=4))
    def change_bytes(self, data: st.DataObject, content: bytes) -> None:
        if picked := self.pick(data, bytearray):
            for obj in picked:
                obj[:] = content

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        both = sorted(self.sides[0].keys() & self.sides[1].keys())
        if both:
            number = data.draw(st.sampled_from(both))
            for known in (self.model, *self.sides):
                del known[number]

    @precondition(lambda self: self.count)
    @rule(data=st.data(), collect=st.booleans())
    def send(self, data: st.DataObject, collect: bool) -> None:
        here, there = self.sides[self.turn], self.sides[1 - self.turn]
        numbers = data.draw(st.lists(st.sampled_from(sorted(here)), unique=True)) if here else []
        arrived = self.pair.send(tuple(here[number] for number in numbers), self.turn, collect=collect)
        for number, obj in zip(numbers, arrived, strict=True):
            assert there.setdefault(number, obj) is obj
        self.turn = 1 - self.turn

    @invariant()
    def nobody_can_tell(self) -> None:
        known = self.sides[self.turn]
        assert canonical([known[n] for n in sorted(known)]) == canonical([self.model[n] for n in sorted(known)])


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)


def test_an_append_is_seen_and_a_rebinding_is_not() -> None:
    pair = Pair()
    mine = [1, 2]
    theirs = pair.send(mine)
    theirs.append(3)
    assert pair.back() is None
    assert mine == [1, 2, 3]
    theirs = [9]
    pair.back()
    assert mine == [1, 2, 3]


def test_a_result_is_the_argument() -> None:
    pair = Pair()
    mine = [1]
    assert pair.back(pair.send(mine)) is mine


def test_a_list_that_holds_itself_arrives_so() -> None:
    mine: list[Any] = []
    mine.append((mine,))
    theirs = Pair().send(mine)
    assert theirs[0][0] is theirs


def test_a_key_of_another_type_or_sign_is_a_change() -> None:
    pair = Pair()
    mine = {1: "a", 0.0: "b"}
    theirs = pair.send(mine)
    del theirs[1], theirs[0.0]
    theirs[True], theirs[-0.0] = "a", "b"
    pair.back()
    assert repr(mine) == "{True: 'a', -0.0: 'b'}"


def test_values_may_change_while_someone_iterates() -> None:
    pair = Pair()
    mine = {"a": 1, "b": 2}
    theirs = pair.send(mine)
    for key in mine:
        theirs[key] = 0
        pair.back()
    assert mine == {"a": 0, "b": 0}


def test_bytes_that_someone_looks_into_may_change_and_not_grow() -> None:
    pair = Pair()
    mine = bytearray(b"abc")
    theirs = pair.send(mine)
    with memoryview(mine) as view:
        theirs[0] = 120
        pair.back()
        assert view[0] == 120
        theirs.append(1)
        with pytest.raises(CodecError, match="BufferError"):
            pair.back()


@pytest.mark.parametrize(("shared", "spoil"), [({1: 2}, lambda d: d.update({len: 1})), ({1}, lambda s: s.add(len))])
def test_a_shared_dict_can_not_get_other_keys(shared: Any, spoil: Any) -> None:
    pair = Pair()
    theirs = pair.send(shared)
    spoil(theirs)
    with pytest.raises(CodecError, match="got a key that can't be sent"):
        pair.back()


def test_a_failed_message_counts_as_not_sent() -> None:
    pair = Pair()
    mine = [1]
    theirs = pair.send(mine)
    mine.append(2)
    with pytest.raises(CodecError):
        pair.send([{"new": 2 ** (8 * 2**18)}])
    assert theirs == [1]
    pair.send(None)
    assert theirs == [1, 2]


def test_a_message_that_can_not_be_read_changes_nothing() -> None:
    pair = Pair()
    mine: list[Any] = [1]
    theirs = pair.send(mine)
    before = copy.copy(theirs)
    mine.append([2])
    message, _ = pair.heaps[0].encode(mine)
    for end in range(len(message)):
        with pytest.raises(CodecError):
            pair.heaps[1].decode(message[:end])
    assert theirs == before
    assert pair.heaps[1].decode(message) is theirs
    assert theirs == [1, [2]]


def test_what_nobody_holds_is_forgotten_on_both_sides() -> None:
    pair = Pair()
    ring: list[Any] = [[1.0] * 9]
    ring.append({"ring": ring})
    kept: list[Any] = [{"inner": [1]}, bytearray(b"x"), {1}]
    oids = len({*map(id, (ring, ring[0], ring[1]))})
    pair.send((ring, kept))
    del ring
    gone = pair.heaps[0].collect()
    assert len(gone) == oids
    pair.heaps[1].release([*gone, 999])
    assert pair.heaps[0].collect() == []
    assert pair.heaps[0].oid(kept) is not None
    assert pair.heaps[0].oid(kept[0]["inner"]) is not None
    assert pair.heaps[1].collect() != []  # nothing there holds what arrived


def test_what_was_taken_out_since_the_last_message_is_forgotten() -> None:
    pair = Pair()
    mine = [[1], [2]]
    theirs = pair.send(mine)
    mine.pop()
    gone = pair.heaps[0].collect()
    assert len(gone) == 1
    pair.heaps[1].release(gone)
    pair.send(None)
    assert theirs == [[1]]


def test_calls_leave_nothing_behind() -> None:
    pair = Pair()
    for number in range(50):
        pair.send(([number], {"a": [number]}), collect=True)
        pair.send([[1.5] * 9], 1, collect=True)
    for side in (0, 1):
        assert len(pair.heaps[side].collect()) <= 5
        assert pair.heaps[side].collect() == []


def test_identities_are_even_on_one_side_and_odd_on_the_other() -> None:
    pair = Pair()
    mine, theirs = [1], [2]
    pair.send(mine)
    pair.back(theirs)
    assert pair.heaps[0].oid(mine) == 2
    assert pair.heaps[1].oid(theirs) == 1
    assert pair.heaps[0].fresh() == 4
    assert pair.heaps[0].oid([]) is None
    assert pair.heaps[0].known(mine).obj is mine


def test_changes_that_the_other_side_made_are_noted() -> None:
    pair = Pair()
    known, array, untouched = [1], np.zeros(2), [3]
    there = pair.send((known, array, untouched))
    noted: list[Any] = []
    over_there: list[Any] = []
    pair.heaps[0].changed, pair.heaps[1].changed = noted, over_there
    assert noted == []
    there[0].append(2)
    there[1][0] = 5
    back = pair.back([7])
    assert [entry.obj is each for entry, each in zip(noted, (array, known), strict=True)] == [True, True]
    noted.clear()
    assert back == [7]
    pair.back(there[0])
    known.append(3)
    pair.send(None)
    assert noted == []  # what is new or this side's own doing is no change of the other's
    assert [entry.obj for entry in over_there] == [there[0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(4.0),
        lambda: np.arange(9.0)[1:5],
        lambda: torch.arange(4.0, dtype=torch.float64),
        lambda: torch.arange(9.0, dtype=torch.float64)[1:5],
        lambda: torch.from_numpy(np.arange(4.0)),
    ],
)
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_what_is_written_through_another_array_is_a_change_of_the_memory(make: Any, is_forgotten: bool) -> None:
    pair, value = Pair(), make()
    heap = pair.heaps[0]
    pair.send(value)
    memory, offset = heap.known(value).buffer, heap.known(value).offset
    noted: list[Any] = []
    before: list[bytes] = []

    def changing(entry: Any) -> None:
        before.append(bytes(entry.obj.tolist()))

    heap.changed, heap.changing = noted, changing
    data = struct.pack("<4d", *value.tolist())
    view = forge.array(1, memory.oid, [4], [8], offset=offset)
    heap.decode(forge.message(view, arrays=[forge.filled(1, data)]))
    assert noted == []  # the same bytes
    if is_forgotten:
        heap.release([heap.oid(value) or 0])
        definitions: tuple[bytes, ...] = ()
    else:
        heap.release([1])
        definitions = (view,)
    heap.decode(forge.message(*definitions, arrays=[forge.filled(1, struct.pack("<4d", 5, 5, 5, 5))]))
    assert value.tolist() == [5] * 4
    assert [(entry.oid, entry.buffer) for entry in noted if entry.mine] == [(memory.oid, memory)]
    assert [each[offset : offset + 32] for each in before] == [data]


def test_what_is_written_to_memory_of_the_other_sides_is_a_change_of_what_lies_there() -> None:
    pair = Pair()
    mine = torch.arange(3.0)
    there = pair.send(mine)
    beside = torch.zeros(3)
    there.data = beside
    pair.back(beside)
    noted: list[Any] = []
    pair.heaps[0].changed = noted
    beside[1] = 5
    pair.back()
    assert mine.tolist() == [0, 5, 0]
    assert [entry.obj for entry in noted if entry.mine] == [mine]


def test_a_message_that_can_not_be_read_notes_no_change() -> None:
    pair = Pair()
    there = pair.send([1])
    pair.heaps[0].changed = []
    there.append(2)
    data, _ = pair.heaps[1].encode(5)
    with pytest.raises(CodecError):
        pair.heaps[0].decode(data + b"more")
    assert pair.heaps[0].changed == []
