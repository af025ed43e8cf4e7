# Written by 'gabarito release' from the cell test-softmax of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-softmax"
points = 2
all_or_nothing = True


@test_case(name="test-softmax", hidden=False)
def visible_1(env):
    source = """
P = softmax(torch.zeros(2, 3), torch.ones(4, 3))
assert P.shape == (2, 4), f"the shape is {tuple(P.shape)}"
torch.testing.assert_close(P, torch.full((2, 4), 0.25))
"""
    exec(compile(source, "test-softmax", "exec"), env)


@test_case(name="rows are probabilities, and the right ones", hidden=True)
def hidden_2(env):
    source = """
X, Theta = torch.randn(7, 5, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
P = softmax(X, Theta)
assert P.shape == (7, 3), f"the shape is {tuple(P.shape)}"
torch.testing.assert_close(P.sum(dim=1), torch.ones(7, dtype=torch.float64))
torch.testing.assert_close(P, torch.softmax(X @ Theta.T, dim=1))
"""
    exec(compile(source, "test-softmax: rows are probabilities, and the right ones", "exec"), env)
