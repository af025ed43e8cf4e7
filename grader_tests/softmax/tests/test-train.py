# Written by 'gabarito release' from the cell test-train of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-train"
points = 3
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-train", hidden=False)
def visible_1(env):
    source = """
# Three minibatches of random pictures, the last one smaller.
some = [(torch.rand(size, 784), torch.randint(0, 10, (size,))) for size in (20, 20, 5)]
net = network()
losses, accuracies = train(net, some, epochs=2)
assert len(losses) == len(accuracies) == 2
"""
    run(source, "test-train", env)


@test_case(name="losses and network are what these steps make, minibatch by minibatch", hidden=True)
def hidden_2(env):
    source = """
def expected_training(weight, bias, batches, epochs, lr, momentum):
    parameters = [weight.detach().clone().requires_grad_(), bias.detach().clone().requires_grad_()]
    velocities, losses, accuracies = [torch.zeros_like(p) for p in parameters], [], []
    for _ in range(epochs):
        found, right = [], []
        for images, labels in batches:
            scores = images @ parameters[0].T + parameters[1]
            loss = torch.nn.functional.cross_entropy(scores, labels)
            found.append(loss.item())
            right += (scores.argmax(dim=1) == labels).tolist()
            for p, v, g in zip(parameters, velocities, torch.autograd.grad(loss, parameters), strict=True):
                v.mul_(momentum).add_(g)
                p.data.sub_(lr * v)
        losses.append(sum(found) / len(found))
        accuracies.append(sum(right) / len(right))
    return losses, accuracies, parameters[0].detach()


for epochs, options in ((3, {}), (2, {"lr": 0.02, "momentum": 0.9})):
    net = network()
    weight, bias = sorted(net.parameters(), key=lambda p: -p.dim())
    settings = {"lr": 0.1, "momentum": 0.5} | options
    right_losses, right_accuracies, right_weight = expected_training(weight, bias, some, epochs, **settings)
    losses, accuracies = train(net, some, epochs, **options)
    torch.testing.assert_close(torch.tensor(losses), torch.tensor(right_losses), atol=1e-3, rtol=1e-3)
    found = max(net.parameters(), key=lambda p: p.dim()).detach()
    torch.testing.assert_close(found, right_weight, atol=1e-3, rtol=1e-3)
"""
    run(source, "test-train: losses and network are what these steps make, minibatch by minibatch", env)


@test_case(name="the accuracies are those of the same minibatches", hidden=True)
def hidden_3(env):
    source = """
# A tie that rounding decides could move one picture of 45.
for share, expected in zip(accuracies, right_accuracies, strict=True):
    assert abs(share - expected) < 1.5 / 45, "an accuracy is wrong"
"""
    run(source, "test-train: the accuracies are those of the same minibatches", env)
