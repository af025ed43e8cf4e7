# Written by 'gabarito release' from the cell test-loaders of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-loaders"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-loaders", hidden=False)
def visible_1(env):
    source = """
import os

assert os.path.isdir("data/FashionMNIST"), "no pictures in the folder data: see exercise 7; a course runs scripts/fashion-mnist"
training, test = loaders(50)
images, labels = next(iter(test))
assert images.shape == (50, 784), f"a minibatch of pictures has shape {tuple(images.shape)}"
assert labels.shape == (50,)
"""
    run(source, "test-loaders", env)


@test_case(name="numbers between 0 and 1, and all pictures of both parts", hidden=True)
def hidden_2(env):
    source = """
parts = [torchvision.datasets.FashionMNIST("data", train=train, download=False) for train in (True, False)]
assert images.dtype == torch.float32 and images.min() >= 0 and 0.5 < images.max() <= 1, "the numbers are not from 0 to 1"
assert len(loaders(20)[0]) == -(-len(parts[0]) // 20), "the number of training minibatches is wrong"
assert len(test) == -(-len(parts[1]) // 50), "the number of test minibatches is wrong"
"""
    run(source, "test-loaders: numbers between 0 and 1, and all pictures of both parts", env)


@test_case(name="the test pictures come in order, with their labels", hidden=True)
def hidden_3(env):
    source = """
torch.testing.assert_close(images, parts[1].data[:50].reshape(50, 784) / 255)
assert (labels == parts[1].targets[:50]).all()
"""
    run(source, "test-loaders: the test pictures come in order, with their labels", env)


@test_case(name="the training pictures come in another order each time", hidden=True)
def hidden_4(env):
    source = """
first, second = (next(iter(training))[1].tolist() for _ in range(2))
assert first != second and parts[0].targets[:50].tolist() not in (first, second), "the training pictures are not shuffled"
"""
    run(source, "test-loaders: the training pictures come in another order each time", env)
