# Written by 'gabarito release' from the cell test-logistic of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-logistic"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-logistic", hidden=False)
def visible_1(env):
    source = """
here = torch.tensor([0.0], dtype=torch.float64)
assert abs(logistic(here) - 0.5) < 1e-12
assert abs(slope(logistic, here) - 0.25) < 1e-12
"""
    run(source, "test-logistic", env)


@test_case(name="the slope of the logistic function at 1000 points of [−10, 10]", hidden=True)
def hidden_2(env):
    source = """
line = torch.linspace(-10, 10, 1000, dtype=torch.float64)
value = 1 / (1 + torch.exp(-line))
torch.testing.assert_close(logistic(line.clone()), value, atol=1e-12, rtol=0)
torch.testing.assert_close(slope(logistic, line.clone()), value * (1 - value), atol=1e-12, rtol=0)
"""
    run(source, "test-logistic: the slope of the logistic function at 1000 points of [−10, 10]", env)


@test_case(name="slope differentiates other functions, too", hidden=True)
def hidden_3(env):
    source = """
torch.testing.assert_close(slope(torch.sin, line.clone()), torch.cos(line), atol=1e-12, rtol=0)
grid = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(2, 3)
torch.testing.assert_close(slope(lambda x: x**3 - x, grid.clone()), 3 * grid**2 - 1, atol=1e-12, rtol=0)
"""
    run(source, "test-logistic: slope differentiates other functions, too", env)
