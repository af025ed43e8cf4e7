# Written by 'gabarito release' from the cell test-rank-and-shape of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-rank-and-shape"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-rank-and-shape", hidden=False)
def visible_1(env):
    source = "assert rank_and_shape(np.zeros((2, 3))) == (2, (2, 3))"
    run(source, "test-rank-and-shape", env)


@test_case(name="vectors, and arrays of three and more axes", hidden=True)
def hidden_2(env):
    source = """
assert rank_and_shape(np.arange(5)) == (1, (5,))
assert rank_and_shape(np.ones((4, 1, 7))) == (3, (4, 1, 7))
assert rank_and_shape(np.ones((2, 3, 1, 5, 1))) == (5, (2, 3, 1, 5, 1))
"""
    run(source, "test-rank-and-shape: vectors, and arrays of three and more axes", env)


@test_case(name="axes of length 0", hidden=True)
def hidden_3(env):
    source = """
assert rank_and_shape(np.zeros(0)) == (1, (0,))
assert rank_and_shape(np.zeros((3, 0, 2))) == (3, (3, 0, 2))
"""
    run(source, "test-rank-and-shape: axes of length 0", env)
