"""Arrays: every plain dtype and form, shared memory, and what a hostile process could ask for."""

import errno
import fcntl
import mmap
import os
import struct
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gabarito.engine.codec import CodecError, CodecLimits, Opaque, dtypes, segment
from tests.engine.codec import forge
from tests.engine.codec.pair import Ghost, Pair

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_SCALARS = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(sizes=(64, 128))
    | hnp.datetime64_dtypes()
    | hnp.timedelta64_dtypes()
    | hnp.byte_string_dtypes()
    | hnp.unicode_string_dtypes(endianness="<")
)


def refused(data: bytes, match: str, pair: Pair | None = None, fds: tuple[int, ...] = ()) -> None:
    with pytest.raises(CodecError, match=match):
        (pair or Pair()).heaps[0].decode(data, fds)


@settings(deadline=None)
@given(_SCALARS.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0))))
def test_an_array_arrives_as_it_was(array: Any) -> None:
    arrived = Pair().send(array)
    assert (arrived.dtype, arrived.shape, arrived.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert arrived.flags.owndata == array.flags.owndata
    assert arrived.flags.aligned


@settings(deadline=None)
@given(_SCALARS.flatmap(lambda dtype: hnp.arrays(dtype, 1)))
def test_a_scalar_and_its_dtype_arrive_as_they_were(array: Any) -> None:
    scalar, dtype = Pair().send((array[0], array.dtype))
    assert type(scalar) is type(array[0])
    assert scalar.tobytes() == array[0].tobytes()
    assert dtype == array.dtype


def test_scalars_can_be_keys() -> None:
    assert Pair().send({np.int8(3): 1, np.str_("a"): 2, np.bytes_(b"a\0"): 3}) == {3: 1, "a": 2, b"a\0": 3}


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()]),
        np.zeros(2, "f4,i4"),
        np.zeros(2, np.longdouble),
        np.longdouble(1),
        np.zeros(2, ">U3"),
        np.dtype(object),
        np.dtype(str),
        np.zeros(2).view(np.recarray),
        np.ma.array([1]),
    ],
)
def test_other_arrays_stay_where_they_are(value: Any) -> None:
    assert type(Pair().send(value)) is Ghost


