import pytest
import torch

from gabarito.testing import assert_peak_memory

KIB = 1024


def tensor() -> torch.Tensor:
    """A tensor of 1 KiB."""
    return torch.ones(256)


def peak(f: object, *args: object) -> int:
    """The peak that assert_peak_memory sees, found by its own verdicts."""
    low, high = -1, 1 << 20
    while high - low > 1:
        middle = (low + high) // 2
        try:
            assert_peak_memory(f, *args, at_most=middle)  # type: ignore[arg-type]
            high = middle
        except AssertionError:
            low = middle
    return high


def test_in_place_needs_nothing() -> None:
    assert peak(lambda a, b: a.add_(b), tensor(), tensor()) == 0


def test_a_result_counts() -> None:
    assert peak(lambda a, b: a + b, tensor(), tensor()) == KIB


def test_a_temporary_counts_only_while_it_lives() -> None:
    def one_after_the_other(a: torch.Tensor) -> None:
        for _ in range(5):
            a += a * 2

    def all_at_once(a: torch.Tensor) -> None:
        for temporary in [a * 2 for _ in range(5)]:
            a += temporary

    assert peak(one_after_the_other, tensor()) == KIB
    assert peak(all_at_once, tensor()) == 5 * KIB


def test_two_temporaries_in_one_expression() -> None:
    assert peak(lambda a, b: a.copy_(a * b + a), tensor(), tensor()) == 2 * KIB


def test_views_are_free() -> None:
    assert peak(lambda a: a.reshape(16, 16).T[2:5, 1:].detach(), tensor()) == 0
    assert peak(lambda a: (a + 1).reshape(16, 16).T[0], tensor()) == KIB


def test_a_small_view_keeps_its_whole_storage_alive() -> None:
    def keep(a: torch.Tensor) -> list[torch.Tensor]:
        return [(a + i)[:1] for i in range(3)]

    assert peak(keep, tensor()) == 3 * KIB


def test_tensors_from_before_are_free_even_as_results() -> None:
    before = tensor()
    assert peak(lambda: before) == 0
    assert peak(lambda: before.view(16, 16)) == 0
    assert peak(lambda: torch.add(before, 1, out=before)) == 0


def test_a_tensor_made_from_numbers_counts() -> None:
    assert peak(lambda: torch.tensor([0.0] * 256)) == KIB


def test_a_storage_that_grows_counts_with_its_new_size() -> None:
    def grow() -> torch.Tensor:
        small = torch.zeros(1)
        return small.resize_(256)

    assert peak(grow) == KIB


def test_what_a_graph_keeps_alive_counts() -> None:
    def chain(a: torch.Tensor) -> torch.Tensor:
        for _ in range(4):
            a = a.exp()  # its result is kept for the backward pass
        return a

    leaf = tensor().requires_grad_()
    assert peak(chain, leaf) == 4 * KIB
    assert peak(chain, leaf.detach()) == 2 * KIB


def test_message_has_amounts_in_readable_units() -> None:
    def copy(a: torch.Tensor) -> torch.Tensor:
        return a.clone()

    with pytest.raises(AssertionError, match=r"^copy held 1\.0 KiB of new memory at its peak; at most 100 bytes"):
        assert_peak_memory(copy, tensor(), at_most=100)
    with pytest.raises(AssertionError, match=r"held 3\.0 MiB of new memory at its peak; at most 2\.0 MiB are"):
        assert_peak_memory(lambda: torch.zeros(3 * KIB**2 // 4), at_most=2 * KIB**2)


def test_result_is_passed_on() -> None:
    assert assert_peak_memory(lambda: 42, at_most=0) == 42
