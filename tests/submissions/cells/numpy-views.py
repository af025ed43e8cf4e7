# about: shapes, dtypes, memory that is shared and memory that is not

# %% given
import numpy as np

# %% right
def column(v):
    return v.reshape(-1, 1)


def standardise(x):
    x = np.asarray(x, dtype=np.float64)
    return (x - x.mean(axis=0)) / x.std(axis=0)


def add_one(a):
    a += 1

# %% test
v = np.arange(4)
c = column(v)
assert c.shape == (4, 1) and c.dtype == v.dtype
np.testing.assert_array_equal(c[:, 0], v)
### BEGIN HIDDEN TESTS: memory
assert np.shares_memory(c, v)
c[0, 0] = 9
assert v[0] == 9
big = np.zeros((3, 4))
add_one(big[:, ::2])
assert big.sum() == 6 and big[0, 1] == 0
x = np.random.rand(20, 3)
copy = x.copy()
z = standardise(x)
np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
np.testing.assert_allclose(z.std(axis=0), 1)
np.testing.assert_array_equal(x, copy)
assert standardise([[1, 2], [3, 5]]).dtype == float
### END HIDDEN TESTS
