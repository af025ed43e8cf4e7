# Written by 'gabarito release' from the cell test-broadcast-shape of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-broadcast-shape"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-broadcast-shape", hidden=False)
def visible_1(env):
    source = """
assert broadcast_shape((1, 3), (3,)) == (1, 3)
assert broadcast_shape((1, 2), (3,)) is None
assert broadcast_shape((3, 1, 2), (3, 2)) == (3, 3, 2)
"""
    run(source, "test-broadcast-shape", env)


@test_case(name="axes of length 1 are stretched, on either side", hidden=True)
def hidden_2(env):
    source = """
assert broadcast_shape((3,), (2, 1)) == (2, 3)
assert broadcast_shape((3,), (1, 3)) == (1, 3)
assert broadcast_shape((), (4, 1)) == (4, 1)
"""
    run(source, "test-broadcast-shape: axes of length 1 are stretched, on either side", env)


@test_case(name="shapes that don't fit", hidden=True)
def hidden_3(env):
    source = """
assert broadcast_shape((2, 1, 3), (3, 2)) is None
assert broadcast_shape((3,), (1, 2)) is None
assert broadcast_shape((2, 3), (3, 3)) is None
"""
    run(source, "test-broadcast-shape: shapes that don't fit", env)
