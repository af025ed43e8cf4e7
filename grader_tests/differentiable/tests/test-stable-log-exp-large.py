# Written by 'gabarito release' from the cell test-stable-log-exp-large of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-stable-log-exp-large"
points = 1
all_or_nothing = True


@test_case(name="test-stable-log-exp-large", hidden=False)
def visible_1(env):
    source = """
assert abs(stable_log_exp(torch.tensor(400.0), torch.tensor(800.0)) - 400) < 1e-3
"""
    exec(compile(source, "test-stable-log-exp-large", "exec"), env)


@test_case(name="large numbers of either sign", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float64, torch.float32):
    for first, second, expected in (
        (400, 800, 400),
        (800, 400, 0),
        (1e4, -1e4, 0),
        (-1e4, 1e4, 2e4),
        (-1e4, -1e4, 0.6931472),
        (1e4, 1e4, 0.6931472),
        (-2000, -2001, 0.3132617),
    ):
        value = stable_log_exp(torch.tensor(first, dtype=dtype), torch.tensor(second, dtype=dtype))
        assert abs(float(value) - expected) < 2e-3, f"wrong at ({first:g}, {second:g}) in {dtype}"
"""
    exec(compile(source, "test-stable-log-exp-large: large numbers of either sign", "exec"), env)
