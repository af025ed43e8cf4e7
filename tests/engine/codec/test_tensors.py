"""Tensors: every type and form, grads, parameters, graphs, and what a hostile process could ask for."""

import struct
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.codec import CodecError, CodecLimits, Heap, look, tensors
from tests.engine.codec import forge
from tests.engine.codec.pair import Ghost, Pair

_MOVED, _REQUIRES = 2, 1


def refused(data: bytes, match: str, pair: Pair | None = None) -> None:
    with pytest.raises(CodecError, match=match):
        (pair or Pair()).heaps[0].decode(data)


def state(oid: int, flags: int = 0, grad: int = 0, moved: int = 0) -> bytes:
    return struct.pack("<QBQQ", oid, flags, grad, moved)


@pytest.mark.parametrize("name", tensors.NAMES)
def test_each_type_arrives_as_it_was(name: str) -> None:
    dtype = getattr(torch, name)
    mine = torch.tensor([[0, 1, 1], [1, 0, 1]], dtype=torch.uint8).to(dtype)
    for tensor in (mine, mine.T, mine[:, 1:], mine[0, 0], mine[:0]):
        arrived = Pair().send(tensor)
        assert arrived.dtype is dtype
        assert (arrived.shape, arrived.stride()) == (tensor.shape, tensor.stride())
        assert arrived.untyped_storage().nbytes() in (tensor.untyped_storage().nbytes(), 0)
        assert look.raw(arrived).tobytes() == look.raw(tensor).tobytes()


@pytest.mark.parametrize("size", [2, 5000])
def test_small_and_large_tensors_say_that_they_require_grad(size: int) -> None:
    mine = torch.arange(float(size), requires_grad=True)
    mine.grad = torch.ones(size)
    arrived = Pair().send(mine)
    assert (arrived.requires_grad, arrived.is_leaf) == (True, True)
    assert torch.equal(arrived, mine)
    assert torch.equal(arrived.grad, mine.grad)


def test_small_values_of_torch() -> None:
    values = (torch.float16, torch.Size([2, 3]), torch.device("cpu"), torch.device("cuda", 1), torch.Size([]))
    arrived = Pair().send((values, {values[0]: 1, values[1]: 2, values[2]: 3}))
    assert arrived[0] == values
    assert [type(value) for value in arrived[0]] == [type(value) for value in values]
    assert arrived[1] == {values[0]: 1, values[1]: 2, values[2]: 3}


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(2).to_sparse(),
        lambda: torch.zeros(2, device="meta"),
        lambda: torch.nn.Linear(1, 1),
        type("T", (torch.Tensor,), {}),
        lambda: torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8),
        lambda: torch.qint8,
        lambda: torch.strided,
        lambda: torch.device("vulkan"),
        lambda: torch.zeros([1] * 65),
        lambda: {torch.zeros(1): 1},
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_others_stay_where_they_are(make: Any) -> None:
    assert type(Pair().send(make())) is Ghost


def test_inside_of_a_transformation_tensors_stay_where_they_are() -> None:
    seen = []

    def look(x: Any) -> Any:
        seen.append(Pair().send(x))
        return x

    torch.vmap(look)(torch.zeros(2, 2))
    assert type(seen[0]) is Ghost


def test_leaves_and_their_grads_are_the_same_on_both_sides() -> None:
    pair = Pair()
    mine = torch.ones(3, requires_grad=True)
    theirs = pair.send(mine)
    assert theirs.is_leaf
    assert theirs.requires_grad
    (theirs**2).sum().backward()
    assert pair.back(theirs) is mine
    assert mine.grad is not None
    assert mine.grad.tolist() == [2.0] * 3
    mine.grad.zero_()
    pair.send(None)
    assert theirs.grad.tolist() == [0.0] * 3
    theirs.grad = None
    pair.back()
    assert mine.grad is None
    theirs.requires_grad_(False)
    pair.back()
    assert not mine.requires_grad


def test_a_change_that_torch_does_not_count_is_seen() -> None:
    pair = Pair()
    mine = torch.zeros(3)
    theirs = pair.send(mine)
    version = theirs._version
    theirs.numpy()[:] += 1
    assert theirs._version == version
    pair.back()
    assert mine.tolist() == [1.0] * 3


def test_a_grad_is_kept_as_long_as_its_tensor() -> None:
    pair = Pair()
    mine = torch.ones(3, requires_grad=True)
    mine.sum().backward()
    theirs = pair.send(mine)
    assert pair.heaps[0].collect() == []
    assert mine.grad is not None
    mine.grad += 1
    pair.send(None)
    assert theirs.grad.tolist() == [2.0] * 3
    del mine
    assert len(pair.heaps[0].collect()) == 2


