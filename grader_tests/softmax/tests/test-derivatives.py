# Written by 'gabarito release' from the cell test-derivatives of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-derivatives"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-derivatives", hidden=False)
def visible_1(env):
    source = """
X, Theta, Y = torch.eye(2), torch.zeros(2, 2), torch.eye(2)
torch.testing.assert_close(derivatives(X, Theta, Y), torch.tensor([[-0.25, 0.25], [0.25, -0.25]]))
"""
    run(source, "test-derivatives", env)


@test_case(name="the same as on paper", hidden=True)
def hidden_2(env):
    source = """
for n, f, c in ((6, 3, 4), (20, 5, 2)):
    X, Theta = torch.randn(n, f, dtype=torch.float64), torch.randn(c, f, dtype=torch.float64)
    Y = torch.nn.functional.one_hot(torch.randint(0, c, (n,)), c).to(torch.float64)
    expected = (torch.softmax(X @ Theta.T, dim=1) - Y).T @ X / n
    torch.testing.assert_close(derivatives(X, Theta, Y), expected, atol=1e-10, rtol=0)
"""
    run(source, "test-derivatives: the same as on paper", env)
