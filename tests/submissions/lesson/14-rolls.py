# %% right
def rolls(n):
    """n throws of a die."""
    return [random.randint(1, 6) for _ in range(n)]

# %% wrong
def rolls(n):
    return [3] * n

# %% visible
def rolls(n):
    return [1, 2, 3, 4, 5, 6] * (n // 6)

# %% test
thrown = rolls(600)
assert len(thrown) == 600
assert set(thrown) == {1, 2, 3, 4, 5, 6}
### BEGIN HIDDEN TESTS: every side as often
# sealed_gannet
thrown = rolls(6000)
often = np.bincount(thrown, minlength=7)[1:]
assert ((often - 1000) ** 2 / 1000).sum() < 60
assert rolls(30) != rolls(30)
assert np.corrcoef(thrown[1:], thrown[:-1])[0, 1] ** 2 < 0.01
### END HIDDEN TESTS