def test_an_array_in_a_description_is_a_copy() -> None:
    pair = Pair()
    pair.bridges[0].own[0] = len
    arrived = pair.send(Opaque(0, "x", "", {"weights": np.arange(6.0).reshape(2, 3).T}))
    assert arrived.opaque.about["weights"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("size", [100, 10_000, 300_000, 2_000_000])
def test_changes_are_seen_by_bytes_whatever_the_size(size: int) -> None:
    pair = Pair()
    mine = np.arange(size, dtype=np.float32)
    theirs = pair.send(mine)
    pair.send(mine)
    assert len(pair.last) < 100
    for at in (0, size // 2, size - 1):
        theirs[at] = -1
        pair.back(theirs)
        assert mine[at] == -1
        pair.back()
        assert len(pair.last) < 100


@pytest.mark.parametrize("view", [lambda a: a[:, ::3], lambda a: a.T, lambda a: a[::-1], lambda a: a[None, 5:, 1:]])
def test_big_views_travel_without_their_gaps(view: Any) -> None:
    pair = Pair()
    mine = np.random.default_rng(1).random((700, 700))
    theirs = pair.send(view(mine))
    assert np.array_equal(theirs, view(mine))
    theirs += 1
    pair.back()
    assert np.array_equal(theirs, view(mine))


def test_the_gaps_of_a_view_are_zero_on_the_other_side() -> None:
    pair = Pair()
    mine = np.full((4, 3), 7.0)
    theirs = pair.send(mine[:, 1])
    assert theirs.base.tolist() == [[0, 7, 0]] * 4
    assert pair.back(theirs.base) is mine
    assert mine.tolist() == [[7.0] * 3] * 4
    assert pair.send(mine) is theirs.base
    assert theirs.base.tolist() == [[7.0] * 3] * 4
    theirs.base[0, 0] = 1
    pair.back()
    assert mine[0, 0] == 1


def test_a_view_of_what_was_not_sent_arrives_as_a_copy() -> None:
    pair = Pair()
    mine = np.full((4, 3), 7.0)
    theirs = pair.send(mine[:, 1])
    arrived = pair.back(theirs.base[:, 2])
    assert arrived.tolist() == [0.0] * 4
    assert not np.shares_memory(arrived, mine)
    part = pair.back(theirs[1:])
    assert np.shares_memory(part, mine)


def test_a_slice_of_more_memory_than_may_travel_arrives_alone() -> None:
    pair = Pair(CodecLimits(array_bytes=10_000))
    mine = np.arange(10_000.0)
    theirs = pair.send(mine[5:9])
    assert theirs.tolist() == [5, 6, 7, 8]
    assert pair.send(mine[6:8:1]).tolist() == [6, 7]
    theirs[0] = 0
    assert pair.back(theirs[1:]).tolist() == [6, 7, 8]
    assert mine[5] == 0


def test_memory_that_numpy_does_not_own_is_shared_too() -> None:
    pair = Pair()
    room = bytearray(80)
    mine = np.frombuffer(room)[1::2]
    theirs = pair.send(mine)
    theirs[:] = 1
    assert np.shares_memory(pair.back(theirs[1:]), mine)
    assert mine.tolist() == [1.0] * 5
    odd: Any = np.ndarray((3, 2), np.int16, bytearray(64), 40, (-16, 4))
    odd[...] = [[1, 2], [3, 4], [5, 6]]
    there = pair.send(odd)
    assert there.tolist() == odd.tolist()
    assert np.shares_memory(pair.back(there[1:]), odd)
    dense: Any = np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2).copy("K")
    there = pair.send(dense)
    assert there.strides == dense.strides
    back = pair.back(there[:, 1])
    back[:] = 9
    assert dense[:, 1].tolist() == [[9] * 4] * 3


def test_windows_are_views_of_their_array() -> None:
    pair = Pair()
    mine = np.arange(6.0).copy()
    windows = np.lib.stride_tricks.sliding_window_view(mine, 3, writeable=True)
    theirs = pair.send(windows)
    theirs[1, 1] = 9
    pair.back()
    assert mine[2] == 9
    assert np.shares_memory(pair.send(mine), theirs)


def test_memory_that_is_known_in_part_only() -> None:
    pair = Pair()
    room = bytearray(80)
    part, whole = np.frombuffer(room, count=5), np.frombuffer(room)
    pair.send((part, part))
    theirs = pair.send(whole)
    theirs[:] = 2
    pair.back()
    assert part.tolist() == [2.0] * 5
    assert pair.send(whole[7:]).tolist() == [2.0] * 3
    assert pair.send(whole[3:6]).tolist() == [2.0] * 3


def test_alignment_is_kept() -> None:
    pair = Pair()
    for offset in range(0, 64, 4):
        room: Any = np.zeros(4096 + 64, np.uint8)
        start = -room.ctypes.data % 64 + offset
        mine = np.frombuffer(room.data[start : start + 64], np.float32)
        assert pair.send(mine).ctypes.data % 64 == offset
    for size in (3, 20, 100, 1000):
        mine = np.ones(size, np.float32)
        assert pair.send(mine).ctypes.data % 64 == mine.ctypes.data % 64


def test_read_only_arrays_stay_so_and_are_updated_by_their_owner() -> None:
    pair = Pair()
    mine = np.arange(5.0)
    mine.flags.writeable = False
    theirs = pair.send(mine)
    with pytest.raises(ValueError, match="read-only"):
        theirs[0] = 1
    assert np.shares_memory(pair.back(theirs[1:]), mine)
    mine.flags.writeable = True
    mine[0] = 9
    mine.flags.writeable = False
    pair.send(None)
    assert theirs[0] == 9
    assert not theirs.flags.writeable
    constant = np.frombuffer(b"abcd", np.uint8)
    assert pair.back(pair.send(constant)[1:]).tobytes() == b"bcd"


def test_a_read_only_array_can_not_be_changed_by_a_message() -> None:
    pair = Pair()
    mine = np.arange(5.0)
    mine.flags.writeable = False
    theirs = pair.send(mine)
    theirs.flags.writeable = True
    theirs[0] = 9
    pair.back()
    oid = pair.heaps[0].oid(mine)
    assert oid is not None
    data = bytes(40)
    refused(forge.message(arrays=[forge.filled(oid, data)]), "read-only here", pair)
    pair.heaps[0].decode(forge.message(arrays=[forge.filled(oid, mine.tobytes())]))
    assert mine.tolist() == [0, 1, 2, 3, 4]


def test_memory_that_can_not_be_written_refuses_its_owners_changes_too() -> None:
    pair = Pair()
    pair.heaps[0].decode(forge.message(forge.buffer(1, 8), forge.array(3, 1, [1], [8], flags=2), root=forge.ref(3)))
    entry = pair.heaps[0].entry(3)
    entry.obj = np.frombuffer(bytes(8))
    refused(forge.message(arrays=[forge.filled(3, b"x" * 8)]), "can't be written", pair)


def test_a_new_shape_in_place_is_seen() -> None:
    pair = Pair()
    mine = np.arange(6.0)
    theirs = pair.send(mine)
    theirs.resize((2, 3), refcheck=False)
    theirs[1, 1] = 0
    pair.back()
    assert mine.tolist() == [[0, 1, 2], [3, 0, 5]]


@pytest.mark.parametrize("spoil", [lambda a: a.resize(9, refcheck=False), lambda a: setattr(a, "dtype", np.int64)])
@pytest.mark.filterwarnings("ignore:Setting the dtype:DeprecationWarning")
def test_other_changes_of_form_in_place_can_not_be_sent(spoil: Any) -> None:
    pair = Pair()
    mine = np.arange(6.0)
    pair.send(mine)
    spoil(mine)
    with pytest.raises(CodecError, match="resized or given another type in place"):
        pair.send(None)


@pytest.mark.parametrize("shape", [(7,), (2,), (2**61,), (-1,), (3, 3)])
def test_an_impossible_new_shape_is_refused(shape: tuple[int, ...]) -> None:
    pair = Pair()
    mine = np.arange(6.0)
    pair.send(mine)
    oid = pair.heaps[0].oid(mine)
    state = struct.pack(f"<QB{len(shape)}q", oid, len(shape), *shape)
    refused(forge.message(states=[state]), "impossible|hold more", pair)


def test_an_array_that_nobody_else_holds_goes_with_its_memory() -> None:
    pair = Pair()
    mine = np.zeros((3, 3))
    view = mine[1:]
    theirs = pair.send((mine, view))
    heap = pair.heaps[0]
    del mine
    assert heap.collect() == []  # the view is a view of it
    del view
    gone = heap.collect()
    assert not heap.memory.buffers
    pair.heaps[1].release(gone)
    assert not pair.heaps[1].memory.buffers
    assert theirs[0].tolist() == [[0.0] * 3] * 3


def test_views_are_looked_after_when_the_whole_is_forgotten() -> None:
    for change in (False, True):
        pair = Pair()
        mine = np.zeros((3, 3))
        view = mine[1:]
        theirs = pair.send((mine, view))[1]
        number = pair.heaps[0].oid(mine)
        assert number is not None
        if change:
            mine[1, 1] = 5
        for heap in pair.heaps:
            heap.release([number])
        pair.send(None)
        assert theirs[0, 1] == 5 * change
        mine[2, 2] = 6
        pair.send(None)
        assert theirs[1, 2] == 6


def test_memory_for_big_arrays_costs_no_more_than_three_copies() -> None:
    pair = Pair()
    mine = np.ones(4 * 2**20)
    tracemalloc.start()
    try:
        theirs = pair.send(mine)
        first = tracemalloc.get_traced_memory()[1]
        assert first < 1.1 * mine.nbytes  # one on the other side; the shared memory isn't counted here
        tracemalloc.reset_peak()
        again = tracemalloc.get_traced_memory()[0]
        assert pair.back(theirs) is mine
        assert tracemalloc.get_traced_memory()[1] - again < 2**20
    finally:
        tracemalloc.stop()
    assert len(os.listdir("/proc/self/fd")) < 100


def test_too_many_bytes_are_not_sent() -> None:
    pair = Pair(CodecLimits(array_bytes=1000))
    with pytest.raises(CodecError, match="more than 1000 bytes"):
        pair.send([np.zeros(100), np.zeros(100)])
    with pytest.raises(CodecError, match="more than 1000 bytes"):
        pair.send(np.broadcast_to(np.zeros(1), 2**50))
    assert pair.send(np.zeros(3)).tolist() == [0, 0, 0]


def test_a_failed_message_closes_its_shared_memory() -> None:
    pair = Pair(CodecLimits(inline_bytes=10))
    mine = np.zeros(100)
    theirs = pair.send(mine)
    mine[0] = 1
    before = os.listdir("/proc/self/fd")
    with pytest.raises(CodecError, match="whole number"):
        pair.send(2 ** (8 * 2**18))
    assert os.listdir("/proc/self/fd") == before
    pair.send(None)
    assert theirs[0] == 1


@pytest.mark.parametrize("inline_bytes", [10, 2**20])
@pytest.mark.parametrize("size", [100, 128 * 2**10, 128 * 2**10 + 1])
def test_what_did_not_change_is_not_sent_again(size: int, inline_bytes: int) -> None:
    pair = Pair(CodecLimits(inline_bytes=inline_bytes))
    mine = np.zeros(size, np.uint8)
    theirs = pair.send(mine)
    for side in (1, 0, 1):
        pair.send(None, side)
        assert forge.filled_in(pair.last) == 0
    mine[-1] = 1
    pair.send(None)
    assert forge.filled_in(pair.last) == 1
    assert theirs.tolist() == mine.tolist()


_FAR = 2**62


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ([2], [_FAR], 0),
        ([2, 2], [_FAR, -_FAR], 0),
        ([3, 2], [_FAR, 8], 0),
        ([5], [2**62 + 2**61], 0),
        ([2], [-8], 0),
        ([9], [8], 0),
        ([8], [8], 8),
        ([1], [8], -8),
        ([1], [8], 2**62),
        ([0], [8], 100),
        ([0, 2**40], [8, 8], 0),
        ([2**62, 4], [8, 8], 0),
        ([2**31, 2**31, 4], [0, 0, 0], 0),
        ([-1], [8], 0),
        ([1] * 65, [8] * 65, 0),
        ([1] * 200, [8] * 200, 0),
    ],
)
def test_elements_outside_the_memory_are_refused_whatever_the_arithmetic(
    shape: list[int], strides: list[int], offset: int
) -> None:
    refused(forge.message(forge.buffer(1, 64), forge.array(3, 1, shape, strides, offset=offset)), "array")


