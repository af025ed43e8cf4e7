# Written by 'gabarito release' from the cell test-linear-system-other of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-linear-system-other"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-linear-system-other", hidden=False)
def visible_1(env):
    source = """
v = solve(torch.tensor([[2.0, 0.0], [0.0, 1.0]], dtype=torch.float64), torch.tensor([2.0, -1.0], dtype=torch.float64))
assert v.shape == (2,)
assert (v - torch.tensor([1.0, -1.0], dtype=torch.float64)).abs().max() < 1e-2
"""
    run(source, "test-linear-system-other", env)


@test_case(name="other equations", hidden=True)
def hidden_2(env):
    source = """
M, r = torch.tensor([[1.0, 2.0], [3.0, -1.0]], dtype=torch.float64), torch.tensor([4.0, -2.0], dtype=torch.float64)
assert (solve(M, r) - torch.tensor([0.0, 2.0], dtype=torch.float64)).abs().max() < 1e-2, "an element is wrong"
"""
    run(source, "test-linear-system-other: other equations", env)


@test_case(name="no inverse, decomposition or solver, and no detour over numpy", hidden=True)
def hidden_3(env):
    source = """
from gabarito.testing import assert_no_call

names = "inverse inv inv_ex pinv pinverse solve solve_ex solve_triangular triangular_solve lstsq matrix_power tensorinv"
names += " tensorsolve cholesky_inverse cholesky_solve cholesky qr lu lu_factor lu_solve ldl_solve svd eig eigh det adjugate"
forbidden = {*names.split(), *(f"linalg_{name}" for name in names.split()), "numpy", "array", "tolist"}
assert_no_call(solve, M, r, names=forbidden)
"""
    run(source, "test-linear-system-other: no inverse, decomposition or solver, and no detour over numpy", env)
