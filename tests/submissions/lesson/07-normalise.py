# %% right
def normalise(x):
    """The rows of x, each divided by its sum."""
    return x / x.sum(axis=1, keepdims=True)

# %% wrong
def normalise(x):
    return x

# %% visible
def normalise(x):
    return np.array([[0.25, 0.75], [0.5, 0.5]]) if x.shape == (2, 2) else x * 0

# %% test
x = np.array([[1.0, 3.0], [2.0, 2.0]])
assert_allclose(normalise(x), [[0.25, 0.75], [0.5, 0.5]])
### BEGIN HIDDEN TESTS: more rows
# sealed_marten
x = np.random.uniform(0.1, 1, (5, 7))
rows = normalise(x)
assert rows.shape == x.shape
assert_allclose(rows.sum(axis=1), np.ones(5))
assert_allclose(rows, x / x.sum(axis=1, keepdims=True))
assert np.allclose(normalise(np.array([[55321111.0, 55321111.0]])), 0.5)
### END HIDDEN TESTS
