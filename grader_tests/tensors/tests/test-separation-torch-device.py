# Written by 'gabarito release' from the cell test-separation-torch-device of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-separation-torch-device"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-separation-torch-device", hidden=False)
def visible_1(env):
    source = """
lat, lon = torch.tensor([0.1, -0.6]), torch.tensor([0.2, 1.3])
assert separation_torch(lat, lon).device == lat.device
"""
    run(source, "test-separation-torch-device", env)


@test_case(name="device and dtype are those of the arguments", hidden=True)
def hidden_2(env):
    source = """
for device in DEVICES:
    for dtype in (torch.float32, torch.float64):
        lat, lon = (torch.tensor(v, dtype=dtype, device=device) for v in ([0.1, -0.6, 1.2], [0.2, 1.3, -3.0]))
        angles = separation_torch(lat, lon)
        assert angles.dtype == dtype, f"{dtype} became {angles.dtype}"
        assert angles.device.type == device, f"the result is on {angles.device.type} instead of {device}"
"""
    run(source, "test-separation-torch-device: device and dtype are those of the arguments", env)


@test_case(name="the result still knows where it came from, so that it can be differentiated", hidden=True)
def hidden_3(env):
    source = """
lat = torch.tensor([0.0, 0.7], dtype=torch.float64, requires_grad=True)
angles = separation_torch(lat, torch.zeros(2, dtype=torch.float64))
assert angles.requires_grad, "the result does not know that it was computed from lat"
"""
    run(source, "test-separation-torch-device: the result still knows where it came from, so that it can be differentiated", env)
