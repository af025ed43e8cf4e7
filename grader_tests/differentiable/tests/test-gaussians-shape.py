# Written by 'gabarito release' from the cell test-gaussians-shape of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-gaussians-shape"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-gaussians-shape", hidden=False)
def visible_1(env):
    source = """
for name, matrix in (("A", A), ("B", B)):
    assert isinstance(matrix, torch.Tensor), f"{name} is a {type(matrix).__name__}, not a tensor"
    assert matrix.shape == (128, 256), f"{name} has shape {tuple(matrix.shape)}"
    assert matrix.dtype == torch.float32, f"{name} has dtype {matrix.dtype}"
"""
    run(source, "test-gaussians-shape", env)
