# Written by 'gabarito release' from the cell test-stable-log-exp-batch of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-stable-log-exp-batch"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-stable-log-exp-batch", hidden=False)
def visible_1(env):
    source = """
first, second = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 3.0, 2.0])
assert stable_log_exp(first, second).shape == (3,)
"""
    run(source, "test-stable-log-exp-batch", env)


@test_case(name="tensors of several elements, each on its own, in either precision", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float64, torch.float32):
    first = torch.tensor([[0, 400, 800], [1e4, -1e4, 2]], dtype=dtype)
    second = torch.tensor([[0, 800, 400], [-1e4, 1e4, 3]], dtype=dtype)
    expected = torch.tensor([[0.6931472, 400, 0], [0, 2e4, 1.3132617]], dtype=dtype)
    value = stable_log_exp(first, second)
    assert value.dtype == dtype, f"the result is {value.dtype} for arguments that are {dtype}"
    torch.testing.assert_close(value, expected, atol=1e-4, rtol=0)
"""
    run(source, "test-stable-log-exp-batch: tensors of several elements, each on its own, in either precision", env)
