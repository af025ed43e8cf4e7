# Written by 'gabarito release' from the cell test-stable-log-exp-large of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-stable-log-exp-large"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-stable-log-exp-large", hidden=False)
def visible_1(env):
    source = """
assert abs(stable_log_exp(torch.tensor(400.0), torch.tensor(800.0)) - 400) < 1e-3
"""
    run(source, "test-stable-log-exp-large", env)


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
    run(source, "test-stable-log-exp-large: large numbers of either sign", env)
