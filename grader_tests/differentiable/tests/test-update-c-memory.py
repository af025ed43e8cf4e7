# Written by 'gabarito release' from the cell test-update-c-memory of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-update-c-memory"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-update-c-memory", hidden=False)
def visible_1(env):
    source = """
# Graded: at most one more matrix of C's size at any time.
total = torch.zeros(4, 4)
update_c(total, torch.eye(4), torch.eye(4), 3)
torch.testing.assert_close(total, 3 * torch.eye(4))
"""
    run(source, "test-update-c-memory", env)


@test_case(name="never more than one additional matrix of C's size", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_no_call, assert_peak_memory

left, right, total = torch.randn(64, 64), torch.randn(64, 64), torch.randn(64, 64)
expected = total + 4 * (left @ right.T)
# A tenth more than one matrix, so that small helpers such as a 0-dimensional tensor do no harm.
assert_peak_memory(update_c, total, left, right, 4, at_most=1.1 * total.nbytes)
torch.testing.assert_close(total, expected, atol=1e-3, rtol=1e-3)
"""
    run(source, "test-update-c-memory: never more than one additional matrix of C's size", env)


@test_case(name="torch operations only", hidden=True)
def hidden_3(env):
    source = """
assert_no_call(update_c, total, left, right, 2, names={"numpy", "array", "tolist"})
"""
    run(source, "test-update-c-memory: torch operations only", env)
