# Written by 'gabarito release' from the cell test-minimise-steps of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-minimise-steps"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-minimise-steps", hidden=False)
def visible_1(env):
    source = """
x, values = minimise(lambda x: x**2, 1.0, lr=0.25, steps=1)
assert abs(x - 0.5) < 1e-6
"""
    run(source, "test-minimise-steps", env)


@test_case(name="each step is as long as the formula says, for other functions, too", hidden=True)
def hidden_2(env):
    source = """
x, values = minimise(lambda x: x**2, 1.0, lr=0.25, steps=3)
assert abs(x - 0.125) < 1e-9
assert max(abs(v - e) for v, e in zip(values, (1, 0.25, 0.0625, 0.015625), strict=True)) < 1e-9
x, values = minimise(lambda x: torch.cosh(x - 1), 0.0, lr=0.5, steps=60)
assert abs(x - 1) < 1e-6
"""
    run(source, "test-minimise-steps: each step is as long as the formula says, for other functions, too", env)
