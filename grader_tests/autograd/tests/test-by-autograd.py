# Written by 'gabarito release' from the cell test-by-autograd of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-by-autograd"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-by-autograd", hidden=False)
def visible_1(env):
    source = """
point = [torch.tensor(v, dtype=torch.float64) for v in (0.1, 0.2, -0.1, 0.05)]
gradient = by_autograd(*point)
assert len(gradient) == 4
assert abs(gradient[0] + 1.2401021) < 1e-6
"""
    run(source, "test-by-autograd", env)


@test_case(name="all four derivatives, where both neurons are on", hidden=True)
def hidden_2(env):
    source = """
for values, slope in (((0.1, 0.2, -0.1, 0.05), 0.31002551887), ((0.2, -0.1, 0.1, 0.1), 0.68997448113)):
    gradient = by_autograd(*(torch.tensor(v, dtype=torch.float64) for v in values))
    for found, factor in zip(gradient, (-4, 3, -3, 6), strict=True):
        assert abs(found / (factor * slope) - 1) < 1e-8, "a derivative is wrong"
"""
    run(source, "test-by-autograd: all four derivatives, where both neurons are on", env)


@test_case(name="the derivatives where a neuron is off", hidden=True)
def hidden_3(env):
    source = """
gradient = by_autograd(*(torch.tensor(v, dtype=torch.float64) for v in (0.4, -1, 0, 0)))
for found, factor in zip(gradient, (-7, -1, -1, -4), strict=True):
    assert abs(found / (factor * 0.85814893) - 1) < 1e-6, "a derivative is wrong"
"""
    run(source, "test-by-autograd: the derivatives where a neuron is off", env)


@test_case(name="the arguments stay as they are", hidden=True)
def hidden_4(env):
    source = """
by_autograd(*point)
assert not any(t.requires_grad for t in point), "an argument requires a gradient now"
"""
    run(source, "test-by-autograd: the arguments stay as they are", env)
