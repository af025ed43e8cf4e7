# Written by 'gabarito release' from the cell test-separation-time of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation-time"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation-time", hidden=False)
def visible_1(env):
    source = """
# Graded: at least ten times as fast as the loops at N = 400.
lat, lon = np.linspace(-1.2, 1.3, 400), np.linspace(-3, 3, 400)
assert separation(lat, lon).shape == (400, 400)
"""
    run(source, "test-separation-time", env)


@test_case(name="at least ten times as fast as a loop over all pairs of 400 directions", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_faster


def eight_rows(lat, lon):
    # A fiftieth of the 400 rows takes a fiftieth of the time: who needs five times that for all is ten times as fast.
    angles = np.zeros((8, len(lat)))
    for i in range(8):
        for j in range(len(lat)):
            a = np.sin((lat[j] - lat[i]) / 2) ** 2
            a += np.cos(lat[i]) * np.cos(lat[j]) * np.sin((lon[j] - lon[i]) / 2) ** 2
            angles[i, j] = 2 * np.arcsin(np.sqrt(min(a, 1.0)))
    return angles


np.testing.assert_allclose(separation(lat, lon)[:8], eight_rows(lat, lon), atol=1e-7)
assert_faster(separation, lat, lon, than=eight_rows, by=0.2)
"""
    run(source, "test-separation-time: at least ten times as fast as a loop over all pairs of 400 directions", env)
