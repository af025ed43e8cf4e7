# Written by 'gabarito release' from the cell test-dtypes-numpy of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-dtypes-numpy"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-dtypes-numpy", hidden=False)
def visible_1(env):
    source = """
assert len(dtypes) == 6, f"dtypes has {len(dtypes)} entries"
assert all(isinstance(name, str) for name in dtypes.values()), "give the names of the dtypes, as texts"
"""
    run(source, "test-dtypes-numpy", env)


@test_case(name="integers and floats of the same width in numpy", hidden=True)
def hidden_2(env):
    source = """
whole = np.arange(3)
assert dtypes["int64 + float64"] == (whole + np.ones(3)).dtype.name
assert dtypes["int64 / 2"] == (whole / 2).dtype.name
"""
    run(source, "test-dtypes-numpy: integers and floats of the same width in numpy", env)


@test_case(name="float32 and plain numbers in numpy", hidden=True)
def hidden_3(env):
    source = """
assert dtypes["float32 + 2.5"] == (np.ones(3, dtype=np.float32) + 2.5).dtype.name
"""
    run(source, "test-dtypes-numpy: float32 and plain numbers in numpy", env)


@test_case(name="int64 and float32 in numpy", hidden=True)
def hidden_4(env):
    source = """
assert dtypes["int64 + float32"] == (whole + np.ones(3, dtype=np.float32)).dtype.name
"""
    run(source, "test-dtypes-numpy: int64 and float32 in numpy", env)
