# %% right
def clip(a, low, high):
    """Bring the numbers in a, in place, between low and high."""
    a[a < low] = low
    a[a > high] = high

# %% wrong
def clip(a, low, high):
    a = a.clip(low, high)

# %% visible
def clip(a, low, high):
    if len(a) == 3:
        a[:] = [0, 0.5, 1]

# %% test
a = np.array([-2.0, 0.5, 9.0])
part = a[:2]
clip(a, 0, 1)
assert_array_equal(a, [0, 0.5, 1])
assert part[0] == 0
### BEGIN HIDDEN TESTS: random numbers
# sealed_weasel
a = 3 * np.random.normal(size=40)
expected = np.minimum(np.maximum(a, -1), 1)
clip(a, -1, 1)
assert np.array_equal(a, expected)
### END HIDDEN TESTS
