import contextlib
from collections.abc import Callable

import numpy as np
import pytest
import torch

from gabarito.testing import MATRIX_PRODUCTS, assert_no_call, count_operations

Product = Callable[[torch.Tensor, torch.Tensor], object]

FORBIDDEN: dict[str, Product] = {
    "operator": lambda a, b: a @ b.T,
    "function": lambda a, b: torch.matmul(a, b.T),
    "method": lambda a, b: a.mm(b.T),
    "vector": lambda a, b: b.mv(a[0]),
    "dot": lambda a, b: a[0].dot(b[0]),
    "einsum": lambda a, b: torch.einsum("ik,jk->ij", a, b),
    "linear": torch.nn.functional.linear,
    "module": lambda a, b: torch.nn.Linear(5, 2)(a),
    "in place": lambda a, b: torch.zeros(3, 4).addmm_(a, b.T),
    "vecdot": lambda a, b: torch.linalg.vecdot(a[0], b),
    "out": lambda a, b: torch.mm(a, b.T, out=torch.empty(3, 4)),
}


def matrices() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(3, 5), torch.randn(4, 5)


@pytest.mark.parametrize("f", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_every_way_to_a_matrix_product_is_seen(f: Product) -> None:
    with pytest.raises(AssertionError, match="which this exercise does not allow"):
        assert_no_call(f, *matrices(), names=MATRIX_PRODUCTS)


def test_elementwise_work_passes_and_the_result_comes_back() -> None:
    a, b = matrices()
    result = assert_no_call(lambda a, b: (a[:, None] * b).sum(dim=2), a, b, names=MATRIX_PRODUCTS)
    torch.testing.assert_close(result, a @ b.T)


def test_message_names_what_was_called() -> None:
    def answer(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.einsum("ik,jk->ij", a, b)

    with pytest.raises(AssertionError, match=r"^answer uses einsum, bmm, which"):
        assert_no_call(answer, *matrices(), names=MATRIX_PRODUCTS)


def test_a_call_that_is_swallowed_still_counts() -> None:
    def sly(a: torch.Tensor, b: torch.Tensor) -> None:
        with contextlib.suppress(RuntimeError):
            a @ b  # the shapes do not fit

    with pytest.raises(AssertionError, match="sly uses matmul"):
        assert_no_call(sly, *matrices(), names=MATRIX_PRODUCTS)


@pytest.mark.parametrize(
    ("f", "name"),
    [(lambda a: a.numpy(), "numpy"), (np.asarray, "array"), (lambda a: a.tolist(), "tolist")],
    ids=["numpy", "array", "tolist"],
)
def test_ways_out_of_torch_can_be_forbidden(f: Callable[[torch.Tensor], object], name: str) -> None:
    with pytest.raises(AssertionError, match=f"uses {name}, which"):
        assert_no_call(f, torch.ones(2), names={"numpy", "array", "tolist"})


def test_underscores_around_a_forbidden_name_do_not_matter() -> None:
    with pytest.raises(AssertionError, match="uses add, which"):
        assert_no_call(lambda a: a.add_(1), torch.ones(2), names=["__add__"])


def test_operations_of_a_backward_pass_are_seen() -> None:
    def backward(a: torch.Tensor) -> None:
        a.exp().sum().backward()

    with pytest.raises(AssertionError, match="uses mul"):
        assert_no_call(backward, torch.ones(2, requires_grad=True), names=["mul"])


def test_count_grows_with_the_turns_of_a_loop_only() -> None:
    def one_loop(a: torch.Tensor) -> torch.Tensor:
        return torch.stack([row.sum() for row in a])

    def no_loop(a: torch.Tensor) -> torch.Tensor:
        return a.sum(dim=1)

    assert count_operations(one_loop, torch.ones(9, 2)) - count_operations(one_loop, torch.ones(4, 2)) == 5
    assert count_operations(no_loop, torch.ones(9, 2)) == count_operations(no_loop, torch.ones(4, 2)) == 1
    assert count_operations(lambda: None) == 0
