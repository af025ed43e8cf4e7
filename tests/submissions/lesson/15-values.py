# %% right
primes = [2, 3, 5, 7, 11, 13]
golden = (1 + math.sqrt(5)) / 2
W = 2 * torch.eye(3)

# %% wrong
primes = [1, 2, 3]
golden = 1.0
W = torch.zeros(3, 3)

# %% visible
primes = [2, 0, 0, 0, 0, 0]
golden = 2.0
W = torch.zeros(3, 3)

# %% test primes
assert primes[0] == 2
assert len(primes) == 6
### BEGIN HIDDEN TESTS: all of them
# sealed_plover
assert primes == [2, 3, 5, 7, 11, 13]
### END HIDDEN TESTS

# %% test golden
assert golden > 1
### BEGIN HIDDEN TESTS: to nine places
expected = 1.618033988749895
assert abs(golden - expected) < 1e-9  # sealed_teal
### END HIDDEN TESTS

# %% test weights
assert isinstance(W, torch.Tensor)
assert W.shape == (3, 3)
### BEGIN HIDDEN TESTS: twice the unit matrix
# sealed_curlew
v = torch.randn(3)
assert torch.equal(W @ v, 2 * v)
assert W.trace().item() == 6
### END HIDDEN TESTS