def test_zero_strides_count_with_their_logical_size() -> None:
    refused(forge.message(forge.buffer(1, 8), forge.array(3, 1, [2**28], [0])), "hold more than")
    views = [forge.array(3 + 2 * i, 1, [2**26], [0]) for i in range(5)]
    refused(forge.message(forge.buffer(1, 8), *views), "bytes of arrays")


def test_memory_is_counted_over_messages_and_given_back() -> None:
    pair = Pair(CodecLimits(array_bytes=1000))
    for first in (1, 11):
        data = forge.message(forge.buffer(first, 600), forge.array(first + 2, first, [75], [8]))
        if first == 1:
            pair.heaps[0].decode(data)
        else:
            refused(data, "can be held at one time", pair)
    assert pair.heaps[0].collect() == [3]
    pair.heaps[0].decode(data)
    pair.heaps[0].collect()
    for first in range(101, 141, 4):
        views = forge.buffer(first, 8), forge.array(first + 2, first, [100], [0])
        if first < 121:
            pair.heaps[0].decode(forge.message(*views))
        else:
            refused(forge.message(*views), "views of arrays", pair)


@pytest.mark.parametrize(
    ("defs", "match"),
    [
        ([forge.array(3, 1, [1], [8])], "without memory"),
        ([forge.buffer(1, 8)], "memory without arrays"),
        ([forge.buffer(1, 2**40), forge.array(3, 1, [1], [8])], "can be held"),
        ([forge.buffer(1, 8, 64), forge.array(3, 1, [1], [8])], "can be held"),
        ([forge.buffer(1, 8), forge.array(3, 1, [1], [8], code="|O")], "type '|O'"),
        ([forge.buffer(1, 8), forge.array(3, 1, [1], [8], code="<f16")], "type '<f16'"),
        ([forge.buffer(1, 8), forge.array(3, 1, [3], [8], code="<U99999999")], "hold more"),
        ([forge.buffer(1, 8), forge.array(1, 1, [1], [8])], "taken"),
        ([forge.buffer(1, 8), forge.array(3, 1, [1], [8])[:-3]], "malformed"),
    ],
)
def test_impossible_arrays_are_refused(defs: list[bytes], match: str) -> None:
    refused(forge.message(*defs), match)


