# Written by 'gabarito release' from the cell test-descent-blobs of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-descent-blobs"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-descent-blobs", hidden=False)
def visible_1(env):
    source = """
assert len(descent(torch.zeros(2, 1), torch.eye(2), lr=0.005, tolerance=1e-3, most=5)[0]) == 2
"""
    run(source, "test-descent-blobs", env)


@test_case(name="two separated clouds of 100 points in 20 dimensions are told apart", hidden=True)
def hidden_2(env):
    source = """
# The points are always the same. Along the line between the two centres these are 4.5 standard deviations apart.
generator = torch.Generator().manual_seed(20260201)
labels = torch.arange(200) % 2
X = torch.randn(200, 20, generator=generator) + (2 * labels[:, None] - 1) * 0.5
Theta, losses = descent(X, torch.nn.functional.one_hot(labels, 2).float(), lr=0.005, tolerance=1e-3, most=60)
guesses = (torch.cat([X, torch.ones(200, 1)], dim=1) @ Theta.T).argmax(dim=1)
share = (guesses == labels).double().mean()
assert share >= 0.97, f"only {share:.0%} of the points are on the right side"
"""
    run(source, "test-descent-blobs: two separated clouds of 100 points in 20 dimensions are told apart", env)
