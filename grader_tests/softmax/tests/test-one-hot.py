# Written by 'gabarito release' from the cell test-one-hot of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-one-hot"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-one-hot", hidden=False)
def visible_1(env):
    source = """
Y = one_hot(torch.tensor([2, 0]), 3)
assert Y.tolist() == [[0, 0, 1], [1, 0, 0]]
"""
    run(source, "test-one-hot", env)


@test_case(name="float32, since probabilities are", hidden=True)
def hidden_2(env):
    source = 'assert Y.dtype == torch.float32, f"the dtype is {Y.dtype}"'
    run(source, "test-one-hot: float32, since probabilities are", env)


@test_case(name="one 1 in each row, in the right place, for any labels", hidden=True)
def hidden_3(env):
    source = """
labels = torch.randint(0, 6, (40,))
Y = one_hot(labels, 6)
assert Y.shape == (40, 6)
assert (Y.sum(dim=1) == 1).all() and ((Y == 0) | (Y == 1)).all(), "a row has something else than one 1"
assert (Y.argmax(dim=1) == labels).all(), "a 1 is in the wrong column"
"""
    run(source, "test-one-hot: one 1 in each row, in the right place, for any labels", env)


@test_case(name="classes that no label names still have a column", hidden=True)
def hidden_4(env):
    source = "assert one_hot(torch.tensor([1, 1, 0]), 5).shape == (3, 5)"
    run(source, "test-one-hot: classes that no label names still have a column", env)
