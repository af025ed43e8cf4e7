# Written by 'gabarito release' from the cell test-as-column of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-as-column"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-as-column", hidden=False)
def visible_1(env):
    source = """
column = as_column(np.array([1.0, 2.0, 3.0]))
assert column.shape == (3, 1), f"the shape is {column.shape}"
np.testing.assert_array_equal(column, [[1], [2], [3]])
"""
    run(source, "test-as-column", env)


@test_case(name="the vector keeps its shape", hidden=True)
def hidden_2(env):
    source = """
v = np.arange(4.0)
as_column(v)
assert v.shape == (4,), "as_column changed the shape of its argument"
"""
    run(source, "test-as-column: the vector keeps its shape", env)


@test_case(name="other lengths and dtypes", hidden=True)
def hidden_3(env):
    source = """
for v in (np.arange(7), np.array([True]), np.linspace(0, 1, 4, dtype=np.float32)):
    column = as_column(v)
    assert column.shape == (len(v), 1)
    assert column.dtype == v.dtype, f"{v.dtype} became {column.dtype}"
    np.testing.assert_array_equal(column[:, 0], v)
"""
    run(source, "test-as-column: other lengths and dtypes", env)
