# Written by 'gabarito release' from the cell test-differences-unchanged of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-differences-unchanged"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-differences-unchanged", hidden=False)
def visible_1(env):
    source = """
x = torch.tensor([1.0, -2.0], dtype=torch.float64)
assert differences(lambda v: v[0] * v[1], x).shape == (2,)
"""
    run(source, "test-differences-unchanged", env)


@test_case(name="the vector is the same afterwards, and may not be differentiable", hidden=True)
def hidden_2(env):
    source = """
differences(lambda u: u[0] - u[1] ** 2, x)
assert x.tolist() == [1, -2], "differences changed its argument"
assert not x.requires_grad
slopes = differences(lambda v: torch.tensor(3 * v[0].item() - v[1].item(), dtype=torch.float64), x)
torch.testing.assert_close(slopes, torch.tensor([3.0, -1.0], dtype=torch.float64), atol=1e-6, rtol=0)
"""
    run(source, "test-differences-unchanged: the vector is the same afterwards, and may not be differentiable", env)
