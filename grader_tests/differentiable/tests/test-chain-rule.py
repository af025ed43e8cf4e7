# Written by 'gabarito release' from the cell test-chain-rule of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-chain-rule"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-chain-rule", hidden=False)
def visible_1(env):
    source = """
torch.testing.assert_close(x.detach(), torch.tensor([0.0, 1.0, 2.0, 3.0]))
assert x.grad is not None, "x.grad is empty: nothing went backward to x"
assert u.is_leaf, "u is no leaf: it still knows that it was computed from x"
"""
    run(source, "test-chain-rule", env)


@test_case(name="x.grad is the derivative of f", hidden=True)
def hidden_2(env):
    source = "torch.testing.assert_close(x.grad, torch.tensor([0.0, 2.0, 4.0, 6.0]))"
    run(source, "test-chain-rule: x.grad is the derivative of f", env)


@test_case(name="u.grad is the derivative of g", hidden=True)
def hidden_3(env):
    source = """
torch.testing.assert_close(u.detach(), torch.tensor([1.0, 2.0, 5.0, 10.0]))
torch.testing.assert_close(u.grad, torch.tensor([28.0, 224.0, 3500.0, 28000.0]))
"""
    run(source, "test-chain-rule: u.grad is the derivative of g", env)
