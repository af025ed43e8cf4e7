# Written by 'gabarito release' from the cell test-grad-twice of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-grad-twice"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-grad-twice", hidden=False)
def visible_1(env):
    source = """
first, second = torch.tensor(3.0), torch.tensor(2.0)
grad(lambda x, y: x * y**2, first, second)
assert not first.requires_grad and not second.requires_grad, "grad changed its arguments"
"""
    run(source, "test-grad-twice", env)


@test_case(name="a second call with the same arguments gives the same", hidden=True)
def hidden_2(env):
    source = """
for _ in range(3):
    dx, dy = grad(lambda x, y: x * y**2, first, second)
    assert abs(dx - 4) < 1e-6 and abs(dy - 12) < 1e-6, "the result of a later call differs"
"""
    run(source, "test-grad-twice: a second call with the same arguments gives the same", env)


@test_case(name="arguments that already have a gradient are left alone", hidden=True)
def hidden_3(env):
    source = """
first, second = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
first.grad, second.grad = torch.tensor(7.0), torch.tensor(-7.0)
for _ in range(2):
    dx, dy = grad(lambda x, y: x * y**2, first, second)
    assert abs(dx - 4) < 1e-6 and abs(dy - 12) < 1e-6, "what was in .grad before changes the result"
assert first.grad == 7 and second.grad == -7, "grad changed the .grad of its arguments"
"""
    run(source, "test-grad-twice: arguments that already have a gradient are left alone", env)
