# Written by 'gabarito release' from the cell test-chain-rule-product of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-chain-rule-product"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-chain-rule-product", hidden=False)
def visible_1(env):
    source = """
inner, outer = chain_rule(torch.tensor([1.0]))
assert inner.shape == outer.shape == (1,)
"""
    run(source, "test-chain-rule-product", env)


@test_case(name="at other points, the product of both is the slope of g(f(x))", hidden=True)
def hidden_2(env):
    source = """
values = torch.tensor([-1.5, -0.2, 0.4, 1.7], dtype=torch.float64)
inner, outer = chain_rule(values.clone())
step = 1e-5
above, below = (1 + 7 * (1 + (values + sign * step) ** 2) ** 4 for sign in (1, -1))
torch.testing.assert_close(inner.grad * outer.grad, (above - below) / (2 * step), atol=1e-4, rtol=1e-6)
torch.testing.assert_close(inner.grad, 2 * values)
"""
    run(source, "test-chain-rule-product: at other points, the product of both is the slope of g(f(x))", env)
