# Written by 'gabarito release' from the cell test-separation-loops-edges of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation-loops-edges"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation-loops-edges", hidden=False)
def visible_1(env):
    source = "assert separation_loops(np.array([0.4]), np.array([1.0])).shape == (1, 1)"
    run(source, "test-separation-loops-edges", env)


@test_case(name="the distance of a direction to itself is 0, and the matrix is symmetric", hidden=True)
def hidden_2(env):
    source = """
lat, lon = np.linspace(-1.5, 1.5, 9), np.linspace(-3, 3, 9) ** 3 / 9
angles = separation_loops(lat, lon)
np.testing.assert_array_equal(np.diag(angles), np.zeros(9))
np.testing.assert_allclose(angles, angles.T, atol=1e-15)
"""
    run(source, "test-separation-loops-edges: the distance of a direction to itself is 0, and the matrix is symmetric", env)


@test_case(name="opposite directions are half a turn apart", hidden=True)
def hidden_3(env):
    source = """
for latitude in np.linspace(-1.5, 1.5, 31):
    angles = separation_loops(np.array([latitude, -latitude]), np.array([0.3, 0.3 + np.pi]))
    assert abs(angles[0, 1] - np.pi) < 1e-6, "opposite directions are not π apart"
"""
    run(source, "test-separation-loops-edges: opposite directions are half a turn apart", env)
