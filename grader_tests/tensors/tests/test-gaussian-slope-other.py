# Written by 'gabarito release' from the cell test-gaussian-slope-other of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-gaussian-slope-other"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-gaussian-slope-other", hidden=False)
def visible_1(env):
    source = """
x = torch.tensor([[0.0, 1.0], [-1.0, 0.5]])
assert gaussian_slope(x).shape == (2, 2)
assert gaussian_slope(x).dtype == torch.float32
"""
    run(source, "test-gaussian-slope-other", env)


@test_case(name="other points, in either precision, and twice the same", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float32, torch.float64):
    x = 4 * torch.rand(3, 4, dtype=dtype) - 2
    for _ in range(2):
        torch.testing.assert_close(gaussian_slope(x), -2 * x * torch.exp(-(x**2)))
"""
    run(source, "test-gaussian-slope-other: other points, in either precision, and twice the same", env)


@test_case(name="the points are left as they were", hidden=True)
def hidden_3(env):
    source = """
x = torch.tensor([0.3, -0.8])
gaussian_slope(x)
assert not x.requires_grad, "x requires a gradient now"
assert x.grad is None, "x has a gradient now"
x = torch.tensor([0.3, -0.8], requires_grad=True)
gaussian_slope(x)
assert x.grad is None, "x has a gradient now"
"""
    run(source, "test-gaussian-slope-other: the points are left as they were", env)
