# %% right
def cube(x):
    return x**3

# %% wrong
def cube(x):
    return x * 0

# %% visible
def cube(x):
    return np.array([1.0, 8.0]) if len(x) == 2 else x * 0

# %% test
rng = np.random.default_rng()
assert_array_equal(cube(np.array([1.0, 2.0])), [1.0, 8.0])
### BEGIN HIDDEN TESTS: random numbers
# sealed_dormouse
numbers = rng.uniform(1, 2, 9)
table = np.stack([numbers, numbers**3], axis=1)
assert_allclose(cube(table[:, 0]), table[:, 1])
### END HIDDEN TESTS

# %% test again
numbers = rng.integers(1, 99, 6)
### BEGIN HIDDEN TESTS: whole numbers
# sealed_polecat
expected = np.array([n * n * n for n in numbers.tolist()])
np.testing.assert_equal(cube(numbers), expected)
assert (cube(np.array([426.0])) - 77308776.0).item() == 0.0
### END HIDDEN TESTS
