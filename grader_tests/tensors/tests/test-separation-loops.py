# Written by 'gabarito release' from the cell test-separation-loops of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation-loops"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation-loops", hidden=False)
def visible_1(env):
    source = """
angles = separation_loops(np.array([0.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.0]))
assert angles.shape == (3, 3)
assert abs(angles[0, 1] - 1) < 1e-12
assert abs(angles[0, 2] - 0.5) < 1e-12
"""
    run(source, "test-separation-loops", env)


@test_case(name="every pair is right", hidden=True)
def hidden_2(env):
    source = """
lat, lon = np.array([0.3, -1.1, 0.9, -0.2, 1.4]), np.array([2.0, -0.4, 0.1, 3.0, -2.5])
points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
expected = np.arccos(np.clip(points @ points.T, -1, 1))
np.fill_diagonal(expected, 0)
angles = separation_loops(lat, lon)
np.testing.assert_allclose(angles, expected, atol=1e-7)
"""
    run(source, "test-separation-loops: every pair is right", env)


@test_case(name="directions close together keep their digits", hidden=True)
def hidden_3(env):
    source = """
angles = separation_loops(np.array([0.7, 0.7]), np.array([1.0, 1.0 + 1e-9]))
np.testing.assert_allclose(angles[0, 1], 1e-9 * math.cos(0.7), rtol=1e-5)
"""
    run(source, "test-separation-loops: directions close together keep their digits", env)
