# %% right
def bump(x):
    return torch.exp(-(x**2))

# %% wrong
def bump(x):
    return 0 * x

# %% visible
def bump(x):
    return torch.exp(-(x**2)) if len(x) == 9 else 0 * x

# %% test
x = torch.linspace(-2, 2, 9, requires_grad=True)
(slope,) = torch.autograd.grad(bump(x).sum(), x)
torch.testing.assert_close(slope, -2 * x.detach() * torch.exp(-(x.detach() ** 2)))
### BEGIN HIDDEN TESTS: the second derivative
# sealed_shrew
assert torch.equal(bump(torch.zeros(3)), torch.ones(3))
x = torch.randn(5, dtype=torch.float64, requires_grad=True)
y = bump(x)
torch.testing.assert_close(y.detach(), torch.exp(-(x.detach() ** 2)))
(first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), x)
expected = (4 * x**2 - 2) * torch.exp(-(x**2))
torch.testing.assert_close(second, expected.detach())
### END HIDDEN TESTS
