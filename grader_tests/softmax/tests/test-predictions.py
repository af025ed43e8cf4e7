# Written by 'gabarito release' from the cell test-predictions of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-predictions"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-predictions", hidden=False)
def visible_1(env):
    source = """
Theta = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
assert predict(torch.tensor([[3.0, 1.0], [-1.0, 2.0]]), Theta).tolist() == [0, 1]
"""
    run(source, "test-predictions", env)


@test_case(name="shape and dtype", hidden=True)
def hidden_2(env):
    source = """
guesses = predict(torch.randn(9, 4), torch.randn(5, 4))
assert guesses.shape == (9,), f"the shape is {tuple(guesses.shape)}"
assert guesses.dtype == torch.int64, f"the dtype is {guesses.dtype}"
assert predict(torch.ones(1, 2), Theta).shape == (1,)
"""
    run(source, "test-predictions: shape and dtype", env)


@test_case(name="the most probable class, also where all scores are negative or far apart", hidden=True)
def hidden_3(env):
    source = """
X, Theta = torch.randn(50, 4), torch.randn(6, 4)
assert (predict(X, Theta) == (X @ Theta.T).argmax(dim=1)).all()
assert predict(torch.tensor([[-500.0], [500.0]]), torch.tensor([[1.0], [2.0], [3.0]])).tolist() == [0, 2]
"""
    run(source, "test-predictions: the most probable class, also where all scores are negative or far apart", env)


@test_case(name="of equally probable classes the one with the smaller number", hidden=True)
def hidden_4(env):
    source = """
assert predict(torch.tensor([[1.0], [-1.0]]), torch.tensor([[0.0], [2.0], [2.0], [0.0]])).tolist() == [1, 0]
"""
    run(source, "test-predictions: of equally probable classes the one with the smaller number", env)
