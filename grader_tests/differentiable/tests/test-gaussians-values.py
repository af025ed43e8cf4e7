# Written by 'gabarito release' from the cell test-gaussians-values of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-gaussians-values"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-gaussians-values", hidden=False)
def visible_1(env):
    source = """
assert abs(A.mean()) < 0.1, "the mean of A is too far from 0"
assert abs(A.std() - 1) < 0.1, "the standard deviation of A is too far from 1"
"""
    run(source, "test-gaussians-values", env)


@test_case(name="A and B are both standard normal", hidden=True)
def hidden_2(env):
    source = """
# Each statistic below is approximately normal; one that is allowed to be 5.5 of its own standard deviations off fails
# a right answer with probability 3.8e-8. There are seven of them (mean, deviation and share for A and for B, one
# correlation): a right answer fails less than 3e-7 of the time.
count = 128 * 256
for name, matrix in (("A", A), ("B", B)):
    draws = matrix.double()
    mean_error = abs(draws.mean().item())
    assert mean_error < 5.5 / count**0.5, f"the mean of {name} is too far from 0"
    deviation_error = abs(draws.std().item() - 1)
    assert deviation_error < 5.5 / (2 * count) ** 0.5, f"the standard deviation of {name} is too far from 1"
    # Of a normal distribution, 68.27 % lies within one standard deviation; of a uniform one, 57.7 %.
    share = (draws.abs() < 1).double().mean().item()
    assert abs(share - 0.682689) < 5.5 * (0.6827 * 0.3173 / count) ** 0.5, f"{name} is not normally distributed"
"""
    run(source, "test-gaussians-values: A and B are both standard normal", env)


@test_case(name="A and B are drawn independently of each other", hidden=True)
def hidden_3(env):
    source = """
correlation = (A.double() * B.double()).mean().item()
assert abs(correlation) < 5.5 / count**0.5, "A and B depend on each other"
"""
    run(source, "test-gaussians-values: A and B are drawn independently of each other", env)
