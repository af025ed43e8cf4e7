# Written by 'gabarito release' from the cell test-grad of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-grad"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-grad", hidden=False)
def visible_1(env):
    source = """
dx, dy = grad(lambda x, y: x * y**2, torch.tensor(3.0), torch.tensor(2.0))
assert abs(dx - 4) < 1e-6
assert abs(dy - 12) < 1e-6
"""
    run(source, "test-grad", env)


@test_case(name="the derivatives of the loss of exercise 8 at (2, 3)", hidden=True)
def hidden_2(env):
    source = """
dx, dy = grad(lambda x, y: torch.log(torch.exp(x) + torch.exp(y)) - x, torch.tensor(2.0), torch.tensor(3.0))
assert abs(dx + 0.7310586) < 1e-5
assert abs(dy - 0.7310586) < 1e-5
"""
    run(source, "test-grad: the derivatives of the loss of exercise 8 at (2, 3)", env)


@test_case(name="the derivatives of another function", hidden=True)
def hidden_3(env):
    source = """
dx, dy = grad(lambda x, y: torch.sin(x) * torch.exp(y), torch.tensor(0.5), torch.tensor(-1.0))
assert abs(dx - 0.3228446) < 1e-5
assert abs(dy - 0.1763708) < 1e-5
"""
    run(source, "test-grad: the derivatives of another function", env)
