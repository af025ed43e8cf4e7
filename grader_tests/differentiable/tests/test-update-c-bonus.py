# Written by 'gabarito release' from the cell test-update-c-bonus of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-update-c-bonus"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-update-c-bonus", hidden=False)
def visible_1(env):
    source = """
# Bonus: no additional tensor at all.
total = torch.zeros(3, 3)
update_c(total, torch.eye(3), torch.eye(3), 2)
torch.testing.assert_close(total, 2 * torch.eye(3))
"""
    run(source, "test-update-c-bonus", env)


@test_case(name="no additional matrix at all", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_no_call, assert_peak_memory

left, right, total = torch.randn(64, 64), torch.randn(64, 64), torch.randn(64, 64)
expected = total + 4 * (left @ right.T)
assert_peak_memory(update_c, total, left, right, 4, at_most=0.1 * total.nbytes)
torch.testing.assert_close(total, expected, atol=1e-3, rtol=1e-3)
assert_no_call(update_c, total, left, right, 2, names={"numpy", "array", "tolist"})
"""
    run(source, "test-update-c-bonus: no additional matrix at all", env)
