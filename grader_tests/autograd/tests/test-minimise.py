# Written by 'gabarito release' from the cell test-minimise of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-minimise"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-minimise", hidden=False)
def visible_1(env):
    source = """
x, values = minimise(lambda x: (x - 3) ** 2 + 10, 0.0)
assert abs(x - 3) < 1e-3
assert len(values) == 101
"""
    run(source, "test-minimise", env)


@test_case(name="from any start, and the value never rises", hidden=True)
def hidden_2(env):
    source = """
for start in (-50, 2.9, 3, 1000):
    x, values = minimise(lambda x: (x - 3) ** 2 + 10, start)
    assert abs(x - 3) < 1e-3, f"it does not arrive at 3 from {start}"
    assert abs(values[0] - ((start - 3) ** 2 + 10)) < 1e-6, "the first value is not that at the start"
    assert all(later <= earlier + 1e-9 for earlier, later in zip(values, values[1:])), "the value rises"
"""
    run(source, "test-minimise: from any start, and the value never rises", env)
