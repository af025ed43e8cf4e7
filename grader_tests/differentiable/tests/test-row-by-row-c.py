# Written by 'gabarito release' from the cell test-row-by-row-c of differentiable.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-row-by-row-c"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-row-by-row-c", hidden=False)
def visible_1(env):
    source = """
assert C.shape == (A.shape[0], B.shape[0]), f"C has shape {tuple(C.shape)}"
assert abs(C[3, 5] - (A[3] * B[5]).sum()) < 1e-3
"""
    run(source, "test-row-by-row-c", env)


@test_case(name="every element of C is right", hidden=True)
def hidden_2(env):
    source = "torch.testing.assert_close(C, A @ B.T, atol=1e-3, rtol=0)"
    run(source, "test-row-by-row-c: every element of C is right", env)
