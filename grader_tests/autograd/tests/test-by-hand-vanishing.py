# Written by 'gabarito release' from the cell test-by-hand-vanishing of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-by-hand-vanishing"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-by-hand-vanishing", hidden=False)
def visible_1(env):
    source = """
assert all(isinstance(derivative, float) for derivative in by_hand(2, 3, -1, 7)[1])
"""
    run(source, "test-by-hand-vanishing", env)


@test_case(name="the derivatives at z = 46, to nine digits", hidden=True)
def hidden_2(env):
    source = """
slope = math.exp(-46) / (1 + math.exp(-46))
for found, factor in zip(by_hand(2, 3, -1, 7)[1], (-4, 3, -3, 6), strict=True):
    assert abs(found / (factor * slope) - 1) < 1e-9, "a derivative is wrong at z = 46"
"""
    run(source, "test-by-hand-vanishing: the derivatives at z = 46, to nine digits", env)
