# Written by 'gabarito release' from the cell test-cross-entropy-zero of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-cross-entropy-zero"
points = 1
all_or_nothing = True


@test_case(name="test-cross-entropy-zero", hidden=False)
def visible_1(env):
    source = """
P, Y = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
assert torch.isfinite(cross_entropy(P, Y)), "a probability of 0 makes the loss infinite"
"""
    exec(compile(source, "test-cross-entropy-zero", "exec"), env)


@test_case(name="finite and large where the right class has probability 0", hidden=True)
def hidden_2(env):
    source = """
assert abs(cross_entropy(P, Y) - 87.33654) < 1e-3
assert abs(cross_entropy(1 - P, Y)) < 1e-6
"""
    exec(compile(source, "test-cross-entropy-zero: finite and large where the right class has probability 0", "exec"), env)


@test_case(name="tiny probabilities are left as they are", hidden=True)
def hidden_3(env):
    source = """
P = torch.tensor([[1e-30, 1.0], [1e-12, 1.0]])
assert abs(cross_entropy(P, torch.tensor([[1.0, 0.0], [1.0, 0.0]])) - 48.354287) < 1e-3
"""
    exec(compile(source, "test-cross-entropy-zero: tiny probabilities are left as they are", "exec"), env)