def test_a_parameter_stays_one_and_may_get_other_memory() -> None:
    pair = Pair()
    mine = torch.nn.Parameter(torch.zeros(2, 3))
    theirs = pair.send(mine)
    assert type(theirs) is torch.nn.Parameter
    theirs.data = torch.ones(4, dtype=torch.float64)
    pair.back()
    assert mine.tolist() == [1.0] * 4
    assert mine.dtype is torch.float64
    with torch.no_grad():
        mine[0] = 5
    pair.send(None, collect=True)
    assert theirs[0] == 5
    with torch.no_grad():
        theirs[1] = 6
    pair.back()
    assert mine[1] == 6


def test_a_resized_tensor_is_seen() -> None:
    pair = Pair()
    mine = torch.zeros(4)
    theirs = pair.send(mine)
    theirs.resize_(2, 100)
    theirs[:] = 1
    pair.back()
    assert mine.shape == (2, 100)
    assert mine.sum() == 200


def test_memory_that_was_resized_can_not_be_reached_by_its_old_number() -> None:
    for number in range(2):
        pair = Pair()
        mine = torch.zeros(8)
        theirs = pair.send(mine)
        (memory,) = pair.heaps[0].memory.buffers
        mine.untyped_storage().resize_(4)
        record = [forge.tensor(101, memory, [8], [1], length=32), forge.array(101, memory, [8], [4], code="<f4")][
            number
        ]
        refused(forge.message(record), "was resized", pair)
        assert theirs.tolist() == [0.0] * 8
        assert mine.untyped_storage().nbytes() == 4


def test_a_tensor_in_a_graph_is_the_bridges_affair() -> None:
    pair = Pair()
    weight = torch.ones(3, requires_grad=True)
    theirs_weight = pair.send(weight)
    result = (theirs_weight * 2).exp()
    arrived = pair.back((result, [result]))
    ((tensor, oid),) = pair.bridges[0].graph
    assert arrived[0] is arrived[1][0] is tensor
    assert pair.heaps[1].oid(result) == oid
    assert torch.equal(arrived[0], result)
    assert pair.send(arrived[0]) is result
    with torch.no_grad():
        result[0] = 0
    pair.back()
    assert arrived[0][0] == 0
    arrived[0].grad = torch.ones(3)
    pair.send(None)
    assert result.requires_grad


def test_the_stand_in_may_be_another_object_over_the_same_memory() -> None:
    pair = Pair()

    class Here(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, leaf: Any, tensor: Any) -> Any:
            return tensor.view_as(tensor)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad, None

    leaf = torch.zeros(3, requires_grad=True)
    pair.bridges[0].graph_tensor = lambda tensor, oid: Here.apply(leaf, tensor)  # type: ignore[method-assign]
    result = torch.ones(3, requires_grad=True) * 2
    arrived = pair.back(result)
    assert not arrived.is_leaf
    with torch.no_grad():
        result[0] = 7
    assert pair.back(result) is arrived
    assert arrived.tolist() == [7, 2, 2]
    assert pair.heaps[0].collect() == []
    assert pair.send(arrived) is result


def test_the_checkers_own_graph_stays_as_it_is() -> None:
    pair = Pair()
    mine = torch.ones(3, requires_grad=True) * 2
    pair.send(mine)
    oid = pair.heaps[0].oid(mine)
    assert oid is not None
    pair.heaps[0].decode(forge.message(states=[state(oid)]))
    assert mine.requires_grad


def test_an_array_over_memory_of_a_tensor_that_was_not_sent() -> None:
    pair = Pair()
    mine = torch.arange(6.0)
    theirs = pair.send(mine.numpy()[1:])
    assert pair.send(mine).tolist() == [0, 1, 2, 3, 4, 5]
    theirs[0] = 9
    pair.back()
    assert mine[1] == 9


def test_a_stand_in_with_other_memory_is_refused() -> None:
    pair = Pair()
    pair.bridges[0].graph_tensor = lambda tensor, oid: tensor.clone()  # type: ignore[method-assign]
    with pytest.raises(CodecError, match="another form or memory"):
        pair.back(torch.ones(3, requires_grad=True) * 2)


