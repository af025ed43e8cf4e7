# Written by 'gabarito release' from the cell test-inverse-calls of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-inverse-calls"
points = 1
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-inverse-calls", hidden=False)
def visible_1(env):
    source = """
# Graded: nothing that inverts, decomposes or solves is called.
assert torch.isfinite(inverse(torch.eye(2, dtype=torch.float64))).all()
"""
    run(source, "test-inverse-calls", env)


@test_case(name="no inverse, decomposition or solver, and no detour over numpy", hidden=True)
def hidden_2(env):
    source = """
from gabarito.testing import assert_no_call

names = "inverse inv inv_ex pinv pinverse solve solve_ex solve_triangular triangular_solve lstsq matrix_power tensorinv"
names += " tensorsolve cholesky_inverse cholesky_solve cholesky qr lu lu_factor lu_solve ldl_solve svd eig eigh det adjugate"
forbidden = {*names.split(), *(f"linalg_{name}" for name in names.split()), "numpy", "array", "tolist"}
W = assert_no_call(inverse, torch.tensor([[2.0, 1.0], [0.0, 1.0]], dtype=torch.float64), names=forbidden)
assert (W - torch.tensor([[0.5, -0.5], [0.0, 1.0]], dtype=torch.float64)).abs().max() < 0.05
"""
    run(source, "test-inverse-calls: no inverse, decomposition or solver, and no detour over numpy", env)
