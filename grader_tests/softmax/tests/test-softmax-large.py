# Written by 'gabarito release' from the cell test-softmax-large of softmax.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-softmax-large"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-softmax-large", hidden=False)
def visible_1(env):
    source = """
P = softmax(torch.tensor([[1000.0]]), torch.tensor([[1.0], [1.0]]))
assert torch.isfinite(P).all(), "large scores overflow"
"""
    run(source, "test-softmax-large", env)


@test_case(name="scores of any size, in either precision", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float32, torch.float64):
    X = torch.tensor([[1000.0, 0.0], [-1000.0, 0.0], [-2000.0, 1999.0]], dtype=dtype)
    P = softmax(X, torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=dtype))
    assert P.dtype == dtype, f"{dtype} became {P.dtype}"
    torch.testing.assert_close(P, torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], dtype=dtype))
"""
    run(source, "test-softmax-large: scores of any size, in either precision", env)


@test_case(name="scores that all shift by the same number, one row far above the other", hidden=True)
def hidden_3(env):
    source = """
X = torch.tensor([[1.0, 3000.0], [1.0, -3000.0]], dtype=torch.float64)
Theta = torch.tensor([[0.0, 1.0], [0.5, 1.0], [2.0, 1.0]], dtype=torch.float64)
expected = torch.softmax(torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64), dim=0).expand(2, 3)
torch.testing.assert_close(softmax(X, Theta), expected, atol=1e-9, rtol=0)
"""
    run(source, "test-softmax-large: scores that all shift by the same number, one row far above the other", env)