def test_gaps_are_zero_and_hidden_columns_stay_hidden() -> None:
    pair = Pair()
    mine = torch.full((3, 2), 7.0)
    theirs = pair.send(mine[:, 0])
    assert theirs.as_strided((6,), (1,), 0).tolist() == [7, 0] * 3
    assert pair.back(theirs.as_strided((6,), (1,), 0)).tolist() == [7, 0] * 3
    assert mine.tolist() == [[7, 7]] * 3
    theirs[0] = 1
    part = pair.back(theirs[:2])
    assert part.untyped_storage().data_ptr() == mine.untyped_storage().data_ptr()
    assert mine[0].tolist() == [1, 7]


def test_a_slice_of_more_memory_than_may_travel_arrives_alone() -> None:
    pair = Pair(CodecLimits(array_bytes=1000))
    mine = torch.arange(1000.0)
    part = mine[5:8]
    theirs = pair.send(part)
    assert theirs.tolist() == [5, 6, 7]
    back = pair.back(theirs[1:])
    back[0] = 0
    assert part.tolist() == [5, 0, 7]
    assert pair.send(mine[5:7:2]).tolist() == [5]


@pytest.mark.parametrize("first", ["tensor", "array"])
def test_memory_may_belong_to_both_libraries(first: str) -> None:
    pair = Pair()
    array = np.arange(6.0)
    tensor = torch.from_numpy(array[2:])
    sent = (tensor, array) if first == "tensor" else (array, tensor)
    a, b = pair.send(sent)
    if first == "array":  # a tensor alone doesn't tell of the array around it
        a[3] = 9
        assert b[1] == 9
        b[0] = 8
        pair.back()
        assert array[2:4].tolist() == [8, 9]
        assert pair.send(tensor[1:]).untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
    whole = torch.arange(6.0)
    x, y = pair.send((whole, whole.numpy()[1:]))
    x[2] = 9
    assert y[1] == 9
    z = pair.back(torch.from_numpy(y)[1:])
    assert np.shares_memory(z.numpy(), whole.numpy())
    w = pair.back(y[2:])
    assert np.shares_memory(w, whole.numpy())
    part = torch.from_numpy(whole.numpy()[1:3])
    assert pair.send(part)[1] == 9
    assert pair.send(part.numpy())[1] == 9


def test_big_tensors_and_odd_alignment() -> None:
    pair = Pair()
    mine = torch.ones(2**19)
    theirs = pair.send(mine)
    theirs[5] = 2
    pair.back()
    assert mine[5] == 2
    odd = torch.from_numpy(np.ones(100)[3:])
    assert pair.send(odd).data_ptr() % 64 == odd.data_ptr() % 64


def test_a_tensor_over_memory_of_a_larger_storage_than_was_sent() -> None:
    pair = Pair()
    array = np.arange(10.0)
    pair.send(array[2:6].copy())
    small = array[2:6]
    frame = np.lib.stride_tricks.as_strided(small, (4,), (8,))
    tensor = torch.from_numpy(array)
    sent = pair.send((torch.from_numpy(frame), tensor[3:5]))
    assert sent[1].tolist() == [3, 4]


def test_read_only_memory_of_the_checker_stays_as_it_is() -> None:
    pair = Pair()
    mine = np.arange(4.0)
    mine.flags.writeable = False
    theirs = pair.send(mine)
    theirs.flags.writeable = True
    arrived = pair.back(torch.from_numpy(theirs))
    assert arrived.tolist() == [0, 1, 2, 3]
    theirs[0] = 9
    with pytest.raises(CodecError, match="read-only here"):
        pair.back()
    assert mine[0] == 0


def test_conjugate_and_negative_views() -> None:
    pair = Pair()
    mine = torch.tensor([1 + 2j, 3 - 1j]).conj()
    arrived, negative = pair.send((mine, mine.imag))
    assert arrived.is_conj()
    assert negative.is_neg()
    assert torch.equal(arrived, mine)
    assert torch.equal(negative, mine.imag)
    arrived[0] = 5j
    pair.back()
    assert mine[0] == 5j


class TestOtherDevices:
    """Without one, a tensor of the host plays the part."""

    @pytest.fixture(autouse=True)
    def elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (look, tensors):
            monkeypatch.setattr(module, "on_host", lambda tensor: False)

    def test_data_are_copied(self) -> None:
        pair = Pair()
        mine = torch.arange(6.0).reshape(2, 3).T
        theirs = pair.send(mine)
        assert theirs.tolist() == mine.tolist()
        assert theirs.stride() == mine.stride()
        theirs[0, 0] = 5
        assert pair.back(theirs) is mine
        assert mine[0, 0] == 5
        mine.data = torch.zeros(2)
        pair.send(None)
        assert theirs.tolist() == [0, 0]
        del mine
        pair.send(None, collect=True)


