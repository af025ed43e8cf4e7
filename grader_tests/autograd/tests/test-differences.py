# Written by 'gabarito release' from the cell test-differences of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-differences"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-differences", hidden=False)
def visible_1(env):
    source = """
x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
torch.testing.assert_close(differences(lambda v: (v**2).sum(), x), 2 * x, atol=1e-6, rtol=0)
"""
    run(source, "test-differences", env)


@test_case(name="the network of exercise 3, to seven digits", hidden=True)
def hidden_2(env):
    source = """
def loss(v):
    a, b, c, d = v
    z = torch.relu(3 * a + 4 * b - 2 * c + 10 * d) - torch.relu(7 * a + b + c + 4 * d)
    return torch.nn.functional.logsigmoid(z)


point = torch.tensor([0.1, 0.2, -0.1, 0.05], dtype=torch.float64)
expected = 0.31002551887 * torch.tensor([-4.0, 3.0, -3.0, 6.0], dtype=torch.float64)
torch.testing.assert_close(differences(loss, point), expected, atol=0, rtol=1e-7)
"""
    run(source, "test-differences: the network of exercise 3, to seven digits", env)


@test_case(name="the step that was asked, on both sides", hidden=True)
def hidden_3(env):
    source = """
# For x³ the central difference is 3x² + h², exactly.
cube = differences(lambda v: (v**3).sum(), torch.tensor([1.0, -2.0], dtype=torch.float64), h=0.5)
torch.testing.assert_close(cube, torch.tensor([3.25, 12.25], dtype=torch.float64))
"""
    run(source, "test-differences: the step that was asked, on both sides", env)
