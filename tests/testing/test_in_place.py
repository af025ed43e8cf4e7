import pytest
import torch

from gabarito.testing import assert_in_place


def test_passes_a_change_in_place_and_gives_the_result() -> None:
    target = torch.zeros(3)
    assert assert_in_place(lambda t, value: (t.add_(value), "done")[1], target, 2.0) == "done"
    assert target.tolist() == [2.0, 2.0, 2.0]


def test_passes_a_change_of_one_element_through_a_view() -> None:
    def change(t: torch.Tensor) -> None:
        t[1:][0] = 5

    assert_in_place(change, torch.zeros(3))


def test_passes_a_leaf_that_requires_a_gradient() -> None:
    def step(t: torch.Tensor) -> None:
        with torch.no_grad():
            t -= 1

    assert_in_place(step, torch.zeros(3, requires_grad=True))


def test_fails_a_rebound_name() -> None:
    def rebind(t: torch.Tensor) -> None:
        t = t + 1

    with pytest.raises(AssertionError, match="rebind left the caller’s tensor unchanged"):
        assert_in_place(rebind, torch.zeros(3))


def replace_data(t: torch.Tensor) -> None:
    t.data = t + 1


def set_storage(t: torch.Tensor) -> None:
    t.set_(t + 1)


def reshape(t: torch.Tensor) -> None:
    t.add_(1).resize_(2)


@pytest.mark.parametrize("f", [replace_data, set_storage, reshape])
def test_fails_other_memory_or_shape(f: object) -> None:
    with pytest.raises(AssertionError, match="gave the caller’s tensor other memory"):
        assert_in_place(f, torch.zeros(3))  # type: ignore[arg-type]