def test_a_device_that_can_not_be_had_is_replaced_by_the_host() -> None:
    bridge = Pair().bridges[0]
    data = forge.message(forge.tensor(3, 0, [2], [1], device="cuda:0"), root=forge.ref(3))
    heap = Heap(0, bridge, devices=False)
    arrived = heap.decode(data)
    assert arrived.tolist() == [0, 0]
    refused(forge.message(forge.tensor(3, 0, [2], [1], device="disk")), "device 'disk'")
    refused(forge.message(forge.tensor(3, 0, [2**40], [1], device="cuda:0")), "hold more")
    refused(forge.message(forge.tensor(3, 0, [2], [2**40], device="cuda:0")), "outside its buffer")


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (forge.tensor(3, 1, [2], [2**62], length=8), "impossible shape"),
        (forge.tensor(3, 1, [2, 2], [2**40, 1], length=8), "outside"),
        (forge.tensor(3, 1, [2], [-1], length=8), "negative stride"),
        (forge.tensor(3, 1, [3], [1], length=8), "outside"),
        (forge.tensor(3, 1, [2], [1], length=4), "outside"),
        (forge.tensor(3, 1, [2], [1], length=9), "outside of all memory"),
        (forge.tensor(3, 1, [2], [1], length=8, begin=1), "outside of all memory"),
        (forge.tensor(3, 1, [2], [1], length=8, begin=-1), "outside of all memory"),
        (forge.tensor(3, 1, [2], [1], length=8, offset=-1), "outside"),
        (forge.tensor(3, 1, [2], [1], length=8, offset=2**61), "outside"),
        (forge.tensor(3, 9, [2], [1], length=8), "outside of all memory"),
        (forge.tensor(3, 1, [1] * 65, [1] * 65, length=8), "65 dimensions"),
        (forge.tensor(3, 1, [1] * 255, [1] * 255, length=8), "255 dimensions"),
        (forge.tensor(3, 1, [2**30], [0], length=8), "hold more"),
        (forge.tensor(3, 1, [2], [1], length=8, dtype=99), "type number 99"),
        (forge.tensor(1, 1, [1], [1], length=8), "taken"),
    ],
)
def test_impossible_tensors_are_refused(record: bytes, match: str) -> None:
    refused(forge.message(forge.buffer(1, 8), record), match)


@pytest.mark.parametrize("count", [3, 3000, 300_000])
def test_a_device_that_a_notebook_prefers_is_none_of_the_messages(count: int) -> None:
    pair, mine = Pair(), torch.arange(1, count)
    with torch.device("meta"):
        there = pair.send(mine)
        view = there[1:].numpy()
        view[0] = 7
        assert pair.back(view)[0] == 7
    assert (str(there.device), mine[1].item(), there[1].item()) == ("cpu", 7, 7)


def test_impossible_states_are_refused() -> None:
    two = forge.buffer(1, 8), forge.tensor(3, 1, [2], [1], length=8), forge.tensor(5, 1, [1], [1], length=8)
    refused(forge.message(*two, states=[state(3, grad=3)]), "its own grad")
    refused(forge.message(*two, states=[state(3, _MOVED, moved=3)]), "its own grad")
    refused(forge.message(*two, states=[state(3, _MOVED, moved=7)]), "doesn't exist")
    refused(forge.message(*two, states=[state(3, grad=5)]), "malformed")
    other = forge.container(1, 7)
    refused(forge.message(*two, other, states=[state(3, grad=7)]), "where a tensor belongs")
    whole = forge.buffer(1, 8), forge.tensor(3, 1, [2], [1], length=8, dtype=9, begin=0)
    refused(forge.message(forge.buffer(1, 16), forge.tensor(3, 1, [2], [1], length=16, dtype=9),
                          states=[state(3, _REQUIRES)]), "malformed")  # fmt: skip
    assert len(whole) == 2


def test_impossible_values_are_refused() -> None:
    size = b"\x18" + forge.sequence(b"\1")
    refused(forge.message(root=size), "torch.Size")
    refused(forge.message(root=b"\x18" + forge.sequence(b"\7\x09\0\0\0" + b"\x01" * 9)), "torch.Size")
    refused(forge.message(root=b"\x19\x63"), "type number 99")
    refused(forge.message(root=b"\x1a" + forge.text("disk")), "device 'disk'")


