# Written by 'gabarito release' from the cell test-by-autograd-vanishing of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-by-autograd-vanishing"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-by-autograd-vanishing", hidden=False)
def visible_1(env):
    source = """
vanishing = [torch.tensor(v, dtype=torch.float64) for v in (2.0, 3.0, -1.0, 7.0)]
assert all(torch.isfinite(derivative) for derivative in by_autograd(*vanishing))
"""
    run(source, "test-by-autograd-vanishing", env)


@test_case(name="the derivatives at z = 46, to six digits", hidden=True)
def hidden_2(env):
    source = """
slope = torch.sigmoid(torch.tensor(-46.0, dtype=torch.float64))
for found, factor in zip(by_autograd(*vanishing), (-4, 3, -3, 6), strict=True):
    assert abs(found / (factor * slope) - 1) < 1e-6, "a derivative is wrong at z = 46"
"""
    run(source, "test-by-autograd-vanishing: the derivatives at z = 46, to six digits", env)
