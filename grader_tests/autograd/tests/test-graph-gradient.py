# Written by 'gabarito release' from the cell test-graph-gradient of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-graph-gradient"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-graph-gradient", hidden=False)
def visible_1(env):
    source = """
found = graph_gradient(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(0.0))
assert set(found) == {"l", "p", "m", "n", "a", "b", "c"}
assert found["l"] == 36
assert found["p"] == 12
"""
    run(source, "test-graph-gradient", env)


@test_case(name="the derivatives by the intermediate nodes", hidden=True)
def hidden_2(env):
    source = """
assert found["m"] == 24, "the derivative by m is wrong"
assert found["n"] == 36, "the derivative by n is wrong"
"""
    run(source, "test-graph-gradient: the derivatives by the intermediate nodes", env)


@test_case(name="the derivatives by the leaves", hidden=True)
def hidden_3(env):
    source = """
assert found["a"] == 24, "the derivative by a is wrong"
assert found["b"] == 60, "the derivative by b is wrong"
assert found["c"] == 0, "the derivative by c is wrong"
"""
    run(source, "test-graph-gradient: the derivatives by the leaves", env)