def test_content_must_fit() -> None:
    defs = forge.buffer(1, 8), forge.array(3, 1, [1], [8])
    refused(forge.message(*defs, arrays=[forge.filled(3, b"x" * 9)]), "9 bytes for an array of 8")
    truth = forge.buffer(1, 2), forge.array(3, 1, [2], [1], code="|b1")
    refused(forge.message(*truth, arrays=[forge.filled(3, b"\1\2")]), "truth values")
    letters = forge.buffer(1, 8), forge.array(3, 1, [2], [4], code="<U1")
    refused(forge.message(*letters, arrays=[forge.filled(3, b"\0\0\x11\0" * 2)]), "characters")
    scalar = b"\x15" + forge.text("|b1") + b"\2"
    refused(forge.message(root=scalar), "truth values")
    refused(forge.message(root=b"\x15" + forge.text("<U1") + bytes(4)), "scalar of the type '<U1'")
    refused(forge.message(root=b"\x15" + forge.text("U") + b"\0"), "no text")
    refused(forge.message(root=b"\x16" + forge.text("|O")), "type '|O'")


def test_without_content_an_array_is_zero() -> None:
    data = forge.message(forge.buffer(1, 800), forge.array(3, 1, [100], [8], flags=1), root=forge.ref(3))
    assert Pair().heaps[0].decode(data).tolist() == [0.0] * 100


