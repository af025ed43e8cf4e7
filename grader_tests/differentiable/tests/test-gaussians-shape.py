# Written by 'gabarito release' from the cell test-gaussians-shape of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-gaussians-shape"
points = 1
all_or_nothing = True


@test_case(name="test-gaussians-shape", hidden=False)
def visible_1(env):
    source = """
for name, matrix in (("A", A), ("B", B)):
    assert isinstance(matrix, torch.Tensor), f"{name} is a {type(matrix).__name__}, not a tensor"
    assert matrix.shape == (128, 256), f"{name} has shape {tuple(matrix.shape)}"
    assert matrix.dtype == torch.float32, f"{name} has dtype {matrix.dtype}"
"""
    exec(compile(source, "test-gaussians-shape", "exec"), env)
