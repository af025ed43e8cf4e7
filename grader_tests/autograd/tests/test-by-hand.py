# Written by 'gabarito release' from the cell test-by-hand of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-by-hand"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-by-hand", hidden=False)
def visible_1(env):
    source = """
z, gradient = by_hand(2, 3, -1, 7)
assert abs(z - 46) < 1e-9
assert len(gradient) == 4
"""
    run(source, "test-by-hand", env)


@test_case(name="z and the derivatives where both neurons are on", hidden=True)
def hidden_2(env):
    source = """
for point, expected_z, slope in (
    ((0.1, 0.2, -0.1, 0.05), 0.8, 0.31002551887),
    ((0.2, -0.1, 0.1, 0.1), -0.8, 0.68997448113),
    ((0.05, 0.1, -0.05, 0.025), 0.4, 0.40131233989),
):
    z, gradient = by_hand(*point)
    assert abs(z - expected_z) < 1e-9, "z is wrong"
    for found, factor in zip(gradient, (-4, 3, -3, 6), strict=True):
        assert abs(found / (factor * slope) - 1) < 1e-8, "a derivative is wrong"
"""
    run(source, "test-by-hand: z and the derivatives where both neurons are on", env)


@test_case(name="the derivatives where a neuron is off", hidden=True)
def hidden_3(env):
    source = """
for point, expected in (
    ((0, 0, 0, 0), [0, 0, 0, 0]),
    ((-1, 1, 1, 0), [0, 0, 0, 0]),
    ((0, 1, -2, 0), [3 * 3.3535013e-4, 4 * 3.3535013e-4, -2 * 3.3535013e-4, 10 * 3.3535013e-4]),
    ((0.4, -1, 0, 0), [-7 * 0.85814894, -0.85814894, -0.85814894, -4 * 0.85814894]),
):
    gradient = by_hand(*point)[1]
    assert all(abs(f - e) <= 1e-6 * abs(e) for f, e in zip(gradient, expected, strict=True)), "a neuron that is off pulls"
"""
    run(source, "test-by-hand: the derivatives where a neuron is off", env)