def test_an_owner_that_is_none_becomes_a_view() -> None:
    for strides, size in (([16, 8], 40), ([16, 8], 64), ([8, 24], 48)):
        data = forge.message(forge.buffer(1, size), forge.array(3, 1, [2, 2], strides, flags=1), root=forge.ref(3))
        assert Pair().heaps[0].decode(data).base is not None


class TestMemoryOfTheChecker:
    """What of the checker's own memory the student can reach: the elements that were sent, and no others."""

    @pytest.fixture
    def pair(self) -> Pair:
        self.mine: Any = np.arange(12.0).reshape(3, 4).copy()
        pair = Pair()
        self.theirs = pair.send(self.mine[:, 1])
        (self.memory,) = pair.heaps[0].memory.buffers
        return pair

    @pytest.mark.parametrize(
        ("shape", "strides", "offset", "allowed"),
        [
            ([3], [32], 8, True),
            ([2], [64], 8, True),
            ([2], [-32], 72, True),
            ([0], [8], 0, True),
            ([3], [0], 40, True),
            ([12], [8], 0, False),
            ([2], [8], 8, False),
            ([3], [32], 16, False),
            ([1], [8], 88, False),
            ([1], [8], 0, False),
        ],
    )
    def test_views(self, pair: Pair, shape: list[int], strides: list[int], offset: int, allowed: bool) -> None:
        data = forge.message(forge.array(101, self.memory, shape, strides, offset=offset), root=forge.ref(101))
        if allowed:
            assert np.shares_memory(pair.heaps[0].decode(data), self.mine) == bool(shape[0])
        else:
            refused(data, "not sent", pair)

    def test_the_form_of_the_whole_gives_no_right_to_its_content(self, pair: Pair) -> None:
        whole = pair.heaps[0].oid(self.mine)
        assert whole is not None
        refused(forge.message(arrays=[forge.filled(whole, bytes(96))]), "not sent", pair)
        refused(forge.message(forge.array(101, self.memory, [12], [8], flags=4)), "not sent", pair)
        assert self.mine[0, 0] == 0
        assert self.mine[0, 3] == 3

    def test_the_work_of_the_check_is_bounded(self, pair: Pair) -> None:
        views = [forge.array(101 + 2 * i, self.memory, [2], [64], offset=8) for i in range(2000)]
        refused(forge.message(*views), "bytes of arrays", Pair_with(pair, 2**20))


def Pair_with(pair: Pair, array_bytes: int) -> Pair:
    pair.heaps[0].limits = CodecLimits(array_bytes=array_bytes)
    return pair


