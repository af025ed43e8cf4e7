# Written by 'gabarito release' from the cell test-rank-and-shape-other of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-rank-and-shape-other"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-rank-and-shape-other", hidden=False)
def visible_1(env):
    source = "assert rank_and_shape([[1, 2, 3], [4, 5, 6]]) == (2, (2, 3))"
    run(source, "test-rank-and-shape-other", env)


@test_case(name="single numbers have no axes", hidden=True)
def hidden_2(env):
    source = """
assert rank_and_shape(3.5) == (0, ())
assert rank_and_shape(np.array(7)) == (0, ())
"""
    run(source, "test-rank-and-shape-other: single numbers have no axes", env)
