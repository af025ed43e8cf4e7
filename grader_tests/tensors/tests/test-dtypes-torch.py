# Written by 'gabarito release' from the cell test-dtypes-torch of tensors.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-dtypes-torch"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-dtypes-torch", hidden=False)
def visible_1(env):
    source = 'assert {"torch int64 + float32", "torch int64 + 2.5"} <= set(dtypes)'
    run(source, "test-dtypes-torch", env)


@test_case(name="integers and floats in torch", hidden=True)
def hidden_2(env):
    source = """
whole = torch.arange(3)
for key, result in (("torch int64 + float32", whole + torch.ones(3)), ("torch int64 + 2.5", whole + 2.5)):
    assert "torch." + dtypes[key] == str(result.dtype), f"the entry for {key!r} is wrong"
"""
    run(source, "test-dtypes-torch: integers and floats in torch", env)
