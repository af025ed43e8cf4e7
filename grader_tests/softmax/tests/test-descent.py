# Written by 'gabarito release' from the cell test-descent of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-descent"
points = 3
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-descent", hidden=False)
def visible_1(env):
    source = """
X, Y = torch.tensor([[-1.0], [1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
Theta, losses = descent(X, Y, lr=0.005, tolerance=0, most=10)
assert Theta.shape == (2, 2), f"Theta has shape {tuple(Theta.shape)}"
assert len(losses) == 11, f"there are {len(losses)} losses for 10 steps"
assert abs(losses[0] - 0.6931472) < 1e-6, "the first loss is not that of Theta = 0"
"""
    run(source, "test-descent", env)


@test_case(name="the loss never rises, and every step is right", hidden=True)
def hidden_2(env):
    source = """
generator = torch.Generator().manual_seed(5)
X = torch.randn(30, 4, generator=generator, dtype=torch.float64)
Y = torch.nn.functional.one_hot(torch.arange(30) % 3, 3).to(torch.float64)
Theta, losses = descent(X, Y, lr=0.005, tolerance=0, most=40)
assert all(later <= earlier + 1e-9 for earlier, later in zip(losses, losses[1:])), "the loss rises"
with_ones, expected, curve = torch.cat([X, torch.ones(30, 1, dtype=torch.float64)], dim=1), torch.zeros(3, 5).double(), []
for _ in range(41):
    P = torch.softmax(with_ones @ expected.T, dim=1)
    curve.append(-(P * Y).sum(dim=1).log().mean().item())
    last, expected = expected, expected - 0.005 * (P - Y).T @ with_ones / 30
torch.testing.assert_close(Theta, last, atol=1e-8, rtol=0)
torch.testing.assert_close(torch.tensor(losses), torch.tensor(curve), atol=1e-6, rtol=0)
"""
    run(source, "test-descent: the loss never rises, and every step is right", env)


@test_case(name="it stops where the gradient is within the tolerance, and not before", hidden=True)
def hidden_3(env):
    source = """
X = torch.tensor([[-1.0], [1.0], [-1.0], [1.0]], dtype=torch.float64)
Y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
Theta, losses = descent(X, Y, lr=0.5, tolerance=0.05, most=500)
X = torch.cat([X, torch.ones(4, 1, dtype=torch.float64)], dim=1)
slope = (torch.softmax(X @ Theta.T, dim=1) - Y).T @ X / 4
assert slope.abs().max() <= 0.05, "it stopped too early"
reached, steps = torch.zeros(2, 2, dtype=torch.float64), 0
while (slope := (torch.softmax(X @ reached.T, dim=1) - Y).T @ X / 4).abs().max() > 0.05:
    reached, steps = reached - 0.5 * slope, steps + 1
assert len(losses) == steps + 1, f"it made {len(losses) - 1} steps, and needs another number of them"
assert len(descent(X[:, :1], Y, lr=0.5, tolerance=10.0, most=500)[1]) == 1, "a step was made within the tolerance"
curve = descent(torch.ones(3, 1), torch.eye(3)[[0, 0, 0]], lr=0.5, tolerance=0.5, most=500)[1]
assert len(curve) > 1, "it stopped at a gradient of -2/3, which is far below zero and not within 0.5"
"""
    run(source, "test-descent: it stops where the gradient is within the tolerance, and not before", env)
