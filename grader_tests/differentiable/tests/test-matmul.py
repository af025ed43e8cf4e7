# Written by 'gabarito release' from the cell test-matmul of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-matmul"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-matmul", hidden=False)
def visible_1(env):
    source = """
product = matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0]]))
torch.testing.assert_close(product, torch.tensor([[17.0, 23.0], [39.0, 53.0]]))
"""
    run(source, "test-matmul", env)


@test_case(name="matmul on other matrices, in single and double precision", hidden=True)
def hidden_2(env):
    source = """
for rows, columns, features, dtype in ((3, 8, 5, torch.float32), (6, 2, 30, torch.float64), (1, 1, 4, torch.float32)):
    left, right = torch.randn(rows, features, dtype=dtype), torch.randn(columns, features, dtype=dtype)
    expected = torch.stack([(row * right).sum(dim=1) for row in left])
    torch.testing.assert_close(matmul(left, right), expected, atol=1e-4, rtol=0)
"""
    run(source, "test-matmul: matmul on other matrices, in single and double precision", env)