def test_memory_of_the_checker_that_was_not_sent_can_not_be_reached() -> None:
    pair = Pair()
    mine = torch.arange(6.0).reshape(3, 2)
    pair.send(mine[:, 0])
    (memory,) = pair.heaps[0].memory.buffers
    refused(forge.message(forge.tensor(101, memory, [6], [1], length=24)), "not sent", pair)
    refused(forge.message(forge.tensor(101, memory, [3], [2], offset=1, length=24)), "not sent", pair)
    allowed = forge.message(forge.tensor(101, memory, [2], [4], length=24), root=forge.ref(101))
    assert pair.heaps[0].decode(allowed).tolist() == [0, 4]


def test_truth_values_are_checked() -> None:
    defs = forge.buffer(1, 2), forge.tensor(3, 1, [2], [1], length=2, dtype=11)
    refused(forge.message(*defs, arrays=[forge.filled(3, b"\1\2")]), "truth values")


def test_a_failed_graph_leaves_nothing_behind() -> None:
    pair = Pair()
    data = forge.message(
        forge.buffer(1, 8), forge.tensor(3, 1, [2], [1], length=8, flags=2), states=[state(99)], root=forge.ref(3)
    )
    refused(data, "doesn't exist", pair)
    assert not pair.heaps[0].memory.buffers
    refused(data, "doesn't exist", pair)


def test_a_leaf_that_only_a_graph_holds_is_not_forgotten() -> None:
    """Torch's own code refers to it, which Python's count of references doesn't show."""
    pair = Pair()
    leaf = torch.ones(2, requires_grad=True)
    result = (leaf * 3).sum()
    pair.send(leaf)
    del leaf
    assert pair.heaps[0].collect() == []
    result.backward()
    del result
    assert len(pair.heaps[0].collect()) == 1


def test_what_was_written_before_a_tensor_moved_is_seen_by_its_views() -> None:
    pair = Pair()
    tensor = torch.zeros(3)
    there = pair.send(tensor)
    pair.back()
    view = tensor.detach()
    view[1] = 7.0
    tensor.data = torch.ones(2)
    arrived = pair.send(view)
    assert arrived.tolist() == [0, 7, 0]
    assert there.tolist() == [1, 1]


def test_views_share_the_memory_that_a_tensor_has_left() -> None:
    pair = Pair()
    tensor = torch.zeros(3)
    there = pair.send(tensor)
    view = there.detach()
    there.data = torch.ones(2)
    pair.back()
    pair.send(None)
    one, other = pair.back((view, view.detach()))
    one[0] = 5.0
    assert other.tolist() == [5, 0, 0]


def test_a_view_is_watched_once_what_covered_it_has_moved() -> None:
    pair = Pair()
    tensor = torch.zeros(3)
    view = tensor[:2]
    seen, _ = pair.send((view, tensor))
    pair.back()
    tensor.data = torch.ones(2)
    view[0] = 4.0
    pair.send(None)
    assert seen.tolist() == [4, 0]
    pair.back()
    view[1] = 6.0
    pair.send(None)
    assert seen.tolist() == [4, 6]


def test_memory_that_was_given_up_before_a_tensor_moved_is_not_looked_at() -> None:
    pair = Pair()
    tensor = torch.zeros(3)
    there = pair.send(tensor)
    pair.back()
    tensor[0] = 2.0
    tensor.untyped_storage().resize_(1 << 22)
    tensor.data = torch.ones(2)
    pair.send(None)
    assert there.tolist() == [1, 1]


def test_not_every_form_that_a_tensor_had_is_kept() -> None:
    pair = Pair()
    tensor = torch.zeros(3)
    base = tensor.detach()
    there = pair.send(tensor)
    pair.back()
    for _ in range(70):
        for memory in (torch.ones(2), base):
            tensor.data = memory
            pair.send(None)
            pair.back()
    assert there.tolist() == [0, 0, 0]
    assert [max(len(b.left) for b in heap.memory.buffers.values()) for heap in pair.heaps] == [64, 64]


def _kinds(message: bytes) -> bytes:
    """The first definition of a message, as the number of its kind."""
    return message[25:26]


