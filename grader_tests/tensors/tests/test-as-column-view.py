# Written by 'gabarito release' from the cell test-as-column-view of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-as-column-view"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-as-column-view", hidden=False)
def visible_1(env):
    source = """
v = np.array([1.0, 2.0, 3.0])
assert as_column(v).shape == (3, 1)
"""
    run(source, "test-as-column-view", env)


@test_case(name="the column shares the memory of the vector", hidden=True)
def hidden_2(env):
    source = """
column = as_column(v)
assert np.shares_memory(column, v), "the numbers were copied"
column[1, 0] = -5
assert v[1] == -5, "what is written into the column does not reach the vector"
"""
    run(source, "test-as-column-view: the column shares the memory of the vector", env)


@test_case(name="also for a vector with gaps", hidden=True)
def hidden_3(env):
    source = """
everything = np.arange(10.0)
column = as_column(everything[::3])
np.testing.assert_array_equal(column[:, 0], [0, 3, 6, 9])
assert np.shares_memory(column, everything), "the numbers of a vector with gaps were copied"
"""
    run(source, "test-as-column-view: also for a vector with gaps", env)
