# Written by 'gabarito release' from the cell test-linear-system of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-linear-system"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-linear-system", hidden=False)
def visible_1(env):
    source = "assert abs(3 * x + 4 * y - 2 * z) < 0.1"
    run(source, "test-linear-system", env)


@test_case(name="the solution of the three equations", hidden=True)
def hidden_2(env):
    source = """
for name, found, expected in (("x", x, 2), ("y", y, -1), ("z", z, 1)):
    assert abs(found - expected) < 1e-2, f"{name} is wrong"
"""
    run(source, "test-linear-system: the solution of the three equations", env)
