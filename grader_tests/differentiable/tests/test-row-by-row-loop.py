# Written by 'gabarito release' from the cell test-row-by-row-loop of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-row-by-row-loop"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-row-by-row-loop", hidden=False)
def visible_1(env):
    source = """
# Graded: one Python loop, and no matrix product.
assert row_by_row(torch.ones(2, 3), torch.ones(4, 3)).shape == (2, 4)
"""
    run(source, "test-row-by-row-loop", env)


@test_case(name="no matrix product is called, and no detour over numpy or lists", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import MATRIX_PRODUCTS, assert_no_call, count_operations

forbidden = MATRIX_PRODUCTS | {"numpy", "array", "tolist"}
assert_no_call(row_by_row, torch.randn(5, 6), torch.randn(4, 6), names=forbidden)
"""
    run(source, "test-row-by-row-loop: no matrix product is called, and no detour over numpy or lists", env)


@test_case(name="there is no second loop inside the loop over the rows", hidden=True)
def hidden_3(env):
    source = """
# The number of torch operations grows with the rows that are looped over: two loops show in both matrices.
base, more_in_a, more_in_b = (
    count_operations(row_by_row, torch.randn(n, 6), torch.randn(m, 6)) for n, m in ((3, 3), (43, 3), (3, 43))
)
assert more_in_a - base < 40 or more_in_b - base < 40, "row_by_row loops over the rows of A and of B"
"""
    run(source, "test-row-by-row-loop: there is no second loop inside the loop over the rows", env)
