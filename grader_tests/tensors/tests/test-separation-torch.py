# Written by 'gabarito release' from the cell test-separation-torch of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation-torch"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation-torch", hidden=False)
def visible_1(env):
    source = """
angles = separation_torch(torch.tensor([0.0, 0.0, 0.5]), torch.tensor([0.0, 1.0, 0.0]))
assert isinstance(angles, torch.Tensor)
assert angles.shape == (3, 3)
assert abs(angles[0, 1] - 1) < 1e-5
"""
    run(source, "test-separation-torch", env)


@test_case(name="the same as numpy", hidden=True)
def hidden_2(env):
    source = """
generator = np.random.default_rng()
for n in (1, 4, 23):
    lat, lon = generator.uniform(-np.pi / 2, np.pi / 2, n), generator.uniform(-np.pi, np.pi, n)
    a = np.sin((lat[:, None] - lat) / 2) ** 2
    a += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    expected = torch.from_numpy(2 * np.arcsin(np.sqrt(np.minimum(a, 1))))
    torch.testing.assert_close(separation_torch(torch.from_numpy(lat), torch.from_numpy(lon)), expected, atol=1e-7, rtol=0)
"""
    run(source, "test-separation-torch: the same as numpy", env)


@test_case(name="opposite directions", hidden=True)
def hidden_3(env):
    source = """
latitude = torch.linspace(-1.5, 1.5, 31, dtype=torch.float64)
for dtype, accuracy in ((torch.float64, 1e-6), (torch.float32, 2e-3)):
    lat = torch.cat([latitude, -latitude]).to(dtype)
    lon = torch.cat([torch.full((31,), 0.3), torch.full((31,), 0.3 + math.pi)]).to(dtype)
    half_turn = separation_torch(lat, lon)[torch.arange(31), torch.arange(31, 62)]
    assert (half_turn - math.pi).abs().max() < accuracy, "opposite directions are not π apart"
"""
    run(source, "test-separation-torch: opposite directions", env)
