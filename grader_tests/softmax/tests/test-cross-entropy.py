# Written by 'gabarito release' from the cell test-cross-entropy of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-cross-entropy"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-cross-entropy", hidden=False)
def visible_1(env):
    source = """
P, Y = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]), torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
loss = cross_entropy(P, Y)
assert loss.shape == (), f"the loss has shape {tuple(loss.shape)}"
assert abs(loss - 0.4581454) < 1e-6
"""
    run(source, "test-cross-entropy", env)


@test_case(name="the same as torch's own, positive", hidden=True)
def hidden_2(env):
    source = """
for n, c in ((1, 2), (9, 4), (64, 10)):
    scores, labels = torch.randn(n, c, dtype=torch.float64), torch.randint(0, c, (n,))
    Y = torch.nn.functional.one_hot(labels, c).to(torch.float64)
    loss = cross_entropy(torch.softmax(scores, dim=1), Y)
    assert loss.shape == () and loss > 0, "the loss is not one positive number"
    assert abs(loss - torch.nn.functional.cross_entropy(scores, labels)) < 1e-6
"""
    run(source, "test-cross-entropy: the same as torch's own, positive", env)
