# Written by 'gabarito release' from the cell test-separation of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation", hidden=False)
def visible_1(env):
    source = """
angles = separation(np.array([0.0, 0.0, 0.5]), np.array([0.0, 1.0, 0.0]))
assert angles.shape == (3, 3)
assert abs(angles[0, 1] - 1) < 1e-12
"""
    run(source, "test-separation", env)


@test_case(name="the same as pair by pair", hidden=True)
def hidden_2(env):
    source = """
def pair_by_pair(lat, lon):
    angles = np.zeros((len(lat), len(lat)))
    for i in range(len(lat)):
        for j in range(len(lat)):
            a = np.sin((lat[j] - lat[i]) / 2) ** 2
            a += np.cos(lat[i]) * np.cos(lat[j]) * np.sin((lon[j] - lon[i]) / 2) ** 2
            angles[i, j] = 2 * np.arcsin(np.sqrt(min(a, 1.0)))
    return angles


generator = np.random.default_rng()
for n in (1, 2, 17):
    lat, lon = generator.uniform(-np.pi / 2, np.pi / 2, n), generator.uniform(-np.pi, np.pi, n)
    np.testing.assert_allclose(separation(lat, lon), pair_by_pair(lat, lon), atol=1e-7)
"""
    run(source, "test-separation: the same as pair by pair", env)


@test_case(name="opposite directions, and the same ones", hidden=True)
def hidden_3(env):
    source = """
lat = np.concatenate([np.linspace(-1.5, 1.5, 31), -np.linspace(-1.5, 1.5, 31)])
lon = np.concatenate([np.full(31, 0.3), np.full(31, 0.3 + np.pi)])
angles = separation(lat, lon)
np.testing.assert_allclose(angles[np.arange(31), np.arange(31, 62)], np.pi, atol=1e-6)
np.testing.assert_array_equal(np.diag(angles), np.zeros(62))
"""
    run(source, "test-separation: opposite directions, and the same ones", env)
