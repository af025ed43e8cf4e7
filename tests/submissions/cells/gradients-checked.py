# about: first and second derivatives of a student's function, taken by the test

# %% given
import torch

# %% right
def swish(x, beta=1.0):
    return x * torch.sigmoid(beta * x)


def grad(f, x):
    x = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(x).sum(), x)
    return g

# %% test
x = torch.randn(6, dtype=torch.float64, requires_grad=True)
y = swish(x)
y.sum().backward()
s = torch.sigmoid(x.detach())
torch.testing.assert_close(x.grad, s + x.detach() * s * (1 - s))
### BEGIN HIDDEN TESTS: gradcheck, Hessian and the student's own gradient
assert torch.autograd.gradcheck(swish, (x,))
assert torch.autograd.gradgradcheck(swish, (x,))
hessian = torch.autograd.functional.hessian(lambda v: swish(v).sum(), x.detach())
assert torch.count_nonzero(hessian - torch.diag(hessian.diag())) == 0
beta = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
(g,) = torch.autograd.grad(swish(x, beta).sum(), beta)
torch.testing.assert_close(grad(lambda v: v**3, torch.tensor([1.0, 2.0])), torch.tensor([3.0, 12.0]))
v = torch.tensor([1.0], requires_grad=True)
grad(lambda t: t * 2, v)
assert v.grad is None
### END HIDDEN TESTS
