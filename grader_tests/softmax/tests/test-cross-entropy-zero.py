# Written by 'gabarito release' from the cell test-cross-entropy-zero of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-cross-entropy-zero"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-cross-entropy-zero", hidden=False)
def visible_1(env):
    source = """
P, Y = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
assert torch.isfinite(cross_entropy(P, Y)), "a probability of 0 makes the loss infinite"
"""
    run(source, "test-cross-entropy-zero", env)


@test_case(name="finite and large where the right class has probability 0", hidden=True)
def hidden_2(env):
    source = """
assert abs(cross_entropy(P, Y) - 87.33654) < 1e-3
assert abs(cross_entropy(1 - P, Y)) < 1e-6
"""
    run(source, "test-cross-entropy-zero: finite and large where the right class has probability 0", env)


@test_case(name="tiny probabilities are left as they are", hidden=True)
def hidden_3(env):
    source = """
P = torch.tensor([[1e-30, 1.0], [1e-12, 1.0]])
assert abs(cross_entropy(P, torch.tensor([[1.0, 0.0], [1.0, 0.0]])) - 48.354287) < 1e-3
"""
    run(source, "test-cross-entropy-zero: tiny probabilities are left as they are", env)
