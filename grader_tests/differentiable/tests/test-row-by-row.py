# Written by 'gabarito release' from the cell test-row-by-row of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-row-by-row"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-row-by-row", hidden=False)
def visible_1(env):
    source = """
product = row_by_row(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
torch.testing.assert_close(product, torch.tensor([[1.0, 6.0]]))
"""
    run(source, "test-row-by-row", env)


@test_case(name="row_by_row on other matrices, square and not", hidden=True)
def hidden_2(env):
    source = """
for rows, columns, features in ((4, 4, 4), (7, 3, 20), (1, 9, 2), (30, 50, 10)):
    left, right = torch.randn(rows, features), torch.randn(columns, features)
    torch.testing.assert_close(row_by_row(left, right), left @ right.T, atol=1e-3, rtol=0)
"""
    run(source, "test-row-by-row: row_by_row on other matrices, square and not", env)
