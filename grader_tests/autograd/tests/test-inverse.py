# Written by 'gabarito release' from the cell test-inverse of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-inverse"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-inverse", hidden=False)
def visible_1(env):
    source = """
easy = torch.tensor([[2.0, 0.0], [0.0, 4.0]], dtype=torch.float64)
W = inverse(easy)
assert W.shape == (2, 2)
assert (W - torch.tensor([[0.5, 0.0], [0.0, 0.25]], dtype=torch.float64)).abs().max() < 0.05
"""
    run(source, "test-inverse", env)


@test_case(name="the matrix of the statement, within 0.05", hidden=True)
def hidden_2(env):
    source = """
A = torch.tensor([[1, 2, 3], [0, 1, 4], [5, 6, 0]], dtype=torch.float64)
expected = torch.tensor([[-24, 18, 5], [20, -15, -4], [-5, 4, 1]], dtype=torch.float64)
assert (inverse(A) - expected).abs().max() < 0.05, "an element is off by 0.05 or more"
"""
    run(source, "test-inverse: the matrix of the statement, within 0.05", env)


@test_case(name="another matrix, which is not symmetric", hidden=True)
def hidden_3(env):
    source = """
other = torch.tensor([[2, 1], [0, 1]], dtype=torch.float64)
expected = torch.tensor([[0.5, -0.5], [0, 1]], dtype=torch.float64)
assert (inverse(other) - expected).abs().max() < 0.05, "an element is off by 0.05 or more"
"""
    run(source, "test-inverse: another matrix, which is not symmetric", env)
