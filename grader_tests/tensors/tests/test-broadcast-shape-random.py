# Written by 'gabarito release' from the cell test-broadcast-shape-random of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-broadcast-shape-random"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-broadcast-shape-random", hidden=False)
def visible_1(env):
    source = "assert broadcast_shape((5, 4), (5, 4)) == (5, 4)"
    run(source, "test-broadcast-shape-random", env)


@test_case(name="the same as numpy on random shapes of ordinary lengths", hidden=True)
def hidden_2(env):
    source = """
import random


def numpys_own(s1, s2):
    try:
        return np.broadcast_shapes(s1, s2)
    except ValueError:
        return None


draws = random.Random(20260201)
pairs = [[tuple(draws.choice((1, 1, 2, 3, 4)) for _ in range(draws.randrange(5))) for _ in "ab"] for _ in range(300)]
for s1, s2 in pairs:
    assert broadcast_shape(s1, s2) == numpys_own(s1, s2), f"wrong for {s1} and {s2}"
"""
    run(source, "test-broadcast-shape-random: the same as numpy on random shapes of ordinary lengths", env)


@test_case(name="the same as numpy where an axis has length 0", hidden=True)
def hidden_3(env):
    source = """
for s1, s2 in (((0,), (1,)), ((1, 3), (0, 1)), ((0,), (0,)), ((2, 0), (3,)), ((0, 2), (5, 0, 1))):
    assert broadcast_shape(s1, s2) == numpys_own(s1, s2), f"wrong for {s1} and {s2}"
"""
    run(source, "test-broadcast-shape-random: the same as numpy where an axis has length 0", env)
