# Written by 'gabarito release' from the cell test-gaussian-slope of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-gaussian-slope"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-gaussian-slope", hidden=False)
def visible_1(env):
    source = """
assert slopes.shape == (20,), f"slopes has shape {tuple(slopes.shape)}"
points = torch.linspace(-5, 5, 20, dtype=torch.float64)
"""
    run(source, "test-gaussian-slope", env)


@test_case(name="the slope at the 20 points, to the last digits", hidden=True)
def hidden_2(env):
    source = """
torch.testing.assert_close(slopes, -2 * points * torch.exp(-(points**2)), atol=1e-15, rtol=1e-12)
"""
    run(source, "test-gaussian-slope: the slope at the 20 points, to the last digits", env)
