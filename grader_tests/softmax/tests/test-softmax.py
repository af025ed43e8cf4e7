# Written by 'gabarito release' from the cell test-softmax of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-softmax"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-softmax", hidden=False)
def visible_1(env):
    source = """
P = softmax(torch.zeros(2, 3), torch.ones(4, 3))
assert P.shape == (2, 4), f"the shape is {tuple(P.shape)}"
torch.testing.assert_close(P, torch.full((2, 4), 0.25))
"""
    run(source, "test-softmax", env)


@test_case(name="rows are probabilities, and the right ones", hidden=True)
def hidden_2(env):
    source = """
X, Theta = torch.randn(7, 5, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
P = softmax(X, Theta)
assert P.shape == (7, 3), f"the shape is {tuple(P.shape)}"
torch.testing.assert_close(P.sum(dim=1), torch.ones(7, dtype=torch.float64))
torch.testing.assert_close(P, torch.softmax(X @ Theta.T, dim=1))
"""
    run(source, "test-softmax: rows are probabilities, and the right ones", env)
