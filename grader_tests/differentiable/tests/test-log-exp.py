# Written by 'gabarito release' from the cell test-log-exp of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-log-exp"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-log-exp", hidden=False)
def visible_1(env):
    source = "assert abs(log_exp(torch.tensor(2.0), torch.tensor(3.0)) - 1.31326175) < 1e-6"
    run(source, "test-log-exp", env)


@test_case(name="other values, and tensors of several elements", hidden=True)
def hidden_2(env):
    source = """
assert abs(log_exp(torch.tensor(3.0), torch.tensor(2.0)) - 0.31326166) < 1e-6
first, second = 4 * torch.rand(2, 3, 5, dtype=torch.float64) - 2
expected = torch.log1p(torch.exp(second - first))
torch.testing.assert_close(log_exp(first, second), expected, atol=1e-9, rtol=0)
"""
    run(source, "test-log-exp: other values, and tensors of several elements", env)


@test_case(name="log_exp can be differentiated", hidden=True)
def hidden_3(env):
    source = """
two, three = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
log_exp(two, three).backward()
assert abs(two.grad + 0.7310586) < 1e-5 and abs(three.grad - 0.7310586) < 1e-5
"""
    run(source, "test-log-exp: log_exp can be differentiated", env)
