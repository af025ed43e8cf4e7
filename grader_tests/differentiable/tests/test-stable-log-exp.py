# Written by 'gabarito release' from the cell test-stable-log-exp of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-stable-log-exp"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-stable-log-exp", hidden=False)
def visible_1(env):
    source = """
assert abs(stable_log_exp(torch.tensor(2.0), torch.tensor(3.0)) - 1.31326175) < 1e-6
"""
    run(source, "test-stable-log-exp", env)


@test_case(name="moderate numbers", hidden=True)
def hidden_2(env):
    source = """
zero = torch.tensor(0.0, dtype=torch.float64)
for number in torch.linspace(-6, 6, 13, dtype=torch.float64):
    expected = torch.log1p(torch.exp(number))
    assert abs(stable_log_exp(zero, number) - expected) < 1e-8, "wrong at moderate numbers"
    assert abs(stable_log_exp(-number, zero) - expected) < 1e-8, "wrong at moderate numbers"
"""
    run(source, "test-stable-log-exp: moderate numbers", env)
