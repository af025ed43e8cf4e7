# Written by 'gabarito release' from the cell test-device of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-device"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-device", hidden=False)
def visible_1(env):
    source = """
t = torch.arange(6.0).reshape(2, 3)
assert torch.device(best_device()).type == ("cuda" if torch.cuda.is_available() else "cpu")
assert to_device(t).shape == (2, 3)
"""
    run(source, "test-device", env)


@test_case(name="the same numbers and dtype, on the best device", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float32, torch.float64, torch.int64):
    t = torch.arange(6).reshape(2, 3).to(dtype)
    moved = to_device(t)
    assert moved.device.type == torch.device(best_device()).type, f"the tensor is on {moved.device.type}"
    assert moved.dtype == dtype, f"{dtype} became {moved.dtype}"
    torch.testing.assert_close(moved.cpu(), t)
"""
    run(source, "test-device: the same numbers and dtype, on the best device", env)


@test_case(name="a torch.device is returned", hidden=True)
def hidden_3(env):
    source = """
assert isinstance(best_device(), torch.device), "best_device does not return a torch.device"
"""
    run(source, "test-device: a torch.device is returned", env)
