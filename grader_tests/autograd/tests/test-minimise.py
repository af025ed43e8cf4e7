# Written by 'gabarito release' from the cell test-minimise of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-minimise"
points = 2
all_or_nothing = True


@test_case(name="test-minimise", hidden=False)
def visible_1(env):
    source = """
x, values = minimise(lambda x: (x - 3) ** 2 + 10, 0.0)
assert abs(x - 3) < 1e-3
assert len(values) == 101
"""
    exec(compile(source, "test-minimise", "exec"), env)


@test_case(name="from any start, and the value never rises", hidden=True)
def hidden_2(env):
    source = """
for start in (-50, 2.9, 3, 1000):
    x, values = minimise(lambda x: (x - 3) ** 2 + 10, start)
    assert abs(x - 3) < 1e-3, f"it does not arrive at 3 from {start}"
    assert abs(values[0] - ((start - 3) ** 2 + 10)) < 1e-6, "the first value is not that at the start"
    assert all(later <= earlier + 1e-9 for earlier, later in zip(values, values[1:])), "the value rises"
"""
    exec(compile(source, "test-minimise: from any start, and the value never rises", "exec"), env)
