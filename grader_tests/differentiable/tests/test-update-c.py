# Written by 'gabarito release' from the cell test-update-c of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-update-c"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-update-c", hidden=False)
def visible_1(env):
    source = """
total = torch.ones(2, 2)
update_c(total, torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0]]), 2)
torch.testing.assert_close(total, torch.tensor([[35.0, 47.0], [79.0, 107.0]]))
"""
    run(source, "test-update-c", env)


@test_case(name="the caller's tensor is changed in its own memory", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_in_place

assert_in_place(update_c, torch.randn(6, 6), torch.randn(6, 6), torch.randn(6, 6), 3)
"""
    run(source, "test-update-c: the caller's tensor is changed in its own memory", env)


@test_case(name="the values are right for 0, 1, 2 and 5 updates, and A and B stay as they are", hidden=True)
def hidden_3(env):
    source = """
for n_iter in (0, 1, 2, 5):
    left, right, total = torch.randn(8, 4), torch.randn(6, 4), torch.randn(8, 6)
    expected = total + n_iter * (left @ right.T)
    left_before, right_before = left.clone(), right.clone()
    update_c(total, left, right, n_iter)
    torch.testing.assert_close(total, expected, atol=1e-4, rtol=1e-4)
    assert torch.equal(left, left_before) and torch.equal(right, right_before), "A or B was changed"
"""
    run(source, "test-update-c: the values are right for 0, 1, 2 and 5 updates, and A and B stay as they are", env)