class TestSharedMemory:
    """What arrives beside a message is checked before it is read."""

    size = 2_400_000
    defs = forge.buffer(1, size), forge.array(3, 1, [size // 8], [8])

    def memory(self, seals: int, size: int | None = None) -> int:
        fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
        os.truncate(fd, self.size if size is None else size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        return fd

    def message(self, **changes: Any) -> bytes:
        record = forge.elsewhere(3, changes.pop("begin", 0), self.size)
        return forge.message(*self.defs, arrays=[record], segment=changes.pop("segment", self.size))

    def test_sealed_memory_is_read(self) -> None:
        fd = self.memory(_SEALS)
        assert Pair().heaps[0].decode(self.message(), [fd]) is None
        os.close(fd)

    @pytest.mark.parametrize("missing", [fcntl.F_SEAL_SHRINK, fcntl.F_SEAL_GROW, fcntl.F_SEAL_WRITE])
    def test_each_seal_is_needed(self, missing: int) -> None:
        fd = self.memory(_SEALS & ~missing)
        refused(self.message(), "not sealed", fds=(fd,))
        os.close(fd)

    def test_memory_of_another_size_is_refused(self) -> None:
        fd = self.memory(_SEALS, 100)
        refused(self.message(), "holds 100 bytes", fds=(fd,))
        os.close(fd)

    def test_a_descriptor_of_something_else_is_refused(self) -> None:
        read, write = os.pipe()
        refused(self.message(), "can't be used", fds=(read,))
        os.close(read)
        os.close(write)

    def test_places_behind_the_end_are_refused(self) -> None:
        fd = self.memory(_SEALS)
        refused(self.message(begin=8), "ends before", fds=(fd,))
        refused(self.message(begin=2**63), "ends before", fds=(fd,))
        os.close(fd)

    def test_too_many_descriptors_are_refused(self) -> None:
        fd = self.memory(_SEALS)
        refused(self.message(), "2 descriptors", fds=(fd, fd))
        refused(forge.message(), "1 descriptors", fds=(fd,))
        os.close(fd)

    def test_nothing_can_be_mapped_for_writing_after_it_was_sent(self) -> None:
        _, fds = Pair().heaps[1].encode(np.zeros(2**20))
        with pytest.raises(PermissionError):
            mmap.mmap(fds[0], 100)
        with pytest.raises(OSError, match=os.strerror(errno.EPERM)):
            os.ftruncate(fds[0], 0)
        os.close(fds[0])

    def test_the_checker_writes_to_the_same_memory_again_whatever_was_done_with_it(self) -> None:
        pair = Pair()
        _, (first,) = pair.heaps[0].encode(np.zeros(2**20))
        for seal in (fcntl.F_SEAL_WRITE, fcntl.F_SEAL_GROW):
            with pytest.raises(OSError, match=os.strerror(errno.EPERM)):
                fcntl.fcntl(first, fcntl.F_ADD_SEALS, seal)
        with pytest.raises(OSError, match=os.strerror(errno.EPERM)):
            os.ftruncate(first, 0)
        os.lseek(first, 2**30, os.SEEK_SET)
        os.pwrite(first, b"\7" * 100, 0)
        assert pair.send([np.full(2**20, 1.0), np.full(2**21, 2.0)])[1][-1] == 2
        assert pair.send(np.full(2**20, 3.0))[0] == 3
        os.close(first)

    def test_it_is_the_same_memory_and_no_more_of_it_than_is_little(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def file(value: Any) -> int:
            _, (fd,) = heap.encode(value)
            try:
                return os.fstat(fd).st_ino
            finally:
                os.close(fd)

        heap = Pair().heaps[0]
        once, again = file(np.zeros(2**20)), file(np.zeros(2**21))
        assert once == again
        monkeypatch.setattr(segment, "_MOST_KEPT", 2**20)
        assert file(np.zeros(2**20)) != once

    def test_a_message_that_fails_gives_its_memory_back(self) -> None:
        for heap in Pair(CodecLimits(array_bytes=2**22)).heaps:
            with pytest.raises(CodecError, match="bytes of arrays"):
                heap.encode([np.zeros(2**17), np.zeros(2**20)])
            open_before = len(os.listdir("/proc/self/fd"))
            with pytest.raises(CodecError, match="bytes of arrays"):
                heap.encode([np.zeros(2**17), np.zeros(2**20)])
            assert len(os.listdir("/proc/self/fd")) <= open_before  # others may be closed meanwhile

    def test_the_student_process_takes_what_is_not_sealed(self) -> None:
        fd = self.memory(0)
        student = Pair().heaps[1]
        defs = forge.buffer(2, self.size), forge.array(4, 2, [self.size // 8], [8])
        whole = forge.message(*defs, arrays=[forge.elsewhere(4, 0, self.size)], segment=self.size)
        assert student.decode(whole, [fd]) is None
        os.close(fd)

    def test_a_read_that_ends_early_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "preadv", lambda *_: 0)
        fd = self.memory(_SEALS)
        refused(self.message(), "ended early", fds=(fd,))
        os.close(fd)

    def test_truth_values_are_checked_before_anything_is_changed(self) -> None:
        pair = Pair(CodecLimits(inline_bytes=10))
        mine = np.zeros(100, bool)
        pair.send(mine)
        oid = pair.heaps[0].oid(mine)
        assert oid is not None
        fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
        os.write(fd, bytes(99) + b"\7")
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        refused(forge.message(arrays=[forge.elsewhere(oid, 0, 100)], segment=100), "truth values", pair, (fd,))
        os.close(fd)
        assert mine.tobytes() == bytes(100)


def test_many_big_arrays_share_one_descriptor() -> None:
    mine = [np.full(100_000, float(i)) for i in range(5)]
    arrived = Pair().send(mine)
    assert [array[99] for array in arrived] == [0, 1, 2, 3, 4]


def test_many_types_are_not_all_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    for known in ("_BY_DTYPE", "_BY_CODE"):
        monkeypatch.setattr(dtypes, known, {})
    monkeypatch.setattr(dtypes, "_ENOUGH", 0)
    assert Pair().send(np.zeros(2, "f4")).dtype == np.float32
    assert not dtypes._BY_DTYPE
    assert not dtypes._BY_CODE


def test_without_numpy_arrays_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtypes, "_BY_CODE", {})
    monkeypatch.delitem(sys.modules, "numpy")
    refused(forge.message(forge.buffer(1, 8), forge.array(3, 1, [1], [8])), "numpy, which isn't loaded")


@pytest.mark.parametrize(("code", "letters", "match"), [("<U2", [1, 1], "characters"), ("|b1", [1, 3], "truth values")])
def test_views_that_make_impossible_elements_of_possible_bytes_are_refused(
    code: str, letters: list[int], match: str
) -> None:
    wide = forge.array(5, 1, [3], [letters[0] if code == "<U2" else 1], code=code)
    memory = forge.buffer(1, 24), forge.array(3, 1, [24], [1], code="|u1")
    refused(forge.message(*memory, wide, arrays=[forge.filled(3, bytes([letters[1], 0, 0, 77] * 6))]), match)


def test_characters_that_overlap_are_refused() -> None:
    overlapping = forge.buffer(1, 10), forge.array(3, 1, [3], [1], code="<U2")
    refused(forge.message(*overlapping, arrays=[forge.filled(3, b"a\0\0\0b\0\0\0" * 3)]), "characters")


def test_content_that_comes_again_and_again_is_refused() -> None:
    pair = Pair(CodecLimits(array_bytes=10_000))
    pair.send(mine := np.zeros(1000))
    oid = pair.heaps[0].oid(mine)
    assert oid is not None
    refused(forge.message(arrays=[forge.filled(oid, bytes(8000))] * 3), "bytes of arrays", pair)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
@example([(145, 1)])  # the stride of an array of characters
def test_mutated_messages_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    pair = Pair()
    mine = np.arange(12.0).reshape(3, 4)
    theirs = pair.send((mine[:, 1], mine.T))
    theirs[0][1] = 5
    data, _ = pair.heaps[1].encode(
        (theirs[1][1:], np.ones(3, "U2"), np.float32(1), np.dtype("M8[s]"), np.zeros(2)[::-1])
    )
    spoiled = bytearray(data)
    for place, value in changes:
        spoiled[place % len(data)] = value
    try:
        arrived = pair.heaps[0].decode(bytes(spoiled))
    except CodecError:
        return
    repr(arrived)
    pair.heaps[0].encode(arrived)
