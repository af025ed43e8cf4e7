# Written by 'gabarito release' from the cell test-linear-system of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-linear-system"
points = 2
all_or_nothing = True


@test_case(name="test-linear-system", hidden=False)
def visible_1(env):
    source = "assert abs(3 * x + 4 * y - 2 * z) < 0.1"
    exec(compile(source, "test-linear-system", "exec"), env)


@test_case(name="the solution of the three equations", hidden=True)
def hidden_2(env):
    source = """
for name, found, expected in (("x", x, 2), ("y", y, -1), ("z", z, 1)):
    assert abs(found - expected) < 1e-2, f"{name} is wrong"
"""
    exec(compile(source, "test-linear-system: the solution of the three equations", "exec"), env)
