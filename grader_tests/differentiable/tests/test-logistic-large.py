# Written by 'gabarito release' from the cell test-logistic-large of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-logistic-large"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-logistic-large", hidden=False)
def visible_1(env):
    source = """
# Bonus: value and slope far from zero.
far = torch.tensor([-1000.0, 1000.0], dtype=torch.float64)
assert torch.isfinite(logistic(far)).all()
"""
    run(source, "test-logistic-large", env)


@test_case(name="value and slope are right at −1000 and 1000", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float64, torch.float32):
    far = torch.tensor([-1000.0, 1000.0], dtype=dtype)
    torch.testing.assert_close(logistic(far.clone()), torch.tensor([0.0, 1.0], dtype=dtype))
    torch.testing.assert_close(slope(logistic, far.clone()), torch.zeros(2, dtype=dtype))
# Nor may it be flat where it is not.
near = torch.tensor([-3.0, 3.0], dtype=torch.float64)
torch.testing.assert_close(slope(logistic, near).sum(), torch.tensor(0.090353, dtype=torch.float64), atol=1e-6, rtol=0)
"""
    run(source, "test-logistic-large: value and slope are right at −1000 and 1000", env)