class TestSmall:
    """Tensors of which one record says all."""

    @pytest.mark.parametrize(
        "make",
        [
            lambda: torch.arange(6.0).reshape(2, 3),
            lambda: torch.tensor(1.5, dtype=torch.float64),
            lambda: torch.tensor([True, False]),
            lambda: torch.ones(1, 3),
            lambda: torch.ones(4, requires_grad=True),
            lambda: torch.nn.Parameter(torch.ones(2, 2)),
            lambda: torch.ones(3, dtype=torch.complex64),
            lambda: torch.zeros(1024),
        ],
    )
    def test_one_record_has_them(self, make: Any) -> None:
        pair, mine = Pair(), make()
        theirs = pair.send(mine)
        assert _kinds(pair.last) == b"\x0a"
        assert (type(theirs), theirs.dtype, theirs.stride()) == (type(mine), mine.dtype, mine.stride())
        assert theirs.requires_grad == mine.requires_grad
        assert torch.equal(theirs, mine)
        with torch.no_grad():
            theirs[...] = 0
            assert torch.equal(pair.send(theirs, 1), mine)
        assert not mine.any()

    @pytest.mark.parametrize(
        "make",
        [
            lambda: torch.arange(6.0).reshape(2, 3).T,
            lambda: torch.ones(3, 1).as_strided((1, 3), (7, 1)),
            lambda: torch.ones(3)[1:],
            lambda: torch.ones(0),
            lambda: torch.zeros(1025),
            lambda: torch.ones(3, dtype=torch.complex64).conj(),
            lambda: torch.ones(3, dtype=torch.complex64).conj().imag,
            lambda: torch.from_numpy(np.frombuffer(bytearray(80), np.uint8)[1:9]),
        ],
    )
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_others_take_three(self, make: Any) -> None:
        pair, mine = Pair(), make()
        theirs = pair.send(mine)
        assert _kinds(pair.last) == b"\x05"
        assert (theirs.shape, theirs.stride()) == (mine.shape, mine.stride())
        assert torch.equal(theirs, mine)

    def test_views_of_them_share_their_memory(self) -> None:
        pair, mine = Pair(), torch.zeros(2, 3)
        whole, row = pair.send([mine, mine[1]])
        row += 1
        assert whole.tolist() == [[0, 0, 0], [1, 1, 1]]
        pair.send(None, 1)
        assert mine.tolist() == whole.tolist()

    def test_memory_that_an_array_has_already_stays_one(self) -> None:
        pair, array = Pair(), np.zeros(16)
        theirs, view = pair.send([array, torch.from_numpy(array)])
        view += 1
        assert theirs.tolist() == [1] * 16

    def test_one_of_a_message_that_fails_is_none(self) -> None:
        pair, mine = Pair(), torch.ones(2)
        with pytest.raises(CodecError, match="can't be sent"):
            pair.send((mine, 1 << 2_000_000))
        assert not len(pair.heaps[0])
        assert not pair.heaps[0].memory.held
        assert pair.send(mine).tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("record", "match"),
        [
            (forge.small_tensor(1, 3, [2], bytes(3)), "ends before"),
            (forge.small_tensor(1, 3, [2], bytes(9)), "too many"),
            (forge.small_tensor(1, 3, [0], b""), "impossible shape"),
            (forge.small_tensor(1, 3, [-1], b""), "impossible shape"),
            (forge.small_tensor(1, 3, [2**40, 2**40], bytes(8)), "more than 4096"),
            (forge.small_tensor(1, 3, [1025], bytes(4100)), "more than 4096"),
            (forge.small_tensor(1, 3, [1] * 65, bytes(4)), "65 dimensions"),
            (forge.small_tensor(1, 3, [1], bytes(4), flags=4), "impossible shape"),
            (forge.small_tensor(1, 3, [1], bytes(4), dtype=99), "type number 99"),
            (forge.small_tensor(1, 3, [2], b"\1\2", dtype=tensors.NAMES.index("bool")), "truth values"),
            (forge.small_tensor(1, 1, [1], bytes(4)), "is taken"),
            (forge.small_tensor(2, 3, [1], bytes(4)), "is taken"),
            (forge.small_tensor(1, 2, [1], bytes(4)), "is taken"),
            (forge.small_tensor(1, 3, [1], bytes(4))[:12], "malformed"),
        ],
    )
    def test_what_can_not_be_is_refused(self, record: bytes, match: str) -> None:
        pair = Pair()
        refused(forge.message(record), match, pair)
        assert not len(pair.heaps[0])
        assert not pair.heaps[0].memory.foreign

    def test_many_are_too_much(self) -> None:
        records = [forge.small_tensor(1 + 4 * i, 3 + 4 * i, [64], bytes(256)) for i in range(5)]
        refused(forge.message(*records), "bytes of arrays", Pair(CodecLimits(array_bytes=1024)))
