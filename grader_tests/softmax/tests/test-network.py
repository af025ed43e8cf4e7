# Written by 'gabarito release' from the cell test-network of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-network"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-network", hidden=False)
def visible_1(env):
    source = """
net = network()
assert net(torch.rand(3, 784)).shape == (3, 10)
"""
    run(source, "test-network", env)


@test_case(name="one layer with weights and an intercept for each class", hidden=True)
def hidden_2(env):
    source = """
shapes = [tuple(parameter.shape) for parameter in net.parameters()]
assert sorted(shapes) == [(10,), (10, 784)], f"the parameters have the shapes {shapes}"
"""
    run(source, "test-network: one layer with weights and an intercept for each class", env)


@test_case(name="scores, not probabilities, and linear in the pictures", hidden=True)
def hidden_3(env):
    source = """
x = torch.rand(4, 784)
scores, doubled, nothing = net(x), net(2 * x), net(torch.zeros(4, 784))
torch.testing.assert_close(doubled - nothing, 2 * (scores - nothing), atol=1e-4, rtol=0)
"""
    run(source, "test-network: scores, not probabilities, and linear in the pictures", env)


@test_case(name="a new network each time", hidden=True)
def hidden_4(env):
    source = """
assert (network()(x) - scores).abs().max() > 1e-6, "two calls give the same network"
"""
    run(source, "test-network: a new network each time", env)
