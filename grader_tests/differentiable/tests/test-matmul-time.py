# Written by 'gabarito release' from the cell test-matmul-time of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-matmul-time"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-matmul-time", hidden=False)
def visible_1(env):
    source = """
# Graded: matmul is at least five times as fast as a loop over the rows.
left, right = torch.randn(128, 256), torch.randn(128, 256)
assert abs(matmul(left, right)[2, 7] - (left[2] * right[7]).sum()) < 1e-3
"""
    run(source, "test-matmul-time", env)


@test_case(name="matmul is at least five times as fast as a loop over the rows", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_faster


def loop_over_rows(left, right):
    product = torch.empty(left.shape[0], right.shape[0])
    for i in range(left.shape[0]):
        product[i] = (left[i] * right).sum(dim=1)
    return product


torch.testing.assert_close(matmul(left, right), loop_over_rows(left, right), atol=1e-3, rtol=0)
assert_faster(matmul, left, right, than=loop_over_rows, by=5)
"""
    run(source, "test-matmul-time: matmul is at least five times as fast as a loop over the rows", env)
