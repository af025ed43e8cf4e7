# Written by 'gabarito release' from the cell test-product of autograd.ipynb; changes here are lost.
from otter.test_files import test_case

OK_FORMAT = False

name = "test-product"
points = 2
all_or_nothing = True


def run(source, title, env, mode="exec"):
    try:
        return eval(compile(source, title, mode), env)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as e:  # otter would give no points at all for SystemExit and the like
        raise AssertionError(f"{type(e).__name__}: {e}") from e


@test_case(name="test-product", hidden=False)
def visible_1(env):
    source = """
A, B = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
assert product(A, B).tolist() == [[3, 2], [7, 4]]
"""
    run(source, "test-product", env)


@test_case(name="other matrices, and the product stays on the device", hidden=True)
def hidden_2(env):
    source = """
A, B = torch.randn(7, 30), torch.randn(30, 4)
C = product(A, B)
torch.testing.assert_close(C.cpu(), A @ B, atol=1e-2, rtol=1e-3)
assert C.device.type == torch.device(best_device()).type, f"the product is on {C.device.type}"
assert product(A.double(), B.double()).dtype == torch.float64, "the product has another dtype than the matrices"
"""
    run(source, "test-product: other matrices, and the product stays on the device", env)


@test_case(name="as fast as torch, and faster than the processor where there is a graphics card", hidden=True)
def hidden_3(env):
    source = """
from gabarito.testing import assert_faster

has_card = torch.cuda.is_available()
A, B = torch.randn(2, 1000, 1000) if has_card else torch.randn(2, 200, 200)
assert_faster(product, A, B, than=torch.matmul, by=2 if has_card else 0.1)
"""
    run(source, "test-product: as fast as torch, and faster than the processor where there is a graphics card", env)
