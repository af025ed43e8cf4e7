# Written by 'gabarito release' from the cell test-stable-log-exp-gradient of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-stable-log-exp-gradient"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-stable-log-exp-gradient", hidden=False)
def visible_1(env):
    source = """
first, second = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
stable_log_exp(first, second).backward()
assert abs(first.grad + 0.7310586) < 1e-5
assert abs(second.grad - 0.7310586) < 1e-5
"""
    run(source, "test-stable-log-exp-gradient", env)


@test_case(name="the derivatives at large numbers", hidden=True)
def hidden_2(env):
    source = """
for dtype in (torch.float64, torch.float32):
    for numbers, expected in (((400, 800), 1), ((800, 400), 0), ((1e4, -1e4), 0), ((-1e4, 1e4), 1)):
        first, second = (torch.tensor(number, dtype=dtype, requires_grad=True) for number in numbers)
        stable_log_exp(first, second).backward()
        assert abs(float(first.grad) + expected) < 1e-5, f"wrong derivative by x at {numbers} in {dtype}"
        assert abs(float(second.grad) - expected) < 1e-5, f"wrong derivative by y at {numbers} in {dtype}"
"""
    run(source, "test-stable-log-exp-gradient: the derivatives at large numbers", env)


@test_case(name="the derivatives where both numbers are equal", hidden=True)
def hidden_3(env):
    source = """
for number in (0.0, 5.0, -300.0, 1e4):
    first, second = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for _ in range(2))
    stable_log_exp(first, second).backward()
    assert abs(float(first.grad) + 0.5) < 1e-6, f"wrong derivative by x where both are {number:g}"
    assert abs(float(second.grad) - 0.5) < 1e-6, f"wrong derivative by y where both are {number:g}"
"""
    run(source, "test-stable-log-exp-gradient: the derivatives where both numbers are equal", env)
