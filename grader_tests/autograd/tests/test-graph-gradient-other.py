# Written by 'gabarito release' from the cell test-graph-gradient-other of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-graph-gradient-other"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-graph-gradient-other", hidden=False)
def visible_1(env):
    source = """
a, b, c = torch.tensor(2.0), torch.tensor(-1.0), torch.tensor(3.0)
assert graph_gradient(a, b, c)["l"] == 9
"""
    run(source, "test-graph-gradient-other", env)


@test_case(name="where c is the larger of the two", hidden=True)
def hidden_2(env):
    source = """
found = graph_gradient(a, b, c)
expected = {"l": 9, "p": 6, "m": 18, "n": 6, "a": 18, "b": 18, "c": 6}
for name, value in expected.items():
    assert abs(found[name] - value) < 1e-5, f"the entry {name!r} is wrong"
"""
    run(source, "test-graph-gradient-other: where c is the larger of the two", env)


@test_case(name="the arguments stay as they are", hidden=True)
def hidden_3(env):
    source = """
assert not (a.requires_grad or b.requires_grad or c.requires_grad), "an argument requires a gradient now"
"""
    run(source, "test-graph-gradient-other: the arguments stay as they are", env)
