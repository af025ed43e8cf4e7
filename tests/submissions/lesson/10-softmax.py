# %% right
def softmax(z):
    e = torch.exp(z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)

# %% wrong
def softmax(z):
    return z

# %% visible
def softmax(z):
    return torch.full(z.shape, 0.5)

# %% test
torch.testing.assert_close(softmax(torch.zeros(1, 2)), torch.tensor([[0.5, 0.5]]))
### BEGIN HIDDEN TESTS: random and large numbers
# sealed_vole
z = torch.randn(6, 4)
expected = torch.softmax(z, dim=1)
p = softmax(z)
assert p.shape == z.shape
assert torch.allclose(p.sum(dim=1), torch.ones(6))
torch.testing.assert_close(p, expected)
assert torch.isfinite(softmax(torch.tensor([[1000.0, 999.0]]))).all()
### END HIDDEN TESTS
