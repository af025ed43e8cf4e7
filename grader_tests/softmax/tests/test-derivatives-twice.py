# Written by 'gabarito release' from the cell test-derivatives-twice of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-derivatives-twice"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-derivatives-twice", hidden=False)
def visible_1(env):
    source = """
X, Theta, Y = torch.eye(2), torch.zeros(2, 2), torch.eye(2)
first = derivatives(X, Theta, Y).clone()
"""
    run(source, "test-derivatives-twice", env)


@test_case(name="a second call gives the same", hidden=True)
def hidden_2(env):
    source = "torch.testing.assert_close(derivatives(X, Theta, Y), first)"
    run(source, "test-derivatives-twice: a second call gives the same", env)


@test_case(name="Theta is left as it was", hidden=True)
def hidden_3(env):
    source = """
assert not Theta.requires_grad and Theta.grad is None, "derivatives left a gradient in its argument"
torch.testing.assert_close(Theta, torch.zeros(2, 2))
"""
    run(source, "test-derivatives-twice: Theta is left as it was", env)
